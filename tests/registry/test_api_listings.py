"""Listings and the change feed over HTTP (contract.md §3)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from core import chain
from registry.models import Batch, Change, Court
from tests import builders
from tests.registry.api import Caller, key_for
from tests.registry.builders import row

pytestmark = pytest.mark.django_db

LISTINGS = "/api/v1/listings/"
SEARCH = f"{LISTINGS}search/"
EXIT = {"ground": "performed", "document_number": "（2020）鲁0116执1号之二", "happened_on": "2026-11-18"}
ACT = {"ground": "收到异议", "document_number": "（2026）鲁0116执异1号", "happened_on": "2026-11-18"}


@pytest.fixture
def as_clerk(clerk: User) -> Caller:
    return Caller(key_for(clerk))


@pytest.fixture
def as_unit() -> Caller:
    return Caller(key_for(builders.make_staff()))


def names(answer: Any) -> list[str]:
    return [each["name"] for each in answer.json()["results"]]


def test_a_search_answers_masked_and_paginated(as_clerk: Caller, court: Court) -> None:
    number = builders.another_person_id()
    builders.make_listing("赵可查", number, court=court)
    for _ in range(3):
        builders.make_listing("钱同名", court=court)
    body = as_clerk.post(SEARCH, {"id_number": number}).json()
    assert body["count"] == 1
    assert body["results"][0]["id_masked"] == f"{number[:6]}********{number[-4:]}"
    assert number not in str(body)
    page = as_clerk.post(f"{SEARCH}?page_size=2", {"name": "钱同名"})
    assert page.json()["count"] == 3
    assert len(page.json()["results"]) == 2
    assert names(as_clerk.post(SEARCH, {"court": "鲁9999"})) == []
    assert len(names(as_clerk.post(SEARCH, {"court": "鲁0116", "status": "active", "kind": "person"}))) == 4


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"id_number": "370116199001010009"}, "id_number", "id_checksum"),
        ({"id_number": "3701161990****0018"}, "id_number", "id_masked"),
        ({"case_number": "不是案号"}, "case_number", "case_number_unreadable"),
        ({"status": "gone"}, "status", "invalid_choice"),
    ],
)
def test_a_search_that_cannot_be_names_the_field(as_clerk: Caller, body: dict[str, str], field: str, code: str) -> None:
    response = as_clerk.post(SEARCH, body)
    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]
    assert "370116199001010009" not in response.content.decode()


def test_a_unit_sees_what_is_published_and_a_court_its_own(as_unit: Caller, as_clerk: Caller, court: Court) -> None:
    other = builders.make_court("鲁0104", "槐荫区人民法院")
    hidden = builders.make_listing("孙不公开", court=court, publishable=False)
    elsewhere = builders.make_listing("李别院", court=other)
    assert names(as_unit.post(SEARCH, {"name": "孙不公开"})) == []
    assert as_unit.get(f"{LISTINGS}{hidden.pk}/").status_code == 404
    assert names(as_unit.post(SEARCH, {"name": "李别院"})) == ["李别院"]
    assert names(as_clerk.post(SEARCH, {"name": "孙不公开"})) == ["孙不公开"]
    assert names(as_clerk.post(SEARCH, {"name": "李别院"})) == []
    assert as_clerk.get(f"{LISTINGS}{elsewhere.pk}/").status_code == 404


def test_a_listing_comes_with_history_relations_and_clocks(as_clerk: Caller, bring_in: Callable[..., Batch]) -> None:
    head = builders.another_person_id()
    bring_in(
        row(
            被执行人类型="单位",
            被执行人姓名或名称="济南试例商贸有限公司",
            证件号码="91370116MA3TEXT184",
            法定代表人或负责人姓名="李代表",
            法定代表人或负责人证件号码=head,
            决定日期="2026-01-05",
            期限届满日="2028-01-05",
        )
    )
    found = as_clerk.post(SEARCH, {"id_number": "91370116MA3TEXT184"}).json()["results"][0]
    body = as_clerk.get(f"{LISTINGS}{found['id']}/").json()
    assert [line["kind"] for line in body["history"]] == ["listed"]
    assert [(each["role"], each["name"]) for each in body["relations"]] == [("legal_representative", "李代表")]
    assert head not in str(body)
    assert [(clock["key"], clock["due_on"]) for clock in body["clocks"]] == [("term", "2028-01-05")]
    assert body["exit"] is None


def test_a_listing_is_shielded_once(as_clerk: Caller, court: Court) -> None:
    listing = builders.make_listing(court=court)
    address = f"{LISTINGS}{listing.pk}/shield/"
    body = as_clerk.post(address, EXIT).json()
    assert body["status"] == "shielded"
    assert body["exit"] == {
        "ground": "performed", "ground_text": "", "document_number": EXIT["document_number"], "on": "2026-11-18",
    }  # fmt: skip
    again = as_clerk.post(address, EXIT)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_the_court_still_sees_whose_an_ended_listing_was_in_the_answer_as_in_the_search(
    as_clerk: Caller, court: Court
) -> None:
    listing = builders.make_listing(court=court, obligation="偿还司徒某借款")
    before = as_clerk.get(f"{LISTINGS}{listing.pk}/").json()
    after = as_clerk.post(f"{LISTINGS}{listing.pk}/shield/", EXIT).json()
    (found,) = as_clerk.post(SEARCH, {"name": listing.name, "status": "shielded"}).json()["results"]
    for shown in (after, found):
        assert [shown[name] for name in ("name", "id_masked", "area", "case_number")] == [
            before[name] for name in ("name", "id_masked", "area", "case_number")
        ]
        assert shown["obligation"] == ""  # what only the archive shows
    assert {name: after[name] for name in found} == found


@pytest.mark.parametrize(
    ("verb", "words", "ground"),
    [
        ("shield", "全部履行完毕", "performed"),
        ("shield", "已履行或已执行完毕", "performed"),
        ("shield", "本院决定", "other"),
        ("revoke", "错误纳入", "wrongly_listed"),
        ("revoke", "经异议审查应予撤销", "other"),
    ],
)
def test_a_ground_in_words_is_read_as_that_of_a_list_file(
    as_clerk: Caller, court: Court, verb: str, words: str, ground: str
) -> None:
    listing = builders.make_listing(court=court)
    answer = as_clerk.post(f"{LISTINGS}{listing.pk}/{verb}/", {**EXIT, "ground": words})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["exit"]["ground"], answer.json()["exit"]["ground_text"]) == (ground, words)


def test_a_court_is_searched_by_its_code_or_its_name(as_clerk: Caller, court: Court) -> None:
    builders.make_listing(court=court)
    counts = [as_clerk.post(SEARCH, {"court": said}).json()["count"] for said in (court.code, court.name, "槐荫")]
    assert counts == [1, 1, 0]


@pytest.mark.parametrize(
    ("verb", "sent", "field"),
    [
        ("shield", {"ground": "wrongly_listed"}, "ground"),
        ("shield", {"ground": "错误纳入"}, "ground"),
        ("shield", {"ground": f"履行{builders.person_id()}"}, "ground_text"),
        ("shield", {"ground": "done"}, "ground"),
        ("shield", {"ground": "other"}, "ground_text"),
        ("shield", {"document_number": ""}, "document_number"),
        ("revoke", {"ground": "performed"}, "ground"),
        ("revoke", {"ground": "wrongly_listed", "happened_on": "2999-01-01"}, "happened_on"),
        ("suspend", {"ground": builders.person_id()}, "ground"),
        ("resume", {"happened_on": "昨天"}, "happened_on"),
        ("correct", {"corrections": {}}, "corrections"),
        ("correct", {"corrections": {"age": -1}}, "corrections.age"),
    ],
)
def test_a_malformed_act_names_its_field_and_changes_nothing(
    as_clerk: Caller, court: Court, verb: str, sent: dict[str, Any], field: str
) -> None:
    listing = builders.make_listing(court=court)
    response = as_clerk.post(f"{LISTINGS}{listing.pk}/{verb}/", {**EXIT, **sent})
    assert response.status_code == 400
    assert field in [error["field"] for error in response.json()["errors"]]
    assert not Change.objects.exists()


def test_suspend_resume_correct_and_revoke(as_clerk: Caller, court: Court) -> None:
    listing = builders.make_listing(court=court, performance="none")
    address = f"{LISTINGS}{listing.pk}/"
    assert as_clerk.post(f"{address}suspend/", ACT).json()["status"] == "suspended"
    assert as_clerk.post(f"{address}resume/", ACT).json()["status"] == "active"
    corrected = as_clerk.post(f"{address}correct/", {**ACT, "corrections": {"performance": "partial"}}).json()
    assert corrected["performance"] == "partial"
    assert (corrected["history"][0]["before"], corrected["history"][0]["after"]) == (
        {"performance": "none"},
        {"performance": "partial"},
    )
    same = as_clerk.post(f"{address}correct/", {**ACT, "corrections": {"performance": "partial"}})
    assert (same.status_code, same.json()["code"]) == (422, "nothing_changed")
    wrong = as_clerk.post(f"{address}revoke/", {**EXIT, "ground": "wrongly_listed"})
    assert wrong.json()["status"] == "revoked"
    late = as_clerk.post(f"{address}correct/", {**ACT, "corrections": {"performance": "none"}})
    assert (late.status_code, late.json()["code"]) == (409, "illegal_move")


def test_the_same_act_with_the_same_key_happens_once(as_clerk: Caller, court: Court) -> None:
    listing = builders.make_listing(court=court)
    address, headers = f"{LISTINGS}{listing.pk}/suspend/", {"Idempotency-Key": "act-1"}
    first = as_clerk.post(address, ACT, headers)
    again = as_clerk.post(address, ACT, headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again["Idempotent-Replayed"] == "true"
    assert Change.objects.count() == 1


def test_nobody_but_the_listing_court_acts(as_unit: Caller, court: Court) -> None:
    listing = builders.make_listing(court=court)
    other = builders.make_court("鲁0104", "槐荫区人民法院")
    clerk2 = Caller(key_for(builders.make_clerk("clerk2", other)))
    for verb in ("shield", "revoke", "correct", "suspend", "resume"):
        assert clerk2.post(f"{LISTINGS}{listing.pk}/{verb}/", EXIT).status_code == 404
        unit = as_unit.post(f"{LISTINGS}{listing.pk}/{verb}/", EXIT)
        assert (unit.status_code, unit.json()["code"]) == (403, "role_required")
    assert Client().post(f"{LISTINGS}{listing.pk}/shield/", EXIT).status_code == 401


def test_the_feed_is_read_in_order_and_acknowledged(as_unit: Caller, court: Court) -> None:
    listing = builders.make_listing(court=court)
    for kind in ("listed", "suspended", "resumed"):
        Change.objects.create(kind=kind, listing=listing, at=builders.NOW)
    chain.sequence(Change)
    first = as_unit.get("/api/v1/changes/?after=0&limit=2")
    body = first.json()
    assert [(line["number"], line["kind"]) for line in body["changes"]] == [(1, "listed"), (2, "suspended")]
    assert set(body["changes"][0]) == {"number", "kind", "listing", "at", "hash"}
    assert (body["last"], body["has_more"]) == (3, True)
    assert first["X-List-Version"] == "3"
    rest = as_unit.get("/api/v1/changes/?after=2").json()
    assert (len(rest["changes"]), rest["has_more"]) == (1, False)
    last = rest["changes"][0]
    in_step = as_unit.post("/api/v1/changes/ack/", {"number": 3, "hash": last["hash"]}).json()
    assert in_step == {"in_step": True, "number": 3, "last": 3, "behind": 0}
    assert as_unit.post("/api/v1/changes/ack/", {"number": 2, "hash": last["hash"]}).json()["in_step"] is False


@pytest.mark.parametrize("query", ["after=-1", "limit=1001", "limit=0", "after=abc"])
def test_a_malformed_reading_of_the_feed_is_refused(as_unit: Caller, query: str) -> None:
    assert as_unit.get(f"/api/v1/changes/?{query}").status_code == 400


def test_every_answer_of_the_api_names_the_version_of_the_list(as_unit: Caller, client: Client) -> None:
    for answer in (as_unit.get("/api/v1/changes/"), as_unit.get(LISTINGS), client.get("/api/v1/batches/")):
        assert answer["X-List-Version"] == "0"
        assert answer["X-List-As-Of"].endswith("+08:00")
    assert "X-List-Version" not in client.get("/healthz")


def test_a_search_and_a_listing_cost_the_same_for_one_and_thirty(as_clerk: Caller, court: Court) -> None:
    def cost(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert call().status_code == 200
        return len(queries)

    unit = builders.make_listing("济南试例商贸有限公司", "91370116MA3TEXT184", court=court, kind="unit")
    builders.make_relation(unit)
    calls = (lambda: as_clerk.post(SEARCH, {"court": "鲁0116"}), lambda: as_clerk.get(f"{LISTINGS}{unit.pk}/"))
    as_clerk.get("/api/v1/changes/")  # the day's first use of a key is noted
    few = [cost(call) for call in calls]
    for n in range(29):
        builders.make_listing(court=court)
        builders.make_relation(unit, name=f"关联{n}", role="actual_controller")
    assert few == [cost(call) for call in calls]
