"""An .xlsx as a stream: its sheets, and the rows of one as pieces of XML that any process can read.

Memory holds one piece and the shared strings. What is not written as spreadsheets write it (prefixed names, UTF-16) is
`StrangeWorkbook`; imports/reader.py then tries calamine, which loads the sheet (docs/decisions/0015).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree  # documents with a type are refused before they come here

from registry.imports.refusal import FileRefused
from registry.imports.sheet_cells import CellReader, SheetBroken, plain_text, rich_text
from registry.imports.table import Record

_PIECE = 1 << 20
_FIRST = 1 << 16
_LARGEST_PART = 64 << 20  # workbook, relations, styles
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_PLAIN_STRING = re.compile(rb'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_STRING = re.compile(rb"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_EMPTY_ROWS = re.compile(rb"<row\b[^>]*/>")


class StrangeWorkbook(Exception):
    """Perhaps a workbook, but not written as one is."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its name, its part of the archive, whether it is shown."""

    name: str
    part: str
    is_visible: bool


@contextmanager
def reading_errors() -> Iterator[None]:
    """What a damaged archive raises, as a refusal."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, SheetBroken) as error:
        raise broken() from error


def broken() -> FileRefused:
    return FileRefused("file_broken", "文件已损坏或不完整，请重新导出后上传。")


class SharedStrings:
    """The texts that cells name by number: one block of bytes and where each begins. Read as far as asked for."""

    def __init__(self, archive: zipfile.ZipFile, part: str) -> None:
        self._blob = bytearray()
        self._starts = array("Q", [0])
        self._blocks = self._read(archive, part) if part in archive.namelist() else iter(())
        self._known: dict[int, str] = {}

    def get(self, number: int) -> str:
        """Raises SheetBroken for a number that no text has."""
        found = self._known.get(number)
        if found is None:
            while number + 1 >= len(self._starts):
                if next(self._blocks, None) is None:
                    raise SheetBroken
            if len(self._known) > 50_000:
                self._known.clear()
            found = self._blob[self._starts[number] : self._starts[number + 1]].decode()
            self._known[number] = found
        return found

    def load(self) -> None:
        """Read the rest. Raises FileRefused."""
        with reading_errors():
            for _ in self._blocks:
                continue

    def _read(self, archive: zipfile.ZipFile, part: str) -> Iterator[bool]:
        for block in _cut(archive, part, b"</si>"):
            texts = _PLAIN_STRING.findall(block)
            if len(texts) != block.count(b"<si") or b"&" in block or b"_x" in block:
                texts = [_string(item) for item in _STRING.findall(block)]
            for text in texts:
                self._blob += text
                self._starts.append(len(self._blob))
            yield True


def _string(item: bytes) -> bytes:
    plain = _PLAIN_STRING.fullmatch(item)
    try:
        if plain:
            return plain_text(plain[1].decode()).encode()
        return plain_text(rich_text(ElementTree.fromstring(item))).encode()  # noqa: S314 one element
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise SheetBroken from error


class Workbook:
    """An open workbook. Raises FileRefused for a damaged one, StrangeWorkbook for one that is none of the usual."""

    def __init__(self, path: Path) -> None:
        with reading_errors():
            self._archive = zipfile.ZipFile(path)
            root = self._part("xl/workbook.xml")
            targets = self._targets()
            self.sheets = [
                SheetPart(sheet.get("name", ""), targets[relation], sheet.get("state", "visible") == "visible")
                for sheet in root.iter(f"{_name(root)}sheet")
                if (relation := _relation(sheet)) in targets
            ]
            settings = root.find(f"{_name(root)}workbookPr")
            is_1904 = settings is not None and settings.get("date1904") in {"1", "true"}
            self.strings = SharedStrings(self._archive, targets.get("strings", "xl/sharedStrings.xml"))
            styles = self._date_styles(targets.get("styles", "xl/styles.xml"))
        if not self.sheets:
            raise StrangeWorkbook
        self._cells = CellReader(self.strings.get, styles, is_1904)
        self.progress: Callable[[float], None] | None = None

    def _part(self, name: str) -> ElementTree.Element:
        if name not in self._archive.namelist() or self._archive.getinfo(name).file_size > _LARGEST_PART:
            raise StrangeWorkbook
        data = self._archive.read(name)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise broken()
        try:
            return ElementTree.fromstring(data)  # noqa: S314 no document type
        except ElementTree.ParseError as error:
            raise broken() from error

    def _targets(self) -> dict[str, str]:
        """Parts by relation; the worksheets' by id, the others' by what they are."""
        found = {}
        for relation in self._part("xl/_rels/workbook.xml.rels"):
            kind, target = relation.get("Type", ""), relation.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            if kind.endswith("/worksheet"):
                found[relation.get("Id", "")] = part
            elif kind.endswith("/sharedStrings"):
                found["strings"] = part
            elif kind.endswith("/styles"):
                found["styles"] = part
        return found

    def _date_styles(self, part: str) -> frozenset[str]:
        if part not in self._archive.namelist():
            return frozenset()
        root = self._part(part)
        space = _name(root)
        custom = {
            each.get("numFmtId", ""): _shows_date(each.get("formatCode", "")) for each in root.iter(f"{space}numFmt")
        }
        formats = root.find(f"{space}cellXfs")
        return frozenset(
            str(number)
            for number, each in enumerate(formats if formats is not None else ())
            if custom.get(code := each.get("numFmtId", "0"), code.isdigit() and int(code) in _BUILT_IN_DATES)
        )

    def pieces(self, sheet: SheetPart) -> Iterator[tuple[int, bytes]]:
        """The rows of a sheet: pieces of XML that end with a row, each with the number of rows before it."""
        if sheet.part not in self._archive.namelist():
            raise StrangeWorkbook
        rows = 0
        with reading_errors():
            for piece in _cut(self._archive, sheet.part, b"</row>", after=b"<sheetData", progress=self._tell):
                yield rows, piece
                rows += piece.count(b"<row")

    def records(self, piece: tuple[int, bytes]) -> tuple[list[Record], int]:
        """The rows of a piece, and how many of them are hidden. Raises FileRefused."""
        with reading_errors():
            return self._cells.records(piece)

    def _tell(self, share: float) -> None:
        if self.progress is not None:
            self.progress(share)


def _cut(
    archive: zipfile.ZipFile,
    part: str,
    end: bytes,
    *,
    after: bytes = b"",
    progress: Callable[[float], None] | None = None,
) -> Iterator[bytes]:
    """A part in pieces that end with `end`, from where `after` stands."""
    size = archive.getinfo(part).file_size or 1
    with archive.open(part) as stream:
        kept, done, is_inside = b"", 0, not after
        while block := stream.read(_PIECE if done else _FIRST):
            if not done and (block.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<!DOCTYPE" in block):
                raise StrangeWorkbook
            done += len(block)
            kept += block
            if progress is not None:
                progress(min(1.0, done / size))
            if not is_inside:
                if (at := kept.find(after)) < 0:
                    continue
                kept, is_inside = kept[at:], True
            if (last := kept.rfind(end)) >= 0:
                last += len(end)
                yield kept[:last]
                kept = kept[last:]
            elif len(kept) > 8 * _PIECE:
                kept = _without_empty_rows(kept)
        if not is_inside:
            raise StrangeWorkbook


def _without_empty_rows(kept: bytes) -> bytes:
    """What follows the last of many empty rows; a row that never ends is no row."""
    ends = [match.end() for match in _EMPTY_ROWS.finditer(kept)]
    if not ends:
        raise SheetBroken
    return kept[ends[-1] :]


def _name(root: ElementTree.Element) -> str:
    """The namespace of a part, as ElementTree writes it before names."""
    return root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""


def _relation(sheet: ElementTree.Element) -> str:
    return next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")


def _shows_date(code: str) -> bool:
    """Whether a number format has a year, a month or a day in it."""
    plain = _LITERAL.sub("", code.split(";", maxsplit=1)[0]).lower()
    has_day = "general" not in plain and any(letter in plain for letter in "yd年月日")
    return has_day or "mm" in plain.replace(":mm", "")
