"""What every act on the list needs before it is done: the locked listing, a ground, a document, a day that has come."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from core.errors import FieldProblem, InvalidInput, NotFound
from registry.access import Operator
from registry.lifecycle import require_local
from registry.models import Listing
from registry.rules.terms import Refusal


def locked(listing_id: UUID, by: Operator) -> Listing:
    """The listing, locked, where `by` belongs to its court; NotFound otherwise, IllegalMove for a mirrored one."""
    listing: Listing | None = (
        Listing.objects.editable_by(by)
        .select_for_update(of=("self",))
        .select_related("subject", "court")
        .filter(pk=listing_id)
        .first()
    )
    if listing is None:
        raise NotFound("没有找到这个名单条目。")
    require_local(listing.source_id)
    return listing


def grounded(ground: str) -> list[FieldProblem]:
    """A ground has been given in words."""
    return [] if ground.strip() else [FieldProblem("ground", "required", "请写明理由。")]


def documented(
    document_number: str, day: date | None, today: date, *, day_field: str = "happened_on"
) -> list[FieldProblem]:
    """A document has been named, and a day that has come."""
    problems = [] if document_number.strip() else [FieldProblem("document_number", "required", "请填写依据文号。")]
    return problems + dated(day, today, day_field=day_field)


def dated(day: date | None, today: date, *, day_field: str = "happened_on") -> list[FieldProblem]:
    """A day has been given, and it has come."""
    if day is None:
        return [FieldProblem(day_field, "required", "请填写日期。")]
    if day > today:
        return [FieldProblem(day_field, "in_future", "日期不能晚于今天。")]
    return []


def refuse(problems: list[FieldProblem]) -> None:
    """Raise InvalidInput where there is anything wrong."""
    if problems:
        raise InvalidInput("请补正后再提交。", errors=problems)


def refuse_by_rule(refusal: Refusal | None) -> None:
    """Raise InvalidInput with the rule's code and sentence where a rule refuses."""
    if refusal is not None:
        problems = [FieldProblem(refusal.field, refusal.code, refusal.detail)] if refusal.field else []
        raise InvalidInput(refusal.detail, code=refusal.code, errors=problems)
