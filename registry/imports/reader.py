"""List files as a stream of rows: .csv and .xlsx, refused as a whole or read to the end (contract.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from registry.imports import loaded_workbook
from registry.imports.columns import is_header, is_second_header
from registry.imports.csv_text import delimiter_of, detect_encoding, records
from registry.imports.refusal import FileRefused
from registry.imports.stream import Stream, of_lists
from registry.imports.table import ReadRow, Record, Table, completed
from registry.imports.workbook import StrangeWorkbook, Workbook
from registry.imports.workbook_safety import OLE_MAGIC, ZIP_MAGIC, check_workbook, describe_ole
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

MAX_BYTES = 200 * 1024 * 1024
HEADER_SEARCH_ROWS = 50
CSV_PIECE = 1_000  # records; pieces of a sheet are of some 800
FOOTERS_SHOWN = 5

Progress = Callable[[float], None]


@dataclass
class ListFile:
    """An open list file, to be read once: as `rows` here, or as pieces of `stream` in any process.

    `remarks` concern the file as a whole; `sheet` is the worksheet, `others` are those that carry a list too.
    """

    table: Table
    header_row: int
    stream: Stream
    sheet: str = ""
    others: tuple[str, ...] = ()
    encoding: str = ""
    remarks: tuple[Problem, ...] = ()
    footers: list[int] = field(default_factory=list)

    @property
    def rows(self) -> Iterator[ReadRow]:
        """The rows under the header; footers are noted as they are met."""
        return self.table.rows(self.stream, self.footers)

    def all_remarks(self, *, footers: list[int], hidden: int) -> list[Problem]:
        """`remarks`, and what was found on the way: numbers of the rows that are none, and how many were hidden."""
        return [*self.remarks, *_found_on_the_way(self.others, footers, hidden)]


def _found_on_the_way(others: tuple[str, ...], footers: list[int], hidden: int) -> Iterator[Problem]:
    said = partial(Problem, "", severity=ProblemSeverity.WARNING)
    if others:
        detail = f"还有{len(others)}个工作表也有名单，没有读取：{'、'.join(others)[:200]}。"
        yield said(code=ProblemCode.SHEETS_NOT_READ, detail=detail, suggestion="如需报送，请另行上传并选择该工作表")
    if footers:
        shown = "、".join(map(str, footers[:FOOTERS_SHOWN]))
        which = f"第{shown}{'等' if len(footers) > FOOTERS_SHOWN else ''}行"
        detail = f"有{len(footers)}行是合计、说明或落款，不作名单读取：{which}。"
        yield said(code=ProblemCode.FOOTERS_LEFT_OUT, detail=detail)
    if hidden:
        yield said(code=ProblemCode.HIDDEN_ROWS_READ, detail=f"有{hidden}行在表格里是隐藏的，也已读取。")


def open_list(path: Path, *, filename: str = "", sheet: str = "", progress: Progress | None = None) -> ListFile:
    """Open a list file or raise FileRefused.

    `filename` is the uploaded name where `path` is a temporary one; `sheet` names the worksheet ("" the first that
    carries a list); `progress` is called with a share between 0 and 1.
    """
    if _suffix(path, filename) == ".csv":
        return _open_csv(path, progress)
    check_workbook(path)
    try:
        return _open_workbook(path, sheet, progress)
    except StrangeWorkbook:
        found = [(name, shown, _assemble(stream)) for name, shown, stream in loaded_workbook.sheets(path)]
        return _chosen(found, sheet)


def _suffix(path: Path, filename: str) -> str:
    """.csv or .xlsx, by name and by content; FileRefused for everything else."""
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
        raise describe_ole(path, is_called_xlsx=suffix == ".xlsx")
    if suffix == ".xlsx":
        if not head.startswith(ZIP_MAGIC):
            raise FileRefused("file_type", "文件扩展名是xlsx，内容却不是，请重新导出。")
    elif head.startswith(ZIP_MAGIC) or (b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise FileRefused("file_type", "文件扩展名是csv，内容却不是文本，请重新导出。")
    return suffix


def _open_csv(path: Path, progress: Progress | None) -> ListFile:
    encoding = detect_encoding(path)
    found = _assemble(of_lists(_csv_pieces(path, encoding, delimiter_of(path, encoding), progress)))
    if found is None:
        raise _no_header()
    found.encoding = encoding
    return found


def _csv_pieces(path: Path, encoding: str, delimiter: str, progress: Progress | None) -> Iterator[list[Record]]:
    size = path.stat().st_size
    with path.open("rb") as binary, TextIOWrapper(binary, encoding=encoding, newline=None) as file:
        numbered = enumerate(records(file, delimiter), start=1)
        while piece := list(islice(numbered, CSV_PIECE)):
            if progress is not None:
                progress(min(1.0, binary.tell() / size))
            yield piece


def _open_workbook(path: Path, wanted: str, progress: Progress | None) -> ListFile:
    book = Workbook(path)
    found = [
        (part.name, part.is_visible, _assemble(Stream(book.pieces(part), book.records, book.strings.load)))
        for part in book.sheets
    ]
    book.progress = progress
    return _chosen(found, wanted)


def _chosen(found: list[tuple[str, bool, ListFile | None]], wanted: str) -> ListFile:
    """The wanted one of the sheets that carry a list; hidden ones count only where no visible one does."""
    carrying = [(name, is_visible, file) for name, is_visible, file in found if file is not None]
    shown = {name: file for name, is_visible, file in carrying if is_visible}
    files = shown or {name: file for name, _, file in carrying}
    if not files:
        raise _no_header()
    name = wanted or next(iter(files))
    if name not in files:
        raise FileRefused("sheet_unknown", "文件里没有这个工作表，或其中没有名单。")
    file = files[name]
    file.sheet, file.others = name, tuple(other for other in files if other != name)
    return file


def _assemble(stream: Stream) -> ListFile | None:
    """Find the header (one row, or two of which the lower completes the upper); what follows stays in the stream."""
    for number, cells in stream:
        if number > HEADER_SEARCH_ROWS:
            break
        if not is_header(cells):
            continue
        header_row, header_cells, following = number, cells, next(stream, None)
        if following is not None and is_second_header(following[1]):
            header_row, header_cells = following[0], completed(cells, following[1])
        elif following is not None:
            stream.put_back(following)
        table = Table.under(header_cells)
        return ListFile(table, header_row, stream, remarks=table.header.remarks)
    return None


def _no_header() -> FileRefused:
    return FileRefused("file_no_header", "找不到表头：至少要有三列与模板同名，请对照模板。")
