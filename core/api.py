"""What every API view shares: problems, pages, limits, and POSTs that happen once.

Problems are RFC 9457 problem+json with `code` and `errors` (contract §3).
"""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle
from rest_framework.utils.encoders import JSONEncoder

from core import audit, idempotency, rates
from core.crypto import blind_index
from core.errors import DomainError, FieldProblem, InvalidInput

if TYPE_CHECKING:
    from rest_framework.views import APIView

    View = APIView
else:
    View = object  # DRF's views load this module through the settings, so it cannot load them

logger = logging.getLogger(__name__)

TITLES = {
    400: "请求内容有误",
    401: "未登录或密钥无效",
    403: "没有权限",
    404: "没有找到",
    405: "不支持此方法",
    406: "无法按要求的格式回答",
    413: "请求内容过大",
    415: "不支持此内容类型",
    429: "请求过于频繁",
    500: "服务器内部错误",
}


def problem(
    status: int, code: str, *, title: str = "", detail: str = "", errors: Iterable[FieldProblem] = ()
) -> HttpResponse:
    """An application/problem+json answer; without a `detail` it says what is wrong with the fields."""
    heading, errors = title or TITLES.get(status, TITLES[400]), tuple(errors)
    body = {
        "type": "about:blank",
        "title": heading,
        "status": status,
        "code": code,
        "detail": detail or " ".join(f"{each.field} {each.detail}".strip() for each in errors[:3]) or f"{heading}。",
        "errors": [{"field": each.field, "code": each.code, "detail": each.detail} for each in errors],
    }
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Every exception of an API view as a problem; what nobody foresaw is logged and says nothing."""
    if isinstance(error, DomainError):
        return problem(error.status, error.code, title=error.title, detail=error.detail, errors=error.errors)
    if isinstance(error, Http404):
        return problem(404, "not_found")
    if isinstance(error, PermissionDenied):
        return problem(403, "permission_denied")
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", detail="请求内容过大，请分批发送。")
    if isinstance(error, exceptions.ValidationError):
        return problem(error.status_code, "invalid", errors=list(flatten(error.get_full_details())))
    if isinstance(error, exceptions.APIException):
        code = error.get_codes()
        response = problem(error.status_code, code if isinstance(code, str) else error.default_code)
        if header := getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = header
        if wait := getattr(error, "wait", None):
            response["Retry-After"] = str(int(wait))
        return response
    logger.error("unforeseen exception in an API view", exc_info=error)
    got_request_exception.send(sender=exception_handler, request=context["request"]._request)
    return problem(500, "internal_error")


def flatten(details: Any, path: str = "") -> Iterator[FieldProblem]:
    """DRF's nested error details as field problems: `subjects.3.name`; the field is "" for the whole."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield FieldProblem(path, str(details["code"]), str(details["message"]))
    elif isinstance(details, dict):
        for key, value in details.items():
            own = "" if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
            yield from flatten(value, f"{path}.{own}".strip("."))
    else:
        for index, value in enumerate(details):
            is_leaf = not isinstance(value, dict) or set(value) == {"message", "code"}
            yield from flatten(value, path if is_leaf else f"{path}.{index}".strip("."))


class Pagination(PageNumberPagination):
    """`count, next, previous, results`; `page`, and `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """As OpenAPI 3.1 writes it: `next` and `previous` may be null."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            del described["properties"][name]["nullable"]
            described["properties"][name]["type"] = ["string", "null"]
        return described


class WindowThrottle(BaseThrottle):
    """Counts in `core.rates` and tells the caller in RateLimit-Limit, -Remaining and -Reset."""

    scope = ""

    def who(self, request: Request) -> str:
        return f"address:{self.get_ident(request)}"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        rate = rates.Rate.parse(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        self.count = rates.hit(self.scope, self.who(request), rate, time.time())
        for name in ("limit", "remaining", "reset"):
            view.headers[f"RateLimit-{name.capitalize()}"] = str(getattr(self.count, name))
        return self.count.is_allowed

    def wait(self) -> float:
        return self.count.reset


class KeyThrottle(WindowThrottle):
    """Per API key, or per user where there is none, or per address where nobody signed in."""

    scope = "key"

    def who(self, request: Request) -> str:
        if (key := getattr(request.auth, "pk", None)) is not None:
            return f"key:{key}"
        return f"user:{request.user.pk}" if request.user and request.user.pk is not None else super().who(request)


class PublicThrottle(WindowThrottle):
    """Per address, for what needs no account."""

    scope = "public"


class IdempotentMixin(View):
    """Put before APIView or a viewset: a POST with an Idempotency-Key happens once (core.idempotency).

    The repeated request gets the stored answer and `Idempotent-Replayed: true`. Answers
    from 400 upward are not stored and undo what the view wrote.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key")
        handler = getattr(self, "post", None)
        if request.method != "POST" or key is None or handler is None:
            return
        if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
            raise InvalidInput("Idempotency-Key 须为 1 至 255 个可见 ASCII 字符。", code="idempotency_key_invalid")
        self.__dict__["post"] = partial(self._post_once, handler, key)  # of this instance, which serves one request

    def _post_once(
        self, handler: Callable[..., HttpResponseBase], key: str, request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        with audit.refusals_outlive_rollback(), transaction.atomic():
            record = idempotency.claim(
                actor=KeyThrottle().who(request) if request.user.pk is None else f"user:{request.user.pk}",
                key=key,
                path=request.path,
                digest=request_digest(request),
            )
            if record.status_code is not None:
                body = None if record.body is None else json.loads(record.body)
                return Response(body, record.status_code, headers={"Idempotent-Replayed": "true"})
            response = handler(request, *args, **kwargs)
            if response.status_code >= 400 or not isinstance(response, Response):
                transaction.set_rollback(True)
            else:
                record.status_code = response.status_code
                record.body = json.dumps(response.data, cls=JSONEncoder, ensure_ascii=False)
                record.save(update_fields=["status_code", "body"])
        return response


def request_digest(request: Request) -> bytes:
    """Keyed digest of what was sent: parsed fields and the bytes of files, whatever the boundary or key order.

    Keyed, because a request may hold an identifier, and a plain hash of one can be guessed.
    """
    data = request.data
    fields = {key: data.getlist(key) for key in data} if hasattr(data, "getlist") else data
    return blind_index(json.dumps(fields, cls=SentEncoder, sort_keys=True))


class SentEncoder(JSONEncoder):
    """A file is its name, size and SHA-256; it is left at its beginning."""

    def default(self, value: Any) -> Any:
        if not isinstance(value, UploadedFile):
            return super().default(value)
        digest = hashlib.sha256()
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
        return [value.name, value.size, digest.hexdigest()]
