"""`repair-decisions/`: what each unit that had measures decides on a credit repair (002 §四(二)6)."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate, now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.checks import IDEMPOTENCY, PROBLEMS
from agencies.api.enforcement_shapes import Plain
from agencies.api.enforcements import REFUSALS, ActView
from agencies.choices import RepairDecisionStatus
from agencies.models import RepairDecision
from agencies.services.repairs import decide_repair
from core.api import IdempotentMixin


class RepairQueryShape(Plain):
    status = serializers.ChoiceField(choices=RepairDecisionStatus.choices, required=False)


class RepairAnswerShape(Plain):
    """All three are needed; what is missing is named in a 422."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000, help_text="必填")
    document_number = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100, help_text="必填"
    )
    decided_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="必填")


class RepairDecisionShape(serializers.ModelSerializer[RepairDecision]):
    """One unit's decision. `late`: open, and its last day has passed."""

    unit = serializers.CharField(source="agency.name")
    listing = serializers.UUIDField(source="repair.listing_id")
    name = serializers.CharField(source="repair.listing.name")
    court = serializers.CharField(source="repair.listing.court.name")
    case_number = serializers.CharField(source="repair.listing.case_number")
    applied_on = serializers.DateField(source="repair.received_on")
    ground = serializers.CharField(source="repair.ground")
    has_commitment = serializers.BooleanField(source="repair.has_commitment")
    status = serializers.ChoiceField(choices=RepairDecisionStatus.choices)
    late = serializers.SerializerMethodField()

    class Meta:
        model = RepairDecision
        fields = (
            "id",
            "repair",
            "unit",
            "listing",
            "name",
            "court",
            "case_number",
            "applied_on",
            "ground",
            "has_commitment",
            "status",
            "late",
            "due_on",
            "due_is_provisional",
            "due_citation",
            "reason",
            "document_number",
            "decided_on",
        )
        read_only_fields = fields

    def get_late(self, decision: RepairDecision) -> bool:
        return decision.status == RepairDecisionStatus.DUE and decision.due_on < self.context["today"]


class RepairDecisionView(ActView):
    serializer_class = RepairDecisionShape

    def get_queryset(self) -> Any:
        visible = RepairDecision.objects.visible_to(self.operator)
        return visible.select_related("agency", "repair__listing__court").order_by("due_on", "pk")


class RepairDecisionsView(RepairDecisionView):
    @extend_schema(
        operation_id="repair_decisions_list",
        tags=["退出与修复"],
        summary="各单位对信用修复的决定",
        parameters=[RepairQueryShape],
        responses={200: RepairDecisionShape(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        return self.listed(self.get_queryset().filter(**self.typed(RepairQueryShape, request.query_params)))


class DecideView(IdempotentMixin, RepairDecisionView):
    """One answer; `is_allowed` is the subclass's."""

    is_allowed: bool

    def decide(self, request: Request, decision_id: UUID) -> Response:
        given = self.typed(RepairAnswerShape, request.data)
        decide_repair(decision_id=decision_id, is_allowed=self.is_allowed, by=self.operator, at=now(), **given)
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=decision_id)).data)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": localdate()}


class RepairAllowView(DecideView):
    is_allowed = True

    @extend_schema(
        operation_id="repair_decisions_allow",
        tags=["退出与修复"],
        summary="本单位允许信用修复",
        parameters=[IDEMPOTENCY],
        request=RepairAnswerShape,
        responses={200: RepairDecisionShape, **REFUSALS},
    )
    def post(self, request: Request, decision_id: UUID) -> Response:
        return self.decide(request, decision_id)


class RepairRefuseView(DecideView):
    is_allowed = False

    @extend_schema(
        operation_id="repair_decisions_refuse",
        tags=["退出与修复"],
        summary="本单位不允许信用修复",
        parameters=[IDEMPOTENCY],
        request=RepairAnswerShape,
        responses={200: RepairDecisionShape, **REFUSALS},
    )
    def post(self, request: Request, decision_id: UUID) -> Response:
        return self.decide(request, decision_id)
