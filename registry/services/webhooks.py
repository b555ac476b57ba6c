"""Pushing the feed to subscribers: cut into deliveries, attempted in order, given up after twelve failures.

    cut → pending → delivered
               ↘ dead → pending (replayed) | skipped (with a reason)

A subscriber has one delivery under way at most; the next is cut when it is done, so lines arrive in order and a
dead one holds up the rest. Each attempt is announced to the database before it is made (`attempts`, `next_at`):
a worker that dies in it leaves a repeat, never a gap. Receivers know a repeat by its id and numbers.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from core import audit
from core.errors import FieldProblem, IllegalMove, InvalidInput, NotFound
from registry import outbound
from registry.access import Operator
from registry.choices import DeliveryStatus, SubscriberKind
from registry.models import Subscriber, WebhookDelivery
from registry.models.subscribers import LINES_PER_DELIVERY
from registry.rules.webhooks import PushProblem, is_given_up, pause_after, read_target, signature
from registry.services import feed

logger = logging.getLogger(__name__)

DELIVER = "registry.deliver_webhook"


@transaction.atomic
def cut_deliveries(*, at: datetime) -> list[UUID]:
    """One delivery of at most a thousand lines for every subscriber who has none under way; return their ids.

    Five statements, whatever the number of subscribers and lines.
    """
    last = feed.last_number()
    behind = Subscriber.objects.pushed_to().filter(sent_number__lt=last)
    subscribers = list(behind.select_for_update(skip_locked=True).only("pk", "sent_number"))
    # Asked behind the locks: whoever cuts holds the subscriber.
    busy = set(
        WebhookDelivery.objects.under_way().filter(subscriber__in=subscribers).values_list("subscriber_id", flat=True)
    )
    idle = [each for each in subscribers if each.pk not in busy]
    deliveries = [
        WebhookDelivery(
            subscriber=each,
            from_number=each.sent_number + 1,
            to_number=min(each.sent_number + LINES_PER_DELIVERY, last),
            next_at=at,
            created_at=at,
        )
        for each in idle
    ]
    for each, delivery in zip(idle, deliveries, strict=True):
        each.sent_number = delivery.to_number
    WebhookDelivery.objects.bulk_create(deliveries)
    Subscriber.objects.bulk_update(idle, ["sent_number"])
    return [delivery.pk for delivery in deliveries]


def push_changes(*, at: datetime) -> int:
    """Cut what there is to cut and hand what is due to workers; return how many deliveries those are."""
    cut_deliveries(at=at)
    due = list(WebhookDelivery.objects.due(at).values_list("pk", flat=True))
    for delivery_id in due:
        _enqueue(delivery_id)
    return len(due)


def deliver(*, delivery_id: UUID, at: datetime) -> bool:
    """Attempt one delivery if it is due; true when it is delivered now. Those cut after it go to workers."""
    delivery = _claim(delivery_id, at)
    if delivery is None:
        return False
    answer = _post(delivery, at)
    is_delivered = _settle(delivery, answer, at)
    if is_delivered:
        for following in cut_deliveries(at=at):
            _enqueue(following)
    return is_delivered


@transaction.atomic
def _claim(delivery_id: UUID, at: datetime) -> WebhookDelivery | None:
    """The delivery, with this attempt counted and the next one appointed; None when it is not due or another's."""
    due = WebhookDelivery.objects.due(at).select_related("subscriber")
    delivery = due.select_for_update(of=("self",), skip_locked=True).filter(pk=delivery_id).first()
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.next_at = at + pause_after(delivery.attempts)
    delivery.save(update_fields=["attempts", "next_at"])
    return delivery


def _post(delivery: WebhookDelivery, at: datetime) -> outbound.Answer:
    subscriber = delivery.subscriber
    target = read_target(subscriber.webhook_url, hosts=settings.WEBHOOK_HOSTS, loopback=settings.WEBHOOK_LOOPBACK)
    if isinstance(target, PushProblem):
        return outbound.Answer(problem=target)  # allowed when it was entered, no longer
    body = body_of(delivery)
    timestamp = int(at.timestamp())
    headers = {
        "X-Delivery": str(delivery.pk),
        "X-Timestamp": str(timestamp),
        "X-Signature": signature(subscriber.secret or "", timestamp, body),
    }
    return outbound.post(target, body, headers)


def body_of(delivery: WebhookDelivery) -> bytes:
    """What is pushed: the lines as `GET changes/` answers them, the same for every attempt."""
    is_public = delivery.subscriber.kind == SubscriberKind.REPUBLISHER
    lines = feed.lines_between(first=delivery.from_number, last=delivery.to_number, public=is_public).text
    span = f'"from":{delivery.from_number},"to":{delivery.to_number}'
    return f'{{"delivery":"{delivery.pk}",{span},"changes":[{lines}]}}'.encode()


@transaction.atomic
def _settle(delivery: WebhookDelivery, answer: outbound.Answer, at: datetime) -> bool:
    """Keep what came of an attempt, unless somebody has settled the delivery meanwhile."""
    kept = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    if kept.status != DeliveryStatus.PENDING:
        return False
    kept.last_status = answer.status
    kept.last_error = answer.problem.code if answer.problem else ""
    if answer.problem is None:
        kept.status, kept.done_at = DeliveryStatus.DELIVERED, at
    elif is_given_up(kept.attempts):
        kept.status = DeliveryStatus.DEAD
    kept.save(update_fields=["last_status", "last_error", "status", "done_at"])
    if answer.problem is not None:
        logger.warning("delivery %s attempt %d: %s", delivery.pk, kept.attempts, answer.problem.code)
    return answer.problem is None


@transaction.atomic
def replay_delivery(*, delivery_id: UUID, by: Operator, at: datetime) -> WebhookDelivery:
    """Attempt a delivery again at once, with twelve attempts before it: one that was given up, or waits.

    Raises IllegalMove for one that is done, NotFound for none.
    """
    delivery = _locked(delivery_id)
    if delivery.status not in {DeliveryStatus.DEAD, DeliveryStatus.PENDING}:
        raise IllegalMove("这次推送已经办结，不需要重新推送。")
    delivery.status, delivery.attempts, delivery.next_at = DeliveryStatus.PENDING, 0, at
    delivery.save(update_fields=["status", "attempts", "next_at"])
    _record("replay_delivery", delivery, by, at)
    transaction.on_commit(lambda: _enqueue(delivery.pk), robust=True)
    return delivery


@transaction.atomic
def skip_delivery(*, delivery_id: UUID, reason: str, by: Operator, at: datetime) -> WebhookDelivery:
    """Give a dead delivery up for good: its lines are not pushed, those after it are. The subscriber reads them itself.

    Raises InvalidInput without a reason, IllegalMove unless it is dead.
    """
    if not reason.strip():
        raise InvalidInput("请写明跳过的原因。", errors=(FieldProblem("reason", "required", "请写明跳过的原因。"),))
    delivery = _locked(delivery_id)
    if delivery.status != DeliveryStatus.DEAD:
        raise IllegalMove("只有多次失败的推送可以跳过。")
    delivery.status, delivery.reason, delivery.done_at = DeliveryStatus.SKIPPED, reason.strip()[:500], at
    delivery.save(update_fields=["status", "reason", "done_at"])
    _record("skip_delivery", delivery, by, at)
    return delivery


def _record(verb: str, delivery: WebhookDelivery, by: Operator, at: datetime) -> None:
    after = {"from": delivery.from_number, "to": delivery.to_number, "subscriber": delivery.subscriber_id}
    audit.record(verb=verb, target=delivery, by=by, at=at, after={**after, "reason": delivery.reason})


def _locked(delivery_id: UUID) -> WebhookDelivery:
    delivery = WebhookDelivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("没有这次推送。")
    return delivery


def _enqueue(delivery_id: UUID) -> None:
    """Hand a delivery to a worker; when the broker is down beat's next turn will."""
    try:
        current_app.send_task(DELIVER, args=[str(delivery_id)], retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("broker unreachable, delivery %s waits for the next turn", delivery_id)
