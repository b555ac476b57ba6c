"""The shapes of what is typed and filtered."""

from typing import Any

from django import forms

from agencies.models import Agency
from core.errors import InvalidInput
from feedback.rules.periods import Period

NO_IDENTIFIERS = "不写证件号码，姓名写作“张某某”。"


class FeedbackForm(forms.Form):
    """What a unit tells the court about one enforcement."""

    content = forms.CharField(
        label="反馈内容",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"采取了什么措施、何时起、在哪个事项中；未采取的写明理由。{NO_IDENTIFIERS}",
    )
    result = forms.CharField(
        label="惩戒效果",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：当事人于11月18日履行3万元；达成和解；暂无变化。",
    )


class ReportForm(forms.Form):
    """The typed part of a report."""

    narrative = forms.CharField(
        label="工作情况",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=f"本期做了什么、有什么问题、下一步打算。提交前必须填写。{NO_IDENTIFIERS}",
    )
    typical_case = forms.CharField(
        label="典型案例",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=f"没有可不填。写案由和法院、在哪个事项中采取了哪项措施、结果如何。{NO_IDENTIFIERS}",
    )


class ReviewForm(forms.Form):
    """The credit office's remarks; a return needs some."""

    remarks = forms.CharField(
        label="审核意见",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="退回时必须写明需要修改的内容，单位会看到。",
    )


class PeriodForm(forms.Form):
    """One of the periods offered."""

    period = forms.ChoiceField(label="报告期")

    def __init__(self, periods: list[Period], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [(one.code, one.label) for one in periods]  # type: ignore[attr-defined]

    @classmethod
    def chosen(cls, periods: list[Period], data: Any, default: Period) -> tuple["PeriodForm", Period]:
        """The form and the period it names; the default where it names none of those offered."""
        period = {one.code: one for one in periods}.get(data.get("period", ""), default)
        return cls(periods, initial={"period": period.code}), period


class CourtFeedbackFilter(forms.Form):
    """Feedback to one court, by unit and by day."""

    unit = forms.ModelChoiceField(Agency.objects.none(), label="反馈单位", required=False, empty_label="全部单位")
    since = forms.DateField(label="自", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="至", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def add_problems(form: forms.Form, error: InvalidInput) -> None:
    """Show a service's field problems at the fields of the form."""
    for problem in error.errors:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
    if not error.errors:
        form.add_error(None, error.detail or error.title)
