"""What the units must hear of the list."""

from uuid import UUID

from django.utils.timezone import now

from agencies.services.releases import open_release_duties
from core.outbox import OutboxEvent, consumer


@consumer("listing.changed", name="agencies.open_release_duties")
def open_duties_of_changes(event: OutboxEvent) -> None:
    """Whoever acted on a listing that has just ended is told to let go; may run twice."""
    batch = event.payload.get("batch")
    open_release_duties(
        change_ids=event.payload.get("changes", ()), batch_id=None if batch is None else UUID(batch), at=now()
    )
