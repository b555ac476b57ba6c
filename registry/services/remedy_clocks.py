"""The limits of remedies as days: local and national side by side, each with its source (domain.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.calendar import DayType, days_left, deadline
from registry.choices import DayKind
from registry.models import DeadlineRule, ExitRequest, Objection, Reconsideration
from registry.models.remedies import Remedy
from registry.rules.remedies import Dates, Limit, RemedyKind, limits_to_decide, limits_to_file, limits_to_file_next
from registry.services.deadlines import DueDate, due_under, lines_of, nearest

KEYS = frozenset(
    {
        "objection.local",
        "objection.reminder",
        "objection.review.local",
        "objection.review.national",
        "reconsideration.file",
        "reconsideration.decide",
        "exit.local",
        "exit.national",
        "repair.decide",
    }
)
KIND_OF: dict[str, RemedyKind] = {
    "objection": RemedyKind.OBJECTION,
    "reconsideration": RemedyKind.RECONSIDERATION,
    "exitrequest": RemedyKind.EXIT_REQUEST,
    "creditrepair": RemedyKind.REPAIR,
}
UNSET = "未配置期限，按3个工作日计"


@dataclass(frozen=True, slots=True)
class RemedyClock:
    """One running limit: its last day, the days left in its own unit (negative when late), and its source."""

    key: str
    label: str
    due: date
    days_left: int
    unit: DayKind
    provisional: bool
    citation: str
    is_local: bool

    @property
    def day_type(self) -> str:
        """As the clock component names it."""
        return DayType.WORKING.value if self.unit == DayKind.WORKING else DayType.CALENDAR.value


class Rulebook:
    """The deadline rules of the regions asked for, each region read once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, DeadlineRule]] = {}

    def of(self, region_code: str) -> dict[str, DeadlineRule]:
        if region_code not in self._known:
            self._known[region_code] = nearest(lines_of(region_code), KEYS)
        return self._known[region_code]

    def due(self, region_code: str, limit: Limit) -> DueDate | None:
        """The last day of a limit in a region; None where nobody has set it."""
        rule = self.of(region_code).get(limit.key)
        return due_under(rule, limit.start) if rule is not None else None


def kind_of(remedy: Remedy) -> RemedyKind:
    return KIND_OF[str(remedy._meta.model_name)]


def region_of(remedy: Remedy) -> str:
    """The region whose rules bind the court that decides."""
    court = remedy.court if isinstance(remedy, Reconsideration) else remedy.subject_listing.court
    return court.region_id


def dates_of(remedy: Remedy) -> Dates:
    if isinstance(remedy, Objection):
        return Dates(remedy.received_on, remedy.listing_served_on, None, remedy.decision_served_on)
    if isinstance(remedy, Reconsideration):
        return Dates(remedy.received_on, decision_served_on=remedy.objection.decision_served_on)
    confirmed = remedy.confirmed_on if isinstance(remedy, ExitRequest) else None
    return Dates(remedy.received_on, confirmed_on=confirmed, decision_served_on=remedy.decision_served_on)


def clocks_of(remedy: Remedy, today: date, book: Rulebook) -> list[RemedyClock]:
    """The limits that run now: to decide it, or after the decision to go on to the upper court."""
    kind, dates, region = kind_of(remedy), dates_of(remedy), region_of(remedy)
    limits = limits_to_decide(kind, remedy.status, dates)
    if not (isinstance(remedy, Objection) and hasattr(remedy, "reconsideration")):
        limits += limits_to_file_next(kind, remedy.status, dates)
    return [_clock(limit, due, today) for limit in limits if (due := book.due(region, limit)) is not None]


def filing_clock(remedy: Remedy, today: date, book: Rulebook) -> RemedyClock | None:
    """The limit within which the remedy was to be filed, where a rule sets one."""
    found = filing_limit(remedy, book)
    return _clock(*found, today) if found else None


def filing_limit(remedy: Remedy, book: Rulebook) -> tuple[Limit, DueDate] | None:
    """The limit to file that counts in the remedy's region, with its last day; None where none is set."""
    for limit in limits_to_file(kind_of(remedy), dates_of(remedy)):
        if (due := book.due(region_of(remedy), limit)) is not None:
            return limit, due
    return None


def first_due(remedy: Remedy, book: Rulebook) -> DueDate:
    """The earlier of the running limits: the day by which the remedy must be decided.

    Where no pack has a rule, three working days from receipt: nobody waits for ever because a setting is missing.
    """
    limits = limits_to_decide(kind_of(remedy), remedy.status, dates_of(remedy))
    found = [due for limit in limits if (due := book.due(region_of(remedy), limit)) is not None]
    if found:
        return min(found, key=lambda due: due.on)
    day = deadline(remedy.received_on, 3, DayType.WORKING)
    return DueDate(day.on, day.provisional, UNSET, 3, DayKind.WORKING)


def _clock(limit: Limit, due: DueDate, today: date) -> RemedyClock:
    day_type = DayType.WORKING if due.unit == DayKind.WORKING else DayType.CALENDAR
    left = days_left(today, due.on, day_type)
    return RemedyClock(
        limit.key, limit.label, due.on, left, due.unit, due.provisional, due.citation, is_local=limit.is_local
    )
