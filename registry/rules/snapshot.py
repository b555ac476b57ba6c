"""When the court's whole list may stand for what it does not name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CONFIRM_ABOVE_PERCENT = 5


class SnapshotRefusal(StrEnum):
    """Why a snapshot cannot be approved as it stands; the values are the codes of the API, where rows that were not
    typed are one more confirmation that is needed."""

    UNREADABLE_ROWS = "snapshot_unreadable_rows"
    CONFIRMATION_NEEDED = "confirmation_needed"
    ROWS_NEEDED = "rows_needed"
    ROWS_MISMATCH = "rows_mismatch"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Numbers of a planned batch: `rows` of the file, `unreadable` of them without a readable case number, `live`
    listings of the court, `missing` of them named by no row. `is_snapshot` is false for a file of changes."""

    is_snapshot: bool
    rows: int
    unreadable: int
    live: int
    missing: int
    is_confirmed: bool


def needs_confirmation(*, missing: int, live: int) -> bool:
    """More than 5 % of the court's list would leave it: the uploader confirms, and the approver types the rows."""
    return missing > 0 and missing * 100 > live * CONFIRM_ABOVE_PERCENT


def refusal(snapshot: Snapshot, typed: int | None) -> SnapshotRefusal | None:
    """Why the approval cannot stand; `typed` is the number of rows that the approver gave, None for none."""
    if snapshot.is_snapshot:
        if snapshot.unreadable:
            return SnapshotRefusal.UNREADABLE_ROWS
        if needs_confirmation(missing=snapshot.missing, live=snapshot.live):
            if not snapshot.is_confirmed:
                return SnapshotRefusal.CONFIRMATION_NEEDED
            if typed is None:
                return SnapshotRefusal.ROWS_NEEDED
    return SnapshotRefusal.ROWS_MISMATCH if typed is not None and typed != snapshot.rows else None
