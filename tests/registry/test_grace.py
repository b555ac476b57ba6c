"""Grace, and listings that wait for its end: granted once, found by nobody, in effect the day after."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from core.errors import Conflict, IllegalMove, InvalidInput
from core.models import AuditEntry, OutboxEvent
from registry.choices import KeyKind
from registry.models import Change, GracePeriod, Listing, MatchKey
from registry.rules.identifiers import read_identifier
from registry.services import grace, listings
from registry.services.grace import ListingDecision
from registry.services.identity import party_keys
from tests import builders
from tests.builders import NOW, TODAY, another_person_id, person_id

CASE = "（2020）鲁0116执1号"
GIVEN = {"case_number": CASE, "kind": "person", "name": "王试例", "id_number": "", "starts_on": TODAY, "months": 2,
         "document_number": "（2020）鲁0116执1号宽限通知"}  # fmt: skip
DECIDED = ListingDecision("（2020）鲁0116执1号决定书", TODAY, ["obstructs", "able_but_refuses"], "偿还借款本金")
EXIT: dict[str, Any] = {"ground": "performed", "document_number": "1", "happened_on": TODAY}


def grant(clerk, **given):
    return grace.grant_grace(**{**GIVEN, **given}, by=clerk, at=NOW)


def test_grace_lasts_one_to_three_months_and_rolls_off_a_day_off(clerk):
    period = grant(clerk)
    assert (period.ends_on, period.is_provisional, period.listing) == (date(2027, 1, 20), True, None)
    assert AuditEntry.objects.get().verb == "grant_grace"
    assert not Change.objects.exists()
    rolled = grant(clerk, starts_on=date(2026, 9, 3), months=1, document_number="2")
    assert (rolled.ends_on, rolled.is_provisional) == (date(2026, 10, 8), False)
    with pytest.raises(Conflict):
        grant(clerk)
    for months in (0, 4):
        with pytest.raises(InvalidInput) as refused:
            grant(clerk, months=months)
        assert [problem.field for problem in refused.value.errors] == ["months"]


def test_a_decision_that_will_take_effect_by_itself_is_whole(clerk):
    empty = ListingDecision(" ", None, [])
    with pytest.raises(InvalidInput) as refused:
        grant(clerk, decision=empty)
    assert [p.field for p in refused.value.errors] == ["decision_number", "decided_on", "circumstances", "id_number"]
    with pytest.raises(InvalidInput) as refused:
        grant(clerk, decision=DECIDED, id_number=person_id(born="20081121"))
    assert [p.code for p in refused.value.errors] == ["minor"]
    assert grant(clerk, decision=DECIDED, id_number=person_id(born="20081120")).listing is not None


def test_a_pending_listing_waits_unseen_and_takes_effect_the_day_after(clerk):
    number = another_person_id()
    period = grant(clerk, decision=DECIDED, id_number=number)
    listing = period.listing
    assert (listing.status, listing.term_ends_on) == ("pending", date(2028, 11, 20))
    assert not MatchKey.objects.exists() and not Change.objects.exists() and not OutboxEvent.objects.exists()
    unit = builders.make_staff()
    assert not Listing.objects.visible_to(unit).exists()
    assert Listing.objects.visible_to(clerk).get() == listing
    assert grace.activate_pending(today=period.ends_on, at=NOW) == 0
    late = period.ends_on + timedelta(days=9)
    assert grace.activate_pending(today=late, at=NOW + timedelta(days=70)) == 1
    assert grace.activate_pending(today=late, at=NOW + timedelta(days=70)) == 0
    listing.refresh_from_db()
    assert (listing.status, listing.published_on) == ("active", late)
    change = Change.objects.get()
    assert (change.kind, change.before, change.by) == ("listed", {"status": "pending"}, None)
    assert OutboxEvent.objects.get().payload == {"changes": [change.pk]}
    keys = party_keys("person", read_identifier(number), "王试例").pairs
    assert {(bytes(k.digest), k.kind) for k in MatchKey.objects.all()} == {(d, KeyKind(k)) for d, k in keys}
    assert Listing.objects.visible_to(unit).get() == listing


def test_the_beat_may_run_late_and_twice(clerk):
    from config.celery import app
    from registry import tasks

    given = grant(clerk, starts_on=date(2026, 3, 2), months=1, decision=DECIDED, id_number=another_person_id())
    tasks.activate_pending()  # months late: grace was over in April
    tasks.activate_pending()
    assert Listing.objects.get(pk=given.listing_id).status == "active"
    assert Change.objects.count() == 1
    tasks.erase_archived()
    assert {"registry.activate_pending", "registry.erase_archived"} <= set(app.conf.beat_schedule)


def test_who_performs_during_grace_is_never_listed(clerk):
    period = grant(clerk, decision=DECIDED, id_number=another_person_id())
    listings.shield_listing(listing_id=period.listing_id, by=clerk, at=NOW, **EXIT)
    assert grace.activate_pending(today=period.ends_on + timedelta(days=1), at=NOW) == 0
    assert Listing.objects.get().status == "shielded"
    for act in (listings.suspend_listing, listings.resume_listing):
        with pytest.raises(IllegalMove):
            act(listing_id=period.listing_id, ground="核实", happened_on=TODAY, by=clerk, at=NOW)


def test_nobody_is_pending_beside_a_listing_of_the_same_case(clerk, court):
    number = another_person_id()
    grant(clerk, decision=DECIDED, id_number=number)
    with pytest.raises(Conflict), transaction.atomic():
        grant(clerk, decision=DECIDED, id_number=number, starts_on=TODAY - timedelta(days=1))
    assert GracePeriod.objects.count() == Listing.objects.count() == 1


def test_the_person_behind_the_unit_of_the_case_is_not_decided_upon(clerk, court):
    unit = builders.make_listing("济南试例商贸有限公司", "91370116MA3TEXT184", kind="unit", case_number=CASE)
    Listing.objects.filter(pk=unit.pk).update(case_key="2020|鲁0116|执|1")
    number = another_person_id()
    builders.make_relation(unit, "王试例", number)
    with pytest.raises(InvalidInput) as refused:
        grant(clerk, decision=DECIDED, id_number=number)
    assert [p.code for p in refused.value.errors] == ["related_person"]
    assert grant(clerk, decision=DECIDED, id_number=another_person_id()).listing is not None  # a namesake


@pytest.mark.parametrize(("exit_on", "is_barred"), [(date(2026, 5, 20), False), (date(2026, 5, 21), True)])
def test_half_a_year_after_the_creditor_asked_nobody_is_decided_upon_again(clerk, exit_on, is_barred):
    number = another_person_id()
    ended = builders.make_listing(
        "王试例", number, status="shielded", exit_ground="creditor_request", exit_document="1", exit_on=exit_on
    )
    Listing.objects.filter(pk=ended.pk).update(case_key="2020|鲁0116|执|1")
    if is_barred:
        with pytest.raises(InvalidInput) as refused:
            grant(clerk, decision=DECIDED, id_number=number)
        assert [p.code for p in refused.value.errors] == ["relisted_too_soon"]
    else:
        assert grant(clerk, decision=DECIDED, id_number=number).listing is not None


def test_a_rolled_back_grant_leaves_nothing(clerk):
    with transaction.atomic():
        grant(clerk, decision=DECIDED, id_number=another_person_id())
        transaction.set_rollback(True)
    assert not GracePeriod.objects.exists() and not Listing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_activate_each_listing_once():
    court = builders.make_court()
    clerk = builders.make_clerk(court=court)
    for n in range(4):
        grant(clerk, case_number=f"（2020）鲁0116执{n + 1}号", decision=DECIDED, id_number=another_person_id())
    start, done = threading.Barrier(2), []

    def beat():
        try:
            start.wait()
            done.append(grace.activate_pending(today=TODAY + timedelta(days=200), at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=beat) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == Change.objects.count() == 4
