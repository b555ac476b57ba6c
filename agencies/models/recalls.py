"""What a unit must be told when a listing turns out never to have been valid."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from agencies.choices import RecallStatus
from agencies.models.accounts import Agency, User
from agencies.querysets import RecallQuerySet
from core.ids import uuid7
from core.models import Transition
from registry.models import Listing


class Recall(models.Model):
    """A revoked listing (撤销, 法释〔2017〕7号 art. 9) and a unit that was told of it before: one per unit and listing.

    The unit corrects what it has built on the listing (files, refusals, notes) and says so; the release of measures
    in force has its own duties.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="recalls", verbose_name="单位")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="recalls", verbose_name="名单")
    status = models.CharField("状态", max_length=12, choices=RecallStatus, default=RecallStatus.TOLD)
    opened_at = models.DateTimeField("通知时间")
    due_on = models.DateField("最后期限")
    due_is_provisional = models.BooleanField("期限暂估", default=False)
    due_citation = models.CharField("期限依据", max_length=200, blank=True)
    acknowledged_at = models.DateTimeField("确认时间", null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    statement = models.TextField("处理说明", blank=True)

    objects: ClassVar[RecallQuerySet] = RecallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "撤销通知"
        ordering: ClassVar[list[str]] = ["due_on", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "due_on"], name="recall_open_of_unit", condition=Q(status="told")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "listing"], name="recall_arises_once"),
            models.CheckConstraint(condition=Q(status__in=RecallStatus.values), name="recall_status_is_known"),
            models.CheckConstraint(
                condition=Q(status="told", acknowledged_at__isnull=True)
                | (Q(status="acknowledged", acknowledged_at__isnull=False) & ~Q(statement="")),
                name="recall_acknowledgement_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}：{self.listing}"


class RecallTransition(Transition):
    """History of a recall."""

    record = models.ForeignKey(Recall, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "撤销通知历史"
