"""The remarks of a batch, one line each: first those on the file, then those on its rows in their order.

Pages never count rows: the plan does (`count_remarks`), for the batch as a whole and for stretches of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from registry.models import Batch, BatchRow, RemarkBlock

FIELDS = ("column", "code", "severity", "detail", "suggestion")
_OF_ROWS = """
    FROM registry_batchrow r, jsonb_array_elements(r.problems) WITH ORDINALITY AS p(remark, place)
    WHERE r.batch_id = %s
"""
COUNT_BLOCKS = f"""
    INSERT INTO registry_remarkblock (batch_id, verdict, code, block, rows, remarks)
    SELECT r.batch_id, r.verdict, p.remark->>'code', r.row_number / {RemarkBlock.SIZE},
           count(*) FILTER (WHERE p.place = p.first), count(*)
      FROM registry_batchrow r, LATERAL (
               SELECT remark, place, min(place) OVER (PARTITION BY remark->>'code') AS first
                 FROM jsonb_array_elements(r.problems) WITH ORDINALITY AS e(remark, place)) p
     WHERE r.batch_id = %s AND r.problems <> '[]' GROUP BY 1, 2, 3, 4"""  # noqa: S608 constants of ours


def count_remarks(batch_id: UUID) -> dict[str, Any]:
    """Count anew where the remarks of a planned batch are; return the sums: `{"remarks": n, verdict: {code: rows}}`,
    of each verdict the most frequent code first. Needs an open transaction."""
    sums: dict[str, Any] = {"remarks": 0}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_remarkblock WHERE batch_id = %s", [batch_id])
        cursor.execute(COUNT_BLOCKS, [batch_id])
        cursor.execute(
            "SELECT verdict, code, sum(rows), sum(remarks) FROM registry_remarkblock WHERE batch_id = %s"
            " GROUP BY verdict, code ORDER BY verdict, sum(rows) DESC, code",
            [batch_id],
        )
        for verdict, code, rows, remarks in cursor.fetchall():
            sums.setdefault(verdict, {})[code] = int(rows)
            sums["remarks"] += int(remarks)
    return sums


def codes_of(batch: Batch, verdict: str) -> dict[str, int]:
    """The codes that occur among the rows of one verdict with their numbers of rows, the most frequent first."""
    found: dict[str, int] = batch.problem_counts.get(verdict, {})
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def rows_with(batch: Batch, verdict: str, code: str, *, after: int, limit: int) -> QuerySet[BatchRow]:
    """The next rows of a verdict that carry a remark, at most `limit`, from row number `after` on; reads only the
    stretches that have such rows."""
    blocks = RemarkBlock.objects.filter(batch=batch, verdict=verdict, code=code, block__gte=after // RemarkBlock.SIZE)
    stretches, enough = Q(pk__in=[]), 0
    for number, (block, rows) in enumerate(blocks.order_by("block").values_list("block", "rows")[: limit + 1]):
        first = block * RemarkBlock.SIZE
        stretches |= Q(row_number__gte=first, row_number__lt=first + RemarkBlock.SIZE)
        enough += rows if number else 0  # of the first, some may lie behind us
        if enough >= limit:
            break
    marked = batch.rows.filter(stretches, verdict=verdict, problems__contains=[{"code": code}], row_number__gt=after)
    return marked.order_by("row_number")[:limit]


class BatchProblems:
    """A list of `{"row", "column", "code", "severity", "detail", "suggestion"}`, cut by the database.

    `row` is None for remarks on the file as a whole. Fit for a paginator.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def __len__(self) -> int:
        return len(self.batch.file_problems) + int(self.batch.problem_counts.get("remarks", 0))

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
