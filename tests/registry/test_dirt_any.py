"""Whatever the cells hold: the pipeline answers, loses no row, and keeps no identifier in clear."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import IllegalCharacterError

from agencies.models import User
from core.errors import InvalidInput
from registry.imports.columns import COLUMNS, header_of
from registry.imports.sample import DEFECTS, person_identifier, sample_rows
from registry.models import Batch, BatchRow, Court
from registry.services import batches, reading
from tests.builders import NOW

IDENTIFIERS = [person_identifier(number) for number in range(40)]
_SHAPES = [
    *(row[key] for row in sample_rows(len(DEFECTS) * 2, 1, 1.0) for key in row),
    '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "'=1", "#REF!", "1E+400", "3.70116E+17", "0000-00-00",
    "9999-12-31", "ﷺ" * 60, "㌀" * 150, "长" * 10_000, "\\N", "\\.", "\\", '"', "\x00", "\x1f", "\ufffe", "\U0010ffff",
    "\u202eabc", "e\u0301", "（2020）鲁0116执1号",
    "（2018）鲁1202执9号", "（2013）莱城法执字第12号", "（2020）鲁0116执٣号",
    "２０１７年８月３２日", "٢٠١٧-٠٨-١١", "91370116MA3TEXT184", "9137O116MA3TEXT184", "V" * 18, "O" * 18, "*" * 18,
    "X" * 18, "?" * 18, "1" * 18, "1" * 15, "_x0000_", "_xD800_",
    *(f"{number[:6]} {number[6:14]} {number[14:]}" for number in IDENTIFIERS[:5]),
    *(f"张三{number}付款" for number in IDENTIFIERS[5:10]),
    *(f"{number}、{IDENTIFIERS[0]}" for number in IDENTIFIERS[10:15]),
    *IDENTIFIERS[15:],
]  # fmt: skip
_TEXTS = st.one_of(st.sampled_from(_SHAPES), st.text(max_size=60), st.text(st.characters(codec="utf-8"), max_size=8))
_VALUES = st.one_of(
    _TEXTS, st.none(), st.floats(), st.integers(), st.booleans(), st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)), st.integers(-(10**30), 10**30),
)  # fmt: skip
_KNOWN = [spelling for header, others in COLUMNS.values() for spelling in (header, *others)]
_HEADERS = st.lists(st.one_of(st.sampled_from(_KNOWN), st.text(max_size=12)), max_size=6)
_CORE = [header_of(key) for key in ("name", "identifier", "case_number", "kind")]
_TABLES = st.tuples(_HEADERS, st.lists(st.lists(_VALUES, max_size=12), min_size=1, max_size=6))
_PLAIN = (
    "name", "name_key", "id_masked", "area", "case_number", "case_key", "basis_number", "basis_issuer", "obligation",
    "performed_part", "unperformed_part", "decision_number", "aliases", "representative_name", "exit_ground_text",
    "representative_name_key", "representative_id_masked", "exit_document", "problems",
)  # fmt: skip


def csv_of(path: Path, rows: list[list[Any]]) -> int:
    """Written as a program would; how many rows hold anything."""
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return len(rows)


def xlsx_of(path: Path, rows: list[list[Any]]) -> int:
    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            try:
                sheet.cell(number, column, value)
            except IllegalCharacterError:  # written as other programs write it
                sheet.cell(number, column, ILLEGAL_CHARACTERS_RE.sub(lambda found: f"_x{ord(found[0]):04X}_", value))
    book.save(path)
    return len(rows)


def held_against_the_promises(path: Path, court: Court, clerk: User) -> int | None:
    """How many rows were decided; None where the file is refused as a whole, with a reason. Leaves nothing."""
    with transaction.atomic():
        try:
            batch = batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=clerk, at=NOW)
            batch = reading.read_batch(batch.pk, at=NOW)
            refusal = batch.failure_code
        except InvalidInput as refused:
            refusal = refused.code
        if not refusal:
            look_at_the_rows(batch)
        transaction.set_rollback(True)
    assert not refusal or refusal.startswith("file_"), refusal
    return None if refusal else batch.count_rows


def look_at_the_rows(batch: Batch) -> None:
    assert batch.status == "previewed"
    counts = (batch.count_add, batch.count_update, batch.count_remove, batch.count_unchanged, batch.count_rejected)
    rows = list(BatchRow.objects.filter(batch=batch))
    assert sum(counts) == batch.count_rows == len(rows)
    for row in rows:
        has_error = any(problem["severity"] == "error" for problem in row.problems)
        assert has_error == (row.verdict == "rejected")
        assert row.is_repaired == any(problem["severity"] == "repaired" for problem in row.problems)
        in_clear = " ".join(str(getattr(row, name)) for name in _PLAIN)
        packed = in_clear.replace(" ", "").replace("-", "").upper()
        assert not [number for number in IDENTIFIERS if number in packed], in_clear
    assert not [number for number in IDENTIFIERS if number in str(batch.file_problems)]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(table=_TABLES)
def test_any_table_is_read_to_the_last_row(
    suffix: str, table: tuple[list[str], list[list[Any]]], tmp_path: Path, court: Court, clerk: User
) -> None:
    headers, lines = table
    rows = [[*_CORE, *headers], *([f"行{at}", *line] for at, line in enumerate(lines))]
    path = tmp_path / f"名单{suffix}"
    path.unlink(missing_ok=True)
    written = (csv_of if suffix == ".csv" else xlsx_of)(path, rows) - 1
    decided = held_against_the_promises(path, court, clerk)
    if suffix == ".xlsx":
        assert decided in {written, None}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    cells=st.lists(st.dictionaries(st.sampled_from(sorted(COLUMNS)), _VALUES, max_size=10), min_size=1, max_size=8),
    seed=st.integers(0, 10_000),
)
def test_rows_that_are_nearly_right_are_decided_one_by_one(
    cells: list[dict[str, Any]], seed: int, tmp_path: Path, court: Court, clerk: User
) -> None:
    base = list(sample_rows(len(cells), seed))
    lines = [[{**row, **change}.get(key) for key in COLUMNS] for row, change in zip(base, cells, strict=True)]
    path = tmp_path / "名单.xlsx"
    path.unlink(missing_ok=True)
    xlsx_of(path, [[header_of(key) for key in COLUMNS], *lines])
    assert held_against_the_promises(path, court, clerk) == len(cells)
