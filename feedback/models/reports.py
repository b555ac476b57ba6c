"""Feedback on single enforcements, and the units' reports for a period."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, Enforcement, User
from core.ids import uuid7
from core.models import Transition
from feedback.choices import ReportStatus
from feedback.querysets import FeedbackQuerySet, ReportQuerySet
from registry.models import Court


class Feedback(models.Model):
    """What a unit tells the court about one enforcement (惩戒情况反馈); written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="feedback", verbose_name="反馈单位")
    court = models.ForeignKey(Court, models.PROTECT, related_name="feedback", verbose_name="执行法院")
    enforcement = models.ForeignKey(Enforcement, models.PROTECT, related_name="feedback", verbose_name="执行")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    content = models.TextField("反馈内容")
    result = models.TextField("惩戒效果", blank=True)
    sent_at = models.DateTimeField("反馈时间")

    objects: ClassVar[FeedbackQuerySet] = FeedbackQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "反馈"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["court", "-id"], name="feedback_to_court"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(content=""), name="feedback_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.sent_at:%Y-%m-%d}"


class Report(models.Model):
    """A unit's report for one period; `figures` are computed from the ledger, the rest is typed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reports", verbose_name="单位")
    period = models.CharField("报告期", max_length=7)  # 2026-11
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    figures = models.JSONField("数据", default=dict)
    figures_at = models.DateTimeField("数据截至")
    narrative = models.TextField("工作情况", blank=True)
    typical_case = models.TextField("典型案例", blank=True)
    status = models.CharField("状态", max_length=9, choices=ReportStatus, default=ReportStatus.DRAFT)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    remarks = models.TextField("审核意见", blank=True)

    objects: ClassVar[ReportQuerySet] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "报告"
        ordering: ClassVar[list[str]] = ["-period", "agency"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period"], name="report_is_one_per_period"),
            models.CheckConstraint(
                condition=Q(status__in=ReportStatus.values),
                name="report_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="report_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(submitted_at__isnull=False),
                name="report_submission_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned") | ~Q(remarks=""),
                name="report_return_has_remarks",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["returned", "accepted"]) | Q(reviewed_by__isnull=False),
                name="report_review_has_reviewer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.period}"


class ReportTransition(Transition):
    """History of a report."""

    record = models.ForeignKey(Report, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "报告历史"
