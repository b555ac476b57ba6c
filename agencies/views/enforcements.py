"""What the unit did: its acts, recorded, released, kept."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import enforcement_forms as forms
from agencies import enforcement_presenters as presenters
from agencies.access import ANY_ROLE, SignedInRequest, for_roles
from agencies.choices import EnforcementStatus, UserRole
from agencies.lifecycle import may_move_enforcement
from agencies.models import Agency, Check, Enforcement, HitMeasure, User
from agencies.services import enforcement as services
from core.errors import DomainError, InvalidInput
from measures.choices import Advice
from measures.models import Measure
from registry.choices import ListingStatus
from registry.models import Listing

PAGE = 30
RECENT = 20
STAFF = UserRole.AGENCY_STAFF
EVERYTHING = "all"


@require_safe
@for_roles(STAFF)
def agency_enforcements(request: SignedInRequest) -> HttpResponse:
    """What is in force comes first; the tabs show the rest."""
    mine = Enforcement.objects.editable_by(request.user)
    form = forms.EnforcementFilter(request.GET, measures=mine.order_by().values("measure_id"))
    if form.is_valid():
        mine = filtered(mine, form.cleaned_data)
    counts = dict(mine.order_by().values_list("status").annotate(Count("pk")))
    status = request.GET.get("status", EnforcementStatus.IN_FORCE)
    rows = mine if status == EVERYTHING else mine.filter(status=status)
    rows = rows.select_related("listing__court", "measure__document", "retention").order_by("-pk")
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "form": form,
        "tabs": tabs(request.GET, status, counts),
        "status": status,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "agencies/enforcements.html", context, status=200 if form.is_valid() else 422)


def filtered(rows: Any, wanted: dict[str, Any]) -> Any:
    """By measure and by day of recording (Asia/Shanghai)."""
    if wanted["measure"]:
        rows = rows.filter(measure=wanted["measure"])
    if wanted["since"]:
        rows = rows.filter(recorded_at__date__gte=wanted["since"])
    if wanted["to"]:
        rows = rows.filter(recorded_at__date__lte=wanted["to"])
    return rows


def tabs(given: QueryDict, current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    kept = {name: value for name, value in given.items() if name not in {"status", "page"} and value}
    views = [*((value, label, counts.get(value, 0)) for value, label in EnforcementStatus.choices)]
    views.append((EVERYTHING, "全部", sum(counts.values())))
    return [
        {"label": label, "url": f"?{urlencode({**kept, 'status': value})}", "current": value == current, "count": n}
        for value, label, n in views
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(STAFF)
def enforcement_create(request: SignedInRequest) -> HttpResponse:
    """Record one act on what a check found; without one, offer the recent hits that await a record."""
    if not request.GET.get("measure"):
        return render(request, "agencies/enforcement_choose.html", {"hits": awaiting(request)})
    check, listing, measure = named(request)
    form = forms.EnforcementForm(request.POST or None, initial=initial(check))
    if request.method == "POST" and form.is_valid():
        try:
            enforcement = services.record_enforcement(
                agency=own_unit(request.user),
                by=request.user,
                at=now(),
                listing=listing,
                measure=measure,
                check=check,
                **form.cleaned_data,
            )
        except InvalidInput as error:
            add_errors(form, error)
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            messages.success(request, "已登记。名单退出时，平台会提醒本单位解除。")
            return redirect("enforcement_detail", enforcement.pk)
    context = {"form": form, "check": check, "listing": listing, "measure": measure}
    return render(request, "agencies/enforcement_form.html", context, status=422 if form.errors else 200)


def own_unit(user: User) -> Agency:
    """The operator's unit; the roles that may come here have one (constraint `user_belongs_to_a_unit`)."""
    assert user.agency is not None
    return user.agency


def initial(check: Check | None) -> dict[str, Any]:
    return {
        "decision": "applied",
        "effective_from": localdate(),
        "matter": check.matter_text if check else "",
    }


def awaiting(request: SignedInRequest) -> Any:
    """The newest measures that checks of this unit named and that nobody has answered."""
    answered = Enforcement.objects.filter(
        agency=own_unit(request.user), listing_id=OuterRef("listing_id"), measure_id=OuterRef("measure_id")
    )
    hits = HitMeasure.objects.filter(~Exists(answered), check_record__in=Check.objects.visible_to(request.user))
    hits = hits.exclude(advice=Advice.NONE)  # under review: nothing to record
    return hits.select_related("check_record", "measure__document", "listing__court").order_by("-pk")[:RECENT]


def named(request: SignedInRequest) -> tuple[Check | None, Listing, Measure]:
    """What the address names: a check's receipt or a listing, and a measure; anything else is not found."""
    measure = get_object_or_404(Measure.objects.select_related("document"), pk=as_uuid(request.GET["measure"]))
    receipt, listing_id = request.GET.get("check"), request.GET.get("listing")
    check = get_object_or_404(Check.objects.visible_to(request.user), receipt=receipt) if receipt else None
    if check is not None:
        hits = HitMeasure.objects.filter(check_record=check, measure=measure).select_related("listing__court")
        if listing_id:
            hits = hits.filter(listing_id=as_uuid(listing_id))
        hit = hits.first()
        if hit is None:
            raise Http404
        return check, hit.listing, measure
    visible = Listing.objects.followed_by(request.user).select_related("court")
    return None, get_object_or_404(visible, pk=as_uuid(listing_id or "")), measure


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def add_errors(form: Form, error: InvalidInput) -> None:
    """What the rules say, beside the field it concerns."""
    for problem in error.errors:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)


@require_safe
@for_roles(*ANY_ROLE)
def enforcement_detail(request: SignedInRequest, enforcement_id: UUID) -> HttpResponse:
    return detail(request, enforcement_id)


def detail(
    request: SignedInRequest,
    enforcement_id: UUID,
    *,
    release_form: Form | None = None,
    retain_form: Form | None = None,
) -> HttpResponse:
    """The record with its history and, for the unit itself, what may be done next."""
    visible = Enforcement.objects.visible_to(request.user).select_related(
        "agency", "user", "listing__court", "measure__document", "check_record", "retention"
    )
    enforcement = get_object_or_404(visible, pk=enforcement_id)
    is_own = Enforcement.objects.editable_by(request.user).filter(pk=enforcement.pk).exists()
    bad = any(form is not None and form.errors for form in (release_form, retain_form))
    context = {
        "enforcement": enforcement,
        "facts": presenters.enforcement_facts(enforcement),
        "events": presenters.timeline(enforcement.transitions.select_related("by"), EnforcementStatus),
        "is_own": is_own,
        "may_release": is_own and may_move_enforcement(enforcement.status, EnforcementStatus.RELEASED),
        "may_retain": is_own
        and may_move_enforcement(enforcement.status, EnforcementStatus.RETAINED)
        and enforcement.listing.status in {ListingStatus.SHIELDED, ListingStatus.EXPIRED},
        "release_form": release_form or forms.ReleaseForm(prefix="release"),
        "retain_form": retain_form or forms.RetainForm(prefix="retain"),
    }
    return render(request, "agencies/enforcement_detail.html", context, status=422 if bad else 200)


@require_POST
@for_roles(STAFF)
def enforcement_release(request: SignedInRequest, enforcement_id: UUID) -> HttpResponse:
    get_object_or_404(Enforcement.objects.editable_by(request.user), pk=enforcement_id)
    form = forms.ReleaseForm(request.POST, prefix="release")
    if not form.is_valid():
        return detail(request, enforcement_id, release_form=form)
    services.release_enforcement(enforcement_id=enforcement_id, by=request.user, at=now(), **form.cleaned_data)
    messages.success(request, "已解除。")
    return redirect("enforcement_detail", enforcement_id)


@require_POST
@for_roles(STAFF)
def enforcement_retain(request: SignedInRequest, enforcement_id: UUID) -> HttpResponse:
    get_object_or_404(Enforcement.objects.editable_by(request.user), pk=enforcement_id)
    form = forms.RetainForm(request.POST, prefix="retain")
    if form.is_valid():
        try:
            services.retain_enforcement(enforcement_id=enforcement_id, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, "已登记保留，到期后自动解除。")
            return redirect("enforcement_detail", enforcement_id)
    return detail(request, enforcement_id, retain_form=form)
