"""What may be typed about remedies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.act_forms import SHIELD_GROUNDS, ListingCorrectForm, with_article
from registry.choices import ExitGround, ObjectionAbout, RemedyChannel, RemedyKind, RemedyOutcome
from registry.forms import (
    NO_MEMORY,
    Day,
    ReadsParty,
    Words,
    long_text,
    not_in_future,
)
from registry.models import Listing
from registry.rules import evidence
from registry.rules.remedies import About

GROUNDS = [(ground.value, with_article(ground)) for ground in SHIELD_GROUNDS]
ACCEPTED = {"accept": ".pdf,.jpg,.jpeg,.png"}
SCANS = "PDF、JPEG 或 PNG，不超过 10 MB；加密保存，只有双方可以下载。"


class EvidenceForm(forms.Form):
    """A scan or photograph."""

    file = forms.FileField(
        label="证据", max_length=255, allow_empty_file=True, help_text=SCANS, widget=forms.FileInput(attrs=ACCEPTED)
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file:
            refusal = evidence.refusal_of(file.read(evidence.LARGEST + 1))
            file.seek(0)
            if refusal is not None:
                raise ValidationError(refusal[1], code=refusal[0])
        return file


class ReceivedForm(EvidenceForm):
    """A written request: why, how it came, when, and who brought it."""

    ground = Words(label="理由", max_length=2000, widget=long_text(4), help_text="申请书写明的理由，可摘要。")
    channel = forms.ChoiceField(label="提出方式", choices=RemedyChannel.choices, initial=RemedyChannel.COUNTER)
    received_on = Day(label="收到日期", validators=[not_in_future], help_text="期限自次日起算。")
    applicant = Words(
        label="代为提出的人",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs=NO_MEMORY),
        help_text="本人提出的留空；只保存脱敏的姓名。",
    )
    file = forms.FileField(
        label="证据",
        required=False,
        max_length=255,
        allow_empty_file=True,
        help_text=SCANS,
        widget=forms.FileInput(attrs=ACCEPTED),
    )


class ObjectionForm(ReceivedForm):
    """An objection, late or not: nothing here asks for a reason of being late."""

    about = forms.ChoiceField(
        label="针对", choices=ObjectionAbout.choices, initial=ObjectionAbout.LISTING, widget=forms.RadioSelect
    )
    unit = Words(label="采取措施的单位", required=False, max_length=100, help_text="针对单位的措施时必填。")
    measure = Words(label="措施", required=False, max_length=300, help_text="措施的编号或名称；针对措施时必填。")
    served_on = Day(
        label="纳入决定送达日期",
        required=False,
        validators=[not_in_future],
        help_text="知道的填写，只用来标记是否逾期；逾期的照常受理。",
    )
    field_order = ["about", "unit", "measure", "ground", "received_on", "served_on", "channel", "applicant", "file"]


class ReconsiderationForm(ReceivedForm):
    field_order = ["ground", "received_on", "channel", "applicant", "file"]


class ExitRequestForm(ReceivedForm):
    exit_ground = forms.ChoiceField(label="退出原因", choices=GROUNDS, widget=forms.RadioSelect)
    confirmed_on = Day(
        label="事实确认日期",
        required=False,
        validators=[not_in_future],
        help_text="履行完毕、和解履行经确认或终结执行之日；办理期限自此起算，未填的自收到之日起算。",
    )
    field_order = ["exit_ground", "confirmed_on", "ground", "received_on", "channel", "applicant", "file"]


class RepairForm(ReceivedForm):
    has_commitment = forms.BooleanField(label="已提交信用承诺书", required=False)
    field_order = ["ground", "has_commitment", "received_on", "channel", "applicant", "file"]


class DecisionForm(forms.Form):
    """Reasons, number and day of a decision."""

    reason = Words(label="理由", max_length=2000, widget=long_text(3))
    document_number = Words(label="决定书文号", max_length=100)
    decided_on = Day(label="决定日期", validators=[not_in_future])
    served_on = Day(
        label="送达日期", required=False, validators=[not_in_future], help_text="已送达的填写；也可以以后登记。"
    )


class UpholdForm(DecisionForm):
    """… and what becomes of the listing."""

    outcome = forms.ChoiceField(label="处理结果", choices=RemedyOutcome.choices, widget=forms.RadioSelect)
    exit_ground = forms.ChoiceField(
        label="退出原因", required=False, choices=[("", "—"), *GROUNDS], help_text="选择“屏蔽”时填写。"
    )
    field_order = ["outcome", "exit_ground", "reason", "document_number", "decided_on", "served_on"]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("outcome") == RemedyOutcome.SHIELD and not data.get("exit_ground"):
            self.add_error("exit_ground", ValidationError("请选择退出原因。", code="required"))
        if data.get("outcome") != RemedyOutcome.SHIELD:
            data["exit_ground"] = ""
        return data


class CorrectionPartForm(ListingCorrectForm):
    """The facts of the listing, for an objection that is upheld by correcting them."""

    def __init__(self, data: Any = None, *, listing: Listing) -> None:
        super().__init__(data, listing=listing)
        self.prefix = "facts"
        for name in ("ground", "document_number", "happened_on"):
            del self.fields[name]


class WithdrawForm(forms.Form):
    reason = Words(label="撤回的情况", max_length=2000, widget=long_text(2), help_text="如“申请人书面撤回”。")


class ServeForm(forms.Form):
    served_on = Day(label="送达日期", validators=[not_in_future])


class NothingForm(forms.Form):
    """Nothing has to be typed."""


class WorkFilterForm(forms.Form):
    """Which kind of the work list."""

    kind = forms.ChoiceField(label="事项", required=False, choices=[("", "全部"), *RemedyKind.choices])


class ChooseListingForm(ReadsParty):
    """Which listing a request is about."""

    case_number = forms.CharField(label="案号", required=False, max_length=100, widget=forms.TextInput(attrs=NO_MEMORY))
    name = forms.CharField(label="姓名或名称", required=False, max_length=200, widget=forms.TextInput(attrs=NO_MEMORY))

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data.get("case_number") and not self.cleaned_data.get("name"):
            raise ValidationError("请填写案号或姓名。", code="required")
        return self.cleaned_data


def usual_outcome(about: str) -> str:
    return RemedyOutcome.REVOKE.value if about == About.LISTING else RemedyOutcome.NONE.value


def exit_label(ground: str) -> str:
    return ExitGround(ground).label
