"""What pages and answers show of rows already fetched: words, steps, histories, masks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from core.calendar import DayType, days_left
from core.privacy import redact
from registry.choices import (
    BatchStatus,
    Circumstance,
    ExitGround,
    ListingStatus,
    ProblemSeverity,
    RowVerdict,
)
from registry.imports.columns import COLUMNS, header_of
from registry.imports.received import raw_text, read_raw
from registry.lifecycle import ENDED
from registry.models import Batch, BatchRow, BatchTransition, Change, Listing

IDENTIFIER_COLUMNS = frozenset({"identifier", "representative_identifier"})

# --- batches ----------------------------------------------------------------------------------------------------------

RUNNING = frozenset({BatchStatus.QUEUED, BatchStatus.READING, BatchStatus.APPLYING})
# what happened, in the words of the badges
_EVENTS = {
    BatchStatus.QUEUED: "上传",
    BatchStatus.READING: "开始读取",
    BatchStatus.PREVIEWED: "读取和比对完成，待批准",
    BatchStatus.APPLYING: "批准",
    BatchStatus.APPLIED: "全部生效",
    BatchStatus.REFUSED: "退回",
    BatchStatus.REVERSED: "整批撤回",
    BatchStatus.FAILED: "失败",
}
_TURNS: dict[tuple[str, str], str] = {
    (BatchStatus.APPLIED, BatchStatus.APPLYING): "决定整批撤回",
    (BatchStatus.QUEUED, BatchStatus.REFUSED): "取消",
    (BatchStatus.READING, BatchStatus.REFUSED): "取消",
}
_EVENT_NOTES = {
    "plan_changed": "批准之后名单有变，须按新的结果重新复核",
    "cancelled": "取消",
    "nothing_to_reverse": "名单已有新的变更",
    "unexpected": "出现意外错误，名单没有任何改动",
}
_STEPS = ("上传", "预览", "批准", "生效")
# how many steps are done, and whether the next one is under way
_REACHED: dict[str, tuple[int, bool]] = {
    BatchStatus.QUEUED: (1, True),
    BatchStatus.READING: (1, True),
    BatchStatus.PREVIEWED: (2, True),
    BatchStatus.APPLYING: (3, True),
    BatchStatus.APPLIED: (4, False),
    BatchStatus.REVERSED: (4, False),
    BatchStatus.REFUSED: (2, False),
    BatchStatus.FAILED: (1, False),
}
_VERDICTS: tuple[tuple[RowVerdict, str], ...] = (
    (RowVerdict.ADD, "count_add"),
    (RowVerdict.UPDATE, "count_update"),
    (RowVerdict.REMOVE, "count_remove"),
    (RowVerdict.UNCHANGED, "count_unchanged"),
    (RowVerdict.REJECTED, "count_rejected"),
)


def steps(batch: Batch) -> list[dict[str, str]]:
    """上传 → 预览 → 批准 → 生效, and where the batch stands."""
    done, goes_on = _REACHED[batch.status]
    states = ["done" if n < done else "current" if n == done and goes_on else "to_come" for n in range(len(_STEPS))]
    return [{"label": label, "state": state} for label, state in zip(_STEPS, states, strict=True)]


def is_running(batch: Batch) -> bool:
    """The platform is at work on it: the page asks again."""
    return batch.status in RUNNING and not batch.awaits_sheet


def progress(batch: Batch, done: int) -> dict[str, Any]:
    """Inputs of the progress component; percent (`done`), because the number of rows is only known at the end."""
    label = {
        BatchStatus.QUEUED: "排队等待读取",
        BatchStatus.READING: f"正在读取名单文件，已读 {batch.rows_read:,} 行",
        BatchStatus.APPLYING: "正在整批撤回" if batch.is_reversing else "已批准，正在入库",
    }.get(BatchStatus(batch.status), "")
    if ahead := getattr(batch, "queue_place", None):
        label = f"{label.replace('正在', '等待')}，前面还有 {ahead} 个批次"
    return {
        "label": label,
        "done": done,
        "total": 0 if batch.status == BatchStatus.QUEUED else 100,
        "unit": "%",
        "note": "可以离开本页，处理会继续进行。",
        "poll_url": reverse("batch_progress", args=[batch.pk]),
    }


def first_verdict(batch: Batch) -> str:
    """The tab that a reader wants first: what cannot go in, else the first that has rows."""
    if batch.count_rejected:
        return RowVerdict.REJECTED
    return next((verdict for verdict, field in _VERDICTS if getattr(batch, field)), RowVerdict.ADD)


def verdict_tabs(batch: Batch, current: str) -> list[dict[str, Any]]:
    """One tab per verdict with its number of rows."""
    return [
        {
            "label": verdict.label,
            "url": f"?verdict={verdict.value}#rows",
            "current": verdict == current,
            "count": f"{getattr(batch, field):,}",
        }
        for verdict, field in _VERDICTS
    ]


# figures of the plan, and of the floors above it where they are served (registry.impact)
_IMPACT = {
    "same_name_collisions": ("与在列人员同名", "条", "不同的人；请确认证件号码"),
    "measures_starting": ("将开始适用的措施", "项", ""),
    "measures_ending": ("将要解除的措施", "项", "有关单位会收到解除任务"),
    "units_affected": ("涉及单位", "家", ""),
}


def impact(found: Mapping[str, Any]) -> dict[str, Any]:
    """What approving would do beyond the counts: figures with their names, and what makes the batch unusual."""
    flat = {**found, **{key: value for part in found.values() if isinstance(part, dict) for key, value in part.items()}}
    figures = [
        {"label": label, "value": f"{flat[key]:,}", "unit": unit, "note": note}
        for key, (label, unit, note) in _IMPACT.items()
        if isinstance(flat.get(key), int) and flat[key]
    ]
    usual = found.get("usual_rows")
    said = f"本院最近批次通常约 {usual:,} 行。" if usual else ""
    return {
        "figures": figures,
        "is_unusual": bool(found.get("is_unusual")),
        "reason_text": said + "复核人批准时须输入总行数。",
    }


def batch_events(batch: Batch) -> list[dict[str, Any]]:
    """The batch's history, newest first."""
    return [
        {
            "what": _what(step),
            "at": step.at,
            "by": step.by or "平台",
            "note": _EVENT_NOTES.get(step.reason, step.reason),
        }
        for step in reversed(batch.transitions.select_related("by"))
    ]


def _what(step: BatchTransition) -> str:
    if step.to_status == BatchStatus.APPLIED and step.reason:
        return "撤回没有发生"
    return _TURNS.get((step.from_status, step.to_status), _EVENTS[BatchStatus(step.to_status)])


def status_tabs(current: str) -> list[dict[str, Any]]:
    """Batches by state, in the words of the badges."""
    words = [("", "全部"), *BatchStatus.choices]
    return [
        {"label": label, "url": f"?status={value}" if value else "?", "current": value == current, "count": None}
        for value, label in words
    ]


def row_problems(row: BatchRow) -> list[dict[str, Any]]:
    """The remarks on a row, errors first, with the word for their weight."""
    order = [ProblemSeverity.ERROR.value, ProblemSeverity.WARNING.value, ProblemSeverity.REPAIRED.value]
    labels = dict(ProblemSeverity.choices)
    ranked = sorted(row.problems, key=lambda each: order.index(each.get("severity", "error")))
    return [
        {**each, "severity_label": labels[each.get("severity", "error")], "is_error": each.get("severity") == "error"}
        for each in ranked
    ]


def mask_cell(key: str, value: object) -> str:
    """A raw cell fit for a page: identifier columns by their ends, anything shaped like an identifier left out."""
    text = raw_text(value)
    if key not in IDENTIFIER_COLUMNS:
        return redact(text)
    if "*" in text or "＊" in text:
        return text
    compact = "".join(text.split())
    return (
        f"{compact[:6]}{'*' * max(len(compact) - 10, 4)}{compact[-4:]}" if len(compact) > 12 else f"{compact[:2]}****"
    )


def row_cells(row: BatchRow, *, with_raw: bool) -> list[dict[str, Any]]:
    """Column by column: what the file says (masked; only with `with_raw`), how it was read, and the remarks on it."""
    cells, extras = read_raw(row) if with_raw else ({}, {})
    read = _read_values(row)
    remarks: dict[str, list[dict[str, Any]]] = {}
    for problem in row_problems(row):
        remarks.setdefault(problem["column"], []).append(problem)
    lines = []
    for key in COLUMNS:
        header = header_of(key)
        raw = mask_cell(key, cells.get(key)) if key in cells else ""
        if raw or read.get(key) or header in remarks:
            lines.append({"header": header, "raw": raw, "read": read.get(key, ""), "problems": remarks.pop(header, [])})
    lines += [
        {"header": header, "raw": redact(text), "read": "", "problems": remarks.pop(header, []), "is_extra": True}
        for header, text in extras.items()
    ]
    return lines


def whole_row_problems(row: BatchRow) -> list[dict[str, Any]]:
    """Remarks that belong to no single column."""
    return [problem for problem in row_problems(row) if not problem["column"]]


def _read_values(row: BatchRow) -> dict[str, Any]:
    """Normalised values by column key, in words."""
    exit_ground = row.get_exit_ground_display() if row.exit_ground else row.exit_ground_text
    return {
        "operation": row.get_operation_display() if row.operation else "",
        "kind": row.get_kind_display() if row.kind else "",
        "name": row.name,
        "identifier": row.id_masked,
        "sex": row.get_sex_display() if row.sex != "0" else "",
        "age": row.age,
        "representative_name": row.representative_name,
        "representative_identifier": row.representative_id_masked,
        "court": row.court.name if row.court else "",
        "area": row.area,
        "case_number": row.case_number,
        "filed_on": day(row.filed_on),
        "basis_number": row.basis_number,
        "basis_issuer": row.basis_issuer,
        "obligation": redact(row.obligation),
        "performance": row.get_performance_display() if row.performance != "unknown" else "",
        "performed_part": redact(row.performed_part),
        "unperformed_part": redact(row.unperformed_part),
        "circumstances": circumstances(row.circumstances),
        "published_on": day(row.published_on),
        "decision_number": row.decision_number,
        "decided_on": day(row.decided_on),
        "term_ends_on": day(row.term_ends_on),
        "unpublishable": "" if row.publishable else "是",
        "exit_ground": exit_ground,
        "exit_document": row.exit_document,
        "exit_on": day(row.exit_on),
    }


# --- listings ---------------------------------------------------------------------------------------------------------


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
