"""Listings of a court: find them, read them, and act on them by the book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import InvalidInput
from registry import presenters
from registry.choices import ListingStatus
from registry.clocks import clocks_of
from registry.forms import (
    ActForm,
    ListingCorrectForm,
    ListingResumeForm,
    ListingRevokeForm,
    ListingSearchForm,
    ListingShieldForm,
    ListingSuspendForm,
)
from registry.lifecycle import require_move
from registry.models import Listing
from registry.search import Asked, narrow
from registry.services import listings
from registry.views.guards import CourtRequest, for_court

PAGE = 30


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def court_listings(request: CourtRequest) -> HttpResponse:
    """The court's list. Names and identifiers come by POST; only status and kind may stand in the address."""
    given = request.POST if request.method == "POST" else request.GET
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
        after = _uuid(given.get("after", ""))
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


@for_court
@require_safe
def listing_detail(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Everything on record about one listing; acts only for the court that listed."""
    found = Listing.objects.visible_to(request.user).select_related("court__region__parent", "batch", "subject")
    listing = get_object_or_404(found, pk=listing_id)
    changes = list(listing.changes.select_related("by").order_by("-id"))
    is_own = listing.court_id == request.user.agency.court_id
    context = {
        "listing": listing,
        "is_own": is_own,
        "facts": presenters.listing_facts(listing),
        "exit_facts": presenters.exit_facts(listing),
        "relations": listing.relations.order_by("until", "role"),
        "former_names": listing.subject.former_names.order_by("-known_since"),
        "clocks": clocks_of(listing, changes, localdate()),
        "events": presenters.listing_events(changes),
        "acts": presenters.acts(listing) if is_own else [],
    }
    return render(request, "registry/listing_detail.html", context)


@dataclass(frozen=True)
class Act:
    """One act on a listing: the words of its page, its form, its service, and the state it leads to."""

    title: str
    lead: str
    button: str
    done: str
    form: type[ActForm]
    service: Callable[..., Listing]
    to_status: ListingStatus | None = None
    is_ending: bool = False


SHIELD = Act(
    title="屏蔽条目",
    lead="被执行人符合法定的退出情形。屏蔽后条目退出名单，各单位收到解除任务；再次失信的，作为新条目纳入。",
    button="确认屏蔽",
    done="已屏蔽，相关单位将收到解除通知。",
    form=ListingShieldForm,
    service=listings.shield_listing,
    to_status=ListingStatus.SHIELDED,
    is_ending=True,
)
REVOKE = Act(
    title="撤销条目",
    lead="不应纳入而纳入的，三个工作日内撤销（法释〔2017〕7号第九条）。撤销后视为自始未纳入，各单位须全部解除。",
    button="确认撤销",
    done="已撤销，相关单位将收到解除通知。",
    form=ListingRevokeForm,
    service=listings.revoke_listing,
    to_status=ListingStatus.REVOKED,
    is_ending=True,
)
SUSPEND = Act(
    title="暂停措施",
    lead="名单信息需要核实的，核实期间各单位暂不执行措施；条目仍在名单上，核实后可以恢复。",
    button="确认暂停",
    done="已暂停，核实期间各单位暂不执行措施。",
    form=ListingSuspendForm,
    service=listings.suspend_listing,
    to_status=ListingStatus.SUSPENDED,
)
RESUME = Act(
    title="恢复措施",
    lead="信息已核实无误的，恢复执行措施。",
    button="确认恢复",
    done="已恢复，各单位继续执行措施。",
    form=ListingResumeForm,
    service=listings.resume_listing,
    to_status=ListingStatus.ACTIVE,
)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_shield(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Take a listing off the list (002 §四(二)4)."""
    return _act(request, listing_id, SHIELD)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_revoke(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Declare a listing never valid (法释〔2017〕7号 art. 9)."""
    return _act(request, listing_id, REVOKE)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_suspend(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """No measure applies while information is verified (002 §四(二)6)."""
    return _act(request, listing_id, SUSPEND)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_resume(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Verified: measures apply again."""
    return _act(request, listing_id, RESUME)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_correct(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Put published facts right (法释〔2017〕7号 art. 9)."""
    listing = _editable(request, listing_id)
    form = ListingCorrectForm(request.POST or None, listing=listing)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            listings.correct_listing(
                listing_id=listing.pk,
                corrections=form.corrections,
                ground=data["ground"],
                document_number=data["document_number"],
                happened_on=data["happened_on"],
                by=request.user,
                at=now(),
            )
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)
        else:
            messages.success(request, "已更正，更正内容已写入变更流。")
            return redirect("listing_detail", listing.pk)
    context = {"form": form, "listing": listing}
    return render(request, "registry/listing_correct.html", context, status=422 if form.errors else 200)


def _act(request: CourtRequest, listing_id: UUID, act: Act) -> HttpResponse:
    """The form of an act, and the act. A listing whose state forbids it answers 409 with a sentence."""
    listing = _editable(request, listing_id)
    if act.to_status is not None:
        require_move(listing.status, act.to_status)
    form = act.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act.service(listing_id=listing.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)
        else:
            messages.success(request, act.done)
            return redirect("listing_detail", listing.pk)
    context = {"form": form, "listing": listing, "act": act}
    return render(request, "registry/listing_act.html", context, status=422 if form.errors else 200)


def put_beside_fields(form: ActForm, refusal: InvalidInput) -> None:
    """What a service finds wrong with the input, where it was typed."""
    for problem in refusal.errors:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
    if not refusal.errors:
        form.add_error(None, refusal.detail or refusal.title)


def _editable(request: CourtRequest, listing_id: UUID) -> Listing:
    listing: Listing = get_object_or_404(Listing.objects.editable_by(request.user).with_parties(), pk=listing_id)
    return listing


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
