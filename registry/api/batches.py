"""Uploads of the list over HTTP (contract.md §3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import IdempotentMixin, Pagination
from core.errors import InvalidInput
from registry.access import COURT_ROLES
from registry.api.batch_serializers import (
    BatchAcceptedSerializer,
    BatchSerializer,
    BatchUploadSerializer,
    ProblemSerializer,
)
from registry.api.permissions import CourtView, caller
from registry.api.schema import FORMAT, IDEMPOTENCY, PURPOSE, answered, refusals
from registry.batch_forms import EXPORT_PURPOSES
from registry.choices import BatchStatus
from registry.models import Batch
from registry.problems import BatchProblems
from registry.services import batches, exports
from registry.services.exports import XLSX

TAG = ["名单批次"]
ACCEPTED = {"id": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e80", "status": "queued"}
PLANNED: dict[str, Any] = {
    **ACCEPTED,
    "status": "previewed",
    "progress": 100,
    "counts": {
        "rows": 120,
        "add": 96,
        "update": 8,
        "remove": 6,
        "unchanged": 4,
        "rejected": 6,
        "repaired": 21,
        "missing": 0,
    },
    "queue_place": None,
    "mode": "changes",
    "exit_ground": "",
    "exit_document": "",
    "exit_on": None,
    "impact": {
        "listings_starting": 96,
        "listings_ending": 6,
        "listings_missing": 0,
        "listings_live": 4210,
        "same_name_collisions": 2,
        "without_risk_notice": 1,
        "usual_rows": 110,
        "is_unusual": False,
        "unusual": [],
        "starting": {
            "measures_starting": 480,
            "units_starting": 1,
            "units": [{"unit": "莱芜区财政局", "measures_starting": 480, "per_person": 5, "per_unit": 5}],
        },
        "releases": {
            "measures_ending": 7,
            "units_affected": 1,
            "units": [{"unit": "莱芜区财政局", "measures_ending": 7}],
            "rows_ending_many": [{"row": 88, "listing": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e80", "measures_ending": 4}],
        },
    },
    "file_problems": [],
    "failure": None,
    "court": "莱芜区人民法院",
    "file_name": "名单.xlsx",
    "sheet": "名单",
    "sheets": [],
    "note": "2026年11月第二批",
    "uploaded_by": "clerk",
    "uploaded_at": "2026-11-20T10:15:00+08:00",
    "approved_by": None,
    "decided_at": None,
    "decision_reason": "",
    "applied_at": None,
    "confirmation": {"needed": False, "by": None, "at": None},
    "reversal": None,
}
PROBLEM = {
    "row": 17,
    "column": "证件号码",
    "code": "id_checksum",
    "severity": "error",
    "detail": "证件号码的校验位不符，至少有一位写错。",
    "suggestion": "请对照证件原件更正",
}


class BatchesView(IdempotentMixin, CourtView):
    """Send a list file; see what was sent."""

    parser_classes = (MultiPartParser,)
    pagination_class = Pagination  # what the description reads

    @extend_schema(
        operation_id="batches_list",
        tags=TAG,
        summary="本院和下级法院的批次，最近的在前",
        parameters=[
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
            OpenApiParameter("status", str, enum=BatchStatus.values),
        ],
        responses={200: BatchSerializer(many=True), **refusals()},
        examples=[answered("一个批次", PLANNED)],
    )
    def get(self, request: Request) -> Response:
        found = Batch.objects.visible_to(caller(request)).with_people()
        status = request.query_params.get("status", "")
        if status and status not in BatchStatus.values:
            raise InvalidInput("没有这种状态。", code="status_unknown")
        pages = Pagination()
        page = pages.paginate_queryset(found.filter(status=status) if status else found, request, self)
        return pages.get_paginated_response(BatchSerializer(page or [], many=True).data)

    @extend_schema(
        operation_id="batches_create",
        tags=TAG,
        summary="上传名单文件",
        description="文件在后台读取和比对；上传不改动名单。拒收的文件回答 422，code 说明原因。"
        "全量报送（mode=snapshot）须写明缺漏条目的退出原因、文号和日期。",
        parameters=[IDEMPOTENCY],
        request={"multipart/form-data": BatchUploadSerializer},
        responses={201: BatchAcceptedSerializer, **refusals(400, 422)},
        examples=[answered("已收到", ACCEPTED)],
    )
    def post(self, request: Request) -> Response:
        sent = BatchUploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        batch = batches.upload_batch(
            court=caller(request).agency.court,
            file=given["file"],
            file_name=given["file"].name,
            note=given["note"],
            sheet=given["sheet"],
            by=caller(request),
            at=now(),
            mode=batches.Mode(given["mode"], given["exit_ground"], given["exit_document"], given["exit_on"]),
        )
        return Response(BatchAcceptedSerializer(batch).data, 201)


class BatchView(CourtView):
    """One batch; an administrator may look at any."""

    allowed_roles = COURT_ROLES | {"administrator"}

    @extend_schema(
        operation_id="batches_retrieve",
        tags=TAG,
        summary="批次的状态、进度、结论和影响",
        responses={200: BatchSerializer, **refusals(404)},
        examples=[answered("待批准", PLANNED)],
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        return Response(BatchSerializer(visible(request, batch_id)).data)


class BatchProblemsView(CourtView):
    """What is wrong with the rows of a batch, cell by cell."""

    pagination_class = Pagination  # what the description reads

    @extend_schema(
        operation_id="batches_problems",
        tags=TAG,
        summary="逐格问题清单",
        description="`format=xlsx` 返回不予入库各行的工作簿：含完整证件号码，印有用户、时间和用途；限报送法院。",
        parameters=[OpenApiParameter("page", int), OpenApiParameter("page_size", int), FORMAT, PURPOSE],
        responses={
            (200, "application/json"): ProblemSerializer(many=True),
            (200, XLSX): OpenApiResponse(OpenApiTypes.BINARY),
            **refusals(404, 422),
        },
        examples=[answered("一个问题", PROBLEM)],
    )
    def get(self, request: Request, batch_id: UUID) -> HttpResponseBase:
        wanted = request.query_params.get("format", "json")
        if wanted == "xlsx":
            return self._workbook(request, batch_id)
        if wanted != "json":
            raise InvalidInput("format 只能是 json 或 xlsx。", code="format_unknown")
        pages = Pagination()
        problems: Any = BatchProblems(visible(request, batch_id))
        page: Any = pages.paginate_queryset(problems, request, self)
        return pages.get_paginated_response(ProblemSerializer(page or [], many=True).data)

    def _workbook(self, request: Request, batch_id: UUID) -> FileResponse:
        purpose = dict(EXPORT_PURPOSES).get(request.query_params.get("purpose", "correct"))
        if purpose is None:
            raise InvalidInput("没有这种用途。", code="purpose_unknown")
        batch = decidable(request, batch_id)
        file = exports.export_problems(batch=batch, purpose=purpose, by=caller(request), at=now())
        return FileResponse(file, as_attachment=True, filename=f"{batch.pk}-problems.xlsx", content_type=XLSX)


def visible(request: Request, batch_id: UUID) -> Batch:
    """A batch of the caller's court or below it; 404 for every other."""
    batch: Batch = get_object_or_404(Batch.objects.visible_to(caller(request)).with_people(), pk=batch_id)
    return batch


def decidable(request: Request, batch_id: UUID) -> Batch:
    """A batch of the caller's own court; 404 for every other."""
    batch: Batch = get_object_or_404(Batch.objects.decidable_by(caller(request)).with_people(), pk=batch_id)
    return batch
