"""Credit repair after the exit: asked for once, answered by every unit that had measures (002 §四(二)6).

The units live in a higher app: it hears `repair.record`, asks its units, and hands their answers back here, where they
stand with the listing for everybody who may read it. The change feed's kinds are fixed by contract, so a repair is not
a line of the feed: it is the event `repair.decided` and the field `repairs` of the listing.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core import outbox
from core.errors import Conflict, IllegalMove, NotFound
from registry.access import Operator
from registry.choices import RemedyStatus
from registry.lifecycle import LIVE
from registry.models import CreditRepair, Listing, RepairOutcome
from registry.rules import remedies as rules
from registry.services import remedy_steps
from registry.services.remedy_steps import hold, move, open_remedy, refuse


@transaction.atomic
def apply_for_repair(
    *,
    listing_id: UUID,
    ground: str,
    channel: str,
    received_on: date | None,
    by: Operator,
    at: datetime,
    has_commitment: bool = False,
    applicant: str = "",
    has_met: bool = False,
) -> CreditRepair:
    """Record an application handed in at the court's or a unit's counter.

    Only who has left the list may ask (已经屏蔽或者撤销). `has_met`: the unit had a measure of its own against the
    listing, published or not. Raises NotFound, IllegalMove `listing_still_live`, Conflict
    `repair_is_open_once_per_listing`, InvalidInput.
    """
    is_met = has_met and by.role == "agency_staff" and Listing.objects.filter(pk=listing_id).exists()
    if not is_met and not remedy_steps.is_open_to(listing_id, by):
        raise NotFound("没有找到这个名单条目。")
    listing = hold(listing_id)
    if listing.status in LIVE:
        raise IllegalMove("条目仍在名单上，退出名单之后才能申请信用修复。", code="listing_still_live")
    refuse(remedy_steps.received_problems(ground, channel, received_on, at))
    assert received_on is not None
    if CreditRepair.objects.filter(listing=listing).open().exists():
        raise Conflict("这个条目的信用修复申请正在办理。", code="repair_is_open_once_per_listing")
    repair = CreditRepair(
        listing=listing,
        status=RemedyStatus.RECEIVED,
        ground=ground,
        channel=channel,
        applicant=rules.mask_name(applicant),
        received_on=received_on,
        has_commitment=has_commitment,
    )
    return open_remedy(repair, by=by, at=at, is_late=False)


@transaction.atomic
def record_repair_outcome(
    *,
    repair_id: UUID,
    unit_name: str,
    is_allowed: bool,
    document_number: str,
    decided_on: date,
    is_last: bool,
    by: Operator,
    at: datetime,
) -> RepairOutcome:
    """A unit's answer, called by the unit's own service in its transaction; the last one decides the repair."""
    repair = _held(repair_id)
    remedy_steps.require(repair, RemedyStatus.DECIDED)
    outcome = RepairOutcome.objects.create(
        repair=repair,
        unit_name=unit_name,
        is_allowed=is_allowed,
        document_number=document_number,
        decided_on=decided_on,
        recorded_at=at,
    )
    if is_last:
        move(repair, RemedyStatus.DECIDED, reason="各单位均已决定", by=by, at=at)
    else:
        outbox.emit("repair.outcome", repair=str(repair.pk), listing=str(repair.listing_id))
    return outcome


@transaction.atomic
def close_repair_without_units(*, repair_id: UUID, at: datetime) -> bool:
    """No unit ever acted on the listing: there is nothing to decide. False where it is settled already."""
    repair = _held(repair_id)
    if repair.status != RemedyStatus.RECEIVED:
        return False
    move(repair, RemedyStatus.DECIDED, reason="没有单位对此条目采取过措施，无须决定", by=None, at=at)
    return True


def _held(repair_id: UUID) -> CreditRepair:
    hold(CreditRepair.objects.values_list("listing_id", flat=True).get(pk=repair_id))
    repair: CreditRepair = (
        CreditRepair.objects.select_for_update(of=("self",)).select_related("listing__court").get(pk=repair_id)
    )
    return repair
