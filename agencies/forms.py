"""The shapes of what operators type."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from agencies.models import User


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
