"""What the rest of the platform must hear about, written in the transaction that did it.

`emit` writes the event; after commit a task relays it into one delivery per consumer,
and each delivery runs in its own task, in one transaction with the consumer's effects:
either both are there or neither. What the broker loses, the sweep finds.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from core.privacy import refuse_identifiers

logger = logging.getLogger(__name__)

ATTEMPTS = 12
GRACE = timedelta(seconds=60)  # how long the queue gets before the sweep takes over
LONGEST_PAUSE = 3600  # seconds


class OutboxEvent(models.Model):
    """Something that happened: a topic such as `thing.changed` and ids, never contents."""

    id = models.BigAutoField(primary_key=True)
    topic = models.TextField()
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(db_default=Now())
    relayed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(relayed_at=None), name="outboxevent_unrelayed")]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class OutboxDelivery(models.Model):
    """One event on its way to one consumer: open, done, or dead after twelve attempts."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    consumer = models.TextField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)  # the exception's class, nothing that it says

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(done_at=None, dead_at=None), name="outboxdelivery_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "consumer"], name="outboxdelivery_once_per_consumer"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(dead_at=None), name="outboxdelivery_done_or_dead"),
        ]

    def __str__(self) -> str:
        return f"#{self.event_id} → {self.consumer}"


Consumer = Callable[[OutboxEvent], None]
_consumers: dict[str, dict[str, Consumer]] = {}


def consumer(topic: str, name: str) -> Callable[[Consumer], Consumer]:
    """Register a consumer of `topic` under a name that never changes (`app.verb`).

    Keep consumers in an app's `tasks.py`, which every worker imports.
    """

    def register(function: Consumer) -> Consumer:
        others = _consumers.setdefault(topic, {})
        if others.setdefault(name, function) is not function:
            raise ValueError(f"{topic} already has a consumer named {name}")
        return function

    return register


def consumers_of(topic: str) -> dict[str, Consumer]:
    """Name → function of those who listen to `topic`."""
    return dict(_consumers.get(topic, {}))


def emit(topic: str, /, **payload: Any) -> OutboxEvent:
    """Write an event in the caller's transaction; it is relayed after commit.

    Raises TransactionManagementError outside a transaction, and ValueError where
    the payload names or looks like an identifier.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event belongs to the transaction that it announces")
    refuse_identifiers(payload)
    event = OutboxEvent.objects.create(topic=topic, payload=payload)
    _enqueue_after_commit("core.relay", event.pk)
    return event


def enqueue(task: str, row_id: int, *, after: int = 0) -> None:
    """Hand a row to a worker; when the broker is down the sweep will."""
    try:
        current_app.send_task(task, args=[row_id], countdown=after or None, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("broker unreachable, %s of row %d waits for the sweep", task, row_id)


def _enqueue_after_commit(task: str, row_id: int, *, after: int = 0) -> None:
    transaction.on_commit(lambda: enqueue(task, row_id, after=after), robust=True)


@transaction.atomic
def relay_event(*, event_id: int, at: datetime) -> list[int]:
    """Make one delivery per consumer of the event, once, and enqueue them; return the new deliveries' ids."""
    event = OutboxEvent.objects.select_for_update(skip_locked=True).filter(pk=event_id, relayed_at=None).first()
    if event is None:
        return []
    names = sorted(consumers_of(event.topic))
    deliveries = [OutboxDelivery(event=event, consumer=name, next_attempt_at=at + GRACE) for name in names]
    OutboxDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    event.relayed_at = at
    event.save(update_fields=["relayed_at"])
    open_ids = list(event.deliveries.filter(done_at=None, dead_at=None).order_by("id").values_list("id", flat=True))
    for delivery_id in open_ids:
        _enqueue_after_commit("core.deliver", delivery_id)
    return open_ids


@transaction.atomic
def deliver_event(*, delivery_id: int, at: datetime) -> bool:
    """Run one delivery; true when its effects stand (now or already).

    A failing consumer leaves no effects but one more attempt: the next after 2^n
    seconds, an hour at most; after twelve the delivery is dead.
    """
    delivery = (
        OutboxDelivery.objects.select_for_update(of=("self",)).select_related("event").filter(pk=delivery_id).first()
    )
    if delivery is None or delivery.dead_at is not None:
        return False
    if delivery.done_at is not None:
        return True
    delivery.attempts += 1
    try:
        with transaction.atomic():
            consumers_of(delivery.event.topic)[delivery.consumer](delivery.event)
    except Exception as error:  # noqa: BLE001 whatever it is, it is now the delivery's state and the sweep's work
        pause = min(2**delivery.attempts, LONGEST_PAUSE)
        delivery.last_error = type(error).__name__
        delivery.next_attempt_at = at + timedelta(seconds=pause)
        if delivery.attempts >= ATTEMPTS:
            delivery.dead_at = at
        elif pause < GRACE.total_seconds():
            _enqueue_after_commit("core.deliver", delivery_id, after=pause)
        logger.warning("delivery %d attempt %d: %s", delivery_id, delivery.attempts, delivery.last_error)
    else:
        delivery.done_at, delivery.last_error = at, ""
    delivery.save(update_fields=["attempts", "next_attempt_at", "done_at", "dead_at", "last_error"])
    return delivery.done_at is not None


def sweep(*, at: datetime, limit: int = 1_000) -> tuple[int, int]:
    """Relay events and enqueue deliveries that the queue has lost; return how many of each."""
    events = OutboxEvent.objects.filter(relayed_at=None, created_at__lt=at - timedelta(seconds=10))
    event_ids = list(events.order_by("id").values_list("id", flat=True)[:limit])
    for event_id in event_ids:
        relay_event(event_id=event_id, at=at)
    with transaction.atomic():
        due = OutboxDelivery.objects.select_for_update(skip_locked=True).filter(
            done_at=None, dead_at=None, next_attempt_at__lte=at
        )
        delivery_ids = list(due.order_by("next_attempt_at").values_list("id", flat=True)[:limit])
        OutboxDelivery.objects.filter(pk__in=delivery_ids).update(next_attempt_at=at + GRACE)
    for delivery_id in delivery_ids:
        enqueue("core.deliver", delivery_id)
    return len(event_ids), len(delivery_ids)
