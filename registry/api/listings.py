"""Listings over HTTP: search and read (contract.md §3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import Pagination
from registry.access import COURT_ROLES
from registry.api.permissions import SharedView, caller
from registry.api.schema import answered, asked, refusals
from registry.api.serializers import ListingDetailSerializer, ListingSearchSerializer, ListingSerializer
from registry.clocks import clocks_of
from registry.models import Listing
from registry.search import narrow

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
        context = {"is_court": caller(request).role in COURT_ROLES}
        pages = Pagination()
        page = pages.paginate_queryset(found, request, self)
        return pages.get_paginated_response(ListingSerializer(page or [], many=True, context=context).data)


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


def detail(request: Request, listing_id: UUID, *, is_open: bool = False) -> Any:
    """The listing as the caller may see it, or 404; what is in the archive only where it has been opened."""
    found = Listing.objects.followed_by(caller(request)).select_related("court__region__parent", "grace")
    listing = get_object_or_404(found.prefetch_related("relations", "repairs__outcomes"), pk=listing_id)
    history = list(listing.changes.order_by("-id"))
    context = {"history": history, "clocks": clocks_of(listing, history, localdate()), "is_open": is_open}
    context["is_court"] = caller(request).role in COURT_ROLES
    return ListingDetailSerializer(listing, context=context).data
