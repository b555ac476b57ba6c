"""Nothing that was announced is lost, nothing is done twice."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery, current_app
from django.db import connection, transaction
from django.db.utils import IntegrityError

from core import outbox
from core.models import OutboxDelivery, OutboxEvent

AT = datetime(2026, 11, 20, 2, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Consumers of this test only."""
    monkeypatch.setattr(outbox, "_consumers", {})


@pytest.fixture
def sent(monkeypatch):
    """What would go to the broker."""
    tasks: list[tuple[str, int, int]] = []
    monkeypatch.setattr(outbox, "enqueue", lambda task, row_id, *, after=0: tasks.append((task, row_id, after)))
    return tasks


def announce(**payload) -> OutboxEvent:
    with transaction.atomic():
        return outbox.emit("thing.done", **payload)


def delivery_of(consumer) -> OutboxDelivery:
    outbox.consumer("thing.done", name="tests.react")(consumer)
    event = announce()
    (delivery_id,) = outbox.relay_event(event_id=event.pk, at=AT)
    return OutboxDelivery.objects.get(pk=delivery_id)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.emit("thing.done")


@pytest.mark.django_db(transaction=True)
def test_an_event_is_handed_over_after_commit_and_only_then(sent):
    with transaction.atomic():
        event = outbox.emit("thing.done", thing_id=7)
        assert sent == []
    assert sent == [("core.relay", event.pk, 0)]
    with transaction.atomic():
        outbox.emit("thing.done")
        transaction.set_rollback(True)
    assert OutboxEvent.objects.count() == 1
    assert len(sent) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("payload", [{"id_number": "x"}, {"note": "370116199001010003"}])
def test_an_event_carries_no_identifier(payload):
    with pytest.raises(ValueError, match="identifier"):
        outbox.emit("thing.done", **payload)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_delays_but_never_fails_the_caller(monkeypatch, caplog):
    down = Celery("down", broker="redis+socket:///nowhere/broker.sock?virtual_host=0", set_as_current=False)
    down.conf.broker_transport_options = current_app.conf.broker_transport_options
    monkeypatch.setattr(outbox, "current_app", down)
    started = time.monotonic()
    event = announce(note="not in the log")
    assert time.monotonic() - started < 10
    assert "waits for the sweep" in caplog.text
    assert "not in the log" not in caplog.text
    assert OutboxEvent.objects.get().pk == event.pk


@pytest.mark.django_db(transaction=True)
def test_relaying_makes_one_delivery_per_consumer_once(sent):
    outbox.consumer("thing.done", name="tests.first")(lambda event: None)
    outbox.consumer("thing.done", name="tests.second")(lambda event: None)
    outbox.consumer("thing.else", name="tests.third")(lambda event: None)
    event = announce()
    sent.clear()
    ids = outbox.relay_event(event_id=event.pk, at=AT)
    assert outbox.relay_event(event_id=event.pk, at=AT) == []
    assert list(OutboxDelivery.objects.order_by("id").values_list("consumer", flat=True)) == [
        "tests.first",
        "tests.second",
    ]
    assert sent == [("core.deliver", delivery_id, 0) for delivery_id in ids]


def test_a_consumers_name_is_taken_once():
    outbox.consumer("thing.done", name="tests.react")(lambda event: None)
    with pytest.raises(ValueError, match=r"tests\.react"):
        outbox.consumer("thing.done", name="tests.react")(lambda event: None)


@pytest.mark.django_db
def test_an_event_reaches_a_consumer_in_one_delivery_only():
    event = announce()
    OutboxDelivery.objects.create(event=event, consumer="x", next_attempt_at=AT)
    with pytest.raises(IntegrityError, match="outboxdelivery_once_per_consumer"), transaction.atomic():
        OutboxDelivery.objects.create(event=event, consumer="x", next_attempt_at=AT)


@pytest.mark.django_db
def test_a_delivery_is_not_both_done_and_dead():
    with pytest.raises(IntegrityError, match="outboxdelivery_done_or_dead"), transaction.atomic():
        OutboxDelivery.objects.create(event=announce(), consumer="x", next_attempt_at=AT, done_at=AT, dead_at=AT)


@pytest.mark.django_db
def test_a_delivery_runs_its_consumer_once(sent):
    seen = []
    delivery = delivery_of(lambda event: seen.append(event.topic))
    assert outbox.deliver_event(delivery_id=delivery.pk, at=AT)
    assert outbox.deliver_event(delivery_id=delivery.pk, at=AT)
    assert seen == ["thing.done"]
    delivery.refresh_from_db()
    assert (delivery.done_at, delivery.attempts) == (AT, 1)


@pytest.mark.django_db
def test_a_failing_consumer_leaves_no_effects_and_comes_back_later(sent, caplog):
    def fail(event: OutboxEvent) -> None:
        OutboxEvent.objects.create(topic="effect", payload={})
        raise KeyError("secret")

    delivery = delivery_of(fail)
    assert not outbox.deliver_event(delivery_id=delivery.pk, at=AT)
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.last_error, delivery.done_at) == (1, "KeyError", None)
    assert delivery.next_attempt_at == AT + timedelta(seconds=2)
    assert not OutboxEvent.objects.filter(topic="effect").exists()
    assert "secret" not in caplog.text


@pytest.mark.django_db
def test_pauses_double_up_to_an_hour_and_the_twelfth_failure_is_the_last(sent):
    delivery = delivery_of(lambda event: 1 / 0)
    pauses = []
    for _ in range(12):
        outbox.deliver_event(delivery_id=delivery.pk, at=AT)
        delivery.refresh_from_db()
        pauses.append((delivery.next_attempt_at - AT).seconds)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]
    assert delivery.dead_at == AT
    assert not outbox.deliver_event(delivery_id=delivery.pk, at=AT)
    delivery.refresh_from_db()
    assert delivery.attempts == 12


@pytest.mark.django_db
def test_a_consumer_that_no_longer_exists_fails_its_delivery(sent, monkeypatch):
    delivery = delivery_of(lambda event: None)
    monkeypatch.setattr(outbox, "_consumers", {})
    assert not outbox.deliver_event(delivery_id=delivery.pk, at=AT)
    delivery.refresh_from_db()
    assert delivery.last_error == "KeyError"


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_delivery_run_it_once(sent):
    runs = []

    def slowly(event: OutboxEvent) -> None:
        runs.append(1)
        time.sleep(0.3)

    delivery = delivery_of(slowly)

    def work() -> None:
        outbox.deliver_event(delivery_id=delivery.pk, at=AT)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs == [1]


@pytest.mark.django_db(transaction=True)
def test_the_sweep_finds_lost_events_and_due_deliveries_and_gives_the_queue_time(sent):
    outbox.consumer("thing.done", name="tests.react")(lambda event: None)
    event = announce()
    sent.clear()
    late = event.created_at + timedelta(seconds=11)
    assert outbox.sweep(at=event.created_at + timedelta(seconds=5)) == (0, 0)
    assert outbox.sweep(at=late) == (1, 0)
    delivery = OutboxDelivery.objects.get()
    assert sent == [("core.deliver", delivery.pk, 0)]
    assert outbox.sweep(at=late + timedelta(seconds=59)) == (0, 0)
    assert outbox.sweep(at=late + timedelta(seconds=61)) == (0, 1)
    assert sent == [("core.deliver", delivery.pk, 0)] * 2
    outbox.deliver_event(delivery_id=delivery.pk, at=late)
    assert outbox.sweep(at=late + timedelta(days=1)) == (0, 0)
