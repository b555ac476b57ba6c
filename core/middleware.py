"""What every request gets: an id, and a page instead of a traceback where a rule says no."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError
from core.ids import request_id, uuid7

GetResponse = Callable[[HttpRequest], HttpResponse]
_USABLE = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Takes X-Request-Id from the proxy or makes one; audit entries and log lines carry it, the answer returns it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        current = given if _USABLE.fullmatch(given) else str(uuid7())
        token = request_id.set(current)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = current
        return response


class DomainErrorMiddleware:
    """Renders a DomainError that a page's view lets through; for htmx only the part that is swapped in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        is_part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
        template = "errors/_domain_error.html" if is_part else "errors/domain_error.html"
        return render(request, template, {"error": exception}, status=exception.status)
