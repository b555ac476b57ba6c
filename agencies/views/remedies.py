"""Objections and credit repairs at a unit: taken at the counter, referred, and answered where they are the unit's."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_safe

from agencies.access import SignedInRequest, for_roles
from agencies.choices import RepairDecisionStatus, UserRole
from agencies.enforcement_forms import measure_label
from agencies.enforcement_presenters import timeline
from agencies.models import RepairDecision
from agencies.remedy_forms import DecideRepairForm, ReferForm, TakeRepairForm
from agencies.services.objections import met_listing, refer_objection, take_repair_application
from agencies.services.repairs import decide_repair
from core.calendar import DayType, days_left
from core.errors import InvalidInput
from measures.models import Measure
from registry import remedy_presenters
from registry.choices import RemedyKind
from registry.models import CreditRepair, Listing, Objection
from registry.views.listing_acts import put_beside_fields
from registry.views.remedies import add_file

PAGE = 30
STAFF = UserRole.AGENCY_STAFF


@require_safe
@for_roles(STAFF)
def agency_objections(request: SignedInRequest) -> HttpResponse:
    """What the unit has referred to the courts, and what has become of it."""
    mine = Objection.objects.visible_to(request.user).with_listing().order_by("-pk")
    page = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": remedy_presenters.rows(page, localdate())}
    return render(request, "agencies/objections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(STAFF)
def agency_objection_create(request: SignedInRequest) -> HttpResponse:
    """Take an objection to a measure of this unit and refer it. The address names the listing, perhaps the measure."""
    listing = _listing_of(request)
    if listing is None:
        return _to_choose(request, "agency_objections")
    is_sent = request.method == "POST"
    form = ReferForm(request.POST, request.FILES) if is_sent else ReferForm(initial=_measure_of(request))
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        try:
            objection = refer_objection(listing_id=listing.pk, by=request.user, at=now(), **given)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)  # type: ignore[arg-type]
        else:
            messages.success(request, f"已登记并移送{listing.court}。")
            if file:
                add_file(request, Objection, objection.pk, file)
            return redirect("remedy_detail", RemedyKind.OBJECTION.value, objection.pk)
    context = {"form": form, "listing": listing}
    return render(request, "agencies/objection_form.html", context, status=422 if form.errors else 200)


@require_safe
@for_roles(STAFF)
def agency_repairs(request: SignedInRequest) -> HttpResponse:
    """What this unit has to decide, the nearest limit first; then what it has decided."""
    today = localdate()
    mine = RepairDecision.objects.editable_by(request.user)
    state = "done" if request.GET.get("state") == "done" else "due"
    shown = mine.exclude(status="due").order_by("-decided_on", "-pk") if state == "done" else mine.open()
    page = Paginator(shown.select_related("repair__listing__court"), PAGE).get_page(request.GET.get("page"))
    counts = {"due": mine.open().count(), "done": mine.exclude(status="due").count()}
    context = {
        "page": page,
        "rows": [_row(decision, today) for decision in page],
        "state": state,
        "tabs": [
            {"label": label, "url": f"?state={name}", "current": name == state, "count": counts[name]}
            for name, label in (("due", "待本单位决定"), ("done", "已决定"))
        ],
    }
    return render(request, "agencies/repairs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(STAFF)
def repair_decide(request: SignedInRequest, decision_id: UUID) -> HttpResponse:
    """One application, and this unit's answer to it."""
    mine = RepairDecision.objects.editable_by(request.user).select_related("repair__listing__court")
    decision = get_object_or_404(mine, pk=decision_id)
    form = DecideRepairForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        is_allowed = given.pop("decision") == RepairDecisionStatus.ALLOWED
        try:
            decide_repair(decision_id=decision_id, is_allowed=is_allowed, by=request.user, at=now(), **given)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)  # type: ignore[arg-type]
        else:
            messages.success(request, "本单位的决定已登记，并随条目公布。")
            return redirect("agency_repairs")
    context = {
        "row": _row(decision, localdate()),
        "decision": decision,
        "form": form,
        "events": timeline(decision.transitions.select_related("by"), RepairDecisionStatus),
    }
    return render(request, "agencies/repair_decide.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(STAFF)
def agency_repair_create(request: SignedInRequest) -> HttpResponse:
    """Take an application for credit repair at this unit's counter."""
    listing = _listing_of(request)
    if listing is None:
        return _to_choose(request, "agency_repairs")
    form = TakeRepairForm(request.POST, request.FILES) if request.method == "POST" else TakeRepairForm()
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        try:
            repair = take_repair_application(listing_id=listing.pk, by=request.user, at=now(), **given)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)  # type: ignore[arg-type]
        else:
            messages.success(request, "已登记，曾采取措施的单位将各自决定。")
            if file:
                add_file(request, CreditRepair, repair.pk, file)
            return redirect("remedy_detail", RemedyKind.REPAIR.value, repair.pk)
    context = {"form": form, "listing": listing}
    return render(request, "agencies/repair_form.html", context, status=422 if form.errors else 200)


def _listing_of(request: SignedInRequest) -> Listing | None:
    """The listing that the address names; None where it names none."""
    try:
        listing_id = UUID(request.GET.get("listing", ""))
    except ValueError:
        return None
    return met_listing(listing_id=listing_id, by=request.user)


def _to_choose(request: SignedInRequest, page: str) -> HttpResponse:
    messages.info(request, "请打开核查结果或执行记录，从有关的名单条目登记。")
    return redirect(page)


def _measure_of(request: SignedInRequest) -> dict[str, str]:
    """The words of the measure that the address names."""
    try:
        measure = Measure.objects.filter(pk=UUID(request.GET.get("measure", ""))).select_related("document").first()
    except ValueError:
        measure = None
    return {"measure": f"{measure.document} {measure_label(measure)}"[:300]} if measure else {}


def _row(decision: RepairDecision, today: date) -> dict[str, Any]:
    return {"decision": decision, "days_left": days_left(today, decision.due_on, DayType.WORKING)}
