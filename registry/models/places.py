"""Regions, their rules of procedure, and the courts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from registry.choices import DayKind
from registry.querysets import CourtQuerySet


class Region(models.Model):
    """An administrative division, by its GB/T 2260 code; `000000` is the whole country."""

    code = models.CharField("行政区划代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=50)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = verbose_name_plural = "地区"
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{6}$"),
                name="region_code_has_six_digits",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("code")),
                name="region_is_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RulePack(models.Model):
    """The deadlines of a region, each with its citation; what it does not say, the national pack says."""

    region = models.OneToOneField(Region, models.PROTECT, related_name="rule_pack")
    title = models.CharField("名称", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "期限规则"

    def __str__(self) -> str:
        return self.title


class DeadlineRule(models.Model):
    """One deadline of a rule pack (domain.md §4): `key` such as `objection.file`, an amount, its unit, its source."""

    pack = models.ForeignKey(RulePack, models.CASCADE, related_name="deadlines")
    key = models.CharField("期限", max_length=40)
    amount = models.PositiveSmallIntegerField("数量")
    unit = models.CharField("单位", max_length=8, choices=DayKind)
    citation = models.CharField("依据", max_length=200)
    is_configured = models.BooleanField("依据未规定数值，由平台配置", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "期限"
        ordering: ClassVar[list[str]] = ["pack", "key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pack", "key"], name="deadline_rule_stands_once_in_its_pack"),
            models.CheckConstraint(condition=Q(unit__in=DayKind.values), name="deadline_rule_unit_is_known"),
            models.CheckConstraint(condition=~Q(citation=""), name="deadline_rule_has_citation"),
        ]

    def __str__(self) -> str:
        return f"{self.key}：{self.amount}{self.get_unit_display()}"


class RegionRule(models.Model):
    """What a region's document says of procedure beyond deadlines: a key, a value in text, its source."""

    pack = models.ForeignKey(RulePack, models.CASCADE, related_name="rules")
    key = models.CharField("规则", max_length=40)
    value = models.CharField("取值", max_length=100)
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "程序规则"
        ordering: ClassVar[list[str]] = ["pack", "key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pack", "key"], name="region_rule_stands_once_in_its_pack"),
            models.CheckConstraint(condition=~Q(citation="") & ~Q(value=""), name="region_rule_has_citation"),
        ]

    def __str__(self) -> str:
        return f"{self.key}：{self.value}"


class Court(models.Model):
    """A court by its case-number character (法院代字), such as 鲁0116."""

    code = models.CharField("法院代字", max_length=10, unique=True)
    name = models.CharField("名称", max_length=100, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="courts", verbose_name="地区")
    upper = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lower",
        verbose_name="上一级法院",
    )

    objects: ClassVar[CourtQuerySet] = CourtQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "法院"
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(upper__isnull=True) | ~Q(upper=F("id")),
                name="court_is_not_its_own_upper",
            ),
        ]

    def __str__(self) -> str:
        return self.name
