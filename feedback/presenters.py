"""View-models of reports from rows already fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.calendar import DayType, days_left
from core.privacy import redact
from feedback.choices import ReportStatus
from feedback.models import Report, ReportTransition
from feedback.rules.periods import Period, period_of
from feedback.rules.standing import Standing
from registry.services.deadlines import DueDate

STEPS_TAKEN = {
    ReportStatus.DRAFT: "建立报告",
    ReportStatus.SUBMITTED: "提交",
    ReportStatus.RETURNED: "退回修改",
    ReportStatus.ACCEPTED: "审核通过",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell under the heading `label`; whole numbers stand to the right."""

    label: str
    value: str | int

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int)


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of a report: a sentence, a table, or typed text."""

    heading: str
    sentence: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | int, ...], ...] = ()
    text: str = ""

    @property
    def cells(self) -> list[list[Cell]]:
        return [[Cell(label, value) for label, value in zip(self.columns, row, strict=True)] for row in self.rows]

    @property
    def heads(self) -> list[Cell]:
        return self.cells[0] if self.rows else []


def title_of(report: Report) -> str:
    """The title of the printed report."""
    return f"{report.agency.name}{period_of(report.starts_on).label}失信被执行人联合惩戒工作情况报告"


def sections_of(report: Report) -> list[Section]:
    """The chapters of a report in the order of the printed form; free text from the ledger without identifiers."""
    figures = report.figures
    return [
        _checks(figures["checks"]),
        _measures(figures["decisions"], figures["by_measure"]),
        _reasons(figures["not_applied"]),
        _releases(figures["releases"]),
        Section("五、工作情况", text=report.narrative or "（尚未填写）"),
        Section("六、典型案例", text=report.typical_case or "本期没有报送典型案例。"),
    ]


def _checks(figures: dict[str, int]) -> Section:
    if not figures["total"]:
        return Section("一、核查情况", "本期没有核查记录。")
    return Section(
        "一、核查情况",
        f"本期共核查 {figures['total']} 次，其中命中 {figures['hit']} 次。",
        ("核查", "命中", "疑似", "信息核实中", "未命中"),
        ((figures["total"], figures["hit"], figures["possible"], figures["suspended"], figures["clear"]),),
    )


def _measures(decisions: dict[str, int], by_measure: Sequence[dict[str, Any]]) -> Section:
    recorded = decisions["applied"] + decisions["not_applied"]
    sentence = (
        f"本期登记执行 {recorded} 项，其中已实施 {decisions['applied']} 项、未实施 {decisions['not_applied']} 项。"
        if recorded
        else "本期没有登记执行。"
    )
    return Section(
        "二、措施执行情况",
        sentence,
        ("文件", "编号", "措施", "命中", "已实施", "未实施"),
        tuple(
            (row["document"], row["number"], row["title"], row["hits"], row["applied"], row["not_applied"])
            for row in by_measure
        ),
    )


def _reasons(rows: Sequence[dict[str, Any]]) -> Section:
    return Section(
        "三、未实施理由",
        "" if rows else "本期没有未实施的措施。",
        ("理由", "项数"),
        tuple((redact(row["reason"]), row["count"]) for row in rows),
    )


def _releases(figures: dict[str, int]) -> Section:
    if not figures["opened"]:
        return Section("四、解除情况", "本期没有产生解除任务。")
    return Section(
        "四、解除情况",
        f"本期产生解除任务 {figures['opened']} 项，已办结 {figures['done']} 项。",
        ("产生", "按时办结", "逾期办结", "尚未办结"),
        ((figures["opened"], figures["on_time"], figures["late"], figures["open"]),),
    )


def history_of(transitions: Iterable[ReportTransition]) -> list[dict[str, Any]]:
    """Events for the timeline, newest first."""
    events = [
        {
            "what": STEPS_TAKEN[ReportStatus(step.to_status)],
            "at": step.at,
            "by": f"{step.by.agency or ''} {step.by}".strip() if step.by else "",
            "note": step.reason,
        }
        for step in transitions
    ]
    return events[::-1]


@dataclass(frozen=True, slots=True)
class Clock:
    """A last day as the clock shows it."""

    due: date
    days_left: int
    is_provisional: bool
    citation: str


def clock_of(due: DueDate, today: date) -> Clock:
    """Working days that are left, negative when late."""
    return Clock(due.on, days_left(today, due.on, DayType.WORKING), due.provisional, due.citation)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period on the unit's list: its report, if any, and the clock while the unit owes something."""

    period: Period
    report: Report | None
    clock: Clock
    has_ended: bool
    standing: Standing
