"""Before a listing and after it over HTTP: notices served, grace granted, the archive opened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import IdempotentMixin, Pagination
from registry.api.listings import DETAIL, TAG, detail
from registry.api.permissions import CourtView, caller
from registry.api.schema import IDEMPOTENCY, answered, asked, refusals
from registry.api.serializers import ListingDetailSerializer, PastDay, Words
from registry.choices import Circumstance, NoticeChannel, PartyKind
from registry.models import GracePeriod, Listing, RiskNotice
from registry.services.archive import look_into
from registry.services.grace import MONTHS, ListingDecision, grant_grace
from registry.services.notices import record_notice

PAGING = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]
PARTY = {"case_number": "（2026）鲁0116执1号", "kind": "person", "name": "王试例", "id_number": ""}
KEPT = {
    "id": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e81",
    "court": "莱芜区人民法院",
    "case_number": "（2026）鲁0116执1号",
    "kind": "person",
    "name": "王试例",
    "id_masked": "",
    "document_number": "（2026）鲁0116执1号执行通知书",
    "recorded_at": "2026-11-20T10:15:00+08:00",
}
PARTY_FIELDS = ("id", "court", "case_number", "kind", "name", "id_masked", "document_number", "recorded_at")


class PartySerializer(serializers.Serializer[Any]):
    """A judgment debtor in a case of the caller's court."""

    case_number = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=PartyKind.choices)
    name = Words(max_length=200)
    id_number = serializers.CharField(
        max_length=60,
        required=False,
        default="",
        allow_blank=True,
        help_text="完整号码，可省略；只存比对值和脱敏形式。",
    )
    document_number = Words(max_length=100)


class RiskNoticeRequestSerializer(PartySerializer):
    served_on = PastDay()
    channel = serializers.ChoiceField(choices=NoticeChannel.choices)


class RiskNoticeSerializer(serializers.ModelSerializer[RiskNotice]):
    court = serializers.CharField(source="court.name")
    channel = serializers.ChoiceField(choices=NoticeChannel.choices)

    class Meta:
        model = RiskNotice
        fields = (*PARTY_FIELDS, "served_on", "channel")


class DecisionSerializer(serializers.Serializer[Any]):
    """The decision that takes effect the day after grace."""

    decision_number = Words(max_length=100)
    decided_on = PastDay()
    circumstances = serializers.ListField(
        child=serializers.ChoiceField(choices=Circumstance.choices), min_length=1, max_length=7
    )
    obligation = Words(max_length=4000, required=False, default="", allow_blank=True)
    basis_number = Words(max_length=200, required=False, default="", allow_blank=True)
    basis_issuer = Words(max_length=200, required=False, default="", allow_blank=True)
    filed_on = PastDay(required=False, default=None, allow_null=True)
    publishable = serializers.BooleanField(required=False, default=True)


class GracePeriodRequestSerializer(PartySerializer):
    starts_on = PastDay()
    months = serializers.ChoiceField(choices=[(n, f"{n}个月") for n in MONTHS])
    decision = DecisionSerializer(
        required=False, default=None, allow_null=True, help_text="已作出的纳入决定；宽限期满次日自动生效。"
    )


class GracePeriodSerializer(serializers.ModelSerializer[GracePeriod]):
    court = serializers.CharField(source="court.name")
    provisional = serializers.BooleanField(source="is_provisional", help_text="所涉年份的节假日安排尚未公布。")
    listing = serializers.UUIDField(source="listing_id", allow_null=True, help_text="待生效的名单条目。")

    class Meta:
        model = GracePeriod
        fields = (*PARTY_FIELDS, "starts_on", "months", "ends_on", "provisional", "listing")


class LookSerializer(serializers.Serializer[Any]):
    reason = Words(max_length=300, help_text="查阅事由，记入审计。")


class RiskNoticesView(IdempotentMixin, CourtView):
    """Warnings before a listing."""

    pagination_class = Pagination  # what the description reads

    @extend_schema(
        operation_id="risk_notices_list",
        tags=TAG,
        summary="风险提示",
        parameters=PAGING,
        responses={200: RiskNoticeSerializer(many=True), **refusals()},
    )
    def get(self, request: Request) -> Response:
        found = RiskNotice.objects.visible_to(caller(request)).select_related("court").order_by("-pk")
        pages = Pagination()
        page = pages.paginate_queryset(found, request, self)
        return pages.get_paginated_response(RiskNoticeSerializer(page or [], many=True).data)

    @extend_schema(
        operation_id="risk_notices_create",
        tags=TAG,
        summary="登记一份风险提示",
        parameters=[IDEMPOTENCY],
        request=RiskNoticeRequestSerializer,
        responses={201: RiskNoticeSerializer, **refusals(400, 409, 422)},
        examples=[
            asked("请求", {**PARTY, "document_number": "通知书", "served_on": "2026-11-18", "channel": "notice"}),
            answered("已登记", {**KEPT, "served_on": "2026-11-18", "channel": "notice"}),
        ],
    )
    def post(self, request: Request) -> Response:
        sent = RiskNoticeRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        notice = record_notice(**sent.validated_data, by=caller(request), at=now())
        return Response(RiskNoticeSerializer(notice).data, 201)


class GracePeriodsView(IdempotentMixin, CourtView):
    """Grace before a listing."""

    pagination_class = Pagination  # what the description reads

    @extend_schema(
        operation_id="grace_periods_list",
        tags=TAG,
        summary="宽限期",
        parameters=PAGING,
        responses={200: GracePeriodSerializer(many=True), **refusals()},
    )
    def get(self, request: Request) -> Response:
        found = GracePeriod.objects.visible_to(caller(request)).select_related("court").order_by("-pk")
        pages = Pagination()
        page = pages.paginate_queryset(found, request, self)
        return pages.get_paginated_response(GracePeriodSerializer(page or [], many=True).data)

    @extend_schema(
        operation_id="grace_periods_create",
        tags=TAG,
        summary="给予宽限期；已作出决定的，期满次日自动生效",
        parameters=[IDEMPOTENCY],
        request=GracePeriodRequestSerializer,
        responses={201: GracePeriodSerializer, **refusals(400, 409, 422)},
        examples=[
            asked("请求", {**PARTY, "document_number": "宽限通知", "starts_on": "2026-11-18", "months": 1}),
            answered(
                "已登记",
                {
                    **KEPT,
                    "starts_on": "2026-11-18",
                    "months": 1,
                    "ends_on": "2026-12-18",
                    "provisional": False,
                    "listing": None,
                },
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        sent = GracePeriodRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        decision = given.pop("decision")
        period = grant_grace(
            **given, decision=ListingDecision(**decision) if decision else None, by=caller(request), at=now()
        )
        return Response(GracePeriodSerializer(period).data, 201)


class ListingOpenView(CourtView):
    """The archive of an ended listing, opened with a reason."""

    @extend_schema(
        operation_id="listings_open",
        tags=TAG,
        summary="查阅已退出条目的档案，写明事由",
        description="已退出的条目，平时只回答状态和退出情况；档案内容须写明事由查阅，每次查阅都记入审计。",
        request=LookSerializer,
        responses={200: ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("请求", {"reason": "信访核查"}), answered("档案", {**DETAIL, "status": "shielded"})],
    )
    def post(self, request: Request, listing_id: UUID) -> Response:
        get_object_or_404(Listing.objects.editable_by(caller(request)), pk=listing_id)
        sent = LookSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        look_into(listing_id=listing_id, by=caller(request), at=now(), **sent.validated_data)
        return Response(detail(request, listing_id, is_open=True))


urls = [
    path("risk-notices/", RiskNoticesView.as_view(), name="api_risk_notices"),
    path("grace-periods/", GracePeriodsView.as_view(), name="api_grace_periods"),
    path("listings/<uuid:listing_id>/open/", ListingOpenView.as_view(), name="api_listing_open"),
]
