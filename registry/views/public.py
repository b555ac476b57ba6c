"""What anybody may look up: published facts of active listings, masked."""

from __future__ import annotations

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import rates
from core.api import PublicThrottle
from core.errors import TooMany
from registry import presenters
from registry.forms import PublicSearchForm
from registry.models import Listing
from registry.search import Asked, narrow

SHOWN = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def public_search(request: HttpRequest) -> HttpResponse:
    """Search by whole name; nothing that has ended, is being verified or is unfit for publication is ever shown."""
    form = PublicSearchForm(request.POST if request.method == "POST" else None)
    found: list[Listing] = []
    is_answer = False
    if request.method == "POST":
        _count(request)
        if form.is_valid():
            data = form.cleaned_data
            asked = Asked(name_key=data["name"], identified=data["id_number"], case_key=data["case_number"])
            published = narrow(Listing.objects.published(), asked).with_parties()
            found = list(published.prefetch_related("relations").order_by("-id")[: SHOWN + 1])
            is_answer = True
    context = {
        "form": form,
        "is_answer": is_answer,
        "results": [presenters.public_facts(listing) for listing in found[:SHOWN]],
        "has_more": len(found) > SHOWN,
        "shown": SHOWN,
    }
    response = render(request, "registry/public_search.html", context, status=422 if form.errors else 200)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _count(request: HttpRequest) -> None:
    """Raises TooMany above the rate for callers without an account."""
    throttle = PublicThrottle()
    limits: dict[str, str] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]  # type: ignore[assignment]
    rate = rates.Rate.parse(limits[throttle.scope])
    if not rates.hit(throttle.scope, f"address:{throttle.get_ident(request)}", rate, time.time()).is_allowed:  # type: ignore[arg-type]
        raise TooMany("查询过于频繁，请一分钟后再试。")
