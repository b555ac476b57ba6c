"""What the units must hear of the list and of the catalogue."""

from uuid import UUID

from django.utils.timezone import now

from agencies.services.matters import follow_new_versions
from agencies.services.recalls import tell_of_revocations
from agencies.services.releases import open_release_duties
from agencies.services.repairs import open_repair_decisions
from core.outbox import OutboxEvent, consumer


@consumer("listing.changed", name="agencies.open_release_duties")
def open_duties_of_changes(event: OutboxEvent) -> None:
    """Whoever acted on a listing that has just ended is told to let go; may run twice."""
    batch = event.payload.get("batch")
    open_release_duties(
        change_ids=event.payload.get("changes", ()), batch_id=None if batch is None else UUID(batch), at=now()
    )


@consumer("listing.changed", name="agencies.tell_of_revocations")
def tell_recipients(event: OutboxEvent) -> None:
    """Whoever was told of a listing that has just been revoked is told that it was never valid; may run twice."""
    batch = event.payload.get("batch")
    tell_of_revocations(
        change_ids=event.payload.get("changes", ()), batch_id=None if batch is None else UUID(batch), at=now()
    )


@consumer("catalogue.changed", name="agencies.follow_new_versions")
def follow_versions(event: OutboxEvent) -> None:
    """A matter goes on triggering a measure that has been published anew; may run twice."""
    follow_new_versions(replaced=[(UUID(old), UUID(new)) for old, new in event.payload["replaced"]])


@consumer("repair.record", name="agencies.open_repair_decisions")
def open_decisions_of_repair(event: OutboxEvent) -> None:
    """Whoever acted on the listing is asked whether it allows the repair; may run twice."""
    open_repair_decisions(repair_id=UUID(event.payload["remedy"]), at=now())
