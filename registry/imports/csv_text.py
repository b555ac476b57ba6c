"""CSV as it arrives: its encoding told by its content, and quotes that nobody escaped."""

import codecs
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TextIO

from registry.imports.refusal import FileRefused

_CHUNK = 1 << 20
MAX_RECORD_LINES = 50
csv.field_size_limit(1 << 24)


def detect_encoding(path: Path) -> str:
    """utf-8-sig, utf-16 or gb18030, by decoding the whole file in pieces."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise FileRefused("file_encoding", "文件编码无法识别，请另存为UTF-8或GB18030编码的csv。")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(path: Path, encoding: str) -> str:
    """The separator of the first line that has one; list files come with commas, tabs or semicolons."""
    with path.open(encoding=encoding, newline="\n") as file:
        for line in file:
            counts = {mark: line.count(mark) for mark in (",", "\t", ";", "|")}
            best = max(counts, key=lambda mark: counts[mark])
            if counts[best] >= 2:
                return best
    return ","


def records(file: TextIO, delimiter: str) -> Iterator[list[str]]:
    """Records of a CSV stream; one bad quote costs its own row, not the rest of the file.

    Lines without a quote are split directly, those with faultless quotes by the standard library. A quoted field may
    run over lines; a quote that is still open after `MAX_RECORD_LINES` lines was never meant to open anything, and its
    line is read by itself.
    """
    waiting: list[str] = []
    while True:
        line = waiting.pop(0) if waiting else file.readline()
        if not line:
            return
        if '"' not in line:
            yield line.rstrip("\r\n").split(delimiter)
            continue
        if (whole := _well_quoted(line.rstrip("\r\n"), delimiter)) is not None:
            yield whole
            continue
        held = [line]
        is_open = _is_open(held, delimiter)
        while is_open and len(held) < MAX_RECORD_LINES:
            more = waiting.pop(0) if waiting else file.readline()
            if not more:
                break
            held.append(more)
            if _closing(delimiter).search(more):  # else nothing has changed, and the whole need not be read again
                is_open = _is_open(held, delimiter)
        if is_open:
            waiting = held[1:] + waiting
            yield line.rstrip("\r\n").replace('"', "").split(delimiter)
            continue
        yield _scan("".join(held).rstrip("\r\n"), delimiter)[0]


def _well_quoted(line: str, delimiter: str) -> list[str] | None:
    """Fields of a line that is a record by itself and whose quotes are all as they should be; else None."""
    try:
        (fields,) = csv.reader((line,), delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return None
    return fields


@cache
def _closing(delimiter: str) -> re.Pattern[str]:
    """A quote where a field may end."""
    return re.compile(rf'"(?={re.escape(delimiter)}|\s*$)') if delimiter else re.compile('"')


def _is_open(lines: list[str], delimiter: str) -> bool:
    """Whether the text ends inside a field that a quote opened."""
    text = "".join(lines).rstrip("\r\n")
    return _scan(text, delimiter)[1]


def _scan(text: str, delimiter: str) -> tuple[list[str], bool]:
    """Fields of one record, and whether its last quote is still open.

    A quote opens only at the start of a field and closes only before a delimiter or the end, unless it is one of an
    escaped pair.
    """
    fields: list[str] = []
    position, end = 0, len(text)
    closing = _closing(delimiter)
    while position <= end:
        if text[position : position + 1] == '"':
            closed, start = -1, position + 1
            for match in closing.finditer(text, start):
                at = match.start()
                run = 0
                while at - 1 - run >= start and text[at - 1 - run] == '"':
                    run += 1
                if run % 2 == 0 or at - run == start:
                    closed = at
                    break
            if closed < 0:
                fields.append(text[start:].replace('""', '"'))
                return fields, True
            fields.append(text[start:closed].replace('""', '"'))
            following = text.find(delimiter, closed)
        else:
            following = text.find(delimiter, position)
            fields.append(text[position:] if following < 0 else text[position:following])
        if following < 0:
            return fields, False
        position = following + 1
    return fields, False
