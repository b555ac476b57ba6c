"""What may be typed into the acts on one listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from registry.choices import Circumstance, ExitGround, ListingStatus, Performance
from registry.forms import NO_MEMORY, Day, Words, long_text, not_in_future
from registry.models import Listing
from registry.presenters import day as day_words
from registry.rules import terms

ARTICLES: dict[ExitGround, str] = {
    ExitGround.PERFORMED: "第十条第一款第一项",
    ExitGround.SETTLEMENT_PERFORMED: "第十条第一款第二项",
    ExitGround.CREDITOR_REQUEST: "第十条第一款第三项",
    ExitGround.NO_ASSETS_FOUND: "第十条第一款第四项",
    ExitGround.RETRIAL_OR_BANKRUPTCY: "第十条第一款第五项",
    ExitGround.NON_ENFORCEMENT: "第十条第一款第六项",
    ExitGround.TERMINATED: "第十条第一款第七项",
    ExitGround.TERM_EXPIRED: "第十条第二款",
    ExitGround.EARLY_REMOVAL: "第二条第二款",
    ExitGround.WRONGLY_LISTED: "第九条",
}
SHIELD_GROUNDS = [ground for ground in ExitGround if ground is not ExitGround.WRONGLY_LISTED]
REVOKE_GROUNDS = [ExitGround.WRONGLY_LISTED, ExitGround.OTHER]


def with_article(ground: ExitGround) -> str:
    """The ground in words with its article of 法释〔2017〕7号."""
    article = ARTICLES.get(ground)
    return f"{ground.label}（法释〔2017〕7号{article}）" if article else f"{ground.label}（须写明）"


class ActForm(forms.Form):
    """What every act on a listing rests on: a ground, a document and a day.

    `given` is what its service wants of it; `obstacle` the sentence of the rule that forbids the act altogether.
    """

    ground = Words(label="理由", max_length=300, widget=long_text(2))
    document_number = Words(label="依据文号", max_length=100, help_text="裁定书、决定书或通知书的文号。")
    happened_on = Day(label="日期", validators=[not_in_future], help_text="文书作出或事实发生之日。")

    obstacle = ""

    def __init__(self, data: Any = None, *, listing: Listing, **given: Any) -> None:
        super().__init__(data, **given)
        self.listing = listing

    @property
    def given(self) -> dict[str, Any]:
        return self.cleaned_data

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page groups them, each group under its heading."""
        return [("", list(self))]


class ExitForm(ActForm):
    """An act that ends a listing: its ground is one the law names, or is written out."""

    grounds: Sequence[ExitGround] = SHIELD_GROUNDS
    ground_text = Words(
        label="原因说明", required=False, max_length=300, widget=long_text(2), help_text="选择“其他”时必填。"
    )
    field_order = ["ground", "ground_text", "document_number", "happened_on"]

    def __init__(self, data: Any = None, *, listing: Listing, **given: Any) -> None:
        super().__init__(data, listing=listing, **given)
        self.fields["ground"] = forms.ChoiceField(
            label="原因",
            choices=[(ground.value, with_article(ground)) for ground in self.grounds if self.allows(ground)],
            widget=forms.RadioSelect,
            error_messages={"required": "请选择一项原因。"},
        )
        self.order_fields(self.field_order)

    def allows(self, ground: ExitGround) -> bool:
        """Whether the listing may end on this ground."""
        return True

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("ground") == ExitGround.OTHER and not data.get("ground_text"):
            self.add_error("ground_text", ValidationError("选择“其他”时，请写明原因。", code="required"))
        return data


class ListingShieldForm(ExitForm):
    """Leaves the list (屏蔽), on the grounds that its term leaves open."""

    def allows(self, ground: ExitGround) -> bool:
        refusal = terms.may_leave(
            ground,
            term_ends_on=self.listing.term_ends_on,
            circumstances=self.listing.circumstances,
            today=localdate(),
            in_effect=self.listing.status != ListingStatus.PENDING,
        )
        return refusal is None


class ListingRevokeForm(ExitForm):
    """Was never valid (撤销)."""

    grounds = REVOKE_GROUNDS


class ListingSuspendForm(ActForm):
    """Information is being verified; no measure applies meanwhile (002 §四(二)6)."""


class ListingResumeForm(ActForm):
    """Verified and right: measures apply again."""


class ListingExtendForm(ActForm):
    """A running term made longer by the court's decision (法释〔2017〕7号 art. 2 para. 1)."""

    ground = Words(label="理由", max_length=300, widget=long_text(2), help_text="写明怎样情节严重，或有哪些失信行为。")
    document_number = Words(label="决定书文号", max_length=100)
    happened_on = Day(label="决定日期", validators=[not_in_future])
    field_order = ["years", "ground", "document_number", "happened_on"]

    def __init__(self, data: Any = None, *, listing: Listing, **given: Any) -> None:
        super().__init__(data, listing=listing, **given)
        refusals = {years: self._refusal(years) for years in terms.EXTENSIONS}
        open_years = [years for years, refusal in refusals.items() if refusal is None]
        shortest = refusals[terms.EXTENSIONS[0]]
        self.obstacle = shortest.detail if shortest else ""
        self.fields["years"] = forms.TypedChoiceField(
            label="延长",
            choices=[(years, f"{years}年，至{self._end(years)}") for years in open_years],
            coerce=int,
            widget=forms.RadioSelect,
            error_messages={"required": "请选择延长几年。"},
        )
        self.order_fields(self.field_order)

    def _refusal(self, years: int) -> terms.Refusal | None:
        return terms.may_extend(
            years,
            circumstances=self.listing.circumstances,
            decided_on=self.listing.decided_on,
            term_ends_on=self.listing.term_ends_on,
            today=localdate(),
        )

    def _end(self, years: int) -> str:
        ends = self.listing.term_ends_on
        assert ends is not None
        return day_words(terms.extended_end(ends, years))


class ListingCorrectForm(ActForm):
    """Facts that were published wrongly; only what is changed here is put right (法释〔2017〕7号 art. 9)."""

    BASIS = ("ground", "document_number", "happened_on")
    FACTS = (
        "name",
        "filed_on",
        "basis_number",
        "basis_issuer",
        "obligation",
        "performance",
        "performed_part",
        "unperformed_part",
        "circumstances",
        "published_on",
        "decision_number",
        "decided_on",
        "term_ends_on",
        "publishable",
    )
    name = Words(label="姓名或名称", max_length=200)
    filed_on = Day(label="立案时间", required=False, validators=[not_in_future])
    basis_number = Words(label="执行依据文号", required=False, max_length=200)
    basis_issuer = Words(label="作出执行依据单位", required=False, max_length=200)
    obligation = Words(label="生效法律文书确定的义务", required=False, max_length=4000, widget=long_text(4))
    performance = forms.ChoiceField(label="履行情况", choices=Performance.choices)
    performed_part = Words(label="已履行部分", required=False, max_length=2000, widget=long_text(2))
    unperformed_part = Words(label="未履行部分", required=False, max_length=2000, widget=long_text(2))
    circumstances = forms.MultipleChoiceField(
        label="失信行为具体情形",
        required=False,
        choices=Circumstance.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    published_on = Day(label="发布时间", required=False)
    decision_number = Words(label="决定书文号", required=False, max_length=100)
    decided_on = Day(label="决定日期", required=False, validators=[not_in_future])
    term_ends_on = Day(label="期限届满日", required=False)
    publishable = forms.BooleanField(label="可以公开", required=False)

    id_number = forms.CharField(
        label="正确的证件号码",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs=NO_MEMORY),
        help_text="只在原号码有误或不完整时填写，须为完整号码；不改则留空。",
    )

    def __init__(self, data: Any = None, *, listing: Listing, **given: Any) -> None:
        initial = {field: getattr(listing, field) for field in self.FACTS}
        super().__init__(data, listing=listing, initial=initial, **given)

    @property
    def corrections(self) -> dict[str, Any]:
        """Field → right value, only of what differs from the record; `id_number` where one was typed."""
        changed = {name: self.cleaned_data[name] for name in self.FACTS if name in self.changed_data}
        if self.cleaned_data.get("id_number"):
            changed["id_number"] = self.cleaned_data["id_number"]
        return changed

    @property
    def given(self) -> dict[str, Any]:
        return {"corrections": self.corrections, **{name: self.cleaned_data[name] for name in self.BASIS}}

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        facts = [self["name"], self["id_number"], *(self[name] for name in self.FACTS if name != "name")]
        return [("更正依据", [self[name] for name in self.BASIS]), ("名单内容", facts)]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        decided, ends = data.get("decided_on"), data.get("term_ends_on")
        if decided and ends and ends <= decided:
            self.add_error("term_ends_on", ValidationError("期限届满日须晚于决定日期。", code="date_order"))
        if not self.errors and not self.corrections:
            raise ValidationError("没有改动任何内容。请改正有误的项目后再提交。", code="nothing_changed")
        return data
