"""Rows of a worksheet's XML → records: by pattern where it is written as everybody writes it, by a parser elsewhere.

A piece is text between two ends of rows. Numbers stay floats (a spreadsheet has no others), dates become YYYY-MM-DD
(with the time where there is one), formulas give the value that was last calculated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree  # expat without a document type: nothing to expand, nothing to fetch

from registry.imports.table import UNCALCULATED, Record

_NUMBER_OF_ROW = re.compile(r'\br="(\d+)"')
_HIDDEN = re.compile(r'\bhidden="(?:1|true)"')
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?'
    r'(?:/>|>(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
_ENTITY = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how a workbook writes a character that XML cannot hold
_PREFIX = re.compile(r"<(/?)[A-Za-z_][\w.-]*:|\s[A-Za-z_][\w.-]*:(?=[\w.-]+=)")
MOST_COLUMNS = 16_384
_DAYS = (datetime(1899, 12, 30), datetime(1904, 1, 1))  # noqa: DTZ001 a spreadsheet's days have no time zone


class SheetBroken(Exception):
    """The XML of a sheet is none."""


@dataclass(frozen=True)
class CellReader:
    """Reads pieces of one workbook. `string` gives a shared string by its number, `date_styles` are the numbers of cell
    formats that show a number as a date."""

    string: Callable[[int], str]
    date_styles: frozenset[str]
    is_1904: bool = False

    def records(self, piece: tuple[int, bytes]) -> tuple[list[Record], int]:
        """The rows of a piece, and how many of them are hidden. A piece comes with the number of the row before it."""
        number, data = piece
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise SheetBroken from error
        records: list[Record] = []
        hidden = 0
        for chunk in text.split("</row>")[:-1]:
            at = chunk.rfind("<row")
            begins = chunk.find(">", at) + 1
            if at < 0 or not begins:
                raise SheetBroken
            attributes = chunk[at:begins]
            stated = _NUMBER_OF_ROW.search(attributes)
            number = int(stated[1]) if stated else number + chunk.count("<row")  # with the empty rows before it
            if "hidden=" in attributes and _HIDDEN.search(attributes):
                hidden += 1
            records.append((number, self._cells(chunk[begins:])))
        return records, hidden

    def _cells(self, body: str) -> list[Any]:
        found = _CELL.findall(body)
        if len(found) != body.count("<c ") + body.count("<c>") or "<f" in body:
            return self._parsed(body)
        is_literal = "&" not in body and "_x" not in body
        cells: list[Any] = []
        add, columns, width = cells.append, _COLUMNS, 0
        for column, style, kind, value, inline in found:
            at = columns[column]
            if at != width:
                if at < width or at >= MOST_COLUMNS:
                    return self._parsed(body)
                cells += [None] * (at - width)
            if kind == "inlineStr":
                add(inline if is_literal else plain_text(inline))
            elif kind == "s" and value:
                add(self.string(int(value)))
            else:
                add(self._value(value, kind, style) if value else None)
            width = at + 1
        return cells

    def _value(self, value: str, kind: str, style: str) -> Any:
        if kind == "s":
            return self.string(int(value))
        if kind in {"", "n"}:
            return self._number(value, style)
        if kind == "b":
            return value.strip() in {"1", "true"}
        if kind == "d":
            return value.replace("T00:00:00", "").replace("T", " ")
        return plain_text(value)  # str: the text of a formula; e: #N/A and the like

    def _number(self, value: str, style: str) -> Any:
        try:
            number = float(value)
        except ValueError:
            return plain_text(value)
        if style in self.date_styles:
            return _day(number, is_1904=self.is_1904)
        return number

    def _parsed(self, body: str) -> list[Any]:
        """Cells of any wording: prefixes, formulas, rich text, cells without an address."""
        try:
            row = ElementTree.fromstring(f"<row>{_PREFIX.sub(_without_prefix, body)}</row>")  # noqa: S314 no document type here
        except ElementTree.ParseError as error:
            raise SheetBroken from error
        cells: dict[int, Any] = {}
        at = -1
        for cell in row.iter("c"):
            address = cell.get("r", "").rstrip("0123456789")
            at = _COLUMNS[address] if address else at + 1
            if at < MOST_COLUMNS:
                cells[at] = self._parsed_cell(cell)
        return [cells.get(place) for place in range(max(cells, default=-1) + 1)]

    def _parsed_cell(self, cell: ElementTree.Element) -> Any:
        value, inline = cell.find("v"), cell.find("is")
        if inline is not None:
            return _unescaped(rich_text(inline))
        if value is None or not value.text:
            return UNCALCULATED if cell.find("f") is not None and cell.get("t") != "str" else None
        kind = cell.get("t", "")
        text = value.text
        return _unescaped(text) if kind in {"str", "e"} else self._value(text, kind, cell.get("s", ""))


def rich_text(item: ElementTree.Element) -> str:
    """The runs of a text, without the readings printed above it."""
    return "".join(
        text.text or ""
        for part in item
        if part.tag in {"t", "r"}
        for text in ([part] if part.tag == "t" else part.iter("t"))
    )


def _without_prefix(match: re.Match[str]) -> str:
    return f"<{match[1]}" if match[0].startswith("<") else " "


class _Columns(dict[str, int]):
    """A → 0, AA → 26; filled as they are met."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - 64
        self[letters] = number - 1
        return number - 1


_COLUMNS = _Columns()


def plain_text(text: str) -> str:
    """A text as XML holds it."""
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    return _unescaped(text)


def _entity(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)


@lru_cache(maxsize=65_536)
def _day(number: float, *, is_1904: bool) -> str | float:
    """A serial number as a date; itself where it is none."""
    try:
        moment = _DAYS[is_1904] + timedelta(days=number)
    except (OverflowError, ValueError):
        return number
    if number < 1:  # a time of day, or 0 shown as a date
        return number
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return moment.date().isoformat() if moment.hour == moment.minute == moment.second == 0 else moment.isoformat(" ")
