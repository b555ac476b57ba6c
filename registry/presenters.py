"""What pages show of listings already fetched: words, facts, histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from core.calendar import DayType, days_left
from core.privacy import redact
from registry.choices import Circumstance, ExitGround, ListingStatus
from registry.lifecycle import ENDED
from registry.models import Change, Listing


def day(value: date | None) -> str:
    """2026年11月20日, or nothing."""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def circumstances(values: Iterable[str]) -> str:
    """The circumstances of default in the words of the law."""
    labels = dict(Circumstance.choices)
    return "；".join(str(labels.get(value, value)) for value in values)


def states(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Listings by state, each number opening its rows."""
    address = reverse("court_listings")
    return [
        {"label": status.label, "value": counts.get(status, 0), "href": f"{address}?status={status.value}"}
        for status in ListingStatus
        if counts.get(status, 0) or status in {ListingStatus.ACTIVE, ListingStatus.SUSPENDED}
    ]


def ending_terms(listings: Iterable[Listing], today: date) -> list[dict[str, Any]]:
    """Listings whose term ends soon, each with the days left."""
    return [
        {"listing": each, "due": each.term_ends_on, "days_left": days_left(today, each.term_ends_on, DayType.CALENDAR)}
        for each in listings
        if each.term_ends_on
    ]


def listing_facts(listing: Listing) -> list[dict[str, Any]]:
    """What the court has published of a listing, empty facts left out (法释〔2017〕7号 art. 6)."""
    sex_and_age = "，".join(
        part
        for part in (listing.get_sex_display() if listing.sex != "0" else "", f"{listing.age}岁" if listing.age else "")
        if part
    )
    facts = [
        ("性别和年龄（发布时）", sex_and_age if listing.kind == "person" else ""),
        ("省份", listing.area),
        ("执行法院", listing.court.name),
        ("案号", listing.case_number),
        ("立案时间", day(listing.filed_on)),
        ("执行依据文号", listing.basis_number),
        ("作出执行依据单位", listing.basis_issuer),
        ("生效法律文书确定的义务", redact(listing.obligation)),
        ("履行情况", listing.get_performance_display()),
        ("已履行部分", redact(listing.performed_part)),
        ("未履行部分", redact(listing.unperformed_part)),
        ("失信行为具体情形", circumstances(listing.circumstances)),
        ("发布时间", day(listing.published_on)),
        ("决定书文号", listing.decision_number),
        ("决定日期", day(listing.decided_on)),
        ("期限届满日", day(listing.term_ends_on)),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def public_facts(listing: Listing) -> dict[str, Any]:
    """What the public search shows of a listing: the fields of art. 6 without the obligation, which names others."""
    sex_and_age = [listing.get_sex_display() if listing.sex != "0" else "", f"{listing.age}岁" if listing.age else ""]
    heads = [
        each.name
        for each in listing.relations.all()
        if each.role in {"legal_representative", "principal"} and each.until is None
    ]
    is_unit = listing.kind == "unit"
    facts = [
        ("法定代表人或负责人", "、".join(heads) if is_unit else ""),
        ("性别和年龄（发布时）", "" if is_unit else "，".join(part for part in sex_and_age if part)),
        ("执行法院", listing.court.name),
        ("案号", listing.case_number),
        ("立案时间", day(listing.filed_on)),
        ("执行依据文号", listing.basis_number),
        ("履行情况", listing.get_performance_display()),
        ("失信行为具体情形", circumstances(listing.circumstances)),
        ("发布时间", day(listing.published_on)),
    ]
    return {
        "name": listing.name,
        "kind": listing.get_kind_display(),
        "id_masked": listing.id_masked,
        "court": listing.court.name,
        "facts": [{"label": label, "value": value} for label, value in facts if value],
    }


def exit_facts(listing: Listing) -> list[dict[str, Any]]:
    """Why and when a listing ended; empty while it has not."""
    if listing.status not in ENDED:
        return []
    ground = dict(ExitGround.choices).get(listing.exit_ground, "")
    return [
        {"label": "退出原因", "value": f"{ground}：{listing.exit_ground_text}" if listing.exit_ground_text else ground},
        {"label": "退出依据文号", "value": listing.exit_document},
        {"label": "退出日期", "value": day(listing.exit_on)},
    ]


def listing_events(changes: Iterable[Change], *, with_facts: bool = True) -> list[dict[str, Any]]:
    """The listing's history from its published changes, newest first as given; what they quote only `with_facts`."""
    return [
        {
            "what": "延长期限" if "extended_years" in change.after else change.get_kind_display(),
            "at": change.at,
            "by": change.by or "平台",
            "note": _change_note(change, with_facts),
        }
        for change in changes
    ]


def _change_note(change: Change, with_facts: bool) -> str:
    grounds = dict(ExitGround.choices)
    parts = [str(grounds.get(change.ground, change.ground)), change.document_number, day(change.happened_on)]
    if change.kind == "corrected" and with_facts:
        parts += changed_facts(change.before, change.after)
    if change.number is not None:
        parts.append(f"变更号 {change.number}")
    return "；".join(part for part in parts if part)


def changed_facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """`履行情况：全部未履行 → 部分未履行` for every fact that differs."""
    return [
        f"{fact_label(name)}：{fact_value(name, before.get(name)) or '（空）'} → {fact_value(name, value) or '（空）'}"
        for name, value in after.items()
        if before.get(name) != value and name not in {"status", "extended_years", "erased"}
    ]


def fact_label(name: str) -> str:
    """The Chinese name of a fact of a listing."""
    field = _fields().get(name)
    return str(field.verbose_name) if field is not None else name


def fact_value(name: str, value: Any) -> str:
    """A fact in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "circumstances":
        return circumstances(value)
    field = _fields().get(name)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return redact(str(value))


def _fields() -> dict[str, Any]:
    return {field.name: field for field in Listing._meta.concrete_fields}
