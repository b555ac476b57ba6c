"""Reports upward about organs, enterprises, deputies and members among the debtors: marks, requests, workbooks."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST

from registry import organ_report_presenters as presenters
from registry.choices import OrganBody
from registry.lifecycle import LIVE
from registry.models import Court, DebtorMark, Listing, OrganReport
from registry.organ_report_forms import CategoryForm, ClearForm, DecideForm, ReportRequestForm, SendingForm
from registry.rules import organ_reports as rules
from registry.services import debtor_marks
from registry.services import organ_reports as services
from registry.views.guards import CourtRequest, for_court
from registry.views.life import done

PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_categories(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """What the debtor of one listing is marked as, and a new mark."""
    listing = get_object_or_404(Listing.objects.editable_by(request.user).with_parties(), pk=listing_id)
    marks = list(listing.marks.select_related("set_by", "cleared_by").order_by("-id"))
    given = request.POST if request.method == "POST" else None
    form = CategoryForm(given, listing=listing, standing=[mark.category for mark in marks if not mark.cleared_at])
    if given is not None and done(
        form,
        lambda: debtor_marks.set_category(listing_id=listing.pk, by=request.user, at=now(), **form.cleaned_data),
    ):
        messages.success(request, "已标记，下次报告时列入。")
        return redirect("listing_categories", listing.pk)
    return _categories(request, listing, marks, form)


@for_court
@require_POST
def category_clear(request: CourtRequest, mark_id: UUID) -> HttpResponse:
    """Take a mark back, with a reason."""
    mine = DebtorMark.objects.editable_by(request.user).select_related("listing__court")
    mark = get_object_or_404(mine, pk=mark_id)
    form = ClearForm(request.POST)
    if done(form, lambda: debtor_marks.clear_category(mark_id=mark.pk, by=request.user, at=now(), **form.cleaned_data)):
        messages.success(request, "已取消标记，尚未下载的报告不再列入。")
        return redirect("listing_categories", mark.listing_id)
    marks = list(mark.listing.marks.select_related("set_by", "cleared_by").order_by("-id"))
    standing = [each.category for each in marks if not each.cleared_at]
    return _categories(request, mark.listing, marks, CategoryForm(listing=mark.listing, standing=standing), form)


def _categories(
    request: CourtRequest, listing: Listing, marks: list[DebtorMark], form: CategoryForm, clear: ClearForm | None = None
) -> HttpResponse:
    context = {
        "listing": listing,
        "standing": [mark for mark in marks if not mark.cleared_at],
        "cleared": [mark for mark in marks if mark.cleared_at],
        "form": form,
        "clear": clear,
        "may_mark": listing.status in LIVE and listing.source_id is None,
        "has_choices": bool(form.fields["category"].choices),  # type: ignore[attr-defined]
    }
    is_bad = bool(form.errors or (clear and clear.errors))
    return render(request, "registry/listing_categories.html", context, status=422 if is_bad else 200)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def organ_reports(request: CourtRequest) -> HttpResponse:
    """What could be reported to whom now, the form for a new report, and the reports of the court."""
    court = get_object_or_404(
        Court.objects.speaking_for(request.user).select_related("region"), pk=request.user.agency.court_id
    )
    periods = list(rules.periods(localdate(), services.every_of(court)))
    form = ReportRequestForm(request.POST if request.method == "POST" else None, periods=periods)
    if request.method == "POST":
        made: list[OrganReport] = []
        if done(
            form,
            lambda: made.append(services.request_report(court=court, by=request.user, at=now(), **form.cleaned_data)),
        ):
            messages.success(request, "已申请，请另一名复核人批准。")
            return redirect("organ_report", made[0].pk)
    counted = {"marked": Count("pk"), "hidden": Count("pk", filter=Q(listing__publishable=False))}
    bodies = [
        {
            "label": body.label,
            "categories": presenters.heard_of(body),
            **services.marks_for(request.user, body.value, periods[0].last).aggregate(**counted),
        }
        for body in OrganBody
    ]
    reports = OrganReport.objects.editable_by(request.user).with_people().order_by("-id")
    context = {
        "bodies": bodies,
        "form": form,
        "rule": services.rule_of(court),
        "citation": rules.CITATION,
        "page": Paginator(reports, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "registry/organ_reports.html", context, status=422 if form.errors else 200)


@for_court
@require_http_methods(["GET", "HEAD"])
def organ_report(request: CourtRequest, report_id: UUID) -> HttpResponse:
    """One report: what it carries, who decides, the workbook, its history."""
    return _show(request, _mine(request, report_id))


@for_court
@require_POST
def organ_report_decide(request: CourtRequest, report_id: UUID, verb: str) -> HttpResponse:
    """Approve or send back."""
    report = _mine(request, report_id)
    form = DecideForm(request.POST)
    act = services.approve_report if verb == "approve" else services.refuse_report
    if not done(form, lambda: act(report_id=report.pk, by=request.user, at=now(), **form.cleaned_data)):
        return _show(request, report, decide=form)
    said = "已批准，七日内可以下载。" if verb == "approve" else "已退回，没有任何内容导出。"
    messages.success(request, said)
    return redirect("organ_report", report.pk)


@for_court
@require_POST
def organ_report_xlsx(request: CourtRequest, report_id: UUID) -> HttpResponseBase:
    """The workbook, for the person who asked and the person who approved."""
    report = _mine(request, report_id)
    file = services.take_report(report_id=report.pk, by=request.user, at=now())
    name = f"{report.period_label}报{report.get_body_display()}.xlsx"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response["Cache-Control"] = "no-store"
    return response


@for_court
@require_POST
def organ_report_sent(request: CourtRequest, report_id: UUID) -> HttpResponse:
    """Record when the report went out."""
    report = _mine(request, report_id)
    form = SendingForm(request.POST)
    if not done(
        form, lambda: services.record_sending(report_id=report.pk, by=request.user, at=now(), **form.cleaned_data)
    ):
        return _show(request, report, sending=form)
    messages.success(request, "报送已登记。")
    return redirect("organ_report", report.pk)


def _mine(request: CourtRequest, report_id: UUID) -> OrganReport:
    report: OrganReport = get_object_or_404(OrganReport.objects.editable_by(request.user).with_people(), pk=report_id)
    return report


def _show(
    request: CourtRequest, report: OrganReport, *, decide: DecideForm | None = None, sending: SendingForm | None = None
) -> HttpResponse:
    person = request.user
    marks = DebtorMark.objects.visible_to(person).standing().filter(reported__report=report)
    marks = marks.select_related("listing__court").order_by("category", "pk")
    is_open = report.expires_at is not None and now() < report.expires_at
    page = Paginator(marks, PAGE).get_page(request.GET.get("page"))
    context = {
        "report": report,
        "page": page,
        "gone": report.rows_count - page.paginator.count,
        "hidden": marks.filter(listing__publishable=False).count(),
        "is_requester": report.requested_by_id == person.pk,
        "may_decide": report.requested_by_id != person.pk and person.role == "reviewer",
        "may_take": is_open and person.pk in (report.requested_by_id, report.decided_by_id),
        "is_over": report.expires_at is not None and not is_open,
        "decide": decide or DecideForm(),
        "sending": sending or SendingForm(),
        "facts": presenters.facts(report),
        "events": presenters.events(report.transitions.select_related("by").order_by("-id")),
    }
    is_bad = bool((decide and decide.errors) or (sending and sending.errors))
    return render(request, "registry/organ_report.html", context, status=422 if is_bad else 200)


urls = [
    path("court/listings/<uuid:listing_id>/categories/", listing_categories, name="listing_categories"),
    path("court/categories/<uuid:mark_id>/clear/", category_clear, name="category_clear"),
    path("court/organ-reports/", organ_reports, name="organ_reports"),
    path("court/organ-reports/<uuid:report_id>/", organ_report, name="organ_report"),
    path(
        "court/organ-reports/<uuid:report_id>/approve/",
        organ_report_decide,
        {"verb": "approve"},
        name="organ_report_approve",
    ),
    path(
        "court/organ-reports/<uuid:report_id>/refuse/",
        organ_report_decide,
        {"verb": "refuse"},
        name="organ_report_refuse",
    ),
    path("court/organ-reports/<uuid:report_id>/report.xlsx", organ_report_xlsx, name="organ_report_xlsx"),
    path("court/organ-reports/<uuid:report_id>/sent/", organ_report_sent, name="organ_report_sent"),
]
