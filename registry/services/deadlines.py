"""Which limit applies in a region, and the day it ends (domain.md §4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from core.calendar import DayType, deadline, deadline_months
from core.errors import NotFound
from registry.choices import DayKind
from registry.models import DeadlineRule, Region, RegionRule

_LINES = """
    WITH RECURSIVE line(code, parent_id, level) AS (
        SELECT code, parent_id, 1 FROM registry_region WHERE code = %s
        UNION ALL
        SELECT r.code, r.parent_id, line.level + 1
          FROM line JOIN registry_region r ON r.code = line.parent_id WHERE line.level < 5)
    SELECT code FROM line ORDER BY level"""


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day in time; `provisional` when a year without an announced calendar had a say in it."""

    on: date
    provisional: bool
    citation: str
    amount: int
    unit: DayKind


def lines_of(region_code: str) -> list[str]:
    """A region's code and those of its superiors, nearest first; the national code is always the last. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [region_code])
        codes = [code for (code,) in cursor.fetchall()]
    return codes if "000000" in codes else [*codes, "000000"]


def rule(region: Region | None, key: str) -> DeadlineRule:
    """The nearest region's rule: its own, a superior's, the national one. Raises NotFound `deadline_unknown`."""
    codes = lines_of(region.code if region else "")
    found = {
        each.pack.region_id: each
        for each in DeadlineRule.objects.filter(key=key, pack__region_id__in=codes).select_related("pack")
    }
    for code in codes:
        if code in found:
            return found[code]
    raise NotFound(f"没有配置期限“{key}”。", code="deadline_unknown")


def nearest(codes: Sequence[str], keys: Collection[str]) -> dict[str, DeadlineRule]:
    """The rules that hold for a line of regions (nearest first), by key; a key nobody has set is missing. One query."""
    rules = DeadlineRule.objects.filter(key__in=keys, pack__region_id__in=codes).select_related("pack")
    farthest_first = sorted(rules, key=lambda each: codes.index(each.pack.region_id), reverse=True)
    return {each.key: each for each in farthest_first}


def region_rule(region: Region, key: str) -> RegionRule | None:
    """What the nearest document of the region or its superiors says of `key`; None where none says anything."""
    codes = lines_of(region.code)
    found = list(RegionRule.objects.filter(key=key, pack__region_id__in=codes).select_related("pack__region"))
    return min(found, key=lambda each: codes.index(each.pack.region_id), default=None)


def due(region: Region | None, key: str, start: date) -> DueDate:
    """The last day of the limit `key` that starts on `start` (which is not counted)."""
    return due_under(rule(region, key), start)


def due_under(found: DeadlineRule, start: date) -> DueDate:
    """The last day under a rule already found."""
    unit = DayKind(found.unit)
    if unit is DayKind.MONTH or unit is DayKind.YEAR:
        ends = deadline_months(start, found.amount * (12 if unit is DayKind.YEAR else 1))
    else:
        ends = deadline(start, found.amount, DayType.WORKING if unit is DayKind.WORKING else DayType.CALENDAR)
    return DueDate(ends.on, ends.provisional, found.citation, found.amount, unit)
