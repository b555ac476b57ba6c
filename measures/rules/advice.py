"""What the asking unit is told to do about one measure: no Django, no database."""

from __future__ import annotations

from collections.abc import Iterable

REFUSE, WEIGH, ACT, NONE = "refuse", "weigh", "act", "none"

ADVICE_OF_EFFECT = {
    "restrict": REFUSE,
    "terminate": REFUSE,
    "honour": REFUSE,
    "reference": WEIGH,
    "review": WEIGH,
    "inspect": ACT,
    "notify": ACT,
    "assist": ACT,
    "prosecute": ACT,
}


def advice(effect: str, parts: Iterable[str], under_review: bool, incentive: bool) -> str:
    """`refuse`, `weigh`, `act` or `none` (contract.md §3).

    `effect` and `parts` are effects of the catalogue; `parts` is empty where the wording holds a single effect.
    Only restrict, terminate and honour lead to a refusal (design.md §3); a wording that also holds a reference or
    review part is weighed, so that no such part becomes a refusal (design.md §6, 3). A measure under legal review is
    shown and never enforced by itself; an incentive is never held against anybody. Raises KeyError for an unknown
    effect.
    """
    several = {ADVICE_OF_EFFECT[part] for part in parts}
    single = ADVICE_OF_EFFECT[effect]
    if under_review or incentive:
        return NONE
    if WEIGH in several:
        return WEIGH
    if REFUSE in several:
        return REFUSE
    return single
