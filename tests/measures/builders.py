"""Who asks, for tests on the loaded catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from measures.models import NamedUnit
from measures.rules.applicability import Asker
from tests.builders import TODAY


def asker(
    region: str,
    *units: str,
    matter: Iterable[UUID] | None = None,
    wanted: Iterable[UUID] | None = None,
    day: date = TODAY,
) -> Asker:
    """A unit of `region` that answers for the named units of its region and its superiors."""
    regions = (region, f"{region[:4]}00", f"{region[:2]}0000", "000000")
    return Asker(
        region_codes=regions,
        unit_ids=frozenset(NamedUnit.objects.filter(region__in=regions, name__in=units).values_list("pk", flat=True)),
        matter_measure_ids=None if matter is None else frozenset(matter),
        wanted=None if wanted is None else frozenset(wanted),
        day=day,
    )
