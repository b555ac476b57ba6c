"""Records of a file as the staging tables take them: read, digested, encrypted, in the text that COPY reads.

Nothing here touches the database: a chunk of records becomes bytes, in this process or in another (imports/hands.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from os import urandom
from time import process_time, time_ns
from typing import Any, NamedTuple
from uuid import UUID

from core.crypto import encrypt, encrypt_many
from registry.choices import RowVerdict
from registry.imports.copy_text import NULL, array_of, bytes_of, escaped, is_plain
from registry.imports.courts import CourtScope
from registry.imports.digests import Digests
from registry.imports.facts import digest_of
from registry.imports.normalise import normalise_row
from registry.imports.received import as_received
from registry.imports.refusal import FileRefused
from registry.imports.rows import NormalisedRow
from registry.imports.stream import Opened
from registry.imports.table import Table
from registry.models import BatchRow
from registry.rules.types import Identified, Problem, ProblemSeverity, RowOperation

# Texts as they are, then what COPY takes as it is written here.
TEXTS = (
    "name", "name_key", "area", "case_number", "case_key", "basis_number", "basis_issuer", "obligation",
    "performed_part", "unperformed_part", "decision_number", "id_masked", "representative_name",
    "representative_name_key", "representative_id_masked", "exit_ground_text", "exit_document",
)  # fmt: skip
COLUMNS = (
    *TEXTS, "batch_id", "row_number", "operation", "verdict", "court_id", "kind", "id_type", "id_is_masked", "sex",
    "age", "filed_on", "performance", "circumstances", "published_on", "decided_on", "term_ends_on", "publishable",
    "content_digest", "id_value", "aliases", "representative_id_type", "representative_id_value", "exit_ground",
    "exit_on", "problems", "is_repaired", "new_listing_id", "new_subject_id", "subject_key", "alt_key", "is_identified",
    "key_digests", "key_kinds", "representative_digests", "representative_kinds",
)  # fmt: skip
RECEIVED_COLUMNS = ("batch_id", "first_row", "last_row", "content")
_WIDTHS = {
    str(column.column): column.max_length
    for column in BatchRow._meta.concrete_fields
    if column.max_length and column.get_internal_type() == "CharField"
}
_TEXT_WIDTHS = [_WIDTHS.get(column) for column in TEXTS]
LONGEST_ALIAS, LONGEST_GROUND = 200, 300


@dataclass(frozen=True)
class Desk:
    """What every row of a batch is read against. `courts` maps court codes to primary keys; records up to number
    `after` stand already; `opened` makes a piece of the file into records; `addition` is the verdict that most
    additions will get, so that the plan need not write it."""

    batch_id: UUID
    table: Table
    scope: CourtScope
    courts: Mapping[str, int]
    today: date
    opened: Callable[[Any], Opened]
    after: int = 0
    addition: str = RowVerdict.ADD.value
    _court_ids: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def court_id(self, code: str) -> str:
        """The primary key of a court as COPY takes it; NULL where the code is none of the scope."""
        found = self._court_ids.get(code)
        if found is None:
            found = self._court_ids[code] = str(self.courts[code]) if code in self.courts else NULL
        return found


class Staged(NamedTuple):
    """A chunk, ready for COPY: `rows` for registry_batchrow, `received` for registry_receivedrows.

    `footers` are the numbers of records that are no rows, `hidden` counts hidden ones; seconds of processor time;
    `refused` is the code and the sentence where the piece shows that the file is broken.
    """

    rows: bytes = b""
    received: bytes = b""
    total: int = 0
    footers: Sequence[int] = ()
    hidden: int = 0
    normalise: float = 0.0
    crypto: float = 0.0
    refused: tuple[str, str] | None = None


def stage(piece: Any, desk: Desk) -> Staged:
    """One piece of the file, read."""
    started, footers = process_time(), list[int]()
    try:
        records, hidden = desk.opened(piece)
    except FileRefused as refusal:
        return Staged(refused=(refusal.code, refusal.sentence))
    read = [row for row in desk.table.rows(records, footers) if row.number > desk.after]
    if not read:
        return Staged(footers=footers, hidden=hidden, normalise=process_time() - started)
    scope, today = desk.scope, desk.today
    rows = []
    for each in read:
        row = normalise_row(each.cells, court=scope, today=today, row_number=each.number)
        if each.problems:
            row.problems = (*each.problems, *row.problems)
        rows.append(row)
    digests = Digests(rows)
    normalised = process_time()
    digests.compute()
    values = _encrypted([row.identified for row in rows])
    others = _encrypted([row.representative_identified for row in rows])
    numbers = {row.row_number for row in rows}
    content = encrypt(as_received(desk.table, [record for record in records if record[0] in numbers]))
    block = "\t".join((str(desk.batch_id), str(read[0].number), str(read[-1].number), bytes_of(content))) + "\n"
    sealed = process_time()
    ids = _new_ids(2 * len(rows))
    batch_id = str(desk.batch_id)
    lines = [
        _line(
            row,
            batch_id,
            desk.court_id(row.court_code),
            value,
            other,
            next(ids),
            next(ids),
            digests.of(at),
            desk.addition,
        )
        for at, (row, value, other) in enumerate(zip(rows, values, others, strict=True))
    ]
    lines.append("")
    written = "\n".join(lines).encode()
    spent = process_time() - sealed + normalised - started
    return Staged(written, block.encode(), len(rows), footers, hidden, spent, sealed - normalised)


def _encrypted(identified: list[Identified]) -> list[str]:
    """Ciphertexts of full identifiers as COPY takes them; NULL for the others."""
    full = [(index, each.canonical) for index, each in enumerate(identified) if each.canonical and each.is_full]
    written = [NULL] * len(identified)
    for (index, _), data in zip(full, encrypt_many([text for _, text in full]), strict=True):
        written[index] = bytes_of(data)
    return written


def _new_ids(count: int) -> Iterator[str]:
    """Time-ordered UUIDs (RFC 9562 §5.7) in ascending order: milliseconds, a counter in place of their fraction."""
    now, randoms = time_ns() // 1_000_000, urandom(8 * count).hex()
    for number in range(count):
        head, at = f"{now + (number >> 12):012x}7{number & 4095:03x}", 16 * number
        yield f"{head}{'89ab'[int(randoms[at], 16) & 3]}{randoms[at + 1 : at + 16]}"


class _Dates(dict[date | None, str]):
    def __missing__(self, day: date | None) -> str:
        if len(self) > 50_000:
            self.clear()
        self[day] = text = "" if day is None else day.isoformat()
        return text


_DATES = _Dates()


def _line(
    row: NormalisedRow,
    batch_id: str,
    court: str,
    value: str,
    other_value: str,
    listing: str,
    subject: str,
    keys: str,
    addition: str,
) -> str:
    """A row in the order of `COLUMNS`; `addition` is what an addition is taken for until the plan is made."""
    identified, other, problems = row.identified, row.representative_identified, row.problems
    is_rejected = bool(problems) and row.is_rejected
    has_representative = bool(row.representative_name) and other.problem is None
    ground = row.exit_ground_text
    texts: tuple[str, ...] = (
        row.name, row.name_key, row.area, row.case_number, row.case_key, row.basis_number, row.basis_issuer,
        row.obligation, row.performed_part, row.unperformed_part, row.decision_number, identified.masked_display,
        row.representative_name, row.representative_name_key, other.masked_display if has_representative else "",
        ground if len(ground) <= LONGEST_GROUND else ground[:LONGEST_GROUND], row.exit_document,
    )  # fmt: skip
    if is_rejected:  # only shown: what does not fit its column is cut
        texts = tuple(text[:width] for text, width in zip(texts, _TEXT_WIDTHS, strict=True))
    plain = "\t".join(texts)
    if not is_plain(plain, len(TEXTS) - 1):
        plain = "\t".join(map(escaped, texts))
    kind = row.kind or ""
    age = "" if row.age is None else str(row.age)
    circumstances = ",".join(row.circumstances)
    filed, published, decided, ends = (
        _DATES[row.filed_on], _DATES[row.published_on], _DATES[row.decided_on], _DATES[row.term_ends_on],
    )  # fmt: skip
    digest = digest_of(
        (kind, row.name, row.sex, age, row.area, row.case_number, filed, row.basis_number, row.basis_issuer,
         row.obligation, row.performance, row.performed_part, row.unperformed_part, circumstances, published,
         row.decision_number, decided, ends, "true" if row.publishable else "false")
    )  # fmt: skip
    if is_rejected:
        verdict: str = RowVerdict.REJECTED
    else:  # what most additions turn out to be: the plan then has nothing to write
        verdict = addition if row.operation is RowOperation.ADD else ""
    said, is_repaired = _problems(problems) if problems else ("[]", "f")
    return "\t".join(
        (
            plain, batch_id, str(row.row_number), row.operation, verdict, court, kind, identified.type or "",
            "t" if identified.is_masked else "f", row.sex, age or NULL, filed or NULL, row.performance,
            f"{{{circumstances}}}", published or NULL, decided or NULL, ends or NULL, "t" if row.publishable else "f",
            bytes_of(digest), value, array_of(row.aliases, LONGEST_ALIAS) if row.aliases else "{}",
            (other.type or "") if has_representative else "", other_value if has_representative else NULL,
            row.exit_ground or "", _DATES[row.exit_on] or NULL, said, is_repaired, listing, subject, keys,
        )
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _problems(problems: tuple[Problem, ...]) -> tuple[str, str]:
    """The remarks of a row as COPY takes them, and whether one of them is a repair."""
    told = escaped(json.dumps([problem_json(problem) for problem in problems], ensure_ascii=False))
    return told, "t" if any(problem.severity is ProblemSeverity.REPAIRED for problem in problems) else "f"


def problem_json(problem: Problem) -> dict[str, str]:
    """A remark as it is stored with its row."""
    return {
        "column": problem.column,
        "code": problem.code.value,
        "severity": problem.severity.value,
        "detail": problem.detail,
        "suggestion": problem.suggestion,
    }
