"""List files as a stream of rows: .csv and .xlsx, refused as a whole or read to the end (contract.md §2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from registry.imports.columns import is_header, is_second_header
from registry.imports.csv_text import detect_encoding, records
from registry.imports.refusal import FileRefused
from registry.imports.table import ReadRow, Record, Table, completed
from registry.imports.workbook_safety import OLE_MAGIC, ZIP_MAGIC, check_workbook, describe_ole
from registry.rules.types import Problem

MAX_BYTES = 200 * 1024 * 1024
HEADER_SEARCH_ROWS = 50
PROGRESS_EVERY = 1000

Progress = Callable[[float], None]


@dataclass
class ListFile:
    """An open list file. `remarks` concern the file as a whole; `records` can be consumed once, directly or as `rows`."""

    records: Iterator[Record]
    table: Table
    header_row: int
    sheet: str = ""
    encoding: str = ""
    remarks: tuple[Problem, ...] = ()
    footers: list[int] = field(default_factory=list)

    def pieces(self, size: int) -> Iterator[Any]:
        """What is left of the file in pieces of about `size` records; `records_of` opens one."""
        while piece := list(islice(self.records, size)):
            yield piece

    @staticmethod
    def records_of(piece: Any) -> list[Record]:
        return list(piece)

    def all_remarks(self, footers: list[int]) -> list[Problem]:
        """`remarks` and what was left out on the way."""
        return [*self.remarks]

    @property
    def rows(self) -> Iterator[ReadRow]:
        """The rows under the header; footers are noted as they are met."""
        return self.table.rows(self.records, self.footers)


def open_list(path: Path, *, filename: str = "", sheet: str = "", progress: Progress | None = None) -> ListFile:
    """Open a list file or raise FileRefused.

    `filename` is the uploaded name where `path` is a temporary one; `progress` is called with a share between 0 and 1.
    """
    suffix = Path(filename or path.name).suffix.lower()
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("file_empty", "文件是空的。")
    if size > MAX_BYTES:
        raise FileRefused("file_too_large", "文件超过200MB，请拆分后上传。")
    with path.open("rb") as file:
        head = file.read(65536)
    if suffix in {".xlsm", ".xltm", ".xlsb", ".xlam"}:
        raise FileRefused("file_macro", "不接受含宏的工作簿，请另存为xlsx后上传。")
    if suffix not in {".xlsx", ".csv"}:
        raise FileRefused("file_type", "只接受xlsx和csv文件。")
    if head.startswith(OLE_MAGIC):
        raise describe_ole(head, is_called_xlsx=suffix == ".xlsx")
    if suffix == ".xlsx":
        if not head.startswith(ZIP_MAGIC):
            raise FileRefused("file_type", "文件扩展名是xlsx，内容却不是，请重新导出。")
        return _open_workbook(path, progress)
    if head.startswith(ZIP_MAGIC) or (b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise FileRefused("file_type", "文件扩展名是csv，内容却不是文本，请重新导出。")
    return _open_csv(path, size, progress)


def _open_csv(path: Path, size: int, progress: Progress | None) -> ListFile:
    encoding = detect_encoding(path)
    delimiter = _delimiter(path, encoding)
    listing = _assemble(_csv_rows(path, encoding, delimiter, size, progress))
    listing.encoding = encoding
    return listing


def _delimiter(path: Path, encoding: str) -> str:
    """The separator of the first line that has one; list files come with commas, tabs or semicolons."""
    with path.open(encoding=encoding, newline="\n") as file:
        for line in file:
            counts = {mark: line.count(mark) for mark in (",", "\t", ";", "|")}
            best = max(counts, key=lambda mark: counts[mark])
            if counts[best] >= 2:
                return best
    return ","


def _csv_rows(path: Path, encoding: str, delimiter: str, size: int, progress: Progress | None) -> Iterator[Record]:
    with path.open("rb") as binary, TextIOWrapper(binary, encoding=encoding, newline=None) as file:
        for number, cells in enumerate(records(file, delimiter), start=1):
            if progress is not None and number % PROGRESS_EVERY == 0:
                progress(min(1.0, binary.tell() / size))
            yield number, cells
    if progress is not None:
        progress(1.0)


def _open_workbook(path: Path, progress: Progress | None) -> ListFile:
    check_workbook(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        for sheet in workbook.sheets_metadata:
            if sheet.visible is not SheetVisibleEnum.Visible or sheet.typ is not SheetTypeEnum.WorkSheet:
                continue
            found = workbook.get_sheet_by_name(sheet.name)
            try:
                listing = _assemble(_sheet_rows(found, progress))
            except FileRefused:
                continue
            listing.sheet = sheet.name
            return listing
    except CalamineError as error:
        raise FileRefused("file_broken", "文件已损坏或不完整，请重新导出后上传。") from error
    raise _no_header()


def _sheet_rows(sheet: CalamineSheet, progress: Progress | None) -> Iterator[Record]:
    total = sheet.total_height or 1
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if progress is not None and number % PROGRESS_EVERY == 0:
            progress(min(1.0, number / total))
        yield number, list(cells)
    if progress is not None:
        progress(1.0)


def _assemble(records: Iterator[Record]) -> ListFile:
    """Find the header (one row, or two of which the lower completes the upper) and stream what follows."""
    for number, cells in records:
        if number > HEADER_SEARCH_ROWS:
            break
        if not is_header(cells):
            continue
        header_row, header_cells, following = number, cells, next(records, None)
        if following is not None and is_second_header(following[1]):
            header_row, header_cells = following[0], completed(cells, following[1])
            following = None
        table = Table.under(header_cells)
        body = records if following is None else chain([following], records)
        return ListFile(records=body, table=table, header_row=header_row, remarks=table.header.remarks)
    raise _no_header()


def _no_header() -> FileRefused:
    return FileRefused("file_no_header", "找不到表头：至少要有三列与模板同名，请对照模板。")
