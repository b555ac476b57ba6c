"""Workbooks that leave the platform: with purpose and watermark, recorded, no cell a formula."""

from __future__ import annotations

from collections.abc import Iterable
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
from registry.imports.columns import COLUMNS, header_of
from registry.imports.received import Received, ReceivedFile, raw_text
from registry.models import Batch, BatchRow

TITLE = "不予入库的行"
_BAD = PatternFill("solid", fgColor="FCE4E4")
_NOTE = PatternFill("solid", fgColor="FFF4D6")
_HEAD = PatternFill("solid", fgColor="E8EDF3")
_WRAP = Alignment(vertical="top", wrap_text=True)
_NARROW, _WIDE = 20, 60
CHUNK = 1_000


@transaction.atomic
def export_problems(*, batch: Batch, purpose: str, by: Account, at: datetime) -> IO[bytes]:
    """The rejected rows of a batch as received, marked up, ready to be corrected and uploaded again.

    The first row says who took the workbook, when and what for; the header row follows, so that the reader of list
    files finds it. The rows hold identifiers in clear: without them the clerk cannot correct the file. Returns an open
    temporary file at its beginning.
    """
    rows = batch.rows.filter(verdict=RowVerdict.REJECTED).order_by("row_number")
    label = by.get_username()
    audit.record(
        verb="export_batch_problems",
        target=batch,
        by=by,
        at=at,
        after={"purpose": purpose, "rows": batch.count_rejected},
    )
    watermark = f"{batch.court} · {label} · {localtime(at):%Y-%m-%d %H:%M:%S} · 用途：{purpose} · 含个人信息，用毕销毁"
    book = Workbook(write_only=True)
    sheet = book.create_sheet(TITLE)
    keys = [*COLUMNS]
    sheet.freeze_panes = "D3"
    for index in range(1, len(keys) + 4):
        sheet.column_dimensions[get_column_letter(index)].width = _WIDE if index in {2, 3} else _NARROW
    sheet.append([text_cell(sheet, watermark, font=Font(bold=True, color="8A1C1C"))])
    heads = ["原行号", "问题", "建议", *(header_of(key) for key in keys)]
    sheet.append([text_cell(sheet, head, font=Font(bold=True), fill=_HEAD) for head in heads])
    received = ReceivedFile(batch)
    for row in rows.iterator(chunk_size=CHUNK):
        sheet.append(_marked_row(sheet, row, keys, received.read(row)))
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 the response closes it
    book.save(file)
    file.seek(0)
    return file


def _marked_row(sheet: Any, row: BatchRow, keys: list[str], received: Received) -> list[Any]:
    cells, extras = received
    shown = [each for each in row.problems if each.get("severity") != ProblemSeverity.REPAIRED.value]
    bad = {each["column"]: each.get("severity") for each in shown}
    said = "\n".join(_said(column, group) for column, group in groupby(shown, key=lambda each: str(each["column"])))
    advice = "\n".join(dict.fromkeys(each["suggestion"] for each in shown if each.get("suggestion")))
    line = [
        text_cell(sheet, str(row.row_number)),
        text_cell(sheet, said, alignment=_WRAP),
        text_cell(sheet, advice, alignment=_WRAP),
    ]
    for key in keys:
        severity = bad.get(header_of(key))
        fill = _BAD if severity == ProblemSeverity.ERROR.value else _NOTE if severity else None
        line.append(text_cell(sheet, raw_text(cells.get(key)), fill=fill))
    line += [text_cell(sheet, f"{header}：{text}") for header, text in extras.items()]
    return line


def _said(column: str, problems: Iterable[dict[str, Any]]) -> str:
    words = "".join(str(each["detail"]) for each in problems)
    return f"{column}：{words}" if column else words


def text_cell(sheet: Any, text: str, **style: Any) -> Any:
    """A text cell, never a number or a formula: eighteen digits stay eighteen digits."""
    cell = WriteOnlyCell(sheet, value=str(escaped(_clean(text))))
    cell.data_type = "s"
    cell.number_format = "@"
    for name, value in style.items():
        if value is not None:
            setattr(cell, name, value)
    return cell


def _clean(text: str) -> str:
    """Without the control characters that a workbook cannot hold."""
    return "".join(character for character in text if character >= " " or character in "\n\t")
