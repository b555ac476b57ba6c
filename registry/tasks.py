"""The registry's work in the background. Arguments are row ids; `config.celery` says what runs when."""

from uuid import UUID

from celery import shared_task
from django.utils.timezone import localdate, now

from registry.services import (
    batches,
    drawing,
    erasure,
    evidence,
    grace,
    listings,
    reading,
    remedy_notices,
    reversal,
    webhooks,
)


@shared_task(name="registry.read_batch")
def read_batch(batch_id: str) -> None:
    """Read and plan one upload."""
    reading.read_batch(UUID(batch_id), at=now())


@shared_task(name="registry.apply_batch")
def apply_batch(batch_id: str) -> None:
    """Apply one approved upload."""
    batches.apply_batch(UUID(batch_id), at=now())


@shared_task(name="registry.drop_cancelled_rows")
def drop_cancelled_rows(batch_id: str) -> None:
    """Drop what one cancelled upload had staged."""
    batches.drop_cancelled_rows(UUID(batch_id))


@shared_task(name="registry.forget_prior_states")
def forget_prior_states() -> None:
    """Drop what only the reversal of batches needed that can no longer be taken back (nightly)."""
    reversal.forget_prior_states(at=now())


@shared_task(name="registry.sweep_batches")
def sweep_batches() -> None:
    """Find uploads whose worker is gone (every half minute)."""
    batches.sweep_batches(at=now())


@shared_task(name="registry.drop_orphan_files")
def drop_orphan_files() -> None:
    """Remove list files that no batch names (hourly)."""
    batches.drop_orphan_files(at=now())


@shared_task(name="registry.expire_listings")
def expire_listings() -> None:
    """End the listings whose term is over (daily, ten past midnight)."""
    at = now()
    listings.expire_listings(today=localdate(at), at=at)


@shared_task(name="registry.draw_source")
def draw_source(source_id: int) -> None:
    """One turn of one source of the list."""
    drawing.draw(source_id, at=now())


@shared_task(name="registry.draw_due_sources")
def draw_due_sources() -> None:
    """Hand the sources whose turn has come to the workers (every half minute)."""
    drawing.enqueue_due(at=now())


@shared_task(name="registry.forget_old_runs")
def forget_old_runs() -> None:
    """Remove records of runs older than they must be kept (daily)."""
    drawing.forget_old_runs(at=now())


@shared_task(name="registry.notify_remedies")
def notify_remedies() -> None:
    """Remind of limits and escalate what is late (daily, before the desks open)."""
    at = now()
    remedy_notices.notify_all(today=localdate(at), at=at)


@shared_task(name="registry.drop_orphan_evidence")
def drop_orphan_evidence() -> None:
    """Remove evidence files that no row names (daily)."""
    evidence.drop_orphans(at=now())


@shared_task(name="registry.push_changes")
def push_changes() -> None:
    """Cut the feed into deliveries and hand out what is due (every few seconds)."""
    webhooks.push_changes(at=now())


@shared_task(name="registry.deliver_webhook")
def deliver_webhook(delivery_id: str) -> None:
    """Push one stretch of the feed to one subscriber."""
    webhooks.deliver(delivery_id=UUID(delivery_id), at=now())


@shared_task(name="registry.activate_pending")
def activate_pending() -> None:
    """Let listings take effect whose grace is over (daily, five past midnight)."""
    at = now()
    grace.activate_pending(today=localdate(at), at=at)


@shared_task(name="registry.erase_archived")
def erase_archived() -> None:
    """Erase what identifies the parties of listings whose archive has lasted its time (daily, half past two)."""
    at = now()
    erasure.erase_archived(today=localdate(at), at=at)
