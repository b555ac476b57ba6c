"""Which change of an applied batch can be taken back mechanically, and how long a batch as a whole can.

`RULES` is the one table of reasons against it; the service turns it into SQL for a whole batch, `refusal` asks it for
one change.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

# What is kept of listings before a batch changed them (keys, masked numbers) is kept no longer than this.
REVERSIBLE_DAYS = 365

LISTED, CORRECTED, SHIELDED, REVOKED = "listed", "corrected", "shielded", "revoked"
KINDS = frozenset({LISTED, CORRECTED, SHIELDED, REVOKED})
_ENDED = frozenset({SHIELDED, REVOKED})


class Refusal(StrEnum):
    """Why a change stays."""

    CHANGED_SINCE = "changed_since"
    IDENTITY_COMPLETED = "identity_completed"
    LIVES_AGAIN = "lives_again"
    WAS_PENDING = "was_pending"
    TERM_OVER = "term_over"
    NOT_KEPT = "not_kept"


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """One change that a batch made. `kind`: listed, corrected, shielded or revoked.

    `changed_since`: the same listing has a later change. `identity_completed`: the correction put a full number where
    there was none. `lives_again`: another live listing of the same subject, court and case stands now. `was_pending`:
    the listing that ended had not begun. `term_over`: its term has ended meanwhile. `not_kept`: how it stood before
    was not kept.
    """

    kind: str
    changed_since: bool = False
    identity_completed: bool = False
    lives_again: bool = False
    was_pending: bool = False
    term_over: bool = False
    not_kept: bool = False


class Rule(NamedTuple):
    """`refusal` where the fact of that name holds for a change of one of `kinds`."""

    refusal: Refusal
    kinds: frozenset[str]


# Told in this order: the first that holds is the one that is said.
RULES: tuple[Rule, ...] = (
    # What came later was decided on the list as it stood; undoing beneath it would falsify that decision.
    Rule(Refusal.CHANGED_SINCE, KINDS),
    # Whom the masked entry meant is known now; forgetting it again would hide a person from checks.
    Rule(Refusal.IDENTITY_COMPLETED, frozenset({CORRECTED})),
    # A listing lives once per subject, court and case (domain.md §1).
    Rule(Refusal.LIVES_AGAIN, _ENDED),
    Rule(Refusal.WAS_PENDING, _ENDED),
    # It would have ended by itself (法释〔2017〕7号 art. 10 para. 2).
    Rule(Refusal.TERM_OVER, _ENDED),
    Rule(Refusal.NOT_KEPT, _ENDED | {CORRECTED}),
)


def refusal(facts: ChangeFacts) -> Refusal | None:
    """Why the change cannot be taken back; None when it can."""
    for rule in RULES:
        if facts.kind in rule.kinds and getattr(facts, rule.refusal.value):
            return rule.refusal
    return None


def is_reversible(applied_on: date, today: date, refusals: Collection[Refusal | None]) -> bool:
    """Whether the batch as a whole can be taken back: not too old, and at least one change goes."""
    return not is_too_old(applied_on, today) and any(each is None for each in refusals)


def is_too_old(applied_on: date, today: date) -> bool:
    """A batch applied more than a year ago is corrected entry by entry."""
    return today > applied_on + timedelta(days=REVERSIBLE_DAYS)
