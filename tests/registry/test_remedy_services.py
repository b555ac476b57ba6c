"""Remedies by their services: heard when late, decided with what they change, twice, raced, rolled back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from agencies.models import User
from core import outbox
from core.audit import AuditEntry
from core.errors import Conflict, DomainError, IllegalMove, InvalidInput, NotFound
from core.outbox import OutboxEvent
from registry.models import Change, Court, CreditRepair, Listing, MatchKey, MeasureStay, Objection, RemedyNotice
from registry.services import exit_requests, objections, remedy_notices, remedy_steps, repairs, stays
from tests import builders
from tests.builders import NOW, TODAY
from tests.registry.remedies import (
    DECISION,
    ask_for_repair,
    ask_to_leave,
    day,
    object_to,
    reconsider,
    reject,
    set_local,
    set_national,
    set_rules,
    with_upper,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    set_national()


@pytest.fixture
def listing(court: Court) -> Listing:
    return builders.make_listing(court=court)


def uphold(objection: Objection, by: User, **given: Any) -> Objection:
    return objections.uphold_objection(objection_id=objection.pk, by=by, at=NOW, **{**DECISION, **given})


# --- recording --------------------------------------------------------------------------------------------------------


def test_an_objection_has_its_history_audit_event_and_the_earlier_of_its_clocks(clerk: User, listing: Listing) -> None:
    set_local("370116")
    objection = object_to(listing, clerk, applicant="王试例", received_on=day("2026-11-18"))
    assert (objection.status, objection.due_on, objection.due_is_provisional) == ("received", day("2026-11-23"), False)
    assert objection.applicant == "王**"
    assert [step.to_status for step in objection.transitions.all()] == ["received"]
    assert AuditEntry.objects.filter(verb="record_objection", target_id=str(objection.pk)).count() == 1
    event = OutboxEvent.objects.get(topic="objection.record")
    assert event.payload == {"remedy": str(objection.pk), "listing": str(listing.pk)}


@pytest.mark.parametrize(
    ("received", "late"), [("2026-11-11", False), ("2026-11-12", True), ("2026-11-20", True), ("2026-11-02", False)]
)
def test_a_late_objection_is_accepted_and_marked(clerk: User, listing: Listing, received: str, late: bool) -> None:
    set_local("370116")
    objection = object_to(listing, clerk, received_on=day(received), served_on=day("2026-11-01"))
    assert objection.is_late is late
    assert Objection.objects.open().filter(pk=objection.pk).exists()


def test_where_no_document_sets_a_limit_nobody_is_late(clerk: User, listing: Listing) -> None:
    assert object_to(listing, clerk, served_on=day("2020-01-01")).is_late is False


def test_a_clock_over_a_year_without_a_calendar_is_provisional(clerk: User, listing: Listing) -> None:
    far = NOW.replace(year=2041)
    objection = object_to(listing, clerk, received_on=far.date(), at=far)
    assert objection.due_is_provisional


def test_a_missing_setting_makes_nobody_wait_for_ever(court: Court, clerk: User, listing: Listing) -> None:
    from registry.models import DeadlineRule

    DeadlineRule.objects.all().delete()
    assert object_to(listing, clerk).due_on == day("2026-11-25")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ground": " "}, "ground"),
        ({"channel": "pigeon"}, "channel"),
        ({"received_on": None}, "received_on"),
        ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
        ({"served_on": TODAY + timedelta(days=1)}, "served_on"),
        ({"about": "weather"}, "about"),
        ({"about": "measure", "measure": "限制"}, "unit"),
        ({"about": "measure", "unit": "财政局"}, "measure"),
    ],
)
def test_what_an_objection_must_say(clerk: User, listing: Listing, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        object_to(listing, clerk, **given)
    assert [each.field for each in refused.value.errors] == [field]
    assert not Objection.objects.exists()


def test_no_text_keeps_an_identifier(clerk: User, listing: Listing) -> None:
    number = builders.person_id()
    objection = object_to(listing, clerk, ground=f"我是{number}", about="measure", unit=number, measure=number)
    uphold(objection, clerk, reason=f"申请人{number}", outcome="none")
    with connection.cursor() as cursor:
        for table in ("registry_objection", "registry_objectiontransition", "core_auditentry", "core_outboxevent"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{number}%"])
            assert cursor.fetchone()[0] == 0, table


def test_strangers_record_nothing(listing: Listing, court: Court) -> None:
    other = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    for by in (other, builders.make_office(), builders.make_user("root", "administrator")):
        with pytest.raises(NotFound):
            object_to(listing, by)
        with pytest.raises(NotFound):
            ask_to_leave(listing, by)


# --- deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "status"), [("", "revoked"), ("revoke", "revoked"), ("shield", "shielded")])
def test_a_founded_objection_ends_the_listing_in_the_same_transaction(
    clerk: User, listing: Listing, outcome: str, status: str
) -> None:
    objection = uphold(object_to(listing, clerk), clerk, outcome=outcome)
    listing.refresh_from_db()
    assert (objection.status, listing.status, listing.exit_document) == (
        "upheld",
        status,
        DECISION["document_number"],
    )
    assert objection.due_on is None
    assert not MatchKey.objects.filter(listing=listing).exists()
    assert Change.objects.filter(listing=listing, kind=status).count() == 1


def test_a_founded_objection_corrects_the_listing(clerk: User, listing: Listing) -> None:
    uphold(object_to(listing, clerk), clerk, outcome="correct", corrections={"obligation": "偿还本金"})
    listing.refresh_from_db()
    assert (listing.status, listing.obligation) == ("active", "偿还本金")


def test_where_the_listing_cannot_move_the_objection_does_not_either(clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    with pytest.raises(InvalidInput, match="没有需要更正"):
        uphold(objection, clerk, outcome="correct", corrections={})
    with pytest.raises(InvalidInput) as refused:
        uphold(objection, clerk, outcome="none")
    assert refused.value.code == "outcome_required"
    objection.refresh_from_db()
    assert (objection.status, objection.transitions.count()) == ("received", 1)
    listing.refresh_from_db()
    assert listing.status == "active"


def test_a_failure_at_the_very_end_leaves_the_listing_as_it_was(
    clerk: User, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    objection = object_to(listing, clerk)
    original = outbox.emit

    def fail(topic: str, **payload: Any) -> Any:
        if topic == "objection.upheld":
            raise RuntimeError("the last step")
        return original(topic, **payload)

    monkeypatch.setattr(outbox, "emit", fail)
    with pytest.raises(RuntimeError):
        uphold(objection, clerk)
    listing.refresh_from_db()
    objection.refresh_from_db()
    assert (listing.status, objection.status) == ("active", "received")
    assert MatchKey.objects.filter(listing=listing).exists()
    assert not Change.objects.filter(listing=listing).exists()


def test_what_is_decided_is_not_decided_again(clerk: User, listing: Listing) -> None:
    objection = reject(object_to(listing, clerk), clerk)
    for act in (
        lambda: uphold(objection, clerk),
        lambda: reject(objection, clerk),
        lambda: objections.withdraw_objection(objection_id=objection.pk, reason="撤回", by=clerk, at=NOW),
        lambda: objections.accept_objection(objection_id=objection.pk, by=clerk, at=NOW),
    ):
        with pytest.raises(IllegalMove):
            act()
    assert objection.transitions.count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"document_number": " "}, "document_number"),
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": TODAY + timedelta(days=1)}, "decided_on"),
        ({"decided_on": TODAY - timedelta(days=1)}, "decided_on"),
        ({"served_on": TODAY - timedelta(days=1)}, "served_on"),
    ],
)
def test_a_decision_states_reason_number_and_days(
    clerk: User, listing: Listing, given: dict[str, Any], field: str
) -> None:
    objection = object_to(listing, clerk)
    for decide in (uphold, reject):
        with pytest.raises(InvalidInput) as refused:
            decide(objection, clerk, **given)
        assert field in [each.field for each in refused.value.errors]


def test_service_of_the_decision_is_recorded_once_and_starts_the_partys_clock(clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)

    def serve(served_on: date | None = TODAY) -> Objection:
        return remedy_steps.serve_decision(
            model=Objection, remedy_id=objection.pk, served_on=served_on, by=clerk, at=NOW
        )

    with pytest.raises(IllegalMove):
        serve()
    reject(objection, clerk, served_on=None)
    with pytest.raises(InvalidInput):
        serve(None)
    assert serve().decision_served_on == TODAY
    with pytest.raises(IllegalMove):
        serve()


# --- reconsideration --------------------------------------------------------------------------------------------------


def test_the_upper_courts_decision_changes_the_listing_of_the_court_below(
    court: Court, clerk: User, listing: Listing
) -> None:
    above = with_upper(court)
    upper = builders.make_reviewer("upper", above)
    found = reconsider(reject(object_to(listing, clerk), clerk), clerk)
    assert (found.court, found.is_late, found.due_on) == (above, False, day("2026-12-07"))
    with pytest.raises(NotFound):
        objections.uphold_reconsideration(reconsideration_id=found.pk, by=clerk, at=NOW, **DECISION)
    objections.uphold_reconsideration(reconsideration_id=found.pk, by=upper, at=NOW, **DECISION)
    listing.refresh_from_db()
    assert listing.status == "revoked"
    assert Change.objects.get(listing=listing).by_id == upper.pk
    assert AuditEntry.objects.get(verb="revoke_listing").actor_id == upper.pk
    with pytest.raises(IllegalMove):
        objections.dismiss_reconsideration(reconsideration_id=found.pk, by=upper, at=NOW, **DECISION)


def test_a_dismissed_reconsideration_changes_nothing(court: Court, clerk: User, listing: Listing) -> None:
    upper = builders.make_reviewer("upper", with_upper(court))
    found = reconsider(reject(object_to(listing, clerk), clerk), upper)
    objections.dismiss_reconsideration(reconsideration_id=found.pk, by=upper, at=NOW, **DECISION)
    listing.refresh_from_db()
    assert listing.status == "active"


@pytest.mark.parametrize(("received", "late"), [("2026-11-11", False), ("2026-11-12", True)])
def test_a_late_reconsideration_is_accepted_and_marked(
    court: Court, clerk: User, listing: Listing, received: str, late: bool
) -> None:
    with_upper(court)
    objection = object_to(listing, clerk, received_on=day("2026-10-20"))
    reject(objection, clerk, decided_on=day("2026-10-30"), served_on=day("2026-11-01"))
    assert reconsider(objection, clerk, received_on=day(received)).is_late is late


def test_only_a_rejection_is_reconsidered_and_only_once(court: Court, clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    with pytest.raises(IllegalMove, match="被驳回"):
        reconsider(objection, clerk)
    reject(objection, clerk)
    with pytest.raises(Conflict, match="上一级"):
        reconsider(objection, clerk)
    with_upper(court)
    reconsider(objection, clerk)
    with pytest.raises(Conflict, match="已经申请"):
        reconsider(objection, clerk)


# --- exit requests and repairs ----------------------------------------------------------------------------------------


def test_granting_an_exit_shields_and_refusing_does_not(clerk: User, listing: Listing) -> None:
    first = ask_to_leave(listing, clerk, confirmed_on=day("2026-11-18"))
    assert first.due_on == day("2026-11-23")
    with pytest.raises(Conflict):
        ask_to_leave(listing, clerk)
    exit_requests.refuse_exit_request(request_id=first.pk, by=clerk, at=NOW, **DECISION)
    listing.refresh_from_db()
    assert listing.status == "active"
    second = ask_to_leave(listing, clerk)
    exit_requests.grant_exit_request(request_id=second.pk, by=clerk, at=NOW, **DECISION)
    listing.refresh_from_db()
    assert (listing.status, listing.exit_ground) == ("shielded", "performed")
    with pytest.raises(IllegalMove):
        exit_requests.grant_exit_request(request_id=second.pk, by=clerk, at=NOW, **DECISION)
    with pytest.raises(IllegalMove):
        ask_to_leave(listing, clerk, exit_ground="terminated")


def test_an_exit_that_the_listing_refuses_is_not_granted(clerk: User, listing: Listing) -> None:
    request = ask_to_leave(listing, clerk)
    uphold(object_to(listing, clerk), clerk)
    with pytest.raises(IllegalMove):
        exit_requests.grant_exit_request(request_id=request.pk, by=clerk, at=NOW, **DECISION)
    request.refresh_from_db()
    assert request.status == "received"
    exit_requests.withdraw_exit_request(request_id=request.pk, reason="条目已撤销", by=clerk, at=NOW)


def test_performance_alone_ends_no_term_and_the_request_stays_open(court: Court, clerk: User) -> None:
    held = builders.make_listing(
        court=court, circumstances=["evades"], decided_on=day("2026-01-05"), term_ends_on=day("2028-01-05")
    )
    request = ask_to_leave(held, clerk)
    with pytest.raises(DomainError) as refused:
        exit_requests.grant_exit_request(request_id=request.pk, by=clerk, at=NOW, **DECISION)
    assert refused.value.code == "term_still_runs"
    request.refresh_from_db()
    held.refresh_from_db()
    assert (request.status, held.status) == ("received", "active")


def test_wrongly_listed_is_a_matter_of_objection(clerk: User, listing: Listing) -> None:
    with pytest.raises(InvalidInput, match="补正") as refused:
        ask_to_leave(listing, clerk, exit_ground="wrongly_listed")
    assert refused.value.errors[0].field == "exit_ground"


def test_repair_is_for_who_has_left_the_list(clerk: User, listing: Listing) -> None:
    with pytest.raises(IllegalMove):
        ask_for_repair(listing, clerk)
    uphold(object_to(listing, clerk), clerk)
    repair = ask_for_repair(listing, clerk)
    assert repair.due_on == day("2026-12-04")
    with pytest.raises(Conflict):
        ask_for_repair(listing, clerk)
    assert repairs.close_repair_without_units(repair_id=repair.pk, at=NOW)
    assert not repairs.close_repair_without_units(repair_id=repair.pk, at=NOW)
    assert CreditRepair.objects.get().status == "decided"


# --- stays ------------------------------------------------------------------------------------------------------------


def test_a_regions_rule_stays_the_measures_until_the_objection_is_settled(clerk: User, listing: Listing) -> None:
    set_rules("370000", objection__suspends_measures="yes")
    staff = builders.make_staff()
    objection = object_to(listing, staff, measure="第4项 限制参加政府采购", channel="")
    assert (objection.about, objection.unit_name, objection.status) == ("measure", "莱芜区财政局", "referred")
    assert [step.to_status for step in objection.transitions.all()] == ["received", "referred"]
    stay = MeasureStay.objects.get()
    assert (stay.region_id, stay.until) == ("370000", None)
    assert set(stays.stayed([listing.pk], ["370116", "370100", "370000"])) == {listing.pk}
    assert stays.stayed([listing.pk], ["440800", "440000"]) == {}
    uphold(objection, clerk)
    assert stays.stayed([listing.pk], ["370000"]) == {}
    listing.refresh_from_db()
    assert listing.status == "active"  # a measure found wrong says nothing against the listing


@pytest.mark.parametrize("how", ["reject", "withdraw"])
def test_a_stay_ends_however_the_objection_ends(clerk: User, listing: Listing, how: str) -> None:
    set_rules("370116", objection__suspends_measures="yes")
    objection = object_to(listing, builders.make_staff(), measure="第4项")
    assert stays.stayed([listing.pk], ["370116"])
    if how == "reject":
        reject(objection, clerk)
    else:
        objections.withdraw_objection(objection_id=objection.pk, reason="撤回", by=clerk, at=NOW)
    assert stays.stayed([listing.pk], ["370116"]) == {}


def test_without_a_rule_and_against_the_listing_itself_nothing_is_stayed(clerk: User, listing: Listing) -> None:
    object_to(listing, builders.make_staff(), measure="第4项")
    set_rules("370116", objection__suspends_measures="yes")
    object_to(listing, clerk)
    assert not MeasureStay.objects.exists()


# --- notices ----------------------------------------------------------------------------------------------------------


def notices() -> list[tuple[str, str]]:
    return list(RemedyNotice.objects.order_by("id").values_list("notice", "court__code"))


def test_reminders_and_escalations_are_given_once_however_often_and_late_they_run(
    court: Court, clerk: User, listing: Listing
) -> None:
    with_upper(court)
    objection = object_to(listing, clerk)  # due on 2026-12-07, a Monday

    def run(text: str) -> int:
        return remedy_notices.notify_all(today=day(text), at=NOW)

    assert [run(text) for text in ("2026-12-02", "2026-12-03", "2026-12-03", "2026-12-04")] == [0, 1, 0, 0]
    assert notices() == [("reminder", "鲁0116")]
    assert [run("2026-12-08"), run("2026-12-08"), run("2026-12-10")] == [1, 0, 1]
    assert notices()[1:] == [("to_reviewer", "鲁0116"), ("to_upper_court", "鲁01")]
    reject(objection, clerk)
    assert run("2027-01-05") == 0


def test_run_after_a_long_silence_it_says_what_should_have_been_said(
    court: Court, clerk: User, listing: Listing
) -> None:
    with_upper(court)
    object_to(listing, clerk)
    ask_to_leave(listing, clerk)
    assert remedy_notices.notify_all(today=day("2026-12-30"), at=NOW) == 4
    assert {notice for notice, _ in notices()} == {"to_reviewer", "to_upper_court"}


def test_an_estimate_is_counted_again_when_the_calendar_is_known(clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    Objection.objects.filter(pk=objection.pk).update(due_on=day("2026-12-09"), due_is_provisional=True)
    remedy_notices.notify_all(today=TODAY, at=NOW)
    objection.refresh_from_db()
    assert (objection.due_on, objection.due_is_provisional) == (day("2026-12-07"), False)


# --- at the same time -------------------------------------------------------------------------------------------------


def race(*acts: Callable[[], Any]) -> list[str]:
    """Run on connections of their own, at once; what each came to."""
    start, results = Barrier(len(acts)), [""] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            act()
            results[index] = "done"
        except DomainError as error:
            results[index] = error.code
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands(clerk: User, reviewer: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    assert race(lambda: uphold(objection, clerk), lambda: reject(objection, reviewer)) == ["done", "illegal_move"]
    objection.refresh_from_db()
    listing.refresh_from_db()
    assert (listing.status == "revoked") is (objection.status == "upheld")


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_once_is_recorded_once(clerk: User, reviewer: User, listing: Listing) -> None:
    assert race(lambda: ask_to_leave(listing, clerk), lambda: ask_to_leave(listing, reviewer)) == [
        "done",
        "exit_request_is_open_once_per_ground",
    ]


@pytest.mark.django_db(transaction=True)
def test_notices_given_by_two_at_once_are_given_once(clerk: User, listing: Listing) -> None:
    object_to(listing, clerk)
    run = lambda: remedy_notices.notify_all(today=day("2026-12-08"), at=NOW)  # noqa: E731
    assert race(run, run) == ["done", "done"]
    assert RemedyNotice.objects.count() == 1
