"""From the stored list file to staged rows, chunk by chunk, and on to the plan (design.md §4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils.timezone import localdate

from registry.choices import BatchStatus
from registry.imports import staging
from registry.imports.courts import CourtScope
from registry.imports.reader import open_list
from registry.imports.refusal import FileRefused
from registry.models import Batch, Court
from registry.services import batches, jobs, uploads

_READ_SHARE = 90  # of the progress bar; the plan is the rest


def read_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Read a queued batch, or read it again from the start after a crash, and plan it. Returns the batch as it stands;
    does nothing when another process is at it."""
    with jobs.working_on(batch_id) as is_mine:
        if is_mine and Batch.objects.filter(pk=batch_id, status__in=_READABLE).exists():
            try:
                _read(batch_id, at)
            except FileRefused as refusal:
                batches.fail(batch_id, refusal.code, refusal.sentence, at, keep_file=False)
            except OperationalError:
                raise  # the database went away: the sweep reads again
            except Exception as error:  # noqa: BLE001 whatever it is, it becomes the batch's state
                batches.fail(batch_id, "unexpected", "读取时出现意外错误，请联系管理员。", at)
                raise ReadingFailed(batches.where(error)) from None
    return Batch.objects.get(pk=batch_id)


# What rows are joined and picked by. Texts, ciphertexts and arrays take seconds to sample and decide no plan.
_PLANNED_BY = (
    "batch_id, row_number, operation, verdict, court_id, kind, name_key, case_key, subject_key, alt_key, is_identified,"
    " listing_id, new_listing_id, new_subject_id"
)
_READABLE = (BatchStatus.QUEUED, BatchStatus.READING)


class ReadingFailed(RuntimeError):
    """A batch could not be read for a reason that is a defect; says where."""


def _read(batch_id: UUID, at: datetime) -> None:
    batch = _start_reading(batch_id, at)
    scope, courts = scope_of(batch.court)
    share = 0.0

    def progress(done: float) -> None:
        nonlocal share
        share = done

    path = uploads.stored_path(batch.file_path)
    if not path.is_file():
        raise FileRefused("file_missing", "文件已不在服务器上，请重新上传。")
    listing_file = open_list(path, filename=batch.file_name, progress=progress)
    rows_read, today = 0, localdate(at)
    for chunk in staging.chunks(listing_file.rows):
        # Every chunk is a transaction of its own: the page sees how far it is.
        with transaction.atomic():
            rows_read += staging.stage(chunk, batch_id=batch_id, scope=scope, courts=courts, today=today)
            Batch.objects.filter(pk=batch_id).update(rows_read=rows_read, progress=int(share * _READ_SHARE))
    remarks = [staging.problem_json(remark) for remark in listing_file.remarks]
    Batch.objects.filter(pk=batch_id).update(file_problems=remarks, progress=_READ_SHARE)
    if rows_read == 0:
        raise FileRefused("file_no_rows", "表头之下没有数据行。")
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE registry_batchrow ({_PLANNED_BY})")
    batches.plan_batch(batch_id, at=at)


@transaction.atomic
def _start_reading(batch_id: UUID, at: datetime) -> Batch:
    batch: Batch = Batch.objects.select_for_update(of=("self",)).select_related("court").get(pk=batch_id)
    batches.drop_rows(batch_id)
    if batch.status != BatchStatus.READING:
        batches.move(batch, BatchStatus.READING, at=at)
    batch.rows_read = batch.progress = 0
    batch.save(update_fields=["status", "rows_read", "progress"])
    return batch


def scope_of(court: Court) -> tuple[CourtScope, dict[str, int]]:
    """The court and those below it: names for reading rows, primary keys for writing them."""
    courts = Court.objects.filter(Q(pk=court.pk) | Q(upper=court) | Q(upper__upper=court))
    return (
        CourtScope(code=court.code, names={each.code: each.name for each in courts}),
        {each.code: each.pk for each in courts},
    )
