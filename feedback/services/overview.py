"""What the units of a credit office's region did in a period: figures by unit, never by person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, Q
from django.db.models.functions import TruncDate, TruncMonth

from agencies.choices import AgencyKind, Decision, DutyStatus, Outcome
from agencies.models import Agency, Check, Enforcement, ReleaseDuty, User
from agencies.services.recalls import void_hits
from feedback.choices import ReportStatus
from feedback.models import Report
from feedback.rules.periods import SHANGHAI, Period, period_of
from feedback.rules.standing import ReportState, Standing, owes, standing
from feedback.services.deadlines import report_due, reports_due
from registry.services.deadlines import DueDate

FIRST_SUBMISSION = Min("transitions__at", filter=Q(transitions__to_status=ReportStatus.SUBMITTED))
FIGURES = ("checks", "hits", "applied", "not_applied", "opened", "on_time", "late", "open", "overdue")


@dataclass(frozen=True, slots=True)
class Figures:
    """Checks and hits; decisions; release duties that arose in the period, as they stand on `today`.

    `opened` = `on_time` + `late` (done after the last day) + `open`; `overdue` are those of `open` whose day is over.
    """

    checks: int = 0
    hits: int = 0
    applied: int = 0
    not_applied: int = 0
    opened: int = 0
    on_time: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class UnitReport:
    """A unit, its report where the office may see one, until when it was due, and where it stands."""

    agency: Agency
    report: Report | None
    due: DueDate
    standing: Standing


@dataclass(frozen=True, slots=True)
class UnitRow:
    agency: Agency
    figures: Figures
    report: UnitReport


@dataclass(frozen=True, slots=True)
class Overview:
    """All units of the region for one period, and their sum."""

    period: Period
    units: list[UnitRow] = field(default_factory=list)

    @property
    def total(self) -> Figures:
        return Figures(**{name: sum(getattr(row.figures, name) for row in self.units) for name in FIGURES})

    @property
    def silent(self) -> list[UnitRow]:
        """Units without a single check in the period."""
        return [row for row in self.units if not row.figures.checks]

    @property
    def missing(self) -> list[UnitRow]:
        """Units that have not handed in their report."""
        return [row for row in self.units if row.report.standing.state is ReportState.MISSING]


def units_of(user: User) -> list[Agency]:
    """The active responsible units that the office looks after; `joined_at` is when each got its first operator."""
    return list(
        Agency.objects.visible_to(user)
        .filter(kind=AgencyKind.AGENCY, is_active=True)
        .annotate(joined_at=Min("operators__created_at"))
        .select_related("region__parent__parent__parent")
        .order_by("region_id", "id")
    )


def overview(user: User, period: Period, today: date) -> Overview:
    """The figures of every unit; a fixed number of queries, however many units and rows."""
    units = units_of(user)
    starts, ends = period.instants
    figures: dict[int, dict[str, int]] = {unit.pk: {} for unit in units}
    for row in [*_checks(units, starts, ends), *_decisions(units, starts, ends), *_duties(units, starts, ends, today)]:
        figures[row["agency_id"]].update({name: row[name] for name in FIGURES if name in row})
    for agency_id, void in void_hits(list(figures), starts, ends).items():
        figures[agency_id]["hits"] -= void
    reports = unit_reports(user, units, period, today)
    return Overview(
        period,
        [UnitRow(unit, Figures(**figures[unit.pk]), report) for unit, report in zip(units, reports, strict=True)],
    )


def unit_reports(user: User, units: Sequence[Agency], period: Period, today: date) -> list[UnitReport]:
    """Every unit's report of the period, in the order of `units` (from `units_of`), drafts left out."""
    reports = {
        report.agency_id: report
        for report in Report.objects.visible_to(user)
        .filter(period=period.code)
        .exclude(status=ReportStatus.DRAFT)
        .annotate(first_submitted_at=FIRST_SUBMISSION)
    }
    due_of_region: dict[str, DueDate] = {}
    rows = []
    for unit in units:
        if unit.region_id not in due_of_region:
            due_of_region[unit.region_id] = report_due(unit.region, period)
        due, report = due_of_region[unit.region_id], reports.get(unit.pk)
        rows.append(UnitReport(unit, report, due, _standing(report, unit.joined_at, period, due, today)))  # type: ignore[attr-defined]
    return rows


def periods_of(
    agency: Agency, periods: Sequence[Period], today: date
) -> list[tuple[Period, Report | None, DueDate, Standing]]:
    """One unit's reports by period with their deadlines and where the unit stands, drafts among them."""
    joined = agency.operators.aggregate(at=Min("created_at"))["at"]
    reports = {
        report.period: report
        for report in Report.objects.filter(agency=agency, period__in=[one.code for one in periods]).annotate(
            first_submitted_at=FIRST_SUBMISSION
        )
    }
    rows = []
    for one, due in zip(periods, reports_due(agency.region, periods), strict=True):
        report = reports.get(one.code)
        rows.append((one, report, due, _standing(report, joined, one, due, today)))
    return rows


def _standing(report: Report | None, joined_at: datetime | None, period: Period, due: DueDate, today: date) -> Standing:
    """`report` with `first_submitted_at`, or None."""
    return standing(
        status=report.status if report else None,
        first_submitted_on=_day(report.first_submitted_at) if report else None,  # type: ignore[attr-defined]
        due_on=due.on,
        today=today,
        is_owed=owes(joined_on=_day(joined_at), period_ends_on=period.ends_on),
    )


def _day(moment: datetime | None) -> date | None:
    """The day of a moment in Shanghai."""
    return moment.astimezone(SHANGHAI).date() if moment else None


def checks_by_month(user: User, periods: Sequence[Period]) -> dict[str, int]:
    """Checks of all units of the region by period code; `periods` newest first and without a gap."""
    rows = (
        Check.objects.filter(
            agency__in=units_of(user),
            checked_at__gte=periods[-1].instants[0],
            checked_at__lt=periods[0].instants[1],
        )
        .order_by()
        .annotate(month=TruncMonth("checked_at", tzinfo=SHANGHAI))
        .values("month")
        .annotate(count=Count("id"))
    )
    counted = {period_of(row["month"].date()).code: row["count"] for row in rows}
    return {period.code: counted.get(period.code, 0) for period in periods}


def reports_to_review(user: User) -> dict[str, int]:
    """How many submitted reports wait for review, by period code, oldest first."""
    rows = (
        Report.objects.visible_to(user)
        .filter(status=ReportStatus.SUBMITTED)
        .order_by("period")
        .values("period")
        .annotate(count=Count("id"))
    )
    return {row["period"]: row["count"] for row in rows}


def _checks(units: Sequence[Agency], starts: datetime, ends: datetime) -> Iterable[Mapping[str, Any]]:
    return (
        Check.objects.filter(agency__in=units, checked_at__gte=starts, checked_at__lt=ends)
        .order_by()
        .values("agency_id")
        .annotate(checks=Count("id"), hits=Count("id", filter=Q(outcome=Outcome.HIT)))
    )


def _decisions(units: Sequence[Agency], starts: datetime, ends: datetime) -> Iterable[Mapping[str, Any]]:
    return (
        Enforcement.objects.valid()
        .filter(agency__in=units, recorded_at__gte=starts, recorded_at__lt=ends)
        .order_by()
        .values("agency_id")
        .annotate(
            applied=Count("id", filter=Q(decision=Decision.APPLIED)),
            not_applied=Count("id", filter=Q(decision=Decision.NOT_APPLIED)),
        )
    )


def _duties(units: Sequence[Agency], starts: datetime, ends: datetime, today: date) -> Iterable[Mapping[str, Any]]:
    done = Q(status=DutyStatus.DONE)
    return (
        ReleaseDuty.objects.filter(agency__in=units, opened_at__gte=starts, opened_at__lt=ends)
        .annotate(done_on=TruncDate("done_at", tzinfo=SHANGHAI))
        .order_by()
        .values("agency_id")
        .annotate(
            opened=Count("id"),
            on_time=Count("id", filter=done & Q(done_on__lte=F("due_on"))),
            late=Count("id", filter=done & Q(done_on__gt=F("due_on"))),
            open=Count("id", filter=~done),
            overdue=Count("id", filter=~done & Q(due_on__lt=today)),
        )
    )
