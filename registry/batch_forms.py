"""What may be typed on the way of a list file: upload, decision, taking back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registry.choices import BatchMode, ExitGround, ProblemCode
from registry.forms import ANY, Day, Words, long_text, not_in_future
from registry.models import Batch
from registry.services.batches import Mode

MODES = [
    (BatchMode.CHANGES.value, "增量：文件里只有要新增、变更或退出的条目，没有提到的条目不动"),
    (BatchMode.SNAPSHOT.value, "全量：文件是本院的全部名单，在列而文件没有提到的条目，批准后退出名单"),
]
EXIT_GROUNDS = [choice for choice in ExitGround.choices if choice[0] != ExitGround.WRONGLY_LISTED]
OF_SNAPSHOT = ("exit_ground", "exit_document", "exit_on")


class BatchUploadForm(forms.Form):
    """A list file and a word on it; what is wrong inside the file is for the reader to say."""

    file = forms.FileField(
        label="名单文件",
        max_length=255,
        help_text="Excel 工作簿（.xlsx）或 CSV 文本（.csv），不超过 200 MB。",
        error_messages={"empty": "文件是空的，请选择有内容的名单文件。", "required": "请选择名单文件。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    mode = forms.ChoiceField(
        label="这份文件是", choices=MODES, initial=BatchMode.CHANGES.value, required=False, widget=forms.RadioSelect
    )
    exit_ground = forms.ChoiceField(
        label="没有提到的条目的退出原因", choices=[("", "请选择"), *EXIT_GROUNDS], required=False
    )
    exit_document = Words(
        label="退出依据文号",
        required=False,
        max_length=100,
        help_text="如（2026）鲁0116执清1号；这些条目都记它。",
    )
    exit_on = Day(
        label="退出日期",
        required=False,
        validators=[not_in_future],
        help_text="名单截止的那一天；之后才纳入的条目不算遗漏。",
    )
    sheet = forms.CharField(
        label="工作表",
        required=False,
        max_length=100,
        help_text="工作簿里有几张名单时填写表名；不填，上传后再选。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = Words(
        label="说明",
        required=False,
        max_length=500,
        widget=long_text(2),
        help_text="给复核人看的话，如“2026年11月第二批”。",
    )

    @property
    def of_snapshot(self) -> list[forms.BoundField]:
        """What only a whole list says."""
        return [self[name] for name in OF_SNAPSHOT]

    @property
    def further(self) -> list[forms.BoundField]:
        return [self["sheet"], self["note"]]

    def clean_mode(self) -> str:
        return self.cleaned_data["mode"] or BatchMode.CHANGES.value

    def clean(self) -> dict[str, Any]:
        """A whole list says why what it does not name leaves the list; for changes those fields are hidden."""
        given = super().clean() or self.cleaned_data
        if given.get("mode") != BatchMode.SNAPSHOT:
            for name in OF_SNAPSHOT:
                self.errors.pop(name, None)
            return given
        for name in OF_SNAPSHOT:
            if name not in self.errors and not given.get(name):
                self.add_error(name, ValidationError("全量报送须填写这一项。", code="required"))
        return given

    def as_mode(self) -> Mode:
        """The mode for the service."""
        given = self.cleaned_data
        if given["mode"] != BatchMode.SNAPSHOT:
            return Mode()
        return Mode(given["mode"], given["exit_ground"], given["exit_document"], given["exit_on"])


class RowsTyped(forms.Form):
    """The number of a batch's rows, read off the page, so that nobody decides by habit."""

    def __init__(self, data: Any = None, *, batch: Batch) -> None:
        super().__init__(data)
        self.batch = batch

    def ask_for_rows(self, why: str) -> None:
        self.fields["confirm_rows"] = forms.IntegerField(
            label="请输入本批次的总行数",
            help_text=why,
            error_messages={"required": "请输入总行数。", "invalid": "请输入数字，如 1200。"},
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        )

    def clean_confirm_rows(self) -> int:
        typed: int = self.cleaned_data["confirm_rows"]
        if typed != self.batch.count_rows:
            raise ValidationError("与本批次的总行数不一致，请核对后重新输入。", code="rows_differ")
        return typed


class BatchApproveForm(RowsTyped):
    """The reviewer's word; an unusual batch also asks for its number of rows."""

    reason = Words(label="复核意见", required=False, max_length=500, widget=long_text(2))

    def __init__(self, data: Any = None, *, batch: Batch) -> None:
        super().__init__(data, batch=batch)
        if batch.impact.get("is_unusual") or batch.needs_confirmation:
            self.ask_for_rows("本批次的影响超出平常，输入行数表示您已逐项看过。")


class BatchConfirmForm(RowsTyped):
    """The uploader stands by a whole list that ends much."""

    def __init__(self, data: Any = None, *, batch: Batch) -> None:
        super().__init__(data, batch=batch)
        self.ask_for_rows("输入行数表示您已核对没有提到的条目，确认它们应当退出名单。")


class BatchRefuseForm(forms.Form):
    """Why a batch goes back."""

    reason = Words(label="退回理由", max_length=500, widget=long_text(2))


class BatchCancelForm(forms.Form):
    """Why a batch is called off, if anybody wants to say it."""

    reason = Words(label="取消理由", required=False, max_length=500, widget=long_text(2))


class BatchReverseForm(forms.Form):
    """Why an applied batch is taken back, and on which document."""

    reason = Words(label="撤回理由", max_length=300, widget=long_text(2), help_text="会写入每个条目的变更记录。")
    document_number = Words(
        label="依据文号", required=False, max_length=100, help_text="没有单独文书的可以不填，系统记本批次的编号。"
    )


class BatchRowsForm(forms.Form):
    """Which rows of a batch are shown."""

    code = forms.ChoiceField(label="问题", required=False)

    def __init__(self, data: Any, *, codes: dict[str, int]) -> None:
        super().__init__(data)
        known = dict(ProblemCode.choices)
        told = [(code, f"{known.get(code, code)}（{rows:,} 行）") for code, rows in codes.items()]
        self.fields["code"] = forms.ChoiceField(label="问题", required=False, choices=[ANY, *told])


EXPORT_PURPOSES = [
    ("correct", "更正后重新上传"),
    ("verify", "与案卷核对"),
    ("report", "报上级法院核实"),
]


class BatchExportForm(forms.Form):
    """What the marked-up workbook is wanted for: it is printed into the workbook and recorded."""

    purpose = forms.ChoiceField(label="用途", choices=EXPORT_PURPOSES)
