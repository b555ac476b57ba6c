"""Receipts for everybody: no sign-in, nothing personal, rate limited."""

import io
import time

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rest_framework.settings import api_settings

from agencies.access import client_address
from agencies.models import Check
from agencies.services.receipts import verify_receipt as verify
from core import rates
from core.errors import NotFound, TooMany

UNKNOWN = (
    "没有这张回执。请逐字核对回执号：C、八位日期、短横线、八位字母和数字，其中没有字母 I、L、O、U。"
    "如号码无误，请向出具单位核实。"
)


def _count(request: HttpRequest) -> None:
    rate = rates.Rate.parse(str(api_settings.DEFAULT_THROTTLE_RATES["public"]))
    if not rates.hit("public", f"address:{client_address(request)}", rate, time.time()).is_allowed:
        raise TooMany("查询过于频繁，请一分钟后再试。")


@require_safe
@never_cache
def verify_receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    _count(request)
    found = verify(receipt=receipt, at=now())
    if found is None:
        raise NotFound(UNKNOWN)
    return render(request, "agencies/verify_receipt.html", {"found": found, "at": now()})


@require_safe
def verify_qr(request: HttpRequest, receipt: str) -> HttpResponse:
    """The address of the receipt's page as a QR code."""
    _count(request)
    if not Check.objects.filter(receipt=receipt).exists():
        raise NotFound(UNKNOWN)
    image = io.BytesIO()
    code = segno.make(request.build_absolute_uri(reverse("verify_receipt", args=[receipt])), error="m")
    code.save(image, kind="svg", scale=4, border=2, xmldecl=False, svgns=True)
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")
