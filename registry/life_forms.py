"""What may be typed before a listing and after it: notices served, grace granted, reasons to look into the archive."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.choices import Circumstance, NoticeChannel, PartyKind
from registry.forms import NO_MEMORY, Day, Words, long_text, not_in_future
from registry.services.grace import MONTHS, ListingDecision


class PartyOfCaseForm(forms.Form):
    """A judgment debtor in a case of the court; the service reads name, number and case number by the list's rules."""

    case_number = forms.CharField(
        label="案号", max_length=100, help_text="如（2026）鲁0116执1234号。", widget=forms.TextInput(attrs=NO_MEMORY)
    )
    kind = forms.ChoiceField(
        label="被执行人类型", choices=PartyKind.choices, widget=forms.RadioSelect, initial="person"
    )
    name = Words(label="姓名或名称", max_length=200, widget=forms.TextInput(attrs=NO_MEMORY))
    id_number = forms.CharField(
        label="证件号码",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs=NO_MEMORY),
        help_text="完整号码；没有时按姓名和案号对应。",
    )


class RiskNoticeForm(PartyOfCaseForm):
    """A warning served (法释〔2017〕7号 art. 5)."""

    served_on = Day(label="送达日期", validators=[not_in_future])
    channel = forms.ChoiceField(label="送达方式", choices=NoticeChannel.choices)
    document_number = Words(label="文书文号", max_length=100, help_text="载明风险提示的执行通知书等文书的文号。")


class GracePeriodForm(PartyOfCaseForm):
    """Grace, and perhaps the decision that takes effect when it is over (法发〔2019〕35号)."""

    starts_on = Day(label="宽限期起算日", validators=[not_in_future])
    months = forms.TypedChoiceField(
        label="期间", choices=[(n, f"{n}个月") for n in MONTHS], coerce=int, widget=forms.RadioSelect
    )
    document_number = Words(label="准予宽限的文书文号", max_length=100)
    is_decided = forms.BooleanField(
        label="已作出纳入决定，宽限期满次日自动生效",
        required=False,
        help_text="勾选后须填写以下各项；被执行人在宽限期内履行的，到条目页面办理屏蔽，即不再生效。",
    )
    decision_number = Words(label="决定书文号", required=False, max_length=100)
    decided_on = Day(label="决定日期", required=False, validators=[not_in_future])
    circumstances = forms.MultipleChoiceField(
        label="失信行为具体情形",
        required=False,
        choices=[choice for choice in Circumstance.choices if choice[0] != Circumstance.LEGACY_OTHER],
        widget=forms.CheckboxSelectMultiple,
    )
    obligation = Words(label="生效法律文书确定的义务", required=False, max_length=4000, widget=long_text(3))
    basis_number = Words(label="执行依据文号", required=False, max_length=200)
    basis_issuer = Words(label="作出执行依据单位", required=False, max_length=200)
    publishable = forms.BooleanField(label="可以公开", required=False, initial=True)

    DECISION = ("decision_number", "decided_on", "circumstances", "obligation", "basis_number", "basis_issuer")

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page groups them."""
        party = [self[name] for name in PartyOfCaseForm.base_fields]
        grace = [self[name] for name in ("starts_on", "months", "document_number", "is_decided")]
        decision = [self[name] for name in (*self.DECISION, "publishable")]
        return [("被执行人", party), ("宽限期", grace), ("纳入决定（勾选自动生效时填写）", decision)]

    @property
    def given(self) -> dict[str, Any]:
        """What the service wants."""
        data = {name: self.cleaned_data[name] for name in (*PartyOfCaseForm.base_fields, "starts_on", "months")}
        data["document_number"] = self.cleaned_data["document_number"]
        if self.cleaned_data["is_decided"]:
            decided = {name: self.cleaned_data[name] for name in (*self.DECISION, "publishable")}
            data["decision"] = ListingDecision(**decided)
        return data

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        filled = [name for name in self.DECISION if data.get(name)]
        if filled and not data.get("is_decided"):
            self.add_error("is_decided", ValidationError("填写了纳入决定的，请勾选此项；否则请留空。", code="required"))
        return data


class ArchiveSearchForm(forms.Form):
    """Which ended listings of the court are shown; sent by POST."""

    case_number = forms.CharField(label="案号", required=False, max_length=100, widget=forms.TextInput(attrs=NO_MEMORY))


class ArchiveLookForm(forms.Form):
    """Why somebody opens the archive."""

    reason = Words(
        label="查阅事由",
        max_length=300,
        widget=long_text(2),
        help_text="如：异议复查、信访核查、纪检调阅。事由和查阅人记入审计，不能删除。",
    )
