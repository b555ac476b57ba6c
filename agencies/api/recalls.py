"""`recalls/`: revoked listings that a unit was told of, and its answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.enforcements import REFUSALS, ActView
from agencies.api.serializers import Plain
from agencies.choices import RecallStatus
from agencies.models import Recall
from agencies.services.recalls import acknowledge_recall


class RecallShape(serializers.ModelSerializer[Recall]):
    """A listing that was never valid (撤销), and a unit that had been told of it or had acted on it."""

    unit = serializers.CharField(source="agency.name")
    court = serializers.CharField(source="listing.court.name")
    case_number = serializers.CharField(source="listing.case_number")
    revoked_on = serializers.DateField(source="listing.exit_on")
    revoked_by = serializers.CharField(source="listing.exit_document", help_text="撤销的依据文号")

    class Meta:
        model = Recall
        fields = (
            "id",
            "unit",
            "listing",
            "court",
            "case_number",
            "revoked_on",
            "revoked_by",
            "status",
            "opened_at",
            "due_on",
            "due_is_provisional",
            "due_citation",
            "acknowledged_at",
            "statement",
        )
        read_only_fields = fields


class RecallQueryShape(Plain):
    status = serializers.ChoiceField(choices=RecallStatus.choices, required=False)


class RecallRequestShape(Plain):
    statement = serializers.CharField(max_length=2000, help_text="据此作出的决定和记录怎样更正的")


class RecallView(ActView):
    serializer_class = RecallShape

    def get_queryset(self) -> Any:
        return Recall.objects.visible_to(self.operator).select_related("agency", "listing__court")


class RecallsView(RecallView):
    """What has been revoked."""

    @extend_schema(
        operation_id="recalls_list",
        tags=["执行与解除"],
        summary="撤销通知：查到过或据以实施过措施的名单自始无效",
        parameters=[RecallQueryShape],
        responses={200: RecallShape(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        wanted = self.typed(RecallQueryShape, request.query_params)
        return self.listed(self.get_queryset().filter(**wanted).order_by("-opened_at", "-pk"))


class RecallAcknowledgeView(RecallView):
    """The unit has corrected what it built on the listing."""

    @extend_schema(
        operation_id="recalls_acknowledge",
        tags=["执行与解除"],
        summary="确认已更正据此作出的决定和记录",
        request=RecallRequestShape,
        responses={200: RecallShape, **REFUSALS},
    )
    def post(self, request: Request, recall_id: UUID) -> Response:
        get_object_or_404(Recall.objects.editable_by(self.operator), pk=recall_id)
        given = self.typed(RecallRequestShape, request.data)
        acknowledge_recall(recall_id=recall_id, by=self.operator, at=now(), **given)
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=recall_id)).data)
