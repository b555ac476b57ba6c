"""Changes pushed to subscribers: signed, in order, tried again, given up, replayed, skipped."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now

from agencies.models import User
from core.audit import AuditEntry
from core.errors import IllegalMove, InvalidInput, NotFound
from registry.models import Change, Subscriber, WebhookDelivery
from registry.outbound import Answer
from registry.rules.webhooks import PushProblem
from registry.services import subscribers, webhooks
from tests import builders
from tests.builders import NOW
from tests.registry.followers import ack, add_lines, hash_at, make_subscriber, push, queries_of
from tests.registry.receivers import Receiver, receiving

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def only(subscriber: Subscriber) -> WebhookDelivery:
    return WebhookDelivery.objects.get(subscriber=subscriber)


def test_a_delivery_carries_the_lines_of_the_feed_signed_with_the_shared_secret(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    lines = add_lines(3)
    assert push() == [True]
    [(headers, body)] = receiver.requests
    delivery = only(subscriber)
    sent = receiver.bodies[0]
    assert (sent["delivery"], sent["from"], sent["to"]) == (str(delivery.pk), 1, 3)
    assert [(line["number"], line["kind"], line["listing"], line["hash"]) for line in sent["changes"]] == [
        (line.number, "listed", str(line.listing_id), line.hash) for line in lines
    ]
    secret = Subscriber.objects.get(pk=subscriber.pk).secret or ""
    signed = headers["X-Timestamp"].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Signature"] == f"sha256={expected}"
    assert (headers["X-Delivery"], int(headers["X-Timestamp"])) == (str(delivery.pk), int(NOW.timestamp()))
    assert (delivery.status, delivery.attempts, delivery.last_status, delivery.done_at) == ("delivered", 1, 204, NOW)


def test_what_is_pushed_names_nobody(receiver: Receiver) -> None:
    number = builders.another_person_id()
    make_subscriber(url=receiver.url)
    add_lines(1, listing=builders.make_listing("王试例", number), ground="performed", after={"name": "王试例"})
    push()
    [(headers, body)] = receiver.requests
    said = body.decode() + str(headers)
    assert "王试例" not in said and number not in said and "执" not in said


def test_two_hundred_thousand_changes_are_no_more_than_one_delivery_at_a_time(receiver: Receiver) -> None:
    """Cut as they go: a thousand lines each, the next when the last one has arrived."""
    subscriber = make_subscriber(url=receiver.url)
    add_lines(2_500)
    assert [push(), push(), push(), push()] == [[True], [True], [True], []]
    spans = list(WebhookDelivery.objects.order_by("from_number").values_list("from_number", "to_number"))
    assert spans == [(1, 1000), (1001, 2000), (2001, 2500)]
    assert receiver.numbers == list(range(1, 2501))
    subscriber.refresh_from_db()
    assert subscriber.sent_number == 2500


def test_cutting_costs_the_same_for_one_subscriber_and_for_ten() -> None:
    def cut(how_many: int) -> int:
        for n in range(how_many):
            make_subscriber(f"系统{how_many}-{n}", url="http://127.0.0.1:9/x")
        add_lines(5)
        WebhookDelivery.objects.update(status="delivered", done_at=NOW)
        before = WebhookDelivery.objects.count()
        queries = queries_of(lambda: webhooks.cut_deliveries(at=NOW))
        assert WebhookDelivery.objects.count() - before == Subscriber.objects.count()
        return queries

    assert cut(1) == cut(9)


def test_what_happened_before_a_subscriber_joined_is_not_pushed(receiver: Receiver) -> None:
    add_lines(5)
    make_subscriber(url=receiver.url)
    add_lines(2)
    push()
    assert receiver.numbers == [6, 7]


def test_a_receiver_that_is_down_is_tried_again_with_growing_pauses_and_then_given_up(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    add_lines(1)
    receiver.answers = [503] * 12
    at, waited = NOW, []
    for _ in range(12):
        assert push(at) == [False]
        assert push(at) == [], "nobody tries twice at once"
        delivery = only(subscriber)
        waited.append((delivery.next_at - at) / timedelta(minutes=1))
        at = delivery.next_at
    assert waited == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    delivery = only(subscriber)
    assert (delivery.status, delivery.attempts, delivery.last_status, delivery.last_error) == (
        "dead", 12, 503, "refused",
    )  # fmt: skip
    assert push(at + 10 * HOUR) == []
    bodies = {body for _, body in receiver.requests}
    assert len(receiver.requests) == 12 and len(bodies) == 1, "every attempt says the same, under the same id"


def test_a_dead_delivery_holds_up_what_comes_after_it_until_it_is_replayed(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    other = make_subscriber("另一系统", url=receiver.url)
    add_lines(1)
    webhooks.cut_deliveries(at=NOW)
    WebhookDelivery.objects.filter(subscriber=subscriber).update(status="dead", attempts=12)
    push()
    add_lines(2)
    push()
    assert other.deliveries.filter(status="delivered").count() == 2
    assert subscriber.deliveries.count() == 1
    office = User.objects.get(username="office")
    dead = only(subscriber)
    webhooks.replay_delivery(delivery_id=dead.pk, by=office, at=NOW)
    webhooks.replay_delivery(delivery_id=dead.pk, by=office, at=NOW)  # pressed twice
    receiver.requests.clear()
    push()
    push()
    assert receiver.numbers == [1, 2, 3]
    assert [each.status for each in subscriber.deliveries.all()] == ["delivered", "delivered"]
    with pytest.raises(IllegalMove):
        webhooks.replay_delivery(delivery_id=dead.pk, by=office, at=NOW)
    assert AuditEntry.objects.filter(verb="replay_delivery", actor=office).count() == 2


def test_a_dead_delivery_is_skipped_with_a_reason_and_the_rest_goes_on(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    office = User.objects.get(username="office")
    add_lines(1)
    webhooks.cut_deliveries(at=NOW)
    delivery = only(subscriber)
    with pytest.raises(IllegalMove):
        webhooks.skip_delivery(delivery_id=delivery.pk, reason="对方已自行读取", by=office, at=NOW)
    WebhookDelivery.objects.update(status="dead", attempts=12)
    with pytest.raises(InvalidInput):
        webhooks.skip_delivery(delivery_id=delivery.pk, reason=" ", by=office, at=NOW)
    webhooks.skip_delivery(delivery_id=delivery.pk, reason="对方已自行读取", by=office, at=NOW)
    with pytest.raises(IllegalMove):
        webhooks.skip_delivery(delivery_id=delivery.pk, reason="再跳一次", by=office, at=NOW)
    add_lines(1)
    push()
    assert receiver.numbers == [2]
    entry = AuditEntry.objects.get(verb="skip_delivery")
    assert (entry.after or {})["reason"] == "对方已自行读取"


def test_there_is_nothing_to_replay_or_skip_that_does_not_exist() -> None:
    office, nothing = builders.make_office(), builders.make_listing().pk
    with pytest.raises(NotFound):
        webhooks.replay_delivery(delivery_id=nothing, by=office, at=NOW)
    with pytest.raises(NotFound):
        webhooks.skip_delivery(delivery_id=nothing, reason="无", by=office, at=NOW)
    assert webhooks.deliver(delivery_id=nothing, at=NOW) is False


def test_a_worker_that_dies_in_an_attempt_leaves_a_repeat(receiver: Receiver) -> None:
    """The receiver had it, the worker did not live to write that down."""
    subscriber = make_subscriber(url=receiver.url)
    add_lines(2)
    [delivery_id] = webhooks.cut_deliveries(at=NOW)
    claimed = webhooks._claim(delivery_id, NOW)
    assert claimed is not None
    assert webhooks._post(claimed, NOW).problem is None  # and here it ends
    assert push(NOW) == []
    assert push(NOW + timedelta(minutes=1)) == [True]
    first, second = receiver.bodies
    assert first == second and receiver.numbers == [1, 2, 1, 2]
    assert (only(subscriber).status, only(subscriber).attempts) == ("delivered", 2)


def test_an_attempt_that_ends_after_the_delivery_was_settled_changes_nothing(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    add_lines(1)
    [delivery_id] = webhooks.cut_deliveries(at=NOW)
    office = User.objects.get(username="office")
    slow = webhooks._claim(delivery_id, NOW)
    assert slow is not None
    webhooks.replay_delivery(delivery_id=delivery_id, by=office, at=NOW)
    assert webhooks.deliver(delivery_id=delivery_id, at=NOW)
    failed = Answer(503, PushProblem.REFUSED)
    assert webhooks._settle(slow, failed, NOW) is False
    assert (only(subscriber).status, only(subscriber).last_status) == ("delivered", 204)


def test_an_address_that_is_no_longer_allowed_is_not_called(receiver: Receiver, settings: Any) -> None:
    subscriber = make_subscriber(url=receiver.url)
    add_lines(1)
    settings.WEBHOOK_HOSTS = ("hook.example.gov.cn",)
    assert push() == [False]
    assert receiver.requests == []
    assert only(subscriber).last_error == "host_not_allowed"


def test_a_disabled_subscriber_is_not_pushed_to_and_goes_on_where_it_was(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    office = User.objects.get(username="office")
    add_lines(1)
    webhooks.cut_deliveries(at=NOW)
    subscribers.set_active(subscriber_id=subscriber.pk, is_active=False, by=office, at=NOW)
    add_lines(1)
    assert push() == []
    subscribers.set_active(subscriber_id=subscriber.pk, is_active=True, by=office, at=NOW)
    assert [push(), push()] == [[True], [True]]
    assert receiver.numbers == [1, 2]


def test_a_new_address_takes_over_what_is_under_way(receiver: Receiver) -> None:
    subscriber = make_subscriber(url="http://127.0.0.1:1/gone")
    office = User.objects.get(username="office")
    add_lines(1)
    assert push() == [False]
    subscribers.set_webhook(subscriber_id=subscriber.pk, webhook_url=receiver.url, by=office, at=NOW)
    assert push() == [True]
    assert receiver.numbers == [1]


def test_pushing_taken_up_anew_starts_after_what_the_subscriber_has_confirmed(receiver: Receiver) -> None:
    subscriber = make_subscriber(url="http://127.0.0.1:1/gone")
    office = User.objects.get(username="office")
    add_lines(4)
    push()
    subscribers.set_webhook(subscriber_id=subscriber.pk, webhook_url="", by=office, at=NOW)
    assert (only(subscriber).status, only(subscriber).reason) == ("skipped", subscribers.NO_LONGER_PUSHED)
    ack(subscriber, 3)
    subscribers.set_webhook(subscriber_id=subscriber.pk, webhook_url=receiver.url, by=office, at=NOW)
    push()
    assert receiver.numbers == [4]


def test_a_new_secret_signs_the_next_attempt(receiver: Receiver) -> None:
    subscriber = make_subscriber(url=receiver.url)
    office = User.objects.get(username="office")
    fresh = subscribers.rotate_secret(subscriber_id=subscriber.pk, by=office, at=NOW).secret
    add_lines(1)
    push()
    [(headers, body)] = receiver.requests
    signed = headers["X-Timestamp"].encode() + b"." + body
    assert headers["X-Signature"] == "sha256=" + hmac.new(fresh.encode(), signed, hashlib.sha256).hexdigest()


def test_a_republisher_is_pushed_nothing_of_what_is_not_for_publication(receiver: Receiver) -> None:
    make_subscriber(kind="republisher", url=receiver.url)
    shown, hidden = builders.make_listing("王公开"), builders.make_listing("周内部", publishable=False)
    add_lines(1, listing=shown)
    add_lines(1, listing=hidden)
    add_lines(1, listing=shown, kind="shielded")
    push()
    [body] = receiver.bodies
    assert str(hidden.pk) not in str(body)
    assert [(line["number"], line["kind"], line["listing"], line["at"] is None) for line in body["changes"]] == [
        (1, "listed", str(shown.pk), False),
        (2, "withheld", None, True),
        (3, "shielded", str(shown.pk), False),
    ]
    assert [line["hash"] for line in body["changes"]] == [hash_at(n) for n in (1, 2, 3)]


@pytest.mark.django_db(transaction=True)
def test_of_many_cutters_and_workers_at_once_each_line_is_delivered_in_order(receiver: Receiver) -> None:
    """Eight workers cut and deliver the same feed; what arrives is every line once and in order."""
    subscriber = make_subscriber(url=receiver.url)
    add_lines(30)
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait()
            for n in range(12):
                if n % 4 == 0:
                    add_lines(3)
                push(NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    while push(NOW):
        pass
    total = Change.objects.count()
    assert total == 30 + 8 * 9 and receiver.numbers == list(range(1, total + 1))
    assert set(subscriber.deliveries.values_list("status", "attempts")) == {("delivered", 1)}


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_delivery_make_one_attempt(receiver: Receiver) -> None:
    make_subscriber(url=receiver.url)
    add_lines(1)
    [delivery_id] = webhooks.cut_deliveries(at=NOW)
    entered = threading.Event()
    receiver.before_answer = entered.set
    results: list[bool] = []

    def work() -> None:
        results.append(webhooks.deliver(delivery_id=delivery_id, at=NOW))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True] and len(receiver.requests) == 1 and entered.is_set()


def test_a_worker_killed_in_the_middle_of_a_delivery_leaves_a_repeat_and_nothing_out(
    celery_worker: Any, receiver: Receiver
) -> None:
    subscriber = make_subscriber(url=receiver.url)
    add_lines(1_200)
    arrived, may_answer = threading.Event(), threading.Event()

    def dawdle() -> None:
        arrived.set()
        may_answer.wait(4)

    receiver.before_answer = dawdle
    webhooks.push_changes(at=now())
    assert arrived.wait(20), celery_worker.output()
    celery_worker.kill()
    may_answer.set()
    assert list(subscriber.deliveries.values_list("status", "attempts")) == [("pending", 1)]
    receiver.before_answer = lambda: None
    celery_worker.start()
    WebhookDelivery.objects.update(next_at=now())  # the minute is over
    webhooks.push_changes(at=now())
    end = time.monotonic() + 20
    while subscriber.deliveries.filter(status="delivered").count() < 2:
        assert time.monotonic() < end, celery_worker.output()
        time.sleep(0.05)
    numbers = receiver.numbers
    assert numbers[:1_000] == list(range(1, 1_001)) and sorted(set(numbers)) == list(range(1, 1_201))
    by_delivery = {body["delivery"]: (body["from"], body["to"]) for body in receiver.bodies}
    assert sorted(by_delivery.values()) == [(1, 1_000), (1_001, 1_200)], "a repeat bears the id of the first"
