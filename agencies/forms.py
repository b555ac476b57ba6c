"""The shapes of what operators type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.forms import BaseFormSet, formset_factory

from agencies.choices import AskedRole, Outcome, UserRole
from agencies.models import Agency, User
from agencies.services.questions import Party, Question, Related
from registry.choices import PartyKind


class SignInForm(AuthenticationForm):
    """User name and password."""

    error_messages = {
        "invalid_login": "用户名或密码不对，或者账户已停用。",
        "inactive": "账户已停用，请联系本单位管理员或信用办。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "用户名"
        self.fields["password"].label = "密码"

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if user.agency is not None and not user.agency.is_active:
            raise forms.ValidationError(self.error_messages["inactive"], code="inactive")


class KeyForm(forms.Form):
    """What a new API key is for, and how long it lives."""

    purpose = forms.CharField(label="用途", max_length=200, help_text="例如：政务服务系统核查接口。")
    days = forms.IntegerField(label="有效天数", min_value=1, max_value=1095, initial=365)


class PasswordForm(forms.Form):
    """The old password and the new one, twice."""

    current = forms.CharField(
        label="原密码", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
    password = forms.CharField(
        label="新密码",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text="不少于 9 个字符，不能是常见密码，也不能与用户名相近。",
    )
    again = forms.CharField(
        label="再输一次新密码", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise forms.ValidationError("原密码不对。", code="password_incorrect")
        return current

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("password") != again:
            raise forms.ValidationError("两次输入的新密码不一致。", code="password_mismatch")
        return again


class OperatorForm(forms.Form):
    """A new named operator beneath a unit."""

    agency = forms.ModelChoiceField(label="单位", queryset=Agency.objects.none(), empty_label="请选择")
    role = forms.ChoiceField(
        label="角色", choices=[("", "请选择"), *(c for c in UserRole.choices if c[0] != UserRole.ADMINISTRATOR)]
    )
    display_name = forms.CharField(label="姓名", max_length=60)
    username = forms.CharField(
        label="用户名",
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label="初始密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="不少于 9 个字符；请操作员首次登录后自行更改。",
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Agency.objects.visible_to(user).filter(is_active=True)
        self.fields["agency"].queryset = units  # type: ignore[attr-defined]


# An identifier is neither remembered by the browser nor corrected by it.
NUMBER_INPUT = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "masked-input"}
NAME_INPUT = {"autocomplete": "off"}


class CheckForm(forms.Form):
    """One applicant in one case. `token` makes a form that is sent twice one check."""

    kind = forms.ChoiceField(
        label="类型", choices=PartyKind.choices, initial=PartyKind.PERSON, widget=forms.RadioSelect
    )
    name = forms.CharField(label="姓名或名称", max_length=200, widget=forms.TextInput(attrs=NAME_INPUT))
    id_number = forms.CharField(
        label="证件号码",
        required=False,
        max_length=60,
        help_text="身份证号或统一社会信用代码。没有号码只能提示同名人数。",
        widget=forms.TextInput(attrs=NUMBER_INPUT),
    )
    case_reference = forms.CharField(
        label="办件号",
        max_length=100,
        help_text="本单位受理该事项的编号，写入回执。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    matter = forms.ChoiceField(label="办理事项", required=False)
    matter_text = forms.CharField(
        label="其他事项", required=False, max_length=200, help_text="上面没有的事项写在这里，按本单位全部措施核查。"
    )
    token = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, agency: Agency, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(agency.matters.filter(is_active=True).values_list("name", flat=True))
        choices = [("", "不限（本单位全部措施）"), *((name, name) for name in names)]
        self.fields["matter"].choices = choices  # type: ignore[attr-defined]
        if not names:
            del self.fields["matter"]
            self.fields["matter_text"].label = "办理事项"
            self.fields["matter_text"].help_text = "本单位尚未登记事项，按本单位全部措施核查。"

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and cleaned.get("matter") and cleaned.get("matter_text"):
            self.add_error("matter_text", "已选择办理事项，请不要再填其他事项。")
        return cleaned


class RelatedForm(forms.Form):
    """A person behind the applicant; an empty row is nobody."""

    role = forms.ChoiceField(label="身份", required=False, choices=[("", "请选择"), *AskedRole.choices])
    name = forms.CharField(label="姓名", required=False, max_length=200, widget=forms.TextInput(attrs=NAME_INPUT))
    id_number = forms.CharField(
        label="证件号码", required=False, max_length=60, widget=forms.TextInput(attrs=NUMBER_INPUT)
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if any(cleaned.get(name) for name in ("role", "name", "id_number")):
            for name, words in (("role", "请选择身份。"), ("name", "请填写姓名。")):
                if not cleaned.get(name):
                    self.add_error(name, words)
        return cleaned


RelatedForms: type[BaseFormSet[RelatedForm]] = formset_factory(RelatedForm, extra=3, max_num=10)


def question_of(form: CheckForm, related: BaseFormSet[RelatedForm]) -> Question:
    """The question that valid forms ask."""
    typed = form.cleaned_data
    people = [row.cleaned_data for row in related if row.cleaned_data.get("name")]
    return Question(
        subject=Party(typed["kind"], typed["name"], typed["id_number"]),
        case_reference=typed["case_reference"],
        related=tuple(Related(each["role"], each["name"], each["id_number"]) for each in people),
        matter=typed.get("matter") or typed["matter_text"],
    )


def add_problem(form: CheckForm, related: BaseFormSet[RelatedForm], field: str, detail: str) -> None:
    """Put a service's problem beside the field it names (`subject.id_number`, `related.0.id_number`, `matter`)."""
    head, _, rest = field.partition(".")
    if head == "related":
        asked = [row for row in related if row.cleaned_data.get("name")]
        index, _, name = rest.partition(".")
        asked[int(index)].add_error(name, detail)
    else:
        name = rest or ("matter_text" if head == "matter" else head)
        form.add_error(name if name in form.fields else None, detail)


class LedgerFilter(forms.Form):
    """Never a name or an identifier: filters stand in the address."""

    since = forms.DateField(label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    outcome = forms.ChoiceField(
        label="结果",
        required=False,
        choices=[("", "全部"), *((o.value, o.label) for o in Outcome if o is not Outcome.INVALID)],
    )
    operator = forms.ModelChoiceField(label="经办人", required=False, queryset=User.objects.none(), empty_label="全部")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = User.objects.filter(agency=user.agency)
        self.fields["operator"].queryset = colleagues  # type: ignore[attr-defined]
