"""Debtors that a court reports upward, and its reports: asked for, approved by a second person, sent (004 §二)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from core.models import Transition
from registry.choices import DebtorCategory, OrganBody, OrganReportStatus
from registry.models.listings import Listing
from registry.models.places import Court
from registry.querysets import DebtorMarkQuerySet, OrganReportQuerySet


class DebtorMark(models.Model):
    """What the debtor of one listing is, as its court found; a mark that was wrong is cleared, never overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="marks", verbose_name="名单条目")
    category = models.CharField("身份类别", max_length=24, choices=DebtorCategory)
    basis = models.CharField("认定依据", max_length=300)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="标记人")
    set_at = models.DateTimeField("标记时间")
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="取消人"
    )
    cleared_at = models.DateTimeField("取消时间", null=True)
    cleared_reason = models.CharField("取消理由", max_length=300, blank=True)

    objects: ClassVar[DebtorMarkQuerySet] = DebtorMarkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "被执行人身份标记"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["listing", "category"], condition=Q(cleared_at__isnull=True), name="debtor_mark_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(category__in=DebtorCategory.values), name="debtor_mark_category_is_known"
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="debtor_mark_has_basis"),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, cleared_by__isnull=True, cleared_reason="")
                | (Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(cleared_reason="")),
                name="debtor_mark_is_cleared_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.get_category_display()


class OrganReport(models.Model):
    """One report of one court to one body for one period; its workbook is made anew, watermarked, for who takes it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    court = models.ForeignKey(Court, models.PROTECT, related_name="organ_reports", verbose_name="报送法院")
    body = models.CharField("报送对象", max_length=10, choices=OrganBody)
    period = models.CharField("报送期编号", max_length=7)
    period_label = models.CharField("报送期", max_length=20)
    ends_on = models.DateField("报送期末日")
    recipient = models.CharField("接收单位", max_length=100)
    purpose = models.CharField("用途", max_length=200)
    rows_count = models.PositiveIntegerField("行数")
    status = models.CharField("状态", max_length=9, choices=OrganReportStatus, default=OrganReportStatus.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_at = models.DateTimeField("复核时间", null=True)
    expires_at = models.DateTimeField("下载截止", null=True)
    sent_on = models.DateField("报送日期", null=True)
    document_number = models.CharField("报送文号", max_length=100, blank=True)

    objects: ClassVar[OrganReportQuerySet] = OrganReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "向机关报告"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["court", "body", "period"],
                condition=Q(status="requested"),
                name="organ_report_is_requested_once",
            ),
            models.CheckConstraint(condition=Q(body__in=OrganBody.values), name="organ_report_body_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=OrganReportStatus.values), name="organ_report_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(recipient="") & ~Q(purpose=""), name="organ_report_names_recipient_and_purpose"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="organ_report_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(status="requested", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="requested") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="organ_report_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "sent"], expires_at__isnull=False)
                | (~Q(status__in=["approved", "sent"]) & Q(expires_at__isnull=True)),
                name="organ_report_approved_expires",
            ),
            models.CheckConstraint(
                condition=(Q(status="sent", sent_on__isnull=False) & ~Q(document_number=""))
                | (~Q(status="sent") & Q(sent_on__isnull=True, document_number="")),
                name="organ_report_sent_is_documented",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_label}报{self.get_body_display()}"


class OrganReportRow(models.Model):
    """A mark that a report carries: what was approved, so that nothing else leaves."""

    id = models.BigAutoField(primary_key=True)
    report = models.ForeignKey(OrganReport, models.PROTECT, related_name="rows")
    mark = models.ForeignKey(DebtorMark, models.PROTECT, related_name="reported")

    class Meta:
        verbose_name = verbose_name_plural = "报告的行"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["report", "mark"], name="organ_report_row_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.mark_id}"


class OrganReportTransition(Transition):
    """History of a report: who asked, who approved, what was sent when."""

    record = models.ForeignKey(OrganReport, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "向机关报告历史"
