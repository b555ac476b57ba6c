"""Shapes of batches over HTTP (contract.md §3)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.api.serializers import Words
from registry.choices import (
    BatchMode,
    BatchStatus,
    ChangeKind,
    ExitGround,
    ProblemCode,
    ProblemSeverity,
    ReversalRefusal,
)
from registry.models import Batch
from registry.services import progress


class BatchUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(
        max_length=255, allow_empty_file=True, help_text="名单文件，.xlsx 或 .csv，不超过 200 MB。"
    )
    note = Words(required=False, default="", max_length=500, allow_blank=True, help_text="给复核人的说明。")
    sheet = serializers.CharField(
        required=False, default="", max_length=100, allow_blank=True, help_text="名单所在的工作表；只有一个时不必填。"
    )
    mode = serializers.ChoiceField(
        choices=BatchMode.choices,
        required=False,
        default=BatchMode.CHANGES.value,
        help_text="snapshot：文件是本院的全部名单，没有出现的在列条目按下面三项屏蔽。",
    )
    exit_ground = serializers.ChoiceField(
        choices=ExitGround.choices,
        required=False,
        default="",
        allow_blank=True,
        help_text="全量报送必填：缺漏条目的退出原因。",
    )
    exit_document = Words(
        required=False, default="", allow_blank=True, max_length=100, help_text="全量报送必填：退出依据文号。"
    )
    exit_on = serializers.DateField(required=False, default=None, allow_null=True, help_text="全量报送必填：退出日期。")


class SheetSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField(max_length=100, help_text="sheets 中的一个。")


class BatchAcceptedSerializer(serializers.ModelSerializer[Batch]):
    class Meta:
        model = Batch
        fields = ("id", "status")


class BatchCountsSerializer(serializers.Serializer[Batch]):
    rows = serializers.IntegerField(source="count_rows")
    add = serializers.IntegerField(source="count_add")
    update = serializers.IntegerField(source="count_update")  # type: ignore[assignment]
    remove = serializers.IntegerField(source="count_remove")
    unchanged = serializers.IntegerField(source="count_unchanged")
    rejected = serializers.IntegerField(source="count_rejected")
    repaired = serializers.IntegerField(source="count_repaired")
    missing = serializers.IntegerField(
        source="count_missing", help_text="全量报送没有提到的在列条目，不在文件行数之内；批准后屏蔽。"
    )


class RemarkSerializer(serializers.Serializer[Any]):
    column = serializers.CharField(help_text="表头；空表示整行。")
    code = serializers.CharField(help_text="稳定代码。")
    severity = serializers.ChoiceField(choices=ProblemSeverity.choices)
    detail = serializers.CharField()
    suggestion = serializers.CharField()


class ConfirmationSerializer(serializers.Serializer[Batch]):
    """缺漏超过在列条目 5% 的全量报送，上传人先确认，批准人再输入总行数。"""

    needed = serializers.BooleanField(source="needs_confirmation")
    by = serializers.CharField(source="confirmed_by.username", default=None, allow_null=True)
    at = serializers.DateTimeField(source="confirmed_at", allow_null=True)


class ReversalSerializer(serializers.Serializer[Batch]):
    by = serializers.CharField(source="reversed_by.username")
    asked_at = serializers.DateTimeField(source="reversal_asked_at")
    reason = serializers.CharField(source="reversal_reason")
    document_number = serializers.CharField(source="reversal_document")
    reversed_at = serializers.DateTimeField(allow_null=True, help_text="空：正在撤回，或者没有撤成（见 failure）。")
    reversed = serializers.IntegerField(source="count_reversed", help_text="已撤回的变更。")
    refused = serializers.IntegerField(source="count_kept", help_text="未能撤回的变更。")


class BatchSerializer(serializers.ModelSerializer[Batch]):
    status = serializers.ChoiceField(choices=BatchStatus.choices)
    progress = serializers.SerializerMethodField()
    queue_place = serializers.IntegerField(
        allow_null=True, help_text="排在前面的批次数：等待读取的按上传先后，等待入库的按批准先后；不在队中为空。"
    )
    mode = serializers.ChoiceField(choices=BatchMode.choices)
    confirmation = ConfirmationSerializer(source="*")
    reversal = serializers.SerializerMethodField()
    counts = BatchCountsSerializer(source="*")
    impact = serializers.DictField(
        help_text="批准后的影响。is_unusual 表示超出平常，unusual 说明哪方面："
        "many_rows 行数远多于平常，ends_much 退出过多，much_missing 缺漏过多；"
        "without_risk_notice 为没有风险提示记录的新增；"
        "starting、releases 为各单位将开始、将解除的措施，rows_ending_many 为解除措施最多的行。"
    )
    file_problems = RemarkSerializer(many=True, help_text="关于整个文件的提示。")
    court = serializers.CharField(source="court.name")
    uploaded_by = serializers.CharField(source="uploaded_by.username")
    approved_by = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    sheet = serializers.CharField(help_text="读取的工作表；空表示尚未选择，或文件是 csv。")
    sheets = serializers.ListField(
        child=serializers.CharField(), help_text="有名单的工作表；多于一个而未选择时，批次停在 queued，等待选择。"
    )

    class Meta:
        model = Batch
        fields = (
            "id",
            "status",
            "progress",
            "queue_place",
            "mode",
            "exit_ground",
            "exit_document",
            "exit_on",
            "counts",
            "impact",
            "file_problems",
            "failure",
            "court",
            "file_name",
            "sheet",
            "sheets",
            "note",
            "uploaded_by",
            "uploaded_at",
            "approved_by",
            "decided_at",
            "decision_reason",
            "applied_at",
            "confirmation",
            "reversal",
        )

    def get_progress(self, batch: Batch) -> int:
        """Percent of reading, or of applying."""
        return progress.of(batch)

    @extend_schema_field(ReversalSerializer(allow_null=True))
    def get_reversal(self, batch: Batch) -> dict[str, Any] | None:
        """Who decided to take the batch back, and what came of it; null where nobody did."""
        return ReversalSerializer(batch).data if batch.reversed_by is not None else None

    def get_approved_by(self, batch: Batch) -> str | None:
        """The reviewer who approved; null before, and for a refused batch."""
        is_approved = batch.status in {"applying", "applied", "reversed"}
        return batch.decided_by.get_username() if is_approved and batch.decided_by else None

    def get_failure(self, batch: Batch) -> dict[str, str] | None:
        """`code` and `detail` of what kept the batch from going on (`cancelled`: somebody stopped it); else null."""
        return {"code": batch.failure_code, "detail": batch.failure} if batch.failure_code else None


class ProblemSerializer(RemarkSerializer):
    row = serializers.IntegerField(allow_null=True, help_text="文件中的行号；空表示整个文件。")
    code = serializers.CharField(help_text=f"稳定代码，如 {ProblemCode.ID_CHECKSUM}、{ProblemCode.UNKNOWN_LISTING}。")


class ReasonSerializer(serializers.Serializer[Any]):
    reason = Words(required=False, default="", max_length=500, allow_blank=True)


class RefusalSerializer(serializers.Serializer[Any]):
    reason = Words(max_length=500)


class ApprovalSerializer(ReasonSerializer):
    rows = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=0,
        help_text="本批次的总行数；给了就核对，缺漏超过 5% 的全量报送必须给。",
    )


class ConfirmSerializer(serializers.Serializer[Any]):
    rows = serializers.IntegerField(min_value=0, help_text="本批次的总行数。")


class ReverseSerializer(ReasonSerializer):
    document_number = Words(
        required=False, default="", allow_blank=True, max_length=100, help_text="撤回依据文号；没有的，记批次编号。"
    )


class BlockingChangeSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(allow_null=True, help_text="变更流中的编号；刚提交、尚未编号的为空。")
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    listing = serializers.UUIDField()
    on = serializers.DateField(help_text="变更的日期。")


class RefusedChangeSerializer(serializers.Serializer[Any]):
    """一项不能撤回的变更。"""

    row = serializers.IntegerField(allow_null=True, help_text="文件中的行号；空表示全量报送没有提到的条目。")
    listing = serializers.UUIDField()
    case_number = serializers.CharField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices, help_text="本批次所做的变更。")
    code = serializers.ChoiceField(choices=ReversalRefusal.choices)
    detail = serializers.CharField()
    blocking = BlockingChangeSerializer(allow_null=True, help_text="挡住它的变更。")


class ReversalCountsSerializer(serializers.Serializer[Any]):
    reversible = serializers.IntegerField(help_text="可以撤回（已撤回）的变更。")
    revoked = serializers.IntegerField(help_text="其中：新增的条目，将撤销。")
    corrected = serializers.IntegerField(help_text="其中：变更，将改回。")
    listed_anew = serializers.IntegerField(help_text="其中：退出的条目，将再次纳入。")
    refused = serializers.IntegerField(source="kept", help_text="不能撤回的变更。")
