"""What reaches a unit's counter and is the court's to decide: referred, never refused (002 §四(二)3)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from agencies.choices import UserRole
from agencies.models import Enforcement, HitMeasure, User
from core.errors import NotFound
from registry.choices import ObjectionAbout
from registry.models import CreditRepair, Listing, Objection
from registry.services.objections import record_objection
from registry.services.repairs import apply_for_repair


def met_listing(*, listing_id: UUID, by: User) -> Listing:
    """A listing the unit may know: it may follow it, or has met it by a check or an act of its own. Raises NotFound."""
    if by.role == UserRole.AGENCY_STAFF and by.agency_id is not None:
        found = Listing.objects.select_related("court").filter(pk=listing_id).first()
        is_seen = Listing.objects.followed_by(by).filter(pk=listing_id).exists()
        if found is not None and (is_seen or _has_met(found, by)):
            return found
    raise NotFound("没有找到这个名单条目。")


def refer_objection(
    *,
    listing_id: UUID,
    measure: str,
    ground: str,
    channel: str,
    received_on: date | None,
    by: User,
    at: datetime,
    served_on: date | None = None,
    applicant: str = "",
) -> Objection:
    """Record an objection to a measure of the unit and refer it to the executing court, in one transaction.

    Where the unit's region says so its measures are stayed from then on. Raises NotFound, InvalidInput.
    """
    met_listing(listing_id=listing_id, by=by)
    return record_objection(
        listing_id=listing_id,
        about=ObjectionAbout.MEASURE,
        measure=measure,
        ground=ground,
        channel=channel,
        received_on=received_on,
        served_on=served_on,
        applicant=applicant,
        by=by,
        at=at,
        has_met=True,
    )


def take_repair_application(
    *,
    listing_id: UUID,
    ground: str,
    channel: str,
    received_on: date | None,
    by: User,
    at: datetime,
    has_commitment: bool = False,
    applicant: str = "",
) -> CreditRepair:
    """Take an application for credit repair at the unit's counter; every unit that had measures is asked."""
    met_listing(listing_id=listing_id, by=by)
    return apply_for_repair(
        listing_id=listing_id,
        ground=ground,
        channel=channel,
        received_on=received_on,
        has_commitment=has_commitment,
        applicant=applicant,
        by=by,
        at=at,
        has_met=True,
    )


def _has_met(listing: Listing, by: User) -> bool:
    return (
        Enforcement.objects.editable_by(by).filter(listing=listing).exists()
        or HitMeasure.objects.filter(check_record__agency=by.agency, listing=listing).exists()
    )
