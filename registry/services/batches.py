"""The life of an upload: stored, read, planned, approved by a second person, applied as a whole (design.md §4).

Here a list file comes in. What follows has modules of its own: reading, planning, approval (approve, refuse, cancel,
confirm), batch_queue, applying, snapshot, reversal; their verbs are named here too, for those who call them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from core import audit
from core.errors import FieldProblem, InvalidInput, NotAllowed
from core.ids import uuid7
from core.privacy import redact
from registry.access import COURT_ROLES, Operator
from registry.choices import BatchMode, ExitGround
from registry.imports.refusal import FileRefused
from registry.models import Batch, Court
from registry.services import jobs, uploads
from registry.services.applying import ApplyingFailed, apply_batch
from registry.services.approval import approve_batch, cancel_batch, confirm_batch, drop_cancelled_rows, refuse_batch
from registry.services.batch_moves import drop_file, drop_rows, fail, move, note_move, where
from registry.services.batch_queue import QUEUE_GRACE, sweep_batches
from registry.services.planning import PLAN_CHANGED, plan_batch
from registry.services.reversal import reverse_batch

__all__ = [
    "PLAN_CHANGED",
    "QUEUE_GRACE",
    "ApplyingFailed",
    "Mode",
    "apply_batch",
    "approve_batch",
    "cancel_batch",
    "confirm_batch",
    "drop_cancelled_rows",
    "drop_file",
    "drop_orphan_files",
    "drop_rows",
    "fail",
    "move",
    "note_move",
    "plan_batch",
    "refuse_batch",
    "reverse_batch",
    "sweep_batches",
    "upload_batch",
    "where",
]


@dataclass(frozen=True, slots=True)
class Mode:
    """What the file is. A snapshot says why what it does not name leaves the list: ground (ExitGround), document, day;
    a file of changes says none of it."""

    mode: str = BatchMode.CHANGES
    exit_ground: str = ""
    exit_document: str = ""
    exit_on: date | None = None


CHANGES = Mode()


def upload_batch(
    *,
    court: Court,
    file: IO[bytes] | Path,
    file_name: str,
    note: str,
    by: Operator,
    at: datetime,
    mode: Mode = CHANGES,
    sheet: str = "",
) -> Batch:
    """Store a list file and queue its reading; a workbook with several lists waits for `choose_sheet`, unless `sheet`
    says which one is meant. Raises InvalidInput with the refusal's code and sentence, then nothing
    of the file stays but an audit entry; NotAllowed where `by` does not speak for the court."""
    if by.role not in COURT_ROLES or by.agency is None or by.agency.court_id != court.pk:
        raise NotAllowed("只能由本院人员报送本院的名单。", code="court_not_yours")
    mode = _checked(mode, at)
    name = redact(Path(file_name.replace("\\", "/")).name)[-255:] or "名单"
    try:
        with uploads.received(file, name, sheet) as received:
            return _store_batch(court, received, name, note, mode, by, at)
    except FileRefused as refusal:
        audit.record_refusal(verb="refuse_file", target=court, by=by, at=at, after={"code": refusal.code})
        raise InvalidInput(refusal.sentence, code=refusal.code) from None


def _checked(mode: Mode, at: datetime) -> Mode:
    """The mode as it is stored. Raises InvalidInput naming each field that is missing or out of place."""
    said = {"exit_ground": mode.exit_ground, "exit_document": mode.exit_document.strip(), "exit_on": mode.exit_on}
    problems: list[FieldProblem] = []
    if mode.mode not in BatchMode.values:
        problems.append(FieldProblem("mode", "mode_unknown", "报送方式只有增量和全量。"))
    elif mode.mode == BatchMode.CHANGES:
        problems += [FieldProblem(name, "not_a_snapshot", "只有全量报送填写这一项。") for name in said if said[name]]
    else:
        if mode.exit_ground not in ExitGround.values or mode.exit_ground == ExitGround.WRONGLY_LISTED:
            problems.append(FieldProblem("exit_ground", "ground_unknown", "请选择缺漏条目的退出原因。"))
        if not said["exit_document"]:
            problems.append(FieldProblem("exit_document", "required", "请填写缺漏条目的退出依据文号。"))
        if mode.exit_on is None:
            problems.append(FieldProblem("exit_on", "required", "请填写缺漏条目的退出日期。"))
        elif mode.exit_on > localdate(at):
            problems.append(FieldProblem("exit_on", "in_future", "日期不能晚于今天。"))
    if problems:
        raise InvalidInput("请补正后再提交。", errors=problems)
    return Mode(mode.mode, mode.exit_ground, redact(mode.exit_document.strip())[:100], mode.exit_on)


def _store_batch(
    court: Court, received: uploads.ReceivedFile, name: str, note: str, mode: Mode, by: Operator, at: datetime
) -> Batch:
    batch_id: UUID = uuid7()
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
                sheet=received.sheet,
                sheets=list(received.sheets),
                note=redact(note.strip()),
                mode=mode.mode,
                exit_ground=mode.exit_ground,
                exit_document=mode.exit_document,
                exit_on=mode.exit_on,
                uploaded_by_id=by.pk,
                uploaded_at=at,
            )
            note_move(batch, "", at=at, by=by)
            audit.record(
                verb="upload_batch", target=batch, by=by, at=at, after={"size": received.size, "mode": str(mode.mode)}
            )
            if not batch.awaits_sheet:
                jobs.enqueue_on_commit(jobs.READ, batch_id)
    except BaseException:
        uploads.discard(stored)
        raise
    return batch


def drop_orphan_files(*, at: datetime) -> int:
    """Remove list files that belong to no batch; see `uploads.drop_orphans`."""
    wanted = set(Batch.objects.exclude(file_path="").values_list("file_path", flat=True))
    return uploads.drop_orphans(wanted=wanted, before=at - timedelta(hours=1))
