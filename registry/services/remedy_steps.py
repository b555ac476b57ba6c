"""The steps that all remedies share: what was typed, the clock, the move with its history, audit and event."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import FieldProblem, IllegalMove, InvalidInput, NotFound
from core.models import Transition
from core.privacy import redact
from registry.access import COURT_ROLES, Operator
from registry.choices import RemedyChannel, RemedyStatus
from registry.models import (
    CreditRepair,
    CreditRepairTransition,
    ExitRequest,
    ExitRequestTransition,
    Listing,
    Objection,
    ObjectionTransition,
    Reconsideration,
    ReconsiderationTransition,
)
from registry.models.remedies import Remedy
from registry.rules import remedies as rules
from registry.services.remedy_clocks import Rulebook, first_due, kind_of

R = TypeVar("R", bound=Remedy)
SYSTEM = "system"
HISTORY: dict[type[Remedy], type[Transition]] = {
    Objection: ObjectionTransition,
    Reconsideration: ReconsiderationTransition,
    ExitRequest: ExitRequestTransition,
    CreditRepair: CreditRepairTransition,
}


def typed(text: str, longest: int = 2000) -> str:
    """Free text as it is kept: trimmed, and without what somebody's identifier would look like (design.md §6, 7)."""
    return redact(text.strip())[:longest]


def hold(listing_id: UUID) -> Listing:
    """The listing, locked: always before a remedy of it, so that two callers never wait for each other."""
    found = Listing.objects.select_for_update(of=("self",)).select_related("court__region", "court__upper")
    listing: Listing = found.get(pk=listing_id)
    return listing


def is_open_to(listing_id: UUID, by: Operator) -> bool:
    """Whether `by` may take a request about the listing: its court, or a unit that sees it on the list."""
    if by.role in COURT_ROLES:
        return Listing.objects.editable_by(by).filter(pk=listing_id).exists()
    return by.role == "agency_staff" and Listing.objects.visible_to(by).filter(pk=listing_id).exists()


def held(model: type[R], remedy_id: UUID, by: Operator, *, listing: str = "listing_id") -> R:
    """A remedy that `by` may decide, locked behind its listing; NotFound for another court's."""
    mine: Any = model.objects.decidable_by(by)
    listing_id = mine.filter(pk=remedy_id).values_list(listing, flat=True).first()
    if listing_id is None:
        raise NotFound("没有找到这件事项。")
    hold(listing_id)
    remedy: R = mine.select_for_update(of=("self",)).with_listing().get(pk=remedy_id)
    return remedy


def received_problems(ground: str, channel: str, received_on: date | None, at: datetime) -> list[FieldProblem]:
    """What every written request must say: why, how it came, and when."""
    problems = [] if ground.strip() else [FieldProblem("ground", "required", "请写明理由。")]
    if channel not in RemedyChannel.values:
        problems.append(FieldProblem("channel", "channel_unknown", "请选择提出方式。"))
    return problems + day_problems("received_on", received_on, at, required="请填写收到日期。")


def day_problems(field: str, day: date | None, at: datetime, *, required: str = "") -> list[FieldProblem]:
    if day is None:
        return [FieldProblem(field, "required", required)] if required else []
    return [FieldProblem(field, "in_future", "日期不能晚于今天。")] if day > localdate(at) else []


def decision_problems(
    remedy: Remedy, reason: str, document_number: str, decided_on: date | None, served_on: date | None, at: datetime
) -> list[FieldProblem]:
    """A decision states its reasons, has a number and a day, and is served after it is made (art. 12)."""
    problems = [] if reason.strip() else [FieldProblem("reason", "required", "请写明决定的理由。")]
    if not document_number.strip():
        problems.append(FieldProblem("document_number", "required", "请填写决定书文号。"))
    problems += day_problems("decided_on", decided_on, at, required="请填写决定日期。")
    if decided_on is not None and decided_on < remedy.received_on:
        problems.append(FieldProblem("decided_on", "date_order", "决定日期不能早于收到日期。"))
    return problems + served_problems(decided_on, served_on, at)


def served_problems(decided_on: date | None, served_on: date | None, at: datetime) -> list[FieldProblem]:
    problems = day_problems("served_on", served_on, at)
    if decided_on is not None and served_on is not None and served_on < decided_on:
        problems.append(FieldProblem("served_on", "date_order", "送达日期不能早于决定日期。"))
    return problems


def refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise InvalidInput("请补正后再提交。", errors=problems)


def open_remedy(remedy: R, *, by: Operator, at: datetime, is_late: bool) -> R:
    """Store a new remedy with its clock, first history row, audit entry and event."""
    due = first_due(remedy, Rulebook())
    remedy.is_late, remedy.due_on, remedy.due_is_provisional = is_late, due.on, due.provisional
    remedy.ground, remedy.recorded_at = typed(remedy.ground), at
    remedy.recorded_by_id = by.pk
    remedy.save(force_insert=True)
    _write(remedy, "", verb=f"record_{kind_of(remedy)}", reason="逾期提出，照常受理" if is_late else "", by=by, at=at)
    return remedy


def move(remedy: R, to: RemedyStatus, *, reason: str, by: Operator | None, at: datetime, **columns: Any) -> R:
    """Column, history row, audit and event of one step; the caller holds listing and remedy. Raises IllegalMove."""
    kind, before = kind_of(remedy), remedy.status
    require(remedy, to)
    for name, value in columns.items():
        setattr(remedy, name, value)
    remedy.status = to
    changed = {"status", *columns}
    if not rules.is_open(kind, to):
        remedy.due_on, remedy.due_is_provisional = None, False
        remedy.decided_by_id = by.pk if by else None
        changed |= {"due_on", "due_is_provisional", "decided_by"}
    remedy.save(update_fields=sorted(changed))
    _write(remedy, before, verb=f"{to}_{kind}", reason=reason, by=by, at=at)
    return remedy


def decision(reason: str, document_number: str, decided_on: date | None, served_on: date | None) -> dict[str, Any]:
    """The columns of a decision."""
    return {
        "decision_reason": typed(reason),
        "decision_number": typed(document_number, 100),
        "decided_on": decided_on,
        "decision_served_on": served_on,
    }


def require(remedy: Remedy, to: RemedyStatus) -> None:
    """Raise IllegalMove unless the table allows the step."""
    if not rules.may_move(kind_of(remedy), remedy.status, to):
        here, there = RemedyStatus(remedy.status).label, RemedyStatus(to).label
        raise IllegalMove(f"“{here}”的{remedy._meta.verbose_name}不能变为“{there}”。")


@transaction.atomic
def serve_decision(
    *, model: type[R], remedy_id: UUID, served_on: date | None, by: Operator, at: datetime, listing: str = "listing_id"
) -> R:
    """Record the day on which the decision was served on the party: the party's clock starts then (art. 12).

    Raises IllegalMove before a decision and where a day is on record already, InvalidInput `served_on`, NotFound.
    """
    remedy = held(model, remedy_id, by, listing=listing)
    if remedy.decided_on is None:
        raise IllegalMove("还没有作出决定，不能登记送达。")
    if remedy.decision_served_on is not None:
        raise IllegalMove("决定的送达日期已经登记。")
    problems = [FieldProblem("served_on", "required", "请填写送达日期。")] if served_on is None else []
    refuse(problems + served_problems(remedy.decided_on, served_on, at))
    remedy.decision_served_on = served_on
    remedy.save(update_fields=["decision_served_on"])
    _write(remedy, remedy.status, verb=f"serve_{kind_of(remedy)}", reason=f"决定于{served_on}送达", by=by, at=at)
    return remedy


def _write(remedy: Remedy, before: str, *, verb: str, reason: str, by: Operator | None, at: datetime) -> None:
    history: Any = HISTORY[type(remedy)]._default_manager
    history.create(
        record=remedy,
        from_status=before,
        to_status=remedy.status,
        at=at,
        by_id=by.pk if by else None,
        reason=typed(reason),
    )
    audit.record(
        verb=verb,
        target=remedy,
        by=by or SYSTEM,
        at=at,
        before={"status": str(before)} if before else None,
        after={"status": str(remedy.status), "is_late": remedy.is_late},
    )
    kind = kind_of(remedy)
    outbox.emit(
        f"{kind}.{verb.removesuffix(f'_{kind}')}", remedy=str(remedy.pk), listing=str(remedy.subject_listing.pk)
    )
