"""What stands beside the remedies: stays of measures, evidence, units' answers to a repair, notices sent."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from registry.choices import NoticeKind, RemedyKind
from registry.models.listings import Listing
from registry.models.places import Court, Region
from registry.models.remedies import CreditRepair, ExitRequest, Objection, Reconsideration


class MeasureStay(models.Model):
    """While information is verified, the units of `region` apply no measure of this listing (002 §四(二)3).

    The listing itself stays as it is, and other regions go on: the rule is a region's own. `until` empty: in force.
    """

    id = models.BigAutoField(primary_key=True)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="stays", verbose_name="名单条目")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地区")
    objection = models.OneToOneField(Objection, models.PROTECT, related_name="stay", verbose_name="异议")
    citation = models.CharField("依据", max_length=200)
    since = models.DateTimeField("起")
    until = models.DateTimeField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "措施暂不执行"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["listing"], name="measure_stay_in_force", condition=Q(until__isnull=True)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="measure_stay_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(citation=""), name="measure_stay_has_citation"),
        ]

    def __str__(self) -> str:
        return f"{self.region} 暂不执行"


class Evidence(models.Model):
    """A file that belongs to one remedy: encrypted under `settings.EVIDENCE_DIR`, handed out only to the two sides."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    objection = models.ForeignKey(Objection, models.PROTECT, null=True, related_name="evidence")
    reconsideration = models.ForeignKey(Reconsideration, models.PROTECT, null=True, related_name="evidence")
    exit_request = models.ForeignKey(ExitRequest, models.PROTECT, null=True, related_name="evidence")
    repair = models.ForeignKey(CreditRepair, models.PROTECT, null=True, related_name="evidence")
    name = models.CharField("文件名", max_length=255)
    content_type = models.CharField("类型", max_length=30)
    size = models.PositiveIntegerField("大小")
    sha256 = models.CharField("校验值", max_length=64)
    path = models.CharField(max_length=60, unique=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "证据"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(objection__isnull=False, reconsideration=None, exit_request=None, repair=None)
                | Q(objection=None, reconsideration__isnull=False, exit_request=None, repair=None)
                | Q(objection=None, reconsideration=None, exit_request__isnull=False, repair=None)
                | Q(objection=None, reconsideration=None, exit_request=None, repair__isnull=False),
                name="evidence_belongs_to_one_remedy",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RepairOutcome(models.Model):
    """What one unit decided on a credit repair, as it is handed on with the listing (002 §四(二)6)."""

    id = models.BigAutoField(primary_key=True)
    repair = models.ForeignKey(CreditRepair, models.PROTECT, related_name="outcomes", verbose_name="信用修复")
    unit_name = models.CharField("单位", max_length=100)
    is_allowed = models.BooleanField("允许")
    document_number = models.CharField("文号", max_length=100)
    decided_on = models.DateField("决定日期")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "信用修复结果"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["repair", "unit_name"], name="repair_outcome_is_one_per_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_name}：{'允许' if self.is_allowed else '不允许'}"


class RemedyNotice(models.Model):
    """That a limit is near or has passed, said once to one court: the constraint makes running twice harmless."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("事项", max_length=15, choices=RemedyKind)
    record_id = models.UUIDField("事项编号")
    notice = models.CharField("通知", max_length=15, choices=NoticeKind)
    due_on = models.DateField("期限")
    court = models.ForeignKey(Court, models.PROTECT, related_name="remedy_notices", verbose_name="法院")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "催办通知"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["court", "-id"], name="remedy_notice_of_court")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["record_id", "notice", "due_on"], name="remedy_notice_is_given_once"),
            models.CheckConstraint(condition=Q(notice__in=NoticeKind.values), name="remedy_notice_kind_is_known"),
            models.CheckConstraint(condition=Q(kind__in=RemedyKind.values), name="remedy_notice_remedy_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_notice_display()}（{self.due_on}）"
