"""Documents, their numbered measures, and the units that they make responsible."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from measures.choices import BasisSource, Effect, LawKind, NamesTarget, UnitSource
from measures.querysets import DocumentQuerySet, MeasureQuerySet
from registry.models import Region


class Document(models.Model):
    """A numbered document of a jurisdiction that lists measures (联合惩戒文件)."""

    doc_number = models.CharField("文号", max_length=80, unique=True)
    title = models.CharField("标题", max_length=300)
    issuer = models.CharField("发文单位", max_length=200)
    forwarded_by = models.CharField("转发单位", max_length=200, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="documents", verbose_name="地区")
    date = models.DateField("发文日期", null=True, blank=True)
    date_text = models.CharField("日期说明", max_length=100, blank=True)
    in_force_from = models.DateField("施行日期")
    in_force_to = models.DateField("失效日期", null=True, blank=True)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    source = models.CharField("来源编号", max_length=20)
    target = models.TextField("惩戒对象")
    feedback_route = models.TextField("反馈途径", blank=True)
    notes = ArrayField(models.TextField(), default=list, verbose_name="整理说明")

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering: ClassVar[list[str]] = ["source"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gte=F("in_force_from")),
                name="document_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.doc_number


class NamedUnit(models.Model):
    """A unit as a document of a region prints it, such as 区财政局; agencies say which of these they are."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="named_units")
    name = models.CharField("单位", max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = "文件所列单位"
        ordering: ClassVar[list[str]] = ["region", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "name"], name="named_unit_is_named_once_per_region"),
        ]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """One numbered measure of a document (惩戒措施), in one published version.

    `number` is as printed with scanning errors corrected: flat (`4`), category and item (`七3`), or the
    category alone (`八`). A published version never changes; an amendment is a new row with the next `version`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="measures")
    number = models.CharField("编号", max_length=20)
    version = models.PositiveSmallIntegerField("版本", default=1)
    position = models.PositiveSmallIntegerField("顺序")
    category = models.CharField("类别", max_length=20, blank=True)
    category_title = models.CharField("类别名称", max_length=100, blank=True)
    item = models.CharField("类内编号", max_length=10, blank=True)
    number_assigned = models.BooleanField("编号由平台补充", default=False)
    code = models.CharField("统一编码", max_length=3, blank=True)
    # further unified codes of a wording that holds several measures
    also_codes = ArrayField(models.CharField(max_length=3), default=list, blank=True, verbose_name="兼及编码")
    title = models.CharField("措施名称", max_length=300)
    title_raw = models.TextField("原文", blank=True)
    text = models.TextField("全文", blank=True)
    text_raw = models.TextField("全文原文", blank=True)
    effect = models.CharField("效力", max_length=10, choices=Effect)
    # [{"effect": …, "text": …}] where one wording holds several effects
    parts = models.JSONField("分项效力", default=list, blank=True)
    reaches = ArrayField(models.CharField(max_length=24), default=list, verbose_name="及于")
    considers = ArrayField(models.CharField(max_length=24), default=list, verbose_name="应一并核查")
    party_kinds = ArrayField(models.CharField(max_length=6), default=list, verbose_name="适用主体")
    honour_after_listing_only = models.BooleanField("仅及列入后取得的荣誉", default=False)
    incentive = models.BooleanField("激励措施", default=False)
    units_text = models.CharField("责任单位原文", max_length=300, blank=True)
    units_open_ended = models.BooleanField("责任单位未列尽", default=False)
    in_body = models.BooleanField("见于正文", default=True)
    in_appendix = models.BooleanField("见于附录", default=False)
    appendix_title = models.CharField("附录名称", max_length=300, blank=True)
    appendix_title_raw = models.TextField("附录原文", blank=True)
    appendix_units_text = models.CharField("实施单位原文", max_length=300, blank=True)
    appendix_units_open_ended = models.BooleanField("实施单位未列尽", default=False)
    units_conflict = models.TextField("单位冲突", blank=True)
    wording_conflict = models.TextField("文字冲突", blank=True)
    needs_own_basis = models.BooleanField("需要自身依据", default=False)
    under_review = models.BooleanField("依据复核中", default=False)
    review_reason = models.CharField("复核原因", max_length=200, blank=True)
    notes = ArrayField(models.TextField(), default=list, verbose_name="整理说明")
    in_force_from = models.DateField("施行日期")
    in_force_to = models.DateField("失效日期", null=True, blank=True)
    content_digest = models.CharField(max_length=64, editable=False)
    units: models.ManyToManyField[NamedUnit, Responsibility] = models.ManyToManyField(
        NamedUnit, through="Responsibility", related_name="measures"
    )

    objects: ClassVar[MeasureQuerySet] = MeasureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "措施"
        ordering: ClassVar[list[str]] = ["document", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["document", "number", "version"],
                name="measure_is_numbered_once_per_version",
            ),
            models.CheckConstraint(condition=Q(effect__in=Effect.values), name="measure_effect_is_known"),
            models.CheckConstraint(
                condition=Q(in_body=True) | Q(in_appendix=True),
                name="measure_stands_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gte=F("in_force_from")),
                name="measure_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(under_review=False) | ~Q(review_reason=""),
                name="measure_review_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(incentive=False) | Q(reaches__len=0),
                name="measure_incentive_reaches_no_defaulter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} 第{self.number}项"


class Responsibility(models.Model):
    """A unit named for a measure, in printed order; body and appendix are kept apart even where they disagree."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="responsibilities")
    unit = models.ForeignKey(NamedUnit, models.PROTECT, related_name="responsibilities")
    source = models.CharField(max_length=8, choices=UnitSource)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "责任单位"
        ordering: ClassVar[list[str]] = ["measure", "source", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["measure", "source", "unit"],
                name="responsibility_names_a_unit_once",
            ),
            models.CheckConstraint(
                condition=Q(source__in=UnitSource.values),
                name="responsibility_source_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}（{self.get_source_display()}）"


class Law(models.Model):
    """A law or document that measures rest on."""

    key = models.SlugField(max_length=80, unique=True)
    title = models.CharField("名称", max_length=200)
    title_raw = models.CharField("原文名称", max_length=200, blank=True)
    document_number = models.CharField("文号", max_length=80, blank=True)
    kind = models.CharField("层级", max_length=30, choices=LawKind)
    issuer = models.CharField("制定机关", max_length=200, blank=True)
    in_force_from = models.DateField("施行日期", null=True, blank=True)
    in_force_to = models.DateField("失效日期", null=True, blank=True)
    lapsed = models.BooleanField("已失效", default=False)
    successor = models.CharField("替代文件", max_length=300, blank=True)
    source_note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "法律文件"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=LawKind.values), name="law_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"《{self.title}》"


class Provision(models.Model):
    """An article or section of a law, with its validity and what took its place (domain.md §6)."""

    law = models.ForeignKey(Law, models.CASCADE, related_name="provisions")
    label = models.CharField("条款", max_length=100, blank=True)
    is_section = models.BooleanField("为章节而非条文", default=False)
    valid_from = models.DateField("起", null=True, blank=True)
    valid_to = models.DateField("止", null=True, blank=True)
    lapsed = models.BooleanField("已失效或已改号", default=False)
    successor = models.CharField("现行条款", max_length=300, blank=True)
    successor_names_target = models.CharField(max_length=8, choices=NamesTarget, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "条款"
        ordering: ClassVar[list[str]] = ["law", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["law", "label"], name="provision_stands_once_in_its_law"),
        ]

    def __str__(self) -> str:
        return f"{self.law}{self.label}"


class LegalBasis(models.Model):
    """A provision that a measure rests on, and whether its text names defaulters as its target."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="legal_bases")
    provision = models.ForeignKey(Provision, models.PROTECT, related_name="legal_bases")
    position = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=8, choices=BasisSource, default=BasisSource.MEASURE)
    says = models.TextField("内容", blank=True)
    names_target = models.CharField("指向失信被执行人", max_length=8, choices=NamesTarget)
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "措施依据"
        ordering: ClassVar[list[str]] = ["measure", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["measure", "provision"], name="legal_basis_is_cited_once"),
            models.CheckConstraint(
                condition=Q(names_target__in=NamesTarget.values),
                name="legal_basis_target_is_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.provision)
