"""The archive of ended listings: looked into by the listing court, with a reason, for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core import audit
from core.calendar import add_months
from core.errors import FieldProblem, IllegalMove, NotFound
from core.privacy import redact
from registry.access import Operator
from registry.choices import DayKind
from registry.lifecycle import ENDED
from registry.models import Court, Listing
from registry.services import deadlines
from registry.services.preconditions import refuse

RETENTION = "archive.retention"


@transaction.atomic
def look_into(*, listing_id: UUID, reason: str, by: Operator, at: datetime) -> Listing:
    """Open the archive of an ended listing: the look and its reason are recorded, then the listing is returned.

    Raises NotFound for another court's listing, IllegalMove for one that has not ended, InvalidInput without reason.
    """
    found = Listing.objects.editable_by(by).select_related("subject", "court__region__parent", "batch")
    listing: Listing | None = found.filter(pk=listing_id).first()
    if listing is None:
        raise NotFound("没有找到这个名单条目。")
    if listing.status not in ENDED:
        raise IllegalMove("条目仍在名单上，不在档案中。")
    refuse([] if reason.strip() else [FieldProblem("reason", "required", "请写明查阅事由。")])
    audit.record(verb="look_into_archive", target=listing, by=by, at=at, after={"reason": redact(reason.strip())[:300]})
    return listing


@dataclass(frozen=True, slots=True)
class Retention:
    """Until which day an ended listing is kept, and by which rule; `on` None where no rule is configured."""

    on: date | None
    citation: str = ""


def kept_until(listing: Listing) -> Retention:
    """The last day of the archive of an ended listing."""
    months, citation = retention_of(listing.court)
    if listing.exit_on is None or months is None:
        return Retention(None)
    return Retention(add_months(listing.exit_on, months), citation)


def retention_of(court: Court) -> tuple[int | None, str]:
    """Months for which the court's archive is kept, and the rule that says so; None where none is configured."""
    try:
        rule = deadlines.rule(court.region, RETENTION)
    except NotFound:
        return None, ""
    return rule.amount * (12 if rule.unit == DayKind.YEAR else 1), rule.citation
