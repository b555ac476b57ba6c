"""GET documents/ and measures/: shape, filters, access, cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from measures.models import Measure
from measures.services.loader import LoadReport
from tests.builders import make_staff

LAIWU = "莱芜区信用办〔2020〕17号"
FUJIAN = "榕发改信用〔2017〕6号"
Get = Callable[..., dict[str, Any]]


@pytest.fixture
def loaded(loaded_once: LoadReport, db: None) -> LoadReport:
    """The whole shipped catalogue in the database, once for this module."""
    return loaded_once


@pytest.fixture
def client_in(loaded: LoadReport) -> APIClient:
    client = APIClient()
    client.force_authenticate(make_staff())
    return client


@pytest.fixture
def get(client_in: APIClient) -> Get:
    def ask(path: str, **filters: Any) -> dict[str, Any]:
        response = client_in.get(f"/api/v1/{path}", filters)
        assert response.status_code == 200, response.content
        body: dict[str, Any] = response.json()
        return body

    return ask


def numbers(body: dict[str, Any]) -> list[str]:
    return [each["number"] for each in body["results"]]


def test_documents_are_listed_with_their_counts(get: Get) -> None:
    body = get("documents/")
    assert [(each["source"], each["measure_count"]) for each in body["results"]] == [
        ("000", 31),
        ("001", 36),
        ("002", 42),
        ("003", 14),
        ("004", 35),
    ]
    assert [each["doc_number"] for each in get("documents/", region="370116")["results"]] == [LAIWU]
    assert [each["source"] for each in get("documents/", in_force_on="2018-01-01")["results"]] == ["002"]
    only = get("documents/", document=LAIWU)["results"][0]
    detail = get(f"documents/{only['id']}/")
    assert [each["number"] for each in detail["measures"]] == [str(n) for n in range(1, 37)]


def test_pages_hold_what_was_asked_for(get: Get) -> None:
    assert get("measures/")["count"] == 158
    assert len(get("measures/", page_size=200)["results"]) == 158
    assert len(get("measures/", page_size=3)["results"]) == 3


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"region": "370116", "number": "4"}, ["4"]),
        ({"document": FUJIAN, "number": "七3"}, ["七3"]),
        ({"document": FUJIAN, "category": "七"}, ["七1", "七2", "七3", "七4", "七5", "七6"]),
        ({"document": LAIWU, "effect": "review"}, ["12"]),
        ({"document": LAIWU, "unit": "莱芜海关"}, ["10", "35"]),
        ({"document": LAIWU, "law": "中华人民共和国政府采购法"}, ["4"]),
        ({"document": LAIWU, "code": "A07"}, ["4"]),
        ({"document": FUJIAN, "code": "G03"}, ["七2"]),
        ({"region": "370104", "effect": "review", "in_force_on": "2026-11-20"}, ["11"]),
        ({"region": "370116", "in_force_on": "2020-11-20"}, []),
        ({"unit": "不存在的单位"}, []),
    ],
)
def test_filters_narrow_the_list(get: Get, filters: dict[str, str], expected: list[str]) -> None:
    assert numbers(get("measures/", **filters)) == expected


def test_a_law_is_found_by_its_document_number(get: Get) -> None:
    found = get("measures/", document=LAIWU, law="中办发〔2016〕64号")["results"]
    assert "3" in [each["number"] for each in found]
    assert all("中办发〔2016〕64号" in [basis["document_number"] for basis in each["legal_bases"]] for each in found)


def test_a_measure_says_what_the_contract_names(get: Get) -> None:
    fourth = get("measures/", document=LAIWU, number="4")["results"][0]
    assert fourth["title"] == "依法依规限制参加政府采购活动"
    assert (fourth["category"], fourth["item"], fourth["code"], fourth["effect"]) == ("", "4", "A07", "restrict")
    assert (fourth["units"], fourth["units_open_ended"], fourth["units_appendix"]) == (["区财政局"], True, ["区财政局"])
    assert (fourth["units_conflict"], fourth["under_review"], fourth["reaches"]) == (False, False, ["subject"])
    law = fourth["legal_bases"][0]
    assert (law["law"], law["articles"], law["sections"]) == ("中华人民共和国政府采购法", ["第二十二条"], [])
    assert (law["names_target"], law["in_force"], law["successor"]) == ("unclear", True, None)
    assert get(f"measures/{fourth['id']}/") == fourth


def test_conflicts_and_the_missing_number_are_told(get: Get) -> None:
    first = get("measures/", document=LAIWU, number="1")["results"][0]
    assert (first["units"], first["units_appendix"]) == (["区行政审批局"], ["区财政局"])
    assert first["units_conflict"] is True
    assert first["units_conflict_note"]
    tenth = get("measures/", document=LAIWU, number="10")["results"][0]
    assert (tenth["in_body"], tenth["in_appendix"]) == (False, True)
    assert (tenth["units"], tenth["units_appendix"]) == ([], ["莱芜海关"])
    assert "海关认证" in tenth["title"]
    fourteenth = get("measures/", document=LAIWU, number="14")["results"][0]
    assert "申报" in fourteenth["title"]
    assert "中报" in fourteenth["title_raw"]


def test_a_renumbered_article_names_its_successor(get: Get) -> None:
    bases = [
        basis
        for measure in get("measures/", document=LAIWU, page_size=200)["results"]
        for basis in measure["legal_bases"]
        if basis["law"] == "中华人民共和国民事诉讼法" and "第二百五十五条" in basis["articles"]
    ]
    assert bases
    for basis in bases:
        assert basis["in_force"] is False
        assert "第二百六十六条" in basis["successor"]


def test_an_ended_version_is_found_only_on_its_days(get: Get) -> None:
    Measure.objects.filter(document__doc_number=LAIWU, number="4").update(in_force_to="2026-01-31")
    assert numbers(get("measures/", document=LAIWU, number="4")) == []
    assert numbers(get("measures/", document=LAIWU, number="4", in_force_on="2026-01-31")) == ["4"]
    assert numbers(get("measures/", document=LAIWU, number="4", in_force_on="2026-02-01")) == []


def test_a_malformed_filter_is_a_problem(client_in: APIClient) -> None:
    for filters, field in (({"in_force_on": "2026年"}, "in_force_on"), ({"effect": "score"}, "effect")):
        response = client_in.get("/api/v1/measures/", filters)
        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in response.json()["errors"]] == [field]


def test_what_is_not_there_is_not_found(client_in: APIClient) -> None:
    assert client_in.get("/api/v1/measures/00000000-0000-0000-0000-000000000000/").status_code == 404
    assert client_in.get("/api/v1/documents/999999/").status_code == 404


def test_nobody_reads_without_signing_in_or_with_a_key_for_something_else(loaded: LoadReport) -> None:
    client = APIClient()
    for path in ("documents/", "measures/"):
        assert client.get(f"/api/v1/{path}").status_code in {401, 403}
    staff = make_staff()
    client.force_authenticate(staff, token=Mock(scopes=["check"]))
    refused = client.get("/api/v1/measures/")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_required")
    client.force_authenticate(staff, token=Mock(scopes=["catalogue"]))
    assert client.get("/api/v1/measures/").status_code == 200


@pytest.mark.parametrize("path", ["measures/", "documents/"])
def test_the_list_costs_the_same_for_one_row_and_for_all(client_in: APIClient, path: str) -> None:
    counts = []
    for size in (1, 200):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client_in.get(f"/api/v1/{path}", {"page_size": size})
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 8
