"""What must be let go because a listing has ended: duties that open by themselves and are acknowledged by the unit."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from agencies.choices import DutyOutcome, DutyStatus, EnforcementStatus
from agencies.models import Enforcement, ReleaseDuty, ReleaseDutyTransition, User
from agencies.services.lifting import SYSTEM, close_duty, hold_listings, lift_all, typed
from core import audit
from core.calendar import DayType, deadline
from core.errors import FieldProblem, InvalidInput, NotFound
from registry.choices import ChangeKind, DayKind, ListingStatus
from registry.models import Change, Region
from registry.services import deadlines

ENDED = (ListingStatus.SHIELDED, ListingStatus.REVOKED, ListingStatus.EXPIRED)
ENDING = (ChangeKind.SHIELDED, ChangeKind.REVOKED, ChangeKind.EXPIRED)
RULE = "measure.release"
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty that must arise: who must release which measure of which listing, since which day."""

    agency_id: int
    region_id: str
    listing_id: UUID
    measure_id: UUID
    since: date


def open_release_duties(*, at: datetime, change_ids: Collection[int] = (), batch_id: UUID | str | None = None) -> int:
    """One duty per unit, listing and measure for what the changes ended; return how many were new.

    Name the changes of single acts by `change_ids`, those of a batch by `batch_id`. Running twice opens nothing twice.
    """
    changes = Change.objects.filter(kind__in=ENDING)
    changes = changes.filter(batch_id=batch_id) if batch_id is not None else changes.filter(pk__in=change_ids)
    return _open(_unanswered().filter(listing_id__in=changes.values("listing_id")), at)


def open_missing_duties(*, at: datetime) -> int:
    """The safety net: every ended listing's enforcement that nobody was told to release; return how many were new."""
    return _open(_unanswered(), at)


@transaction.atomic
def acknowledge_duty(
    *, duty_id: UUID, statement: str, by: User, at: datetime, document_number: str = ""
) -> ReleaseDuty:
    """The unit has released the measure: the duty is done and everything of it is released, in one transaction.

    Raises NotFound for another unit's duty, InvalidInput `statement_required`, IllegalMove when it is done already.
    """
    return _acknowledge([duty_id], statement, document_number, by, at)[0]


@transaction.atomic
def acknowledge_many(
    *, duty_ids: Collection[UUID], statement: str, by: User, at: datetime, document_number: str = ""
) -> list[ReleaseDuty]:
    """Several at once, with one statement: all or none; those that a colleague has just done are left as they are.

    Returns the duties that this call closed. Raises NotFound where one of them is another unit's.
    """
    return _acknowledge(set(duty_ids), statement, document_number, by, at, skip_done=True)


def _acknowledge(
    duty_ids: Collection[UUID],
    statement: str,
    document_number: str,
    by: User,
    at: datetime,
    *,
    skip_done: bool = False,
) -> list[ReleaseDuty]:
    statement = typed(statement)
    if not statement:
        raise InvalidInput(
            code="statement_required",
            errors=[FieldProblem("statement", "statement_required", "请说明怎样解除的。")],
        )
    mine = ReleaseDuty.objects.editable_by(by).filter(pk__in=duty_ids)
    hold_listings(mine.values_list("listing_id", flat=True))
    duties = list(mine.select_for_update(of=("self",)).order_by("pk"))
    if len(duties) < len(duty_ids):
        raise NotFound("没有这项解除任务。")
    if skip_done:
        duties = [duty for duty in duties if duty.status == DutyStatus.DUE]
    for duty in duties:
        close_duty(
            duty,
            DutyOutcome.RELEASED,
            statement=statement,
            document_number=document_number.strip(),
            by=by,
            at=at,
        )
        lift_all(duty, reason=statement, by=by, at=at)
    return duties


def _unanswered() -> QuerySet[Enforcement]:
    """Acts in force on a listing that has ended, without a duty; on a revoked one also what was to be kept."""
    duty = ReleaseDuty.objects.filter(
        agency_id=OuterRef("agency_id"), listing_id=OuterRef("listing_id"), measure_id=OuterRef("measure_id")
    )
    felt = Enforcement.objects.filter(
        status=EnforcementStatus.IN_FORCE, listing__status__in=ENDED
    ) | Enforcement.objects.filter(status=EnforcementStatus.RETAINED, listing__status=ListingStatus.REVOKED)
    return felt.filter(~Exists(duty))


def _open(enforcements: QuerySet[Enforcement], at: datetime) -> int:
    listings = list(enforcements.order_by("listing_id").values_list("listing_id", flat=True).distinct())
    chunks = (listings[start : start + CHUNK] for start in range(0, len(listings), CHUNK))
    return sum(_open_chunk(enforcements, chunk, at) for chunk in chunks)


@transaction.atomic
def _open_chunk(enforcements: QuerySet[Enforcement], listing_ids: Sequence[UUID], at: datetime) -> int:
    """The duties of some listings, in as many statements for one as for a thousand (002 §四(二)5)."""
    hold_listings(listing_ids)
    ended_at = Change.objects.filter(listing_id=OuterRef("listing_id"), kind__in=ENDING).order_by("-pk").values("at")
    rows = (
        enforcements.filter(listing_id__in=listing_ids)
        .annotate(ended_at=Coalesce(Subquery(ended_at[:1]), "listing__changed_at"))
        .order_by("agency_id", "listing_id", "measure_id")
        .values_list("agency_id", "agency__region_id", "listing_id", "measure_id", "ended_at")
        .distinct()
    )
    owed = [Owed(agency, region, listing, measure, localdate(day)) for agency, region, listing, measure, day in rows]
    clocks = _clocks({(each.region_id, each.since) for each in owed})
    ReleaseDuty.objects.bulk_create(_duties(owed, clocks, at), ignore_conflicts=True, batch_size=CHUNK)
    return _write_history(listing_ids, at)


def _duties(
    owed: Sequence[Owed], clocks: dict[tuple[str, date], deadlines.DueDate], at: datetime
) -> Iterator[ReleaseDuty]:
    for each in owed:
        clock = clocks[each.region_id, each.since]
        yield ReleaseDuty(
            agency_id=each.agency_id,
            listing_id=each.listing_id,
            measure_id=each.measure_id,
            opened_at=at,
            due_on=clock.on,
            due_is_provisional=clock.provisional,
            due_citation=clock.citation,
        )


def _write_history(listing_ids: Sequence[UUID], at: datetime) -> int:
    """One history row per new duty, one audit entry per unit."""
    fresh = ReleaseDuty.objects.filter(listing_id__in=listing_ids, transitions=None).select_related("agency")
    duties = list(fresh.order_by("agency_id", "pk"))
    ReleaseDutyTransition.objects.bulk_create(
        [
            ReleaseDutyTransition(
                record=duty, from_status="", to_status=DutyStatus.DUE, at=at, by=None, reason="名单已退出"
            )
            for duty in duties
        ],
        batch_size=CHUNK,
    )
    for agency, own in groupby(duties, key=lambda duty: duty.agency):
        audit.record(
            verb="open_release_duties",
            target=agency,
            by=SYSTEM,
            at=at,
            after={"duties": [str(duty.pk) for duty in own]},
        )
    return len(duties)


def _clocks(starts: Collection[tuple[str, date]]) -> dict[tuple[str, date], deadlines.DueDate]:
    """The last day for each region and first day; few pairs, however many duties."""
    regions = Region.objects.in_bulk({region for region, _ in starts})
    return {(region, start): release_deadline(regions[region], start) for region, start in starts}


def release_deadline(region: Region, start: date) -> deadlines.DueDate:
    """The region's limit for releasing, or the national one (rule `measure.release`).

    The documents say only 「及时」 (002 §四(二)5), so the number is configured; where no pack has one, one working
    day: nobody stays restricted because a setting is missing.
    """
    try:
        return deadlines.due(region, RULE, start)
    except NotFound:
        day = deadline(start, 1, DayType.WORKING)
        return deadlines.DueDate(day.on, day.provisional, "应及时解除；未配置期限，按1个工作日计", 1, DayKind.WORKING)
