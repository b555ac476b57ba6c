"""Who may open which page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from agencies.choices import UserRole
from agencies.models import User
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
