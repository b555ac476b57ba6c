"""A listing was revoked: whoever was ever told of it, or acted on it, is told that it was never valid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localdate

from agencies.choices import RecallStatus
from agencies.lifecycle import require_recall_move
from agencies.models import Recall, RecallTransition, User
from agencies.services.lifting import SYSTEM, typed
from agencies.services.releases import release_deadline
from core import audit
from core.errors import FieldProblem, InvalidInput, NotFound
from registry.choices import ChangeKind
from registry.models import Change, Listing, Region
from registry.services.deadlines import DueDate

CHUNK = 1_000
NET = timedelta(days=7)

# Every unit whose check named one of the listings, and every unit that recorded anything against one.
_RECIPIENTS = """
    SELECT DISTINCT agency_id, region_id, listing_id FROM (
        SELECT c.agency_id, l.id AS listing_id
          FROM unnest(%(ids)s::uuid[]) AS l(id)
          JOIN agencies_check c ON c.outcome IN ('hit', 'possible', 'suspended')
           AND c.answer @> jsonb_build_object('matches', jsonb_build_array(jsonb_build_object('listing', l.id::text)))
        UNION ALL
        SELECT e.agency_id, e.listing_id FROM agencies_enforcement e WHERE e.listing_id = ANY(%(ids)s)) told
      JOIN agencies_agency a ON a.id = told.agency_id
     ORDER BY agency_id, listing_id"""


def tell_of_revocations(*, at: datetime, change_ids: Collection[int] = (), batch_id: UUID | str | None = None) -> int:
    """One recall per unit and revoked listing; return how many were new. Running twice tells nobody twice."""
    changes = Change.objects.filter(kind=ChangeKind.REVOKED)
    changes = changes.filter(batch_id=batch_id) if batch_id is not None else changes.filter(pk__in=change_ids)
    listings = dict(changes.order_by("listing_id").values_list("listing_id", "at"))
    ids = list(listings)
    return sum(_tell({each: listings[each] for each in ids[n : n + CHUNK]}, at) for n in range(0, len(ids), CHUNK))


def tell_of_recent_revocations(*, at: datetime) -> int:
    """The safety net: a check that was still being answered while its listing was revoked, an event that was lost."""
    recent = Change.objects.filter(kind=ChangeKind.REVOKED, at__gte=at - NET)
    return tell_of_revocations(at=at, change_ids=list(recent.values_list("pk", flat=True)))


@transaction.atomic
def _tell(revoked: Mapping[UUID, datetime], at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_RECIPIENTS, {"ids": list(revoked)})
        rows: Sequence[tuple[int, str, UUID]] = cursor.fetchall()
    clocks = _clocks({(region, localdate(revoked[listing])) for _, region, listing in rows})
    told = []
    for agency, region, listing in rows:
        clock = clocks[region, localdate(revoked[listing])]
        told.append(
            Recall(
                agency_id=agency,
                listing_id=listing,
                opened_at=at,
                due_on=clock.on,
                due_is_provisional=clock.provisional,
                due_citation=clock.citation,
            )
        )
    Recall.objects.bulk_create(told, ignore_conflicts=True, batch_size=CHUNK)
    return _write_history(list(revoked), at)


def _clocks(starts: Collection[tuple[str, date]]) -> dict[tuple[str, date], DueDate]:
    regions = Region.objects.in_bulk({region for region, _ in starts})
    return {(region, start): release_deadline(regions[region], start) for region, start in starts}


def _write_history(listing_ids: Sequence[UUID], at: datetime) -> int:
    """One history row per new recall, one audit entry per unit."""
    untold = Recall.objects.filter(listing_id__in=listing_ids, transitions=None)
    fresh = list(untold.select_related("agency").order_by("agency_id", "pk"))
    RecallTransition.objects.bulk_create(
        [
            RecallTransition(record=recall, from_status="", to_status=RecallStatus.TOLD, at=at, by=None)
            for recall in fresh
        ],
        batch_size=CHUNK,
    )
    for agency, own in groupby(fresh, key=lambda recall: recall.agency):
        told = [str(recall.listing_id) for recall in own]
        audit.record(verb="tell_of_revocations", target=agency, by=SYSTEM, at=at, after={"listings": told})
    return len(fresh)


@transaction.atomic
def acknowledge_recall(*, recall_id: UUID, statement: str, by: User, at: datetime) -> Recall:
    """The unit has corrected what it built on the listing, and says how.

    Raises NotFound for another unit's recall, InvalidInput `statement_required`, IllegalMove when it is acknowledged.
    """
    mine = Recall.objects.editable_by(by).select_for_update(of=("self",))
    recall: Recall | None = mine.filter(pk=recall_id).first()
    if recall is None:
        raise NotFound("没有找到这份撤销通知。")
    require_recall_move(recall.status, RecallStatus.ACKNOWLEDGED)
    words = typed(statement)
    if not words:
        problem = FieldProblem("statement", "statement_required", "请写明已怎样处理。")
        raise InvalidInput("请写明已怎样处理。", code="statement_required", errors=[problem])
    recall.status, recall.acknowledged_at, recall.acknowledged_by = RecallStatus.ACKNOWLEDGED, at, by
    recall.statement = words
    recall.save(update_fields=["status", "acknowledged_at", "acknowledged_by", "statement"])
    RecallTransition.objects.create(
        record=recall, from_status=RecallStatus.TOLD, to_status=RecallStatus.ACKNOWLEDGED, at=at, by=by, reason=words
    )
    audit.record(
        verb="acknowledge_recall",
        target=recall,
        by=by,
        at=at,
        before={"status": RecallStatus.TOLD},
        after={"status": RecallStatus.ACKNOWLEDGED},
    )
    return recall


def revoked_among(listing_ids: Collection[str | UUID]) -> set[str]:
    """Which of these listings have been revoked since, as texts."""
    found = Listing.objects.filter(pk__in=set(listing_ids), status="revoked").values_list("pk", flat=True)
    return {str(each) for each in found}


def void_hits(agency_ids: Collection[int], starts: datetime, ends: datetime) -> dict[int, int]:
    """How many hits of each unit in the period rested on nothing but listings that have been revoked since.

    A revoked listing was never valid: what was answered then stands in the ledger, but no figure counts it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.agency_id, count(*) FROM agencies_check c
                WHERE c.outcome = 'hit' AND c.agency_id = ANY(%(units)s)
                  AND c.checked_at >= %(starts)s AND c.checked_at < %(ends)s
                  AND EXISTS (SELECT 1 FROM agencies_recall r WHERE r.agency_id = c.agency_id
                                 AND c.answer @> jsonb_build_object('matches', jsonb_build_array(
                                     jsonb_build_object('listing', r.listing_id::text))))
                  AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(c.answer -> 'matches') AS m
                                    JOIN registry_listing l ON l.id = (m ->> 'listing')::uuid
                                   WHERE m ->> 'level' = 'identifier' AND l.status <> 'revoked')
                GROUP BY c.agency_id""",
            {"units": list(agency_ids), "starts": starts, "ends": ends},
        )
        return dict(cursor.fetchall())
