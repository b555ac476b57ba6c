"""What pages show of uploads already fetched: steps, progress, who is waited for, what the plan would set in motion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from registry.access import Person
from registry.choices import BatchMode, BatchStatus, ProblemCode, ReversalRefusal, RowVerdict
from registry.models import Batch
from registry.presenters import day
from registry.rules.batch_acts import REVIEWER, Act, denial
from registry.rules.unusual import Unusual
from registry.services.approval import CANCELLED
from registry.services.reversal import ReversalPlan

RUNNING = frozenset({BatchStatus.QUEUED, BatchStatus.READING, BatchStatus.APPLYING})
PLANNED = frozenset({BatchStatus.PREVIEWED, BatchStatus.APPLYING, BatchStatus.APPLIED, BatchStatus.REVERSED})
READ = 90  # percent: the rows are read, the rest is the comparison with the list
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
_EVENT_NOTES = {
    "plan_changed": "批准之后名单有变，须按新的结果重新复核",
    "nothing_to_reverse": "名单已有新的变更",
    "unexpected": "出现意外错误，名单没有任何改动",
    CANCELLED: "",
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
MINE = "mine"  # the tab of what waits for the reader


def steps(batch: Batch) -> list[dict[str, str]]:
    """上传 → 预览 → 批准 → 生效, and where the batch stands."""
    done, goes_on = (4, False) if batch.is_reversing else _REACHED[batch.status]
    if is_cancelled(batch):
        done = 2 if has_rows(batch) else 1
    states = ["done" if n < done else "current" if n == done and goes_on else "to_come" for n in range(len(_STEPS))]
    return [{"label": label, "state": state} for label, state in zip(_STEPS, states, strict=True)]


def is_running(batch: Batch) -> bool:
    """The platform is at work on it: the page asks again."""
    return batch.status in RUNNING and not batch.awaits_sheet


def is_cancelled(batch: Batch) -> bool:
    return batch.status == BatchStatus.REFUSED and batch.failure_code == CANCELLED


def has_rows(batch: Batch) -> bool:
    """A plan stands, with its rows."""
    return batch.count_rows > 0 and not is_cancelled(batch) and batch.status != BatchStatus.FAILED


def progress(batch: Any, done: int) -> dict[str, Any]:
    """Inputs of the progress component of a batch `with_people`; percent (`done`), because the number of rows is only
    known at the end."""
    waits = bool(batch.queue_place) or batch.status == BatchStatus.QUEUED
    return {
        "label": _doing(batch, done),
        "done": done,
        "total": 0 if waits else 100,
        "unit": "%",
        "note": "可以离开本页，处理会继续进行。",
        "poll_url": reverse("batch_progress", args=[batch.pk]),
    }


def _doing(batch: Any, done: int) -> str:
    ahead = f"前面还有 {batch.queue_place} 个批次" if batch.queue_place else ""
    if batch.status == BatchStatus.QUEUED:
        return f"排队等待读取，{ahead or '马上开始'}"
    if batch.status == BatchStatus.READING and done < READ:
        return f"正在读取名单文件，已读 {batch.rows_read:,} 行"
    if batch.status == BatchStatus.READING:
        return f"已读完 {batch.rows_read:,} 行，正在与现有名单比对"
    if batch.is_reversing:
        return f"等待整批撤回，{ahead}" if ahead else "正在整批撤回"
    return f"已批准，等待入库，{ahead}" if ahead else "已批准，正在入库"


# --- who is waited for ------------------------------------------------------------------------------------------------


def lines(batches: Iterable[Any], person: Person) -> list[dict[str, Any]]:
    """Batches (`with_people`) with whom or what each waits for; `is_mine`: for the reader."""
    found = []
    for batch in batches:
        waits = waits_for(batch, person)
        found.append({"batch": batch, "waits": waits, "is_mine": waits.startswith("等您")})
    return found


def waits_for(batch: Any, person: Person) -> str:
    """Whose turn it is, in the reader's words; what became of a batch that was taken back."""
    is_own_court = person.agency is not None and batch.court_id == person.agency.court_id
    is_uploader = batch.uploaded_by_id == person.pk
    if batch.awaits_sheet and batch.status == BatchStatus.QUEUED:
        return "等您选择工作表" if is_own_court else "等报送法院选择工作表"
    if batch.status in {BatchStatus.QUEUED, BatchStatus.APPLYING}:
        return f"前面还有 {batch.queue_place} 个批次" if batch.queue_place else ""
    if batch.status == BatchStatus.REVERSED:
        return f"撤回 {batch.count_reversed:,} 项" + (f"，{batch.count_kept:,} 项未撤" if batch.count_kept else "")
    if batch.status != BatchStatus.PREVIEWED:
        return ""
    if batch.needs_confirmation and batch.confirmed_at is None:
        return "等您确认" if is_uploader else f"等上传人 {batch.uploaded_by} 确认"
    if not is_own_court:
        return "等该院复核人复核"
    return "等您复核" if not is_uploader and person.role == REVIEWER else "等另一位复核人复核"


def status_tabs(current: str, *, mine: int) -> list[dict[str, Any]]:
    """Batches by state, in the words of the badges; first those that wait for the reader."""
    words = [
        ("", "全部", None),
        (MINE, "等您办理", mine),
        *((value, label, None) for value, label in BatchStatus.choices),
    ]
    return [
        {"label": label, "url": f"?status={value}" if value else "?", "current": value == current, "count": count}
        for value, label, count in words
    ]


def acts(batch: Batch, person: Person) -> dict[str, bool]:
    """What the reader may do to it as it stands, by the one table of acts."""
    if person.agency is None or batch.court_id != person.agency.court_id:
        return {}
    is_uploader = batch.uploaded_by_id == person.pk
    may = {
        act.value: denial(act, is_uploader=is_uploader, role=person.role, status=batch.status) is None for act in Act
    }
    may[Act.CONFIRM.value] = may[Act.CONFIRM.value] and batch.needs_confirmation and batch.confirmed_at is None
    # One button of the two for a plan: the uploader calls it off, another sends it back.
    is_planned = batch.status == BatchStatus.PREVIEWED
    may[Act.CANCEL.value] = may[Act.CANCEL.value] and (is_uploader or not is_planned)
    may[Act.REFUSE.value] = may[Act.REFUSE.value] and not is_uploader
    return may


# --- the plan ---------------------------------------------------------------------------------------------------------


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


def snapshot(batch: Batch) -> dict[str, Any] | None:
    """What a whole list would remove, and what stands in the way of its approval; None for a file of changes."""
    if batch.mode != BatchMode.SNAPSHOT:
        return None
    rejected = batch.problem_counts.get(RowVerdict.REJECTED.value, {})
    unreadable = (ProblemCode.CASE_NUMBER_MISSING.value, ProblemCode.CASE_NUMBER_UNREADABLE.value)
    return {
        "facts": [
            {"label": "退出原因", "value": batch.get_exit_ground_display()},
            {"label": "依据文号", "value": batch.exit_document},
            {"label": "退出日期", "value": day(batch.exit_on)},
        ],
        "share": f"{batch.count_missing * 100 / batch.count_live:.1f}%" if batch.count_live else "",
        "unreadable": sum(rejected.get(code, 0) for code in unreadable),
    }


# figures of the plan, and of the floors above it where they are served (registry.impact)
_IMPACT = {
    "same_name_collisions": ("与在列人员同名", "条", "不是同一人；请核对证件号码"),
    "without_risk_notice": ("未登记风险提示", "条", "新增的人中，平台没有送达记录"),
    "measures_starting": ("将开始适用的措施", "项", ""),
    "units_starting": ("将开始适用的单位", "家", ""),
    "measures_ending": ("将要解除的措施", "项", "有关单位会收到解除任务"),
    "units_affected": ("须解除的单位", "家", ""),
}


def impact(batch: Batch) -> dict[str, Any]:
    """What approving would do beyond the counts: figures with their names, units, rows that would end much, and what
    makes the batch unusual."""
    found: Mapping[str, Any] = batch.impact
    starting, releases = found.get("starting") or {}, found.get("releases") or {}
    flat = {**found, **starting, **releases}
    figures = [
        {"label": label, "value": f"{flat[key]:,}", "unit": unit, "note": note}
        for key, (label, unit, note) in _IMPACT.items()
        if isinstance(flat.get(key), int) and flat[key]
    ]
    return {
        "figures": figures,
        "starting": starting.get("units", []),
        "ending": releases.get("units", []),
        "more_starting": max(starting.get("units_starting", 0) - len(starting.get("units", [])), 0),
        "more_ending": max(releases.get("units_affected", 0) - len(releases.get("units", [])), 0),
        "rows_ending_many": releases.get("rows_ending_many", []),
        "is_unusual": bool(found.get("is_unusual")),
        "reason_text": "".join(_reasons(batch, found)) + "批准时须输入总行数。",
    }


def _reasons(batch: Batch, found: Mapping[str, Any]) -> list[str]:
    ending, live = found.get("listings_ending", 0), found.get("listings_live", 0)
    said = {
        Unusual.MANY_ROWS: f"共 {batch.count_rows:,} 行，而本院最近的批次通常约 {found.get('usual_rows') or 0:,} 行。",
        Unusual.ENDS_MUCH: f"将有 {ending:,} 条退出名单，本院现有在列 {live:,} 条。",
        Unusual.MUCH_MISSING: f"在列的条目中有 {batch.count_missing:,} 条没有出现在文件里，超过 5%。",
    }
    return [said[reason] for reason in map(Unusual, found.get("unusual", []))]


def batch_events(batch: Batch) -> list[dict[str, Any]]:
    """The batch's history, newest first."""
    found = []
    for step in batch.transitions.select_related("by"):
        what = _EVENTS[BatchStatus(step.to_status)]
        if step.from_status == BatchStatus.APPLIED:
            what = "决定整批撤回"
        elif step.reason in {"nothing_to_reverse", "unexpected"} and step.to_status == BatchStatus.APPLIED:
            what = "撤回没有发生"
        elif step.to_status == BatchStatus.REFUSED and is_cancelled(batch):
            what = "取消"
        note = _EVENT_NOTES.get(step.reason, step.reason)
        found.append({"what": what, "at": step.at, "by": step.by or "平台", "note": note})
    return found[::-1]


# --- taking back ------------------------------------------------------------------------------------------------------


def reversal(plan: ReversalPlan, *, is_done: bool) -> dict[str, Any]:
    """Figures of a reversal to come or done, and why changes stay."""
    verb = "已" if is_done else "将"
    figures = [
        (f"{verb}撤销的新增", plan.revoked, "视为自始没有纳入"),
        (f"{verb}改回的变更", plan.corrected, "恢复本批次之前的内容"),
        (f"{verb}重新纳入的退出", plan.listed_anew, "作为新条目纳入"),
        ("不能撤回" if not is_done else "没有撤回", plan.kept, "保持现状，逐条处理"),
    ]
    labels = dict(ReversalRefusal.choices)
    return {
        "figures": [{"label": label, "value": f"{value:,}", "note": note} for label, value, note in figures],
        "reasons": [
            {"label": labels.get(code, code), "value": f"{rows:,} 项"} for code, rows in sorted(plan.refused.items())
        ],
    }
