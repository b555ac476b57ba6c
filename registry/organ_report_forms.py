"""What may be typed on the pages of the reports upward."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from registry.choices import DebtorCategory, OrganBody
from registry.forms import Day, Words, long_text, not_in_future
from registry.models import Listing
from registry.rules import organ_reports as rules
from registry.rules.organ_reports import ReportPeriod


class CategoryForm(forms.Form):
    """What the debtor is, and how the court knows."""

    category = forms.ChoiceField(label="身份类别", widget=forms.RadioSelect)
    basis = Words(
        label="认定依据", max_length=300, widget=long_text(2), help_text="如“莱芜区人大常委会代表名册，2026年5月核对”。"
    )

    def __init__(self, data: Any = None, *, listing: Listing, standing: Iterable[str] = ()) -> None:
        super().__init__(data)
        open_ones = [each for each in rules.categories_for(listing.kind) if each not in set(standing)]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (each.value, f"{DebtorCategory(each).label}（报{OrganBody(rules.body_of(each)).label}）")
            for each in open_ones
        ]


class ClearForm(forms.Form):
    """Why a mark is taken back."""

    reason = Words(label="取消理由", max_length=300)


class ReportRequestForm(forms.Form):
    """To whom, for which period, and what for."""

    body = forms.ChoiceField(label="报送对象", choices=OrganBody.choices)
    period = forms.ChoiceField(label="报送期")
    recipient = Words(
        label="接收单位", max_length=100, help_text="全称，如“中共湛江市纪律检查委员会”。印在每张工作表上。"
    )
    purpose = Words(label="用途", max_length=200, help_text="印在每张工作表上，并记入审计。")

    def __init__(self, data: Any = None, *, periods: Iterable[ReportPeriod]) -> None:
        super().__init__(data)
        self.fields["period"].choices = [(each.code, each.label) for each in periods]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """The reviewer's word; a reason is needed only to send the report back."""

    reason = Words(label="复核意见", required=False, max_length=300, help_text="退回时必须写明理由。")


class SendingForm(forms.Form):
    """When the report went out, under which number."""

    document_number = Words(label="报送文号", max_length=100)
    sent_on = Day(label="报送日期", validators=[not_in_future])
