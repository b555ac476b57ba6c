"""The clocks of one listing: which limits run now, until when, and on what basis (domain.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.calendar import DayType, days_left
from core.errors import NotFound
from registry.choices import ChangeKind, DayKind, ExitGround, ListingStatus
from registry.lifecycle import LIVE
from registry.models import Change, Listing
from registry.services import deadlines

TERM_BASIS = "法释〔2017〕7号第二条"
GRACE_BASIS = "法发〔2019〕35号（一至三个月的宽限期）"


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit: the last day in time, days left in its own unit (negative when late), and its source."""

    key: str
    label: str
    due_on: date
    days_left: int
    unit: DayKind
    provisional: bool
    citation: str

    @property
    def day_type(self) -> str:
        """As the clock component names it."""
        return DayType.WORKING.value if self.unit == DayKind.WORKING else DayType.CALENDAR.value


def clocks_of(listing: Listing, changes: list[Change], today: date) -> list[Clock]:
    """The limits that run for the listing. `changes` is its history, newest first.

    A limit that neither the region nor the country has configured is not shown: there is nothing to count.
    """
    clocks = []
    grace = getattr(listing, "grace", None) if listing.status == ListingStatus.PENDING else None
    if grace is not None:
        left = days_left(today, grace.ends_on, DayType.CALENDAR)
        clocks.append(
            Clock("grace", "宽限期", grace.ends_on, left, DayKind.CALENDAR, grace.is_provisional, GRACE_BASIS)
        )
    if listing.status in LIVE and listing.term_ends_on:
        left = days_left(today, listing.term_ends_on, DayType.CALENDAR)
        clocks.append(Clock("term", "纳入期限", listing.term_ends_on, left, DayKind.CALENDAR, False, TERM_BASIS))
    if listing.status == ListingStatus.SUSPENDED:
        since = next((each for each in changes if each.kind == ChangeKind.SUSPENDED), None)
        if since is not None and since.happened_on:
            clocks += _ruled(listing, "objection.review.local", "异议审查（地方要求）", since.happened_on, today)
            clocks += _ruled(listing, "objection.review.national", "异议审查（法定期限）", since.happened_on, today)
    if listing.status not in LIVE and listing.exit_on:
        clocks += _ruled(listing, "measure.release", "各单位解除措施", listing.exit_on, today)
        clocks += _ruled(listing, "republish.delete", "其他网站删除信息", listing.exit_on, today)
        if listing.exit_ground == ExitGround.CREDITOR_REQUEST:
            clocks += _ruled(listing, "relist.bar", "依申请不得再次纳入", listing.exit_on, today)
    return clocks


def _ruled(listing: Listing, key: str, label: str, start: date, today: date) -> list[Clock]:
    try:
        due = deadlines.due(listing.court.region, key, start)
    except NotFound:
        return []
    day_type = DayType.WORKING if due.unit == DayKind.WORKING else DayType.CALENDAR
    return [Clock(key, label, due.on, days_left(today, due.on, day_type), due.unit, due.provisional, due.citation)]
