"""Which worksheet of an upload is the list."""

from __future__ import annotations

from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import IdempotentMixin
from registry.api.batch_serializers import BatchSerializer, SheetSerializer
from registry.api.batches import PLANNED, TAG, decidable, visible
from registry.api.permissions import CourtView, caller
from registry.api.schema import IDEMPOTENCY, answered, asked, refusals
from registry.services import reading


class BatchSheetView(IdempotentMixin, CourtView):
    """Choose among several sheets that each carry a list."""

    @extend_schema(
        operation_id="batches_sheet",
        tags=TAG,
        summary="选择工作表",
        description="文件有多个工作表都是名单时，批次停在 queued，`sheets` 列出它们；选定之后开始读取。",
        parameters=[IDEMPOTENCY],
        request=SheetSerializer,
        responses={200: BatchSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("选择", {"sheet": "名单"}), answered("等待读取", {**PLANNED, "status": "queued"})],
    )
    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = decidable(request, batch_id)
        sent = SheetSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        reading.choose_sheet(batch_id=batch.pk, sheet=sent.validated_data["sheet"], by=caller(request), at=now())
        return Response(BatchSerializer(visible(request, batch_id)).data)
