"""What the calls about remedies share: lists, one record, acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate, now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import IdempotentMixin, Pagination
from registry.access import COURT_ROLES
from registry.api.permissions import CourtView, caller
from registry.api.remedy_shapes import SHAPES, Plain, RemedyQueryShape
from registry.api.schema import IDEMPOTENCY, answered, asked, refusals
from registry.models.remedies import Remedy
from registry.services.remedy_clocks import Rulebook

SIDES = COURT_ROLES | {"agency_staff"}
CLOCK = {
    "key": "objection.review.national",
    "label": "异议审查（法定期限）",
    "due": "2026-12-07",
    "days_left": 17,
    "unit": "calendar",
    "provisional": False,
    "citation": "法释〔2017〕7号第十二条",
    "is_local": False,
}
BASE = {
    "id": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e90",
    "status": "received",
    "late": False,
    "listing": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e81",
    "name": "王试例",
    "court": "莱芜区人民法院",
    "case_number": "（2020）鲁0116执1234号",
    "ground": "从未收到执行通知书",
    "channel": "counter",
    "applicant": "",
    "received_on": "2026-11-20",
    "due_on": "2026-12-07",
    "due_is_provisional": False,
    "clocks": [CLOCK],
    "filing": None,
    "decision": None,
    "evidence": [],
    "recorded_at": "2026-11-20T10:00:00+08:00",
}
RECEIVED = {"ground": "从未收到执行通知书", "channel": "counter", "received_on": "2026-11-20"}
DECISION = {"reason": "经审查，理由成立。", "document_number": "（2026）鲁0116执异12号", "decided_on": "2026-11-20"}


class SidesView(CourtView):
    """Courts, and the units whose counters take remedies; each sees its own."""

    allowed_roles = SIDES


class RemedyRead(SidesView):
    model: ClassVar[type[Remedy]]
    filter_backends: ClassVar[tuple[Any, ...]] = ()

    def rows(self, request: Request) -> Any:
        visible: Any = self.model.objects.visible_to(caller(request))
        related = ("evidence", "outcomes") if hasattr(self.model, "outcomes") else ("evidence",)
        return visible.with_listing().prefetch_related(*related)

    def shown(self, found: Any, *, many: bool = False) -> Any:
        context = {"today": localdate(), "book": Rulebook()}
        return SHAPES[self.model](found, many=many, context=context).data

    def one(self, request: Request, remedy_id: UUID, status: int = 200) -> Response:
        return Response(self.shown(get_object_or_404(self.rows(request), pk=remedy_id)), status)

    def page(self, request: Request) -> Response:
        query = RemedyQueryShape(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted, rows = query.validated_data, self.rows(request).order_by("due_on", "-pk")
        if "state" in wanted:
            rows = rows.filter(due_on__isnull=wanted["state"] == "closed")
        if wanted["late"] is not None:
            rows = rows.filter(is_late=wanted["late"])
        if "listing" in wanted:
            rows = rows.filter(**{f"{rows.LISTING}_id" if hasattr(rows, "LISTING") else "listing": wanted["listing"]})
        pages = Pagination()
        found: Any = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(self.shown(found or [], many=True))


def collection(
    model: type[Remedy],
    tag: str,
    name: str,
    words: str,
    shape: type[Plain],
    create: Callable[[Any, dict[str, Any]], Remedy],
    example: dict[str, Any],
    answer: dict[str, Any],
) -> Any:
    """The list of a kind and its POST. `create`: caller and what was sent → the new record."""
    view_model = model

    class Collection(IdempotentMixin, RemedyRead):
        model = view_model
        pagination_class = Pagination

        @extend_schema(
            operation_id=f"{name}_list",
            tags=[tag],
            summary=f"{words}：按期限先后，待办在前",
            parameters=[RemedyQueryShape],
            responses={200: SHAPES[view_model](many=True), **refusals(400)},
            examples=[answered(words, answer)],
        )
        def get(self, request: Request) -> Response:
            return self.page(request)

        @extend_schema(
            operation_id=f"{name}_create",
            tags=[tag],
            summary=f"登记{words}",
            parameters=[IDEMPOTENCY],
            request=shape,
            responses={201: SHAPES[view_model], **refusals(400, 404, 409, 422)},
            examples=[asked(words, example), answered(words, answer)],
        )
        def post(self, request: Request) -> Response:
            sent = shape(data=request.data)
            sent.is_valid(raise_exception=True)
            made = create(caller(request), dict(sent.validated_data))
            return self.one(request, made.pk, 201)

    Collection.__name__ = f"{model.__name__}CollectionView"
    return Collection


def record(model: type[Remedy], tag: str, name: str, words: str, answer: dict[str, Any]) -> Any:
    """One record of a kind."""
    view_model = model

    class Record(RemedyRead):
        model = view_model

        @extend_schema(
            operation_id=f"{name}_retrieve",
            tags=[tag],
            summary=f"一件{words}：内容、期限、决定、证据",
            responses={200: SHAPES[view_model], **refusals(404)},
            examples=[answered(words, answer)],
        )
        def get(self, request: Request, remedy_id: UUID) -> Response:
            return self.one(request, remedy_id)

    Record.__name__ = f"{model.__name__}RecordView"
    return Record


def act(
    model: type[Remedy],
    tag: str,
    name: str,
    verb: str,
    summary: str,
    shape: type[Plain],
    service: Callable[..., Remedy],
    example: dict[str, Any],
    answer: dict[str, Any],
) -> Any:
    """One act of a court on a record. `service` takes the record's id first as `remedy_id`."""
    view_model = model

    class Act(IdempotentMixin, RemedyRead):
        model = view_model
        allowed_roles = COURT_ROLES

        @extend_schema(
            operation_id=f"{name}_{verb}",
            tags=[tag],
            summary=summary,
            parameters=[IDEMPOTENCY],
            request=shape,
            responses={200: SHAPES[view_model], **refusals(400, 404, 409, 422)},
            examples=[*([asked(summary, example)] if example else []), answered(summary, answer)],
        )
        def post(self, request: Request, remedy_id: UUID) -> Response:
            get_object_or_404(view_model.objects.decidable_by(caller(request)), pk=remedy_id)
            sent = shape(data=request.data)
            sent.is_valid(raise_exception=True)
            service(remedy_id, by=caller(request), at=now(), **sent.validated_data)
            return self.one(request, remedy_id)

    Act.__name__ = f"{model.__name__}{verb.title()}View"
    return Act
