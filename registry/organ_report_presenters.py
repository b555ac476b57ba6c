"""What the pages of the reports upward show, from rows already fetched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry.choices import DebtorCategory, OrganBody
from registry.models import OrganReport, OrganReportTransition
from registry.rules import organ_reports as rules

_STEPS = {"requested": "申请报告", "approved": "批准", "refused": "退回", "sent": "登记报送"}


def heard_of(body: OrganBody) -> str:
    """The categories that a body hears of, in words."""
    return "、".join(str(DebtorCategory(each).label) for each in rules.categories_of(rules.OrganBody(body.value)))


def facts(report: OrganReport) -> list[dict[str, Any]]:
    """What stands in the head of a report."""
    return [
        {"label": "报送对象", "value": report.get_body_display()},
        {"label": "接收单位", "value": report.recipient},
        {"label": "报送期", "value": report.period_label},
        {"label": "用途", "value": report.purpose},
        {"label": "申请人", "value": report.requested_by},
        {"label": "复核人", "value": report.decided_by},
        {"label": "行数", "value": report.rows_count},
        {"label": "依据", "value": rules.CITATION},
    ]


def events(steps: Iterable[OrganReportTransition]) -> list[dict[str, Any]]:
    """The history of a report."""
    return [{"what": _STEPS[each.to_status], "at": each.at, "by": each.by, "note": each.reason} for each in steps]
