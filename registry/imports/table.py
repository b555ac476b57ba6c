"""The list inside a file: from its header on, records become rows, and what is no row is told apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from registry.imports.columns import Header, header_of, read_header
from registry.rules.text import compact
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

UNCALCULATED = "（公式没有计算结果）"  # what stands for a formula that was saved without its value
Record = tuple[int, list[Any]]  # number in the file as a spreadsheet counts, cells as they stand

_FOOTERS = (
    "合计", "总计", "小计", "共计", "说明", "备注", "注:", "注1", "制表", "填报", "审核人", "以上", "打印", "统计",
)  # fmt: skip
_FOOTER_CELLS = 3


class ReadRow(NamedTuple):
    """One row: its number in the file as a spreadsheet counts, raw cells by column key, and the unknown columns.

    Empty cells are left out of both. `problems` are about the row's shape.
    """

    number: int
    cells: dict[str, object]
    extras: dict[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Table:
    """A header and how the records under it are read."""

    header: Header
    header_cells: list[Any]
    keys: tuple[str | None, ...]

    @classmethod
    def under(cls, header_cells: list[Any]) -> "Table":
        header = read_header(header_cells)
        return cls(header, header_cells, tuple(header.known.get(at) for at in range(header.width)))

    def rows(self, records: Iterable[Record], footers: list[int]) -> Iterator[ReadRow]:
        """The rows among the records; numbers of totals, notes and signatures go to `footers`. Empty records and
        repetitions of the header are neither."""
        keys, header_cells, width = self.keys, self.header_cells, self.header.width
        unknown, repeated = list(self.header.unknown.items()), list(self.header.repeated.items())
        for number, cells in records:
            filled: dict[str, object] = {
                key: cell
                for key, cell in zip(keys, cells, strict=False)
                if cell is not None
                and cell != ""
                and key is not None
                and (cell.__class__ is not str or not cell.isspace())
            }
            length = len(cells)
            extras = {text: str(cells[at]) for at, text in unknown if at < length and is_filled(cells[at])}
            overflows = length > width and any(map(is_filled, cells[width:]))
            if len(filled) + len(extras) <= _FOOTER_CELLS:
                if not filled and not extras and not overflows:
                    continue
                if is_footer(cells):
                    footers.append(number)
                    continue
            if cells == header_cells:
                continue
            for at, key in repeated:  # 身份证号码 beside 组织机构代码: the second speaks where the first is empty
                if key not in filled and at < length and is_filled(cells[at]):
                    filled[key] = cells[at]
            problems = self._overflow(length) if overflows else ()
            if UNCALCULATED in cells:
                problems += _take_uncalculated(filled)
            yield ReadRow(number, filled, extras, problems)

    def _overflow(self, length: int) -> tuple[Problem, ...]:
        detail = f"该行有{length}列，表头只有{self.header.width}列，可能是引号或逗号错位。"
        return (Problem("", ProblemCode.ROW_MALFORMED, ProblemSeverity.ERROR, detail, "请核对该行的引号和逗号"),)


def _take_uncalculated(filled: dict[str, object]) -> tuple[Problem, ...]:
    """Take formulas without a value out of a row, and say so."""
    columns = [key for key, cell in filled.items() if cell == UNCALCULATED]
    for key in columns:
        del filled[key]
    detail, hint = "单元格是公式，文件里没有它的计算结果。", "请用表格软件打开并保存一次，或改填数值"
    return tuple(
        Problem(header_of(key), ProblemCode.FORMULA_WITHOUT_VALUE, ProblemSeverity.ERROR, detail, hint)
        for key in columns
    )


def is_filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or (cell != "" and not cell.isspace()))


def is_footer(cells: Sequence[object]) -> bool:
    """Totals, notes and signatures below the table: few cells, the first begins like one."""
    texts = [cell for cell in cells if is_filled(cell)]
    return 0 < len(texts) <= _FOOTER_CELLS and isinstance(texts[0], str) and compact(texts[0]).startswith(_FOOTERS)


def completed(upper: list[Any], lower: list[Any]) -> list[Any]:
    """Two header rows as one: a merged cell stands above, its parts below."""
    return [low or high for high, low in zip_longest(upper, lower, fillvalue="")]
