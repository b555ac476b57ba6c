"""What a party can ask for: objection, reconsideration, exit, repair (法释〔2017〕7号 arts. 9-12; 002 §四(二))."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.models import Transition
from registry.choices import ExitGround, ObjectionAbout, RemedyChannel, RemedyOutcome, RemedyStatus
from registry.models.listings import Listing
from registry.models.places import Court
from registry.querysets import ObjectionQuerySet, ReconsiderationQuerySet, RemedyQuerySet, RepairQuerySet
from registry.rules import remedies as rules


class Remedy(models.Model):
    """A written request with its clock, until it is decided or withdrawn.

    `due_on` is the earlier of the local and the national limit, and empty once decided; `is_late` says that it was
    filed after its own limit, which never keeps it out (design.md §6, 11). `applicant` is masked, and empty where the
    listed party itself asks: no identifier is needed to be heard.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    status = models.CharField("状态", max_length=10, choices=RemedyStatus)
    ground = models.TextField("理由")
    channel = models.CharField("提出方式", max_length=8, choices=RemedyChannel)
    applicant = models.CharField("申请人", max_length=10, blank=True)
    received_on = models.DateField("收到日期")
    is_late = models.BooleanField("逾期提出", default=False)
    due_on = models.DateField("最近期限", null=True, blank=True)
    due_is_provisional = models.BooleanField("期限暂估", default=False)
    decision_reason = models.TextField("决定理由", blank=True)
    decision_number = models.CharField("决定书文号", max_length=100, blank=True)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    decision_served_on = models.DateField("决定送达日期", null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办理人"
    )

    objects: ClassVar[RemedyQuerySet]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}（{self.received_on}）"

    @property
    def subject_listing(self) -> Listing:
        """The listing that it is about."""
        raise NotImplementedError


def constraints_of(kind: rules.RemedyKind, *decided: str) -> list[models.BaseConstraint]:
    """What every kind promises: a known state, a clock exactly while open, and a decision that can be cited."""
    open_states = sorted(rules.OPEN[kind])
    return [
        models.CheckConstraint(condition=Q(status__in=sorted(rules.MOVES[kind])), name=f"{kind.value}_status_is_known"),
        models.CheckConstraint(
            condition=Q(status__in=open_states, due_on__isnull=False)
            | (~Q(status__in=open_states) & Q(due_on__isnull=True)),
            name=f"{kind.value}_open_has_due_day",
        ),
        *(
            [
                models.CheckConstraint(
                    condition=~Q(status__in=decided)
                    | (~Q(decision_number="") & ~Q(decision_reason="") & Q(decided_on__isnull=False)),
                    name=f"{kind.value}_decision_is_documented",
                )
            ]
            if decided
            else []
        ),
    ]


def due_index(kind: rules.RemedyKind) -> models.Index:
    """The work list by due day, and the nightly notices."""
    return models.Index(fields=["due_on"], name=f"{kind.value}_by_due_day", condition=Q(due_on__isnull=False))


class Objection(Remedy):
    """异议: against a listing (art. 11), or a unit's measure, which the executing court answers (002)."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="objections", verbose_name="名单条目")
    about = models.CharField("针对", max_length=7, choices=ObjectionAbout, default=ObjectionAbout.LISTING)
    unit_name = models.CharField("单位", max_length=100, blank=True)
    measure_text = models.CharField("措施", max_length=300, blank=True)
    listing_served_on = models.DateField("纳入决定送达日期", null=True, blank=True)
    outcome = models.CharField("结果", max_length=7, choices=RemedyOutcome, blank=True)

    objects: ClassVar[ObjectionQuerySet] = ObjectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [due_index(rules.RemedyKind.OBJECTION)]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *constraints_of(rules.RemedyKind.OBJECTION, "upheld", "rejected"),
            models.CheckConstraint(condition=Q(about__in=ObjectionAbout.values), name="objection_about_is_known"),
            models.CheckConstraint(
                condition=Q(about="listing") | (~Q(unit_name="") & ~Q(measure_text="")),
                name="objection_names_unit_and_measure",
            ),
            models.CheckConstraint(
                condition=Q(status="upheld", outcome__in=RemedyOutcome.values) | (~Q(status="upheld") & Q(outcome="")),
                name="objection_upheld_has_outcome",
            ),
        ]

    @property
    def subject_listing(self) -> Listing:
        return self.listing


class Reconsideration(Remedy):
    """复议: one for each rejected objection, to the next higher court; nothing is suspended (art. 12)."""

    objection = models.OneToOneField(Objection, models.PROTECT, related_name="reconsideration", verbose_name="异议")
    court = models.ForeignKey(Court, models.PROTECT, related_name="reconsiderations", verbose_name="上一级法院")
    outcome = models.CharField("结果", max_length=7, choices=RemedyOutcome, blank=True)

    objects: ClassVar[ReconsiderationQuerySet] = ReconsiderationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "复议"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [due_index(rules.RemedyKind.RECONSIDERATION)]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *constraints_of(rules.RemedyKind.RECONSIDERATION, "upheld", "dismissed"),
            models.CheckConstraint(
                condition=Q(status="upheld", outcome__in=RemedyOutcome.values) | (~Q(status="upheld") & Q(outcome="")),
                name="reconsideration_upheld_has_outcome",
            ),
        ]

    @property
    def subject_listing(self) -> Listing:
        return self.objection.listing


class ExitRequest(Remedy):
    """退出申请: a ground of art. 10 or 2, decided by the executing court; granting is shielding."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="exit_requests", verbose_name="名单条目")
    exit_ground = models.CharField("退出原因", max_length=30, choices=ExitGround)
    confirmed_on = models.DateField("事实确认日期", null=True, blank=True)

    objects: ClassVar[RemedyQuerySet] = RemedyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "退出申请"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [due_index(rules.RemedyKind.EXIT_REQUEST)]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *constraints_of(rules.RemedyKind.EXIT_REQUEST, "granted", "refused"),
            models.CheckConstraint(condition=Q(exit_ground__in=ExitGround.values), name="exit_request_ground_is_known"),
            models.UniqueConstraint(
                fields=["listing", "exit_ground"],
                condition=Q(status="received"),
                name="exit_request_is_open_once_per_ground",
            ),
        ]

    @property
    def subject_listing(self) -> Listing:
        return self.listing


class CreditRepair(Remedy):
    """信用修复: asked for by who has left the list; every unit that had measures decides for itself (002 §四(二)6)."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="repairs", verbose_name="名单条目")
    has_commitment = models.BooleanField("已提交信用承诺", default=False)

    objects: ClassVar[RepairQuerySet] = RepairQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "信用修复"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [due_index(rules.RemedyKind.REPAIR)]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *constraints_of(rules.RemedyKind.REPAIR),
            models.UniqueConstraint(
                fields=["listing"], condition=Q(status="received"), name="repair_is_open_once_per_listing"
            ),
        ]

    @property
    def subject_listing(self) -> Listing:
        return self.listing


class ObjectionTransition(Transition):
    """History of an objection."""

    record = models.ForeignKey(Objection, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "异议历史"


class ReconsiderationTransition(Transition):
    """History of a reconsideration."""

    record = models.ForeignKey(Reconsideration, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "复议历史"


class ExitRequestTransition(Transition):
    """History of an exit request."""

    record = models.ForeignKey(ExitRequest, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "退出申请历史"


class CreditRepairTransition(Transition):
    """History of a credit repair."""

    record = models.ForeignKey(CreditRepair, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "信用修复历史"
