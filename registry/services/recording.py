"""What every move of a listing leaves behind, in its own transaction: change, audit entry, event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from core import audit, outbox
from core.privacy import redact
from registry.access import Operator
from registry.choices import ChangeKind
from registry.models import Change, Listing
from registry.services import feed

SYSTEM = "system"


def record_change(
    listing: Listing,
    kind: ChangeKind,
    verb: str,
    *,
    by: Operator | None,
    at: datetime,
    happened_on: date | None,
    ground: str,
    document_number: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> Change:
    """Write down one move; `by` is None where the platform itself moves. Values of corrected facts stay out of the
    audit, which is kept longer than they are."""
    change = Change.objects.create(
        kind=kind,
        listing=listing,
        at=at,
        happened_on=happened_on,
        ground=redact(ground.strip())[:300],
        document_number=document_number.strip()[:100],
        before=dict(before),
        after=dict(after),
        by_id=by.pk if by else None,
    )
    is_correction = kind is ChangeKind.CORRECTED
    audit.record(
        verb=verb,
        target=listing,
        by=by or SYSTEM,
        at=at,
        before=None if is_correction else before,
        after={"fields": sorted(after)} if is_correction else after,
    )
    outbox.emit("listing.changed", changes=[change.pk])
    feed.number_after_commit()
    return change
