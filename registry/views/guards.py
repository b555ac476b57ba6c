"""Who may open the court's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from core.errors import NotAllowed
from registry.access import COURT_ROLES

P = ParamSpec("P")


class CourtRequest(HttpRequest):
    """A request behind `for_court`: `user` is a clerk or reviewer of a court (registry.access.Person)."""

    user: Any


View = Callable[Concatenate[CourtRequest, P], HttpResponseBase]


OFFICE_ROLES = frozenset({"credit_office", "administrator"})


def for_court(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Clerks and reviewers only: others get 403 with a sentence, anonymous callers the sign-in page; never cached."""
    return _for_roles(view, COURT_ROLES, "此页面供法院经办人和复核人使用。")


def for_office(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The credit office and the administrator only; otherwise like `for_court`."""
    return _for_roles(view, OFFICE_ROLES, "此页面供信用办和系统管理员使用。")


def for_administrator(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The administrator only; otherwise like `for_court`."""
    return _for_roles(view, frozenset({"administrator"}), "此页面供系统管理员使用。")


def _for_roles(
    view: View[P], roles: frozenset[str], refusal: str
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: CourtRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.role not in roles:
            raise NotAllowed(refusal, code="role_required")
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def for_sides(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Courts, and units whose counters take requests to them; what each may see is the queryset's business."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: CourtRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.role not in COURT_ROLES | {"agency_staff"}:
            raise NotAllowed("此页面供执行法院和受理的单位使用。", code="role_required")
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]
