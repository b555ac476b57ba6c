"""The remarks of a batch, one line each: first those on the file, then those on its rows in their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

from django.db import connection

from registry.choices import RowVerdict
from registry.models import Batch

FIELDS = ("column", "code", "severity", "detail", "suggestion")
_OF_ROWS = """
    FROM registry_batchrow r, jsonb_array_elements(r.problems) WITH ORDINALITY AS p(remark, place)
    WHERE r.batch_id = %s
"""


class BatchProblems:
    """A list of `{"row", "column", "code", "severity", "detail", "suggestion"}`, counted and cut by the database.

    `row` is None for remarks on the file as a whole. Fit for a paginator.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {_OF_ROWS}", [self.batch.pk])
            return len(self.batch.file_problems) + int(cursor.fetchone()[0])

    @overload
    def __getitem__(self, key: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, key: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, key: int | slice) -> Any:
        if isinstance(key, int):
            return self[key : key + 1][0]
        start, stop = key.start or 0, key.stop
        of_file = [_line(None, remark) for remark in self.batch.file_problems[start:stop]]
        ahead = len(self.batch.file_problems)
        first, limit = max(start - ahead, 0), None if stop is None else max(stop - max(start, ahead), 0)
        return of_file + list(self._of_rows(first, limit))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self[0:])

    def _of_rows(self, offset: int, limit: int | None) -> Iterator[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT r.row_number, {', '.join('p.remark->>%s' for _ in FIELDS)} {_OF_ROWS}"
                " ORDER BY r.row_number, p.place OFFSET %s LIMIT %s",
                [*FIELDS, self.batch.pk, offset, limit],
            )
            for row, *values in cursor.fetchall():
                yield _line(row, dict(zip(FIELDS, values, strict=True)))


def _line(row: int | None, remark: dict[str, Any]) -> dict[str, Any]:
    return {"row": row, **{field: remark.get(field) or "" for field in FIELDS}}


def codes_of(batch: Batch, verdict: str) -> list[str]:
    """The codes that occur among the rows of one verdict, the most frequent first."""
    if verdict not in RowVerdict.values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.remark->>'code' {_OF_ROWS} AND r.verdict = %s GROUP BY 1 ORDER BY count(*) DESC, 1",
            [batch.pk, verdict],
        )
        return [code for (code,) in cursor.fetchall() if code]
