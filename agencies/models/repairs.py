"""What each unit that had measures decides on a credit repair (002 §四(二)6)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from agencies.choices import RepairDecisionStatus
from agencies.models.accounts import Agency, User
from agencies.querysets import RepairDecisionQuerySet
from core.ids import uuid7
from core.models import Transition
from registry.models import CreditRepair


class RepairDecision(models.Model):
    """One unit's decision on one application, due on the repair's own clock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="repair_decisions", verbose_name="单位")
    repair = models.ForeignKey(CreditRepair, models.PROTECT, related_name="decisions", verbose_name="信用修复")
    status = models.CharField("决定", max_length=7, choices=RepairDecisionStatus, default=RepairDecisionStatus.DUE)
    opened_at = models.DateTimeField("产生时间")
    due_on = models.DateField("期限")
    due_is_provisional = models.BooleanField("期限暂估", default=False)
    due_citation = models.CharField("期限依据", max_length=200, blank=True)
    reason = models.TextField("理由", blank=True)
    document_number = models.CharField("文号", max_length=100, blank=True)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[RepairDecisionQuerySet] = RepairDecisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "信用修复决定"
        ordering: ClassVar[list[str]] = ["due_on", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "due_on"], name="repair_decision_open_of_unit", condition=Q(status="due")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "repair"], name="repair_decision_arises_once"),
            models.CheckConstraint(
                condition=Q(status__in=RepairDecisionStatus.values), name="repair_decision_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status="due", decided_on__isnull=True)
                | (~Q(status="due") & Q(decided_on__isnull=False) & ~Q(reason="") & ~Q(document_number="")),
                name="repair_decision_is_documented",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}：{self.get_status_display()}"


class RepairDecisionTransition(Transition):
    """History of a unit's decision."""

    record = models.ForeignKey(RepairDecision, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "信用修复决定历史"
