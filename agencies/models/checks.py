"""The ledger of checks: one question, one answer, kept for ever."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from agencies.choices import CheckChannel, Outcome
from agencies.models.accounts import Agency, ApiKey, Matter, User
from agencies.querysets import CheckQuerySet
from core.ids import uuid7
from registry.choices import PartyKind


class Check(models.Model):
    """One question about one applicant and its answer as given then; written once, never changed.

    `asked` holds the parties asked about, `[{"asked", "kind", "name", "id_type", "id_masked", "keys"}]`, where
    `keys` are `[digest (hex), KeyKind]` of their identifiers, so that the same question can be asked again
    without the identifiers. `answer` is the JSON of contract.md §3.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt = models.CharField("回执号", max_length=24, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="checks", verbose_name="核查单位")
    user = models.ForeignKey(User, models.PROTECT, related_name="checks", verbose_name="经办人")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, null=True, blank=True, related_name="checks")
    channel = models.CharField("途径", max_length=5, choices=CheckChannel)
    bulk_id = models.UUIDField("批量核查", null=True, blank=True)
    case_reference = models.CharField("办件号", max_length=100)
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="checks")
    matter_text = models.CharField("事项", max_length=200, blank=True)
    subject_kind = models.CharField("类型", max_length=6, choices=PartyKind)
    subject_name = models.CharField("姓名或名称", max_length=200)
    subject_id_masked = models.CharField("证件号码", max_length=60, blank=True)
    asked = models.JSONField()
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    list_version = models.BigIntegerField("名单版本")
    answer = models.JSONField()
    outcome_hash = models.CharField(max_length=64)
    checked_at = models.DateTimeField("核查时间")

    objects: ClassVar[CheckQuerySet] = CheckQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "核查"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-id"], name="check_of_unit"),
            models.Index(
                fields=["bulk_id"],
                name="check_of_bulk",
                condition=Q(bulk_id__isnull=False),
            ),
            GinIndex(
                fields=["answer"],
                opclasses=["jsonb_path_ops"],
                name="check_naming_a_listing",
                condition=Q(outcome__in=["hit", "possible", "suspended"]),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="check_outcome_is_known"),
            models.CheckConstraint(condition=~Q(case_reference=""), name="check_has_case_reference"),
        ]

    def __str__(self) -> str:
        return self.receipt


class HitMeasure(models.Model):
    """One measure that a check's answer named, for figures by measure without opening the answers."""

    id = models.BigAutoField(primary_key=True)
    check_record = models.ForeignKey(Check, models.CASCADE, related_name="hit_measures")
    listing = models.ForeignKey("registry.Listing", models.PROTECT, related_name="+")
    measure = models.ForeignKey("measures.Measure", models.PROTECT, related_name="+")
    role = models.CharField(max_length=24)
    advice = models.CharField(max_length=6)

    class Meta:
        verbose_name = verbose_name_plural = "命中措施"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["check_record", "listing", "measure", "role"],
                name="hit_measure_is_named_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_record_id} {self.measure_id}"
