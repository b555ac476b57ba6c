"""One family of errors: a code for programs, a status for HTTP, a title for people.

Services raise them, edges show them: `core.api` as problem+json, `core.middleware`
as a page. Neither `detail` nor a field's `detail` ever holds an identifier.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: dotted path, stable code, a sentence in Chinese."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """Something the user may not do or that cannot be done now; `detail` is a sentence in Chinese."""

    code = "domain_error"
    status = 400
    title = "操作未完成"

    def __init__(self, detail: str = "", *, code: str | None = None, errors: Iterable[FieldProblem] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.code = code or self.code
        self.errors = tuple(errors)


class InvalidInput(DomainError):
    """What was typed or sent cannot be what it claims to be."""

    code, status, title = "invalid_input", 422, "填写内容有误"


class NotAllowed(DomainError):
    """This user may not do this."""

    code, status, title = "not_allowed", 403, "没有权限"


class NotFound(DomainError):
    """It does not exist, or this user may not know that it does."""

    code, status, title = "not_found", 404, "没有找到"


class Conflict(DomainError):
    """Somebody else was first, or it contradicts what is on record."""

    code, status, title = "conflict", 409, "与现有记录冲突"


class IllegalMove(DomainError):
    """The record's state does not permit this step."""

    code, status, title = "illegal_move", 409, "当前状态不允许此操作"


class TooMany(DomainError):
    """Too many requests from here."""

    code, status, title = "too_many", 429, "请求过于频繁"


class Unavailable(DomainError):
    """A part of the platform does not answer; trying later helps."""

    code, status, title = "unavailable", 503, "服务暂不可用"
