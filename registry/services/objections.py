"""Objections and reconsiderations: heard whenever they come, decided in one transaction with what they change.

法释〔2017〕7号 arts. 11-12; 002 §四(二)3, 004 §四(二)3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import Conflict, FieldProblem, IllegalMove, InvalidInput, NotFound
from registry.access import COURT_ROLES, Operator
from registry.choices import ExitGround, ObjectionAbout, RemedyChannel, RemedyOutcome, RemedyStatus
from registry.lifecycle import LIVE
from registry.models import Court, Listing, Objection, Reconsideration
from registry.rules import remedies as rules
from registry.services import listings, remedy_steps, stays
from registry.services.remedy_clocks import Rulebook, filing_limit
from registry.services.remedy_steps import decision, decision_problems, held, hold, move, open_remedy, refuse, typed

TO_LISTING = "objection__listing_id"


@transaction.atomic
def record_objection(
    *,
    listing_id: UUID,
    ground: str,
    channel: str,
    received_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
    about: str = ObjectionAbout.LISTING,
    unit: str = "",
    measure: str = "",
    applicant: str = "",
    has_met: bool = False,
) -> Objection:
    """Record a written objection, late or not (design.md §6, 11); one that reached a unit is referred to the court.

    `served_on`: service of the listing decision, from which a local document may count; `unit`, `measure`: whose
    measure it attacks, where `about` is `measure` (a unit records no other, and speaks for itself). `has_met`: the
    unit knows the listing from a check or an act of its own, though it is not published. Raises NotFound, InvalidInput.
    """
    listing = _met(listing_id, by) if has_met else _open_to(listing_id, by)
    if by.role not in COURT_ROLES and by.agency is not None:
        about, unit, channel = ObjectionAbout.MEASURE, by.agency.name, channel or RemedyChannel.COUNTER
    problems = remedy_steps.received_problems(ground, channel, received_on, at)
    problems += remedy_steps.day_problems("served_on", served_on, at)
    if about not in ObjectionAbout.values:
        problems.append(FieldProblem("about", "about_unknown", "请选择针对名单还是针对措施。"))
    if about == ObjectionAbout.MEASURE:
        problems += [] if unit.strip() else [FieldProblem("unit", "required", "请写明采取措施的单位。")]
        problems += [] if measure.strip() else [FieldProblem("measure", "required", "请写明对哪一项措施有异议。")]
    refuse(problems)
    assert received_on is not None
    objection = Objection(
        listing=listing,
        status=RemedyStatus.RECEIVED,
        about=about,
        ground=ground,
        channel=channel,
        applicant=rules.mask_name(applicant),
        received_on=received_on,
        listing_served_on=served_on,
        unit_name=typed(unit, 100) if about == ObjectionAbout.MEASURE else "",
        measure_text=typed(measure, 300) if about == ObjectionAbout.MEASURE else "",
    )
    open_remedy(objection, by=by, at=at, is_late=_is_late(objection))
    if by.role not in COURT_ROLES:
        move(objection, RemedyStatus.REFERRED, reason=f"移送{listing.court.name}", by=by, at=at)
    if about == ObjectionAbout.MEASURE:
        stays.open_stay(objection=objection, by=by, at=at)
    return objection


@transaction.atomic
def accept_objection(*, objection_id: UUID, by: Operator, at: datetime) -> Objection:
    """The executing court has taken it up."""
    return move(held(Objection, objection_id, by), RemedyStatus.ACCEPTED, reason="", by=by, at=at)


@transaction.atomic
def uphold_objection(
    *,
    objection_id: UUID,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
    outcome: str = "",
    exit_ground: str = "",
    corrections: Mapping[str, Any] | None = None,
) -> Objection:
    """Founded: the listing is revoked, shielded or corrected in the same transaction (art. 12).

    `outcome`: a RemedyOutcome; empty, the usual one (撤销; for a measure the listing stays). `exit_ground`: for shield,
    `other` with the reason where empty. `corrections`: as `correct_listing` takes them. Raises NotFound, IllegalMove,
    InvalidInput; where the listing cannot move, neither does the objection.
    """
    objection = held(Objection, objection_id, by)
    remedy_steps.require(objection, RemedyStatus.UPHELD)
    refuse(decision_problems(objection, reason, document_number, decided_on, served_on, at))
    chosen = _outcome(outcome, rules.About(objection.about), objection.listing)
    _carry_out(chosen, objection.listing, reason, document_number, decided_on, exit_ground, corrections, by, at)
    stays.end_stay(objection=objection, by=by, at=at)
    columns = decision(reason, document_number, decided_on, served_on)
    return move(objection, RemedyStatus.UPHELD, reason=reason, by=by, at=at, outcome=chosen.value, **columns)


@transaction.atomic
def reject_objection(
    *,
    objection_id: UUID,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
) -> Objection:
    """Unfounded: rejected by a decision, against which the party may go to the upper court (art. 12)."""
    objection = held(Objection, objection_id, by)
    remedy_steps.require(objection, RemedyStatus.REJECTED)
    refuse(decision_problems(objection, reason, document_number, decided_on, served_on, at))
    stays.end_stay(objection=objection, by=by, at=at)
    columns = decision(reason, document_number, decided_on, served_on)
    return move(objection, RemedyStatus.REJECTED, reason=reason, by=by, at=at, **columns)


@transaction.atomic
def withdraw_objection(*, objection_id: UUID, reason: str, by: Operator, at: datetime) -> Objection:
    """The party takes it back, in writing."""
    objection = held(Objection, objection_id, by)
    refuse([] if reason.strip() else [FieldProblem("reason", "required", "请写明撤回的情况。")])
    move(objection, RemedyStatus.WITHDRAWN, reason=reason, by=by, at=at)
    stays.end_stay(objection=objection, by=by, at=at)
    return objection


# --- reconsideration -------------------------------------------------------------------------------------------------


@transaction.atomic
def file_reconsideration(
    *,
    objection_id: UUID,
    ground: str,
    channel: str,
    received_on: date | None,
    by: Operator,
    at: datetime,
    applicant: str = "",
) -> Reconsideration:
    """Bring a rejected objection before the next higher court, late or not; the decision stands meanwhile (art. 12).

    Registered by the executing court or by the upper one. Raises NotFound, IllegalMove `not_rejected`, Conflict
    `reconsideration_stands_once` or `no_upper_court`, InvalidInput.
    """
    known: Objection | None = Objection.objects.visible_to(by).filter(pk=objection_id).first()
    if known is None or by.role not in COURT_ROLES:
        raise NotFound("没有找到这件异议。")
    listing = hold(known.listing_id)
    objection = Objection.objects.select_for_update(of=("self",)).get(pk=objection_id)
    if objection.status != RemedyStatus.REJECTED:
        raise IllegalMove("只有被驳回的异议可以申请复议。", code="not_rejected")
    if Reconsideration.objects.filter(objection=objection).exists():
        raise Conflict("这件异议已经申请过复议。", code="reconsideration_stands_once")
    upper = listing.court.upper
    if upper is None:
        raise Conflict(f"{listing.court.name}没有登记上一级法院，不能登记复议。", code="no_upper_court")
    refuse(remedy_steps.received_problems(ground, channel, received_on, at))
    assert received_on is not None
    if objection.decided_on is not None and received_on < objection.decided_on:
        refuse([FieldProblem("received_on", "date_order", "复议不能早于驳回决定。")])
    reconsideration = Reconsideration(
        objection=objection,
        court=upper,
        status=RemedyStatus.FILED,
        ground=ground,
        channel=channel,
        applicant=rules.mask_name(applicant),
        received_on=received_on,
    )
    return open_remedy(reconsideration, by=by, at=at, is_late=_is_late(reconsideration))


@transaction.atomic
def uphold_reconsideration(
    *,
    reconsideration_id: UUID,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
    outcome: str = "",
    exit_ground: str = "",
    corrections: Mapping[str, Any] | None = None,
) -> Reconsideration:
    """The upper court finds for the party: its decision changes the listing of the court below at once."""
    found = held(Reconsideration, reconsideration_id, by, listing=TO_LISTING)
    remedy_steps.require(found, RemedyStatus.UPHELD)
    refuse(decision_problems(found, reason, document_number, decided_on, served_on, at))
    listing = found.objection.listing
    chosen = _outcome(outcome, rules.About(found.objection.about), listing)
    acting = in_place_of(listing.court, by)
    _carry_out(chosen, listing, reason, document_number, decided_on, exit_ground, corrections, acting, at)
    columns = decision(reason, document_number, decided_on, served_on)
    return move(found, RemedyStatus.UPHELD, reason=reason, by=by, at=at, outcome=chosen.value, **columns)


@transaction.atomic
def dismiss_reconsideration(
    *,
    reconsideration_id: UUID,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
) -> Reconsideration:
    """The upper court finds the rejection right."""
    found = held(Reconsideration, reconsideration_id, by, listing=TO_LISTING)
    remedy_steps.require(found, RemedyStatus.DISMISSED)
    refuse(decision_problems(found, reason, document_number, decided_on, served_on, at))
    columns = decision(reason, document_number, decided_on, served_on)
    return move(found, RemedyStatus.DISMISSED, reason=reason, by=by, at=at, **columns)


@transaction.atomic
def withdraw_reconsideration(*, reconsideration_id: UUID, reason: str, by: Operator, at: datetime) -> Reconsideration:
    """The party takes it back, in writing."""
    found = held(Reconsideration, reconsideration_id, by, listing=TO_LISTING)
    refuse([] if reason.strip() else [FieldProblem("reason", "required", "请写明撤回的情况。")])
    return move(found, RemedyStatus.WITHDRAWN, reason=reason, by=by, at=at)


# --- what they share -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class CourtBelow:
    """The executing court as a unit (registry.access.Unit)."""

    name: str
    court_id: int | None
    region_id: str


@dataclass(slots=True)
class InPlaceOf:
    """An operator of the upper court, carrying its decision out on a listing of the court below.

    Change and audit name the operator; only the listing's scope is the lower court's.
    """

    pk: int
    role: str
    agency_id: int | None
    agency: CourtBelow
    username: str

    def get_username(self) -> str:
        return self.username


def in_place_of(court: Court, by: Operator) -> InPlaceOf:
    below = CourtBelow(court.name, court.pk, court.region_id)
    return InPlaceOf(by.pk, by.role, by.agency_id, below, by.get_username())


def _outcome(given: str, about: rules.About, listing: Listing) -> rules.Outcome:
    if given and given not in RemedyOutcome.values:
        raise InvalidInput(errors=[FieldProblem("outcome", "outcome_unknown", "请选择处理结果。")])
    outcome = rules.Outcome(given) if given else rules.usual_outcome(about)
    refusal = rules.refusal_of_outcome(about, outcome, is_live=listing.status in LIVE)
    if refusal is not None:
        code, sentence = refusal
        raise InvalidInput(sentence, code=code, errors=[FieldProblem("outcome", code, sentence)])
    return outcome


def _carry_out(
    outcome: rules.Outcome,
    listing: Listing,
    reason: str,
    document_number: str,
    decided_on: date | None,
    exit_ground: str,
    corrections: Mapping[str, Any] | None,
    by: Operator,
    at: datetime,
) -> None:
    """Do to the listing what the decision says, by the listing's own services."""
    act: dict[str, Any] = {
        "listing_id": listing.pk,
        "document_number": document_number,
        "happened_on": decided_on,
        "by": by,
        "at": at,
    }
    if outcome is rules.Outcome.REVOKE:
        listings.revoke_listing(ground=ExitGround.WRONGLY_LISTED, ground_text=reason, **act)
    elif outcome is rules.Outcome.SHIELD:
        listings.shield_listing(ground=exit_ground or ExitGround.OTHER, ground_text=reason, **act)
    elif outcome is rules.Outcome.CORRECT:
        listings.correct_listing(corrections=corrections or {}, ground=reason, **act)


def _is_late(remedy: Objection | Reconsideration) -> bool:
    found = filing_limit(remedy, Rulebook())
    return found is not None and rules.is_late(remedy.received_on, found[1].on, provisional=found[1].provisional)


def _open_to(listing_id: UUID, by: Operator) -> Listing:
    """The listing, locked: the court's own, or one that the unit may see."""
    if not remedy_steps.is_open_to(listing_id, by):
        raise NotFound("没有找到这个名单条目。")
    return hold(listing_id)


def _met(listing_id: UUID, by: Operator) -> Listing:
    if by.role != "agency_staff" or not Listing.objects.filter(pk=listing_id).exists():
        raise NotFound("没有找到这个名单条目。")
    return hold(listing_id)
