"""From the stored file to staged rows: the same by one process and by two, once each, whatever dies on the way."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now

from registry.imports import hands, reader
from registry.imports.received import ReceivedFile
from registry.imports.sample import sample_rows, write_sample
from registry.models import Batch, BatchRow, ReceivedRows
from registry.services import batches, reading
from tests.builders import NOW
from tests.registry.test_worker import status, swept_until, upload, wait_for

ROWS = 4_000
# What differs from one reading to the next: keys made anew, ciphertexts with a fresh nonce.
DRAWN = {"id", "batch_id", "new_listing_id", "new_subject_id", "id_value", "representative_id_value"}


@pytest.fixture
def people(court, clerk, reviewer):
    return court, clerk, reviewer


@pytest.fixture
def two_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes for any file, on any machine."""
    monkeypatch.setattr(reading, "SHARED_FROM", {".csv": 0, ".xlsx": 0})
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})


@pytest.fixture
def sent(people, tmp_path: Path) -> Callable[..., Batch]:
    def sent(suffix: str = ".csv", rows: int = ROWS, dirty: float = 0.3) -> Batch:
        path = tmp_path / f"名单{suffix}"
        write_sample(path, sample_rows(rows, 7, dirty, court=people[0].code, court_name=people[0].name))
        return batches.upload_batch(court=people[0], file=path, file_name=path.name, note="", by=people[1], at=NOW)

    return sent


def staged(batch: Batch) -> list[dict[str, Any]]:
    """Every row, as far as it is told by the file; identifiers and the row as received opened."""
    received = ReceivedFile(batch)
    return [
        {name: value for name, value in vars(row).items() if name not in DRAWN and not name.startswith("_")}
        | {"value": row.id_value, "other": row.representative_id_value, "received": received.read(row)}
        for row in batch.rows.order_by("row_number")
    ]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_two_processes_stage_what_one_does(sent, two_hands, monkeypatch, suffix):
    with monkeypatch.context() as alone:
        alone.setattr(reading, "MOST_HANDS", 1)
        first = reading.read_batch(sent(suffix).pk, at=NOW)
    second = reading.read_batch(sent(suffix).pk, at=NOW)
    assert first.status == second.status == "previewed"
    counts = [name for name in vars(first) if name.startswith("count_")]
    assert [getattr(first, name) for name in counts] == [getattr(second, name) for name in counts]
    assert (first.rows_read, first.count_rejected > 100, first.count_repaired > 100) == (ROWS, True, True)
    assert staged(first) == staged(second)
    assert len({row.new_listing_id for row in second.rows.all()}) == ROWS
    assert set(second.timings) == {"read", "normalise", "crypto", "copy", "reading", "plan"}


def test_a_csv_and_a_workbook_say_the_same(sent):
    ignored = {"row_number", "received"}
    found = [
        [{name: value for name, value in row.items() if name not in ignored} for row in staged(batch)]
        for batch in (reading.read_batch(sent(suffix, 600).pk, at=NOW) for suffix in (".csv", ".xlsx"))
    ]
    assert found[0] == found[1]


class Stopped(Exception):
    pass


def stop_after(monkeypatch: pytest.MonkeyPatch, chunks: int, error: type[BaseException]) -> None:
    write, written = reading._write, 0

    def stopping(*given: Any) -> None:
        nonlocal written
        if written == chunks:
            raise error
        written += 1
        write(*given)

    monkeypatch.setattr(reading, "_write", stopping)
    monkeypatch.setattr(reading, "CHUNKS_PER_COMMIT", 1)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_reading_goes_on_after_the_rows_that_stand(sent, two_hands, monkeypatch, suffix):
    batch = sent(suffix)
    with monkeypatch.context() as broken:
        stop_after(broken, 2, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            reading.read_batch(batch.pk, at=NOW)
    batch.refresh_from_db()
    standing = dict(BatchRow.objects.filter(batch=batch).values_list("row_number", "pk"))
    assert (batch.status, 0 < batch.rows_read < ROWS, len(standing)) == ("reading", True, batch.rows_read)
    assert 0 < batch.progress < 90
    batch = reading.read_batch(batch.pk, at=NOW)
    assert (batch.status, batch.rows_read, batch.count_rows) == ("previewed", ROWS, ROWS)
    rows = dict(BatchRow.objects.filter(batch=batch).values_list("row_number", "pk"))
    assert rows.items() >= standing.items()
    assert sorted(rows) == list(range(2, ROWS + 2))
    assert ReceivedRows.objects.filter(batch=batch).order_by("first_row")[0].first_row == 2


def test_a_batch_that_is_called_off_stops_quietly_at_the_next_chunk(sent, two_hands, monkeypatch):
    batch, before = sent(), children()
    write, progress = reading._write, []

    def calling_off(*given: Any) -> None:
        write(*given)
        progress.append(Batch.objects.get(pk=batch.pk).progress)
        Batch.objects.filter(pk=batch.pk).update(status="refused", decided_by=batch.uploaded_by)

    monkeypatch.setattr(reading, "_write", calling_off)
    monkeypatch.setattr(reading, "CHUNKS_PER_COMMIT", 1)
    assert reading.read_batch(batch.pk, at=NOW).status == "refused"
    assert (len(progress), BatchRow.objects.filter(batch=batch).count()) == (1, 999)  # with the header, 1,000 records
    assert children() == before


def test_a_batch_called_off_before_the_plan_stays_called_off(sent, monkeypatch):
    batch = sent(rows=50)
    remarks = reader.ListFile.all_remarks

    def calling_off(file: reader.ListFile, **given: Any) -> Any:
        Batch.objects.filter(pk=batch.pk).update(status="refused", decided_by=batch.uploaded_by)
        return remarks(file, **given)

    monkeypatch.setattr(reader.ListFile, "all_remarks", calling_off)
    assert reading.read_batch(batch.pk, at=NOW).status == "refused"


def children() -> list[str]:
    """Processes of ours that are still there."""
    return Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children").read_text().split()


def test_a_reading_process_that_is_killed_costs_nothing(sent, two_hands, monkeypatch):
    before = set(children())
    write, killed = reading._write, list[str]()

    def killing(*given: Any) -> None:
        write(*given)
        if not killed:
            killed.extend(set(children()) - before)
            os.kill(int(killed[-1]), signal.SIGKILL)

    monkeypatch.setattr(reading, "_write", killing)
    monkeypatch.setattr(reading, "CHUNKS_PER_COMMIT", 1)
    batch = reading.read_batch(sent(rows=20_000, dirty=0.0).pk, at=NOW)
    assert len(killed) == 2
    assert (batch.status, batch.rows_read, batch.count_add) == ("previewed", 20_000, 20_000)
    assert batch.rows.count() == 20_000
    assert set(children()) == before


def test_a_defect_in_a_reading_process_fails_the_batch_without_its_words(sent, two_hands, monkeypatch):
    def defect(*given: object, **more: object) -> None:
        raise RuntimeError("370116199001010018")

    monkeypatch.setattr("registry.imports.staging.normalise_row", defect)
    batch = sent(rows=10)
    with pytest.raises(reading.ReadingFailed, match=r"RuntimeError at .*staging\.py") as caught:
        reading.read_batch(batch.pk, at=NOW)
    assert "370116" not in str(caught.value)
    batch.refresh_from_db()
    assert (batch.status, batch.failure_code) == ("failed", "unexpected")


def test_work_comes_back_in_order_and_an_error_of_the_pieces_after_what_was_before_it():
    def work(piece: int) -> tuple[int, int]:
        time.sleep(0.02 if piece % 2 else 0)
        return piece, os.getpid()

    def pieces() -> Iterator[int]:
        yield from range(9)
        raise Stopped

    found: list[tuple[Any, ...]] = []
    before = children()
    with pytest.raises(Stopped):
        found.extend(hands.in_order(work, pieces(), 2))
    assert [piece for piece, _ in found] == list(range(9))
    assert len({pid for _, pid in found} - {os.getpid()}) == 2
    assert children() == before


def test_large_pieces_and_answers_pass_and_an_asker_may_stop():
    before = children()

    def twice(piece: bytes) -> tuple[bytes, bytes]:
        return piece, piece

    many = hands.in_order(twice, (b"x" * 3_000_000 for _ in range(50)), 2)
    assert [len(part) for part in next(many)] == [3_000_000] * 2
    many.close()  # type: ignore[attr-defined]
    assert children() == before


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_again_and_again_reads_every_row_once(celery_worker, tmp_path):
    from tests import builders

    court = builders.make_court()
    people = court, builders.make_clerk(court=court), builders.make_reviewer(court=court)
    rows = 15_000
    batch = upload(people, tmp_path, rows)
    for least in (1, 6_000):
        wait_for(Batch.objects.filter(pk=batch.pk, rows_read__gte=least).exists, "reading", every=0.005)
        celery_worker.kill()
        stood = Batch.objects.get(pk=batch.pk).rows_read
        assert (status(batch) in {"reading", "previewed"}, stood) == (True, BatchRow.objects.count())
        celery_worker.start()
        batches.sweep_batches(at=now())
    swept_until(batch, "previewed")
    batch.refresh_from_db()
    assert (batch.rows_read, batch.count_rows, batch.count_add) == (rows, rows, rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT row_number), min(row_number), max(row_number) FROM registry_batchrow")
        assert cursor.fetchone() == (rows, 2, rows + 1)
