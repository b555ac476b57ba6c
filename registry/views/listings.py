"""Listings of a court: find them, read them, and act on them by the book."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from registry import life_presenters, presenters
from registry.clocks import clocks_of
from registry.forms import ListingSearchForm
from registry.lifecycle import ENDED
from registry.models import Listing, RiskNotice
from registry.search import Asked, narrow, read_key
from registry.views.guards import CourtRequest, for_court

PAGE = 30


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def court_listings(request: CourtRequest) -> HttpResponse:
    """The court's list. Names and identifiers come by POST; only status and kind may stand in the address."""
    given = request.POST if request.method == "POST" else _addressable(request.GET)
    form = ListingSearchForm(given or None)
    asked = Asked()
    if form.is_valid():
        data = form.cleaned_data
        asked = Asked(
            name_key=data["name"],
            identified=data["id_number"],
            case_key=data["case_number"],
            status=data["status"],
            kind=data["kind"],
        )
    found: list[Listing] = []
    more = ""
    if not form.errors:
        visible = narrow(Listing.objects.visible_to(request.user), asked).with_parties().order_by("-id")
        if asked.is_empty:
            visible = visible.live()
        after = read_key(given.get("after", ""))
        if after is not None:
            visible = visible.filter(pk__lt=after)
        found = list(visible[: PAGE + 1])
        more = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    context = {
        "form": form,
        "listings": found[:PAGE],
        "more": more,
        "is_later_page": bool(given.get("after")),
        "is_search": not asked.is_empty,
    }
    return render(request, "registry/court_listings.html", context, status=422 if form.errors else 200)


def _addressable(query: QueryDict) -> QueryDict:
    """What of the search may stand in an address; a name or an identifier there is not taken up."""
    kept = QueryDict(mutable=True)
    for name in ("status", "kind", "after"):
        if name in query:
            kept.setlist(name, query.getlist(name))
    return kept


@for_court
@require_safe
def listing_detail(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """What is on record about one listing; acts only for the court that listed. An ended one opens in the archive."""
    found = Listing.objects.visible_to(request.user).select_related(
        "court__region__parent", "batch", "subject", "grace", "source"
    )
    listing = get_object_or_404(found, pk=listing_id)
    changes = list(listing.changes.select_related("by").order_by("-id"))
    today = localdate()
    is_own = listing.court_id == request.user.agency.court_id and listing.source_id is None
    is_ended = listing.status in ENDED
    acts = life_presenters.acts(listing, today) if is_own else []
    context = {
        "listing": listing,
        "is_own": is_own,
        "is_ended": is_ended,
        "law": life_presenters.law_now(listing, today),
        "exit_facts": presenters.exit_facts(listing),
        "clocks": clocks_of(listing, changes, today),
        "events": presenters.listing_events(changes, with_facts=not is_ended),
        "next_act": acts[0] if acts else None,
        "more_acts": acts[1:],
    }
    if not is_ended:
        context |= {
            "facts": presenters.listing_facts(listing),
            "relations": listing.relations.order_by("until", "role"),
            "former_names": listing.subject.former_names.order_by("-known_since"),
            "notices": RiskNotice.objects.visible_to(request.user).about(listing).order_by("-served_on"),
        }
    return render(request, "registry/listing_detail.html", context)
