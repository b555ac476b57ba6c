"""What a debtor is, for the court's reports upward: marked by the listing court, cleared where it was wrong."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core import audit
from core.errors import Conflict, FieldProblem, IllegalMove, NotFound
from registry.access import Operator
from registry.lifecycle import LIVE
from registry.models import DebtorMark
from registry.rules.organ_reports import categories_for
from registry.services.preconditions import locked, refuse
from registry.services.remedy_steps import typed


@transaction.atomic
def set_category(*, listing_id: UUID, category: str, basis: str, by: Operator, at: datetime) -> DebtorMark:
    """Mark the debtor of a live listing. The mark stays inside: no page for the public, no feed, no check shows it.

    Raises NotFound for another court's listing, IllegalMove `mirrored` or `listing_ended`, Conflict
    `debtor_mark_stands_once`, InvalidInput `category_unfit` (a unit is no deputy) or without basis.
    """
    listing = locked(listing_id, by)
    if listing.status not in LIVE:
        raise IllegalMove("条目已经退出名单，不再标记身份类别。", code="listing_ended")
    problems = []
    if category not in categories_for(listing.kind):
        unfit = f"{listing.get_kind_display()}不能标记为这一类别。"
        problems.append(FieldProblem("category", "category_unfit", unfit))
    reason = typed(basis, 300)
    refuse(problems + ([] if reason else [FieldProblem("basis", "required", "请写明认定依据。")]))
    if listing.marks.filter(category=category, cleared_at=None).exists():
        raise Conflict("已经标记为这一类别。", code="debtor_mark_stands_once")
    mark: DebtorMark = listing.marks.create(category=category, basis=reason, set_by_id=by.pk, set_at=at)
    audit.record(verb="set_debtor_category", target=mark, by=by, at=at, after={"listing": str(listing.pk)})
    return mark


@transaction.atomic
def clear_category(*, mark_id: UUID, reason: str, by: Operator, at: datetime) -> DebtorMark:
    """Take a mark back; reports not yet taken no longer carry it. Raises NotFound, IllegalMove when done before."""
    mine = DebtorMark.objects.editable_by(by).select_for_update(of=("self",))
    mark: DebtorMark | None = mine.filter(pk=mark_id).first()
    if mark is None:
        raise NotFound("没有找到这个标记。")
    if mark.cleared_at is not None:
        raise IllegalMove("这个标记已经取消。")
    mark.cleared_reason = typed(reason, 300)
    refuse([] if mark.cleared_reason else [FieldProblem("reason", "required", "请写明取消的理由。")])
    mark.cleared_at, mark.cleared_by_id = at, by.pk
    mark.save(update_fields=["cleared_at", "cleared_by", "cleared_reason"])
    audit.record(verb="clear_debtor_category", target=mark, by=by, at=at, after={"listing": str(mark.listing_id)})
    return mark
