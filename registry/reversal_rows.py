# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""The changes of a batch that cannot be taken back, one line each in the order of the batch, with what stands in the
way: as it would be before the reversal, as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, overload

from django.db import connection
from django.utils.timezone import localdate

from registry.choices import ChangeKind
from registry.imports.reversal import JUDGED
from registry.models import Batch
from registry.rules.reversal import Refusal

_WOULD_BE = f"""
    SELECT change_id, listing_id, kind, code, NULL::int AS row_number,
           CASE code WHEN 'changed_since' THEN later_id
                     WHEN 'lives_again' THEN (SELECT min(x.id) FROM registry_change x WHERE x.listing_id = again_id)
           END AS blocking_id
      FROM ({JUDGED}) judged WHERE code IS NOT NULL"""
_WAS = """
    SELECT t.change_id, c.listing_id, c.kind, t.code, t.row_number, t.blocking_change_id AS blocking_id
      FROM registry_reversalrow t JOIN registry_change c ON c.id = t.change_id
     WHERE t.batch_id = %(batch)s AND t.verdict = 'refused'"""
_PAGE = """
    SELECT f.listing_id, f.kind, f.code, f.row_number, l.case_number, b.number, b.kind, b.listing_id, b.at
      FROM ({found} ORDER BY change_id OFFSET %(offset)s LIMIT %(limit)s) f
      JOIN registry_listing l ON l.id = f.listing_id LEFT JOIN registry_change b ON b.id = f.blocking_id
     ORDER BY f.change_id"""
_ROWS = """
    SELECT COALESCE(CASE verdict WHEN 'add' THEN new_listing_id END, listing_id), row_number
      FROM registry_batchrow WHERE batch_id = %s AND verdict IN ('add', 'update', 'remove')
       AND (new_listing_id = ANY(%s::uuid[]) OR listing_id = ANY(%s::uuid[]))"""


class RefusedChanges:
    """A list of `{"row", "listing", "case_number", "kind", "code", "detail", "blocking"}`, counted and cut by the
    database; `blocking` is None or `{"number", "kind", "listing", "on"}`. Fit for a paginator."""

    def __init__(self, batch: Batch, *, at: datetime) -> None:
        self.batch, self.at = batch, at
        self._found = _WOULD_BE if batch.reversed_at is None else _WAS
        self._given: dict[str, Any] = {"batch": batch.pk, "today": localdate(at)}

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({self._found}) f", self._given)
            return int(cursor.fetchone()[0])

    @overload
    def __getitem__(self, key: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, key: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, key: int | slice) -> Any:
        if isinstance(key, int):
            return self[key : key + 1][0]
        start = key.start or 0
        given = {**self._given, "offset": start, "limit": None if key.stop is None else max(key.stop - start, 0)}
        with connection.cursor() as cursor:
            cursor.execute(_PAGE.format(found=self._found), given)
            found = cursor.fetchall()
            numbers: dict[Any, int] = {}
            if self.batch.reversed_at is None and found:
                listings = [str(line[0]) for line in found]
                cursor.execute(_ROWS, [self.batch.pk, listings, listings])
                numbers = dict(cursor.fetchall())
        return [_line(line, numbers) for line in found]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self[0:])


def _line(found: tuple[Any, ...], numbers: Mapping[Any, int]) -> dict[str, Any]:
    listing, kind, code, row, case_number, number, by_kind, by_listing, by_at = found
    blocking = None
    if by_kind is not None:
        blocking = {"number": number, "kind": by_kind, "listing": by_listing, "on": localdate(by_at)}
    return {
        "row": row if row is not None else numbers.get(listing),
        "listing": listing,
        "case_number": case_number,
        "kind": kind,
        "code": code,
        "detail": said(code, blocking),
        "blocking": blocking,
    }


def said(code: str, blocking: Mapping[str, Any] | None) -> str:
    """Why a change stays, in a sentence that names the change in its way."""
    by = ""
    if blocking is not None:
        number = f"第{blocking['number']}号变更，" if blocking["number"] else ""
        by = f"（{number}{ChangeKind(blocking['kind']).label}，{blocking['on']:%Y-%m-%d}）"
    return {
        Refusal.CHANGED_SINCE.value: f"该条目之后又有变更{by}，请逐条处理。",
        Refusal.IDENTITY_COMPLETED.value: "本批次补全了该条目的证件号码，不能再隐去；号码有误的，请更正该条目。",
        Refusal.LIVES_AGAIN.value: f"同一被执行人在同一案件中已再次纳入{by}。",
        Refusal.WAS_PENDING.value: "该条目退出前尚未生效，请重新作出决定。",
        Refusal.TERM_OVER.value: "该条目的纳入期限已经届满，不再恢复。",
        Refusal.NOT_KEPT.value: "该条目变更前的状态没有留存，请逐条更正或重新报送。",
    }[code]
