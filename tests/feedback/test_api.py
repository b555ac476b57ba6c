"""`feedback/` and `reports/` over HTTP, with a key."""

from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate, now

from agencies.models import ApiKey, User
from agencies.services.accounts import issue_key
from feedback.models import Feedback, Report
from feedback.rules.periods import period_of, previous
from feedback.services.reports import create_report, submit_report, write_report
from tests.builders import make_agency, make_clerk, make_listing, make_office, make_region, make_staff, make_user
from tests.feedback.builders import make_enforcement, make_measure

pytestmark = pytest.mark.django_db
JSON = "application/json"
IDENTIFIER = "370116199001010000"


class Caller:
    """Another system with the key of an operator."""

    def __init__(self, user: User, text: str = "") -> None:
        self.user = user
        self.client = Client()
        self.headers = {
            "Authorization": "Bearer " + (text or issue_key(user=user, by=user, at=now(), rng=Random(user.pk)).text)
        }

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", body or {}, JSON, headers={**self.headers, **headers})

    def patch(self, path: str, body: Any) -> Any:
        return self.client.patch(f"/api/v1/{path}", body, JSON, headers=self.headers)


@pytest.fixture
def unit() -> Caller:
    return Caller(make_staff("finance", make_agency(units=("区财政局",))))


@pytest.fixture
def office() -> Caller:
    return Caller(make_office())


@pytest.fixture
def stranger() -> Caller:
    return Caller(make_staff("civil", make_agency("莱芜区民政局")))


def is_problem(answer: Any, status: int, code: str) -> bool:
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    return (answer.status_code, body["status"], body["code"]) == (status, status, code)


def this_month() -> str:
    return period_of(localdate()).code


# --- feedback --------------------------------------------------------------


def test_feedback_is_sent_once_and_listed_to_both_sides(unit, office, stranger):
    listing = make_listing()
    enforcement = make_enforcement(unit.user.agency, unit.user, listing, make_measure())
    body = {"enforcement": str(enforcement.pk), "content": "已限制。", "result": "已履行"}
    first = unit.post("feedback/", body, **{"Idempotency-Key": "k1"})
    again = unit.post("feedback/", body, **{"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Feedback.objects.count() == 1
    assert set(first.json()) == {
        "id", "enforcement", "listing", "measure", "unit", "court", "content", "result", "sent_at"
    }  # fmt: skip
    court = Caller(make_clerk(court=listing.court))
    for caller, count in ((unit, 1), (court, 1), (office, 1), (stranger, 0)):
        assert caller.get("feedback/").json()["count"] == count
    assert unit.get("feedback/", enforcement=str(enforcement.pk)).json()["count"] == 1
    assert unit.get("feedback/", since="2999-01-01").json()["count"] == 0
    assert unit.get("feedback/", unit=stranger.user.agency_id).json()["count"] == 0


def test_feedback_on_anothers_enforcement_is_refused(unit, office, stranger):
    enforcement = make_enforcement(unit.user.agency, unit.user, make_listing(), make_measure())
    body = {"enforcement": str(enforcement.pk), "content": "越权"}
    assert is_problem(stranger.post("feedback/", body), 404, "not_found")
    assert is_problem(office.post("feedback/", body), 403, "not_your_unit")
    assert is_problem(unit.post("feedback/", body | {"enforcement": str(uuid4())}), 404, "not_found")
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"content": ""}, 400, "invalid", "content"),
        ({"enforcement": "x"}, 400, "invalid", "enforcement"),
        ({"content": f"当事人{IDENTIFIER}"}, 422, "invalid_input", "content"),
        ({"result": IDENTIFIER}, 422, "invalid_input", "result"),
    ],
)
def test_malformed_feedback_names_its_field(unit, changes, status, code, field):
    enforcement = make_enforcement(unit.user.agency, unit.user, make_listing(), make_measure())
    answer = unit.post("feedback/", {"enforcement": str(enforcement.pk), "content": "情况"} | changes)
    assert is_problem(answer, status, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert IDENTIFIER not in answer.content.decode()


# --- reports ---------------------------------------------------------------


def test_a_report_goes_its_way_over_the_api(unit, office):
    opened = unit.post("reports/", {"period": this_month()}, **{"Idempotency-Key": "r"})
    assert opened.status_code == 201
    report = opened.json()
    assert report["status"] == "draft"
    assert report["figures"]["checks"]["total"] == 0
    path = f"reports/{report['id']}/"
    assert unit.post("reports/", {"period": this_month()}, **{"Idempotency-Key": "r"}).json()["id"] == report["id"]
    assert is_problem(unit.post("reports/", {"period": this_month()}), 409, "report_exists")
    assert is_problem(office.get(path), 404, "not_found")

    assert unit.patch(path, {"narrative": "逐一核查。"}).json()["narrative"] == "逐一核查。"
    both = unit.patch(path, {"typical_case": "张某某一案。"}).json()
    assert (both["narrative"], both["typical_case"]) == ("逐一核查。", "张某某一案。")
    assert unit.post(path + "submit/").json()["status"] == "submitted"
    assert is_problem(office.post(path + "return/", {"remarks": ""}), 422, "invalid_input")
    assert office.post(path + "return/", {"remarks": "补充"}).json()["status"] == "returned"
    assert unit.post(path + "submit/").json()["status"] == "submitted"
    accepted = office.post(path + "accept/").json()
    assert accepted["status"] == "accepted"
    assert [step["to_status"] for step in accepted["history"]] == [
        "draft", "submitted", "returned", "submitted", "accepted"
    ]  # fmt: skip
    assert is_problem(office.post(path + "return/", {"remarks": "晚了"}), 409, "illegal_move")
    assert is_problem(unit.patch(path, {"narrative": "改"}), 409, "illegal_move")


def test_a_report_is_there_for_its_unit_and_its_office_only(unit, office, stranger):
    report = create_report(period=period_of(localdate()), by=unit.user, at=now())
    write_report(report_id=report.pk, narrative="情况", typical_case="", by=unit.user, at=now())
    submit_report(report_id=report.pk, by=unit.user, at=now())
    path = f"reports/{report.pk}/"
    region = make_region("370104", "槐荫区")
    far = Caller(make_user("far", "credit_office", make_agency("槐荫区信用办", kind="credit_office", region=region)))
    for caller in (stranger, far):
        assert is_problem(caller.get(path), 404, "not_found")
        assert caller.get("reports/").json()["count"] == 0
        assert is_problem(caller.post(path + "accept/"), 404, "not_found")
    assert is_problem(unit.post(path + "accept/"), 403, "role_required")
    assert is_problem(office.post(path + "submit/"), 403, "role_required")
    assert is_problem(office.post("reports/", {"period": this_month()}), 403, "role_required")
    assert is_problem(Caller(make_clerk()).get(path), 403, "role_required")
    assert office.get("reports/", status="submitted", period=this_month()).json()["count"] == 1
    assert office.get("reports/", status="accepted").json()["count"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"period": "2026-13"}, 400, "invalid"),
        ({"period": "十一月"}, 400, "invalid"),
        ({"period": "2999-01"}, 422, "invalid_input"),
    ],
)
def test_what_is_no_period_is_refused(unit, body, status, code):
    answer = unit.post("reports/", body)
    assert is_problem(answer, status, code)
    assert [error["field"] for error in answer.json()["errors"]] == ["period"]
    assert not Report.objects.exists()


def test_an_identifier_in_a_report_is_refused_and_not_repeated(unit):
    report = create_report(period=period_of(localdate()), by=unit.user, at=now())
    answer = unit.patch(f"reports/{report.pk}/", {"typical_case": f"当事人{IDENTIFIER}"})
    assert is_problem(answer, 422, "invalid_input")
    assert answer.json()["errors"][0]["code"] == "identifier_in_text"
    assert IDENTIFIER not in answer.content.decode()


def test_malformed_filters_are_refused(unit):
    assert is_problem(unit.get("reports/", status="lost"), 400, "invalid")
    assert is_problem(unit.get("feedback/", since="昨天"), 400, "invalid")


def test_a_key_without_the_scope_opens_nothing(unit):
    ApiKey.objects.update(scopes=["check"])
    assert is_problem(unit.get("reports/"), 403, "scope_required")
    assert is_problem(unit.get("feedback/"), 403, "scope_required")
    assert Client().get("/api/v1/reports/").status_code == 401


def test_lists_cost_the_same_for_one_row_and_ten(unit):
    measure, current, counts = make_measure(), period_of(localdate()), []
    unit.get("reports/")  # the key's last day of use is written once
    for rows in (1, 9):
        for _ in range(rows):
            current = previous(current)
            create_report(period=current, by=unit.user, at=now())
            enforcement = make_enforcement(unit.user.agency, unit.user, make_listing(), measure)
            assert unit.post("feedback/", {"enforcement": str(enforcement.pk), "content": "情况"}).status_code == 201
        for path in ("reports/", "feedback/"):
            with CaptureQueriesContext(connection) as queries:
                assert unit.get(path).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
