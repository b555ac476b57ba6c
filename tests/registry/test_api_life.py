"""Before a listing and after it, over HTTP: extension, notices, grace, the archive."""

from datetime import date
from typing import Any

import pytest

from core.models import AuditEntry
from registry.models import GracePeriod, RiskNotice
from registry.services import listings
from tests import builders
from tests.builders import NOW, TODAY, another_person_id
from tests.registry.api import Caller, key_for

pytestmark = pytest.mark.django_db

LISTINGS = "/api/v1/listings/"
PARTY = {"case_number": "（2020）鲁0116执1号", "kind": "person", "name": "王试例", "document_number": "通知书"}
DAY: dict[str, Any] = {"document_number": "决定书", "happened_on": "2026-11-18"}
EXIT: dict[str, Any] = {**DAY, "ground": "performed"}
TERM: dict[str, Any] = {
    "circumstances": ["obstructs"],
    "decided_on": date(2026, 1, 5),
    "term_ends_on": date(2028, 1, 5),
}
DECISION = {"decision_number": "决定书", "decided_on": "2026-11-18", "circumstances": ["evades"]}


@pytest.fixture
def as_clerk(clerk):
    return Caller(key_for(clerk))


def test_a_term_is_extended(as_clerk, court):
    listing = builders.make_listing(court=court, **TERM)
    address = f"{LISTINGS}{listing.pk}/extend/"
    body = as_clerk.post(address, {**DAY, "ground": "情节严重", "years": 2}).json()
    assert (body["status"], body["term_ends_on"]) == ("active", "2030-01-05")
    assert body["history"][0]["after"] == {"term_ends_on": "2030-01-05", "extended_years": 2}
    refused = as_clerk.post(address, {**DAY, "ground": "情节严重", "years": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "term_too_long")
    malformed = as_clerk.post(address, {**DAY, "ground": "情节严重", "years": 9})
    assert (malformed.status_code, malformed.json()["errors"][0]["field"]) == (400, "years")


def test_a_running_term_refuses_performance_and_names_the_rule(as_clerk, court):
    listing = builders.make_listing(court=court, **TERM)
    refused = as_clerk.post(f"{LISTINGS}{listing.pk}/shield/", EXIT)
    assert (refused.status_code, refused.json()["code"]) == (422, "term_still_runs")
    assert "第十条第二款" in refused.json()["detail"]
    early = as_clerk.post(f"{LISTINGS}{listing.pk}/shield/", {**EXIT, "ground": "early_removal"})
    assert (early.status_code, early.json()["status"]) == (200, "shielded")


def test_a_warning_is_recorded_once(as_clerk):
    given = {**PARTY, "served_on": "2026-11-18", "channel": "notice", "id_number": another_person_id()}
    made = as_clerk.post("/api/v1/risk-notices/", given)
    assert (made.status_code, made.json()["name"]) == (201, "王试例")
    assert given["id_number"] not in made.content.decode()
    assert as_clerk.post("/api/v1/risk-notices/", given).status_code == 409
    assert as_clerk.post("/api/v1/risk-notices/", {**given, "channel": "pigeon"}).status_code == 400
    refused = as_clerk.post("/api/v1/risk-notices/", {**given, "case_number": "看不清"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "case_number_unreadable")
    assert as_clerk.get("/api/v1/risk-notices/").json()["count"] == RiskNotice.objects.count() == 1


def test_the_same_key_records_one_warning(as_clerk):
    given = {**PARTY, "served_on": "2026-11-18", "channel": "notice"}
    answers = [as_clerk.post("/api/v1/risk-notices/", given, {"Idempotency-Key": "n1"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_grace_is_granted_with_and_without_a_decision(as_clerk):
    given = {**PARTY, "starts_on": "2026-11-18", "months": 1}
    bare = as_clerk.post("/api/v1/grace-periods/", given)
    assert (bare.status_code, bare.json()["ends_on"], bare.json()["listing"]) == (201, "2026-12-18", None)
    decided = {**given, "case_number": "（2020）鲁0116执2号", "id_number": another_person_id(), "decision": DECISION}
    made = as_clerk.post("/api/v1/grace-periods/", decided).json()
    waiting = as_clerk.get(f"{LISTINGS}{made['listing']}/").json()
    assert (waiting["status"], [clock["key"] for clock in waiting["clocks"]]) == ("pending", ["grace", "term"])
    assert Caller(key_for(builders.make_staff())).get(f"{LISTINGS}{made['listing']}/").status_code == 404
    assert as_clerk.post("/api/v1/grace-periods/", {**decided, "months": 4}).status_code == 400
    refused = as_clerk.post("/api/v1/grace-periods/", {**decided, "id_number": ""})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "id_number")
    assert as_clerk.get("/api/v1/grace-periods/").json()["count"] == GracePeriod.objects.count() == 2


def test_an_ended_listing_answers_its_contents_only_with_a_reason(as_clerk, court, clerk):
    listing = builders.make_listing("欧阳试例", court=court, obligation="偿还司徒某借款", circumstances=["evades"])
    address = f"{LISTINGS}{listing.pk}/"
    assert as_clerk.post(f"{address}open/", {"reason": "核查"}).status_code == 409
    given: dict[str, Any] = {"document_number": "1", "happened_on": TODAY, "by": clerk, "at": NOW}
    given["listing_id"] = listing.pk
    listings.correct_listing(**given, corrections={"obligation": "偿还司空某借款"}, ground="核实")
    listings.shield_listing(**given, ground="performed")
    closed = as_clerk.get(address).json()
    assert (closed["status"], closed["obligation"], closed["circumstances"]) == ("shielded", "", [])
    assert [(line["kind"], line["after"]) for line in closed["history"]] == [
        ("shielded", {"status": "shielded"}), ("corrected", {}),
    ]  # fmt: skip
    assert closed["exit"]["document_number"] == "1"
    assert as_clerk.post(f"{address}open/", {}).status_code == 400
    opened = as_clerk.post(f"{address}open/", {"reason": "信访核查"})
    assert opened.json()["obligation"] == "偿还司空某借款"
    assert AuditEntry.objects.get(verb="look_into_archive").after == {"reason": "信访核查"}
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    assert Caller(key_for(stranger)).post(f"{address}open/", {"reason": "核查"}).status_code == 404


def test_who_is_not_of_the_court_hears_of_a_listing_while_it_is_in_effect(court):
    unit, office = Caller(key_for(builders.make_staff())), Caller(key_for(builders.make_office()))
    for status, seen in (("active", 200), ("suspended", 200), ("pending", 404)):
        listing = builders.make_listing(court=court, status=status)
        assert [each.get(f"{LISTINGS}{listing.pk}/").status_code for each in (unit, office)] == [seen, seen]
    void = builders.make_listing(court=court, status="revoked", exit_ground="other", exit_document="1", exit_on=TODAY)
    for caller in (unit, office):
        body = caller.get(f"{LISTINGS}{void.pk}/").json()
        assert (body["status"], body["name"], body["id_masked"]) == ("revoked", "", "")
    gone = builders.make_listing(
        "欧阳试例", court=court, status="shielded", exit_ground="performed", exit_document="1", exit_on=TODAY
    )
    for caller in (unit, office):  # who follows the feed learns that it ended, and no longer who it was
        body = caller.get(f"{LISTINGS}{gone.pk}/").json()
        assert (body["status"], body["name"], body["id_masked"]) == ("shielded", "欧＊＊＊", "")
        assert caller.post(f"{LISTINGS}search/", {"name": "欧阳试例"}).json()["count"] == 0
