"""Filters of the catalogue's lists (contract.md §3)."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import django_filters
from django.utils.timezone import localdate

from measures.choices import Effect
from measures.models import Document, Measure
from measures.querysets import DocumentQuerySet, MeasureQuerySet


class DocumentFilters(django_filters.FilterSet):  # type: ignore[misc]
    """Without `in_force_on` every document."""

    region = django_filters.CharFilter(label="行政区划代码")
    document = django_filters.CharFilter(field_name="doc_number", label="文号")
    in_force_on = django_filters.DateFilter(method="standing_on", label="该日施行的文件，YYYY-MM-DD")

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def standing_on(self, queryset: DocumentQuerySet, name: str, day: date) -> DocumentQuerySet:
        return queryset.in_force_on(day)


class MeasureFilters(django_filters.FilterSet):  # type: ignore[misc]
    """Without `in_force_on` the versions that stand today."""

    region = django_filters.CharFilter(field_name="document__region", label="行政区划代码")
    document = django_filters.CharFilter(field_name="document__doc_number", label="文号")
    number = django_filters.CharFilter(label="编号，如 4、七3、八")
    category = django_filters.CharFilter(label="类别，如 七")
    code = django_filters.CharFilter(method="of_code", label="统一编码，如 A07")
    effect = django_filters.ChoiceFilter(choices=Effect.choices, label="效力")
    unit = django_filters.CharFilter(method="of_unit", label="正文或附录所列单位的名称或其一部分")
    law = django_filters.CharFilter(method="of_law", label="依据的名称、名称的一部分或文号")
    under_review = django_filters.BooleanFilter(label="依据复核中")
    incentive = django_filters.BooleanFilter(label="激励措施")
    in_force_on = django_filters.DateFilter(method="standing_on", label="该日施行的措施，YYYY-MM-DD；默认今天")

    class Meta:
        model = Measure
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: Any) -> Any:
        found = cast("MeasureQuerySet", super().filter_queryset(queryset))
        return found if self.form.cleaned_data.get("in_force_on") else found.current_on(localdate())

    def standing_on(self, queryset: MeasureQuerySet, name: str, day: date) -> MeasureQuerySet:
        return queryset.in_force_on(day)

    def of_unit(self, queryset: MeasureQuerySet, name: str, value: str) -> MeasureQuerySet:
        return queryset.naming_unit(value)

    def of_law(self, queryset: MeasureQuerySet, name: str, value: str) -> MeasureQuerySet:
        return queryset.resting_on(value)

    def of_code(self, queryset: MeasureQuerySet, name: str, value: str) -> MeasureQuerySet:
        return queryset.coded(value)
