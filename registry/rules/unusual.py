"""What makes a batch so unlike the court's others that its approver types the number of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.rules.snapshot import needs_confirmation

LAST = 10  # batches that the usual size is taken from
TIMES = 3
SMALL = 20  # rows or removals that are nothing much by themselves
ENDING_SHARE = 5  # one in so many of the court's list


class Unusual(StrEnum):
    """In what respect."""

    MANY_ROWS = "many_rows"
    ENDS_MUCH = "ends_much"
    MUCH_MISSING = "much_missing"


@dataclass(frozen=True, slots=True)
class Size:
    """`rows` of the batch, `usual` of the court's last ten (None before the first), listings `ending` by its rows,
    `missing` from a snapshot, `live` listings of the court."""

    rows: int
    usual: int | None
    ending: int
    missing: int
    live: int


def median(sizes: Sequence[int]) -> int | None:
    """The middle one, the upper of two; None of none."""
    ordered = sorted(sizes)
    return ordered[len(ordered) // 2] if ordered else None


def reasons(size: Size) -> tuple[Unusual, ...]:
    """Every respect in which the batch is unusual; empty for an ordinary one."""
    found = []
    if size.usual is not None and size.rows > max(TIMES * size.usual, SMALL):
        found.append(Unusual.MANY_ROWS)
    ending = size.ending + size.missing
    if ending >= SMALL and ending * ENDING_SHARE > size.live:
        found.append(Unusual.ENDS_MUCH)
    if needs_confirmation(missing=size.missing, live=size.live):
        found.append(Unusual.MUCH_MISSING)
    return tuple(found)
