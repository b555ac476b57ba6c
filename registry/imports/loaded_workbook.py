"""A workbook that calamine loads whole: for files that are not written as spreadsheets write them."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from registry.imports.refusal import FileRefused
from registry.imports.stream import Stream, of_lists
from registry.imports.table import Record

LOADED_AT_MOST = 150_000_000  # bytes unpacked: some 600 MB of memory
_PIECE = 1_000


def sheets(path: Path) -> list[tuple[str, bool, Stream]]:
    """Name, visibility and records of every worksheet. Raises FileRefused."""
    broken = FileRefused("file_broken", "文件已损坏或不完整，请重新导出后上传。")
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LOADED_AT_MOST:
            raise broken
    try:
        book = CalamineWorkbook.from_path(path)
        return [
            (
                sheet.name,
                sheet.visible is SheetVisibleEnum.Visible,
                of_lists(_pieces(book.get_sheet_by_name(sheet.name))),
            )
            for sheet in book.sheets_metadata
            if sheet.typ is SheetTypeEnum.WorkSheet
        ]
    except CalamineError as error:
        raise broken from error


def _pieces(sheet: CalamineSheet) -> Iterator[list[Record]]:
    rows = enumerate(sheet.iter_rows(), start=1)
    while piece := [(number, [_cell(cell) for cell in cells]) for number, cells in islice(rows, _PIECE)]:
        yield piece


def _cell(cell: Any) -> Any:
    """Dates as the stream writes them; durations and times of day as text."""
    if isinstance(cell, str | float | int):
        return cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
