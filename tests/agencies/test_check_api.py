"""The check calls over HTTP: the happy way, the refused and the malformed."""

import json
from datetime import timedelta
from random import Random

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.timezone import now

from agencies.models import ApiKey, Check
from agencies.services import accounts
from core.models import AuditEntry
from tests.agencies.builders import make_measure
from tests.builders import another_person_id, make_agency, make_clerk, make_listing, make_staff, person_id

pytestmark = pytest.mark.django_db


class Caller:
    """Another system with a key."""

    def __init__(self, user, **changes) -> None:
        self.issued = accounts.issue_key(user=user, by=user, rng=Random(), **({"at": now()} | changes))
        self.client = Client(headers={"Authorization": f"Bearer {self.issued.text}"})

    def post(self, path: str, body, **headers: str):
        content = body if isinstance(body, str) else json.dumps(body)
        return self.client.post(f"/api/v1/{path}", content, content_type="application/json", headers=headers)

    def get(self, path: str):
        return self.client.get(f"/api/v1/{path}")


@pytest.fixture
def staff():
    return make_staff()


@pytest.fixture
def caller(staff):
    return Caller(staff)


def question(number: str = "", name: str = "王试例", **more):
    return {"subject": {"kind": "person", "name": name, "id_number": number}, "case_reference": "2026-1"} | more


def test_a_check_answers_as_the_contract_says(caller):
    measure = make_measure()
    make_listing("王试例", person_id())
    response = caller.post("checks/", question(person_id()))
    assert response.status_code == 201
    answer = response.json()
    assert answer["outcome"] == "hit"
    assert answer["matches"][0]["measures"][0]["id"] == str(measure.pk)
    assert set(answer) >= {
        "receipt", "outcome", "checked_at", "list_version", "matches", "same_name_count", "objection"
    }  # fmt: skip
    assert response["X-List-Version"] == str(answer["list_version"])
    assert response["X-List-As-Of"]
    stored = Check.objects.get()
    assert stored.answer == answer
    assert (stored.channel, stored.api_key) == ("api", caller.issued.key)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("not json", 400, None),
        ([], 400, ""),
        ({}, 400, "case_reference"),
        ({"case_reference": "1"}, 400, "subject"),
        ({"case_reference": "1", "subject": []}, 400, "subject"),
        ({"case_reference": 1, "subject": {}}, 400, "case_reference"),
        ({"case_reference": "1", "subject": {"kind": "person"}}, 400, "subject.name"),
        ({"case_reference": "1", "subject": {"kind": "person", "name": "王", "id_number": 3.7e17}}, 400,
         "subject.id_number"),
        (question(related={}), 400, "related"),
        (question(related=[{"name": "王"}]), 400, "related.0.role"),
        (question(measures=["x"]), 400, "measures"),
        (question(case_reference="  "), 422, "case_reference"),
        (question("123"), 422, "subject.id_number"),
        ({"case_reference": "1", "subject": {"kind": "dog", "name": "王"}}, 422, "subject.kind"),
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_a_problem_that_names_the_field(caller, body, status, field):
    response = caller.post("checks/", body)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    if field is not None:
        assert [each["field"] for each in response.json()["errors"]] == [field]
    assert not Check.objects.exists()


def test_an_impossible_identifier_has_its_own_code_and_is_not_repeated(caller):
    number = "370116199001010019"
    response = caller.post("checks/", question(number))
    assert (response.status_code, response.json()["code"]) == (422, "id_checksum")
    assert number not in response.content.decode()


def test_an_unreadable_list_is_503_and_never_clear(caller, monkeypatch):
    def gone(*given):
        raise OperationalError("gone")

    monkeypatch.setattr("agencies.services.weighing.find", gone)
    response = caller.post("checks/", question(person_id()))
    assert response.status_code == 503
    assert response.json()["code"] == "check_unavailable"
    assert b"clear" not in response.content


# --- who may ---------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "Bearer jdp_x_y"])
def test_without_a_good_key_the_answer_is_401_with_a_challenge(db, header):
    client = Client(headers={"Authorization": header} if header else {})
    response = client.post("/api/v1/checks/", "{}", content_type="application/json")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Content-Type"] == "application/problem+json"


def test_a_revoked_an_expired_and_a_deactivated_key_open_nothing(staff):
    caller = Caller(staff)
    assert caller.get("checks/none/").status_code == 404
    accounts.revoke_key(key_id=caller.issued.key.pk, of=staff, by=staff, at=now())
    assert caller.get("checks/none/").status_code == 401
    assert Caller(staff, at=now() - timedelta(days=2), days=1).get("checks/none/").status_code == 401
    other = Caller(staff)
    accounts.deactivate(user=staff, by="system", at=now())
    assert other.get("checks/none/").status_code == 401


def test_the_last_use_is_noted_once_a_day(caller, django_assert_num_queries):
    caller.get("checks/none/")
    key = ApiKey.objects.get()
    assert key.last_used_on is not None
    with django_assert_num_queries(3):  # list version, key, check
        caller.get("checks/none/")


def test_a_court_may_not_check(db):
    response = Caller(make_clerk()).post("checks/", question())
    assert (response.status_code, response.json()["code"]) == (403, "role_required")


def test_a_key_needs_the_scope(staff):
    caller = Caller(staff)
    ApiKey.objects.update(scopes=["catalogue"])
    response = caller.post("checks/", question())
    assert (response.status_code, response.json()["code"]) == (403, "scope_required")


def test_another_units_receipt_is_not_found(caller):
    receipt = caller.post("checks/", question()).json()["receipt"]
    other = Caller(make_staff("civil", make_agency("莱芜区民政局", units=("区民政局",))))
    assert other.get(f"checks/{receipt}/").status_code == 404
    assert caller.get(f"checks/{receipt}/").status_code == 200


# --- once ------------------------------------------------------------------


def test_the_same_key_asks_once(caller):
    first = caller.post("checks/", question(), **{"Idempotency-Key": "k1"})
    again = caller.post("checks/", question(), **{"Idempotency-Key": "k1"})
    assert first.json() == again.json()
    assert Check.objects.count() == 1
    other = caller.post("checks/", question(name="别人"), **{"Idempotency-Key": "k1"})
    assert other.status_code == 409


# --- afterwards ------------------------------------------------------------


def test_the_stored_answer_comes_with_now(caller):
    receipt = caller.post("checks/", question(person_id())).json()["receipt"]
    make_listing("王试例", person_id())
    answer = caller.get(f"checks/{receipt}/").json()
    assert answer["outcome"] == "clear"
    assert answer["now"] == {"outcome": "hit", "changed_since": True}


def test_verifying_needs_no_key_and_tells_nothing_personal(caller):
    make_listing("王试例", person_id())
    answer = caller.post("checks/", question(person_id())).json()
    response = Client().get(f"/api/v1/verify/{answer['receipt']}/")
    assert response.status_code == 200
    assert set(response.json()) == {"receipt", "checked_at", "unit", "outcome_hash", "valid", "changed_since"}
    text = response.content.decode()
    for secret in ("王试例", person_id(), "370116", "hit", "2026-1", "执", "finance", answer["nonce"]):
        assert secret not in text.replace(answer["receipt"], "").replace(response.json()["outcome_hash"], "").replace(
            response.json()["checked_at"], ""
        )
    assert Client().get("/api/v1/verify/C20261120-00000000/").status_code == 404


# --- bulk ------------------------------------------------------------------


def test_bulk_answers_every_row_in_order(caller):
    number = another_person_id()
    make_listing("王试例", number)
    subjects = [
        {"kind": "person", "name": "李平安", "id_number": another_person_id()},
        {"kind": "person", "name": "王试例", "id_number": number},
        {"kind": "person", "name": "坏号码", "id_number": "370116199001010019"},
        {"kind": "person"},
        "nonsense",
        {"kind": "unit", "name": "好公司", "id_number": "91370116MA3TEXT184"},
    ]
    response = caller.post("checks/bulk/", {"case_reference": "批1", "subjects": subjects})
    assert response.status_code == 200
    body = response.json()
    assert [row["index"] for row in body["results"]] == list(range(6))
    assert [row["outcome"] for row in body["results"]] == ["clear", "hit", "invalid", "invalid", "invalid", "clear"]
    assert [row.get("code") for row in body["results"]] == [
        None, None, "id_checksum", "required", "not_an_object", None
    ]  # fmt: skip
    receipts = {row["receipt"] for row in body["results"] if "receipt" in row}
    assert receipts == set(Check.objects.values_list("receipt", flat=True))
    assert {str(each) for each in Check.objects.values_list("bulk_id", flat=True)} == {body["check_id"]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"case_reference": "1"}, 400),
        ({"subjects": []}, 400),
        ({"case_reference": "1", "subjects": {}}, 400),
        ({"case_reference": "1", "subjects": [{}] * 5001}, 422),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_malformed_bulk_question_is_refused_whole(caller, body, status):
    assert caller.post("checks/bulk/", body).status_code == status
    assert not Check.objects.exists()


def test_no_identifier_reaches_the_log_or_the_audit(caller, caplog):
    with caplog.at_level("DEBUG"):
        caller.post("checks/", question(person_id()))
        caller.post("checks/", question("370116199001010019"))
    assert person_id() not in caplog.text
    assert "370116199001010019" not in caplog.text
    assert person_id() not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("member", ["name", "case_reference", "matter"])
@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_column_holds_is_a_malformed_request(caller, member, text):
    body = question(person_id())
    (body["subject"] if member == "name" else body)[member] = text
    response = caller.post("checks/", body)
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")
    assert not Check.objects.exists()


@pytest.mark.parametrize("name", ["\u200b", "\ufeff\u202e", "·"])
def test_a_name_of_invisible_characters_is_no_name(caller, name):
    make_listing("王试例", person_id())
    response = caller.post("checks/", question(person_id(), name=name))
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "subject.name"


def test_a_matter_that_is_too_long_is_refused_and_not_cut(caller):
    response = caller.post("checks/", question(person_id(), matter="事" * 201))
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "matter"


@pytest.mark.parametrize("address", ["checks/%00/", "verify/%00/", "checks/x%00y/", "no-such-call/", "batches/x/", ""])
def test_what_is_no_address_of_the_api_is_a_problem_too(caller, address):
    response = caller.get(address)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
    assert response.headers["X-List-Version"]


@pytest.mark.parametrize("address", ["/verify/%00/", "/verify/%00/qr.svg", "/agency/checks/%00/"])
def test_a_nul_in_a_pages_address_is_not_found(db, address):
    assert Client().get(address).status_code == 404


def test_a_body_beyond_the_limit_is_413(caller, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    response = caller.post("checks/", question(person_id(), matter="事" * 2_000))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
