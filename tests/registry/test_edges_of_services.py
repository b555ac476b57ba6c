"""Tasks, the doctor's checks and the impact that higher floors add."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from core import doctor as checks
from registry import doctor, impact, tasks
from registry.models import Batch, Listing
from registry.services import batches
from tests.builders import TODAY, make_listing
from tests.registry import builders as lists
from tests.registry.builders import row

pytestmark = pytest.mark.django_db


def test_tasks_take_ids_only(tmp_path, court, clerk, reviewer):
    source = lists.write_list(tmp_path / "名单.csv", [row()])
    batch = batches.upload_batch(court=court, file=source, file_name="名单.csv", note="", by=clerk, at=now())
    tasks.read_batch(str(batch.pk))
    tasks.apply_batch(str(batch.pk))
    assert Batch.objects.get().status == "previewed"
    Batch.objects.update(status="applying", decided_by=reviewer, decided_at=now())
    tasks.apply_batch(str(batch.pk))
    assert Batch.objects.get().status == "applied"


def test_the_daily_task_ends_terms(court):
    make_listing(term_ends_on=TODAY - timedelta(days=400))
    tasks.expire_listings()
    assert Listing.objects.get().status == "expired"


def test_higher_floors_add_to_the_impact(upload, monkeypatch):
    monkeypatch.setattr(impact, "_functions", {})
    impact.register("measures", lambda batch: {"rows": batch.count_add})
    assert upload(row()).impact["measures"] == {"rows": 1}
    with pytest.raises(ValueError, match="measures"):
        impact.register("measures", lambda batch: {})


def test_the_doctor_sees_a_feed_that_lags_and_a_batch_that_is_stuck(bring_in, upload, monkeypatch):
    assert {"feed", "batches", "deadlines"} <= set(checks.CHECKS)
    bring_in(row())
    assert doctor.feed_is_numbered()[0]
    later = now() + timedelta(hours=1)
    monkeypatch.setattr(doctor, "now", lambda: later)
    assert not doctor.feed_is_numbered()[0]
    assert doctor.batches_move()[0]
    Batch.objects.filter(pk=upload(row(案号="（2020）鲁0116执2号")).pk).update(status="reading")
    assert doctor.batches_move() == (False, "有 1 个批次超过半小时没有进展")
    assert not doctor.deadlines_are_loaded()[0]
