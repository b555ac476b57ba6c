"""The court's desk: what waits, what is under way, what ends soon."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from registry import batch_presenters, presenters, remedy_presenters
from registry.models import Batch, Listing
from registry.views.guards import CourtRequest, for_court
from registry.worklist import STATES, Wanted, reminders, work

SHOWN = 5
TERMS_SHOWN = 10
TERMS_WITHIN = 30  # days


@for_court
@require_safe
def court_home(request: CourtRequest) -> HttpResponse:
    """One page from which the day's work starts; the next action is always the upload."""
    today = localdate()
    waiting = Batch.objects.waiting_for(request.user).with_people()
    own = Batch.objects.visible_to(request.user).filter(uploaded_by_id=request.user.pk).with_people()
    listings = Listing.objects.editable_by(request.user)
    counts = dict(listings.values_list("status").annotate(Count("pk")).order_by())
    ending = listings.with_term_ending(today, days=TERMS_WITHIN)[:TERMS_SHOWN]
    remedies = {name: work(request.user, Wanted(name), today).count() for name in ("open", "late", "below")}
    context = {
        "remedies": [
            {"label": STATES[name], "value": count, "href": f"{reverse('court_remedies')}?state={name}"}
            for name, count in remedies.items()
            if count
        ],
        "reminders": remedy_presenters.reminders(reminders(request.user), today),
        "is_reviewer": request.user.role == "reviewer",
        "waiting": batch_presenters.lines(waiting[:SHOWN], request.user),
        "under_way": batch_presenters.lines(own.under_way()[:SHOWN], request.user),
        "failed": batch_presenters.lines(own.filter(status__in=["failed", "refused"])[:SHOWN], request.user),
        "states": presenters.states(counts),
        "ending": presenters.ending_terms(ending, today),
        "terms_within": TERMS_WITHIN,
    }
    return render(request, "registry/court_home.html", context)
