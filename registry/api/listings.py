"""Listings over HTTP: search, read, act (contract.md §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate, now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from core.api import IdempotentMixin, Pagination
from registry.api.permissions import CourtView, SharedView, caller
from registry.api.schema import IDEMPOTENCY, answered, asked, refusals
from registry.api.serializers import (
    ActSerializer,
    CorrectSerializer,
    ListingDetailSerializer,
    ListingSearchSerializer,
    ListingSerializer,
    RevokeSerializer,
    ShieldSerializer,
)
from registry.clocks import clocks_of
from registry.models import Listing
from registry.search import narrow
from registry.services import listings

TAG = ["名单"]
LISTING = {
    "id": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e81",
    "status": "active",
    "kind": "person",
    "name": "王试例",
    "id_type": "resident_id",
    "id_masked": "370116********0018",
    "sex": "1",
    "age": 30,
    "area": "山东",
    "court": "莱芜区人民法院",
    "court_code": "鲁0116",
    "case_number": "（2020）鲁0116执1234号",
    "filed_on": "2020-03-01",
    "basis_number": "（2019）鲁0116民初100号",
    "basis_issuer": "莱芜区人民法院",
    "obligation": "偿还借款本金",
    "performance": "none",
    "performed_part": "",
    "unperformed_part": "",
    "circumstances": ["able_but_refuses"],
    "published_on": "2020-05-01",
    "decision_number": "（2020）鲁0116执1234号决定书",
    "decided_on": "2020-04-28",
    "term_ends_on": None,
    "publishable": True,
    "listed_at": "2026-11-01T09:00:00+08:00",
    "changed_at": "2026-11-01T09:00:00+08:00",
}
LINE = {
    "number": 10480,
    "kind": "listed",
    "at": "2026-11-01T09:00:00+08:00",
    "happened_on": "2020-05-01",
    "ground": "",
    "document_number": "",
    "before": {},
    "after": {"status": "active"},
}
DETAIL = {**LISTING, "exit": None, "history": [LINE], "relations": [], "clocks": [], "repairs": []}
ACT = {"ground": "异议审查中", "document_number": "（2026）鲁0116执异12号", "happened_on": "2026-11-18"}
EXIT = {"ground": "performed", "document_number": "（2020）鲁0116执1234号之二", "happened_on": "2026-11-18"}


class ListingSearchView(SharedView):
    """Search by POST, so that no name or identifier stands in an address. Creates nothing."""

    pagination_class = Pagination  # what the description reads

    @extend_schema(
        operation_id="listings_search",
        tags=TAG,
        summary="查询名单",
        description="各项都可省略；所填各项须同时符合。法院查本院和下级法院，责任单位查可公开的条目。",
        parameters=[OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        request=ListingSearchSerializer,
        responses={200: ListingSerializer(many=True), **refusals(400)},
        examples=[
            asked("按姓名和案号", {"name": "王试例", "case_number": "（2020）鲁0116执1234号"}),
            answered("条目", LISTING),
        ],
    )
    def post(self, request: Request) -> Response:
        sent = ListingSearchSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        found = narrow(Listing.objects.visible_to(caller(request)), sent.asked()).with_parties().order_by("-id")
        pages = Pagination()
        page = pages.paginate_queryset(found, request, self)
        return pages.get_paginated_response(ListingSerializer(page or [], many=True).data)


class ListingView(SharedView):
    """One listing with its history, relations and clocks."""

    @extend_schema(
        operation_id="listings_retrieve",
        tags=TAG,
        summary="名单条目：内容、变更经过、关联人员、期限",
        responses={200: ListingDetailSerializer, **refusals(404)},
        examples=[answered("条目", DETAIL)],
    )
    def get(self, request: Request, listing_id: UUID) -> Response:
        return Response(detail(request, listing_id))


class ListingActView(IdempotentMixin, CourtView):
    """What the acts share: a body, a service, and the listing as it stands afterwards."""

    serializer: ClassVar[type[Serializer[Any]]]
    service: ClassVar[Callable[..., Listing]]

    def act(self, request: Request, listing_id: UUID) -> Response:
        get_object_or_404(Listing.objects.editable_by(caller(request)), pk=listing_id)
        sent = self.serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        type(self).service(listing_id=listing_id, by=caller(request), at=now(), **sent.validated_data)
        return Response(detail(request, listing_id))


class ListingShieldView(ListingActView):
    serializer = ShieldSerializer
    service = listings.shield_listing

    @extend_schema(
        operation_id="listings_shield",
        tags=TAG,
        summary="屏蔽：退出名单",
        parameters=[IDEMPOTENCY],
        request=ShieldSerializer,
        responses={200: ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("已履行", EXIT), answered("已屏蔽", {**DETAIL, "status": "shielded"})],
    )
    def post(self, request: Request, listing_id: UUID) -> Response:
        return self.act(request, listing_id)


class ListingRevokeView(ListingActView):
    serializer = RevokeSerializer
    service = listings.revoke_listing

    @extend_schema(
        operation_id="listings_revoke",
        tags=TAG,
        summary="撤销：不应纳入而纳入",
        parameters=[IDEMPOTENCY],
        request=RevokeSerializer,
        responses={200: ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[
            asked("不应纳入", {**EXIT, "ground": "wrongly_listed"}),
            answered("已撤销", {**DETAIL, "status": "revoked"}),
        ],
    )
    def post(self, request: Request, listing_id: UUID) -> Response:
        return self.act(request, listing_id)


class ListingCorrectView(ListingActView):
    serializer = CorrectSerializer
    service = listings.correct_listing

    @extend_schema(
        operation_id="listings_correct",
        tags=TAG,
        summary="更正内容",
        parameters=[IDEMPOTENCY],
        request=CorrectSerializer,
        responses={200: ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[
            asked("更正履行情况", {**ACT, "ground": "履行情况记载有误", "corrections": {"performance": "partial"}}),
            answered("已更正", {**DETAIL, "performance": "partial"}),
        ],
    )
    def post(self, request: Request, listing_id: UUID) -> Response:
        return self.act(request, listing_id)


class ListingSuspendView(ListingActView):
    serializer = ActSerializer
    service = listings.suspend_listing

    @extend_schema(
        operation_id="listings_suspend",
        tags=TAG,
        summary="暂停措施：信息核实期间",
        parameters=[IDEMPOTENCY],
        request=ActSerializer,
        responses={200: ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("核实", ACT), answered("核实中", {**DETAIL, "status": "suspended"})],
    )
    def post(self, request: Request, listing_id: UUID) -> Response:
        return self.act(request, listing_id)


class ListingResumeView(ListingActView):
    serializer = ActSerializer
    service = listings.resume_listing

    @extend_schema(
        operation_id="listings_resume",
        tags=TAG,
        summary="恢复措施",
        parameters=[IDEMPOTENCY],
        request=ActSerializer,
        responses={200: ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("核实无误", {**ACT, "ground": "异议不成立"}), answered("已恢复", DETAIL)],
    )
    def post(self, request: Request, listing_id: UUID) -> Response:
        return self.act(request, listing_id)


def detail(request: Request, listing_id: UUID) -> Any:
    """The listing as the caller may see it, or 404."""
    found = Listing.objects.visible_to(caller(request)).select_related("court__region__parent")
    listing = get_object_or_404(found.prefetch_related("relations", "repairs__outcomes"), pk=listing_id)
    history = list(listing.changes.order_by("-id"))
    context = {"history": history, "clocks": clocks_of(listing, history, localdate())}
    return ListingDetailSerializer(listing, context=context).data
