"""What the calls about remedies take and answer."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.act_forms import REVOKE_GROUNDS, SHIELD_GROUNDS
from registry.api.serializers import CorrectionsSerializer, PastDay, RepairOutcomeSerializer, Words
from registry.choices import (
    DayKind,
    ExitGround,
    ObjectionAbout,
    RemedyChannel,
    RemedyOutcome,
    RemedyStatus,
)
from registry.models import CreditRepair, Evidence, ExitRequest, Objection, Reconsideration
from registry.models.remedies import Remedy
from registry.services.remedy_clocks import clocks_of, filing_clock

Plain = serializers.Serializer[Any]
GROUNDS = [(ground.value, ground.label) for ground in SHIELD_GROUNDS]
WRONG_GROUNDS = [(ground.value, ground.label) for ground in REVOKE_GROUNDS]

# --- what is sent -----------------------------------------------------------------------------------------------------


class ReceivedShape(Plain):
    """A written request: why, how it came, when, and who brought it where that is not the listed party."""

    ground = Words(max_length=2000, help_text="理由。")
    channel = serializers.ChoiceField(choices=RemedyChannel.choices, required=False, default=RemedyChannel.COUNTER)
    received_on = PastDay(required=False, default=localdate, help_text="收到之日；不填为今天。")
    applicant = Words(
        required=False, default="", allow_blank=True, max_length=60, help_text="代为提出的人；只保存脱敏的姓名。"
    )


class ObjectionRequestShape(ReceivedShape):
    """`measure` and `unit` make it an objection to a unit's measure; from a unit it is always one, and its own."""

    listing = serializers.UUIDField()
    measure = Words(required=False, default="", allow_blank=True, max_length=300, help_text="措施的编号或名称。")
    unit = Words(required=False, default="", allow_blank=True, max_length=100, help_text="采取措施的单位。")
    served_on = PastDay(required=False, allow_null=True, default=None, help_text="纳入决定送达之日。")


class ReconsiderationRequestShape(ReceivedShape):
    objection = serializers.UUIDField(help_text="被驳回的异议。")


class ExitRequestRequestShape(ReceivedShape):
    listing = serializers.UUIDField()
    exit_ground = serializers.ChoiceField(choices=GROUNDS)
    confirmed_on = PastDay(required=False, allow_null=True, default=None, help_text="事实确认之日，期限自此起算。")


class RepairRequestShape(ReceivedShape):
    listing = serializers.UUIDField(help_text="已退出的条目。")
    has_commitment = serializers.BooleanField(required=False, default=False, help_text="已提交信用承诺。")


class DecisionRequestShape(Plain):
    """Reasons, number and day of a decision; the day of service where it is known already."""

    reason = Words(max_length=2000)
    document_number = Words(max_length=100)
    decided_on = PastDay()
    served_on = PastDay(required=False, allow_null=True, default=None)


class UpholdRequestShape(DecisionRequestShape):
    """`outcome`: revoke unless said otherwise; `none` only for a measure, or for a listing that has ended."""

    outcome = serializers.ChoiceField(choices=RemedyOutcome.choices, required=False, allow_blank=True, default="")
    exit_ground = serializers.ChoiceField(
        choices=GROUNDS, required=False, allow_blank=True, default="", help_text="outcome 为 shield 时的退出原因。"
    )
    corrections = CorrectionsSerializer(required=False, help_text="outcome 为 correct 时的更正内容。")


class WithdrawRequestShape(Plain):
    reason = Words(max_length=2000)


class ServeRequestShape(Plain):
    served_on = PastDay(help_text="决定送达之日。")


class NothingShape(Plain):
    """Nothing has to be said."""


class EvidenceRequestShape(Plain):
    file = serializers.FileField(max_length=255, allow_empty_file=True, help_text="PDF、JPEG 或 PNG，不超过 10 MB。")


class RemedyQueryShape(Plain):
    state = serializers.ChoiceField(choices=[("open", "待办"), ("closed", "已办结")], required=False)
    late = serializers.BooleanField(required=False, allow_null=True, default=None, help_text="是否逾期提出。")
    listing = serializers.UUIDField(required=False)


# --- what is answered -------------------------------------------------------------------------------------------------


class RemedyClockShape(Plain):
    key = serializers.CharField(help_text="如 objection.review.local。")
    label = serializers.CharField()  # type: ignore[assignment]
    due = serializers.DateField()
    days_left = serializers.IntegerField(help_text="逾期为负数。")
    unit = serializers.ChoiceField(choices=DayKind.choices)
    provisional = serializers.BooleanField(help_text="所涉年份的节假日安排尚未公布，期限为暂估。")
    citation = serializers.CharField()
    is_local = serializers.BooleanField(help_text="地方文件的要求，与法定期限并列。")


class RemedyDecisionShape(Plain):
    reason = serializers.CharField(source="decision_reason")
    document_number = serializers.CharField(source="decision_number")
    decided_on = serializers.DateField()
    served_on = serializers.DateField(source="decision_served_on", allow_null=True)


class EvidenceShape(serializers.ModelSerializer[Evidence]):
    class Meta:
        model = Evidence
        fields = ("id", "name", "content_type", "size", "sha256", "uploaded_at")
        read_only_fields = fields


class RemedyShape(Plain):
    """`context` holds `today` and `book` (registry.services.remedy_clocks.Rulebook)."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=RemedyStatus.choices)
    late = serializers.BooleanField(source="is_late", help_text="逾期提出；照常受理，只作标记。")
    listing = serializers.UUIDField(source="subject_listing.pk")
    name = serializers.CharField(source="subject_listing.name")
    court = serializers.CharField(source="subject_listing.court.name", help_text="执行法院。")
    case_number = serializers.CharField(source="subject_listing.case_number")
    ground = serializers.CharField()
    channel = serializers.ChoiceField(choices=RemedyChannel.choices)
    applicant = serializers.CharField(help_text="脱敏；空表示被执行人本人。")
    received_on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True, help_text="最近的期限；已办结为空。")
    due_is_provisional = serializers.BooleanField()
    clocks = serializers.SerializerMethodField()
    filing = serializers.SerializerMethodField()
    decision = serializers.SerializerMethodField()
    evidence = EvidenceShape(many=True)
    recorded_at = serializers.DateTimeField()

    @extend_schema_field(RemedyClockShape(many=True))
    def get_clocks(self, remedy: Remedy) -> Any:
        clocks = clocks_of(remedy, self.context["today"], self.context["book"])
        return RemedyClockShape(clocks, many=True).data

    @extend_schema_field(RemedyClockShape(allow_null=True, help_text="提出的期限，没有规定的为空。"))
    def get_filing(self, remedy: Remedy) -> Any:
        clock = filing_clock(remedy, self.context["today"], self.context["book"])
        return RemedyClockShape(clock).data if clock else None

    @extend_schema_field(RemedyDecisionShape(allow_null=True))
    def get_decision(self, remedy: Remedy) -> Any:
        return RemedyDecisionShape(remedy).data if remedy.decided_on else None


class StayShape(Plain):
    region = serializers.CharField(source="region.name")
    citation = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)


class ObjectionRecordShape(RemedyShape):
    about = serializers.ChoiceField(choices=ObjectionAbout.choices)
    unit = serializers.CharField(source="unit_name")
    measure = serializers.CharField(source="measure_text")
    served_on = serializers.DateField(source="listing_served_on", allow_null=True, help_text="纳入决定送达之日。")
    outcome = serializers.ChoiceField(choices=RemedyOutcome.choices, allow_blank=True)
    stay = serializers.SerializerMethodField()
    reconsideration = serializers.SerializerMethodField()

    @extend_schema_field(StayShape(allow_null=True, help_text="核实期间暂不执行措施的地区；没有的为空。"))
    def get_stay(self, objection: Objection) -> Any:
        return StayShape(objection.stay).data if hasattr(objection, "stay") else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_reconsideration(self, objection: Objection) -> Any:
        return str(objection.reconsideration.pk) if hasattr(objection, "reconsideration") else None


class ReconsiderationShape(RemedyShape):
    objection = serializers.UUIDField(source="objection_id")
    upper_court = serializers.CharField(source="court.name", help_text="审查复议的法院。")
    outcome = serializers.ChoiceField(choices=RemedyOutcome.choices, allow_blank=True)


class ExitRequestShape(RemedyShape):
    exit_ground = serializers.ChoiceField(choices=ExitGround.choices)
    confirmed_on = serializers.DateField(allow_null=True)


class RepairShape(RemedyShape):
    has_commitment = serializers.BooleanField()
    outcomes = RepairOutcomeSerializer(many=True, help_text="各单位的决定。")


SHAPES: dict[type[Remedy], type[RemedyShape]] = {
    Objection: ObjectionRecordShape,
    Reconsideration: ReconsiderationShape,
    ExitRequest: ExitRequestShape,
    CreditRepair: RepairShape,
}
