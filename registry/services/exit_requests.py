"""Requests to leave the list, decided by the executing court; granting shields in the same transaction.

法释〔2017〕7号 arts. 2, 10; 002 §四(二)4, 004 §四(二)4.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core.errors import Conflict, FieldProblem, IllegalMove, NotFound
from registry.access import Operator
from registry.choices import ExitGround, RemedyStatus
from registry.lifecycle import LIVE
from registry.models import ExitRequest, Listing
from registry.rules import remedies as rules
from registry.services import listings, remedy_steps
from registry.services.remedy_steps import decision, decision_problems, held, hold, move, open_remedy, refuse


@transaction.atomic
def record_exit_request(
    *,
    listing_id: UUID,
    exit_ground: str,
    ground: str,
    channel: str,
    received_on: date | None,
    by: Operator,
    at: datetime,
    confirmed_on: date | None = None,
    applicant: str = "",
) -> ExitRequest:
    """Record that somebody asks for the listing to end on a ground of the law.

    `confirmed_on`: the day on which the fact (performance, settlement performed, 终结) was confirmed; the limits run
    from it. Raises NotFound, IllegalMove `listing_ended`, InvalidInput, and Conflict
    `exit_request_is_open_once_per_ground`.
    """
    if not Listing.objects.editable_by(by).filter(pk=listing_id).exists():
        raise NotFound("没有找到这个名单条目。")
    listing = hold(listing_id)
    if listing.status not in LIVE:
        raise IllegalMove("条目已经退出名单，不必再申请退出。", code="listing_ended")
    problems = remedy_steps.received_problems(ground, channel, received_on, at)
    problems += remedy_steps.day_problems("confirmed_on", confirmed_on, at)
    if exit_ground not in ExitGround.values or exit_ground == ExitGround.WRONGLY_LISTED:
        problems.append(FieldProblem("exit_ground", "ground_unknown", "请选择退出原因；认为不应纳入的，请登记异议。"))
    refuse(problems)
    assert received_on is not None
    if ExitRequest.objects.filter(listing=listing, exit_ground=exit_ground).open().exists():
        raise Conflict("同一原因的退出申请正在办理。", code="exit_request_is_open_once_per_ground")
    request = ExitRequest(
        listing=listing,
        status=RemedyStatus.RECEIVED,
        exit_ground=exit_ground,
        ground=ground,
        channel=channel,
        applicant=rules.mask_name(applicant),
        received_on=received_on,
        confirmed_on=confirmed_on,
    )
    return open_remedy(request, by=by, at=at, is_late=False)


@transaction.atomic
def grant_exit_request(
    *,
    request_id: UUID,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
) -> ExitRequest:
    """Granted: the listing is shielded in the same transaction; what forbids that forbids the grant."""
    request = held(ExitRequest, request_id, by)
    remedy_steps.require(request, RemedyStatus.GRANTED)
    refuse(decision_problems(request, reason, document_number, decided_on, served_on, at))
    listings.shield_listing(
        listing_id=request.listing_id,
        ground=request.exit_ground,
        ground_text=reason if request.exit_ground == ExitGround.OTHER else "",
        document_number=document_number,
        happened_on=decided_on,
        by=by,
        at=at,
    )
    columns = decision(reason, document_number, decided_on, served_on)
    return move(request, RemedyStatus.GRANTED, reason=reason, by=by, at=at, **columns)


@transaction.atomic
def refuse_exit_request(
    *,
    request_id: UUID,
    reason: str,
    document_number: str,
    decided_on: date | None,
    by: Operator,
    at: datetime,
    served_on: date | None = None,
) -> ExitRequest:
    """Refused, with reasons; the party may still object (art. 11)."""
    request = held(ExitRequest, request_id, by)
    remedy_steps.require(request, RemedyStatus.REFUSED)
    refuse(decision_problems(request, reason, document_number, decided_on, served_on, at))
    columns = decision(reason, document_number, decided_on, served_on)
    return move(request, RemedyStatus.REFUSED, reason=reason, by=by, at=at, **columns)


@transaction.atomic
def withdraw_exit_request(*, request_id: UUID, reason: str, by: Operator, at: datetime) -> ExitRequest:
    """Taken back, or overtaken because the listing has ended otherwise."""
    request = held(ExitRequest, request_id, by)
    refuse([] if reason.strip() else [FieldProblem("reason", "required", "请写明撤回的情况。")])
    return move(request, RemedyStatus.WITHDRAWN, reason=reason, by=by, at=at)
