"""Where a unit stands with its report of a period, and whether it is late."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from feedback.choices import ReportStatus


class ReportState(StrEnum):
    """What the credit office sees: a draft is the unit's own affair, for the office it is missing."""

    NOT_OWED = "not_owed"
    MISSING = "missing"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_outstanding`: the unit still owes the report or its correction; `is_late`: after the last day."""

    state: ReportState
    is_outstanding: bool
    is_late: bool


NOTHING_OWED = Standing(ReportState.NOT_OWED, is_outstanding=False, is_late=False)


def owes(*, joined_on: date | None, period_ends_on: date) -> bool:
    """Whether a unit owes a report of a period: not of one that was over before it had an operator here."""
    return joined_on is not None and joined_on <= period_ends_on


def standing(
    *, status: str | None, first_submitted_on: date | None, due_on: date, today: date, is_owed: bool = True
) -> Standing:
    """The standing of one unit on a day; `is_owed` as told by `owes`.

    Late is what was first submitted after the last day, and what has not been submitted when the last day is over. A
    report that came in time and was returned is outstanding, not late: no source gives a limit for the correction.
    """
    if status is None or status == ReportStatus.DRAFT:
        return Standing(ReportState.MISSING, True, today > due_on) if is_owed else NOTHING_OWED
    is_late = (first_submitted_on or today) > due_on
    return Standing(ReportState(status), status == ReportStatus.RETURNED, is_late)
