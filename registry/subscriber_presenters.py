"""What the pages show of the followers of the feed: their state in words, their lag, their deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from core.calendar import DayType, days_left
from registry.choices import DayKind, DeliveryStatus
from registry.models import Subscriber, WebhookDelivery
from registry.rules.webhooks import PushProblem
from registry.services.followers import MANY, Follower, LateRemoval

PATIENCE = timedelta(minutes=10)  # a subscriber that polls is behind for a moment after every change
_TONES = {
    DeliveryStatus.PENDING: "info",
    DeliveryStatus.DELIVERED: "good",
    DeliveryStatus.DEAD: "adverse",
    DeliveryStatus.SKIPPED: "neutral",
}
_PROBLEMS = {problem.code: problem.detail for problem in PushProblem}


def state_of(follower: Follower, at: datetime) -> dict[str, str]:
    """The one badge of a follower: what needs attention comes first."""
    subscriber, since = follower.subscriber, follower.waiting_since
    if not subscriber.is_active:
        return {"tone": "neutral", "words": "已停用"}
    if subscriber.in_step is False:
        return {"tone": "adverse", "words": "不一致"}
    if follower.delivery is not None and follower.delivery.status == DeliveryStatus.DEAD:
        return {"tone": "adverse", "words": "推送受阻"}
    if follower.late_removals:
        return {"tone": "adverse", "words": "逾期未删除"}
    if subscriber.acked_at is None:
        return {"tone": "caution", "words": "尚未回执"}
    if follower.behind == 0:
        return {"tone": "good", "words": "已同步"}
    is_late = since is not None and at - since > PATIENCE
    return {"tone": "caution", "words": "落后"} if is_late else {"tone": "info", "words": "同步中"}


def follower_rows(followers: Iterable[Follower], at: datetime) -> list[dict[str, Any]]:
    """A line of “谁已同步” per follower."""
    return [
        {
            "subscriber": each.subscriber,
            "badge": state_of(each, at),
            "behind": each.behind,
            "waiting_since": _worth_telling(each.waiting_since, at),
            "late_removals": each.late_removals,
            "has_many": each.late_removals >= MANY,
        }
        for each in followers
    ]


def _worth_telling(since: datetime | None, at: datetime) -> datetime | None:
    """A wait of less than a minute is none."""
    return since if since is not None and at - since >= timedelta(minutes=1) else None


def late_rows(late: Iterable[LateRemoval], today: date) -> list[dict[str, Any]]:
    """Removals that are not confirmed, each with its clock."""
    rows = []
    for each in late:
        day_type = DayType.WORKING if each.due.unit == DayKind.WORKING else DayType.CALENDAR
        rows.append(
            {
                "change": each.change,
                "what": "转为不宜公开" if each.change.kind == "corrected" else each.change.get_kind_display(),
                "listing": each.change.listing,
                "due": each.due,
                "days_left": days_left(today, each.due.on, day_type),
                "day_type": day_type.value,
                "owed_by": "、".join(republisher.name for republisher in each.owed_by),
            }
        )
    return rows


def delivery_rows(deliveries: Iterable[WebhookDelivery]) -> list[dict[str, Any]]:
    """What was pushed, with what came of it in words."""
    return [
        {
            "delivery": each,
            "badge": {"tone": _TONES[DeliveryStatus(each.status)], "words": each.get_status_display()},
            "result": result_of(each),
            "may_replay": each.status in {DeliveryStatus.DEAD, DeliveryStatus.PENDING} and each.attempts > 0,
            "may_skip": each.status == DeliveryStatus.DEAD,
        }
        for each in deliveries
    ]


def result_of(delivery: WebhookDelivery) -> str:
    """What the last attempt met with."""
    if delivery.status == DeliveryStatus.SKIPPED:
        return f"跳过：{delivery.reason}"
    problem = _PROBLEMS.get(delivery.last_error, "")
    status = f"状态码 {delivery.last_status}" if delivery.last_status else ""
    return "，".join(part for part in (problem, status) if part)


def subscriber_facts(subscriber: Subscriber) -> list[dict[str, Any]]:
    return [
        {"label": "类别", "value": subscriber.get_kind_display()},
        {"label": "账号", "value": subscriber.account},
        {"label": "用途", "value": subscriber.purpose},
        {"label": "登记时的变更号", "value": str(subscriber.start_number)},
        {"label": "用途", "value": subscriber.purpose},
        {"label": "推送地址", "value": subscriber.webhook_url or "不推送"},
        {"label": "已推送至", "value": str(subscriber.sent_number) if subscriber.webhook_url else ""},
    ]
