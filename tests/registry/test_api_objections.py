"""Remedies over HTTP: happy, refused, malformed, and only for the two sides."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from agencies.models import User
from core.audit import AuditEntry
from registry.models import Court, Evidence, Listing, Objection
from registry.services.reference import load_reference_data
from tests import builders
from tests.registry.api import Caller, key_for
from tests.registry.remedies import SCAN, set_local, set_national, with_upper

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/"


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    set_national()


@pytest.fixture
def listing(court: Court) -> Listing:
    return builders.make_listing(court=court)


@pytest.fixture
def desk(clerk: User) -> Caller:
    return Caller(key_for(clerk))


def today() -> str:
    return localdate().isoformat()


def objection(of: Listing, **more: Any) -> dict[str, Any]:
    return {"listing": str(of.pk), "ground": "从未收到通知", "channel": "counter", "received_on": today(), **more}


def decision(**more: Any) -> dict[str, Any]:
    return {"reason": "经审查成立", "document_number": "（2026）鲁0116执异1号", "decided_on": today(), **more}


def test_an_objection_is_recorded_with_both_clocks_and_decided(desk: Caller, listing: Listing) -> None:
    set_local("370116")
    made = desk.post(f"{ROOT}objections/", objection(listing, served_on="2020-01-02"))
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["status"], body["late"]) == ("received", True)
    assert [(clock["key"], clock["is_local"]) for clock in body["clocks"]] == [
        ("objection.review.local", True),
        ("objection.review.national", False),
    ]
    assert all(clock["citation"] and isinstance(clock["provisional"], bool) for clock in body["clocks"])
    assert body["filing"]["key"] == "objection.local"
    address = f"{ROOT}objections/{body['id']}/"
    assert desk.post(f"{address}accept/", {}).json()["status"] == "accepted"
    upheld = desk.post(f"{address}uphold/", decision())
    assert (upheld.status_code, upheld.json()["status"], upheld.json()["outcome"]) == (200, "upheld", "revoke")
    assert desk.get(f"{ROOT}listings/{listing.pk}/").json()["status"] == "revoked"
    again = desk.post(f"{address}reject/", decision())
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    listed = desk.get(f"{ROOT}objections/?state=closed").json()
    assert (listed["count"], listed["results"][0]["decision"]["document_number"]) == (1, decision()["document_number"])
    assert desk.get(f"{ROOT}objections/?state=open").json()["count"] == 0


@pytest.mark.parametrize(("served", "late"), [(10, False), (11, True)])
def test_where_no_document_sets_a_limit_the_reminder_marks_and_nothing_is_refused(
    desk: Caller, listing: Listing, served: int, late: bool
) -> None:
    load_reference_data()
    received = date(2026, 6, 12)  # nothing but ordinary days behind it
    sent = objection(
        listing, received_on=received.isoformat(), served_on=(received - timedelta(days=served)).isoformat()
    )
    made = desk.post(f"{ROOT}objections/", sent)
    body = made.json()
    assert (made.status_code, body["late"], body["filing"]["key"]) == (201, late, "objection.reminder"), body
    assert body["filing"]["label"] == "提出异议（提示期限）"
    assert "法律未规定" in body["filing"]["citation"]
    assert [clock["key"] for clock in body["clocks"]] == ["objection.review.national"]
    assert desk.post(f"{ROOT}objections/{body['id']}/uphold/", decision()).status_code == 200


def test_an_objection_without_a_day_came_in_today(desk: Caller, listing: Listing) -> None:
    made = desk.post(f"{ROOT}objections/", {"listing": str(listing.pk), "ground": "从未收到通知"})
    assert (made.status_code, made.json()["received_on"]) == (201, today())


def test_the_same_request_twice_is_recorded_once(desk: Caller, listing: Listing) -> None:
    headers = {"Idempotency-Key": "objection-1"}
    first, second = (desk.post(f"{ROOT}objections/", objection(listing), headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert Objection.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"ground": ""}, 400, "ground"),
        ({"channel": "pigeon"}, 400, "channel"),
        ({"received_on": "2999-01-01"}, 400, "received_on"),
        ({"received_on": "soon"}, 400, "received_on"),
        ({"ground": builders.person_id()}, 400, "ground"),
        ({"unit": "莱芜区财政局"}, 422, "measure"),
        ({"listing": str(uuid4())}, 404, None),
        ({"listing": "nonsense"}, 400, "listing"),
    ],
)
def test_what_cannot_be_is_a_problem_with_its_field(
    desk: Caller, listing: Listing, given: dict[str, str], status: int, field: str | None
) -> None:
    refused = desk.post(f"{ROOT}objections/", objection(listing, **given))
    assert refused.status_code == status, refused.content
    assert refused["Content-Type"] == "application/problem+json"
    assert [each["field"] for each in refused.json()["errors"]] == ([field] if field else [])
    assert builders.person_id() not in refused.content.decode()


def test_an_upheld_objection_needs_an_outcome_that_can_be(desk: Caller, listing: Listing) -> None:
    made = desk.post(f"{ROOT}objections/", objection(listing)).json()["id"]
    for sent, code in (
        (decision(outcome="none"), "outcome_required"),
        (decision(outcome="correct", corrections={"obligation": ""}), "nothing_changed"),
    ):
        refused = desk.post(f"{ROOT}objections/{made}/uphold/", sent)
        assert (refused.status_code, refused.json()["code"]) == (422, code), refused.content
    fixed = desk.post(
        f"{ROOT}objections/{made}/uphold/", decision(outcome="correct", corrections={"obligation": "偿还本金"})
    )
    assert fixed.status_code == 200
    assert desk.get(f"{ROOT}listings/{listing.pk}/").json()["obligation"] == "偿还本金"


def test_a_unit_refers_an_objection_to_its_measure_and_decides_nothing(desk: Caller, listing: Listing) -> None:
    unit = Caller(key_for(builders.make_staff()))
    stranger = Caller(key_for(builders.make_staff("civil", builders.make_agency("莱芜区民政局"))))
    assert unit.post(f"{ROOT}objections/", objection(listing)).status_code == 422  # its measure has to be named
    made = unit.post(f"{ROOT}objections/", objection(listing, measure="第4项 限制参加政府采购")).json()
    assert (made["status"], made["about"], made["unit"], made["stay"]) == ("referred", "measure", "莱芜区财政局", None)
    address = f"{ROOT}objections/{made['id']}/"
    assert [each.get(address).status_code for each in (unit, desk, stranger)] == [200, 200, 404]
    assert stranger.get(f"{ROOT}objections/").json()["count"] == 0
    assert unit.post(f"{address}uphold/", decision()).json()["code"] == "role_required"
    settled = desk.post(f"{address}uphold/", decision())
    assert settled.json()["outcome"] == "none"


def test_the_upper_court_decides_the_reconsideration(desk: Caller, court: Court, listing: Listing) -> None:
    upper = Caller(key_for(builders.make_reviewer("upper", with_upper(court))))
    other = Caller(key_for(builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))))
    first = desk.post(f"{ROOT}objections/", objection(listing)).json()["id"]
    desk.post(f"{ROOT}objections/{first}/reject/", decision())
    served = desk.post(f"{ROOT}objections/{first}/serve/", {"served_on": today()}).json()
    assert [clock["key"] for clock in served["clocks"]] == ["reconsideration.file"]
    sent = {"objection": first, "ground": "不服", "channel": "post", "received_on": today()}
    assert other.post(f"{ROOT}reconsiderations/", sent).status_code == 404
    made = desk.post(f"{ROOT}reconsiderations/", sent).json()
    assert (made["status"], made["upper_court"]) == ("filed", "济南市中级人民法院")
    address = f"{ROOT}reconsiderations/{made['id']}/"
    assert [each.get(address).status_code for each in (desk, upper, other)] == [200, 200, 404]
    assert desk.post(f"{address}uphold/", decision()).status_code == 404
    assert upper.post(f"{address}uphold/", decision()).json()["status"] == "upheld"
    assert desk.get(f"{ROOT}listings/{listing.pk}/").json()["status"] == "revoked"


def test_an_exit_is_granted_and_then_repaired(desk: Caller, listing: Listing) -> None:
    sent = {**objection(listing), "exit_ground": "performed", "confirmed_on": today(), "ground": "已全部履行"}
    made = desk.post(f"{ROOT}exit-requests/", sent).json()
    assert [clock["key"] for clock in made["clocks"]] == ["exit.national"]
    repair = {**objection(listing), "has_commitment": True}
    early = desk.post(f"{ROOT}repairs/", repair)
    assert (early.status_code, early.json()["code"]) == (409, "listing_still_live")
    granted = desk.post(f"{ROOT}exit-requests/{made['id']}/grant/", decision())
    assert granted.json()["status"] == "granted", granted.content
    shown = desk.get(f"{ROOT}listings/{listing.pk}/").json()
    assert (shown["status"], shown["repairs"]) == ("shielded", [])
    assert desk.post(f"{ROOT}repairs/", repair).status_code == 201
    shown = desk.get(f"{ROOT}listings/{listing.pk}/").json()
    assert [(each["status"], each["outcomes"]) for each in shown["repairs"]] == [("received", [])]


# --- evidence ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Any) -> Any:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    return settings.EVIDENCE_DIR


def named(content: bytes, name: str) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def test_evidence_comes_back_to_the_two_sides_only_and_leaves_a_trace(
    desk: Caller, listing: Listing, folder: Any
) -> None:
    unit = Caller(key_for(builders.make_staff()))
    stranger = Caller(key_for(builders.make_staff("civil", builders.make_agency("莱芜区民政局"))))
    made = unit.post(f"{ROOT}objections/", objection(listing, measure="第4项")).json()["id"]
    number = builders.person_id()
    sent = unit.upload(f"{ROOT}objections/{made}/evidence/", file=named(SCAN, f"{number}收据.exe"))
    assert sent.status_code == 201, sent.content
    row = Evidence.objects.get()
    assert (row.name, row.content_type, row.size) == ("[已隐去]收据.pdf", "application/pdf", len(SCAN))
    on_disk = (folder / row.path).read_bytes()
    assert SCAN not in on_disk and b"%PDF" not in on_disk
    assert (folder / row.path).stat().st_mode & 0o777 == 0o600
    address = f"{ROOT}evidence/{row.pk}/"
    for side in (unit, desk):
        answer = side.get(address)
        assert (answer.status_code, answer.content) == (200, SCAN)
        assert answer["Content-Disposition"].startswith("attachment")
    assert stranger.get(address).status_code == 404
    assert stranger.upload(f"{ROOT}objections/{made}/evidence/", file=named(SCAN, "x.pdf")).status_code == 404
    assert AuditEntry.objects.filter(verb="read_evidence", target_id=str(row.pk)).count() == 2
    assert len(list(folder.glob("*/*"))) == 1


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "空.pdf", "file_empty"),
        (b"MZ\x90\x00", "收据.pdf", "file_type"),
        (b"<html><script>", "收据.png", "file_type"),
        (b"PK\x03\x04", "收据.docx", "file_type"),
        (SCAN + b"/JavaScript (app.alert(1))", "收据.pdf", "file_active"),
        (SCAN + b" " * 10 * 1024 * 1024, "大.pdf", "file_too_large"),
    ],
)
def test_what_is_no_scan_is_refused_and_leaves_nothing(
    desk: Caller, listing: Listing, folder: Any, content: bytes, name: str, code: str
) -> None:
    made = desk.post(f"{ROOT}objections/", objection(listing)).json()["id"]
    refused = desk.upload(f"{ROOT}objections/{made}/evidence/", file=named(content, name))
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.content
    assert not Evidence.objects.exists()
    assert not folder.exists() or not list(folder.glob("*/*"))


def test_a_list_of_remedies_costs_the_same_for_one_and_thirty(desk: Caller, court: Court) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"{ROOT}objections/").status_code == 200
        return len(queries)

    desk.post(f"{ROOT}objections/", objection(builders.make_listing(court=court)))
    one = cost()
    for _ in range(29):
        desk.post(f"{ROOT}objections/", objection(builders.make_listing(court=court)))
    assert cost() == one
