"""What may be typed about the sources of the list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from registry.forms import Words
from registry.models import Court

SECRET = forms.PasswordInput(attrs={"autocomplete": "off"})


def platforms_in_words() -> str:
    """Which hosts may be followed, for the help of the address field."""
    if not settings.SOURCE_HOSTS:
        return "部署人员尚未允许任何上级平台（设置 SOURCE_HOSTS）。"
    return f"形如 https://平台域名。允许的主机：{'、'.join(settings.SOURCE_HOSTS)}。"


class EveryForm(forms.Form):
    """The name of a source and how often its turn comes."""

    name = Words(label="名称", max_length=100, help_text="如“审判系统每日导出”“山东省平台”。")
    every_minutes = forms.IntegerField(
        label="间隔（分钟）",
        min_value=1,
        max_value=1440,
        initial=5,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class FolderForm(EveryForm):
    """A folder to watch, for which court, in whose name."""

    field_order = ["name", "path", "court", "username", "is_full", "every_minutes"]

    path = Words(
        label="文件夹",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="来源目录（SOURCES_DIR）之下的文件夹名，如 court-0116；没有时由平台建立。",
    )
    court = forms.ModelChoiceField(label="法院", queryset=Court.objects.none(), empty_label="请选择")
    username = forms.CharField(
        label="报送账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text="该院一个经办人的用户名，批次以其名义报送；批准须由另一人进行。",
    )
    is_full = forms.BooleanField(
        label="每个文件都是全量名单",
        required=False,
        help_text="文件中没有的在列条目，在方案里列为退出，由复核人批准。",
    )

    def __init__(self, *args: Any, courts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["court"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = courts


class KeysForm(forms.Form):
    """The key and the shared secret that the other platform issued to us."""

    credential = forms.CharField(
        label="接口密钥", max_length=200, widget=SECRET, help_text="上级平台签发，范围含名单与变更、名单记录。"
    )
    secret = forms.CharField(
        label="共享密钥",
        max_length=200,
        widget=SECRET,
        help_text="上级平台登记本平台为“平台”类订阅方时给出。",
    )


class PlatformForm(KeysForm, EveryForm):
    """Another instance of this platform to follow."""

    field_order = ["name", "base_url", "credential", "secret", "every_minutes"]

    base_url = forms.CharField(
        label="平台地址",
        max_length=200,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base_url"].help_text = platforms_in_words()
