"""Each role is offered its own work place and nothing that is not served."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from config import navigation as nav


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("court/", page, name="court_home"),
    path("court/batches/", page, name="court_batches"),
    path("court/listings/", page, name="court_listings"),
    path("agency/", page, name="agency_check"),
    path("agency/checks/", page, name="agency_checks"),
    path("credit-office/", page, name="credit_dashboard"),
    path("public/search/", page, name="public_search"),
    path("admin-desk/", page, name="admin_desk"),
    path("catalogue/", page, name="catalogue"),
    path("sign-in/", page, name="sign_in"),
]

pytestmark = pytest.mark.usefixtures("these_urls")


@pytest.fixture
def these_urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def seen_by(role: str | None, address: str = "/", counts: dict[str, int] | None = None) -> dict[str, Any]:
    request = RequestFactory().get(address)
    vars(request)["user"] = SimpleNamespace(is_authenticated=role is not None, role=role or "")
    if counts is not None:
        vars(request)["navigation_counts"] = counts
    return nav.navigation(request)


@pytest.mark.parametrize(
    ("role", "labels", "home"),
    [
        ("clerk", ["工作台", "名单批次", "名单", "措施目录"], "/court/"),
        ("reviewer", ["工作台", "名单批次", "名单", "措施目录"], "/court/"),
        ("agency_staff", ["核查", "核查记录", "措施目录"], "/agency/"),
        ("credit_office", ["总览", "措施目录"], "/credit-office/"),
        ("administrator", ["单位与操作员", "总览", "措施目录"], "/credit-office/"),
        (None, ["公示查询", "措施目录", "登录"], "/public/search/"),
        ("unheard_of", ["公示查询", "措施目录"], "/public/search/"),
    ],
)
def test_a_role_is_offered_the_served_pages_of_its_work_place(role: str | None, labels: list[str], home: str) -> None:
    context = seen_by(role)
    assert [entry["label"] for entry in context["navigation"]] == labels
    assert context["work_place"]["url"] == home


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/agency/", ["核查"]),
        ("/agency/checks/", ["核查记录"]),
        ("/agency/checks/C1/", ["核查记录"]),
        ("/elsewhere/", []),
    ],
)
def test_the_entry_with_the_longest_matching_address_is_current(address: str, current: list[str]) -> None:
    entries = seen_by("agency_staff", address)["navigation"]
    assert [entry["label"] for entry in entries if entry["current"]] == current


def test_a_count_stands_only_at_the_entry_it_was_given_for() -> None:
    entries = seen_by("agency_staff", counts={"agency_checks": 7})["navigation"]
    assert {entry["label"]: entry["count"] for entry in entries} == {"核查": None, "核查记录": 7, "措施目录": None}


def test_a_request_that_never_met_the_sign_in_is_a_visitor() -> None:
    assert nav.navigation(RequestFactory().get("/"))["work_place"]["label"] == "公众服务"
