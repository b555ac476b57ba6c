"""What may be typed about the followers of the feed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from registry.choices import SubscriberKind
from registry.forms import Words, long_text


def hosts_in_words() -> str:
    """Which hosts the installation pushes to, for the help of an address field."""
    if not settings.WEBHOOK_HOSTS:
        return "本平台没有允许推送的主机（设置 WEBHOOK_HOSTS），请留空，由对方自行读取变更流。"
    return f"不推送的留空，由对方自行读取。允许的主机：{'、'.join(settings.WEBHOOK_HOSTS)}。"


class WebhookForm(forms.Form):
    """Where changes are pushed to; empty: nowhere."""

    webhook_url = Words(
        label="推送地址",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["webhook_url"].help_text = hosts_in_words()


class SubscriberForm(WebhookForm):
    """A new follower and the account under which its system reads and confirms."""

    field_order = ["name", "kind", "username", "purpose", "webhook_url"]

    name = Words(label="名称", max_length=100, help_text="系统和所属单位，如“莱芜区住建局审批系统”。")
    kind = forms.ChoiceField(label="类别", choices=SubscriberKind.choices, widget=forms.RadioSelect)
    username = forms.CharField(
        label="账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text="对方系统使用的操作员用户名；一个账号只属于一个订阅方。",
    )
    purpose = Words(
        label="用途",
        max_length=200,
        help_text="对方凭何职责、为何使用名单；每次取得名单记录都随之记入审计。",
    )


class SkipForm(forms.Form):
    """Why a dead delivery is given up."""

    reason = Words(label="跳过原因", max_length=500, widget=long_text(2))
