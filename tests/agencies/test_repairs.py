"""Credit repair: every unit that had measures answers, once; the answers stand with the listing."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from agencies.models import RepairDecision, User
from agencies.services.repairs import decide_repair, open_repair_decisions
from core import outbox
from core.errors import DomainError, IllegalMove, InvalidInput, NotFound
from core.outbox import OutboxDelivery, OutboxEvent
from registry.models import CreditRepair, Listing, RepairOutcome
from registry.services.listings import shield_listing
from tests import builders
from tests.agencies import acts
from tests.builders import NOW, TODAY
from tests.registry.remedies import ask_for_repair, day, set_national

pytestmark = pytest.mark.django_db

ANSWER: dict[str, Any] = {
    "is_allowed": True,
    "reason": "已履行，符合条件。",
    "document_number": "莱财信修〔2026〕1号",
    "decided_on": TODAY,
}


@pytest.fixture
def clerk(db: None) -> User:
    set_national()
    return builders.make_clerk()


@pytest.fixture
def units(clerk: User) -> tuple[User, User, User]:
    """Two units that acted on the listing, and one that did not."""
    civil = builders.make_agency("莱芜区民政局", units=("区民政局",))
    housing = builders.make_agency("莱芜区住房和城乡建设局", units=("区住建局",))
    return builders.make_staff(), builders.make_staff("civil", civil), builders.make_staff("housing", housing)


@pytest.fixture
def repair(clerk: User, units: tuple[User, User, User]) -> CreditRepair:
    listing = builders.make_listing()
    acts.apply(units[0], listing, acts.make_measure())
    acts.apply(units[1], listing, acts.make_measure("5", units=("区民政局",)))
    shield_listing(listing_id=listing.pk, ground="performed", document_number="1", happened_on=TODAY, by=clerk, at=NOW)
    listing.refresh_from_db()
    return ask_for_repair(listing, clerk, has_commitment=True)


def decide(user: User, repair: CreditRepair, **given: Any) -> RepairDecision:
    own = RepairDecision.objects.get(repair=repair, agency=user.agency)
    return decide_repair(decision_id=own.pk, by=user, at=NOW, **{**ANSWER, **given})


def test_the_event_asks_exactly_the_units_that_acted_however_often_it_comes(
    repair: CreditRepair, units: tuple[User, User, User]
) -> None:
    event = OutboxEvent.objects.get(topic="repair.record")
    outbox.relay_event(event_id=event.pk, at=NOW)
    for delivery in OutboxDelivery.objects.filter(event=event):
        outbox.deliver_event(delivery_id=delivery.pk, at=NOW)
    assert open_repair_decisions(repair_id=repair.pk, at=NOW) == 0
    found = RepairDecision.objects.filter(repair=repair)
    assert {each.agency_id for each in found} == {units[0].agency_id, units[1].agency_id}
    assert {each.due_on for each in found} == {day("2026-12-04")}
    assert [each.transitions.count() for each in found] == [1, 1]


def test_the_last_answer_settles_the_repair_and_all_stand_with_the_listing(
    repair: CreditRepair, units: tuple[User, User, User]
) -> None:
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    decide(units[0], repair)
    repair.refresh_from_db()
    assert repair.status == "received"
    decide(units[1], repair, is_allowed=False, reason="尚有未了结事项。")
    repair.refresh_from_db()
    assert (repair.status, repair.due_on) == ("decided", None)
    outcomes = RepairOutcome.objects.filter(repair=repair).values_list("unit_name", "is_allowed")
    assert dict(outcomes) == {"莱芜区财政局": True, "莱芜区民政局": False}
    assert OutboxEvent.objects.filter(topic="repair.decided").count() == 1


def test_a_unit_decides_once_and_only_for_itself(repair: CreditRepair, units: tuple[User, User, User]) -> None:
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    own = decide(units[0], repair)
    with pytest.raises(IllegalMove):
        decide(units[0], repair)
    for stranger in (units[1], units[2]):
        with pytest.raises(NotFound):
            decide_repair(decision_id=own.pk, by=stranger, at=NOW, **ANSWER)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"document_number": ""}, "document_number"),
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": day("2026-11-21")}, "decided_on"),
        ({"decided_on": day("2026-11-19")}, "decided_on"),
    ],
)
def test_an_answer_states_reason_number_and_day(
    repair: CreditRepair, units: tuple[User, User, User], given: dict[str, Any], field: str
) -> None:
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    with pytest.raises(InvalidInput) as refused:
        decide(units[0], repair, **given)
    assert [each.field for each in refused.value.errors] == [field]


def test_a_failure_at_the_end_leaves_the_question_open(
    repair: CreditRepair, units: tuple[User, User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    monkeypatch.setattr("agencies.services.repairs.record_repair_outcome", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        decide(units[0], repair)
    assert {each.status for each in RepairDecision.objects.all()} == {"due"}
    assert not RepairOutcome.objects.exists()


def test_an_application_is_taken_by_any_unit_that_may_know_of_the_listing(
    repair: CreditRepair, units: tuple[User, User, User]
) -> None:
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    for user in units[:2]:
        decide(user, repair)
    Listing.objects.filter(pk=repair.listing_id).update(publishable=False)
    with pytest.raises(NotFound):
        ask_for_repair(repair.listing, units[2])
    assert ask_for_repair(repair.listing, units[0], has_met=True).status == "received"


def test_where_no_unit_acted_there_is_nothing_to_decide(clerk: User) -> None:
    listing = builders.make_listing()
    acts.end(listing)
    repair = ask_for_repair(Listing.objects.get(pk=listing.pk), clerk)
    assert open_repair_decisions(repair_id=repair.pk, at=NOW) == 0
    repair.refresh_from_db()
    assert repair.status == "decided"


@pytest.mark.django_db(transaction=True)
def test_two_units_at_once_settle_the_repair_once(repair: CreditRepair, units: tuple[User, User, User]) -> None:
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    start, results = Barrier(3), []

    def run(user: User) -> None:
        try:
            start.wait(10)
            decide(user, repair)
            results.append("done")
        except DomainError as error:
            results.append(error.code)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(user,)) for user in (units[0], units[1], units[1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["done", "done", "illegal_move"]
    repair.refresh_from_db()
    assert repair.status == "decided"
    assert repair.transitions.filter(to_status="decided").count() == 1
