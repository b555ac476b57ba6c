"""Request ids, and pages instead of tracebacks."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.context_processors import csp_nonce
from core.errors import FieldProblem, IllegalMove, NotFound
from core.ids import request_id
from core.middleware import DomainErrorMiddleware, RequestIdMiddleware


def run(**headers: str) -> tuple[str, HttpResponse]:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request_id.get())
        return HttpResponse()

    response = RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))
    return seen[0], response


def test_every_request_has_an_id_of_its_own_and_the_answer_carries_it():
    (first, answer), (second, _) = run(), run()
    assert first == answer["X-Request-Id"]
    assert len(first) == 36
    assert first != second
    assert request_id.get() == ""


def test_an_id_from_the_proxy_is_kept():
    assert run(x_request_id="abcdef-0123456789")[0] == "abcdef-0123456789"


@pytest.mark.parametrize("given", ["short", "a" * 65, "abc\ndefgh12", '"><script>alert(1)', "编号编号编号编号编号"])
def test_an_id_that_could_forge_a_log_line_is_replaced(given):
    current, response = run(x_request_id=given)
    assert current != given
    assert response["X-Request-Id"] == current


def refused(error: Exception, user: Any, **headers: str) -> HttpResponse | None:
    request = RequestFactory().get("/", headers=headers)
    request.user = user
    request.session = {}  # type: ignore[assignment]
    return DomainErrorMiddleware(lambda request: HttpResponse()).process_exception(request, error)


@pytest.mark.django_db
def test_a_page_shows_the_error_with_its_status(user):
    response = refused(IllegalMove("该名单已屏蔽。", errors=[FieldProblem("x", "y", "第一行有误")]), user)
    assert response is not None
    assert response.status_code == 409
    text = response.content.decode()
    assert "该名单已屏蔽。" in text
    assert "第一行有误" in text
    assert "<html" in text


@pytest.mark.django_db
def test_a_part_of_a_page_gets_only_the_alert(user):
    response = refused(NotFound("没有<b>这</b>批次。"), user, HX_Request="true")
    assert response is not None
    assert response.status_code == 404
    text = response.content.decode()
    assert "<html" not in text
    assert "没有&lt;b&gt;这" in text


@pytest.mark.django_db
def test_a_boosted_link_gets_the_whole_page(user):
    response = refused(NotFound(), user, HX_Request="true", HX_Boosted="true")
    assert response is not None
    assert "<html" in response.content.decode()
    assert "没有找到" in response.content.decode()


def test_other_exceptions_are_not_touched():
    assert refused(KeyError("x"), None) is None


def test_the_nonce_is_handed_on_without_being_made():
    class Lazy:
        def __str__(self) -> str:
            raise AssertionError("made although nobody printed it")

    request = RequestFactory().get("/")
    assert csp_nonce(request) == {"csp_nonce": ""}
    request.csp_nonce = lazy = Lazy()  # type: ignore[attr-defined]
    assert csp_nonce(request)["csp_nonce"] is lazy
