"""What a batch that has been read would do to the list: verdicts, counts, impact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from core.errors import IllegalMove
from registry import impact
from registry.choices import BatchStatus, RowVerdict
from registry.imports.plan import Plan, plan_rows, same_name_collisions
from registry.models import Batch
from registry.problems import count_remarks
from registry.rules import unusual
from registry.services import plan_basis, snapshot
from registry.services.batch_moves import drop_file, move
from registry.services.notices import additions_without_notice

PLAN_CHANGED = "plan_changed"


@dataclass(frozen=True, slots=True)
class WholePlan:
    """The plan of the rows, and of what a snapshot does not name; `moved`: how many differ from the plan before."""

    rows: Plan
    missing: snapshot.Missing
    basis: plan_basis.Basis

    @property
    def moved(self) -> int:
        return self.rows.moved + self.missing.moved


@transaction.atomic
def plan_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Plan a batch that has been read; it becomes `previewed` with counts and impact. Raises IllegalMove."""
    batch: Batch = Batch.objects.select_for_update(of=("self",)).select_related("court").get(pk=batch_id)
    if batch.status not in {BatchStatus.READING, BatchStatus.PREVIEWED}:
        raise IllegalMove("只有已读取、未审核的批次可以比对。")
    take_plan(batch, make_plan(batch, at=at))
    if batch.status != BatchStatus.PREVIEWED:
        move(batch, BatchStatus.PREVIEWED, at=at)
    drop_file(batch)
    batch.progress = 100
    batch.failure_code = batch.failure = ""
    batch.save()
    return batch


def make_plan(batch: Batch, *, at: datetime) -> WholePlan:
    """Verdicts of the rows against the list as it stands, then what they leave unnamed. Needs an open transaction."""
    today = localdate(at)
    basis = plan_basis.current(today=today)
    return WholePlan(plan_rows(batch.pk, today=today), snapshot.plan_missing(batch, today=today), basis)


def take_plan(batch: Batch, plan: WholePlan) -> None:
    """Counts and impact onto the batch (the caller saves). A confirmation does not outlive the plan it was given on."""
    rows = plan.rows
    batch.plan_basis = plan.basis
    batch.count_rows = rows.rows
    batch.count_add = rows.count(RowVerdict.ADD)
    batch.count_update = rows.count(RowVerdict.UPDATE)
    batch.count_remove = rows.count(RowVerdict.REMOVE)
    batch.count_unchanged = rows.count(RowVerdict.UNCHANGED)
    batch.count_rejected = rows.count(RowVerdict.REJECTED)
    batch.count_repaired = rows.repaired
    batch.count_missing = plan.missing.found
    batch.count_live = snapshot.live_listings(batch)
    batch.confirmed_by, batch.confirmed_at = None, None
    batch.problem_counts = count_remarks(batch.pk)
    batch.impact = _impact(batch)


def _impact(batch: Batch) -> dict[str, Any]:
    """What approving would set in motion: the list's own part, and what higher floors add."""
    last_ten = (
        Batch.objects.filter(court=batch.court, status=BatchStatus.APPLIED)
        .order_by("-applied_at")
        .values_list("count_rows", flat=True)[: unusual.LAST]
    )
    size = unusual.Size(
        rows=batch.count_rows,
        usual=unusual.median(list(last_ten)),
        ending=batch.count_remove,
        missing=batch.count_missing,
        live=batch.count_live,
    )
    reasons = unusual.reasons(size)
    return {
        "listings_starting": batch.count_add,
        "listings_ending": batch.count_remove + batch.count_missing,
        "listings_missing": batch.count_missing,
        "listings_live": batch.count_live,
        "same_name_collisions": same_name_collisions(batch.pk) if batch.count_add else 0,
        "without_risk_notice": additions_without_notice(batch.pk) if batch.count_add else 0,
        "usual_rows": size.usual,
        "is_unusual": bool(reasons),
        "unusual": [reason.value for reason in reasons],
        **impact.of_higher_floors(batch),
    }
