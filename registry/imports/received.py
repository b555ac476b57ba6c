"""Rows of an upload as they were received: kept encrypted in blocks, opened row by row."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from registry.imports.table import Record, Table
from registry.models import Batch, BatchRow, ReceivedRows

Received = tuple[dict[str, Any], dict[str, str]]  # cells by column key, unknown columns by their header


def as_received(table: Table, records: list[Record]) -> str:
    """The text of a block: the header's cells and the records'."""
    return _written({"header": table.header_cells, "rows": records})


_written = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), default=str)


class ReceivedFile:
    """Opens the rows of one batch; rows asked for in order cost one block each thousand."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._rows: dict[int, Received] = {}

    def unknown_headers(self) -> list[str]:
        """The columns of the file that are none of ours, in their order."""
        first = ReceivedRows.objects.filter(batch=self._batch).order_by("first_row").first()
        if first is None:
            return []
        return [*Table.under(json.loads(first.content or "")["header"]).header.unknown.values()]

    def read(self, row: BatchRow) -> Received:
        """A row's cells by column key (registry.imports.columns), and the unknown columns by their header."""
        if row.row_number not in self._rows:
            self._rows = self._block(row.row_number)
        return self._rows.get(row.row_number, ({}, {}))

    def _block(self, number: int) -> dict[int, Received]:
        found = ReceivedRows.objects.filter(batch=self._batch, first_row__lte=number, last_row__gte=number).first()
        if found is None:
            return {}
        block = json.loads(found.content or "")
        rows = Table.under(block["header"]).rows(((at, cells) for at, cells in block["rows"]), [])
        return {each.number: (each.cells, each.extras) for each in rows}


def read_raw(row: BatchRow) -> Received:
    """One row, as received."""
    return ReceivedFile(row.batch).read(row)


def raw_text(value: object) -> str:
    """A cell as it stands in the file; a whole number without the `.0` that a spreadsheet gives it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)
