"""What people decide on a batch that is not in yet: approve, send back, cancel, confirm a whole list."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from core import audit
from core.errors import Conflict, DomainError, IllegalMove, InvalidInput
from core.privacy import redact
from registry.access import Operator
from registry.choices import BatchMode, BatchStatus
from registry.models import Batch
from registry.rules import snapshot as snapshot_rules
from registry.rules.batch_acts import Act
from registry.rules.snapshot import SnapshotRefusal
from registry.services import jobs, snapshot
from registry.services.batch_moves import counts, drop_file, drop_rows, locked_for, move

CANCELLED = "cancelled"
DROPPED_AT_ONCE = 20_000  # staged rows; more are dropped by a worker
_PATIENCE = "10s"  # how long a cancellation waits for a plan that is being made


@transaction.atomic
def approve_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str = "", rows: int | None = None) -> Batch:
    """A second person lets the plan happen; the batch becomes `applying`, and a worker applies it when its turn comes.

    `rows`: the number of rows that the approver read off the plan, checked where given. Raises NotAllowed `four_eyes`
    (the uploader), `role_required` (no reviewer), NotFound (another court's), IllegalMove (not waiting for a decision);
    for a snapshot also Conflict `snapshot_unreadable_rows` and `confirmation_needed` (by the uploader, or `rows` not
    given); InvalidInput `rows_mismatch`.
    """
    reason = redact(reason.strip())
    batch = locked_for(Act.APPROVE, batch_id, by)
    _require_sound(batch, rows)
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
        after={"status": BatchStatus.APPLYING.value, "reason": reason, **counts(batch)},
    )
    jobs.enqueue_on_commit(jobs.APPLY, batch_id)
    return batch


def _require_sound(batch: Batch, rows: int | None) -> None:
    is_snapshot = batch.mode == BatchMode.SNAPSHOT
    facts = snapshot_rules.Snapshot(
        is_snapshot=is_snapshot,
        rows=batch.count_rows,
        unreadable=snapshot.unreadable_rows(batch.pk) if is_snapshot else 0,
        live=batch.count_live,
        missing=batch.count_missing,
        is_confirmed=batch.confirmed_at is not None,
    )
    found = snapshot_rules.refusal(facts, rows)
    if found is not None:
        raise _said(found, facts)


def _said(found: SnapshotRefusal, facts: snapshot_rules.Snapshot) -> DomainError:
    many = f"{facts.missing}个在列条目没有出现在全量名单中，超过本院在列条目（{facts.live}）的5%"
    sentences = {
        SnapshotRefusal.UNREADABLE_ROWS: f"有{facts.unreadable}行的案号无法识别，不能断定哪些条目缺漏；请更正后重传。",
        SnapshotRefusal.CONFIRMATION_NEEDED: f"{many}，须先由上传人确认。",
        SnapshotRefusal.ROWS_NEEDED: f"{many}，批准时须输入本批次的总行数。",
        SnapshotRefusal.ROWS_MISMATCH: "与本批次的总行数不一致，请核对后重新输入。",
    }
    if found is SnapshotRefusal.ROWS_MISMATCH:
        return InvalidInput(sentences[found], code=found.value)
    code = SnapshotRefusal.CONFIRMATION_NEEDED if found is SnapshotRefusal.ROWS_NEEDED else found
    return Conflict(sentences[found], code=code.value)


@transaction.atomic
def confirm_batch(*, batch_id: UUID, rows: int, by: Operator, at: datetime) -> Batch:
    """The uploader stands by a snapshot that would end more than 5 % of the list: types its number of rows.

    Raises NotAllowed `not_uploader`, NotFound, IllegalMove (not waiting, or `confirmation_not_needed`), InvalidInput
    `rows_mismatch`. Confirming again changes nothing. A new plan asks again.
    """
    batch = locked_for(Act.CONFIRM, batch_id, by)
    if not batch.needs_confirmation:
        raise IllegalMove("这个批次不需要确认。", code="confirmation_not_needed")
    if rows != batch.count_rows:
        raise InvalidInput("与本批次的总行数不一致，请核对后重新输入。", code=SnapshotRefusal.ROWS_MISMATCH.value)
    if batch.confirmed_at is None:
        batch.confirmed_by_id, batch.confirmed_at = by.pk, at
        batch.save(update_fields=["confirmed_by", "confirmed_at"])
        audit.record(verb="confirm_batch", target=batch, by=by, at=at, after=counts(batch))
    return batch


@transaction.atomic
def refuse_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str) -> Batch:
    """Send a batch back (the uploader may withdraw their own). Raises InvalidInput without a reason, IllegalMove."""
    reason = redact(reason.strip())
    batch = locked_for(Act.REFUSE, batch_id, by)
    if not reason:
        raise InvalidInput("请写明退回理由。", code="reason_required")
    _decide(batch, by, at, reason)
    move(batch, BatchStatus.REFUSED, at=at, by=by, reason=reason)
    batch.save()
    audit.record(verb="refuse_batch", target=batch, by=by, at=at, after={"reason": reason})
    return batch


@transaction.atomic
def cancel_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str = "") -> Batch:
    """Stop a batch before anybody approves it: `refused` with failure_code `cancelled`. The worker that reads it stops
    at its next chunk; file and staged rows go, many rows in the background.

    By the uploader or a reviewer of the court. Raises NotAllowed `role_required`, NotFound, IllegalMove (approved or
    over already), Conflict `batch_busy` while its plan is being made.
    """
    reason = redact(reason.strip())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
        try:
            batch = locked_for(Act.CANCEL, batch_id, by)
        except OperationalError:
            raise Conflict("批次正在比对，请稍后再取消。", code="batch_busy") from None
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    before = batch.status
    _decide(batch, by, at, reason)
    batch.failure_code, batch.failure = CANCELLED, "已取消，名单没有任何改动。"
    if batch.rows_read <= DROPPED_AT_ONCE:
        drop_rows(batch_id)
        batch.rows_read = 0
    else:
        jobs.enqueue_on_commit(jobs.DROP_ROWS, batch_id)
    drop_file(batch)
    move(batch, BatchStatus.REFUSED, at=at, by=by, reason=reason or CANCELLED)
    batch.save()
    audit.record(verb="cancel_batch", target=batch, by=by, at=at, before={"status": before}, after={"reason": reason})
    return batch


def drop_cancelled_rows(batch_id: UUID) -> None:
    """Task body: drop what a cancelled batch had staged; may run twice."""
    with jobs.working_on(batch_id) as is_mine, transaction.atomic():
        cancelled = Batch.objects.filter(pk=batch_id, status=BatchStatus.REFUSED, failure_code=CANCELLED)
        if is_mine and cancelled.select_for_update(of=("self",)).exists():
            drop_rows(batch_id)
            cancelled.update(rows_read=0)


def _decide(batch: Batch, by: Operator, at: datetime, reason: str) -> None:
    batch.decided_by_id, batch.decided_at, batch.decision_reason = by.pk, at, reason
