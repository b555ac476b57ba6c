"""What a unit's counter types about objections and credit repairs."""

from django import forms

from agencies.choices import RepairDecisionStatus
from agencies.enforcement_forms import DateInput
from registry.forms import Day, Words, not_in_future
from registry.remedy_forms import ReceivedForm, RepairForm


class ReferForm(ReceivedForm):
    """An objection to a measure of the unit, for the executing court."""

    measure = Words(label="措施", max_length=300, help_text="当事人对本单位的哪一项措施有异议。")
    served_on = Day(
        label="纳入决定送达日期",
        required=False,
        validators=[not_in_future],
        help_text="当事人说明的填写；逾期提出的照常移送。",
    )
    field_order = ["measure", "ground", "received_on", "served_on", "channel", "applicant", "file"]


class TakeRepairForm(RepairForm):
    """An application for credit repair handed in at the unit's counter."""


class DecideRepairForm(forms.Form):
    """The unit's answer; the rules say what is required."""

    decision = forms.ChoiceField(
        label="决定",
        choices=[
            (RepairDecisionStatus.ALLOWED, RepairDecisionStatus.ALLOWED.label),
            (RepairDecisionStatus.REFUSED, RepairDecisionStatus.REFUSED.label),
        ],
        widget=forms.RadioSelect,
    )
    reason = Words(label="理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    document_number = Words(label="文号", max_length=100)
    decided_on = forms.DateField(label="决定日期", widget=DateInput(), validators=[not_in_future])
