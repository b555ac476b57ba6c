"""From the stored list file to staged rows, chunk by chunk, and on to the plan (design.md §4)."""

from __future__ import annotations

import logging
import os
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import F, Max, Q
from django.utils.timezone import localdate

from core import audit
from core.errors import IllegalMove, InvalidInput, NotFound
from core.privacy import redact
from registry.access import Operator
from registry.choices import BatchMode, BatchStatus, RowVerdict
from registry.imports import staging
from registry.imports.courts import CourtScope
from registry.imports.hands import HandLost, WorkFailed, in_order
from registry.imports.reader import open_list
from registry.imports.refusal import FileRefused
from registry.imports.staging import Desk, Staged
from registry.models import Batch, Court
from registry.services import batches, jobs, uploads

logger = logging.getLogger(__name__)

MOST_HANDS = 2
SHARED_FROM = {".csv": 1 << 20, ".xlsx": 1 << 18}  # bytes of a file: some two thousand rows
CHUNKS_PER_COMMIT = 5
_READ_SHARE = 90  # of the progress bar; the plan is the rest
_READABLE = (BatchStatus.QUEUED, BatchStatus.READING)
# What rows are joined and picked by. Texts, ciphertexts and arrays take seconds to sample and decide no plan.
_PLANNED_BY = (
    "batch_id, row_number, operation, verdict, court_id, kind, name_key, case_key, subject_key, alt_key, is_identified,"
    " listing_id, new_listing_id, new_subject_id"
)


def read_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Read a queued batch, or go on where a crash has stopped it, and plan it. Returns the batch as it stands; does
    nothing when another process is at it, when the clerk has yet to choose a sheet, or when it was called off."""
    with jobs.working_on(batch_id) as is_mine:
        if is_mine and Batch.objects.filter(pk=batch_id, status__in=_READABLE).exists():
            try:
                _read(batch_id, at)
            except _CalledOff:
                logger.info("reading of batch %s was called off", batch_id)
            except FileRefused as refusal:
                _give_up(batch_id, refusal.code, refusal.sentence, at, keep_file=False)
            except OperationalError:
                raise  # the database went away: the sweep reads on
            except Exception as error:  # noqa: BLE001 whatever it is, it becomes the batch's state
                _give_up(batch_id, "unexpected", "读取时出现意外错误，请联系管理员。", at)
                where = str(error) if isinstance(error, WorkFailed) else batches.where(error)
                raise ReadingFailed(where) from None
    return Batch.objects.get(pk=batch_id)


@transaction.atomic
def choose_sheet(*, batch_id: UUID, sheet: str, by: Operator, at: datetime) -> Batch:
    """Say which of several worksheets is the list; it is read then. Raises NotFound (another court's), IllegalMove
    (nothing to choose, or chosen already), InvalidInput `sheet_unknown`."""
    found: Batch | None = Batch.objects.decidable_by(by).select_for_update(of=("self",)).filter(pk=batch_id).first()
    if found is None:
        raise NotFound("没有找到这个批次。")
    if found.status != BatchStatus.QUEUED or not found.awaits_sheet:
        raise IllegalMove("这个批次不需要选择工作表，或已经选过。")
    if sheet not in found.sheets:
        raise InvalidInput("文件里没有这个工作表，或其中没有名单。", code="sheet_unknown")
    found.sheet = sheet
    found.save(update_fields=["sheet"])
    audit.record(verb="choose_sheet", target=found, by=by, at=at, after={"sheet": redact(sheet)})
    jobs.enqueue_on_commit(jobs.READ, batch_id)
    return found


class ReadingFailed(RuntimeError):
    """A batch could not be read for a reason that is a defect; says where."""


class _CalledOff(Exception):
    """The batch is not being read any more: somebody has called it off."""


@transaction.atomic
def _give_up(batch_id: UUID, code: str, sentence: str, at: datetime, *, keep_file: bool = True) -> None:
    """The batch fails, unless somebody has called it off meanwhile."""
    if Batch.objects.select_for_update(of=("self",)).filter(pk=batch_id, status__in=_READABLE).exists():
        batches.fail(batch_id, code, sentence, at, keep_file=keep_file)


def _read(batch_id: UUID, at: datetime) -> None:
    batch = _start_reading(batch_id, at)
    if batch is None:
        return
    path = uploads.stored_path(batch.file_path)
    if not path.is_file():
        raise FileRefused("file_missing", "文件已不在服务器上，请重新上传。")
    try:
        _stage_file(batch, path, at, hands=_hands_for(path))
    except HandLost:
        logger.warning("a process that was reading batch %s has died: reading on in one", batch_id)
        batch.refresh_from_db()
        _stage_file(batch, path, at, hands=1)
    if not Batch.objects.filter(pk=batch_id, rows_read__gt=0).exists():
        raise FileRefused("file_no_rows", "表头之下没有数据行。")
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE registry_batchrow ({_PLANNED_BY})")
    started = perf_counter()
    try:
        planned = batches.plan_batch(batch_id, at=at)
    except IllegalMove:
        raise _CalledOff from None
    planned.timings["plan"] = round(perf_counter() - started, 2)
    Batch.objects.filter(pk=batch_id).update(timings=planned.timings)


@transaction.atomic
def _start_reading(batch_id: UUID, at: datetime) -> Batch | None:
    """The batch as `reading`, with the rows that stand already; None while several sheets wait for a choice."""
    batch: Batch = Batch.objects.select_for_update(of=("self",)).select_related("court").get(pk=batch_id)
    if batch.awaits_sheet:
        return None
    if batch.status != BatchStatus.READING:
        batches.move(batch, BatchStatus.READING, at=at)
        batch.save(update_fields=["status"])
    return batch


def _hands_for(path: Path) -> int:
    """How many processes read a file: starting them pays from some thousand rows on."""
    is_large = path.stat().st_size >= SHARED_FROM[path.suffix]
    return min(MOST_HANDS, len(os.sched_getaffinity(0))) if is_large else 1


def _stage_file(batch: Batch, path: Path, at: datetime, *, hands: int) -> None:
    """Stage what does not stand yet. Chunks are written in the order of the file, some at a time in one transaction:
    what stands is always the beginning of the file."""
    started, told, shares = perf_counter(), [0.0], deque[float]()
    file = open_list(path, filename=batch.file_name, sheet=batch.sheet, progress=told.append)
    scope, courts = scope_of(batch.court)
    stands = batch.received.aggregate(last=Max("last_row"))["last"] or 0
    desk = Desk(
        batch.pk, file.table, scope, courts, localdate(at), file.stream.open, after=stands, addition=_expected(batch)
    )
    clock: defaultdict[str, float] = defaultdict(float)
    pieces = _timed(file.stream.pieces(), clock, told, shares)
    work = partial(staging.stage, desk=desk)
    staged = map(work, pieces) if hands == 1 else map(Staged._make, in_order(work, pieces, hands))
    footers: list[int] = []
    hidden = file.stream.hidden
    for some in _together(staged):
        for refused in filter(None, (each.refused for each in some)):
            raise FileRefused(*refused)
        hidden += sum(each.hidden for each in some)
        footers += [number for each in some for number in each.footers]
        clock["normalise"] += sum(each.normalise for each in some)
        clock["crypto"] += sum(each.crypto for each in some)
        before = perf_counter()
        share = [shares.popleft() for _ in some][-1]
        _write(batch.pk, some, int(share * _READ_SHARE))
        clock["copy"] += perf_counter() - before
    clock["reading"] = perf_counter() - started
    remarks = [staging.problem_json(remark) for remark in file.all_remarks(footers=footers, hidden=hidden)]
    timings = {name: round(seconds, 2) for name, seconds in clock.items()}
    Batch.objects.filter(pk=batch.pk).update(file_problems=remarks, progress=_READ_SHARE, timings=timings)


def _expected(batch: Batch) -> str:
    """What an addition most likely is: a file that is on the list already brings nothing new. The plan decides."""
    earlier = Batch.objects.filter(court=batch.court, file_sha256=batch.file_sha256, status=BatchStatus.APPLIED)
    is_known = batch.mode == BatchMode.CHANGES and earlier.exists()
    return RowVerdict.UNCHANGED.value if is_known else RowVerdict.ADD.value


def _timed(
    pieces: Iterator[Any], clock: defaultdict[str, float], told: list[float], shares: deque[float]
) -> Iterator[Any]:
    """The pieces; their processor time is kept as `read`, and the share of the file that each of them ends at."""
    while True:
        before = thread_time()
        piece = next(pieces, None)
        clock["read"] += thread_time() - before
        if piece is None:
            return
        del told[:-1]
        shares.append(told[-1])
        yield piece


def _together(staged: Iterator[Staged]) -> Iterator[list[Staged]]:
    """Chunks for one transaction."""
    while some := list(islice(staged, CHUNKS_PER_COMMIT)):
        yield some


@transaction.atomic
def _write(batch_id: UUID, some: list[Staged], progress: int) -> None:
    rows = sum(each.total for each in some)
    reading = Batch.objects.filter(pk=batch_id, status=BatchStatus.READING)
    if not reading.update(rows_read=F("rows_read") + rows, progress=progress):
        raise _CalledOff
    with connection.cursor() as cursor:
        for table, columns, data in (
            ("registry_batchrow", staging.COLUMNS, b"".join(each.rows for each in some)),
            ("registry_receivedrows", staging.RECEIVED_COLUMNS, b"".join(each.received for each in some)),
        ):
            if data:
                cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", BytesIO(data), 1 << 18)


def scope_of(court: Court) -> tuple[CourtScope, dict[str, int]]:
    """The court and those below it: names for reading rows, primary keys for writing them."""
    courts = Court.objects.filter(Q(pk=court.pk) | Q(upper=court) | Q(upper__upper=court))
    return (
        CourtScope(code=court.code, names={each.code: each.name for each in courts}),
        {each.code: each.pk for each in courts},
    )
