"""Letters to the unit of a listed person whose listing must not be published (002 §三(一), 004 §三(一))."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from registry.models.listings import Listing
from registry.querysets import EmployerLetterQuerySet


class EmployerLetter(models.Model):
    """单位通报函: tells the person's own unit instead of the public; the unit acknowledges it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="letters", verbose_name="名单条目")
    unit_name = models.CharField("所在单位", max_length=100)
    document_number = models.CharField("函号", max_length=100)
    sent_on = models.DateField("发出日期")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")
    recorded_at = models.DateTimeField("登记时间")
    acknowledged_on = models.DateField("签收日期", null=True, blank=True)
    acknowledgement = models.CharField("签收与处理情况", max_length=500, blank=True)

    objects: ClassVar[EmployerLetterQuerySet] = EmployerLetterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "单位通报函"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["listing", "unit_name"], name="employer_letter_is_sent_once_to_a_unit"),
            models.CheckConstraint(
                condition=~Q(unit_name="") & ~Q(document_number=""), name="employer_letter_names_unit_and_number"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_on__isnull=True) | Q(acknowledged_on__gte=F("sent_on")),
                name="employer_letter_is_acknowledged_after_it_is_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_number} {self.unit_name}"
