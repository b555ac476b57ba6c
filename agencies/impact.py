"""What a batch would mean for the units: the measures that they would have to let go of."""

from typing import Any

from django.db.models import Count

from agencies.choices import EnforcementStatus
from agencies.models import Enforcement
from registry.choices import RowVerdict
from registry.models import Batch, BatchRow


def releases_to_come(batch: Batch) -> dict[str, Any]:
    """Measures in force against the listings that the batch would end, in all and by unit; an addition imposes none."""
    ending = BatchRow.objects.filter(batch=batch, verdict=RowVerdict.REMOVE).values("listing_id")
    units = (
        Enforcement.objects.filter(status=EnforcementStatus.IN_FORCE, listing__in=ending)
        .order_by()
        .values("agency__name")
        .annotate(measures=Count("id"))
        .order_by("-measures", "agency__name")
    )
    rows = [{"unit": row["agency__name"], "measures_ending": row["measures"]} for row in units]
    return {
        "measures_ending": sum(row["measures_ending"] for row in rows),
        "units_affected": len(rows),
        "units": rows,
    }
