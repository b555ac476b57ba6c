"""What the pages show of remedies already fetched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from core.privacy import redact
from registry.access import COURT_ROLES, Person
from registry.choices import RemedyKind, RemedyStatus
from registry.models import CreditRepair, ExitRequest, Listing, Objection, Reconsideration, RemedyNotice
from registry.models.remedies import Remedy
from registry.presenters import day
from registry.remedy_forms import exit_label
from registry.rules.remedies import may_move
from registry.services.remedy_clocks import RemedyClock, Rulebook, clocks_of, filing_clock, kind_of

_ACTS: dict[RemedyKind, tuple[tuple[str, str, RemedyStatus], ...]] = {
    RemedyKind.OBJECTION: (
        ("accept", "受理，开始审查", RemedyStatus.ACCEPTED),
        ("uphold", "异议成立…", RemedyStatus.UPHELD),
        ("reject", "驳回异议…", RemedyStatus.REJECTED),
        ("withdraw", "当事人撤回…", RemedyStatus.WITHDRAWN),
    ),
    RemedyKind.RECONSIDERATION: (
        ("uphold", "支持复议…", RemedyStatus.UPHELD),
        ("dismiss", "驳回复议…", RemedyStatus.DISMISSED),
        ("withdraw", "当事人撤回…", RemedyStatus.WITHDRAWN),
    ),
    RemedyKind.EXIT_REQUEST: (
        ("grant", "准许退出…", RemedyStatus.GRANTED),
        ("refuse", "不予准许…", RemedyStatus.REFUSED),
        ("withdraw", "撤回申请…", RemedyStatus.WITHDRAWN),
    ),
    RemedyKind.REPAIR: (),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the work list."""

    remedy: Remedy
    kind: str
    label: str
    listing: Listing
    clocks: list[RemedyClock]
    url: str
    matter: str


def rows(remedies: Iterable[Remedy], today: date) -> list[Row]:
    book = Rulebook()
    return [row(remedy, today, book) for remedy in remedies]


def row(remedy: Remedy, today: date, book: Rulebook) -> Row:
    kind = RemedyKind(kind_of(remedy).value)
    return Row(
        remedy,
        kind.value,
        str(kind.label),
        remedy.subject_listing,
        clocks_of(remedy, today, book),
        reverse("remedy_detail", args=[kind.value, remedy.pk]),
        matter(remedy),
    )


def reminders(given: Iterable[tuple[RemedyNotice, Remedy]], today: date) -> list[dict[str, Any]]:
    """Notices with the matter they are about and what is left of its time."""
    book = Rulebook()
    return [{"notice": notice, "row": row(remedy, today, book)} for notice, remedy in given]


def matter(remedy: Remedy) -> str:
    """What it is about, in a few words."""
    if isinstance(remedy, Objection):
        return f"{remedy.unit_name}：{remedy.measure_text}" if remedy.about == "measure" else "名单条目"
    if isinstance(remedy, Reconsideration):
        return f"由{remedy.court}审查"
    if isinstance(remedy, ExitRequest):
        return exit_label(remedy.exit_ground)
    return "已退出名单"


def facts(remedy: Remedy, today: date, book: Rulebook) -> list[dict[str, Any]]:
    """What is on record, empty facts left out."""
    filing = filing_clock(remedy, today, book)
    more: list[tuple[str, Any]] = []
    if isinstance(remedy, Objection):
        more = [
            ("针对", remedy.get_about_display()),
            ("单位", remedy.unit_name),
            ("措施", remedy.measure_text),
            ("纳入决定送达日期", day(remedy.listing_served_on)),
        ]
    elif isinstance(remedy, Reconsideration):
        more = [("审查法院", remedy.court.name), ("原驳回决定", remedy.objection.decision_number)]
    elif isinstance(remedy, ExitRequest):
        more = [("退出原因", exit_label(remedy.exit_ground)), ("事实确认日期", day(remedy.confirmed_on))]
    elif isinstance(remedy, CreditRepair):
        more = [("信用承诺", "已提交" if remedy.has_commitment else "未提交")]
    lines = [
        *more,
        ("理由", redact(remedy.ground)),
        ("申请人", remedy.applicant or "本人"),
        ("提出方式", remedy.get_channel_display()),
        ("收到日期", day(remedy.received_on)),
        (_filing_label(filing), _filing_words(filing) if filing else ""),
        ("登记人", f"{remedy.recorded_by.agency or ''} {remedy.recorded_by}"),
    ]
    return [{"label": label, "value": value} for label, value in lines if value]


def _filing_label(filing: RemedyClock | None) -> str:
    """A reminder is not called a limit of the law."""
    return "提示期限" if filing is not None and filing.key == "objection.reminder" else "提出期限"


def _filing_words(filing: RemedyClock) -> str:
    estimate = "，暂估" if filing.provisional else ""
    return f"{day(filing.due)}（{filing.citation}{estimate}）"


def decision_facts(remedy: Remedy) -> list[dict[str, Any]]:
    if remedy.decided_on is None:
        return []
    outcome = remedy.get_outcome_display() if isinstance(remedy, Objection | Reconsideration) else ""
    lines = [
        ("结果", remedy.get_status_display()),
        ("名单", outcome),
        ("理由", redact(remedy.decision_reason)),
        ("决定书文号", remedy.decision_number),
        ("决定日期", day(remedy.decided_on)),
        ("送达日期", day(remedy.decision_served_on) or "尚未登记"),
    ]
    return [{"label": label, "value": value} for label, value in lines if value]


def acts(remedy: Remedy, person: Person) -> list[dict[str, str]]:
    """What this person's court may do now, each with its page."""
    court = remedy.court if isinstance(remedy, Reconsideration) else remedy.subject_listing.court
    own_court = person.agency.court_id if person.agency is not None and person.role in COURT_ROLES else None
    kind = RemedyKind(kind_of(remedy).value)
    found = []
    if own_court == court.pk:
        steps = [(verb, label) for verb, label, to in _ACTS[kind] if may_move(kind_of(remedy), remedy.status, to)]
        if remedy.decided_on is not None and remedy.decision_served_on is None:
            steps.append(("serve", "登记送达…"))
        found = [
            {"verb": verb, "label": label, "url": reverse("remedy_act", args=[kind.value, remedy.pk, verb])}
            for verb, label in steps
        ]
    is_ours = own_court in {court.pk, remedy.subject_listing.court.upper_id}
    if is_ours and _may_go_on(remedy):
        url = reverse("reconsideration_create", args=[remedy.pk])
        found.append({"verb": "reconsider", "label": "登记复议…", "url": url})
    return found


def _may_go_on(remedy: Remedy) -> bool:
    """A rejected objection that nobody has yet brought before an upper court that there is."""
    if not isinstance(remedy, Objection) or remedy.status != RemedyStatus.REJECTED:
        return False
    return not hasattr(remedy, "reconsideration") and remedy.listing.court.upper_id is not None


def events(remedy: Any) -> list[dict[str, Any]]:
    """Steps and notices, newest first."""
    notices = RemedyNotice.objects.filter(record_id=remedy.pk).select_related("court")
    steps = [
        {
            "what": RemedyStatus(step.to_status).label if step.from_status != step.to_status else "登记送达",
            "at": step.at,
            "by": step.by or "平台",
            "note": step.reason,
        }
        for step in remedy.transitions.select_related("by")
    ]
    given = [
        {
            "what": notice.get_notice_display(),
            "at": notice.at,
            "by": "平台",
            "note": f"期限 {day(notice.due_on)}；通知 {notice.court}",
        }
        for notice in notices
    ]
    return sorted([*steps, *given], key=lambda event: event["at"], reverse=True)
