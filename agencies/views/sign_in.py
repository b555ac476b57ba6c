"""The way in, the way out, and where each role begins."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe
from rest_framework.settings import api_settings

from agencies.access import client_address
from agencies.choices import UserRole
from agencies.forms import SignInForm
from agencies.models import User
from core import audit, rates
from core.errors import TooMany

WORK_PLACES = {
    UserRole.CLERK: "court_home",
    UserRole.REVIEWER: "court_home",
    UserRole.AGENCY_STAFF: "agency_check",
    UserRole.CREDIT_OFFICE: "credit_dashboard",
    UserRole.ADMINISTRATOR: "admin_desk",
}


class SignIn(LoginView):
    """Five failures lock the name from this address for a quarter of an hour (django-axes answers with 429)."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    http_method_names = ["get", "head", "post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rate = rates.Rate.parse(str(api_settings.DEFAULT_THROTTLE_RATES["sign_in"]))
        if not rates.hit("sign_in", client_address(request), rate, time.time()).is_allowed:
            raise TooMany("登录尝试过于频繁，请一分钟后再试。")
        return super().post(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.get_user()
        audit.record(verb="sign_in", target=user, by=user, at=now())
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        # not the name: people type passwords and identifiers into the wrong box
        audit.record(verb="sign_in_failed", target=None, by="anonymous", at=now())
        response = super().form_invalid(form)
        response.status_code = 422
        return response


sign_in = SignIn.as_view()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, User):
        audit.record(verb="sign_out", target=request.user, by=request.user, at=now())
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the work place of the role, or to the sign-in page."""
    if not isinstance(request.user, User):
        return redirect("sign_in")
    return redirect(work_place(request.user))


def work_place(user: User) -> str:
    """The address where the user's role begins; the own account where that place is not served here."""
    try:
        return reverse(WORK_PLACES[UserRole(user.role)])
    except NoReverseMatch:
        return reverse("account")
