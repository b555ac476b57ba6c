"""What must never happen (design.md §6) while processes come and go: nothing of a person in the queue, nothing lost."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils.timezone import localdate, now

from agencies.models import ReleaseDuty
from config import embedded
from config.celery import app
from config.environment import cache_url
from core import outbox
from core.outbox import OutboxDelivery, OutboxEvent
from registry.choices import ListingStatus
from registry.models import Batch, Listing
from registry.services import batches, listings, reading
from tests import builders
from tests.agencies import acts
from tests.builders import person_id
from tests.cast import PERSONS, REPRESENTATIVE_NUMBER, UNIT_NUMBER, World, make_world
from tests.journeys.conftest import until
from tests.registry.builders import UNIT, row, write_list
from tests.services import CeleryWorker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(transactional_db: None, tmp_path: Path) -> World:
    app.control.purge()
    return make_world(tmp_path)


def queued() -> Iterator[tuple[str, str]]:
    """Everything that stands in the broker: keys and values, the tasks' bodies decoded."""
    url = cache_url(settings.BROKER_URL)
    for client in (redis.Redis.from_url(url.removesuffix("1") + "0"), redis.Redis.from_url(url)):
        yield from contents(client)


def contents(client: Any) -> Iterator[tuple[str, str]]:
    for key in client.scan_iter():
        yield "key", key.decode()
        kind = client.type(key)
        values: list[Any] = []
        if kind == b"list":
            values = client.lrange(key, 0, -1)
        elif kind == b"hash":
            values = list(client.hgetall(key).values())
        elif kind == b"string":
            values = [client.get(key)]
        elif kind == b"set":
            values = list(client.smembers(key))
        for value in values:
            text = value.decode("utf-8", "replace")
            yield key.decode(), text
            if text.startswith("{") and "body" in text:
                yield key.decode(), base64.b64decode(json.loads(text)["body"]).decode()


def shield(world: World, listing: Listing) -> None:
    listings.shield_listing(
        listing_id=listing.pk,
        ground="performed",
        document_number="（2020）鲁0116执7号之一",
        happened_on=localdate() - timedelta(days=1),
        by=world.clerk,
        at=now(),
    )


def test_7_a_task_carries_ids_and_nothing_of_a_person(stage: World, tmp_path: Path) -> None:
    number = person_id(born="19830303")
    path = write_list(
        tmp_path / "名单.csv",
        [row(证件号码=number), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人证件号码=REPRESENTATIVE_NUMBER)],
    )
    batch = batches.upload_batch(
        court=stage.court, file=path, file_name=f"{number}.csv", note=number, by=stage.clerk, at=now()
    )
    reading.read_batch(batch.pk, at=now())
    batches.approve_batch(batch_id=batch.pk, by=stage.reviewer, at=now(), reason=number)
    shield(stage, stage.listing)
    found = list(queued())
    tasks = [json.loads(text) for _, text in found if text.startswith("[[")]
    assert len(tasks) >= 3
    for arguments, keywords, _ in tasks:
        assert keywords == {}
        assert len(arguments) == 1 and len(str(arguments[0])) <= 36
    for each in (*PERSONS, number, UNIT_NUMBER):
        assert not [key for key, text in found if each in text]
    assert not [key for key, text in found if "王试例" in text]


def test_6_an_outbox_event_survives_a_broker_that_is_down(
    stage: World, broker_server: embedded.Valkey | None, live_server: Any
) -> None:
    if broker_server is None:
        pytest.skip("the broker is not ours to stop")
    broker_server.stop()
    try:
        shield(stage, stage.listing)  # neither fails nor hangs
        assert Listing.objects.get(pk=stage.listing.pk).status == ListingStatus.SHIELDED
        answer = stage.browser(stage.finance).get("/agency/releases/")
        assert answer.status_code == 200
    finally:
        broker_server.start()
    event = OutboxEvent.objects.filter(relayed_at=None).latest("pk")
    assert event.topic == "listing.changed"
    assert not ReleaseDuty.objects.filter(listing=stage.listing).exists()
    later = now() + timedelta(minutes=2)
    outbox.sweep(at=later)
    for delivery in OutboxDelivery.objects.filter(done_at=None):
        outbox.deliver_event(delivery_id=delivery.pk, at=later)
    assert ReleaseDuty.objects.filter(listing=stage.listing).count() == 1
    assert OutboxEvent.objects.filter(relayed_at=None).count() == 0


def test_6_a_duty_opens_for_every_unit_though_the_worker_dies(
    stage: World, celery_worker: CeleryWorker, tmp_path: Path
) -> None:
    for n in range(5):
        unit = builders.make_agency(f"莱芜区第{n}局", units=("区财政局",))
        acts.apply(builders.make_staff(f"staff{n}", unit), stage.listing, stage.measure)
    celery_worker.kill()
    shield(stage, stage.listing)
    app.control.purge()
    celery_worker.start()
    outbox.sweep(at=now() + timedelta(minutes=2))

    def duties() -> int:
        return ReleaseDuty.objects.filter(listing=stage.listing).count()

    until(lambda: duties() == 6)
    outbox.sweep(at=now() + timedelta(minutes=4))
    assert duties() == 6


def test_7_the_worker_writes_no_identifier_into_its_log(
    stage: World, celery_worker: CeleryWorker, tmp_path: Path
) -> None:
    number = person_id(born="19840404")
    path = write_list(
        tmp_path / "名单.csv", [row(证件号码=number), row(证件号码=number + "9", 案号="（2020）鲁0116执3号")]
    )
    batch = batches.upload_batch(court=stage.court, file=path, file_name="名单.csv", note="", by=stage.clerk, at=now())
    until(lambda: Batch.objects.get(pk=batch.pk).status == "previewed")
    batches.approve_batch(batch_id=batch.pk, by=stage.reviewer, at=now())
    until(lambda: Batch.objects.get(pk=batch.pk).status == "applied")
    log = celery_worker.log.read_text(encoding="utf-8", errors="replace")
    assert str(batch.pk) in log or "registry.apply_batch" in log
    assert number not in log
