"""`objections/`, `reconsiderations/`, `exit-requests/`, `repairs/` and the evidence of each (contract.md §3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import IdempotentMixin
from core.errors import NotFound
from registry.api import remedy_shapes as shapes
from registry.api.permissions import caller
from registry.api.remedy_views import BASE, DECISION, RECEIVED, SidesView, act, collection, record
from registry.api.schema import IDEMPOTENCY, refusals
from registry.choices import ObjectionAbout
from registry.downloads import as_download
from registry.models import CreditRepair, ExitRequest, Objection, Reconsideration
from registry.models.remedies import Remedy
from registry.services import evidence, exit_requests, objections, remedy_steps, repairs

LISTING = BASE["listing"]
OBJECTION = {
    **BASE,
    "about": "listing",
    "unit": "",
    "measure": "",
    "served_on": None,
    "outcome": "",
    "stay": None,
    "reconsideration": None,
}
RECONSIDERATION = {
    **BASE,
    "status": "filed",
    "objection": "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e90",
    "upper_court": "济南市中级人民法院",
    "outcome": "",
}
EXIT = {**BASE, "exit_ground": "performed", "confirmed_on": "2026-11-18"}
REPAIR = {**BASE, "has_commitment": True, "outcomes": []}
RULED = {
    "reason": DECISION["reason"],
    "document_number": DECISION["document_number"],
    "decided_on": DECISION["decided_on"],
    "served_on": None,
}
WITHDRAW = {"reason": "申请人书面撤回"}
SERVE = {"served_on": "2026-11-20"}


def record_objection(by: Any, sent: dict[str, Any]) -> Remedy:
    about = ObjectionAbout.MEASURE if sent["measure"] or sent["unit"] else ObjectionAbout.LISTING
    return objections.record_objection(listing_id=sent.pop("listing"), about=about, by=by, at=now(), **sent)


def file_reconsideration(by: Any, sent: dict[str, Any]) -> Remedy:
    return objections.file_reconsideration(objection_id=sent.pop("objection"), by=by, at=now(), **sent)


def record_exit_request(by: Any, sent: dict[str, Any]) -> Remedy:
    return exit_requests.record_exit_request(listing_id=sent.pop("listing"), by=by, at=now(), **sent)


def apply_for_repair(by: Any, sent: dict[str, Any]) -> Remedy:
    return repairs.apply_for_repair(listing_id=sent.pop("listing"), by=by, at=now(), **sent)


# --- objections -------------------------------------------------------------------------------------------------------

_O = (Objection, "异议与复议", "objections")
ObjectionsView = collection(
    *_O, "异议", shapes.ObjectionRequestShape, record_objection, {"listing": LISTING, **RECEIVED}, OBJECTION
)
ObjectionView = record(*_O, "异议", OBJECTION)
ObjectionAcceptView = act(
    *_O,
    "accept",
    "受理异议，开始审查",
    shapes.NothingShape,
    lambda pk, **given: objections.accept_objection(objection_id=pk, **given),
    {},
    {**OBJECTION, "status": "accepted"},
)
ObjectionUpholdView = act(
    *_O,
    "uphold",
    "异议成立：撤销、屏蔽或更正名单条目",
    shapes.UpholdRequestShape,
    lambda pk, **given: objections.uphold_objection(objection_id=pk, **given),
    {**DECISION, "outcome": "revoke"},
    {**OBJECTION, "status": "upheld", "outcome": "revoke", "due_on": None, "clocks": [], "decision": RULED},
)
ObjectionRejectView = act(
    *_O,
    "reject",
    "异议不成立：驳回",
    shapes.DecisionRequestShape,
    lambda pk, **given: objections.reject_objection(objection_id=pk, **given),
    {**DECISION, "reason": "经审查，理由不成立。"},
    {**OBJECTION, "status": "rejected", "due_on": None, "clocks": [], "decision": RULED},
)
ObjectionWithdrawView = act(
    *_O,
    "withdraw",
    "当事人撤回异议",
    shapes.WithdrawRequestShape,
    lambda pk, **given: objections.withdraw_objection(objection_id=pk, **given),
    WITHDRAW,
    {**OBJECTION, "status": "withdrawn", "due_on": None, "clocks": []},
)
ObjectionServeView = act(
    *_O,
    "serve",
    "登记异议决定的送达",
    shapes.ServeRequestShape,
    lambda pk, **given: remedy_steps.serve_decision(model=Objection, remedy_id=pk, **given),
    SERVE,
    {**OBJECTION, "status": "rejected", "due_on": None, "clocks": [], "decision": RULED},
)

# --- reconsiderations -------------------------------------------------------------------------------------------------

_R = (Reconsideration, "异议与复议", "reconsiderations")
ReconsiderationsView = collection(
    *_R,
    "复议",
    shapes.ReconsiderationRequestShape,
    file_reconsideration,
    {"objection": BASE["id"], **RECEIVED, "ground": "不服驳回决定"},
    RECONSIDERATION,
)
ReconsiderationView = record(*_R, "复议", RECONSIDERATION)
ReconsiderationUpholdView = act(
    *_R,
    "uphold",
    "上一级法院支持复议：撤销、屏蔽或更正名单条目",
    shapes.UpholdRequestShape,
    lambda pk, **given: objections.uphold_reconsideration(reconsideration_id=pk, **given),
    {**DECISION, "outcome": "revoke"},
    {**RECONSIDERATION, "status": "upheld", "outcome": "revoke", "due_on": None, "clocks": [], "decision": RULED},
)
ReconsiderationDismissView = act(
    *_R,
    "dismiss",
    "上一级法院驳回复议",
    shapes.DecisionRequestShape,
    lambda pk, **given: objections.dismiss_reconsideration(reconsideration_id=pk, **given),
    DECISION,
    {**RECONSIDERATION, "status": "dismissed", "due_on": None, "clocks": [], "decision": RULED},
)
ReconsiderationWithdrawView = act(
    *_R,
    "withdraw",
    "当事人撤回复议",
    shapes.WithdrawRequestShape,
    lambda pk, **given: objections.withdraw_reconsideration(reconsideration_id=pk, **given),
    WITHDRAW,
    {**RECONSIDERATION, "status": "withdrawn", "due_on": None, "clocks": []},
)
ReconsiderationServeView = act(
    *_R,
    "serve",
    "登记复议决定的送达",
    shapes.ServeRequestShape,
    lambda pk, **given: remedy_steps.serve_decision(
        model=Reconsideration, remedy_id=pk, listing=objections.TO_LISTING, **given
    ),
    SERVE,
    {**RECONSIDERATION, "status": "dismissed", "due_on": None, "clocks": [], "decision": RULED},
)

# --- exit requests ----------------------------------------------------------------------------------------------------

_E = (ExitRequest, "退出与修复", "exit_requests")
ExitRequestsView = collection(
    *_E,
    "退出申请",
    shapes.ExitRequestRequestShape,
    record_exit_request,
    {"listing": LISTING, "exit_ground": "performed", "confirmed_on": "2026-11-18", **RECEIVED, "ground": "已全部履行"},
    EXIT,
)
ExitRequestView = record(*_E, "退出申请", EXIT)
ExitRequestGrantView = act(
    *_E,
    "grant",
    "准许退出，同时屏蔽条目",
    shapes.DecisionRequestShape,
    lambda pk, **given: exit_requests.grant_exit_request(request_id=pk, **given),
    DECISION,
    {**EXIT, "status": "granted", "due_on": None, "clocks": [], "decision": RULED},
)
ExitRequestRefuseView = act(
    *_E,
    "refuse",
    "不予准许退出",
    shapes.DecisionRequestShape,
    lambda pk, **given: exit_requests.refuse_exit_request(request_id=pk, **given),
    DECISION,
    {**EXIT, "status": "refused", "due_on": None, "clocks": [], "decision": RULED},
)
ExitRequestWithdrawView = act(
    *_E,
    "withdraw",
    "撤回退出申请",
    shapes.WithdrawRequestShape,
    lambda pk, **given: exit_requests.withdraw_exit_request(request_id=pk, **given),
    WITHDRAW,
    {**EXIT, "status": "withdrawn", "due_on": None, "clocks": []},
)
ExitRequestServeView = act(
    *_E,
    "serve",
    "登记退出决定的送达",
    shapes.ServeRequestShape,
    lambda pk, **given: remedy_steps.serve_decision(model=ExitRequest, remedy_id=pk, **given),
    SERVE,
    {**EXIT, "status": "refused", "due_on": None, "clocks": [], "decision": RULED},
)

# --- repairs ----------------------------------------------------------------------------------------------------------

_C = (CreditRepair, "退出与修复", "repairs")
RepairsView = collection(
    *_C,
    "信用修复申请",
    shapes.RepairRequestShape,
    apply_for_repair,
    {"listing": LISTING, "has_commitment": True, **RECEIVED, "ground": "已履行并作出信用承诺"},
    REPAIR,
)
RepairView = record(*_C, "信用修复申请", REPAIR)

# --- evidence ---------------------------------------------------------------------------------------------------------

KINDS: dict[str, type[Remedy]] = {
    "objections": Objection,
    "reconsiderations": Reconsideration,
    "exit-requests": ExitRequest,
    "repairs": CreditRepair,
}
KIND = OpenApiParameter("kind", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(KINDS))


class EvidenceUploadView(IdempotentMixin, SidesView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="evidence_create",
        tags=["异议与复议"],
        summary="上传证据；按内容判定类型",
        parameters=[KIND, IDEMPOTENCY],
        request={"multipart/form-data": shapes.EvidenceRequestShape},
        responses={201: shapes.EvidenceShape, **refusals(400, 404, 422)},
    )
    def post(self, request: Request, kind: str, remedy_id: UUID) -> Response:
        if kind not in KINDS:
            raise NotFound("没有这类事项。")
        get_object_or_404(KINDS[kind].objects.visible_to(caller(request)), pk=remedy_id)
        sent = shapes.EvidenceRequestShape(data=request.data)
        sent.is_valid(raise_exception=True)
        file = sent.validated_data["file"]
        row = evidence.add_evidence(
            model=KINDS[kind], remedy_id=remedy_id, file=file, name=file.name or "", by=caller(request), at=now()
        )
        return Response(shapes.EvidenceShape(row).data, 201)


class EvidenceView(SidesView):
    @extend_schema(
        operation_id="evidence_retrieve",
        tags=["异议与复议"],
        summary="下载证据：只限事项的双方，逐次留痕",
        responses={
            (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "文件"),
            **refusals(404),
        },
    )
    def get(self, request: Request, evidence_id: UUID) -> HttpResponse:
        row, content = evidence.read_evidence(evidence_id=evidence_id, by=caller(request), at=now())
        return as_download(row.name, content)
