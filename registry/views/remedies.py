"""The work list of the remedies, and the forms that record one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError, InvalidInput
from registry import remedy_forms as forms
from registry import remedy_presenters as presenters
from registry.models import Listing, Objection
from registry.models.remedies import Remedy
from registry.search import Asked, narrow
from registry.services import evidence, exit_requests, objections, repairs
from registry.services.remedy_clocks import KIND_OF
from registry.views.guards import CourtRequest, for_court
from registry.views.listing_acts import put_beside_fields
from registry.worklist import STATES, Wanted, fetch, work

PAGE = 30
FOUND = 20


@for_court
@require_safe
def court_remedies(request: CourtRequest) -> HttpResponse:
    """Everything that is due, all kinds in one list, the nearest limit first."""
    today = localdate()
    form = forms.WorkFilterForm(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    listing = _listing_of(request)
    wanted = request.GET.get("state", "")
    state = wanted if wanted in STATES else "open"
    listing_id = listing.pk if listing else None
    page = Paginator(work(request.user, Wanted(state, kind, listing_id), today), PAGE).get_page(request.GET.get("page"))
    counts = {name: work(request.user, Wanted(name, kind, listing_id), today).count() for name in STATES}
    more = "".join(f"&{key}={value}" for key, value in (("kind", kind), ("listing", listing_id)) if value)
    context = {
        "page": page,
        "rows": presenters.rows(fetch(list(page)), today),
        "state": state,
        "listing": listing,
        "form": form,
        "tabs": [
            {"label": label, "url": f"?state={name}{more}", "current": name == state, "count": counts[name]}
            for name, label in STATES.items()
        ],
    }
    return render(request, "registry/remedies.html", context)


def _listing_of(request: CourtRequest) -> Listing | None:
    """The listing that the address names, of those this court may see."""
    try:
        listing_id = UUID(request.GET.get("listing", ""))
    except ValueError:
        return None
    found: Listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=listing_id)
    return found


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def remedy_choose(request: CourtRequest) -> HttpResponse:
    """Which listing a request is about; names come by POST."""
    form = forms.ChooseListingForm(request.POST if request.method == "POST" else None)
    found: list[Listing] | None = None
    if request.method == "POST" and form.is_valid():
        asked = Asked(name_key=form.cleaned_data["name"], case_key=form.cleaned_data["case_number"])
        own = narrow(Listing.objects.editable_by(request.user), asked).with_parties().order_by("-id")
        found = list(own[:FOUND])
    context = {"form": form, "found": found}
    return render(request, "registry/remedy_choose.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True)
class Recording:
    """One form that records a remedy: its words, its fields, its service."""

    title: str
    lead: str
    done: str
    form: type[forms.ReceivedForm]
    service: Callable[..., Remedy]


OBJECTION = Recording(
    title="登记异议",
    lead="何时提出都可以（法释〔2017〕7号第十一条）；超过地方文件的期限或提示期限的，照常受理，只作标记。",
    done="异议已登记，审查期限开始计算。",
    form=forms.ObjectionForm,
    service=lambda listing, **given: objections.record_objection(listing_id=listing.pk, **given),
)
EXIT_REQUEST = Recording(
    title="登记退出申请",
    lead="符合法定退出情形的，三个工作日内删除（法释〔2017〕7号第十条）；准许的同时屏蔽条目。",
    done="退出申请已登记，办理期限开始计算。",
    form=forms.ExitRequestForm,
    service=lambda listing, **given: exit_requests.record_exit_request(listing_id=listing.pk, **given),
)
REPAIR = Recording(
    title="登记信用修复申请",
    lead="已经退出名单的人可以申请；曾对其采取措施的单位各自决定，结果随条目一并公布。",
    done="信用修复申请已登记，有关单位将收到并作出决定。",
    form=forms.RepairForm,
    service=lambda listing, **given: repairs.apply_for_repair(listing_id=listing.pk, **given),
)
RECONSIDERATION = Recording(
    title="登记复议",
    lead="对驳回决定不服的，自送达之日起十日内可以向上一级法院申请复议（第十二条）；逾期的照常登记，由上一级法院审查。",
    done="复议已登记，由上一级法院审查。",
    form=forms.ReconsiderationForm,
    service=lambda objection, **given: objections.file_reconsideration(objection_id=objection.pk, **given),
)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def objection_create(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Record an objection, late or not."""
    return _record(request, OBJECTION, _own(request, listing_id))


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def exit_request_create(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Record a request to leave the list."""
    return _record(request, EXIT_REQUEST, _own(request, listing_id))


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def repair_create(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """Record an application for credit repair handed in at the court."""
    return _record(request, REPAIR, _own(request, listing_id))


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def reconsideration_create(request: CourtRequest, remedy_id: UUID) -> HttpResponse:
    """Bring a rejected objection before the upper court."""
    visible = Objection.objects.visible_to(request.user).with_listing()
    return _record(request, RECONSIDERATION, get_object_or_404(visible, pk=remedy_id))


def _own(request: CourtRequest, listing_id: UUID) -> Listing:
    found: Listing = get_object_or_404(Listing.objects.editable_by(request.user).with_parties(), pk=listing_id)
    return found


def _record(request: CourtRequest, recording: Recording, about: Any) -> HttpResponse:
    form = recording.form(request.POST, request.FILES) if request.method == "POST" else recording.form()
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("file")
        try:
            remedy = recording.service(about, by=request.user, at=now(), **given)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)  # type: ignore[arg-type]
        else:
            messages.success(request, recording.done)
            if file:
                add_file(request, type(remedy), remedy.pk, file)
            return redirect("remedy_detail", KIND_OF[str(remedy._meta.model_name)].value, remedy.pk)
    listing = about.listing if isinstance(about, Objection) else about
    context = {"form": form, "listing": listing, "recording": recording}
    return render(request, "registry/remedy_form.html", context, status=422 if form.errors else 200)


def add_file(request: Any, model: type[Remedy], remedy_id: UUID, file: Any) -> None:
    """File evidence with a remedy; what is wrong with it is said on the next page."""
    try:
        evidence.add_evidence(
            model=model, remedy_id=remedy_id, file=file, name=file.name or "", by=request.user, at=now()
        )
    except DomainError as refusal:
        messages.error(request, refusal.detail or refusal.title)
    else:
        messages.success(request, "证据已加密保存。")
