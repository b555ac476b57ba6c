"""What operators type about acts and releases."""

from collections.abc import Iterable
from typing import Any

from django import forms

from agencies.choices import Decision
from measures.models import Measure


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class EnforcementForm(forms.Form):
    """One act on one measure; what is required depends on the decision and is decided by the rules."""

    decision = forms.ChoiceField(label="处理结果", choices=Decision, widget=forms.RadioSelect)
    document_number = forms.CharField(
        label="本单位文书文号", max_length=100, required=False, help_text="已实施的必填，例如：莱财采〔2026〕1号。"
    )
    effective_from = forms.DateField(label="生效日期", required=False, widget=DateInput(), help_text="已实施的必填。")
    effective_to = forms.DateField(
        label="截止日期", required=False, widget=DateInput(), help_text="没有截止日期的留空，名单退出时即行解除。"
    )
    matter = forms.CharField(label="事项", max_length=200, required=False, help_text="本单位事项的名称或编码。")
    reason = forms.CharField(
        label="理由", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="未实施的必填。"
    )


class EnforcementFilter(forms.Form):
    """Names are not asked for: they would stand in the address."""

    measure = forms.ModelChoiceField(label="措施", queryset=Measure.objects.none(), required=False, empty_label="全部")
    since = forms.DateField(label="登记起", required=False, widget=DateInput())
    to = forms.DateField(label="登记止", required=False, widget=DateInput())

    def __init__(self, *args: Any, measures: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["measure"]
        field.queryset = Measure.objects.filter(pk__in=measures).select_related("document").order_by("position")
        field.label_from_instance = measure_label


class ReleaseForm(forms.Form):
    reason = forms.CharField(label="解除说明", widget=forms.Textarea(attrs={"rows": 2}))


class RetainForm(forms.Form):
    legal_basis = forms.CharField(
        label="保留依据", widget=forms.Textarea(attrs={"rows": 2}), help_text="写明法律名称和条款。"
    )
    until = forms.DateField(label="保留至", widget=DateInput(), help_text="到期后自动解除。")


class AcknowledgeForm(forms.Form):
    statement = forms.CharField(
        label="办理说明",
        initial="已解除。",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="怎样解除的，例如：已恢复供应商资格。",
    )
    document_number = forms.CharField(label="解除文书文号", max_length=100, required=False)


class RecallForm(forms.Form):
    statement = forms.CharField(
        label="处理说明",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="据此作出的决定和记录怎样更正的，例如：已恢复投标资格，并删去档案中的记载。",
    )


def measure_label(measure: Measure) -> str:
    return f"第{measure.number}项 {measure.title}"
