"""What surrounds a listing before it takes effect: the warning that must go before it, and the time it may be given."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from registry.choices import NoticeChannel, PartyKind
from registry.models.listings import Listing
from registry.models.places import Court
from registry.querysets import GracePeriodQuerySet, RiskNoticeQuerySet


class PartyOfCase(models.Model):
    """A judgment debtor in one case of one court, who may not be listed yet.

    `subject_key` is the keyed digest of the full identifier, as in `Subject.key`; null where it is not known. Whether
    a row of a list file means the same party is said in `registry.imports.hindrances`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    court = models.ForeignKey(Court, models.PROTECT, related_name="+", verbose_name="法院")
    case_number = models.CharField("案号", max_length=100)
    case_key = models.CharField(max_length=100)
    kind = models.CharField("被执行人类型", max_length=6, choices=PartyKind)
    name = models.CharField("姓名或名称", max_length=200)
    name_key = models.CharField(max_length=200)
    id_masked = models.CharField("证件号码", max_length=60, blank=True)
    subject_key = models.BinaryField(max_length=16, null=True, blank=True)
    document_number = models.CharField("文书文号", max_length=100)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} {self.case_number}"


class RiskNotice(PartyOfCase):
    """The warning of being listed (风险提示), which the execution notice carries (法释〔2017〕7号 art. 5)."""

    served_on = models.DateField("送达日期")
    channel = models.CharField("送达方式", max_length=12, choices=NoticeChannel)

    objects: ClassVar[RiskNoticeQuerySet] = RiskNoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "风险提示"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["court", "case_key"], name="risk_notice_of_case"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["court", "case_key", "kind", "name_key", "document_number"],
                name="risk_notice_is_recorded_once",
            ),
            models.CheckConstraint(condition=Q(channel__in=NoticeChannel.values), name="risk_notice_channel_is_known"),
            models.CheckConstraint(condition=~Q(document_number=""), name="risk_notice_has_document"),
        ]


class GracePeriod(PartyOfCase):
    """One to three months in which a debtor is neither listed nor published (宽限期, 法发〔2019〕35号).

    `listing` is the pending listing where the court has decided already that the debtor is listed when the time is
    over. `ends_on` is the last day of grace; a listing takes effect the day after.
    """

    starts_on = models.DateField("起算日期")
    months = models.PositiveSmallIntegerField("月数")
    ends_on = models.DateField("届满日期")
    is_provisional = models.BooleanField("届满日期暂估", default=False)
    listing = models.OneToOneField(
        Listing, models.PROTECT, null=True, blank=True, related_name="grace", verbose_name="待生效条目"
    )

    objects: ClassVar[GracePeriodQuerySet] = GracePeriodQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "宽限期"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["court", "case_key"], name="grace_period_of_case"),
            models.Index(fields=["ends_on"], name="grace_period_of_pending", condition=Q(listing__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["court", "case_key", "kind", "name_key", "starts_on"], name="grace_period_is_granted_once"
            ),
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=3), name="grace_period_is_one_to_three_months"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="grace_period_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(document_number=""), name="grace_period_has_document"),
        ]
