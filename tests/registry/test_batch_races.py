"""Acts on batches at the same moment, on connections of their own, and a worker that dies while it takes one back."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from agencies.models import ReleaseDuty
from core import chain, outbox
from core.errors import Conflict, DomainError
from core.models import OutboxEvent
from core.outbox import OutboxDelivery
from registry.choices import BatchStatus
from registry.models import Batch, Change, Listing, MatchKey, ReversalRow
from registry.services import approval, batches, feed, listings, matching, reading, reversal
from registry.services.matching import AskedParty
from tests import builders
from tests.agencies import acts
from tests.builders import NOW, TODAY
from tests.registry import builders as lists
from tests.registry.builders import SHIELD, row
from tests.registry.list_state import live_list
from tests.registry.test_worker import swept_until, upload, wait_for

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def people(transactional_db):
    court = builders.make_court()
    return court, builders.make_clerk(court=court), builders.make_reviewer(court=court)


@pytest.fixture
def send(people, tmp_path):
    return lambda *rows: lists.upload(tmp_path, rows, people[0], people[1])


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each on a connection of its own, all started together; what each returned, or the refusal it met."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = act()
        except DomainError as refusal:
            results[place] = refusal.code  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def status(batch: Batch) -> str:
    return Batch.objects.values_list("status", flat=True).get(pk=batch.pk)


@pytest.mark.parametrize("turn", range(3))
def test_of_approval_and_cancellation_one_happens(turn, people, send):
    batch = send(row())
    found = at_once(
        lambda: batches.approve_batch(batch_id=batch.pk, by=people[2], at=NOW).status,
        lambda: batches.cancel_batch(batch_id=batch.pk, by=people[1], at=NOW).status,
    )
    assert sorted(found) in (["applying", "illegal_move"], ["illegal_move", "refused"])
    assert status(batch) in found
    assert batch.transitions.count() == 4


def test_a_batch_whose_plan_is_being_made_is_cancelled_later(people, send, monkeypatch):
    monkeypatch.setattr(approval, "_PATIENCE", "100ms")
    batch = send(row())
    held, enough = threading.Event(), threading.Event()

    def plan() -> None:
        with transaction.atomic():
            Batch.objects.select_for_update().get(pk=batch.pk)
            held.set()
            enough.wait(30)
        connection.close()

    planner = threading.Thread(target=plan)
    planner.start()
    held.wait(30)
    with pytest.raises(Conflict) as refused:
        batches.cancel_batch(batch_id=batch.pk, by=people[1], at=NOW)
    enough.set()
    planner.join()
    assert refused.value.code == "batch_busy"
    assert batches.cancel_batch(batch_id=batch.pk, by=people[1], at=NOW).status == "refused"


def test_of_two_cancellations_one_happens(people, send):
    batch = send(row())
    found = at_once(*(lambda: batches.cancel_batch(batch_id=batch.pk, by=people[1], at=NOW).status for _ in range(2)))
    assert sorted(found) == ["illegal_move", "refused"]


def test_of_two_reversals_one_happens(people, send):
    batch = lists.apply(send(*(row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 30))), people[2])
    found = at_once(
        *(
            lambda: batches.reverse_batch(batch_id=batch.pk, by=people[2], at=LATER, reason="有误").status
            for _ in range(2)
        )
    )
    assert sorted(found) == ["illegal_move", "reversed"]
    assert Change.objects.filter(kind="revoked").count() == ReversalRow.objects.count() == 29


@pytest.mark.parametrize("turn", range(4))
def test_a_listing_that_is_shielded_during_the_reversal_leaves_the_list_once(turn, people, send):
    batch = lists.apply(send(row(), row(案号="（2020）鲁0116执2号")), people[2])
    listing = Listing.objects.get(case_number="（2020）鲁0116执2号")
    found = at_once(
        lambda: batches.reverse_batch(batch_id=batch.pk, by=people[2], at=LATER, reason="有误").status,
        lambda: (
            listings.shield_listing(
                listing_id=listing.pk,
                ground="performed",
                document_number="文号",
                happened_on=TODAY,
                by=people[1],
                at=LATER,
            ).status
        ),
    )
    batch.refresh_from_db()
    listing.refresh_from_db()
    assert found in (["reversed", "shielded"], ["reversed", "illegal_move"])
    expected = ("shielded", 1, 1) if found[1] == "shielded" else ("revoked", 2, 0)
    assert (listing.status, batch.count_reversed, batch.count_kept) == expected
    assert listing.changes.exclude(kind="listed").count() == 1


def test_of_two_batches_approved_at_once_both_come_in_one_after_the_other(people, send):
    pair = [send(row(案号=f"（2020）鲁0116执{n}号")) for n in (1, 2)]
    found = at_once(
        *(lambda pk=each.pk: batches.approve_batch(batch_id=pk, by=people[2], at=NOW).status for each in pair)
    )
    assert found == ["applying", "applying"]
    assert sorted(getattr(each, "queue_place") for each in Batch.objects.with_people()) == [0, 1]  # noqa: B009
    while Batch.objects.filter(status=BatchStatus.APPLYING).exists():
        at_once(*(lambda pk=each.pk: batches.apply_batch(pk, at=LATER) for each in pair))
    assert [status(each) for each in pair] == ["applied", "applied"]
    assert Listing.objects.count() == Change.objects.count() == 2


def test_two_workers_on_one_reversal_do_it_once(people, send, monkeypatch):
    monkeypatch.setattr(reversal, "AT_ONCE", 0)
    batch = lists.apply(send(*(row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 200))), people[2])
    batches.reverse_batch(batch_id=batch.pk, by=people[2], at=LATER, reason="有误")
    at_once(*(lambda: batches.apply_batch(batch.pk, at=LATER) for _ in range(3)))
    assert status(batch) == "reversed"
    assert Change.objects.count() == 2 * 199


def asked(listing: Listing, number: str) -> list[Any]:
    from registry.rules.identifiers import read_identifier
    from registry.rules.types import PartyKind
    from registry.services.identity import party_keys

    identified = read_identifier(number, kind=PartyKind.PERSON, today=TODAY)
    pairs = party_keys("person", identified, listing.name_key).pairs
    return matching.find([AskedParty("subject", PartyKind.PERSON, listing.name, listing.name_key, pairs)])


def test_checks_no_longer_meet_what_was_taken_back_and_meet_again_what_had_been_removed(people, send):
    mine, other = row(), row(案号="（2020）鲁0116执2号")
    first = lists.apply(send(mine), people[2])
    listing = Listing.objects.get()
    assert len(asked(listing, mine["证件号码"])) == 1
    removing = lists.apply(send({**mine, **SHIELD}, other), people[2])
    assert asked(listing, mine["证件号码"]) == []
    assert len(asked(listing, other["证件号码"])) == 1
    batches.reverse_batch(batch_id=removing.pk, by=people[2], at=LATER, reason="有误")
    assert len(asked(listing, mine["证件号码"])) == 1
    assert asked(listing, other["证件号码"]) == []
    plan = reversal.plan_reversal(first, at=LATER)
    assert (plan.reversible, plan.refused) == (0, {"changed_since": 1})


def test_units_are_told_to_let_go_of_what_was_added_and_taken_back(people, send):
    batch = lists.apply(send(row()), people[2])
    finance = builders.make_agency(units=("区财政局",))
    acts.apply(builders.make_staff("finance", finance), Listing.objects.get(), acts.make_measure())
    batches.reverse_batch(batch_id=batch.pk, by=people[2], at=LATER, reason="有误")
    event = OutboxEvent.objects.filter(topic="listing.changed").latest("pk")
    assert event.payload == {"batch": str(batch.pk)}
    for pending in OutboxEvent.objects.filter(relayed_at=None):
        outbox.relay_event(event_id=pending.pk, at=now())
    for delivery in OutboxDelivery.objects.filter(done_at=None):
        outbox.deliver_event(delivery_id=delivery.pk, at=now())
    duty = ReleaseDuty.objects.get()
    assert (duty.agency, duty.listing.status) == (finance, "revoked")


def test_a_worker_killed_in_a_large_reversal_leaves_the_batch_in_or_takes_it_out_whole(celery_worker, people, tmp_path):
    rows = 6_000
    batch = upload(people, tmp_path, rows)
    reading.read_batch(batch.pk, at=now())
    batches.approve_batch(batch_id=batch.pk, by=people[2], at=now())
    swept_until(batch, "applied")
    chain.sequence(Change)
    before = live_list()
    batches.reverse_batch(batch_id=batch.pk, by=people[2], at=now(), reason="整批有误")

    def is_writing() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query ~* 'reversal_judged' AND state = 'active'"
                " AND pid <> pg_backend_pid()"
            )
            return bool(cursor.fetchone()[0])

    wait_for(is_writing, "reversing", every=0.002)
    celery_worker.kill()
    assert status(batch) == "applying"
    assert (Listing.objects.active().count(), ReversalRow.objects.count()) == (rows, 0)
    assert live_list() == before
    celery_worker.start()
    swept_until(batch, "reversed")
    assert Listing.objects.filter(status="revoked").count() == ReversalRow.objects.count() == rows
    assert not MatchKey.objects.exists()
    chain.sequence(Change)
    report = chain.verify(Change)
    assert (report.checked, report.pending, report.is_intact) == (2 * rows, 0, True)
    assert feed.last_number() == 2 * rows
    batches.sweep_batches(at=now() + timedelta(minutes=1))
    assert Change.objects.count() == 2 * rows
