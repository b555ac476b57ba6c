"""The numbered feed of changes over HTTP (contract.md §3)."""

from __future__ import annotations

from django.utils.timezone import get_current_timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.permissions import SharedView
from registry.api.schema import answered, asked, refusals
from registry.api.serializers import AckSerializer, ChangesQuerySerializer, ChangesSerializer, InStepSerializer
from registry.services import feed

TAG = ["变更流"]
HASH = "9f2c1f0c6c3b7e5d4a8b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5"
LINE = {
    "number": 10482,
    "kind": "listed",
    "listing": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e81",
    "at": "2026-11-20T10:15:00+08:00",
    "hash": HASH,
}


class ChangesView(SharedView):
    """Lines without a gap, in order; ids only, no personal data."""

    @extend_schema(
        operation_id="changes_list",
        tags=TAG,
        summary="某号之后的变更",
        description="编号连续无缺口。has_more 为真时以最后一条的号继续读取。",
        parameters=[ChangesQuerySerializer],
        responses={200: ChangesSerializer, **refusals(400)},
        examples=[answered("一条变更", {"changes": [LINE], "last": 10482, "has_more": False})],
    )
    def get(self, request: Request) -> Response:
        asked_for = ChangesQuerySerializer(data=request.query_params)
        asked_for.is_valid(raise_exception=True)
        page = feed.changes_after(number=asked_for.validated_data["after"], limit=asked_for.validated_data["limit"])
        zone = get_current_timezone()
        lines = [
            {
                "number": number,
                "kind": kind,
                "listing": str(listing),
                "at": at.astimezone(zone).isoformat(),
                "hash": seal,
            }
            for number, kind, listing, at, seal in page.changes
        ]
        return Response({"changes": lines, "last": page.last, "has_more": page.has_more})


class ChangesAckView(SharedView):
    """Whether the caller's copy of the feed is ours."""

    @extend_schema(
        operation_id="changes_ack",
        tags=TAG,
        summary="核对本地副本",
        description="号为 0 时摘要为 64 个 0。",
        request=AckSerializer,
        responses={200: InStepSerializer, **refusals(400)},
        examples=[
            asked("核对", {"number": 10482, "hash": HASH}),
            answered("一致", {"in_step": True, "number": 10482, "last": 10482, "behind": 0}),
        ],
    )
    def post(self, request: Request) -> Response:
        sent = AckSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return Response(InStepSerializer(feed.acknowledge(**sent.validated_data)).data)
