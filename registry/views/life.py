"""Before a listing and after it: notices served, grace granted, the archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, InvalidInput
from registry import life_presenters, presenters
from registry.life_forms import ArchiveLookForm, ArchiveSearchForm, GracePeriodForm, RiskNoticeForm
from registry.lifecycle import ENDED
from registry.models import GracePeriod, Listing, RiskNotice
from registry.rules.case_numbers import read_case_number
from registry.services import archive
from registry.services.grace import grant_grace
from registry.services.notices import record_notice
from registry.views.guards import CourtRequest, for_court

PAGE = 30


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def court_notices(request: CourtRequest) -> HttpResponse:
    """Warnings of the court, the latest first, and the form for the next."""
    form = RiskNoticeForm(request.POST or None)
    if request.method == "POST" and done(form, lambda: record_notice(**form.cleaned_data, by=request.user, at=now())):
        messages.success(request, "已登记。报送纳入时，方案不再提示缺少风险提示。")
        return redirect("court_notices")
    visible = RiskNotice.objects.visible_to(request.user).select_related("court", "recorded_by")
    context = {"form": form, **page_of(visible, request.GET.get("after", ""))}
    return render(request, "registry/court_notices.html", context, status=422 if form.errors else 200)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def court_grace(request: CourtRequest) -> HttpResponse:
    """Grace granted by the court, the latest first, and the form for the next."""
    form = GracePeriodForm(request.POST or None)
    if request.method == "POST" and done(form, lambda: grant_grace(**form.given, by=request.user, at=now())):
        messages.success(request, "已登记宽限期。期间报送纳入该被执行人的，不予入库。")
        return redirect("court_grace")
    today = localdate()
    visible = GracePeriod.objects.visible_to(request.user).select_related("court", "listing", "recorded_by")
    found = page_of(visible, request.GET.get("after", ""))
    context = {"form": form, **found, "rows": [life_presenters.grace_row(period, today) for period in found["rows"]]}
    return render(request, "registry/court_grace.html", context, status=422 if form.errors else 200)


def done(form: Form, service: Callable[[], object]) -> bool:
    """Whether the form was in order and its service took it; what either found wrong stands beside the fields."""
    if not form.is_valid():
        return False
    try:
        service()
    except InvalidInput as refusal:
        for problem in refusal.errors:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
    except Conflict as refusal:
        form.add_error(None, refusal.detail)
    return not form.errors


def page_of(records: Any, after: str) -> dict[str, Any]:
    """One page by key, newest first, and the key of the next."""
    records = records.order_by("-pk")
    try:
        records = records.filter(pk__lt=UUID(after)) if after else records
    except ValueError:
        pass
    found = list(records[: PAGE + 1])
    return {"rows": found[:PAGE], "next_key": str(found[PAGE - 1].pk) if len(found) > PAGE else ""}


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def court_archive(request: CourtRequest) -> HttpResponse:
    """Ended listings of the court by case number, names masked; each opens only with a reason."""
    given = request.POST if request.method == "POST" else None
    form = ArchiveSearchForm(given)
    ended = Listing.objects.editable_by(request.user).filter(status__in=ENDED).select_related("court__region__parent")
    case = read_case_number(form.cleaned_data["case_number"]) if form.is_valid() else None
    if form.is_bound and form.is_valid() and form.cleaned_data["case_number"]:
        if case is None:
            form.add_error("case_number", "案号无法识别，请按“（2020）鲁0116执1234号”的样式填写。")
        ended = ended.filter(case_key=case.key) if case else ended.none()
    found = page_of(ended, request.GET.get("after", ""))
    context = {
        "form": form,
        "rows": life_presenters.archive_rows(found["rows"]),
        "next_key": found["next_key"],
        "is_search": form.is_bound,
    }
    return render(request, "registry/court_archive.html", context, status=422 if form.errors else 200)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def archive_listing(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """An ended listing: first the reason, then, on the same address and recorded, what the archive holds."""
    ended = Listing.objects.editable_by(request.user).filter(status__in=ENDED).select_related("court__region__parent")
    listing = get_object_or_404(ended, pk=listing_id)
    form = ArchiveLookForm(request.POST or None)
    context: dict[str, Any] = {"listing": listing, "form": form, "kept": archive.kept_until(listing)}
    if request.method == "POST" and form.is_valid():
        opened = archive.look_into(listing_id=listing.pk, by=request.user, at=now(), **form.cleaned_data)
        changes = opened.changes.select_related("by").order_by("-id")
        context |= {
            "listing": opened,
            "is_open": True,
            "facts": presenters.listing_facts(opened),
            "exit_facts": presenters.exit_facts(opened),
            "relations": opened.relations.order_by("until", "role"),
            "former_names": opened.subject.former_names.order_by("-known_since"),
            "events": presenters.listing_events(changes),
        }
    return render(request, "registry/archive_listing.html", context, status=422 if form.errors else 200)


urls = [
    path("court/notices/", court_notices, name="court_notices"),
    path("court/grace/", court_grace, name="court_grace"),
    path("court/archive/", court_archive, name="court_archive"),
    path("court/archive/<uuid:listing_id>/", archive_listing, name="archive_listing"),
]
