"""Credit repair at the units: who acted on the listing is asked, and answers for itself (002 §四(二)6)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from agencies.choices import Decision, RepairDecisionStatus
from agencies.models import Agency, Enforcement, RepairDecision, RepairDecisionTransition, User
from agencies.services.lifting import SYSTEM, hold_listing, typed
from core import audit, outbox
from core.errors import FieldProblem, IllegalMove, InvalidInput, NotFound
from registry.choices import RemedyStatus
from registry.models import CreditRepair
from registry.services.remedy_clocks import Rulebook, first_due
from registry.services.repairs import close_repair_without_units, record_repair_outcome


@transaction.atomic
def open_repair_decisions(*, repair_id: UUID, at: datetime) -> int:
    """One decision per unit that applied a measure to the listing; return how many are new. Running twice opens none.

    Where no unit ever did, the repair is closed: there is nothing to decide.
    """
    repair = CreditRepair.objects.select_related("listing__court").get(pk=repair_id)
    hold_listing(repair.listing_id)
    repair.refresh_from_db(fields=["status"])
    if repair.status != RemedyStatus.RECEIVED:
        return 0
    acted = Enforcement.objects.filter(listing_id=repair.listing_id, decision=Decision.APPLIED)
    units = Agency.objects.filter(pk__in=acted.values("agency_id"))
    missing = list(units.exclude(repair_decisions__repair=repair).order_by("pk"))
    due = first_due(repair, Rulebook())
    for agency in missing:
        decision = RepairDecision.objects.create(
            agency=agency,
            repair=repair,
            opened_at=at,
            due_on=due.on,
            due_is_provisional=due.provisional,
            due_citation=due.citation,
        )
        _write(decision, "", reason="收到信用修复申请", by=None, at=at)
    if not missing and not repair.decisions.exists():
        close_repair_without_units(repair_id=repair.pk, at=at)
    return len(missing)


@transaction.atomic
def decide_repair(
    *,
    decision_id: UUID,
    is_allowed: bool,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: User,
    at: datetime,
) -> RepairDecision:
    """The unit allows the repair or not; its answer stands with the listing at once, the last one settles the repair.

    Raises NotFound for another unit's, IllegalMove when decided already, InvalidInput.
    """
    mine = RepairDecision.objects.editable_by(by)
    listing_id = mine.filter(pk=decision_id).values_list("repair__listing_id", flat=True).first()
    if listing_id is None:
        raise NotFound("没有这件信用修复申请。")
    hold_listing(listing_id)
    decision: RepairDecision = (
        mine.select_for_update(of=("self",)).select_related("agency", "repair").get(pk=decision_id)
    )
    if decision.status != RepairDecisionStatus.DUE:
        raise IllegalMove("本单位已经作出决定。")
    problems = [] if reason.strip() else [FieldProblem("reason", "required", "请写明理由。")]
    if not document_number.strip():
        problems.append(FieldProblem("document_number", "required", "请填写文号。"))
    if decided_on is None:
        problems.append(FieldProblem("decided_on", "required", "请填写决定日期。"))
    elif decided_on > localdate(at) or decided_on < decision.repair.received_on:
        problems.append(FieldProblem("decided_on", "date_order", "决定日期应在申请之后，且不晚于今天。"))
    if problems or decided_on is None:
        raise InvalidInput("请补正后再提交。", errors=problems)
    decision.status = RepairDecisionStatus.ALLOWED if is_allowed else RepairDecisionStatus.REFUSED
    decision.reason, decision.document_number = typed(reason)[:2000], typed(document_number)[:100]
    decision.decided_on, decision.decided_by = decided_on, by
    decision.save(update_fields=["status", "reason", "document_number", "decided_on", "decided_by"])
    _write(decision, RepairDecisionStatus.DUE, reason=decision.reason, by=by, at=at)
    record_repair_outcome(
        repair_id=decision.repair_id,
        unit_name=decision.agency.name,
        is_allowed=is_allowed,
        document_number=decision.document_number,
        decided_on=decided_on,
        is_last=not RepairDecision.objects.open().filter(repair_id=decision.repair_id).exists(),
        by=by,
        at=at,
    )
    return decision


def _write(decision: RepairDecision, before: str, *, reason: str, by: User | None, at: datetime) -> None:
    RepairDecisionTransition.objects.create(
        record=decision, from_status=before, to_status=decision.status, at=at, by=by, reason=reason
    )
    audit.record(
        verb="decide_repair" if before else "open_repair_decision",
        target=decision,
        by=by or SYSTEM,
        at=at,
        before={"status": str(before)} if before else None,
        after={"status": str(decision.status)},
    )
    outbox.emit("repair_decision.changed", decision=str(decision.pk), status=str(decision.status))
