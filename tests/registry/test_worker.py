"""A real worker that dies in the middle, and what the platform makes of it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.timezone import now

from core import chain
from registry.choices import BatchStatus
from registry.imports.sample import sample_rows, write_sample
from registry.models import Batch, BatchRow, Change, Listing, MatchKey, Subject
from registry.services import batches, listings, reading
from tests import builders
from tests.builders import NOW, TODAY
from tests.registry.builders import row, write_list

ROWS = 12_000


def wait_for(condition: Callable[[], bool], what: str, *, seconds: float = 60, every: float = 0.02) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"still not: {what}"
        time.sleep(every)


def status(batch: Batch) -> str:
    return Batch.objects.values_list("status", flat=True).get(pk=batch.pk)


def swept_until(batch: Batch, wanted: str) -> None:
    """The beat's sweep, as often as it takes."""

    def swept() -> bool:
        batches.sweep_batches(at=now() + timedelta(minutes=1))
        return status(batch) == wanted

    wait_for(swept, wanted, every=0.5)


@pytest.fixture
def people(transactional_db):
    court = builders.make_court()
    return court, builders.make_clerk(court=court), builders.make_reviewer(court=court)


def upload(people, tmp_path, rows=ROWS) -> Batch:
    court, clerk, _ = people
    path = tmp_path / "名单.csv"
    write_sample(path, sample_rows(rows, 7, 0.0, court=court.code, court_name=court.name))
    return batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=clerk, at=now())


def test_a_worker_killed_while_reading_and_while_applying_costs_nothing(celery_worker, people, tmp_path):
    batch = upload(people, tmp_path)
    wait_for(lambda: Batch.objects.get(pk=batch.pk).rows_read > 0, "reading")
    celery_worker.kill()
    assert status(batch) == "reading"
    celery_worker.start()
    swept_until(batch, "previewed")
    batch.refresh_from_db()
    assert BatchRow.objects.filter(batch=batch).count() == batch.count_rows == batch.count_add == ROWS

    batches.approve_batch(batch_id=batch.pk, by=people[2], at=now())

    def is_inserting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query ~* '^INSERT INTO registry_(match|listing)'"
            )
            return bool(cursor.fetchone()[0])

    wait_for(is_inserting, "applying", every=0.002)
    celery_worker.kill()
    assert (status(batch), Listing.objects.count(), Subject.objects.count()) == ("applying", 0, 0)
    celery_worker.start()
    swept_until(batch, "applied")
    assert Listing.objects.count() == ROWS
    assert MatchKey.objects.filter(role="subject").values("listing").distinct().count() == ROWS
    chain.sequence(Change)
    report = chain.verify(Change)
    assert (report.checked, report.pending, report.is_intact) == (ROWS, 0, True)
    batches.sweep_batches(at=now() + timedelta(minutes=1))
    assert (Listing.objects.count(), Change.objects.count()) == (ROWS, ROWS)


def test_of_two_appliers_one_applies(people, tmp_path):
    batch = upload(people, tmp_path, 300)
    reading.read_batch(batch.pk, at=NOW)
    batches.approve_batch(batch_id=batch.pk, by=people[2], at=NOW)
    start = threading.Barrier(3)

    def apply() -> None:
        try:
            start.wait()
            batches.apply_batch(batch.pk, at=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=apply) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert status(batch) == "applied"
    assert Listing.objects.count() == Change.objects.count() == 300


def test_writers_at_once_leave_no_gap_in_the_feed(people):
    court, clerk, _ = people
    mine = [builders.make_listing(court=court) for _ in range(24)]
    failed: list[BaseException] = []

    def suspend(part: list[Listing]) -> None:
        try:
            for each in part:
                listings.suspend_listing(listing_id=each.pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=suspend, args=(mine[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    chain.sequence(Change)
    report = chain.verify(Change)
    assert (report.checked, report.pending, report.is_intact) == (24, 0, True)
    assert list(Change.objects.numbered().values_list("number", flat=True)) == list(range(1, 25))


def test_a_list_is_imported_from_the_shell(people, tmp_path, capsys):
    path = write_list(tmp_path / "名单.csv", [row(), row(案号="不是案号")])
    call_command("import_list", str(path), court="鲁0116")
    out = capsys.readouterr().out
    assert "新增：1" in out
    assert "case_number_unreadable" in out
    assert not Listing.objects.exists()
    call_command("import_list", str(path), court="鲁0116", approve_as="reviewer")
    assert BatchStatus.APPLIED.label in capsys.readouterr().out
    assert Listing.objects.count() == 1
