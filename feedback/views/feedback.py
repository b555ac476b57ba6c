"""Feedback on single enforcements: the unit writes it, the court reads it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from agencies.access import SignedInRequest, for_roles
from agencies.choices import UserRole
from agencies.models import Agency, Enforcement
from core.errors import InvalidInput
from feedback.forms import CourtFeedbackFilter, FeedbackForm, add_problems
from feedback.models import Feedback
from feedback.services.feedback import send_feedback

PAGE_SIZE = 30


@require_safe
@for_roles(UserRole.AGENCY_STAFF)
def agency_feedback(request: SignedInRequest) -> HttpResponse:
    """Enforcements that nobody has reported on, then what was sent."""
    shows_sent = request.GET.get("view") == "sent"
    owed = Enforcement.objects.editable_by(request.user).filter(feedback__isnull=True)
    sent = Feedback.objects.visible_to(request.user)
    owed_count, sent_count = owed.count(), sent.count()
    rows = sent.with_enforcement() if shows_sent else owed.select_related("listing__court", "measure__document")
    context = {
        "shows_sent": shows_sent,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": [
            {"label": "待反馈", "url": "?", "current": not shows_sent, "count": owed_count},
            {"label": "已反馈", "url": "?view=sent", "current": shows_sent, "count": sent_count},
        ],
    }
    return render(request, "feedback/agency_feedback.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(UserRole.AGENCY_STAFF)
def feedback_create(request: SignedInRequest, enforcement_id: UUID) -> HttpResponse:
    """Write to the court about one enforcement."""
    enforcement = get_object_or_404(
        Enforcement.objects.editable_by(request.user).select_related("listing__court", "measure__document"),
        pk=enforcement_id,
    )
    form = FeedbackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_feedback(enforcement_id=enforcement.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as error:
            add_problems(form, error)
        else:
            messages.success(request, f"已反馈给{enforcement.listing.court}。")
            return redirect("agency_feedback")
    context = {
        "form": form,
        "enforcement": enforcement,
        "earlier": Feedback.objects.visible_to(request.user).filter(enforcement=enforcement).select_related("user"),
        "crumbs": [{"label": "反馈", "url": reverse("agency_feedback")}],
    }
    return render(request, "feedback/feedback_create.html", context, status=422 if form.errors else 200)


@require_safe
@for_roles(UserRole.CLERK, UserRole.REVIEWER)
def court_feedback(request: SignedInRequest) -> HttpResponse:
    """What the units told this court."""
    received = Feedback.objects.visible_to(request.user)
    form = CourtFeedbackFilter(request.GET or None)
    form.fields["unit"].queryset = Agency.objects.filter(  # type: ignore[attr-defined]
        pk__in=received.order_by().values("agency_id")
    )
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = received.with_enforcement().matching(
        unit=chosen.get("unit"), since=chosen.get("since"), until=chosen.get("until")
    )
    context = {
        "form": form,
        "is_filtered": any(chosen.values()),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "feedback/court_feedback.html", context, status=422 if form.errors else 200)
