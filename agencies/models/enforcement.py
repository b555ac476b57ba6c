"""What a unit did, and what it must undo when the listing ends."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from agencies.choices import Decision, DutyOutcome, DutyStatus, EnforcementStatus
from agencies.models.accounts import Agency, Matter, User
from agencies.models.checks import Check
from agencies.querysets import EnforcementQuerySet, ReleaseDutyQuerySet
from core.ids import uuid7
from core.models import Transition
from measures.models import Measure
from registry.models import Listing


class Enforcement(models.Model):
    """A unit's decision on one measure against one listing, applied or not, with its document and dates."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="enforcements", verbose_name="单位")
    user = models.ForeignKey(User, models.PROTECT, related_name="enforcements", verbose_name="经办人")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="enforcements", verbose_name="名单")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="enforcements", verbose_name="措施")
    check_record = models.ForeignKey(
        Check,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enforcements",
        verbose_name="核查",
    )
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="enforcements")
    matter_text = models.CharField("事项", max_length=200, blank=True)
    role = models.CharField("关联身份", max_length=24, default="subject")
    # Whom the act fell on: the listed party, or the related person it reached.
    party_name = models.CharField("相对人", max_length=200)
    party_id_masked = models.CharField("证件号码", max_length=60, blank=True)
    decision = models.CharField("决定", max_length=11, choices=Decision)
    reason = models.TextField("理由", blank=True)
    document_number = models.CharField("文书文号", max_length=100, blank=True)
    effective_from = models.DateField("生效日期", null=True, blank=True)
    effective_to = models.DateField("截止日期", null=True, blank=True)
    status = models.CharField("状态", max_length=11, choices=EnforcementStatus)
    recorded_at = models.DateTimeField("登记时间")
    released_at = models.DateTimeField("解除时间", null=True, blank=True)
    release_reason = models.TextField("解除说明", blank=True)

    objects: ClassVar[EnforcementQuerySet] = EnforcementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "执行"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-id"], name="enforcement_of_unit"),
            models.Index(
                fields=["listing"],
                name="enforcement_live_of_listing",
                condition=Q(status__in=["in_force", "retained"]),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "listing", "measure", "party_name", "matter_text"],
                condition=Q(status="in_force"),
                name="enforcement_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=EnforcementStatus.values),
                name="enforcement_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(decision="not_applied", status="not_applied")
                | (Q(decision="applied") & ~Q(status="not_applied")),
                name="enforcement_status_follows_decision",
            ),
            models.CheckConstraint(
                condition=Q(decision="applied") | ~Q(reason=""),
                name="enforcement_not_applied_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(decision="not_applied") | (~Q(document_number="") & Q(effective_from__isnull=False)),
                name="enforcement_applied_has_document",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="enforcement_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(status="released") | Q(released_at__isnull=False),
                name="enforcement_release_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure}：{self.get_decision_display()}"


class EnforcementTransition(Transition):
    """History of an enforcement."""

    record = models.ForeignKey(Enforcement, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "执行历史"


class ReleaseDuty(models.Model):
    """What a unit must release because a listing has ended: one per unit, listing and measure (002 §四(二)5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="release_duties", verbose_name="单位")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="release_duties", verbose_name="名单")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="release_duties", verbose_name="措施")
    status = models.CharField("状态", max_length=5, choices=DutyStatus, default=DutyStatus.DUE)
    opened_at = models.DateTimeField("产生时间")
    due_on = models.DateField("最后期限")
    due_is_provisional = models.BooleanField("期限暂估", default=False)
    due_citation = models.CharField("期限依据", max_length=200, blank=True)
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField("办理结果", max_length=8, choices=DutyOutcome, blank=True)
    statement = models.TextField("办理说明", blank=True)
    document_number = models.CharField("解除文书文号", max_length=100, blank=True)

    objects: ClassVar[ReleaseDutyQuerySet] = ReleaseDutyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "解除任务"
        ordering: ClassVar[list[str]] = ["due_on", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["agency", "due_on"],
                name="duty_open_of_unit",
                condition=Q(status="due"),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "listing", "measure"], name="duty_arises_once"),
            models.CheckConstraint(condition=Q(status__in=DutyStatus.values), name="duty_status_is_known"),
            models.CheckConstraint(
                condition=Q(status="due", done_at__isnull=True, outcome="")
                | (Q(status="done", done_at__isnull=False) & ~Q(outcome="")),
                name="duty_done_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}：{self.measure}"


class ReleaseDutyTransition(Transition):
    """History of a release duty."""

    record = models.ForeignKey(ReleaseDuty, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "解除任务历史"


class Retention(models.Model):
    """A measure kept after the listing ended: only with a legal basis and an end date (002 §四(二)5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    enforcement = models.OneToOneField(Enforcement, models.PROTECT, related_name="retention")
    legal_basis = models.TextField("保留依据")
    until = models.DateField("保留至")
    recorded_at = models.DateTimeField("登记时间")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "依法保留"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(legal_basis=""), name="retention_has_legal_basis"),
        ]

    def __str__(self) -> str:
        return f"保留至 {self.until}"
