"""The credit office's dashboard and its list of reports."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_safe

from agencies.access import SignedInRequest, for_roles
from agencies.choices import UserRole
from feedback.forms import PeriodForm
from feedback.presenters import clock_of
from feedback.rules.periods import Period, period, period_of, previous, reportable
from feedback.services.overview import (
    FIGURES,
    Overview,
    UnitReport,
    UnitRow,
    checks_by_month,
    overview,
    reports_to_review,
    unit_reports,
    units_of,
)

OFFICE = (UserRole.CREDIT_OFFICE, UserRole.ADMINISTRATOR)
MONTHS_SHOWN = 6
SHOWN = {
    "checks": "有核查的单位",
    "hits": "有命中的单位",
    "applied": "已实施措施的单位",
    "not_applied": "有未实施措施的单位",
    "opened": "有解除任务的单位",
    "on_time": "按时办结的单位",
    "late": "逾期办结的单位",
    "open": "尚未办结的单位",
    "overdue": "已逾期仍未办结的单位",
    "silent": "本期未核查的单位",
}
STATES = {
    "": "全部",
    "submitted": "待审核",
    "returned": "已退回",
    "accepted": "已通过",
    "missing": "未报送",
    "late": "逾期",
}


@require_safe
@for_roles(*OFFICE)
def credit_dashboard(request: SignedInRequest) -> HttpResponse:
    """The region's figures for a month; every number opens the units behind it."""
    today = localdate()
    periods = reportable(today)
    form, chosen = PeriodForm.chosen(periods, request.GET, periods[0])
    seen = overview(request.user, chosen, today)
    months = checks_by_month(request.user, periods[:MONTHS_SHOWN])
    to_review = reports_to_review(request.user)
    vars(request)["navigation_counts"] = {"credit_reports": sum(to_review.values())}
    show = request.GET.get("show", "")
    context = {
        "form": form,
        "period": chosen,
        "at": now(),
        "overview": seen,
        "total": seen.total,
        "show": show if show in SHOWN else "",
        "shown_label": SHOWN.get(show, ""),
        "rows": shown_rows(seen, show),
        "bars": [
            {"label": period(code).label, "value": count, "href": f"?period={code}"}
            for code, count in reversed(months.items())
        ],
        "to_review": sum(to_review.values()),
        "review_period": next(iter(to_review), ""),
    }
    return render(request, "feedback/credit_dashboard.html", context)


def shown_rows(seen: Overview, show: str) -> list[UnitRow]:
    """The units behind one number of the dashboard; all of them for an unknown name."""
    if show == "silent":
        return seen.silent
    return [row for row in seen.units if show not in FIGURES or getattr(row.figures, show)]


@require_safe
@for_roles(*OFFICE)
def credit_reports(request: SignedInRequest) -> HttpResponse:
    """Every unit's report of a period: submitted, returned, accepted or missing, and who is late."""
    today = localdate()
    periods = reportable(today)
    to_review = reports_to_review(request.user)
    vars(request)["navigation_counts"] = {"credit_reports": sum(to_review.values())}
    form, chosen = PeriodForm.chosen(periods, request.GET, previous(period_of(today)))
    rows = unit_reports(request.user, units_of(request.user), chosen, today)
    state = request.GET.get("state", "")
    context = {
        "form": form,
        "period": chosen,
        "state": state if state in STATES else "",
        "tabs": tabs(rows, chosen, state),
        "rows": [(row, clock_of(row.due, today)) for row in rows if is_in(row, state)],
        "elsewhere": [
            {"label": period(code).label, "count": count, "query": urlencode({"period": code, "state": "submitted"})}
            for code, count in to_review.items()
            if code != chosen.code
        ],
    }
    return render(request, "feedback/credit_reports.html", context)


def tabs(rows: list[UnitReport], chosen: Period, state: str) -> list[dict[str, Any]]:
    """One tab per state with the number of its rows."""
    return [
        {
            "label": label,
            "url": f"?{urlencode({'period': chosen.code, **({'state': name} if name else {})})}",
            "current": name == (state if state in STATES else ""),
            "count": sum(is_in(row, name) for row in rows),
        }
        for name, label in STATES.items()
    ]


def is_in(row: UnitReport, state: str) -> bool:
    """Whether a row stands under a tab."""
    if state == "late":
        return row.standing.is_late
    return state not in STATES or not state or row.standing.state == state
