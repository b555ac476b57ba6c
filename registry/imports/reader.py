"""List files as a stream of rows: .csv and .xlsx, refused as a whole or read to the end (contract.md §2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from registry.imports.columns import Header, is_header, is_second_header, read_header
from registry.imports.csv_text import detect_encoding, records
from registry.imports.refusal import FileRefused
from registry.imports.workbook_safety import OLE_MAGIC, ZIP_MAGIC, check_workbook, describe_ole
from registry.rules.text import compact
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

MAX_BYTES = 200 * 1024 * 1024
HEADER_SEARCH_ROWS = 50
PROGRESS_EVERY = 1000

_FOOTERS = (
    "合计",
    "总计",
    "小计",
    "共计",
    "说明",
    "备注",
    "注:",
    "注1",
    "制表",
    "填报",
    "审核人",
    "以上",
    "打印",
    "统计",
)

_FOOTER_CELLS = 3

Progress = Callable[[float], None]


class ReadRow(NamedTuple):
    """One row: its number in the file as a spreadsheet counts, raw cells by column key, and the unknown columns.

    Empty cells are left out of both. `problems` are about the row's shape.
    """

    number: int
    cells: dict[str, object]
    extras: dict[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass
class ListFile:
    """An open list file. `remarks` concern the file as a whole; `rows` can be consumed once."""

    rows: Iterator[ReadRow]
    header: Header
    header_row: int
    sheet: str = ""
    encoding: str = ""
    remarks: tuple[Problem, ...] = ()
    footers: list[int] = field(default_factory=list)


def open_list(path: Path, *, filename: str = "", progress: Progress | None = None) -> ListFile:
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


def _csv_rows(
    path: Path, encoding: str, delimiter: str, size: int, progress: Progress | None
) -> Iterator[tuple[int, list[str]]]:
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


def _sheet_rows(sheet: CalamineSheet, progress: Progress | None) -> Iterator[tuple[int, list[object]]]:
    total = sheet.total_height or 1
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if progress is not None and number % PROGRESS_EVERY == 0:
            progress(min(1.0, number / total))
        yield number, list(cells)
    if progress is not None:
        progress(1.0)


def _assemble(rows: Iterator[tuple[int, list[str]]] | Iterator[tuple[int, list[object]]]) -> ListFile:
    """Find the header (one row, or two of which the lower completes the upper) and stream what follows."""
    stream: Iterator[tuple[int, list[object]]] = ((number, list(cells)) for number, cells in rows)
    for number, cells in stream:
        if number > HEADER_SEARCH_ROWS:
            break
        if not is_header(cells):
            continue
        header_row, header_cells, following = number, cells, next(stream, None)
        if following is not None and is_second_header(following[1]):
            header_row, header_cells = following[0], _completed(cells, following[1])
            following = None
        header = read_header(header_cells)
        listing = ListFile(rows=iter(()), header=header, header_row=header_row, remarks=header.remarks)
        body = stream if following is None else chain([following], stream)
        listing.rows = _read_rows(body, header, header_cells, listing.footers)
        return listing
    raise _no_header()


def _completed(upper: list[object], lower: list[object]) -> list[object]:
    """Two header rows as one: a merged cell stands above, its parts below."""
    return [low or high for high, low in zip_longest(upper, lower, fillvalue="")]


def _no_header() -> FileRefused:
    return FileRefused("file_no_header", "找不到表头：至少要有三列与模板同名，请对照模板。")


def _read_rows(
    rows: Iterator[tuple[int, list[object]]], header: Header, header_cells: list[object], footers: list[int]
) -> Iterator[ReadRow]:
    known, unknown = list(header.known.items()), list(header.unknown.items())
    for number, cells in rows:
        width = len(cells)
        filled = {key: cells[at] for at, key in known if at < width and _is_filled(cells[at])}
        extras = {text: str(cells[at]) for at, text in unknown if at < width and _is_filled(cells[at])}
        if not filled and not extras and not any(_is_filled(cell) for cell in cells[header.width :]):
            continue
        if cells == header_cells:
            continue
        if len(filled) + len(extras) <= _FOOTER_CELLS and _is_footer(cells):
            footers.append(number)
            continue
        for (
            at,
            key,
        ) in header.repeated.items():  # 身份证号码 beside 组织机构代码: the second speaks where the first is empty
            if key not in filled and at < width and _is_filled(cells[at]):
                filled[key] = cells[at]
        problems: tuple[Problem, ...] = ()
        if width > header.width and any(_is_filled(cell) for cell in cells[header.width :]):
            problems = (
                Problem(
                    "", ProblemCode.ROW_MALFORMED, ProblemSeverity.ERROR,
                    f"该行有{width}列，表头只有{header.width}列，可能是引号或逗号错位。", "请核对该行的引号和逗号",
                ),
            )  # fmt: skip
        yield ReadRow(number, filled, extras, problems)


def _is_filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or (cell != "" and not cell.isspace()))


def _is_footer(cells: list[object]) -> bool:
    """Totals, notes and signatures below the table: few cells, the first begins like one."""
    texts = [cell for cell in cells if _is_filled(cell)]
    return len(texts) <= _FOOTER_CELLS and isinstance(texts[0], str) and compact(texts[0]).startswith(_FOOTERS)
