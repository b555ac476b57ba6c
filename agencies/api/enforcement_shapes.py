"""What the calls about acts and releases take and answer (contract.md §3)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from agencies.choices import Decision, EnforcementStatus
from agencies.models import Enforcement, ReleaseDuty
from registry.choices import Role

Plain = serializers.Serializer[Any]
DUTY_STATES = [("due", "待解除"), ("late", "已逾期"), ("done", "已办结")]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "已实施",
            request_only=True,
            value={
                "check": "C20261120-7K3M9Q2F",
                "measure": "7a0c4f9e-0000-5000-8000-000000000000",
                "matter": "政府采购供应商资格审查",
                "decision": "applied",
                "reason": "",
                "document_number": "莱财采〔2026〕1号",
                "effective_from": "2026-11-20",
                "effective_to": None,
            },
        )
    ]
)
class EnforcementRequestShape(Plain):
    """`check` (a receipt) or `listing`; both where a check met several listings. The rules say what is required."""

    check = serializers.CharField(max_length=24, required=False, allow_blank=True, help_text="核查回执号")
    listing = serializers.UUIDField(required=False, allow_null=True, help_text="名单条目")
    measure = serializers.UUIDField(help_text="措施")
    matter = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    role = serializers.ChoiceField(choices=Role.choices, required=False, default=Role.SUBJECT, help_text="不凭回执时")
    party_name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    decision = serializers.ChoiceField(choices=Decision.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="未实施的必填")
    document_number = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="已实施的必填"
    )
    effective_from = serializers.DateField(required=False, allow_null=True, default=None, help_text="已实施的必填")
    effective_to = serializers.DateField(required=False, allow_null=True, default=None)


class RetentionShape(Plain):
    legal_basis = serializers.CharField()
    until = serializers.DateField()


class EnforcementShape(serializers.ModelSerializer[Enforcement]):
    """One act of a unit, with what it rests on."""

    unit = serializers.CharField(source="agency.name")
    document = serializers.CharField(source="measure.document.doc_number")
    number = serializers.CharField(source="measure.number")
    title = serializers.CharField(source="measure.title")
    check = serializers.CharField(source="check_record.receipt", default=None, allow_null=True)
    matter = serializers.CharField(source="matter_text")
    status = serializers.ChoiceField(choices=EnforcementStatus.choices)
    retention = RetentionShape(default=None, allow_null=True)

    class Meta:
        model = Enforcement
        fields = (
            "id",
            "unit",
            "listing",
            "measure",
            "document",
            "number",
            "title",
            "check",
            "matter",
            "role",
            "party_name",
            "party_id_masked",
            "decision",
            "reason",
            "document_number",
            "effective_from",
            "effective_to",
            "status",
            "recorded_at",
            "released_at",
            "release_reason",
            "retention",
        )
        read_only_fields = fields


class EnforcementQueryShape(Plain):
    status = serializers.ChoiceField(choices=EnforcementStatus.choices, required=False)
    decision = serializers.ChoiceField(choices=Decision.choices, required=False)
    measure = serializers.UUIDField(required=False)
    listing = serializers.UUIDField(required=False)


class ReleaseRequestShape(Plain):
    reason = serializers.CharField(required=False, allow_blank=True, default="", help_text="解除说明")


class RetainRequestShape(Plain):
    """Both are needed; without them the answer is 422 with `legal_basis_required` or `until_required`."""

    legal_basis = serializers.CharField(required=False, allow_blank=True, default="", help_text="必填：法律名称和条款")
    until = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="必填：晚于今日，到期自动解除"
    )


class DutyQueryShape(Plain):
    status = serializers.ChoiceField(choices=DUTY_STATES, required=False, help_text="due 不含 late")


class AcknowledgeRequestShape(Plain):
    statement = serializers.CharField(required=False, default="已解除。", help_text="怎样解除的")
    document_number = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class DutyShape(serializers.ModelSerializer[ReleaseDuty]):
    """What a unit must release because a listing has ended. `late`: the last day has passed."""

    unit = serializers.CharField(source="agency.name")
    document = serializers.CharField(source="measure.document.doc_number")
    number = serializers.CharField(source="measure.number")
    title = serializers.CharField(source="measure.title")
    court = serializers.CharField(source="listing.court.name")
    case_number = serializers.CharField(source="listing.case_number")
    status = serializers.SerializerMethodField()
    outcome = serializers.CharField(help_text="released、retained，未办结为空")

    class Meta:
        model = ReleaseDuty
        fields = (
            "id",
            "unit",
            "listing",
            "court",
            "case_number",
            "measure",
            "document",
            "number",
            "title",
            "status",
            "opened_at",
            "due_on",
            "due_is_provisional",
            "due_citation",
            "done_at",
            "outcome",
            "statement",
            "document_number",
        )
        read_only_fields = fields

    def get_status(self, duty: ReleaseDuty) -> str:
        is_late = duty.status == "due" and duty.due_on < self.context["today"]
        return "late" if is_late else str(duty.status)
