"""X-List-Version and X-List-As-Of on every answer of the API (contract.md §3)."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime, now

from core.api import problem
from registry.models import Change

GetResponse = Callable[[HttpRequest], HttpResponse]
PREFIX = "/api/v1/"


class ListVersionMiddleware:
    """Reads the version before the view does: the answer has seen at least that change, perhaps a later one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        at = localtime(now())
        try:
            version = Change.objects.last_number()
        except OperationalError:
            return problem(503, "unavailable", title="服务暂不可用", detail="数据库暂时没有应答，请稍后再试。")
        response = self.get_response(request)
        if response.status_code == 404 and response.get("Content-Type", "").startswith("text/html"):
            response = problem(404, "not_found", detail="没有这个接口。")  # no view was found to say so
        response["X-List-Version"] = str(version)
        response["X-List-As-Of"] = at.isoformat(timespec="seconds")
        return response
