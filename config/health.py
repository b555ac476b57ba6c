"""Liveness and readiness, for process supervisors and load balancers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import config.doctor  # noqa: F401  registers the vital checks
from core import doctor

VITAL = ("database", "migrations", "broker", "worker")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether the platform can do its work: 200 or 503, and a yes or no for each part."""
    findings = doctor.run(VITAL)
    ready = all(finding.ok for finding in findings)
    parts = {finding.name: finding.ok for finding in findings}
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)
