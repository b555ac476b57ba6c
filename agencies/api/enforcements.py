"""`enforcements/` and `releases/` (contract.md §3)."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate, now
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import enforcement_shapes as shapes
from agencies.api.checks import IDEMPOTENCY, PROBLEMS
from agencies.api.permissions import MayCall
from agencies.api.serializers import ProblemShape
from agencies.choices import KeyScope, UserRole
from agencies.models import Check, Enforcement, HitMeasure, ReleaseDuty, User
from agencies.release_states import in_state
from agencies.services.enforcement import record_enforcement, release_enforcement, retain_enforcement
from agencies.services.releases import acknowledge_duty
from core.api import IdempotentMixin
from core.errors import FieldProblem, InvalidInput
from measures.models import Measure
from registry.models import Listing

REFUSALS = {
    **PROBLEMS,
    404: OpenApiResponse(ProblemShape, "没有这条记录，或不是本单位的"),
    409: OpenApiResponse(ProblemShape, "与现有记录冲突，或当前状态不允许"),
}


class ActView(GenericAPIView[Any]):
    """What these calls share: units act, courts and credit offices read; keys with scope `enforce`."""

    permission_classes = (MayCall,)
    key_scope: ClassVar[KeyScope] = KeyScope.ENFORCE
    filter_backends = ()

    @property
    def allowed_roles(self) -> frozenset[UserRole]:
        return frozenset(UserRole) if self.request.method in SAFE_METHODS else frozenset({UserRole.AGENCY_STAFF})

    @property
    def operator(self) -> User:
        """Who calls; MayCall has let nobody else in."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": localdate()}

    def typed(self, shape: type[shapes.Plain], data: Any) -> dict[str, Any]:
        """What was sent, in its shape, or ValidationError (400)."""
        form = shape(data=data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def listed(self, rows: QuerySet[Any]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class EnforcementView(ActView):
    serializer_class = shapes.EnforcementShape

    def get_queryset(self) -> Any:
        visible = Enforcement.objects.visible_to(self.operator)
        return visible.select_related("agency", "measure__document", "check_record", "retention").order_by("-pk")

    def answer(self, enforcement_id: UUID, status: int = 200) -> Response:
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=enforcement_id)).data, status)


class EnforcementsView(IdempotentMixin, EnforcementView):
    """What the unit did."""

    @extend_schema(
        operation_id="enforcements_list",
        tags=["执行与解除"],
        summary="执行记录",
        parameters=[shapes.EnforcementQueryShape],
        responses={200: shapes.EnforcementShape(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted = self.typed(shapes.EnforcementQueryShape, request.query_params)
        return self.listed(self.get_queryset().filter(**wanted))

    @extend_schema(
        operation_id="enforcements_create",
        tags=["执行与解除"],
        summary="登记已实施或未实施的措施",
        parameters=[IDEMPOTENCY],
        request=shapes.EnforcementRequestShape,
        responses={201: shapes.EnforcementShape, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        given = self.typed(shapes.EnforcementRequestShape, request.data)
        user = self.operator
        assert user.agency is not None
        measure = Measure.objects.filter(pk=given.pop("measure")).first()
        if measure is None:
            raise unknown("measure", "没有这项措施。")
        check, listing = named(user, given.pop("check", ""), given.pop("listing", None), measure)
        enforcement = record_enforcement(
            agency=user.agency, by=user, at=now(), listing=listing, measure=measure, check=check, **given
        )
        return self.answer(enforcement.pk, 201)


def named(user: User, receipt: str, listing_id: UUID | None, measure: Measure) -> tuple[Check | None, Listing]:
    """The check and the listing that a request names; raises InvalidInput with the field."""
    if not receipt:
        listing = Listing.objects.followed_by(user).filter(pk=listing_id).first() if listing_id else None
        if listing is None:
            raise unknown("listing", "没有这条名单。" if listing_id else "请给出核查回执号或名单条目。")
        return None, listing
    check = Check.objects.visible_to(user).filter(receipt=receipt.upper()).first()
    if check is None:
        raise unknown("check", "没有这张回执。")
    hits = HitMeasure.objects.filter(check_record=check, measure=measure).select_related("listing")
    if listing_id is not None:
        hits = hits.filter(listing_id=listing_id)
    found = {hit.listing_id: hit.listing for hit in hits}
    if not found:
        raise InvalidInput(
            errors=[FieldProblem("check", "check_does_not_name_it", "该回执的结果没有列出这条名单和这项措施。")]
        )
    if len(found) > 1:
        raise InvalidInput(
            errors=[FieldProblem("listing", "listing_ambiguous", "该回执命中多条名单，请指明名单条目。")]
        )
    return check, next(iter(found.values()))


def unknown(field: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, code=f"{field}_unknown", errors=[FieldProblem(field, f"{field}_unknown", detail)])


class EnforcementDetailView(EnforcementView):
    """One act."""

    @extend_schema(
        operation_id="enforcements_retrieve",
        tags=["执行与解除"],
        summary="一条执行记录",
        responses={200: shapes.EnforcementShape, **REFUSALS},
    )
    def get(self, request: Request, enforcement_id: UUID) -> Response:
        return self.answer(enforcement_id)


class EnforcementReleaseView(EnforcementView):
    """Let go of one act."""

    @extend_schema(
        operation_id="enforcements_release",
        tags=["执行与解除"],
        summary="解除措施",
        request=shapes.ReleaseRequestShape,
        responses={200: shapes.EnforcementShape, **REFUSALS},
    )
    def post(self, request: Request, enforcement_id: UUID) -> Response:
        given = self.typed(shapes.ReleaseRequestShape, request.data)
        release_enforcement(enforcement_id=enforcement_id, by=self.operator, at=now(), **given)
        return self.answer(enforcement_id)


class EnforcementRetainView(EnforcementView):
    """Keep one act past the listing's end."""

    @extend_schema(
        operation_id="enforcements_retain",
        tags=["执行与解除"],
        summary="依法保留措施至某日",
        request=shapes.RetainRequestShape,
        responses={200: shapes.EnforcementShape, **REFUSALS},
    )
    def post(self, request: Request, enforcement_id: UUID) -> Response:
        given = self.typed(shapes.RetainRequestShape, request.data)
        retain_enforcement(enforcement_id=enforcement_id, by=self.operator, at=now(), **given)
        return self.answer(enforcement_id)


class DutyView(ActView):
    serializer_class = shapes.DutyShape

    def get_queryset(self) -> Any:
        visible = ReleaseDuty.objects.visible_to(self.operator)
        return visible.select_related("agency", "listing__court", "measure__document")

    def answer(self, duty_id: UUID) -> Response:
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=duty_id)).data)


class ReleasesView(DutyView):
    """What is to be released."""

    @extend_schema(
        operation_id="releases_list",
        tags=["执行与解除"],
        summary="解除任务",
        parameters=[shapes.DutyQueryShape],
        responses={200: shapes.DutyShape(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        state = self.typed(shapes.DutyQueryShape, request.query_params).get("status", "")
        return self.listed(in_state(self.get_queryset(), state, localdate()))


class ReleaseDetailView(DutyView):
    """One release duty."""

    @extend_schema(
        operation_id="releases_retrieve",
        tags=["执行与解除"],
        summary="一项解除任务",
        responses={200: shapes.DutyShape, **REFUSALS},
    )
    def get(self, request: Request, duty_id: UUID) -> Response:
        return self.answer(duty_id)


class ReleaseAcknowledgeView(DutyView):
    """The unit has let go."""

    @extend_schema(
        operation_id="releases_acknowledge",
        tags=["执行与解除"],
        summary="办结解除任务，并解除有关措施",
        request=shapes.AcknowledgeRequestShape,
        responses={200: shapes.DutyShape, **REFUSALS},
    )
    def post(self, request: Request, duty_id: UUID) -> Response:
        given = self.typed(shapes.AcknowledgeRequestShape, request.data)
        acknowledge_duty(duty_id=duty_id, by=self.operator, at=now(), **given)
        return self.answer(duty_id)
