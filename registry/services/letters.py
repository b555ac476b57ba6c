"""Letters to a person's unit instead of publication: sent once, acknowledged once (002, 004 §三(一))."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import Conflict, FieldProblem, IllegalMove, NotFound
from registry.access import Operator
from registry.lifecycle import LIVE
from registry.models import EmployerLetter, Listing
from registry.services.remedy_steps import day_problems, hold, refuse, typed


@transaction.atomic
def send_letter(
    *, listing_id: UUID, unit_name: str, document_number: str, sent_on: date | None, by: Operator, at: datetime
) -> EmployerLetter:
    """Record that the person's unit is told (依法不宜公开的，通报其所在单位，由其所在单位依纪依法处理).

    Only for a live listing of a person that is not to be published: what is public needs no letter. Raises NotFound,
    IllegalMove `letter_not_needed` or `listing_ended`, Conflict `employer_letter_is_sent_once_to_a_unit`, InvalidInput.
    """
    if not Listing.objects.editable_by(by).filter(pk=listing_id).exists():
        raise NotFound("没有找到这个名单条目。")
    listing = hold(listing_id)
    if listing.publishable or listing.kind != "person":
        raise IllegalMove("只有不宜公开的自然人条目需要通报其所在单位。", code="letter_not_needed")
    if listing.status not in LIVE:
        raise IllegalMove("条目已经退出名单，不再通报。", code="listing_ended")
    unit, number = typed(unit_name, 100), typed(document_number, 100)
    problems = [] if unit else [FieldProblem("unit_name", "required", "请填写所在单位。")]
    problems += [] if number else [FieldProblem("document_number", "required", "请填写函号。")]
    refuse(problems + day_problems("sent_on", sent_on, at, required="请填写发出日期。"))
    assert sent_on is not None
    if EmployerLetter.objects.filter(listing=listing, unit_name=unit).exists():
        raise Conflict("已经向这个单位发过通报函。", code="employer_letter_is_sent_once_to_a_unit")
    letter = EmployerLetter.objects.create(
        listing=listing, unit_name=unit, document_number=number, sent_on=sent_on, sent_by_id=by.pk, recorded_at=at
    )
    audit.record(verb="send_letter", target=letter, by=by, at=at, after={"document_number": number})
    outbox.emit("letter.sent", letter=str(letter.pk))
    return letter


@transaction.atomic
def acknowledge_letter(
    *, letter_id: UUID, acknowledged_on: date | None, acknowledgement: str, by: Operator, at: datetime
) -> EmployerLetter:
    """Record the unit's receipt and what it says it will do. Raises NotFound, IllegalMove when done, InvalidInput."""
    letter: EmployerLetter | None = (
        EmployerLetter.objects.editable_by(by).select_for_update(of=("self",)).filter(pk=letter_id).first()
    )
    if letter is None:
        raise NotFound("没有找到这份通报函。")
    if letter.acknowledged_on is not None:
        raise IllegalMove("这份通报函的签收已经登记。")
    problems = day_problems("acknowledged_on", acknowledged_on, at, required="请填写签收日期。")
    if acknowledged_on is not None and acknowledged_on <= localdate(at) and acknowledged_on < letter.sent_on:
        problems.append(FieldProblem("acknowledged_on", "date_order", "签收日期不能早于发出日期。"))
    refuse(problems)
    letter.acknowledged_on, letter.acknowledgement = acknowledged_on, typed(acknowledgement, 500)
    letter.save(update_fields=["acknowledged_on", "acknowledgement"])
    audit.record(verb="acknowledge_letter", target=letter, by=by, at=at, after={"acknowledged_on": acknowledged_on})
    outbox.emit("letter.acknowledged", letter=str(letter.pk))
    return letter
