"""Rows of a file into the staging table: normalised, digested and encrypted in chunks, written by COPY."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from io import StringIO
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from core.crypto import blind_index_many, encrypt_many
from core.ids import uuid7
from registry.choices import KeyKind, RowVerdict
from registry.imports.courts import CourtScope
from registry.imports.facts import facts_digest
from registry.imports.normalise import normalise_row
from registry.imports.reader import ReadRow
from registry.imports.rows import NormalisedRow
from registry.models import BatchRow
from registry.rules.identifiers import identity_keys
from registry.rules.types import (
    Identified,
    PartyKind,
    Problem,
    ProblemSeverity,
    RowOperation,
)
from registry.services.identity import unidentified_text, with_kinds

CHUNK = 5_000
COLUMNS = (
    "batch_id", "row_number", "operation", "verdict", "court_id", "kind", "name", "name_key", "id_type", "id_masked",
    "id_is_masked", "sex", "age", "area", "case_number", "case_key", "filed_on", "basis_number", "basis_issuer",
    "obligation", "performance", "performed_part", "unperformed_part", "circumstances", "published_on",
    "decision_number", "decided_on", "term_ends_on", "publishable", "content_digest", "subject_key", "alt_key",
    "is_identified", "id_value", "key_digests", "key_kinds", "aliases", "representative_name",
    "representative_name_key", "representative_id_type", "representative_id_value", "representative_id_masked",
    "representative_digests", "representative_kinds", "exit_ground", "exit_ground_text", "exit_document", "exit_on",
    "problems", "is_repaired", "raw", "new_listing_id", "new_subject_id",
)  # fmt: skip
# A rejected row is only shown: what does not fit its column is cut.
_WIDTHS = {
    str(field.column): field.max_length
    for field in BatchRow._meta.concrete_fields
    if field.max_length and field.get_internal_type() == "CharField"
}
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def chunks(rows: Iterable[ReadRow]) -> Iterator[list[ReadRow]]:
    """Rows in lists of at most 5,000: what is in memory at a time."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def stage(rows: list[ReadRow], *, batch_id: UUID, scope: CourtScope, courts: dict[str, int], today: date) -> int:
    """Write one chunk to `registry_batchrow`; return how many rows. `courts` maps court codes to primary keys."""
    normalised = []
    for read in rows:
        row = normalise_row(read.cells, court=scope, today=today, row_number=read.number)
        if read.problems:
            row.problems = (*read.problems, *row.problems)
        normalised.append(row)
    keys = _Keys(normalised)
    raws = encrypt_many([json.dumps({**_raw(row)}, ensure_ascii=False, default=str) for row in rows])
    values = _encrypted([row.identified for row in normalised])
    representatives = _encrypted([row.representative_identified for row in normalised])
    buffer = StringIO()
    for index, row in enumerate(normalised):
        record = _record(row, keys.of(index), values[index], representatives[index], raws[index], str(batch_id), courts)
        buffer.write("\t".join(record))
        buffer.write("\n")
    buffer.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY registry_batchrow ({', '.join(COLUMNS)}) FROM STDIN", buffer)
    return len(normalised)


def _raw(row: ReadRow) -> dict[str, Any]:
    """The row as received: cells by column key, unknown columns by their header."""
    return {"cells": row.cells, "extras": row.extras} if row.extras else {"cells": row.cells}


def _encrypted(identified: list[Identified]) -> list[str]:
    """Ciphertexts of full identifiers as COPY writes them; NULL for the others."""
    full = [(index, each.canonical) for index, each in enumerate(identified) if each.is_full]
    written = [_NULL] * len(identified)
    for (index, _), data in zip(full, encrypt_many([text for _, text in full]), strict=True):
        written[index] = _bytes(data)
    return written


Keyed = list[tuple[int, str, KeyKind]]  # place among the texts, kind of key, stored kind


class _Keys:
    """The digests of a chunk, computed in one go: of the party, of its representative, of a party without a number."""

    def __init__(self, rows: list[NormalisedRow]) -> None:
        self._texts: list[str] = []
        self._parties: list[Keyed] = []
        self._related: list[Keyed] = []
        self._nobody: list[int | None] = []
        for row in rows:
            self._add_row(row)
        self._digests = [digest.hex() for digest in blind_index_many(self._texts)]

    def _add_row(self, row: NormalisedRow) -> None:
        if row.kind is None or row.is_rejected:
            self._parties.append([])
            self._related.append([])
            self._nobody.append(None)
            return
        party = self._keyed(row.kind, row.identified, row.name_key)
        self._parties.append(party)
        has_exact = any(kind is KeyKind.EXACT for _, _, kind in party)
        nobody = unidentified_text(row.court_code, row.case_key, row.kind, row.name_key)
        self._nobody.append(None if has_exact else self._add(nobody))
        other = row.representative_identified
        usable = bool(row.representative_name) and other.problem is None
        self._related.append(self._keyed(PartyKind.PERSON, other, row.representative_name_key) if usable else [])

    def _keyed(self, kind: PartyKind, identified: Identified, name_key: str) -> Keyed:
        keys = with_kinds(identity_keys(kind, identified, name_key))
        return [(self._add(key.text), key.kind, stored) for key, stored in keys]

    def _add(self, text: str) -> int:
        self._texts.append(text)
        return len(self._texts) - 1

    def of(self, index: int) -> dict[str, str]:
        """The key columns of a row as COPY writes them."""
        party = [(self._digests[at], name, kind) for at, name, kind in self._parties[index]]
        related = [(self._digests[at], kind) for at, _, kind in self._related[index]]
        exact = next((digest for digest, _, kind in party if kind is KeyKind.EXACT), None)
        nobody = self._nobody[index]
        subject = exact or (self._digests[nobody] if nobody is not None else None)
        return {
            "subject_key": _hex(subject),
            "alt_key": _hex(next((digest for digest, name, _ in party if name == "org"), None)),
            "is_identified": "t" if exact else "f",
            "key_digests": _hex_array(digest for digest, _, _ in party),
            "key_kinds": _int_array(int(kind) for _, _, kind in party),
            "representative_digests": _hex_array(digest for digest, _ in related),
            "representative_kinds": _int_array(int(kind) for _, kind in related),
        }


def _record(
    row: NormalisedRow,
    keys: dict[str, str],
    value: str,
    representative: str,
    raw: bytes,
    batch_id: str,
    courts: dict[str, int],
) -> list[str]:
    is_rejected = row.is_rejected
    court = courts.get(row.court_code)
    verdict = RowVerdict.REJECTED.value if is_rejected else ""
    if not is_rejected and row.operation is RowOperation.ADD:
        verdict = RowVerdict.ADD.value  # what most rows turn out to be: the plan then has nothing to write
    identified, other = row.identified, row.representative_identified
    facts: dict[str, Any] = {
        "kind": row.kind or "",
        "name": row.name,
        "sex": row.sex,
        "age": row.age,
        "area": row.area,
        "case_number": row.case_number,
        "filed_on": row.filed_on,
        "basis_number": row.basis_number,
        "basis_issuer": row.basis_issuer,
        "obligation": row.obligation,
        "performance": row.performance,
        "performed_part": row.performed_part,
        "unperformed_part": row.unperformed_part,
        "circumstances": row.circumstances,
        "published_on": row.published_on,
        "decision_number": row.decision_number,
        "decided_on": row.decided_on,
        "term_ends_on": row.term_ends_on,
        "publishable": row.publishable,
    }
    has_representative = bool(row.representative_name) and other.problem is None
    written = {name: _scalar(value) for name, value in facts.items() if name != "circumstances"}
    written |= {
        "batch_id": batch_id,
        "row_number": str(row.row_number),
        "operation": row.operation.value,
        "verdict": verdict,
        "court_id": _NULL if court is None else str(court),
        "name_key": _text(row.name_key),
        "id_type": identified.type.value if identified.type else "",
        "id_masked": _text(identified.masked_display),
        "id_is_masked": "t" if identified.is_masked else "f",
        "case_key": _text(row.case_key),
        "circumstances": "{" + ",".join(row.circumstances) + "}",
        "content_digest": _hex(facts_digest(facts).hex()),
        "id_value": value,
        "aliases": _text_array(row.aliases),
        "representative_name": _text(row.representative_name),
        "representative_name_key": _text(row.representative_name_key),
        "representative_id_type": other.type.value if has_representative and other.type else "",
        "representative_id_value": representative if has_representative else _NULL,
        "representative_id_masked": _text(other.masked_display) if has_representative else "",
        "exit_ground": row.exit_ground.value if row.exit_ground else "",
        "exit_ground_text": _text(row.exit_ground_text[:300]),
        "exit_document": _text(row.exit_document),
        "exit_on": _scalar(row.exit_on),
        "problems": _problems(row.problems),
        "is_repaired": "t" if any(p.severity is ProblemSeverity.REPAIRED for p in row.problems) else "f",
        "raw": _bytes(raw),
        "new_listing_id": str(uuid7()),
        "new_subject_id": str(uuid7()),
    }
    written |= keys
    if is_rejected:
        _cut(written)
    return [written[column] for column in COLUMNS]


def _cut(written: dict[str, str]) -> None:
    for column, width in _WIDTHS.items():
        text = written.get(column, "")
        if len(text) > width:
            written[column] = text[:width].rstrip("\\")


def _problems(problems: tuple[Problem, ...]) -> str:
    if not problems:
        return "[]"
    return json.dumps([problem_json(problem) for problem in problems], ensure_ascii=False).translate(_ESCAPES)


def problem_json(problem: Problem) -> dict[str, str]:
    """A remark as it is stored with its row."""
    return {
        "column": problem.column,
        "code": problem.code.value,
        "severity": problem.severity.value,
        "detail": problem.detail,
        "suggestion": problem.suggestion,
    }


def _scalar(value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return _text(value)
    if value is True:
        return "t"
    return "f" if value is False else str(value)


def _text(text: str) -> str:
    """Letters and digits of any script need no escape, and most cells hold nothing else."""
    return text if not text or text.isalnum() else text.translate(_ESCAPES)


def _bytes(data: bytes) -> str:
    return "\\\\x" + data.hex()


def _hex(digest: str | None) -> str:
    return _NULL if digest is None else "\\\\x" + digest


def _hex_array(digests: Iterable[str]) -> str:
    return "{" + ",".join('"\\\\\\\\x' + digest + '"' for digest in digests) + "}"


def _int_array(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _text_array(texts: tuple[str, ...]) -> str:
    if not texts:
        return "{}"
    quoted = ('"' + text[:200].replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return ("{" + ",".join(quoted) + "}").translate(_ESCAPES)
