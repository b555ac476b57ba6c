"""Who follows the feed: registering them, recording how far they are, and what republishers still owe."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from core import audit
from core.errors import Conflict, FieldProblem, InvalidInput
from registry.access import Operator, Person
from registry.choices import DeliveryStatus, SubscriberKind
from registry.models import Subscriber, SubscriberAck
from registry.rules.webhooks import PushProblem, read_target
from registry.services import feed

SECRET_BYTES = 32
NO_LONGER_PUSHED = "已停止推送"


@dataclass(frozen=True, slots=True)
class Registered:
    """A subscriber with its secret in clear: shown once, stored encrypted."""

    subscriber: Subscriber
    secret: str


@transaction.atomic
def register_subscriber(
    *, name: str, kind: str, username: str, purpose: str = "", webhook_url: str = "", by: Operator, at: datetime
) -> Registered:
    """Take up a follower of the feed under an account of its own; it starts at the feed's present number.

    Raises InvalidInput naming the field: `name`, `kind`, `username` (unknown, or another subscriber's), `webhook_url`.
    """
    problems = [*_url_problems(webhook_url)]
    if kind not in SubscriberKind.values:
        problems.append(FieldProblem("kind", "kind_unknown", "请选择类别。"))
    if not name.strip():
        problems.append(FieldProblem("name", "required", "请填写名称。"))
    account = get_user_model()._default_manager.filter(username=username.strip(), is_active=True).first()
    if account is None:
        problems.append(FieldProblem("username", "account_unknown", "没有这个账号，或者账号已停用。"))
    elif Subscriber.objects.filter(account=account).exists():
        problems.append(FieldProblem("username", "account_taken", "这个账号已属于另一个订阅方，请另建账号。"))
    if Subscriber.objects.filter(name=name.strip()).exists():
        problems.append(FieldProblem("name", "name_taken", "已有同名的订阅方。"))
    if problems or account is None:
        raise InvalidInput("订阅方未登记，请改正后再提交。", errors=tuple(problems))
    secret = secrets.token_hex(SECRET_BYTES)
    start = feed.last_number()
    try:
        with transaction.atomic():
            subscriber = Subscriber.objects.create(
                name=name.strip(),
                kind=kind,
                account=account,
                purpose=purpose.strip()[:200],
                webhook_url=webhook_url.strip(),
                secret=secret,
                created_at=at,
                start_number=start,
                sent_number=start,
            )
    except IntegrityError as error:
        raise Conflict("同名的订阅方或同一账号刚刚登记过。", code="subscriber_exists") from error
    after = {
        "name": subscriber.name,
        "kind": kind,
        "purpose": subscriber.purpose,
        "webhook_url": subscriber.webhook_url,
        "start_number": start,
    }
    audit.record(verb="register_subscriber", target=subscriber, by=by, at=at, after=after)
    return Registered(subscriber, secret)


@transaction.atomic
def rotate_secret(*, subscriber_id: int, by: Operator, at: datetime) -> Registered:
    """A new secret; the old one signs and seals nothing from now on. What fails meanwhile is tried again."""
    subscriber = _locked(subscriber_id)
    secret = secrets.token_hex(SECRET_BYTES)
    subscriber.secret = secret
    subscriber.save(update_fields=["secret"])
    audit.record(verb="rotate_secret", target=subscriber, by=by, at=at)
    return Registered(subscriber, secret)


@transaction.atomic
def set_webhook(*, subscriber_id: int, webhook_url: str, by: Operator, at: datetime) -> Subscriber:
    """Push changes to this address from now on, or nowhere ("").

    A new address takes over what is under way, from the first attempt on. Pushing taken up anew starts after the last
    line the subscriber has confirmed, but never before it joined. Raises InvalidInput `webhook_url`.
    """
    if problems := _url_problems(webhook_url):
        raise InvalidInput("推送地址不能使用。", errors=tuple(problems))
    subscriber = _locked(subscriber_id)
    before, subscriber.webhook_url = subscriber.webhook_url, webhook_url.strip()
    if not subscriber.webhook_url:
        subscriber.deliveries.under_way().update(status=DeliveryStatus.SKIPPED, reason=NO_LONGER_PUSHED, done_at=at)
    elif before:
        subscriber.deliveries.under_way().update(status=DeliveryStatus.PENDING, attempts=0, next_at=at)
    else:
        subscriber.sent_number = max(subscriber.start_number, subscriber.last_number)
    subscriber.save(update_fields=["webhook_url", "sent_number"])
    changed = {"before": {"webhook_url": before}, "after": {"webhook_url": subscriber.webhook_url}}
    audit.record(verb="set_webhook", target=subscriber, by=by, at=at, **changed)
    return subscriber


@transaction.atomic
def set_active(*, subscriber_id: int, is_active: bool, by: Operator, at: datetime) -> Subscriber:
    """Let a subscriber take part, or leave it out: nothing is pushed to it and its lag is nobody's concern.

    A republisher that is left out still sees only what is for publication.
    """
    subscriber = _locked(subscriber_id)
    if subscriber.is_active is not is_active:
        subscriber.is_active = is_active
        subscriber.save(update_fields=["is_active"])
        verb = "enable_subscriber" if is_active else "disable_subscriber"
        audit.record(verb=verb, target=subscriber, by=by, at=at)
    return subscriber


@transaction.atomic
def record_ack(*, number: int, hash: str, by: Person, at: datetime) -> feed.Acknowledgement:  # noqa: A002 contract.md §3
    """Answer whether the caller's copy is ours, and keep the answer if the caller's account is a subscriber's.

    An acknowledgement that repeats the last one only moves its time. One that does not agree leaves the last agreed
    number where it is.
    """
    subscriber = Subscriber.objects.select_for_update().filter(account_id=by.pk).first()
    answer = feed.acknowledge(number=number, hash=hash)
    if subscriber is None:
        return answer
    reported = hash.strip().lower()
    last = subscriber.acks.values_list("number", "hash", "in_step").first()
    if last != (number, reported, answer.in_step):
        SubscriberAck.objects.create(
            subscriber=subscriber, at=at, number=number, hash=reported, in_step=answer.in_step, last=answer.last
        )
    subscriber.in_step, subscriber.acked_at = answer.in_step, at
    if answer.in_step:
        subscriber.last_number, subscriber.last_hash = number, reported
    subscriber.save(update_fields=["in_step", "acked_at", "last_number", "last_hash"])
    return answer


def sees_public_only(person: Person) -> bool:
    """Whether the feed shows this account only what is for publication.

    So it does for a republisher's account, and for any other account of a unit that republishes unless that account
    is a subscriber of another kind itself. One query.
    """
    kinds = dict(Subscriber.objects.of_account_or_unit(person).values_list("account_id", "kind"))
    return SubscriberKind.REPUBLISHER in ({kinds[person.pk]} if person.pk in kinds else set(kinds.values()))


def _url_problems(webhook_url: str) -> list[FieldProblem]:
    if not webhook_url.strip():
        return []
    target = read_target(webhook_url.strip(), hosts=settings.WEBHOOK_HOSTS, loopback=settings.WEBHOOK_LOOPBACK)
    if isinstance(target, PushProblem):
        return [FieldProblem("webhook_url", target.code, f"{target.detail}。")]
    return []


def _locked(subscriber_id: int) -> Subscriber:
    return Subscriber.objects.select_for_update().get(pk=subscriber_id)
