"""Who may open which page."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from agencies.choices import UserRole
from agencies.models import User
from core.api import PublicThrottle
from core.crypto import blind_index
from core.errors import NotAllowed

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request behind `for_roles`: `user` is an operator."""

    user: User


View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def for_roles(*roles: UserRole) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Only these roles; anonymous callers go to the sign-in page, others get 403 with a sentence."""

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.user.role not in roles:
                raise NotAllowed("此页面不在您的工作范围内。", code="role_required")
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


ANY_ROLE = tuple(UserRole)


NOWHERE = "::"  # a request that came over no connection, such as a unix socket's


def client_address(request: HttpRequest) -> str:
    """Who calls, for limits and lock-outs: the address that a trusted proxy saw, else the connection's."""
    return PublicThrottle().get_ident(request) or NOWHERE  # type: ignore[arg-type]


def lockout_name(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Under which name failures of the sign-in are counted: a keyed digest, for people type anything into that box."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return blind_index(f"sign-in:{given}").hex()
