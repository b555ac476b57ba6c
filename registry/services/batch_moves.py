"""What every step of a batch's life shares: the locked batch of one's own court, its moves, its failure."""

from __future__ import annotations

import traceback
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from core import audit
from core.errors import IllegalMove, NotAllowed, NotFound
from registry.access import Operator
from registry.choices import BatchStatus
from registry.models import Batch, BatchTransition
from registry.rules.batch_acts import Act, Denial, denial
from registry.services import uploads

_FOUR_EYES = {
    Act.APPROVE: "上传人不能审核自己上传的批次，请由另一人审核。",
    Act.REVERSE: "上传人不能撤回自己上传的批次，请由另一人决定。",
}
_ROLE = {
    Act.APPROVE: "只有复核人可以审核批次。",
    Act.REFUSE: "只有复核人可以退回他人上传的批次。",
    Act.CANCEL: "只有复核人可以取消他人上传的批次。",
    Act.REVERSE: "只有复核人可以撤回批次。",
}
_WHEN = {
    Act.APPROVE: "只有待批准的批次可以审核。",
    Act.REFUSE: "只有待批准的批次可以退回。",
    Act.CANCEL: "只有尚未批准的批次可以取消。",
    Act.CONFIRM: "只有待批准的批次可以确认。",
    Act.REVERSE: "只有已生效的批次可以撤回。",
}


def locked_for(act: Act, batch_id: UUID, by: Operator) -> Batch:
    """The batch, locked until the transaction ends, where `by` may do this to it now.

    Raises NotFound (another court's), NotAllowed `four_eyes`, `not_uploader` or `role_required`, IllegalMove.
    """
    batch: Batch | None = Batch.objects.decidable_by(by).select_for_update(of=("self",)).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("没有找到这个批次。")
    found = denial(act, is_uploader=batch.uploaded_by_id == by.pk, role=by.role, status=batch.status)
    if found is Denial.FOUR_EYES:
        raise NotAllowed(_FOUR_EYES[act], code=found.value)
    if found is Denial.NOT_UPLOADER:
        raise NotAllowed("须由上传人本人确认。", code=found.value)
    if found is Denial.ROLE_REQUIRED:
        raise NotAllowed(_ROLE[act], code=found.value)
    if found is Denial.ILLEGAL_MOVE:
        raise IllegalMove(f"批次“{batch.get_status_display()}”，{_WHEN[act]}")
    return batch


def hold_the_list(*, wait: bool = True) -> bool:
    """Be the only one who writes a batch into the list until the transaction ends: batches of an upper and a lower
    court may name the same cases. Without `wait`, False where somebody else is at it."""
    lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended('registry.apply', 0))")
        return wait or bool(cursor.fetchone()[0])


def move(batch: Batch, status: BatchStatus, *, at: datetime, by: Operator | None = None, reason: str = "") -> None:
    """Set the status and keep its history; the caller saves."""
    before, batch.status = batch.status, status
    note_move(batch, before, at=at, by=by, reason=reason)


def note_move(batch: Batch, before: str, *, at: datetime, by: Operator | None = None, reason: str = "") -> None:
    """A line of the batch's history: from `before` to where it stands."""
    BatchTransition.objects.create(
        record=batch,
        from_status=before,
        to_status=batch.status,
        at=at,
        by_id=by.pk if by else None,
        reason=reason,
    )


def counts(batch: Batch) -> dict[str, int]:
    """The figures of the plan, for the audit."""
    return {
        "rows": batch.count_rows,
        "add": batch.count_add,
        "update": batch.count_update,
        "remove": batch.count_remove,
        "unchanged": batch.count_unchanged,
        "rejected": batch.count_rejected,
        "missing": batch.count_missing,
    }


def drop_rows(batch_id: UUID) -> None:
    """Nothing refers to staged rows: one statement, however many they are."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_batchrow WHERE batch_id = %s", [batch_id])
        cursor.execute("DELETE FROM registry_receivedrows WHERE batch_id = %s", [batch_id])
        cursor.execute("DELETE FROM registry_missinglisting WHERE batch_id = %s", [batch_id])
        cursor.execute("DELETE FROM registry_remarkblock WHERE batch_id = %s", [batch_id])


def drop_file(batch: Batch) -> None:
    """The file holds identifiers in clear: it goes as soon as its rows are staged, or as it cannot be read."""
    transaction.on_commit(partial(uploads.discard, batch.file_path), robust=True)
    batch.file_path = ""


@transaction.atomic
def fail(batch_id: UUID, code: str, sentence: str, at: datetime, *, keep_file: bool = True) -> None:
    """The batch could not be read or applied; `sentence` says why and stands on its page. One that was called off
    meanwhile stays so."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.status == BatchStatus.REFUSED:
        return
    if not keep_file:
        drop_rows(batch_id)
        drop_file(batch)
    batch.failure_code, batch.failure = code, sentence
    move(batch, BatchStatus.FAILED, at=at, reason=code)
    batch.save()
    audit.record(verb="fail_batch", target=batch, by="system", at=at, after={"code": code})


def where(error: Exception) -> str:
    """Class and place of an error; its words stay out of the log, they may quote the file."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " > ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames[-4:])
