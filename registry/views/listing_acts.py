"""The acts on one listing, from one table: the form of each, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods

from core.errors import InvalidInput
from registry import act_forms as forms
from registry import life_presenters
from registry.lifecycle import Act, require_act
from registry.models import Listing
from registry.services import listings
from registry.views.guards import CourtRequest, for_court


@dataclass(frozen=True)
class Desk:
    """One act: the words of its page, its form and its service."""

    title: str
    lead: str
    button: str
    done: str
    form: type[forms.ActForm]
    service: Callable[..., Listing]
    is_ending: bool = False


DESKS: dict[Act, Desk] = {
    Act.SHIELD: Desk(
        title="屏蔽条目",
        lead="被执行人符合法定的退出情形。屏蔽后条目退出名单，各单位收到解除任务；再次失信的，作为新条目纳入。",
        button="确认屏蔽",
        done="已屏蔽，相关单位将收到解除通知。",
        form=forms.ListingShieldForm,
        service=listings.shield_listing,
        is_ending=True,
    ),
    Act.REVOKE: Desk(
        title="撤销条目",
        lead="不应纳入而纳入的，三个工作日内撤销（法释〔2017〕7号第九条）。"
        "撤销后视为自始未纳入：各单位须全部解除，查到过该条目的单位都会收到撤销通知并逐一确认。",
        button="确认撤销",
        done="已撤销，查到过该条目的单位将收到撤销通知。",
        form=forms.ListingRevokeForm,
        service=listings.revoke_listing,
        is_ending=True,
    ),
    Act.CORRECT: Desk(
        title="更正内容",
        lead="只改有误的项目，其余保持原样。记载和公布的信息不准确的，三个工作日内更正（法释〔2017〕7号第九条）。",
        button="确认更正",
        done="已更正，更正内容已写入变更流。",
        form=forms.ListingCorrectForm,
        service=listings.correct_listing,
    ),
    Act.EXTEND: Desk(
        title="延长纳入期限",
        lead="以暴力、威胁方法妨碍、抗拒执行情节严重，或者有多项失信行为的，可以决定延长一年至三年"
        "（法释〔2017〕7号第二条第一款）。",
        button="确认延长",
        done="已延长，新的期限届满日已写入变更流。",
        form=forms.ListingExtendForm,
        service=listings.extend_listing,
    ),
    Act.SUSPEND: Desk(
        title="暂停措施",
        lead="名单信息需要核实的，核实期间各单位暂不执行措施；条目仍在名单上，核实后可以恢复。",
        button="确认暂停",
        done="已暂停，核实期间各单位暂不执行措施。",
        form=forms.ListingSuspendForm,
        service=listings.suspend_listing,
    ),
    Act.RESUME: Desk(
        title="恢复措施",
        lead="信息已核实无误的，恢复执行措施。",
        button="确认恢复",
        done="已恢复，各单位继续执行措施。",
        form=forms.ListingResumeForm,
        service=listings.resume_listing,
    ),
}


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_act(request: CourtRequest, listing_id: UUID, act: Act) -> HttpResponse:
    """The form of an act, and the act. A listing whose state forbids it answers 409 with a sentence."""
    listing: Listing = get_object_or_404(Listing.objects.editable_by(request.user).with_parties(), pk=listing_id)
    require_act(listing.status, act)
    desk = DESKS[act]
    form = desk.form(request.POST if request.method == "POST" else None, listing=listing)
    if request.method == "POST" and form.is_valid():
        try:
            desk.service(listing_id=listing.pk, by=request.user, at=now(), **form.given)
        except InvalidInput as refusal:
            put_beside_fields(form, refusal)
        else:
            messages.success(request, desk.done)
            return redirect("listing_detail", listing.pk)
    context = {
        "form": form,
        "listing": listing,
        "act": desk,
        "law": life_presenters.law_of_act(listing, act, localdate()),
    }
    return render(request, "registry/listing_act.html", context, status=422 if form.errors else 200)


def put_beside_fields(form: forms.ActForm, refusal: InvalidInput) -> None:
    """What a service finds wrong with the input, where it was typed."""
    for problem in refusal.errors:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
    if not refusal.errors:
        form.add_error(None, refusal.detail or refusal.title)
