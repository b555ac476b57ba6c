"""The numbered feed of changes over HTTP (contract.md §3)."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.permissions import SharedView, caller
from registry.api.schema import answered, asked, refusals
from registry.api.serializers import (
    AckSerializer,
    ChangesQuerySerializer,
    ChangesSerializer,
    InStepSerializer,
    SnapshotQuerySerializer,
    SnapshotSerializer,
)
from registry.services import feed, subscribers

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
        description=(
            "编号连续无缺口，has_more 为真时以最后一条的号继续读取。"
            "hash = sha256(上一条 hash、号、kind、listing、at，各占一行)，at 换算为 UTC（+00:00，秒以下为 0 时不写），"
            "第 1 条之前为 64 个 0。转载网站看不到不宜公开的条目：该行 kind 为 withheld，"
            "listing 与 at 为空，hash 照录。"
        ),
        parameters=[ChangesQuerySerializer],
        responses={200: ChangesSerializer, **refusals(400)},
        examples=[answered("一条变更", {"changes": [LINE], "last": 10482, "has_more": False})],
    )
    def get(self, request: Request) -> HttpResponse:
        asked_for = ChangesQuerySerializer(data=request.query_params)
        asked_for.is_valid(raise_exception=True)
        page = feed.changes_after(
            number=asked_for.validated_data["after"],
            limit=asked_for.validated_data["limit"],
            public=subscribers.sees_public_only(caller(request)),
        )
        has_more = "true" if page.has_more else "false"
        answer = f'{{"changes":[{page.text}],"last":{page.last},"has_more":{has_more}}}'
        return HttpResponse(answer, content_type="application/json")


class ChangesSnapshotView(SharedView):
    """Where a newcomer starts: the listings on the list, and the number they have seen."""

    @extend_schema(
        operation_id="changes_snapshot",
        tags=TAG,
        summary="名单快照",
        description=(
            "在列的条目，按 id 逐页读取。新加入的系统读完全部页，然后以第一页的 number 接续变更流："
            "翻页期间的变更都在其后，重复适用无害。"
        ),
        parameters=[SnapshotQuerySerializer],
        responses={200: SnapshotSerializer, **refusals(400)},
        examples=[
            answered(
                "一页",
                {
                    "number": 10482,
                    "hash": HASH,
                    "listings": [{"id": LINE["listing"], "status": "active", "content_hash": HASH}],
                    "has_more": False,
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        asked_for = SnapshotQuerySerializer(data=request.query_params)
        asked_for.is_valid(raise_exception=True)
        person = caller(request)
        page = feed.snapshot(
            after=asked_for.validated_data.get("after"),
            limit=asked_for.validated_data["limit"],
            public=subscribers.sees_public_only(person),
        )
        sees_all = person.role != "agency_staff"
        lines = [
            {
                "id": str(listing),
                "status": status,
                "content_hash": digest.hex() if publishable or sees_all else "",
            }
            for listing, status, publishable, digest in page.listings
        ]
        return Response({"number": page.number, "hash": page.hash, "listings": lines, "has_more": page.has_more})


class ChangesAckView(SharedView):
    """Whether the caller's copy of the feed is ours."""

    @extend_schema(
        operation_id="changes_ack",
        tags=TAG,
        summary="核对本地副本",
        description="号为 0 时摘要为 64 个 0。登记为订阅方的账号，所报的号和结果记入“谁已同步”。",
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
        answer = subscribers.record_ack(**sent.validated_data, by=caller(request), at=now())
        return Response(InStepSerializer(answer).data)
