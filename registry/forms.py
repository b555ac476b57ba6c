"""What may be typed into the court's pages and the public search."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from core.privacy import redact
from registry.choices import (
    ListingStatus,
    PartyKind,
    ProblemCode,
)
from registry.models import Batch
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


# --- batches ----------------------------------------------------------------------------------------------------------


class BatchUploadForm(forms.Form):
    """A list file and a word on it; what is wrong inside the file is for the reader to say."""

    file = forms.FileField(
        label="名单文件",
        max_length=255,
        help_text="Excel 工作簿（.xlsx）或 CSV 文本（.csv），不超过 200 MB。",
        error_messages={"empty": "文件是空的，请选择有内容的名单文件。", "required": "请选择名单文件。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    note = Words(
        label="说明",
        required=False,
        max_length=500,
        widget=long_text(2),
        help_text="给复核人看的话，如“2026年11月第二批”。",
    )


class BatchApproveForm(forms.Form):
    """The reviewer's word; an unusual batch also asks for its number of rows, so that nobody approves by habit."""

    reason = Words(label="复核意见", required=False, max_length=500, widget=long_text(2))

    def __init__(self, data: Any = None, *, batch: Batch) -> None:
        super().__init__(data)
        self.batch = batch
        if batch.impact.get("is_unusual"):
            self.fields["confirm_rows"] = forms.IntegerField(
                label="请输入本批次的总行数",
                help_text="本批次的影响超出平常，输入行数表示您已逐项看过。",
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )

    def clean_confirm_rows(self) -> int:
        typed: int = self.cleaned_data["confirm_rows"]
        if typed != self.batch.count_rows:
            raise ValidationError("与本批次的总行数不一致，请核对后重新输入。", code="rows_differ")
        return typed


class BatchRefuseForm(forms.Form):
    """Why a batch goes back."""

    reason = Words(label="退回理由", max_length=500, widget=long_text(2))


class BatchRowsForm(forms.Form):
    """Which rows of a batch are shown."""

    code = forms.ChoiceField(label="问题", required=False)

    def __init__(self, data: Any, *, codes: list[str]) -> None:
        super().__init__(data)
        known = dict(ProblemCode.choices)
        choices: list[tuple[str, Any]] = [ANY, *((code, known.get(code, code)) for code in codes)]
        self.fields["code"] = forms.ChoiceField(label="问题", required=False, choices=choices)


EXPORT_PURPOSES = [
    ("correct", "更正后重新上传"),
    ("verify", "与案卷核对"),
    ("report", "报上级法院核实"),
]


class BatchExportForm(forms.Form):
    """What the marked-up workbook is wanted for: it is printed into the workbook and recorded."""

    purpose = forms.ChoiceField(label="用途", choices=EXPORT_PURPOSES)


# --- listings ---------------------------------------------------------------------------------------------------------


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
