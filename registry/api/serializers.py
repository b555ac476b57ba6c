"""Shapes of the registry's API (contract.md §3). Identifiers leave it masked only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.privacy import redact
from registry.act_forms import REVOKE_GROUNDS, SHIELD_GROUNDS
from registry.choices import (
    ChangeKind,
    Circumstance,
    DayKind,
    ExitGround,
    IdentifierType,
    ListingStatus,
    PartyKind,
    Performance,
    RelationRole,
    RemedyStatus,
    Sex,
)
from registry.imports.cells import read_exit_ground
from registry.lifecycle import ENDED
from registry.models import Change, CreditRepair, Listing, Relation, RepairOutcome
from registry.rules.case_numbers import read_case_number
from registry.rules.identifiers import read_identifier
from registry.rules.masking import masked_name
from registry.rules.names import fold
from registry.rules.terms import EXTENSIONS
from registry.search import Asked


class Words(serializers.CharField):
    """Free text without identifiers."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if redact(text) != text:
            raise serializers.ValidationError("这里不能填写完整的证件号码。", code="identifier_in_text")
        return text


# --- listings ---------------------------------------------------------------------------------------------------------


class ListingSearchSerializer(serializers.Serializer[Any]):
    """Every field is optional; what is given must all hold."""

    name = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text="完整姓名或名称。"
    )
    id_number = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=60, help_text="完整证件号码。"
    )
    case_number = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
    court = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=100, help_text="法院代字或名称。"
    )
    status = serializers.ChoiceField(required=False, default="", allow_blank=True, choices=ListingStatus.choices)
    kind = serializers.ChoiceField(required=False, default="", allow_blank=True, choices=PartyKind.choices)

    def validate_id_number(self, text: str) -> Any:
        if not text:
            return None
        identified = read_identifier(text)
        if identified.problem is not None:
            raise serializers.ValidationError(identified.problem.detail, code=str(identified.problem.code))
        if not identified.is_full:
            raise serializers.ValidationError("请填写完整的证件号码。", code="id_masked")
        return identified

    def validate_case_number(self, text: str) -> str:
        if not text:
            return ""
        case = read_case_number(text)
        if case is None:
            raise serializers.ValidationError("案号无法识别。", code="case_number_unreadable")
        return case.key

    def asked(self) -> Asked:
        """The search as read."""
        data = self.validated_data
        return Asked(
            name_key=fold(data["name"]),
            identified=data["id_number"] or None,
            case_key=data["case_number"],
            court=data["court"],
            status=data["status"],
            kind=data["kind"],
        )


class ExitSerializer(serializers.Serializer[Listing]):
    ground = serializers.ChoiceField(source="exit_ground", choices=ExitGround.choices)
    ground_text = serializers.CharField(source="exit_ground_text")
    document_number = serializers.CharField(source="exit_document")
    on = serializers.DateField(source="exit_on")


class ListingSerializer(serializers.ModelSerializer[Listing]):
    """`context`: `is_court` shows whose an ended listing was, `is_open` its contents too."""

    id_type = serializers.ChoiceField(choices=IdentifierType.choices, allow_blank=True)
    id_masked = serializers.CharField(help_text="脱敏证件号码。")
    sex = serializers.ChoiceField(choices=Sex.choices, help_text="GB/T 2261.1")
    court = serializers.CharField(source="court.name")
    court_code = serializers.CharField(source="court.code")
    performance = serializers.ChoiceField(choices=Performance.choices)
    circumstances = serializers.ListField(child=serializers.ChoiceField(choices=Circumstance.choices))

    class Meta:
        model = Listing
        fields = (
            "id",
            "status",
            "kind",
            "name",
            "id_type",
            "id_masked",
            "sex",
            "age",
            "area",
            "court",
            "court_code",
            "case_number",
            "filed_on",
            "basis_number",
            "basis_issuer",
            "obligation",
            "performance",
            "performed_part",
            "unperformed_part",
            "circumstances",
            "published_on",
            "decision_number",
            "decided_on",
            "term_ends_on",
            "publishable",
            "listed_at",
            "changed_at",
        )

    def to_representation(self, instance: Listing) -> Any:
        shown = super().to_representation(instance)
        if self.context.get("is_open") or instance.status not in ENDED:
            return shown
        return archived(shown, is_court=bool(self.context.get("is_court")))


class HistorySerializer(serializers.ModelSerializer[Change]):
    number = serializers.IntegerField(allow_null=True, help_text="变更号；编号前一两秒为空。")
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    before = serializers.DictField()
    after = serializers.DictField()

    class Meta:
        model = Change
        fields = ("number", "kind", "at", "happened_on", "ground", "document_number", "before", "after")


class RelationSerializer(serializers.ModelSerializer[Relation]):
    role = serializers.ChoiceField(choices=RelationRole.choices)

    class Meta:
        model = Relation
        fields = ("role", "name", "id_masked", "since", "until")


class ClockSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="期限代码，如 term、measure.release。")
    label = serializers.CharField()  # type: ignore[assignment]
    due_on = serializers.DateField()
    days_left = serializers.IntegerField(help_text="逾期为负数。")
    unit = serializers.ChoiceField(choices=DayKind.choices)
    provisional = serializers.BooleanField(help_text="所涉年份的节假日安排尚未公布。")
    citation = serializers.CharField()


class RepairOutcomeSerializer(serializers.ModelSerializer[RepairOutcome]):
    unit = serializers.CharField(source="unit_name")
    allowed = serializers.BooleanField(source="is_allowed")

    class Meta:
        model = RepairOutcome
        fields = ("unit", "allowed", "document_number", "decided_on")


class ListingRepairSerializer(serializers.ModelSerializer[CreditRepair]):
    """A credit repair as it is handed on with the listing: what every unit decided (002 §四(二)6)."""

    status = serializers.ChoiceField(choices=RemedyStatus.choices)
    outcomes = RepairOutcomeSerializer(many=True)

    class Meta:
        model = CreditRepair
        fields = ("id", "received_on", "status", "outcomes")


class ListingDetailSerializer(ListingSerializer):
    """`context` holds `history` (changes, newest first), `clocks` and what `ListingSerializer` reads of it."""

    exit = serializers.SerializerMethodField()
    history = serializers.SerializerMethodField()
    relations = RelationSerializer(many=True)
    clocks = serializers.SerializerMethodField()
    repairs = ListingRepairSerializer(many=True, help_text="退出后的信用修复申请和各单位的决定。")

    class Meta(ListingSerializer.Meta):
        fields = (*ListingSerializer.Meta.fields, "exit", "history", "relations", "clocks", "repairs")  # type: ignore[assignment]

    @extend_schema_field(ExitSerializer(allow_null=True))
    def get_exit(self, listing: Listing) -> Any:
        return ExitSerializer(listing).data if listing.exit_on else None

    @extend_schema_field(HistorySerializer(many=True))
    def get_history(self, listing: Listing) -> Any:
        return HistorySerializer(self.context["history"], many=True).data

    @extend_schema_field(ClockSerializer(many=True))
    def get_clocks(self, listing: Listing) -> Any:
        return ClockSerializer(self.context["clocks"], many=True).data

    def to_representation(self, instance: Listing) -> Any:
        shown = super().to_representation(instance)
        if self.context.get("is_open") or instance.status not in ENDED:
            return shown
        history = [{**line, "before": _status_of(line["before"]), "after": _status_of(line["after"])}
                   for line in shown["history"]]  # fmt: skip
        return {**shown, "relations": [], "history": history}


def archived(shown: dict[str, Any], *, is_court: bool) -> dict[str, Any]:
    """An ended listing without what only the archive shows: whose it was, to the courts, and how it ended remains.

    Others see a masked name, and of a revoked one not even that.
    """
    texts = ("obligation", "performed_part", "unperformed_part", "basis_number", "basis_issuer")
    left = {**shown, **dict.fromkeys(texts, ""), "sex": Sex.UNKNOWN.value, "age": None, "circumstances": []}
    if is_court:
        return left
    name = "" if shown["status"] == ListingStatus.REVOKED else masked_name(shown["name"])
    return {**left, "name": name, "id_masked": "", "area": ""}


def _status_of(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name == "status"}


# --- acts -------------------------------------------------------------------------------------------------------------


class PastDay(serializers.DateField):
    """A day that is not in the future."""

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day > localdate():
            raise serializers.ValidationError("日期不能晚于今天。", code="date_in_future")
        return day


class ActSerializer(serializers.Serializer[Any]):
    """What every act on a listing rests on."""

    ground = Words(max_length=300)
    document_number = Words(max_length=100)
    happened_on = PastDay()


class ExitActSerializer(serializers.Serializer[Any]):
    ground_text = Words(
        required=False, default="", allow_blank=True, max_length=300, help_text="ground 为 other 时必填。"
    )
    document_number = Words(max_length=100)
    happened_on = PastDay()

    def to_internal_value(self, data: Any) -> Any:
        """A ground in words is read as the column 退出原因 of a list file is; words that name none are `other`."""
        words = data.get("ground") if isinstance(data, Mapping) else None
        if isinstance(words, str) and not words.isascii():
            ground = read_exit_ground(words) or ExitGround.OTHER
            data = {**dict(data.items()), "ground": ground.value, "ground_text": data.get("ground_text") or words}
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["ground"] == ExitGround.OTHER and not attrs["ground_text"]:
            raise serializers.ValidationError({"ground_text": ["原因为“其他”时须写明。"]}, code="required")
        return attrs


class ShieldSerializer(ExitActSerializer):
    ground = serializers.ChoiceField(choices=[(ground.value, ground.label) for ground in SHIELD_GROUNDS])


class RevokeSerializer(ExitActSerializer):
    ground = serializers.ChoiceField(choices=[(ground.value, ground.label) for ground in REVOKE_GROUNDS])


class ExtendSerializer(ActSerializer):
    years = serializers.ChoiceField(choices=[(years, f"{years}年") for years in EXTENSIONS], help_text="延长的年数。")


class CorrectionsSerializer(serializers.Serializer[Any]):
    """Facts to be put right; what is left out stays."""

    name = Words(required=False, max_length=200)
    sex = serializers.ChoiceField(required=False, choices=Sex.choices)
    age = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=130)
    area = Words(required=False, allow_blank=True, max_length=50)
    filed_on = PastDay(required=False, allow_null=True)
    basis_number = Words(required=False, allow_blank=True, max_length=200)
    basis_issuer = Words(required=False, allow_blank=True, max_length=200)
    obligation = Words(required=False, allow_blank=True, max_length=4000)
    performance = serializers.ChoiceField(required=False, choices=Performance.choices)
    performed_part = Words(required=False, allow_blank=True, max_length=2000)
    unperformed_part = Words(required=False, allow_blank=True, max_length=2000)
    circumstances = serializers.ListField(
        required=False, child=serializers.ChoiceField(choices=Circumstance.choices), max_length=7
    )
    published_on = serializers.DateField(required=False, allow_null=True)
    decision_number = Words(required=False, allow_blank=True, max_length=100)
    decided_on = PastDay(required=False, allow_null=True)
    term_ends_on = serializers.DateField(required=False, allow_null=True)
    publishable = serializers.BooleanField(required=False)
    id_number = serializers.CharField(
        required=False, max_length=60, help_text="正确的完整证件号码；只在原号码有误或不完整时填写。"
    )


class CorrectSerializer(ActSerializer):
    corrections = CorrectionsSerializer(help_text="要更正的项目和正确的内容。")

    def validate_corrections(self, corrections: dict[str, Any]) -> dict[str, Any]:
        if not corrections:
            raise serializers.ValidationError("请至少更正一项。", code="nothing_changed")
        return corrections


# --- the feed ---------------------------------------------------------------------------------------------------------


class ChangesQuerySerializer(serializers.Serializer[Any]):
    after = serializers.IntegerField(required=False, default=0, min_value=0, help_text="只要此号之后的变更。")
    limit = serializers.IntegerField(required=False, default=1000, min_value=1, max_value=1000)


class ChangeSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(
        choices=[*ChangeKind.choices, ("withheld", "不宜公开")],
        help_text="withheld 只对转载网站出现：该条目不宜公开，listing 与 at 为空，hash 照录。",
    )
    listing = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    hash = serializers.CharField(help_text="到此为止的累计摘要。")
    withdrawn = serializers.BooleanField(
        required=False, help_text="只对转载网站出现：为真时该条目转为不宜公开，须与退出同样删除。"
    )


class ChangesSerializer(serializers.Serializer[Any]):
    changes = ChangeSerializer(many=True)
    last = serializers.IntegerField(help_text="变更流的最新号。")
    has_more = serializers.BooleanField()


class SnapshotQuerySerializer(serializers.Serializer[Any]):
    after = serializers.UUIDField(required=False, help_text="只要此条目之后的条目；第一页不填。")
    limit = serializers.IntegerField(required=False, default=1000, min_value=1, max_value=1000)


class SnapshotListingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ListingStatus.choices)
    content_hash = serializers.CharField(help_text="公开内容的 SHA-256；无权查看内容的为空。", allow_blank=True)


class SnapshotSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="本页至少已包含到此号的变更；以第一页的号为起点接续变更流。")
    hash = serializers.CharField(help_text="此号的累计摘要。")
    listings = SnapshotListingSerializer(many=True)
    has_more = serializers.BooleanField(help_text="为真时以最后一条的 id 继续读取。")


class AckSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=0)
    hash = serializers.CharField(max_length=64, allow_blank=True)


class InStepSerializer(serializers.Serializer[Any]):
    in_step = serializers.BooleanField(help_text="所报号与摘要与本平台一致。")
    number = serializers.IntegerField()
    last = serializers.IntegerField(help_text="变更流的最新号。")
    behind = serializers.IntegerField(help_text="所报号之后还有多少条。")
