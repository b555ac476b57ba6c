"""The life of an upload: stored, read, planned, approved by a second person, applied as a whole (design.md §4)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from registry.access import Operator
from registry.models import Batch, Court


def upload_batch(
    *, court: Court, file: IO[bytes] | Path, file_name: str, note: str, by: Operator, at: datetime
) -> Batch:
    """Store a list file and queue its reading. Raises InvalidInput with the refusal's code and sentence, then nothing
    of the file stays but an audit entry; NotAllowed where `by` does not speak for the court."""
    raise NotImplementedError


def read_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Read a queued batch, or read it again from the start after a crash, and plan it. Returns the batch as it stands;
    does nothing when another process is at it."""
    raise NotImplementedError


def plan_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Plan a batch that has been read; it becomes `previewed` with counts and impact."""
    raise NotImplementedError


def approve_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str = "") -> Batch:
    """A second person lets the plan happen; the batch becomes `applying` and a worker applies it.

    Raises NotAllowed `four_eyes` (the uploader), `role_required` (no reviewer), NotFound (another court's), IllegalMove
    (not waiting for a decision), Conflict `batch_applying` (the court's last batch is not in yet).
    """
    raise NotImplementedError


def refuse_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str) -> Batch:
    """Send a batch back (the uploader may withdraw their own). Raises InvalidInput without a reason, IllegalMove."""
    raise NotImplementedError


def reverse_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str) -> Batch:
    """Raises IllegalMove `not_reversible`."""
    raise NotImplementedError


def apply_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Apply an approved batch in one transaction. Returns the batch as it stands: `applied`, or `previewed` again with
    failure_code `plan_changed` when the list has moved on since; does nothing when another process is at it."""
    raise NotImplementedError


def sweep_batches(*, at: datetime) -> int:
    """Queue again every batch whose work nobody is doing (worker killed, message lost); return how many."""
    raise NotImplementedError
