"""Values that every template may use."""

from typing import Any

from django.http import HttpRequest


def csp_nonce(request: HttpRequest) -> dict[str, Any]:
    """`csp_nonce`: the request's nonce, lazy, so that pages without a script of their own send none."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
