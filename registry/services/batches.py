"""The life of an upload: stored, read, planned, approved by a second person, applied as a whole (design.md §4)."""

from __future__ import annotations

import traceback
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import Conflict, IllegalMove, InvalidInput, NotAllowed, NotFound
from core.ids import uuid7
from core.privacy import redact
from registry import impact
from registry.access import COURT_ROLES, Operator
from registry.choices import BatchStatus, RowVerdict
from registry.imports.apply import apply_rows
from registry.imports.plan import Plan, plan_rows, same_name_collisions
from registry.imports.refusal import FileRefused
from registry.models import Batch, BatchTransition, Court, Listing
from registry.services import feed, jobs, uploads

PLAN_CHANGED = "plan_changed"
QUEUE_GRACE = timedelta(seconds=30)  # how long the queue gets before the sweep takes over


def upload_batch(
    *, court: Court, file: IO[bytes] | Path, file_name: str, note: str, by: Operator, at: datetime
) -> Batch:
    """Store a list file and queue its reading. Raises InvalidInput with the refusal's code and sentence, then nothing
    of the file stays but an audit entry; NotAllowed where `by` does not speak for the court."""
    if by.role not in COURT_ROLES or by.agency is None or by.agency.court_id != court.pk:
        raise NotAllowed("只能由本院人员报送本院的名单。", code="court_not_yours")
    name = redact(Path(file_name.replace("\\", "/")).name)[-255:] or "名单"
    try:
        with uploads.received(file, name) as received:
            return _store_batch(court, received, name, note, by, at)
    except FileRefused as refusal:
        audit.record_refusal(verb="refuse_file", target=court, by=by, at=at, after={"code": refusal.code})
        raise InvalidInput(refusal.sentence, code=refusal.code) from None


def _store_batch(
    court: Court, received: uploads.ReceivedFile, name: str, note: str, by: Operator, at: datetime
) -> Batch:
    batch_id = uuid7()
    stored = uploads.store(received, batch_id)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                id=batch_id,
                court=court,
                file_name=name,
                file_path=stored,
                file_size=received.size,
                file_sha256=received.sha256,
                note=redact(note.strip()),
                uploaded_by_id=by.pk,
                uploaded_at=at,
            )
            note_move(batch, "", at=at, by=by)
            audit.record(verb="upload_batch", target=batch, by=by, at=at, after={"size": received.size})
            jobs.enqueue_on_commit(jobs.READ, batch_id)
    except BaseException:
        uploads.discard(stored)
        raise
    return batch


@transaction.atomic
def plan_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Plan a batch that has been read; it becomes `previewed` with counts and impact. Raises IllegalMove."""
    batch: Batch = Batch.objects.select_for_update(of=("self",)).select_related("court").get(pk=batch_id)
    if batch.status not in {BatchStatus.READING, BatchStatus.PREVIEWED}:
        raise IllegalMove("只有已读取、未审核的批次可以比对。")
    plan = plan_rows(batch_id, today=localdate(at))
    _take_plan(batch, plan)
    if batch.status != BatchStatus.PREVIEWED:
        move(batch, BatchStatus.PREVIEWED, at=at)
    drop_file(batch)
    batch.progress = 100
    batch.failure_code = batch.failure = ""
    batch.save()
    return batch


def _take_plan(batch: Batch, plan: Plan) -> None:
    batch.count_rows = plan.rows
    batch.count_add = plan.count(RowVerdict.ADD)
    batch.count_update = plan.count(RowVerdict.UPDATE)
    batch.count_remove = plan.count(RowVerdict.REMOVE)
    batch.count_unchanged = plan.count(RowVerdict.UNCHANGED)
    batch.count_rejected = plan.count(RowVerdict.REJECTED)
    batch.count_repaired = plan.repaired
    batch.impact = _impact(batch)


def _impact(batch: Batch) -> dict[str, Any]:
    """What approving would set in motion: the list's own part, and what higher floors add."""
    last_ten = (
        Batch.objects.filter(court=batch.court, status=BatchStatus.APPLIED)
        .order_by("-applied_at")
        .values_list("count_rows", flat=True)[:10]
    )
    usual = _median(sorted(last_ten))
    live = Listing.objects.live().filter(court=batch.court).count() if batch.count_remove else 0
    ends_much = batch.count_remove >= 20 and batch.count_remove * 5 > live
    return {
        "listings_starting": batch.count_add,
        "listings_ending": batch.count_remove,
        "same_name_collisions": same_name_collisions(batch.pk) if batch.count_add else 0,
        "usual_rows": usual,
        "is_unusual": ends_much or (usual is not None and batch.count_rows > max(3 * usual, 20)),
        **impact.of_higher_floors(batch),
    }


def _median(ordered: list[int]) -> int | None:
    return ordered[len(ordered) // 2] if ordered else None


def approve_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str = "") -> Batch:
    """A second person lets the plan happen; the batch becomes `applying` and a worker applies it.

    Raises NotAllowed `four_eyes` (the uploader), `role_required` (no reviewer), NotFound (another court's), IllegalMove
    (not waiting for a decision), Conflict `batch_applying` (the court's last batch is not in yet).
    """
    try:
        return _approve(batch_id, by, at, reason)
    except IntegrityError as error:
        if "batch_applies_one_at_a_time" not in str(error):
            raise
        raise Conflict("本院另一批次正在入库，请稍后再审核。", code="batch_applying") from None


@transaction.atomic
def _approve(batch_id: UUID, by: Operator, at: datetime, reason: str) -> Batch:
    reason = redact(reason.strip())
    batch = _locked(batch_id, by)
    if batch.uploaded_by_id == by.pk:
        raise NotAllowed("上传人不能审核自己上传的批次，请由另一人审核。", code="four_eyes")
    if by.role != "reviewer":
        raise NotAllowed("只有复核人可以审核批次。", code="role_required")
    _require(batch, BatchStatus.PREVIEWED)
    _decide(batch, by, at, reason)
    batch.progress = 0
    batch.failure_code = batch.failure = ""
    move(batch, BatchStatus.APPLYING, at=at, by=by, reason=reason)
    batch.save()
    audit.record(
        verb="approve_batch",
        target=batch,
        by=by,
        at=at,
        before={"status": BatchStatus.PREVIEWED.value},
        after={"status": BatchStatus.APPLYING.value, "reason": reason, **_counts(batch)},
    )
    jobs.enqueue_on_commit(jobs.APPLY, batch_id)
    return batch


@transaction.atomic
def refuse_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str) -> Batch:
    """Send a batch back (the uploader may withdraw their own). Raises InvalidInput without a reason, IllegalMove."""
    reason = redact(reason.strip())
    batch = _locked(batch_id, by)
    if batch.uploaded_by_id != by.pk and by.role != "reviewer":
        raise NotAllowed("只有复核人可以退回他人上传的批次。", code="role_required")
    _require(batch, BatchStatus.PREVIEWED)
    if not reason:
        raise InvalidInput("请写明退回理由。", code="reason_required")
    _decide(batch, by, at, reason)
    move(batch, BatchStatus.REFUSED, at=at, by=by, reason=reason)
    batch.save()
    audit.record(verb="refuse_batch", target=batch, by=by, at=at, after={"reason": reason})
    return batch


@transaction.atomic
def reverse_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str) -> Batch:
    """Raises IllegalMove `not_reversible`."""
    _locked(batch_id, by)
    raise IllegalMove("批次撤回尚未开放；请逐条更正或撤销。", code="not_reversible")


def apply_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Apply an approved batch in one transaction. Returns the batch as it stands: `applied`, or `previewed` again with
    failure_code `plan_changed` when the list has moved on since; does nothing when another process is at it."""
    with jobs.working_on(batch_id) as is_mine:
        if is_mine and Batch.objects.filter(pk=batch_id, status=BatchStatus.APPLYING).exists():
            try:
                _apply(batch_id, at)
            except OperationalError:
                raise  # the database went away or gave way to another transaction: the sweep applies again
            except Exception as error:  # noqa: BLE001 whatever it is, it becomes the batch's state
                fail(batch_id, "unexpected", "入库时出现意外错误，名单没有任何改动，请联系管理员。", at)
                raise ApplyingFailed(where(error)) from None
    return Batch.objects.get(pk=batch_id)


class ApplyingFailed(RuntimeError):
    """A batch could not be applied for a reason that is a defect; nothing of it stands. Says where."""


@transaction.atomic
def _apply(batch_id: UUID, at: datetime) -> None:
    with connection.cursor() as cursor:
        # Batches of an upper and a lower court may name the same cases: one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('registry.apply', 0))")
    batch = Batch.objects.select_for_update(of=("self",)).select_related("court", "uploaded_by").get(pk=batch_id)
    if batch.status != BatchStatus.APPLYING:
        return
    plan = plan_rows(batch_id, today=localdate(at))
    if plan.moved:
        _send_back(batch, plan, at)
        return
    applied = apply_rows(batch_id, by_id=batch.uploaded_by_id, at=at)
    batch.applied_at = at
    batch.progress = 100
    move(batch, BatchStatus.APPLIED, at=at)
    batch.save()
    audit.record(
        verb="apply_batch",
        target=batch,
        by="system",
        at=at,
        before={"status": BatchStatus.APPLYING.value},
        after={"status": BatchStatus.APPLIED.value, **_counts(batch), "seconds": applied.seconds},
    )
    outbox.emit("listing.changed", batch=str(batch_id))
    feed.number_after_commit()


def _send_back(batch: Batch, plan: Plan, at: datetime) -> None:
    """The list has moved on since the plan: what was approved is not what would happen."""
    _take_plan(batch, plan)
    batch.decided_by, batch.decided_at, batch.decision_reason = None, None, ""
    batch.progress = 100
    batch.failure_code = PLAN_CHANGED
    batch.failure = f"审核之后名单有变，{plan.moved}行的结论与审核时不同；没有入库，请按新的结果重新审核。"
    move(batch, BatchStatus.PREVIEWED, at=at, reason=PLAN_CHANGED)
    batch.save()
    audit.record(verb="send_back_batch", target=batch, by="system", at=at, after={"rows_moved": plan.moved})


def sweep_batches(*, at: datetime) -> int:
    """Queue again every batch whose work nobody is doing (worker killed, message lost); return how many."""
    waiting = Batch.objects.filter(
        Q(status=BatchStatus.QUEUED, uploaded_at__lt=at - QUEUE_GRACE)
        | Q(status=BatchStatus.READING)
        | Q(status=BatchStatus.APPLYING, decided_at__lt=at - QUEUE_GRACE)
    ).values_list("pk", "status")
    found = 0
    for batch_id, status in waiting:
        if not jobs.is_being_worked_on(batch_id):
            jobs.enqueue(jobs.APPLY if status == BatchStatus.APPLYING else jobs.READ, batch_id)
            found += 1
    return found


def where(error: Exception) -> str:
    """Class and place of an error; its words stay out of the log, they may quote the file."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " > ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames[-4:])


def drop_rows(batch_id: UUID) -> None:
    """Nothing refers to staged rows: one statement, however many they are."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_batchrow WHERE batch_id = %s", [batch_id])


def _locked(batch_id: UUID, by: Operator) -> Batch:
    batch: Batch | None = Batch.objects.decidable_by(by).select_for_update(of=("self",)).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("没有找到这个批次。")
    return batch


def _require(batch: Batch, status: BatchStatus) -> None:
    if batch.status != status:
        raise IllegalMove(f"批次“{batch.get_status_display()}”，只有“{status.label}”的批次可以这样处理。")


def _decide(batch: Batch, by: Operator, at: datetime, reason: str) -> None:
    batch.decided_by_id, batch.decided_at, batch.decision_reason = by.pk, at, reason


def _counts(batch: Batch) -> dict[str, int]:
    return {
        "rows": batch.count_rows,
        "add": batch.count_add,
        "update": batch.count_update,
        "remove": batch.count_remove,
        "unchanged": batch.count_unchanged,
        "rejected": batch.count_rejected,
    }


def move(batch: Batch, status: BatchStatus, *, at: datetime, by: Operator | None = None, reason: str = "") -> None:
    """Set the status and keep its history; the caller saves."""
    before, batch.status = batch.status, status
    note_move(batch, before, at=at, by=by, reason=reason)


def note_move(batch: Batch, before: str, *, at: datetime, by: Operator | None = None, reason: str = "") -> None:
    BatchTransition.objects.create(
        record=batch,
        from_status=before,
        to_status=batch.status,
        at=at,
        by_id=by.pk if by else None,
        reason=reason,
    )


def drop_file(batch: Batch) -> None:
    """The file holds identifiers in clear: it goes as soon as its rows are staged, or as it cannot be read."""
    transaction.on_commit(partial(uploads.discard, batch.file_path), robust=True)
    batch.file_path = ""


@transaction.atomic
def fail(batch_id: UUID, code: str, sentence: str, at: datetime, *, keep_file: bool = True) -> None:
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if not keep_file:
        drop_rows(batch_id)
        drop_file(batch)
    batch.failure_code, batch.failure = code, sentence
    move(batch, BatchStatus.FAILED, at=at, reason=code)
    batch.save()
    audit.record(verb="fail_batch", target=batch, by="system", at=at, after={"code": code})


def drop_orphan_files(*, at: datetime) -> int:
    """Remove list files that belong to no batch; see `uploads.drop_orphans`."""
    wanted = set(Batch.objects.exclude(file_path="").values_list("file_path", flat=True))
    return uploads.drop_orphans(wanted=wanted, before=at - timedelta(hours=1))
