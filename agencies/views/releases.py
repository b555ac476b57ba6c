"""What must be let go: the unit's tasks, the court's view of its listings, the credit office's view of the units."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import enforcement_presenters as presenters
from agencies.access import SignedInRequest, for_roles
from agencies.choices import DutyStatus, RecallStatus, UserRole
from agencies.enforcement_forms import AcknowledgeForm, RecallForm
from agencies.models import Agency, Enforcement, Recall, ReleaseDuty
from agencies.release_states import count_states, in_state
from agencies.services.recalls import acknowledge_recall
from agencies.services.releases import acknowledge_duty, acknowledge_many
from registry.models import Listing

PAGE = 30
COURT = (UserRole.CLERK, UserRole.REVIEWER)
OFFICE = (UserRole.CREDIT_OFFICE, UserRole.ADMINISTRATOR)
LABELS = {"late": "已逾期", "due": "待解除", "done": "已办结"}


def rows_of(duties: Any, today: date) -> list[presenters.DutyRow]:
    return [presenters.duty_row(duty, today) for duty in duties]


@require_safe
@for_roles(UserRole.AGENCY_STAFF)
def agency_releases(request: SignedInRequest) -> HttpResponse:
    """The unit's tasks; what is late comes first."""
    today = localdate()
    mine = ReleaseDuty.objects.editable_by(request.user)
    counts = count_states(mine, today)
    state = request.GET.get("status") or ("late" if counts["late"] else "due")
    shown = in_state(mine, state, today).select_related("listing__court", "measure__document")
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows_of(page, today),
        "state": state,
        "counts": counts,
        "tabs": [
            {"label": label, "url": f"?status={name}", "current": name == state, "count": counts[name]}
            for name, label in LABELS.items()
        ],
        "form": AcknowledgeForm(),
        "recalls": recalls_of(request, today),
        "recall_form": RecallForm(),
    }
    return render(request, "agencies/releases.html", context)


def recalls_of(request: SignedInRequest, today: date) -> list[presenters.RecallRow]:
    """What the unit has been told of revoked listings and has not answered; the oldest first."""
    told = Recall.objects.editable_by(request.user).open().select_related("listing__court").order_by("due_on", "pk")
    return [presenters.recall_row(recall, today) for recall in told[:PAGE]]


@require_POST
@for_roles(UserRole.AGENCY_STAFF)
def recall_acknowledge(request: SignedInRequest, recall_id: UUID) -> HttpResponse:
    """The unit has corrected what it built on a listing that was never valid."""
    get_object_or_404(Recall.objects.editable_by(request.user), pk=recall_id)
    form = RecallForm(request.POST)
    if form.is_valid():
        acknowledge_recall(recall_id=recall_id, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, "已确认，法院和信用办可以看到。")
    else:
        messages.error(request, "请写明已怎样处理。")
    return redirect("agency_releases")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(UserRole.AGENCY_STAFF)
def release_acknowledge(request: SignedInRequest, duty_id: UUID) -> HttpResponse:
    """One task: what is to be released, since when, until when."""
    mine = ReleaseDuty.objects.editable_by(request.user).select_related("listing__court", "measure__document")
    duty = get_object_or_404(mine, pk=duty_id)
    form = AcknowledgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        acknowledge_duty(duty_id=duty_id, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, "已办结，有关措施已全部解除。")
        return redirect("agency_releases")
    same = {"agency_id": duty.agency_id, "listing_id": duty.listing_id, "measure_id": duty.measure_id}
    context = {
        "row": presenters.duty_row(duty, localdate()),
        "enforcements": Enforcement.objects.editable_by(request.user).filter(**same).exclude(decision="not_applied"),
        "events": presenters.timeline(duty.transitions.select_related("by"), DutyStatus),
        "form": form,
    }
    return render(request, "agencies/release_acknowledge.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles(UserRole.AGENCY_STAFF)
def releases_acknowledge(request: SignedInRequest) -> HttpResponse:
    """Several tasks with one statement."""
    form = AcknowledgeForm(request.POST)
    chosen = [UUID(text) for text in request.POST.getlist("duty") if is_uuid(text)]
    if not chosen:
        messages.warning(request, "没有选中任何解除任务。请勾选后再办理。")
    elif not form.is_valid():
        messages.error(request, "请填写办理说明。")
    else:
        closed = acknowledge_many(duty_ids=chosen, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, f"已办结 {len(closed)} 项解除任务。")
    return redirect("agency_releases")


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_safe
@for_roles(*COURT)
def court_releases(request: SignedInRequest) -> HttpResponse:
    """Per ended listing of this court: how many units have released, and which are late."""
    today = localdate()
    visible = ReleaseDuty.objects.visible_to(request.user)
    listings = (
        Listing.objects.editable_by(request.user)
        .filter(release_duties__isnull=False)
        .annotate(
            total=Count("release_duties"),
            done=Count("release_duties", filter=Q(release_duties__status=DutyStatus.DONE)),
            late=Count(
                "release_duties",
                filter=Q(release_duties__status=DutyStatus.DUE, release_duties__due_on__lt=today),
            ),
            last_opened=Max("release_duties__opened_at"),
        )
        .order_by("-last_opened", "-pk")
    )
    counts = {"open": listings.filter(done__lt=F("total")).count(), "done": listings.filter(done=F("total")).count()}
    state = request.GET.get("status", "open")
    listings = listings.filter(done=F("total")) if state == "done" else listings.filter(done__lt=F("total"))
    page = Paginator(listings.select_related("court"), PAGE).get_page(request.GET.get("page"))
    waiting: dict[UUID, list[presenters.DutyRow]] = {}
    open_duties = visible.open().filter(listing__in=[listing.pk for listing in page])
    for row in rows_of(open_duties.select_related("agency", "measure"), today):
        waiting.setdefault(row.duty.listing_id, []).append(row)
    context = {
        "page": page,
        "rows": [(listing, waiting.get(listing.pk, [])) for listing in page],
        "state": state,
        "tabs": [
            {"label": "未全部解除", "url": "?status=open", "current": state != "done", "count": counts["open"]},
            {"label": "已全部解除", "url": "?status=done", "current": state == "done", "count": counts["done"]},
        ],
    }
    context["recalls"] = list(
        Listing.objects.editable_by(request.user)
        .filter(recalls__isnull=False)
        .annotate(told=Count("recalls"), waiting=Count("recalls", filter=Q(recalls__status=RecallStatus.TOLD)))
        .order_by("-changed_at", "-pk")[:PAGE]
    )
    return render(request, "agencies/court_releases.html", context)


@require_safe
@for_roles(*OFFICE)
def credit_releases(request: SignedInRequest) -> HttpResponse:
    """By unit: late, due, done; a number opens the rows behind it."""
    today = localdate()
    visible = ReleaseDuty.objects.visible_to(request.user)
    unit_id, state = request.GET.get("unit", ""), request.GET.get("status", "")
    units = (
        Agency.objects.visible_to(request.user)
        .filter(release_duties__in=visible)
        .annotate(
            late=Count(
                "release_duties",
                filter=Q(release_duties__status=DutyStatus.DUE, release_duties__due_on__lt=today),
            ),
            due=Count(
                "release_duties",
                filter=Q(release_duties__status=DutyStatus.DUE, release_duties__due_on__gte=today),
            ),
            done=Count("release_duties", filter=Q(release_duties__status=DutyStatus.DONE)),
        )
        .order_by("-late", "-due", "pk")
    )
    context: dict[str, Any] = {"units": units, "counts": count_states(visible, today), "state": state}
    if unit_id or state:
        rows = in_state(visible, state, today)
        if unit_id:
            unit = get_object_or_404(
                Agency.objects.visible_to(request.user), pk=int(unit_id) if unit_id.isdigit() else 0
            )
            rows = rows.filter(agency=unit)
            context["unit"] = unit
        page = Paginator(rows.select_related("agency", "listing__court", "measure__document"), PAGE).get_page(
            request.GET.get("page")
        )
        context |= {"page": page, "rows": rows_of(page, today), "label": LABELS.get(state, "全部")}
    return render(request, "agencies/credit_releases.html", context)
