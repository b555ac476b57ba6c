"""`checks/` and `verify/` (contract.md §3)."""

import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.api import questions
from agencies.api.permissions import MayCall
from agencies.api.serializers import (
    AnswerShape,
    BulkAnswerShape,
    BulkRequestShape,
    CheckRequestShape,
    ProblemShape,
    StoredAnswerShape,
    VerificationShape,
)
from agencies.choices import CheckChannel, KeyScope, Outcome, UserRole
from agencies.models import ApiKey, Check, User
from agencies.services.checks import BULK_LIMIT, check_many, check_party
from agencies.services.questions import Refused
from agencies.services.receipts import recheck, verify_receipt
from core.api import IdempotentMixin, PublicThrottle
from core.errors import InvalidInput, NotFound
from core.ids import uuid7
from registry.services.feed import last_number

IDEMPOTENCY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="重复请求只办一次")
PROBLEMS = {
    400: OpenApiResponse(ProblemShape, "请求格式有误"),
    401: OpenApiResponse(ProblemShape, "密钥无效"),
    403: OpenApiResponse(ProblemShape, "角色或范围不符"),
    422: OpenApiResponse(ProblemShape, "内容不成立，例如证件号码有误"),
    429: OpenApiResponse(ProblemShape, "请求过于频繁"),
    503: OpenApiResponse(ProblemShape, "名单暂时无法查询，不得视为未命中"),
}
QUESTION = {
    "subject": {"kind": "person", "name": "王试例", "id_number": "370116199001010000"},
    "related": [],
    "matter": "政府采购供应商资格审查",
    "case_reference": "2026-采-0117",
}


class CheckView(APIView):
    """What the check calls share: units only, keys with scope `check`."""

    permission_classes = (MayCall,)
    allowed_roles: ClassVar[frozenset[UserRole]] = frozenset({UserRole.AGENCY_STAFF})
    key_scope: ClassVar[KeyScope] = KeyScope.CHECK


def operator_of(request: Request) -> User:
    """The operator whom `MayCall` let in."""
    assert isinstance(request.user, User)
    return request.user


def key_of(request: Request) -> ApiKey | None:
    return request.auth if isinstance(request.auth, ApiKey) else None


class ChecksView(IdempotentMixin, CheckView):
    """Ask about one applicant."""

    @extend_schema(
        operation_id="checks_create",
        tags=["核查"],
        summary="核查一个主体",
        parameters=[IDEMPOTENCY],
        request=CheckRequestShape,
        responses={201: AnswerShape, **PROBLEMS},
        examples=[OpenApiExample("自然人", QUESTION, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        body = questions.read_object(request.data)
        question = questions.read_question(
            body,
            case_reference=questions.read_text(body, "case_reference", required=True),
            matter=questions.read_text(body, "matter"),
        )
        check = check_party(
            question=question,
            by=operator_of(request),
            api_key=key_of(request),
            channel=CheckChannel.API,
            at=now(),
            rng=secrets.SystemRandom(),
        )
        return Response(check.answer, 201)


class BulkChecksView(IdempotentMixin, CheckView):
    """Ask about many applicants of one case."""

    @extend_schema(
        operation_id="checks_bulk",
        tags=["核查"],
        summary="批量核查，至多 5000 个主体",
        parameters=[IDEMPOTENCY],
        request=BulkRequestShape,
        responses={200: BulkAnswerShape, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        body = questions.read_object(request.data)
        subjects = body.get("subjects")
        if not isinstance(subjects, list):
            raise ValidationError({"subjects": ["此项必填，须为数组。"]}, code="not_a_list")
        if len(subjects) > BULK_LIMIT:
            raise InvalidInput(f"一次最多核查 {BULK_LIMIT} 个主体，请分批。", code="too_many_subjects")
        reference = questions.read_text(body, "case_reference", required=True)
        matter = questions.read_text(body, "matter")
        measures = questions.read_measures(body.get("measures"))
        bulk_id = uuid7()
        version = last_number()
        results = check_many(
            questions=[
                questions.read_row(each, case_reference=reference, matter=matter, measures=measures)
                for each in subjects
            ],
            by=operator_of(request),
            api_key=key_of(request),
            channel=CheckChannel.BULK,
            bulk_id=bulk_id,
            at=now(),
            rng=secrets.SystemRandom(),
        )
        answer = {"check_id": str(bulk_id), "list_version": version, "results": rows(results)}
        return Response(answer)


def rows(results: Sequence[Check | Refused]) -> list[dict[str, Any]]:
    """One result per row, in the order asked; empty lists are left out."""
    answered: list[dict[str, Any]] = []
    for index, result in enumerate(results):
        if isinstance(result, Refused):
            row = {"index": index, "outcome": Outcome.INVALID.value, "field": result.field, "code": result.code}
            answered.append({**row, "detail": result.detail})
            continue
        answer = result.answer
        row = {"index": index, "outcome": answer["outcome"], "receipt": answer["receipt"]}
        row["same_name_count"] = answer["same_name_count"]
        row |= {name: answer[name] for name in ("matches", "notes", "needed", "objection") if answer[name]}
        answered.append(row)
    return answered


class CheckDetailView(CheckView):
    """A stored answer, and how it would be answered now."""

    @extend_schema(
        operation_id="checks_retrieve",
        tags=["核查"],
        summary="已存的回答，以及现在的情况",
        responses={
            200: StoredAnswerShape,
            404: OpenApiResponse(ProblemShape, "没有这张回执，或不是本单位的"),
            **PROBLEMS,
        },
    )
    def get(self, request: Request, receipt: str) -> Response:
        found = (
            Check.objects.visible_to(operator_of(request))
            .select_related("matter")
            .filter(receipt=receipt.upper())
            .first()
        )
        if found is None:
            raise NotFound("没有这张回执。")
        current = recheck(check=found, at=now())
        since: dict[str, Any] = {"outcome": current.outcome, "changed_since": current.changed_since}
        if current.revoked:
            since["revoked"] = sorted(current.revoked)
        return Response({**found.answer, "now": since})


class VerifyView(APIView):
    """Anybody may verify a receipt; there is nothing personal in the answer."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (PublicThrottle,)

    @extend_schema(
        operation_id="verify_retrieve",
        tags=["公众"],
        summary="验证核查回执，无需登录",
        auth=[],
        responses={200: VerificationShape, 404: OpenApiResponse(ProblemShape, "没有这张回执"), 429: PROBLEMS[429]},
    )
    def get(self, request: Request, receipt: str) -> Response:
        found = verify_receipt(receipt=receipt, at=now())
        if found is None:
            raise NotFound("没有这张回执，请核对回执号。")
        return Response(
            {
                "receipt": found.receipt,
                "checked_at": found.checked_at.isoformat(timespec="seconds"),
                "unit": found.unit,
                "outcome_hash": found.outcome_hash,
                "valid": found.valid,
                "changed_since": found.changed_since,
            }
        )
