"""When a measure is under legal review: no Django, no database (design.md §3; domain.md §6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

YES, UNCLEAR, NO = "yes", "unclear", "no"
STRENGTH = {NO: 0, UNCLEAR: 1, YES: 2}

NOTHING_IN_FORCE = "没有现行有效的措施依据"
TARGET_NOT_NAMED = "现行依据的文字均未指向失信被执行人"
OWN_BASIS_MISSING = "中办发〔2016〕64号没有这项措施，又没有明确指向失信被执行人的自身依据"


class Standing(StrEnum):
    """How a cited provision stands on a day."""

    IN_FORCE = "in_force"
    SUCCEEDED = "succeeded"  # the cited number or text has gone, its content stands elsewhere
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class BasisFacts:
    """One provision that a measure rests on.

    `valid_from`/`valid_to` are the days of the cited number and text (None: not known, or no end); `lapsed` says
    that it has ended even if the day is not known; `successor` says where the content now stands. The `law_` fields
    say the same of the whole law. `names_target` speaks of the cited text, `successor_names_target` of the new one.
    """

    names_target: str
    valid_from: date | None = None
    valid_to: date | None = None
    lapsed: bool = False
    successor: str = ""
    successor_names_target: str = ""
    law_valid_from: date | None = None
    law_valid_to: date | None = None
    law_lapsed: bool = False
    law_successor: str = ""


def _ended(valid_to: date | None, lapsed: bool, day: date) -> bool:
    return day > valid_to if valid_to is not None else lapsed


def standing(basis: BasisFacts, day: date) -> Standing:
    """How the provision stands on `day`. A provision of a law that has gone stands only through its own successor or
    the law's; one that lapsed by itself without a successor is gone, whatever became of the law."""
    begins = [start for start in (basis.valid_from, basis.law_valid_from) if start is not None]
    if any(day < start for start in begins):
        return Standing.LAPSED
    if _ended(basis.valid_to, basis.lapsed, day):
        return Standing.SUCCEEDED if basis.successor else Standing.LAPSED
    if _ended(basis.law_valid_to, basis.law_lapsed, day):
        return Standing.SUCCEEDED if basis.successor or basis.law_successor else Standing.LAPSED
    return Standing.IN_FORCE


def names_target_now(basis: BasisFacts, day: date) -> str:
    """Whether the text that is in force on `day` names defaulters: the successor's word where it is known."""
    if standing(basis, day) is Standing.SUCCEEDED:
        return basis.successor_names_target or basis.names_target
    return basis.names_target


def strongest(names: Iterable[str]) -> str:
    """The strongest of several judgements: yes, then unclear, then no (also for none at all)."""
    return max(names, key=STRENGTH.__getitem__, default=NO)


def review_reason(bases: Iterable[BasisFacts], needs_own_basis: bool, day: date) -> str:
    """Why the measure is under legal review on `day`, as a sentence; "" when it is not.

    Under review: no basis is in force, directly or through a successor; or no basis in force names defaulters and
    none leaves it open; or the national policy document does not hold the measure and no own basis in force names
    defaulters (国办发〔2020〕49号: a basis exists and names the target; domain.md §6).
    """
    live = [names_target_now(basis, day) for basis in bases if standing(basis, day) is not Standing.LAPSED]
    best = strongest(live)
    if needs_own_basis and best != YES:
        return OWN_BASIS_MISSING
    if not live:
        return NOTHING_IN_FORCE
    return TARGET_NOT_NAMED if best == NO else ""
