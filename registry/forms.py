"""What may be typed into the court's pages and the public search."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from core.privacy import redact
from registry.choices import ListingStatus, PartyKind
from registry.rules.case_numbers import read_case_number
from registry.rules.identifiers import read_identifier
from registry.rules.names import fold
from registry.rules.types import Identified

ANY = ("", "全部")


def no_identifier(text: str) -> None:
    """Free text is shown and recorded: it never holds an identifier (design.md §6, 7)."""
    if redact(text) != text:
        raise ValidationError("这里不能填写完整的证件号码。", code="identifier_in_text")


def not_in_future(day: date) -> None:
    """What has happened did not happen tomorrow."""
    if day > localdate():
        raise ValidationError("日期不能晚于今天。", code="date_in_future")


class Words(forms.CharField):
    """Free text without identifiers."""

    default_validators = [no_identifier]


class Day(forms.DateField):
    """A calendar day, picked or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def long_text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReadsParty(forms.Form):
    """Name, identifier and case number as typed, read by the rules of the list."""

    def clean_id_number(self) -> Identified | None:
        """The identifier read; None where nothing was typed. Only a whole one finds anybody."""
        text = self.cleaned_data.get("id_number", "")
        if not text:
            return None
        identified = read_identifier(text)
        if identified.problem is not None:
            raise ValidationError(identified.problem.detail, code=str(identified.problem.code))
        if not identified.is_full:
            raise ValidationError("请填写完整的证件号码；号码不全时请按姓名或案号查询。", code="id_masked")
        return identified

    def clean_case_number(self) -> str:
        """The case key, "" where nothing was typed."""
        text = self.cleaned_data.get("case_number", "")
        if not text:
            return ""
        case = read_case_number(text)
        if case is None:
            raise ValidationError(
                "案号无法识别，请按“（2020）鲁0116执1234号”的样式填写。", code="case_number_unreadable"
            )
        return case.key

    def clean_name(self) -> str:
        """The folded name."""
        return fold(self.cleaned_data.get("name", ""))


NO_MEMORY = {"autocomplete": "off", "spellcheck": "false"}


class ListingSearchForm(ReadsParty):
    """The court's search; sent by POST because of names and identifiers."""

    name = forms.CharField(label="姓名或名称", required=False, max_length=200, widget=forms.TextInput(attrs=NO_MEMORY))
    id_number = forms.CharField(
        label="证件号码", required=False, max_length=60, widget=forms.TextInput(attrs=NO_MEMORY)
    )
    case_number = forms.CharField(label="案号", required=False, max_length=100, widget=forms.TextInput(attrs=NO_MEMORY))
    status = forms.ChoiceField(label="状态", required=False, choices=[ANY, *ListingStatus.choices])
    kind = forms.ChoiceField(label="类型", required=False, choices=[ANY, *PartyKind.choices])


class PublicSearchForm(ReadsParty):
    """What anybody may ask: a whole name, and something that tells namesakes apart."""

    name = forms.CharField(
        label="姓名或名称",
        max_length=200,
        widget=forms.TextInput(attrs=NO_MEMORY),
        help_text="请填写完整的姓名或单位名称，不支持按部分文字查询。",
        error_messages={"required": "请填写完整的姓名或单位名称。"},
    )
    id_number = forms.CharField(
        label="证件号码",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs=NO_MEMORY),
        help_text="用来排除同名的其他人；号码只用于本次比对，不保存。",
    )
    case_number = forms.CharField(label="案号", required=False, max_length=100, widget=forms.TextInput(attrs=NO_MEMORY))

    def clean_name(self) -> str:
        name = super().clean_name()
        if not name:
            raise ValidationError("请填写完整的姓名或单位名称。", code="required")
        return name
