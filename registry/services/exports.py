"""Workbooks that leave the platform: with purpose and watermark, recorded, no cell a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import transaction
from django.utils.timezone import localtime
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from core import audit
from core.audit import Account
from registry.choices import ProblemSeverity, RowVerdict
from registry.imports.cells import escaped
from registry.imports.columns import COLUMNS, MARKS, header_of
from registry.imports.received import Received, ReceivedFile, raw_text
from registry.models import Batch, BatchRow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE = "不予入库的行"
_BAD = PatternFill("solid", fgColor="FCE4E4")
_NOTE = PatternFill("solid", fgColor="FFF4D6")
_HEAD = PatternFill("solid", fgColor="E8EDF3")
_WRAP = Alignment(vertical="top", wrap_text=True)
_NARROW, _WIDE = 20, 60
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
CHUNK = 1_000
ROWS_OF_SHEET = 1_000_000  # a sheet holds 1,048,576


@transaction.atomic
def export_problems(*, batch: Batch, purpose: str, by: Account, at: datetime) -> IO[bytes]:
    """The rejected rows of a batch as received, marked up, ready to be corrected and uploaded again.

    The first row says who took the workbook, when and what for; the header row follows, so that the reader of list
    files finds it. The rows hold identifiers in clear: without them the clerk cannot correct the file. Returns an open
    temporary file at its beginning.
    """
    rejected = batch.rows.filter(verdict=RowVerdict.REJECTED).order_by("row_number")
    rows = rejected.only("batch_id", "row_number", "problems")
    label = by.get_username()
    audit.record(
        verb="export_batch_problems",
        target=batch,
        by=by,
        at=at,
        after={"purpose": purpose, "rows": batch.count_rejected},
    )
    watermark = f"{batch.court} · {label} · {localtime(at):%Y-%m-%d %H:%M:%S} · 用途：{purpose} · 含个人信息，用毕销毁"
    received = ReceivedFile(batch)
    others = received.unknown_headers()
    heads = [*MARKS, *map(header_of, COLUMNS), *others]
    book = Workbook(write_only=True)
    for number, row in enumerate(rows.iterator(chunk_size=CHUNK)):
        if number % ROWS_OF_SHEET == 0:
            sheet = _begun_sheet(book, watermark, heads)
            pens = _Pens.for_sheet(sheet)
        sheet.append(_marked_row(pens, row, others, received.read(row)))
    if not book.worksheets:
        _begun_sheet(book, watermark, heads)
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 the response closes it
    book.save(file)
    file.seek(0)
    return file


def _begun_sheet(book: Workbook, watermark: str, heads: list[str]) -> Any:
    """A sheet with its watermark and its header; a workbook of several holds one part of the rows in each."""
    part = len(book.worksheets)
    sheet = book.create_sheet(f"{TITLE}（{part + 1}）" if part else TITLE)
    sheet.freeze_panes = "D3"
    for index in range(1, len(heads) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = _WIDE if index in {2, 3} else _NARROW
    warning, head = _cell(sheet, font=Font(bold=True, color="8A1C1C")), _cell(sheet, font=Font(bold=True), fill=_HEAD)
    sheet.append(_with(cell, text) for cell, text in [(warning, watermark)])
    sheet.append(_with(head, text) for text in heads)
    return sheet


@dataclass(frozen=True, slots=True)
class _Pens:
    """Cells of a sheet in the styles of a marked row. A row is written as it is drawn, so that one cell of each style
    serves for all: making a cell costs ten times what writing it does."""

    plain: Any
    wrapped: Any
    of: dict[str | None, Any]  # by severity

    @classmethod
    def for_sheet(cls, sheet: Any) -> _Pens:
        plain, note = _cell(sheet), _cell(sheet, fill=_NOTE)
        of = {None: plain, ProblemSeverity.ERROR.value: _cell(sheet, fill=_BAD), ProblemSeverity.WARNING.value: note}
        return cls(plain, _cell(sheet, alignment=_WRAP), of)


def _marked_row(pens: _Pens, row: BatchRow, others: list[str], received: Received) -> Iterator[Any]:
    cells, extras = received
    shown = [each for each in row.problems if each.get("severity") != ProblemSeverity.REPAIRED.value]
    bad = {each["column"]: each.get("severity") for each in shown}
    said = "\n".join(_said(column, group) for column, group in groupby(shown, key=lambda each: str(each["column"])))
    advice = "\n".join(dict.fromkeys(each["suggestion"] for each in shown if each.get("suggestion")))
    yield _with(pens.plain, str(row.row_number))
    yield _with(pens.wrapped, said)
    yield _with(pens.wrapped, advice)
    for key in COLUMNS:
        yield _with(pens.of.get(bad.get(header_of(key)), pens.plain), raw_text(cells.get(key)))
    for header in others:
        yield _with(pens.plain, extras.get(header, ""))


def _said(column: str, problems: Iterable[dict[str, Any]]) -> str:
    words = "".join(str(each["detail"]) for each in problems)
    return f"{column}：{words}" if column else words


def _cell(sheet: Any, **style: Any) -> Any:
    """A cell for text: what is typed into it stays text too, eighteen digits stay eighteen digits."""
    cell = WriteOnlyCell(sheet)
    cell.number_format = "@"
    for name, value in style.items():
        setattr(cell, name, value)
    return cell


def text_cell(sheet: Any, text: str, **style: Any) -> Any:
    """One such cell with its text."""
    return _with(_cell(sheet, **style), text)


def _with(cell: Any, text: str) -> Any:
    """The cell with other contents: text, never a number or a formula; empty for none."""
    cell.value = str(escaped(_clean(text))) if text else None
    cell.data_type = "s" if text else "n"
    return cell


def _clean(text: str) -> str:
    """Without the control characters that a workbook cannot hold."""
    return _CONTROL.sub("", text)
