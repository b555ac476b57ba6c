"""What the pages show of the sources of the list: their state in words, their runs, their files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from registry.choices import RunStatus, SourceKind, SourceStatus
from registry.models import Source, SourceRun
from registry.rules.sources import is_late

_RUN_TONES = {
    RunStatus.RUNNING: "info",
    RunStatus.DONE: "good",
    RunStatus.FAILED: "adverse",
    RunStatus.BROKEN_OFF: "caution",
}
_COUNTS = {
    "uploaded": "报送 {} 个文件",
    "repeated": "{} 个文件内容重复，未再报送",
    "rejected": "{} 个文件未收",
    "lines": "{} 条变更",
    "listings": "{} 个条目",
    "changes": "写入 {} 条变更",
    "held_elsewhere": "{} 个条目由本地或其他来源维护，未动",
    "compared": "核对 {} 个条目",
    "differences": "{} 处不同",
    "cut_off": "差异过多，只列出一部分，建议重新同步",
}
_DIFFERENCES = {"missing": "本平台没有", "differs": "内容不同", "gone": "上级平台已不在列"}


def state_of(source: Source, at: datetime) -> dict[str, str]:
    """The one badge of a source: what needs attention comes first."""
    if source.status == SourceStatus.STOPPED:
        return {"tone": "adverse", "words": "已停止，待处理"}
    if source.status == SourceStatus.PAUSED:
        return {"tone": "neutral", "words": "已暂停"}
    every = timedelta(minutes=source.every_minutes)
    if is_late(last_success=source.last_success_at, since=source.created_at, every=every, at=at):
        return {"tone": "adverse", "words": "逾时没有成功"}
    if source.is_resyncing:
        return {"tone": "info", "words": "正在重新同步"}
    if source.difference_count:
        return {"tone": "caution", "words": "核对有差异"}
    if source.failures:
        return {"tone": "caution", "words": "正在重试"}
    if source.last_success_at is None:
        return {"tone": "info", "words": "等待第一次"}
    return {"tone": "good", "words": "正常"}


def rows(sources: Iterable[Source], at: datetime) -> list[dict[str, Any]]:
    """A line per source."""
    return [{"source": each, "badge": state_of(each, at), "where": where_of(each)} for each in sources]


def where_of(source: Source) -> str:
    """The folder, or the platform's address."""
    return source.path if source.kind == SourceKind.FOLDER else source.base_url


def facts(source: Source) -> list[dict[str, Any]]:
    """How a source is set up and how far it is."""
    minutes = f"每 {source.every_minutes} 分钟"
    if source.kind == SourceKind.FOLDER:
        return [
            {"label": "文件夹", "value": source.path},
            {"label": "法院", "value": source.court},
            {"label": "报送账号", "value": source.account},
            {"label": "文件内容", "value": "全量名单" if source.is_full else "变更"},
            {"label": "间隔", "value": minutes},
        ]
    return [
        {"label": "平台地址", "value": source.base_url},
        {"label": "间隔", "value": minutes},
        {"label": "已同步至", "value": f"第 {source.last_number:,} 号变更"},
        {"label": "变更流校验值", "value": source.last_hash[:16]},
        {"label": "名单校验值", "value": source.state_hash[:16]},
    ]


def runs(found: Iterable[SourceRun]) -> list[dict[str, Any]]:
    """What the runs did, in words."""
    return [
        {
            "run": each,
            "badge": {"tone": _RUN_TONES[RunStatus(each.status)], "words": each.get_status_display()},
            "said": each.error or counts_in_words(each.counts),
        }
        for each in found
    ]


def counts_in_words(counts: dict[str, int]) -> str:
    """“120 条变更，写入 120 条变更”."""
    return "，".join(words.format(f"{counts[name]:,}") for name, words in _COUNTS.items() if counts.get(name))


def differences(run: SourceRun, held: dict[str, str], limit: int) -> list[dict[str, str]]:
    """The first differences of a comparison; `held` maps listings that stand here to their case numbers."""
    return [
        {
            "listing": each["listing"],
            "case_number": held.get(each["listing"], ""),
            "words": _DIFFERENCES.get(each["kind"], each["kind"]),
        }
        for each in run.differences[:limit]
    ]
