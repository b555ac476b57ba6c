"""What a batch would mean for the units: the measures that would start, and those that they would have to let go of.

Counted by kind, unit and listing, never row by row: a plan of a million rows costs what one of ten does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.timezone import localdate

from agencies.choices import AgencyKind, EnforcementStatus
from agencies.models import Agency, Enforcement
from measures.rules.applicability import Asker
from measures.services.catalogue import measures_per_kind
from registry.choices import RowVerdict
from registry.models import Batch, BatchRow, Region

MANY = 3  # measures that one row would end
MOST_ROWS = 10
MOST_UNITS = 50


def measures_to_start(batch: Batch) -> dict[str, Any]:
    """Measures that would bind the newly listed, in all and by unit: additions of a kind × measures for that kind.

    `per_person` and `per_unit`: measures that one listed person, one listed unit would meet there. The fifty units
    with the most stand here, the figures are of all.
    """
    added = BatchRow.objects.filter(batch=batch, verdict=RowVerdict.ADD).order_by().values("kind")
    additions = {row["kind"]: row["rows"] for row in added.annotate(rows=Count("id"))}
    if not additions:
        return {"measures_starting": 0, "units_starting": 0, "units": []}
    names, askers = _units_in_service(localdate(batch.uploaded_at))
    found = []
    for name, per_kind in zip(names, measures_per_kind(askers), strict=True):
        starting = sum(rows * per_kind.get(kind, 0) for kind, rows in additions.items())
        if starting:
            person, unit = per_kind.get("person", 0), per_kind.get("unit", 0)
            found.append({"unit": name, "measures_starting": starting, "per_person": person, "per_unit": unit})
    found.sort(key=lambda each: (-each["measures_starting"], each["unit"]))
    return {
        "measures_starting": sum(each["measures_starting"] for each in found),
        "units_starting": len(found),
        "units": found[:MOST_UNITS],
    }


def _units_in_service(day: date) -> tuple[list[str], list[Asker]]:
    """Every active unit as one who asks without a matter: its region and those above, the units it answers for."""
    parents = dict(Region.objects.values_list("code", "parent_id"))
    named: dict[int, set[int]] = defaultdict(set)
    for agency_id, unit_id in Agency.named_units.through.objects.values_list("agency_id", "namedunit_id"):
        named[agency_id].add(unit_id)
    names, askers = [], []
    agencies = Agency.objects.filter(is_active=True, kind=AgencyKind.AGENCY, pk__in=named)
    for agency_id, name, region in agencies.order_by("pk").values_list("pk", "name", "region_id"):
        names.append(name)
        units = frozenset(named[agency_id])
        askers.append(Asker(_line(region, parents), units, matter_measure_ids=None, wanted=None, day=day))
    return names, askers


def _line(region: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    line: list[str] = []
    code: str | None = region
    while code is not None and code not in line:
        line.append(code)
        code = parents.get(code)
    return tuple(line)


def releases_to_come(batch: Batch) -> dict[str, Any]:
    """Measures in force against the listings that the batch would end, in all, by unit, and the rows that would end
    the most of them (`row` is None for a listing that a whole list does not name)."""
    in_force = Enforcement.objects.filter(status=EnforcementStatus.IN_FORCE, listing__in=_ending(batch)).order_by()
    units = in_force.values("agency__name").annotate(measures=Count("id")).order_by("-measures", "agency__name")
    rows = [{"unit": row["agency__name"], "measures_ending": row["measures"]} for row in units]
    return {
        "measures_ending": sum(row["measures_ending"] for row in rows),
        "units_affected": len(rows),
        "units": rows[:MOST_UNITS],
        "rows_ending_many": _rows_ending_many(batch, in_force) if rows else [],
    }


def _ending(batch: Batch) -> QuerySet[Any]:
    by_rows = BatchRow.objects.filter(batch=batch, verdict=RowVerdict.REMOVE).order_by().values("listing_id")
    return by_rows.union(batch.missing.values("listing_id"), all=True)


def _rows_ending_many(batch: Batch, in_force: QuerySet[Enforcement]) -> list[dict[str, Any]]:
    most = (
        in_force.values("listing_id")
        .annotate(measures=Count("id"))
        .filter(measures__gte=MANY)
        .order_by("-measures", "listing_id")[:MOST_ROWS]
    )
    found = {each["listing_id"]: each["measures"] for each in most}
    numbers = dict(
        BatchRow.objects.filter(batch=batch, verdict=RowVerdict.REMOVE, listing__in=found)
        .order_by()
        .values_list("listing_id", "row_number")
    )
    return [
        {"row": numbers.get(listing_id), "listing": str(listing_id), "measures_ending": measures}
        for listing_id, measures in found.items()
    ]
