"""Letters to the unit of a person whose listing must not be published: sent, printed, acknowledged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from core.errors import InvalidInput
from registry.forms import Day, Words, long_text, not_in_future
from registry.models import EmployerLetter, Listing
from registry.services.letters import acknowledge_letter, send_letter
from registry.views.guards import CourtRequest, for_court
from registry.views.listing_acts import put_beside_fields


class LetterForm(forms.Form):
    """To whom and under which number."""

    unit_name = Words(label="所在单位", max_length=100, help_text="被执行人任职的机关、团体、企业或事业单位全称。")
    document_number = Words(label="函号", max_length=100)
    sent_on = Day(label="发出日期", validators=[not_in_future])


class AcknowledgeForm(forms.Form):
    """The unit's receipt."""

    acknowledged_on = Day(label="签收日期", validators=[not_in_future])
    acknowledgement = Words(
        label="签收与处理情况", required=False, max_length=500, widget=long_text(2), help_text="签收人、处理意见。"
    )


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def listing_letters(request: CourtRequest, listing_id: UUID) -> HttpResponse:
    """The letters about one listing, and a new one."""
    listing = get_object_or_404(Listing.objects.editable_by(request.user).with_parties(), pk=listing_id)
    form = LetterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            letter = send_letter(listing_id=listing.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as refusal:
            _beside(form, refusal)
        else:
            messages.success(request, "通报函已登记，请打印、盖章后送达。")
            return redirect("employer_letter", letter.pk)
    context = {"listing": listing, "form": form, "letters": listing.letters.order_by("-id")}
    return render(request, "registry/letters.html", context, status=422 if form.errors else 200)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def employer_letter(request: CourtRequest, letter_id: UUID) -> HttpResponse:
    """The letter, fit for printing; below it the unit's receipt."""
    mine = EmployerLetter.objects.editable_by(request.user).select_related("listing__court", "sent_by")
    letter = get_object_or_404(mine, pk=letter_id)
    form = AcknowledgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acknowledge_letter(letter_id=letter.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as refusal:
            _beside(form, refusal)
        else:
            messages.success(request, "签收已登记。")
            return redirect("employer_letter", letter.pk)
    context = {"letter": letter, "listing": letter.listing, "form": form}
    return render(request, "registry/letter.html", context, status=422 if form.errors else 200)


def _beside(form: Any, refusal: InvalidInput) -> None:
    put_beside_fields(form, refusal)
