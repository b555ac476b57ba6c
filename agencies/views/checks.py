"""The check desk: ask, read the answer, find it again."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies import presenters
from agencies.access import SignedInRequest, for_roles
from agencies.choices import CheckChannel, UserRole
from agencies.forms import CheckForm, LedgerFilter, RelatedForms, add_problem, question_of
from agencies.models import Check
from agencies.services.checks import check_party
from agencies.services.questions import Question
from agencies.services.receipts import recheck
from core import idempotency
from core.crypto import blind_index
from core.errors import InvalidInput, NotFound

PAGE = 30
RECENT = 5


@never_cache
@require_http_methods(["GET", "POST"])
@for_roles(UserRole.AGENCY_STAFF)
def agency_check(request: SignedInRequest) -> HttpResponse:
    """Ask; the answer stands on its own page with the form for the next one beside it (a reload asks nothing)."""
    agency = request.user.agency
    assert agency is not None, "the database refuses staff without a unit"
    if request.method == "GET":
        return _desk(request, new_form(request), RelatedForms(prefix="related"))
    form = CheckForm(agency, request.POST)
    related = RelatedForms(request.POST, prefix="related")
    if form.is_valid() and related.is_valid():
        try:
            receipt = _check_once(request, question_of(form, related), form.cleaned_data["token"])
        except InvalidInput as error:
            for problem in error.errors:
                add_problem(form, related, problem.field, problem.detail)
        else:
            return redirect("agency_check_detail", receipt=receipt)
    return _desk(request, form, related, status=422)


def new_form(request: SignedInRequest, **initial: str) -> CheckForm:
    """An empty form with a token of its own."""
    assert request.user.agency is not None
    return CheckForm(request.user.agency, initial={**initial, "token": secrets.token_hex(16)})


def _desk(request: SignedInRequest, form: CheckForm, related: Any, status: int = 200) -> HttpResponse:
    form.fields["name"].widget.attrs["autofocus"] = not form.errors and not any(related.errors)
    recent = Check.objects.visible_to(request.user).filter(user=request.user).order_by("-id")[:RECENT]
    context = {"form": form, "related": related, "related_open": any(related.errors), "recent": list(recent)}
    return render(request, "agencies/agency_check.html", context, status=status)


@transaction.atomic
def _check_once(request: SignedInRequest, question: Question, token: str) -> str:
    """The receipt; a form that is sent twice unchanged gives the first one again.

    What was asked is compared by a keyed digest: nothing of it can be read from the record.
    """
    digest = blind_index(repr(question))
    record = idempotency.claim(
        actor=f"user:{request.user.pk}", key=f"{token}:{digest.hex()}", path=request.path, digest=digest
    )
    if record.body is not None:
        return record.body
    check = check_party(
        question=question,
        by=request.user,
        api_key=None,
        channel=CheckChannel.PAGE,
        at=now(),
        rng=secrets.SystemRandom(),
    )
    record.status_code, record.body = 201, check.receipt
    record.save(update_fields=["status_code", "body"])
    return check.receipt


@require_safe
@never_cache
@for_roles(UserRole.AGENCY_STAFF)
def agency_checks(request: SignedInRequest) -> HttpResponse:
    """The unit's ledger, newest first, read by key."""
    form = LedgerFilter(request.user, request.GET)
    rows = Check.objects.visible_to(request.user).select_related("user")
    if form.is_valid():
        rows = rows.narrowed(**form.cleaned_data)
    after = Check.objects.visible_to(request.user).filter(receipt=request.GET.get("after", "")).first()
    if after is not None:
        rows = rows.filter(pk__lt=after.pk)
    found = list(rows.order_by("-id")[: PAGE + 1])
    context = {
        "filter_form": form,
        "rows": found[:PAGE],
        "next_key": found[PAGE - 1].receipt if len(found) > PAGE else "",
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "agencies/agency_checks.html", context, status=200 if form.is_valid() else 422)


@require_safe
@never_cache
@for_roles(UserRole.AGENCY_STAFF)
def agency_check_detail(request: SignedInRequest, receipt: str) -> HttpResponse:
    """A stored answer, whether it still stands, and the form for the next question."""
    check = (
        Check.objects.visible_to(request.user)
        .select_related("agency", "user", "matter")
        .filter(receipt=receipt)
        .first()
    )
    if check is None:
        raise NotFound("没有这张回执，或者它不是本单位的。")
    matter = {"matter": check.matter.name} if check.matter else {"matter_text": check.matter_text}
    current = recheck(check=check, at=now())
    context = {
        "check": check,
        "banner": presenters.banner(check),
        "changed": presenters.now_words(check, current),
        "revoked": presenters.REVOKED if current.revoked else "",
        "matches": presenters.matches(check, request.user, current.revoked),
        "notes": presenters.notes(check, current.revoked),
        "people": presenters.asked_people(check),
        "form": new_form(request, case_reference=check.case_reference, **matter),
        "related": RelatedForms(prefix="related"),
        "verify_url": request.build_absolute_uri(f"/verify/{check.receipt}/"),
    }
    return render(request, "agencies/agency_check_detail.html", context)
