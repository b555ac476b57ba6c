"""One remedy: everything on record, what may be done now, its evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import InvalidInput
from registry import remedy_forms as forms
from registry import remedy_presenters as presenters
from registry.choices import RemedyOutcome, RemedyStatus
from registry.downloads import as_download
from registry.models import ExitRequest, Objection, Reconsideration
from registry.models.remedies import Remedy
from registry.services import evidence, exit_requests, objections, remedy_steps
from registry.services.remedy_clocks import Rulebook, clocks_of
from registry.views.guards import CourtRequest, for_court, for_sides
from registry.views.listing_acts import put_beside_fields
from registry.views.remedies import add_file
from registry.worklist import MODEL_OF


@dataclass(frozen=True)
class Act:
    """One act: the words of its page, its form, its service (the record's id comes first), the state it leads to."""

    title: str
    lead: str
    button: str
    done: str
    form: type[django_forms.Form]
    service: Callable[..., Remedy]
    to: RemedyStatus | None = None
    is_ending: bool = False


SERVE = ("登记送达", "当事人的期限自送达之日起算。", "登记", "送达日期已登记。")
WITHDRAW = ("撤回", "当事人书面撤回的，登记后办结。", "登记撤回", "已登记撤回。")
ACTS: dict[tuple[str, str], Act] = {
    ("objection", "accept"): Act(
        "受理异议",
        "受理后开始审查；审查期限自收到之日起算，不因受理早晚而变。",
        "受理",
        "已受理。",
        forms.NothingForm,
        lambda pk, **given: objections.accept_objection(objection_id=pk, **given),
        RemedyStatus.ACCEPTED,
    ),
    ("objection", "uphold"): Act(
        "异议成立",
        "名单条目随决定同时撤销、屏蔽或更正（法释〔2017〕7号第十二条），各单位随即收到通知。",
        "确认成立并处理条目",
        "已决定，名单条目已同时处理。",
        forms.UpholdForm,
        lambda pk, **given: objections.uphold_objection(objection_id=pk, **given),
        RemedyStatus.UPHELD,
        is_ending=True,
    ),
    ("objection", "reject"): Act(
        "驳回异议",
        "驳回须说明理由并送达；当事人可以自送达之日起十日内向上一级法院申请复议。",
        "确认驳回",
        "已驳回。送达后请登记送达日期。",
        forms.DecisionForm,
        lambda pk, **given: objections.reject_objection(objection_id=pk, **given),
        RemedyStatus.REJECTED,
    ),
    ("objection", "withdraw"): Act(
        *WITHDRAW,
        forms.WithdrawForm,
        lambda pk, **given: objections.withdraw_objection(objection_id=pk, **given),
        RemedyStatus.WITHDRAWN,
    ),
    ("objection", "serve"): Act(
        *SERVE,
        forms.ServeForm,
        lambda pk, **given: remedy_steps.serve_decision(model=Objection, remedy_id=pk, **given),
    ),
    ("reconsideration", "uphold"): Act(
        "支持复议",
        "本院的决定直接处理下级法院的名单条目，各单位随即收到通知。",
        "确认支持并处理条目",
        "已决定，名单条目已同时处理。",
        forms.UpholdForm,
        lambda pk, **given: objections.uphold_reconsideration(reconsideration_id=pk, **given),
        RemedyStatus.UPHELD,
        is_ending=True,
    ),
    ("reconsideration", "dismiss"): Act(
        "驳回复议",
        "原驳回决定正确的，予以驳回。",
        "确认驳回",
        "已驳回复议。送达后请登记送达日期。",
        forms.DecisionForm,
        lambda pk, **given: objections.dismiss_reconsideration(reconsideration_id=pk, **given),
        RemedyStatus.DISMISSED,
    ),
    ("reconsideration", "withdraw"): Act(
        *WITHDRAW,
        forms.WithdrawForm,
        lambda pk, **given: objections.withdraw_reconsideration(reconsideration_id=pk, **given),
        RemedyStatus.WITHDRAWN,
    ),
    ("reconsideration", "serve"): Act(
        *SERVE,
        forms.ServeForm,
        lambda pk, **given: remedy_steps.serve_decision(
            model=Reconsideration, remedy_id=pk, listing=objections.TO_LISTING, **given
        ),
    ),
    ("exit_request", "grant"): Act(
        "准许退出",
        "准许的同时屏蔽条目，各单位收到解除任务。条目有纳入期限的，期限内不因履行而退出（第十条第二款），提前删除须由本院另行决定。",
        "确认准许并屏蔽",
        "已准许，条目已屏蔽。",
        forms.DecisionForm,
        lambda pk, **given: exit_requests.grant_exit_request(request_id=pk, **given),
        RemedyStatus.GRANTED,
        is_ending=True,
    ),
    ("exit_request", "refuse"): Act(
        "不予准许退出",
        "不符合法定情形的，说明理由；当事人仍可以提出异议。",
        "确认不予准许",
        "已决定不予准许。",
        forms.DecisionForm,
        lambda pk, **given: exit_requests.refuse_exit_request(request_id=pk, **given),
        RemedyStatus.REFUSED,
    ),
    ("exit_request", "withdraw"): Act(
        *WITHDRAW,
        forms.WithdrawForm,
        lambda pk, **given: exit_requests.withdraw_exit_request(request_id=pk, **given),
        RemedyStatus.WITHDRAWN,
    ),
    ("exit_request", "serve"): Act(
        *SERVE,
        forms.ServeForm,
        lambda pk, **given: remedy_steps.serve_decision(model=ExitRequest, remedy_id=pk, **given),
    ),
}


@for_sides
@require_safe
def remedy_detail(request: CourtRequest, kind: str, remedy_id: UUID) -> HttpResponse:
    """Everything on record, for both sides; acts only for the court that decides."""
    visible: Any = _model(kind).objects.visible_to(request.user)
    remedy = get_object_or_404(visible.with_listing(), pk=remedy_id)
    today, book = localdate(), Rulebook()
    context = {
        "remedy": remedy,
        "kind": kind,
        "label": remedy._meta.verbose_name,
        "listing": remedy.subject_listing,
        "is_court": request.user.role != "agency_staff",
        "facts": presenters.facts(remedy, today, book),
        "decision": presenters.decision_facts(remedy),
        "clocks": clocks_of(remedy, today, book),
        "acts": presenters.acts(remedy, request.user),
        "events": presenters.events(remedy),
        "evidence": remedy.evidence.all(),
        "outcomes": remedy.outcomes.all() if kind == "repair" else (),
        "stay": getattr(remedy, "stay", None),
        "form": forms.EvidenceForm(),
    }
    return render(request, "registry/remedy_detail.html", context)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def remedy_act(request: CourtRequest, kind: str, remedy_id: UUID, verb: str) -> HttpResponse:
    """The form of an act, and the act. A state that forbids it answers 409 with a sentence."""
    mine: Any = _model(kind).objects.decidable_by(request.user)
    remedy = get_object_or_404(mine.with_listing(), pk=remedy_id)
    act = ACTS.get((kind, verb))
    if act is None:
        raise Http404
    if act.to is not None:
        remedy_steps.require(remedy, act.to)
    form, facts = _forms(request, act, remedy)
    is_correction = facts is not None and form.data.get("outcome") == RemedyOutcome.CORRECT
    if request.method == "POST" and form.is_valid() and (not is_correction or facts is None or facts.is_valid()):
        given = dict(form.cleaned_data)
        if is_correction and facts is not None:
            given["corrections"] = facts.corrections
        try:
            act.service(remedy.pk, by=request.user, at=now(), **given)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)  # type: ignore[arg-type]
        else:
            messages.success(request, act.done)
            return redirect("remedy_detail", kind, remedy.pk)
    is_bad = bool(form.errors or (is_correction and facts is not None and facts.errors))
    context = {
        "form": form,
        "facts_form": facts,
        "is_correction": is_correction,
        "act": act,
        "kind": kind,
        "remedy": remedy,
        "label": remedy._meta.verbose_name,
        "listing": remedy.subject_listing,
    }
    return render(request, "registry/remedy_act.html", context, status=422 if is_bad else 200)


def _forms(
    request: CourtRequest, act: Act, remedy: Remedy
) -> tuple[django_forms.Form, forms.CorrectionPartForm | None]:
    sent = request.POST if request.method == "POST" else None
    if act.form is not forms.UpholdForm:
        return act.form(sent), None
    about = remedy.about if isinstance(remedy, Objection) else remedy.objection.about  # type: ignore[attr-defined]
    facts = forms.CorrectionPartForm(sent, listing=remedy.subject_listing)
    return forms.UpholdForm(sent, initial={"outcome": forms.usual_outcome(about)}), facts


@for_sides
@require_POST
def evidence_add(request: CourtRequest, kind: str, remedy_id: UUID) -> HttpResponse:
    """One more scan."""
    model = _model(kind)
    get_object_or_404(model.objects.visible_to(request.user), pk=remedy_id)
    form = forms.EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        add_file(request, model, remedy_id, form.cleaned_data["file"])
    else:
        messages.error(request, str(form.errors["file"][0]))
    return redirect("remedy_detail", kind, remedy_id)


@for_sides
@require_safe
def evidence_download(request: CourtRequest, evidence_id: UUID) -> HttpResponse:
    """The file in clear, for the two sides; each look is audited."""
    row, content = evidence.read_evidence(evidence_id=evidence_id, by=request.user, at=now())
    return as_download(row.name, content)


def _model(kind: str) -> type[Remedy]:
    if kind not in MODEL_OF:
        raise Http404
    return MODEL_OF[kind]
