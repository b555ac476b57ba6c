"""The steps that recording, releasing and acknowledging share.

Whoever changes an enforcement or a release duty first holds the row of its listing (`hold_listing`). The court's
services hold the same row while a listing leaves the list, so that nothing is recorded against a listing that is
just ending, and no duty is left open that has nothing left to release.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from agencies.choices import DutyOutcome, DutyStatus, EnforcementStatus
from agencies.lifecycle import require_duty_move, require_enforcement_move
from agencies.models import Enforcement, EnforcementTransition, ReleaseDuty, ReleaseDutyTransition, User
from core import audit, outbox
from core.privacy import redact
from registry.choices import ListingStatus
from registry.models import Listing

SYSTEM = "system"


def typed(text: str) -> str:
    """Free text as it is kept: trimmed, and without what somebody's identifier would look like (design.md §6, 7)."""
    return redact(text.strip())


def hold_listing(listing_id: UUID) -> Listing:
    """The listing, locked against its own change and against other acts on it until the transaction ends."""
    listing: Listing = Listing.objects.select_for_update(of=("self",), no_key=True).get(pk=listing_id)
    return listing


def hold_listings(listing_ids: Iterable[UUID]) -> None:
    """Lock several listings, always in the same order, so that two callers never wait for each other."""
    held = Listing.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(listing_ids)).order_by("pk")
    list(held.values_list("pk", flat=True))


def move_enforcement(
    enforcement: Enforcement, to: EnforcementStatus, *, reason: str, by: User | None, at: datetime
) -> None:
    """Column, history row, audit and announcement of one move; the caller holds the listing."""
    require_enforcement_move(enforcement.status, to)
    before = enforcement.status
    enforcement.status = to
    if to == EnforcementStatus.RELEASED:
        enforcement.released_at, enforcement.release_reason = at, reason
    enforcement.save(update_fields=["status", "released_at", "release_reason"])
    EnforcementTransition.objects.create(
        record=enforcement, from_status=before, to_status=to, at=at, by=by, reason=reason
    )
    verb = "release_enforcement" if to == EnforcementStatus.RELEASED else "retain_enforcement"
    audit.record(
        verb=verb, target=enforcement, by=by or SYSTEM, at=at, before={"status": before}, after={"status": str(to)}
    )
    outbox.emit(f"enforcement.{to}", enforcement=enforcement.pk)


def close_duty(
    duty: ReleaseDuty,
    outcome: DutyOutcome,
    *,
    statement: str,
    document_number: str = "",
    by: User | None,
    at: datetime,
) -> None:
    """The duty is done; the caller holds the listing."""
    require_duty_move(duty.status, DutyStatus.DONE)
    duty.status, duty.outcome, duty.done_at, duty.done_by = DutyStatus.DONE, outcome, at, by
    duty.statement, duty.document_number = statement, redact(document_number)
    duty.save(update_fields=["status", "outcome", "done_at", "done_by", "statement", "document_number"])
    ReleaseDutyTransition.objects.create(
        record=duty, from_status=DutyStatus.DUE, to_status=DutyStatus.DONE, at=at, by=by, reason=statement
    )
    audit.record(
        verb="close_release_duty",
        target=duty,
        by=by or SYSTEM,
        at=at,
        before={"status": str(DutyStatus.DUE)},
        after={"status": str(DutyStatus.DONE), "outcome": str(outcome), "document_number": redact(document_number)},
    )


def settle_duty(enforcement: Enforcement, *, statement: str, by: User | None, at: datetime) -> ReleaseDuty | None:
    """Close the open duty of the enforcement's unit, listing and measure once nothing of it is in force any more.

    Kept for a stated time → outcome `retained`, as long as something is kept; otherwise `released`.
    """
    same = {
        "agency_id": enforcement.agency_id,
        "listing_id": enforcement.listing_id,
        "measure_id": enforcement.measure_id,
    }
    open_duties = ReleaseDuty.objects.select_for_update(of=("self",)).filter(status=DutyStatus.DUE, **same)
    duty: ReleaseDuty | None = open_duties.first()
    left = set(Enforcement.objects.live().filter(**same).values_list("status", flat=True))
    is_kept = EnforcementStatus.RETAINED in left
    is_revoked = enforcement.listing.status == ListingStatus.REVOKED
    if duty is None or EnforcementStatus.IN_FORCE in left or (is_kept and is_revoked):
        return None
    outcome = DutyOutcome.RETAINED if is_kept else DutyOutcome.RELEASED
    close_duty(duty, outcome, statement=statement, by=by, at=at)
    return duty


def lift_all(duty: ReleaseDuty, *, reason: str, by: User | None, at: datetime) -> int:
    """Release what the duty is about, return how many; what is kept stays, unless its listing was revoked."""
    statuses = [EnforcementStatus.IN_FORCE]
    if duty.listing.status == ListingStatus.REVOKED:
        statuses.append(EnforcementStatus.RETAINED)
    enforcements = Enforcement.objects.select_for_update(of=("self",)).filter(
        agency_id=duty.agency_id, listing_id=duty.listing_id, measure_id=duty.measure_id, status__in=statuses
    )
    lifted = list(enforcements.order_by("pk"))
    for enforcement in lifted:
        move_enforcement(enforcement, EnforcementStatus.RELEASED, reason=reason, by=by, at=at)
    return len(lifted)
