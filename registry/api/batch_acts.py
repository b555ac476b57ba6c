"""What people decide on an upload over HTTP: approve, send back, cancel, confirm, take back (contract.md §3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import IdempotentMixin, Pagination
from core.errors import IllegalMove
from registry.api.batch_serializers import (
    ApprovalSerializer,
    BatchSerializer,
    ConfirmSerializer,
    ReasonSerializer,
    RefusalSerializer,
    RefusedChangeSerializer,
    ReversalCountsSerializer,
    ReverseSerializer,
)
from registry.api.batches import PLANNED, TAG, decidable, visible
from registry.api.permissions import CourtView, caller
from registry.api.schema import IDEMPOTENCY, answered, asked, refusals
from registry.choices import BatchStatus
from registry.reversal_rows import RefusedChanges
from registry.services import batches, reversal

REFUSED = {
    "row": 17,
    "listing": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e80",
    "case_number": "（2020）鲁0116执1234号",
    "kind": "listed",
    "code": "changed_since",
    "detail": "该条目之后又有变更（第10482号变更，暂停，2026-11-20），请逐条处理。",
    "blocking": {
        "number": 10482,
        "kind": "suspended",
        "listing": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e80",
        "on": "2026-11-20",
    },
}
COUNTS = {"reversible": 109, "revoked": 95, "corrected": 8, "listed_anew": 6, "refused": 1}
TAKEN_BACK: dict[str, Any] = {
    **PLANNED,
    "status": "reversed",
    "approved_by": "reviewer",
    "decided_at": "2026-11-20T11:00:00+08:00",
    "applied_at": "2026-11-20T11:00:20+08:00",
    "reversal": {
        "by": "reviewer",
        "asked_at": "2026-11-20T15:00:00+08:00",
        "reason": "整批报送有误",
        "document_number": "",
        "reversed_at": "2026-11-20T15:00:01+08:00",
        "reversed": 109,
        "refused": 1,
    },
}


class BatchApproveView(IdempotentMixin, CourtView):
    """The second pair of eyes."""

    @extend_schema(
        operation_id="batches_approve",
        tags=TAG,
        summary="批准",
        description="上传人批准自己的批次：403 `four_eyes`；不是复核人：403 `role_required`。批准后在后台一次入库；"
        "本院另有批次在入库的，按批准先后排队（`queue_place`）。缺漏超过在列条目 5% 的全量报送，须上传人先确认、"
        "批准人给出总行数 `rows`：否则 409 `confirmation_needed`；行数不符 422 `rows_mismatch`；"
        "有案号无法识别的行：409 `snapshot_unreadable_rows`。",
        parameters=[IDEMPOTENCY],
        request=ApprovalSerializer,
        responses={200: BatchSerializer, **refusals(400, 404, 409, 422)},
        examples=[
            asked("批准", {"reason": "已逐项核对"}),
            asked("批准全量报送", {"reason": "已逐项核对", "rows": 120}),
            answered("正在入库", {**PLANNED, "status": "applying", "progress": 0, "queue_place": 0}),
        ],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = decidable(request, batch_id)
        given = _read(ApprovalSerializer, request)
        batches.approve_batch(
            batch_id=batch.pk, by=caller(request), at=now(), reason=given["reason"], rows=given["rows"]
        )
        return _answer(request, batch_id)


class BatchRefuseView(IdempotentMixin, CourtView):
    """Send a batch back."""

    @extend_schema(
        operation_id="batches_refuse",
        tags=TAG,
        summary="退回",
        parameters=[IDEMPOTENCY],
        request=RefusalSerializer,
        responses={200: BatchSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("退回", {"reason": "第 17 行案号有误"}), answered("已退回", {**PLANNED, "status": "refused"})],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = decidable(request, batch_id)
        given = _read(RefusalSerializer, request)
        batches.refuse_batch(batch_id=batch.pk, by=caller(request), at=now(), reason=given["reason"])
        return _answer(request, batch_id)


class BatchCancelView(IdempotentMixin, CourtView):
    """Stop a batch before anybody approves it."""

    @extend_schema(
        operation_id="batches_cancel",
        tags=TAG,
        summary="取消",
        description="排队、读取、待批准时，上传人或复核人可以取消：状态为 refused，failure.code 为 `cancelled`。"
        "正在比对的稍等再取消：409 `batch_busy`。",
        parameters=[IDEMPOTENCY],
        request=ReasonSerializer,
        responses={200: BatchSerializer, **refusals(400, 404, 409)},
        examples=[
            asked("取消", {"reason": "传错了文件"}),
            answered(
                "已取消",
                {
                    **PLANNED,
                    "status": "refused",
                    "failure": {"code": "cancelled", "detail": "已取消，名单没有任何改动。"},
                },
            ),
        ],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = decidable(request, batch_id)
        given = _read(ReasonSerializer, request)
        batches.cancel_batch(batch_id=batch.pk, by=caller(request), at=now(), reason=given["reason"])
        return _answer(request, batch_id)


class BatchConfirmView(IdempotentMixin, CourtView):
    """The uploader stands by a whole list that ends much."""

    @extend_schema(
        operation_id="batches_confirm",
        tags=TAG,
        summary="确认全量报送",
        description="缺漏超过在列条目 5% 的全量报送，上传人输入总行数确认；之后才能批准。"
        "不是上传人：403 `not_uploader`；不需要确认：409 `confirmation_not_needed`；行数不符：422 `rows_mismatch`。"
        "重新比对之后须重新确认。",
        parameters=[IDEMPOTENCY],
        request=ConfirmSerializer,
        responses={200: BatchSerializer, **refusals(400, 404, 409, 422)},
        examples=[
            asked("确认", {"rows": 120}),
            answered(
                "已确认",
                {
                    **PLANNED,
                    "mode": "snapshot",
                    "exit_ground": "terminated",
                    "exit_document": "（2026）鲁0116执结1号",
                    "exit_on": "2026-11-18",
                    "confirmation": {"needed": True, "by": "clerk", "at": "2026-11-20T10:30:00+08:00"},
                },
            ),
        ],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = decidable(request, batch_id)
        given = _read(ConfirmSerializer, request)
        batches.confirm_batch(batch_id=batch.pk, rows=given["rows"], by=caller(request), at=now())
        return _answer(request, batch_id)


class BatchReverseView(IdempotentMixin, CourtView):
    """Take an applied batch back as a whole."""

    @extend_schema(
        operation_id="batches_reverse",
        tags=TAG,
        summary="整批撤回",
        description="新增的条目撤销，变更改回，退出的条目作为新条目再次纳入；之后又有变更的逐项不撤，见 `reversal/`。"
        "由未上传该批次的复核人决定，须写明理由（422 `reason_required`）。变更不多时当场撤回，多时在后台进行。"
        "没有可撤回的：409 `nothing_to_reverse`；入库超过一年：409 `too_old`。",
        parameters=[IDEMPOTENCY],
        request=ReverseSerializer,
        responses={200: BatchSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("撤回", {"reason": "整批报送有误"}), answered("已撤回", TAKEN_BACK)],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = decidable(request, batch_id)
        given = _read(ReverseSerializer, request)
        batches.reverse_batch(
            batch_id=batch.pk,
            by=caller(request),
            at=now(),
            reason=given["reason"],
            document_number=given["document_number"],
        )
        return _answer(request, batch_id)


class ReversalPages(Pagination):
    """Pages of refused changes, with the figures of the whole beside them."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        figures = {name: {"type": "integer", "example": count} for name, count in COUNTS.items()}
        described["properties"]["counts"] = {
            "type": "object",
            "properties": figures,
            "required": [*COUNTS],
        }
        described.setdefault("required", []).append("counts")
        return described


class BatchReversalView(CourtView):
    """What taking a batch back would do, or has done."""

    pagination_class = ReversalPages  # what the description reads

    @extend_schema(
        operation_id="batches_reversal",
        tags=TAG,
        summary="撤回方案，或撤回的结果",
        description="`counts`：会（已）撤回和不能撤回的变更数；`results`：不能撤回的逐项列出，说明原因和挡住它的变更。"
        "批次没有入库：409 `illegal_move`。",
        parameters=[OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        responses={200: RefusedChangeSerializer(many=True), **refusals(404, 409)},
        examples=[answered("一项不能撤回的变更", REFUSED)],
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        batch, at = visible(request, batch_id), now()
        if batch.applied_at is None or batch.status not in {
            BatchStatus.APPLIED,
            BatchStatus.APPLYING,
            BatchStatus.REVERSED,
        }:
            raise IllegalMove(f"批次“{batch.get_status_display()}”，没有可以撤回的变更。")
        pages = ReversalPages()
        refused: Any = RefusedChanges(batch, at=at)
        page: Any = pages.paginate_queryset(refused, request, self)
        answer = pages.get_paginated_response(RefusedChangeSerializer(page or [], many=True).data)
        answer.data = {"counts": ReversalCountsSerializer(reversal.plan_reversal(batch, at=at)).data, **answer.data}
        return answer


def _read(serializer: type[Any], request: Request) -> dict[str, Any]:
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    given: dict[str, Any] = sent.validated_data
    return given


def _answer(request: Request, batch_id: UUID) -> Response:
    return Response(BatchSerializer(visible(request, batch_id)).data)
