"""Filters of the catalogue's pages."""

from __future__ import annotations

from typing import Any

from django import forms

from measures.choices import Effect
from measures.models import Document
from measures.presenters import families
from measures.querysets import MeasureQuerySet

FLAGS = [("", "全部"), ("under_review", "依据复核中"), ("conflict", "正文与附录不一致"), ("incentive", "激励措施")]


class CatalogueFilterForm(forms.Form):
    """All optional; a value that is none of the choices filters nothing out and is named beside its field."""

    q = forms.CharField(label="名称、正文或编号", required=False, max_length=60)
    document = forms.ModelChoiceField(
        label="文件", queryset=Document.objects.all(), required=False, empty_label="全部文件"
    )
    unit = forms.CharField(label="责任单位", required=False, max_length=60)
    effect = forms.ChoiceField(label="效力", choices=[("", "全部"), *Effect.choices], required=False)
    code = forms.ChoiceField(label="统一编码", required=False)
    flag = forms.ChoiceField(label="标记", choices=FLAGS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[Any] = [("", "全部")]
        for family in families():
            codes = [(code.code, f"{code.code} {code.title}") for code in family.codes]
            choices.append((f"{family.letter} {family.title}", codes))
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def apply(self, measures: MeasureQuerySet) -> MeasureQuerySet:
        """Those of `measures` that the valid fields ask for."""
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("q"):
            measures = measures.containing(asked["q"])
        if asked.get("document"):
            measures = measures.filter(document=asked["document"])
        if asked.get("unit"):
            measures = measures.naming_unit(asked["unit"])
        if asked.get("effect"):
            measures = measures.filter(effect=asked["effect"])
        if asked.get("code"):
            measures = measures.coded(asked["code"])
        return measures.flagged(asked["flag"]) if asked.get("flag") else measures


class CompareForm(forms.Form):
    """Two documents, side by side."""

    left = forms.ModelChoiceField(label="左侧文件", queryset=Document.objects.all(), empty_label=None)
    right = forms.ModelChoiceField(label="右侧文件", queryset=Document.objects.all(), empty_label=None)
