"""Acts on a listing over HTTP, from one table: body, service and words of each (contract.md §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from core.api import IdempotentMixin
from registry.api import serializers as shapes
from registry.api.listings import DETAIL, TAG, detail
from registry.api.permissions import CourtView, caller
from registry.api.schema import IDEMPOTENCY, answered, asked, refusals
from registry.lifecycle import Act
from registry.models import Listing
from registry.services import listings

GIVEN = {"ground": "异议审查中", "document_number": "（2026）鲁0116执异12号", "happened_on": "2026-11-18"}
EXIT = {"ground": "performed", "document_number": "（2020）鲁0116执1234号之二", "happened_on": "2026-11-18"}


@dataclass(frozen=True)
class Call:
    """One act: its summary, body and service, an example of what is sent, and what differs in the answer."""

    summary: str
    serializer: type[Serializer[Any]]
    service: Callable[..., Listing]
    sent: dict[str, Any]
    changed: dict[str, Any]


CALLS: dict[Act, Call] = {
    Act.SHIELD: Call("屏蔽：退出名单", shapes.ShieldSerializer, listings.shield_listing, EXIT, {"status": "shielded"}),
    Act.REVOKE: Call(
        "撤销：不应纳入而纳入，自始无效",
        shapes.RevokeSerializer,
        listings.revoke_listing,
        {**EXIT, "ground": "wrongly_listed"},
        {"status": "revoked"},
    ),
    Act.CORRECT: Call(
        "更正内容",
        shapes.CorrectSerializer,
        listings.correct_listing,
        {**GIVEN, "ground": "履行情况记载有误", "corrections": {"performance": "partial"}},
        {"performance": "partial"},
    ),
    Act.EXTEND: Call(
        "延长纳入期限：一年至三年",
        shapes.ExtendSerializer,
        listings.extend_listing,
        {**GIVEN, "ground": "暴力抗拒执行，情节严重", "years": 1},
        {"circumstances": ["obstructs"], "term_ends_on": "2028-04-28"},
    ),
    Act.SUSPEND: Call(
        "暂停措施：信息核实期间",
        shapes.ActSerializer,
        listings.suspend_listing,
        GIVEN,
        {"status": "suspended"},
    ),
    Act.RESUME: Call("恢复措施", shapes.ActSerializer, listings.resume_listing, {**GIVEN, "ground": "异议不成立"}, {}),
}


class ListingActView(IdempotentMixin, CourtView):
    """One act by the listing court; the answer is the listing as it stands afterwards."""

    call: ClassVar[Call]

    def post(self, request: Request, listing_id: UUID) -> Response:
        get_object_or_404(Listing.objects.editable_by(caller(request)), pk=listing_id)
        sent = self.call.serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        self.call.service(listing_id=listing_id, by=caller(request), at=now(), **sent.validated_data)
        return Response(detail(request, listing_id))


def view_of(act: Act) -> type[ListingActView]:
    """The view of one act, described as its own operation."""
    call = CALLS[act]
    described = extend_schema(
        operation_id=f"listings_{act}",
        tags=TAG,
        summary=call.summary,
        parameters=[IDEMPOTENCY],
        request=call.serializer,
        responses={200: shapes.ListingDetailSerializer, **refusals(400, 404, 409, 422)},
        examples=[asked("请求", call.sent), answered("办理之后", {**DETAIL, **call.changed})],
    )
    made = type(f"Listing{act.title()}View", (ListingActView,), {"call": call, "__doc__": call.summary})
    view: type[ListingActView] = extend_schema_view(post=described)(made)
    return view
