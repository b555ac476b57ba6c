"""Subscribers and lines of the feed for the tests of who follows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from core import chain
from registry.models import Change, Listing, Subscriber, WebhookDelivery
from registry.services import subscribers, webhooks
from tests import builders
from tests.builders import NOW


def make_subscriber(name: str = "审批系统", kind: str = "unit", url: str = "", at: datetime = NOW) -> Subscriber:
    """Registered by the credit office, under an account of its own."""
    office = User.objects.filter(role="credit_office").first() or builders.make_office()
    n = User.objects.count()
    unit = builders.make_agency(f"{name}的单位")
    account = builders.make_user(f"follower{n}", "agency_staff", unit)
    registered = subscribers.register_subscriber(
        name=name, kind=kind, username=account.username, webhook_url=url, by=office, at=at
    )
    return registered.subscriber


def add_lines(count: int, *, kind: str = "listed", at: datetime = NOW, **of: Any) -> list[Change]:
    """So many numbered changes of one new listing."""
    listing: Listing = of.get("listing") or builders.make_listing()
    facts = {key: value for key, value in of.items() if key != "listing"}
    Change.objects.bulk_create([Change(kind=kind, listing=listing, at=at, **facts) for _ in range(count)])
    chain.sequence(Change)
    return list(Change.objects.filter(listing=listing).order_by("number"))


def hash_at(number: int) -> str:
    return Change.objects.get(number=number).hash if number else chain.GENESIS


def ack(subscriber: Subscriber, number: int, at: datetime = NOW, hash_: str | None = None) -> Any:
    """The subscriber's word, by default the true one."""
    said = hash_at(number) if hash_ is None else hash_
    return subscribers.record_ack(number=number, hash=said, by=subscriber.account, at=at)


def push(at: datetime = NOW) -> list[bool]:
    """What beat and the workers do in one turn; whether each delivery due was delivered."""
    webhooks.cut_deliveries(at=at)
    due = list(WebhookDelivery.objects.due(at).values_list("pk", flat=True))
    return [webhooks.deliver(delivery_id=delivery_id, at=at) for delivery_id in due]


def queries_of(work: Callable[[], object]) -> int:
    """How many statements the work takes."""
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)
