"""The work in the background, on a real worker and a real broker."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils.timezone import now

from config.celery import app
from core import audit, idempotency, outbox, tasks
from core.models import AuditEntry, IdempotencyRecord, OutboxDelivery, OutboxEvent


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.django_db(transaction=True)
def test_an_event_is_relayed_by_a_worker_after_commit(celery_worker):
    with transaction.atomic():
        event = outbox.emit("tests.nobody_listens", n=1)
    assert wait_for(lambda: OutboxEvent.objects.get(pk=event.pk).relayed_at is not None)


@pytest.mark.django_db(transaction=True)
def test_what_was_lost_with_a_killed_worker_is_found_by_the_sweep(celery_worker):
    celery_worker.kill()
    with transaction.atomic():
        event = outbox.emit("tests.nobody_listens", n=1)
    app.control.purge()
    celery_worker.start()
    OutboxEvent.objects.update(created_at=now() - timedelta(minutes=1))
    tasks.sweep.delay()
    assert wait_for(lambda: OutboxEvent.objects.get(pk=event.pk).relayed_at is not None)


@pytest.mark.django_db(transaction=True)
def test_a_worker_numbers_what_is_pending(celery_worker):
    audit.record(verb="look", target=None, by="system", at=now())
    tasks.sequence_chains.delay()
    assert wait_for(lambda: AuditEntry.objects.get().number == 1)


@pytest.mark.django_db
def test_the_tasks_pass_on_to_the_services(monkeypatch):
    seen = []
    monkeypatch.setattr(outbox, "enqueue", lambda *args, **kwargs: None)
    monkeypatch.setattr(outbox, "_consumers", {})
    outbox.consumer("tests.done", name="tests.see")(lambda event: seen.append(event.pk))
    event = outbox.emit("tests.done")
    tasks.relay(event.pk)
    tasks.deliver(OutboxDelivery.objects.get().pk)
    assert seen == [event.pk]


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day():
    old, young = (
        IdempotencyRecord.objects.create(actor="a", key=key, path="/", request_digest=b"") for key in ("old", "young")
    )
    IdempotencyRecord.objects.filter(pk=old.pk).update(created_at=now() - idempotency.KEPT - timedelta(seconds=1))
    IdempotencyRecord.objects.filter(pk=young.pk).update(created_at=now() - idempotency.KEPT + timedelta(minutes=1))
    tasks.prune_idempotency()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]


def test_beat_runs_only_tasks_that_exist():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
