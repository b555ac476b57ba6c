"""The work of core in the background. Arguments are row ids; `config.celery` says what runs when."""

from celery import shared_task
from django.utils.timezone import now

from core import chain, idempotency, outbox


@shared_task(name="core.relay")
def relay(event_id: int) -> None:
    """Turn one outbox event into deliveries."""
    outbox.relay_event(event_id=event_id, at=now())


@shared_task(name="core.deliver")
def deliver(delivery_id: int) -> None:
    """Run one delivery."""
    outbox.deliver_event(delivery_id=delivery_id, at=now())


@shared_task(name="core.sweep")
def sweep() -> None:
    """Find what the broker lost (every minute)."""
    outbox.sweep(at=now())


@shared_task(name="core.sequence_chains")
def sequence_chains() -> None:
    """Number and hash what was committed (every few seconds); leaves a table to whoever is already at it."""
    for model in chain.chained_models():
        chain.sequence(model, wait=False)


@shared_task(name="core.prune_idempotency")
def prune_idempotency() -> None:
    """Forget old answers (hourly)."""
    idempotency.prune(at=now())
