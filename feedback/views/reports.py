"""The unit's reports, and the report itself for whoever may read it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.access import SignedInRequest, for_roles
from agencies.choices import UserRole
from core.errors import Conflict, FieldProblem, InvalidInput
from feedback.choices import ReportStatus
from feedback.forms import PeriodForm, ReportForm, ReviewForm, add_problems
from feedback.models import Report
from feedback.presenters import PeriodRow, clock_of, history_of, sections_of, title_of
from feedback.rules.periods import period, period_of, reportable
from feedback.rules.standing import ReportState
from feedback.services.overview import periods_of
from feedback.services.reports import create_report, submit_report, write_report
from feedback.services.workbook import MEDIA_TYPE, export_report

READERS = (UserRole.AGENCY_STAFF, UserRole.CREDIT_OFFICE, UserRole.ADMINISTRATOR)


@require_safe
@for_roles(UserRole.AGENCY_STAFF)
def agency_reports(request: SignedInRequest) -> HttpResponse:
    """The last twelve months, each with its state and its one next step."""
    agency = request.user.agency
    assert agency is not None  # user_belongs_to_a_unit
    today = localdate()
    periods = reportable(today)
    rows = [
        PeriodRow(one, report, clock_of(due, today), one.ends_on < today, where)
        for one, report, due, where in periods_of(agency, periods, today)
    ]
    owed = [row for row in rows if row.standing.state is not ReportState.NOT_OWED or row.report]
    context = {"rows": owed, "current": rows[0], "has_earlier": len(owed) < len(rows)}
    return render(request, "feedback/agency_reports.html", context)


@require_POST
@for_roles(UserRole.AGENCY_STAFF)
def report_create(request: SignedInRequest) -> HttpResponse:
    """Open the report of a period, or the one that is there."""
    form = PeriodForm(reportable(localdate()), request.POST)
    if not form.is_valid():
        raise InvalidInput(errors=[FieldProblem("period", "period_unknown", "只能填报最近十二个月的报告。")])
    code = form.cleaned_data["period"]
    try:
        report = create_report(period=period(code), by=request.user, at=now())
    except Conflict as conflict:
        messages.info(request, conflict.detail)
        return redirect("report_detail", Report.objects.visible_to(request.user).get(period=code).pk)
    messages.success(request, "报告已建立，数据已从台账统计。请填写工作情况。")
    return redirect("report_edit", report.pk)


@require_safe
@for_roles(*READERS)
def report_detail(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    return report_page(request, report_id, ReviewForm())


def report_page(request: SignedInRequest, report_id: UUID, review_form: ReviewForm, status: int = 200) -> HttpResponse:
    """The report with what its reader may do next."""
    report = get_object_or_404(Report.objects.visible_to(request.user).select_related("agency"), pk=report_id)
    is_unit, is_office = (request.user.role == role for role in (UserRole.AGENCY_STAFF, UserRole.CREDIT_OFFICE))
    context = {
        "report": report,
        "report_title": title_of(report),
        "period": period_of(report.starts_on),
        "sections": sections_of(report),
        "events": history_of(report.transitions.select_related("by__agency")),
        "may_edit": is_unit and report.status in {ReportStatus.DRAFT, ReportStatus.RETURNED},
        "may_review": is_office and report.status == ReportStatus.SUBMITTED,
        "is_mended": report.reviewed_at is None or report.figures_at > report.reviewed_at,
        "has_ended": report.ends_on < localdate(),
        "review_form": review_form,
        "crumbs": [{"label": "报告", "url": reverse("agency_reports" if is_unit else "credit_reports")}],
    }
    return render(request, "feedback/report_detail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(UserRole.AGENCY_STAFF)
def report_edit(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    """Type what the ledger cannot count; saving counts the figures again."""
    report = get_object_or_404(Report.objects.editable_by(request.user).select_related("agency"), pk=report_id)
    initial = {"narrative": report.narrative, "typical_case": report.typical_case}
    form = ReportForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            write_report(report_id=report.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as error:
            add_problems(form, error)
        else:
            messages.success(request, "已保存，数据已重新统计。核对无误后请提交。")
            return redirect("report_detail", report.pk)
    context = {
        "report": report,
        "period": period_of(report.starts_on),
        "form": form,
        "crumbs": [
            {"label": "报告", "url": reverse("agency_reports")},
            {"label": period_of(report.starts_on).label, "url": reverse("report_detail", args=[report.pk])},
        ],
    }
    return render(request, "feedback/report_edit.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles(UserRole.AGENCY_STAFF)
def report_submit(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    report = get_object_or_404(Report.objects.visible_to(request.user), pk=report_id)
    submit_report(report_id=report.pk, by=request.user, at=now())
    messages.success(request, "报告已提交，等待信用办审核。")
    return redirect("report_detail", report.pk)


@require_safe
@for_roles(*READERS)
def report_xlsx(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    report = get_object_or_404(Report.objects.visible_to(request.user).select_related("agency"), pk=report_id)
    content = export_report(report=report, by=request.user, at=now())
    return HttpResponse(
        content,
        content_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="report-{report.period}.xlsx"',
            "Cache-Control": "no-store",
        },
    )
