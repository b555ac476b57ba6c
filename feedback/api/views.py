"""`feedback/` and `reports/` (contract.md §3)."""

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.permissions import MayCall
from agencies.choices import KeyScope, UserRole
from agencies.models import Enforcement, User
from core.api import IdempotentMixin
from feedback.api.serializers import (
    FeedbackInput,
    FeedbackOutput,
    FeedbackQuery,
    Remarks,
    ReportInput,
    ReportOutput,
    ReportQuery,
    ReportSummary,
    ReportTexts,
)
from feedback.models import Feedback, Report
from feedback.rules.periods import period
from feedback.services.feedback import send_feedback
from feedback.services.reports import create_report, review_report, submit_report, write_report

TAG = "反馈与报告"
STAFF_AND_OFFICE = frozenset({UserRole.AGENCY_STAFF, UserRole.CREDIT_OFFICE})


class View(IdempotentMixin, GenericAPIView[Any]):
    """What all views here share: the scope `report`, and who calls."""

    permission_classes = (MayCall,)
    allowed_roles: ClassVar[frozenset[UserRole]] = STAFF_AND_OFFICE
    key_scope = KeyScope.REPORT
    filter_backends = ()

    @property
    def operator(self) -> User:
        """The operator that MayCall has let in."""
        user = self.request.user
        assert isinstance(user, User)
        return user


class FeedbackList(View):
    """What units told the courts: a unit reads its own, a court what it was sent, a credit office its region's."""

    allowed_roles = STAFF_AND_OFFICE | {UserRole.CLERK, UserRole.REVIEWER}
    queryset = Feedback.objects.none()
    serializer_class = FeedbackOutput

    @extend_schema(tags=[TAG], summary="反馈列表", parameters=[FeedbackQuery], responses=FeedbackOutput(many=True))
    def get(self, request: Request) -> Response:
        query = FeedbackQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        rows = Feedback.objects.visible_to(self.operator).with_enforcement()
        rows = rows.matching(unit=wanted.get("unit"), since=wanted.get("since"), until=wanted.get("until"))
        if "enforcement" in wanted:
            rows = rows.filter(enforcement_id=wanted["enforcement"])
        return self.get_paginated_response(FeedbackOutput(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        tags=[TAG],
        summary="向法院反馈一项执行",
        request=FeedbackInput,
        responses={201: FeedbackOutput},
        examples=[
            OpenApiExample(
                "反馈",
                request_only=True,
                value={
                    "enforcement": "0190b5a2-7c1e-7d3a-9f00-2a4b6c8d0e1f",
                    "content": "自2026年11月20日起不予列入政府采购供应商名单。",
                    "result": "当事人于11月25日履行3万元。",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        body = FeedbackInput(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        enforcement = get_object_or_404(Enforcement.objects.visible_to(self.operator), pk=wanted.pop("enforcement"))
        sent = send_feedback(enforcement_id=enforcement.pk, by=self.operator, at=now(), **wanted)
        return Response(FeedbackOutput(Feedback.objects.with_enforcement().get(pk=sent.pk)).data, status=201)


class ReportView(View):
    """What the views of reports share."""

    queryset = Report.objects.none()
    serializer_class = ReportOutput

    def visible(self, report_id: UUID) -> Report:
        """The report, or 404 for whoever may not know of it."""
        found: Report = get_object_or_404(
            Report.objects.visible_to(self.operator).select_related("agency").with_history(), pk=report_id
        )
        return found

    def answer(self, report: Report, status: int = 200) -> Response:
        """The report as it stands now."""
        return Response(ReportOutput(self.visible(report.pk)).data, status=status)


class ReportList(ReportView):
    """Reports of the unit, or of the credit office's region (drafts are the unit's own)."""

    @extend_schema(tags=[TAG], summary="报告列表", parameters=[ReportQuery], responses=ReportSummary(many=True))
    def get(self, request: Request) -> Response:
        query = ReportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = Report.objects.visible_to(self.operator).select_related("agency").order_by("-period", "agency_id")
        fields = {"period": "period", "status": "status", "unit": "agency_id"}
        rows = rows.filter(**{fields[name]: value for name, value in query.validated_data.items()})
        return self.get_paginated_response(ReportSummary(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        tags=[TAG],
        summary="建立一个报告期的报告",
        request=ReportInput,
        responses={201: ReportOutput, 409: OpenApiResponse(description="report_exists：该报告期已有报告")},
        examples=[OpenApiExample("2026年11月", request_only=True, value={"period": "2026-11"})],
    )
    def post(self, request: Request) -> Response:
        body = ReportInput(data=request.data)
        body.is_valid(raise_exception=True)
        report = create_report(period=period(body.validated_data["period"]), by=self.operator, at=now())
        return self.answer(report, 201)


class ReportDetail(ReportView):
    """One report with its figures, texts and history."""

    @extend_schema(tags=[TAG], summary="报告详情", responses=ReportOutput)
    def get(self, request: Request, report_id: UUID) -> Response:
        return Response(ReportOutput(self.visible(report_id)).data)

    @extend_schema(
        tags=[TAG],
        summary="填写工作情况与典型案例",
        description="仅草稿或被退回时可填写；数据同时重新统计。文字中有疑似证件号码时返回 422 identifier_in_text。",
        request=ReportTexts,
        responses=ReportOutput,
        examples=[OpenApiExample("工作情况", request_only=True, value={"narrative": "本月对政府采购供应商逐一核查。"})],
    )
    def patch(self, request: Request, report_id: UUID) -> Response:
        body = ReportTexts(data=request.data)
        body.is_valid(raise_exception=True)
        report = self.visible(report_id)
        texts = {"narrative": report.narrative, "typical_case": report.typical_case} | body.validated_data
        return self.answer(write_report(report_id=report.pk, by=self.operator, at=now(), **texts))


class ReportSubmit(ReportView):
    """To the credit office."""

    @extend_schema(tags=[TAG], summary="提交报告", request=None, responses=ReportOutput)
    def post(self, request: Request, report_id: UUID) -> Response:
        return self.answer(submit_report(report_id=self.visible(report_id).pk, by=self.operator, at=now()))


class ReportReview(ReportView):
    """The credit office's word."""

    accepts: bool

    def reviewed(self, request: Request, report_id: UUID) -> Response:
        """Accept or return, as the view says."""
        body = Remarks(data=request.data)
        body.is_valid(raise_exception=True)
        report = self.visible(report_id)
        remarks = body.validated_data["remarks"]
        return self.answer(
            review_report(report_id=report.pk, accept=self.accepts, remarks=remarks, by=self.operator, at=now())
        )


class ReportReturn(ReportReview):
    """Back to the unit, with what to mend."""

    accepts = False

    @extend_schema(
        tags=[TAG],
        summary="退回报告",
        request=Remarks,
        responses=ReportOutput,
        examples=[OpenApiExample("退回", request_only=True, value={"remarks": "请补充典型案例。"})],
    )
    def post(self, request: Request, report_id: UUID) -> Response:
        return self.reviewed(request, report_id)


class ReportAccept(ReportReview):
    """Accepted."""

    accepts = True

    @extend_schema(
        tags=[TAG],
        summary="通过报告",
        request=Remarks,
        responses=ReportOutput,
        examples=[OpenApiExample("通过", request_only=True, value={"remarks": ""})],
    )
    def post(self, request: Request, report_id: UUID) -> Response:
        return self.reviewed(request, report_id)
