"""Moves of a single listing: who may, what is required, what they leave behind."""

import itertools
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from core.crypto import blind_index
from core.errors import Conflict, IllegalMove, InvalidInput, NotFound
from core.models import AuditEntry, OutboxEvent
from registry.choices import ListingStatus
from registry.imports.facts import FACTS, facts_digest, facts_digest_sql
from registry.lifecycle import MOVES
from registry.models import Change, Identifier, Listing, MatchKey, Subject, SubjectName
from registry.services import listings
from tests import builders
from tests.builders import NOW, TODAY, another_person_id, make_listing, make_relation

EXIT: dict[str, Any] = {"ground": "performed", "document_number": "（2026）鲁0116执1号之一", "happened_on": TODAY}
WHY: dict[str, Any] = {"ground": "信息核实", "document_number": "", "happened_on": TODAY}
VERBS: dict[str, tuple[Callable[..., Listing], dict[str, Any]]] = {
    "shielded": (listings.shield_listing, EXIT),
    "revoked": (listings.revoke_listing, EXIT),
    "suspended": (listings.suspend_listing, WHY),
    "active": (listings.resume_listing, WHY),
}
ENDED: dict[str, Any] = {"exit_ground": "performed", "exit_document": "文号", "exit_on": TODAY, "term_ends_on": TODAY}


def in_state(status):
    return make_listing(status=status, **(ENDED if status in {"shielded", "revoked", "expired"} else {}))


@pytest.mark.parametrize(("status", "verb"), list(itertools.product(ListingStatus.values, VERBS)))
def test_only_the_moves_of_the_table_are_made(status, verb, clerk):
    listing = in_state(status)
    move, given = VERBS[verb]
    allowed = ListingStatus(verb) in MOVES[ListingStatus(status)] and (status, verb) != ("pending", "active")
    if allowed:
        assert move(listing_id=listing.pk, by=clerk, at=NOW, **given).status == verb
        assert Change.objects.get().kind == {"active": "resumed"}.get(verb, verb)
        assert AuditEntry.objects.get().before == {"status": status}
        assert OutboxEvent.objects.get().payload == {"changes": [Change.objects.get().pk]}
    else:
        with pytest.raises(IllegalMove):
            move(listing_id=listing.pk, by=clerk, at=NOW, **given)
        assert not Change.objects.exists()
    listing.refresh_from_db()
    assert listing.status == (verb if allowed else status)
    assert listing.match_keys.exists() == (listing.status in {"pending", "active", "suspended"})


@pytest.mark.parametrize("verb", VERBS)
def test_a_second_call_is_an_illegal_move(verb, clerk):
    listing = in_state("suspended" if verb == "active" else "active")
    move, given = VERBS[verb]
    move(listing_id=listing.pk, by=clerk, at=NOW, **given)
    with pytest.raises(IllegalMove):
        move(listing_id=listing.pk, by=clerk, at=NOW, **given)
    assert Change.objects.count() == 1


@pytest.mark.parametrize("verb", [*VERBS, "correct"])
def test_another_court_finds_nothing(verb, court):
    listing = in_state("active")
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    move, given = VERBS.get(verb, (listings.correct_listing, {**EXIT, "corrections": {"name": "王二"}}))
    with pytest.raises(NotFound):
        move(listing_id=listing.pk, by=stranger, at=NOW, **given)


def test_what_is_missing_is_said_field_by_field(clerk):
    listing = in_state("active")
    with pytest.raises(InvalidInput) as refused:
        listings.shield_listing(
            listing_id=listing.pk,
            ground="",
            document_number=" ",
            happened_on=TODAY + timedelta(days=1),
            by=clerk,
            at=NOW,
        )
    assert [(p.field, p.code) for p in refused.value.errors] == [
        ("ground", "ground_unknown"), ("document_number", "required"), ("happened_on", "in_future"),
    ]  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        listings.suspend_listing(listing_id=listing.pk, ground="", happened_on=None, by=clerk, at=NOW)
    assert [p.field for p in refused.value.errors] == ["ground", "happened_on"]
    assert Listing.objects.get().status == "active"


def test_an_exit_takes_the_keys_of_related_persons_too(clerk):
    listing = make_listing("济南试例商贸有限公司", "91370116MA3TEXT184", kind="unit")
    make_relation(listing)
    listings.revoke_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT)
    assert not MatchKey.objects.exists()


def test_a_rolled_back_exit_leaves_the_listing(clerk):
    listing = in_state("active")
    with transaction.atomic():
        listings.shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT)
        transaction.set_rollback(True)
    listing.refresh_from_db()
    assert listing.status == "active"
    assert listing.match_keys.exists()
    assert not Change.objects.exists()


# --- terms ------------------------------------------------------------------------------------------------------------

TERM: dict[str, Any] = {
    "circumstances": ["obstructs"],
    "decided_on": date(2025, 5, 1),
    "term_ends_on": date(2027, 5, 1),
}
LONGER: dict[str, Any] = {"ground": "暴力抗拒执行，情节严重", "document_number": "决定1号", "happened_on": TODAY}


@pytest.mark.parametrize("ground", ["performed", "settlement_performed", "creditor_request", "term_expired"])
@pytest.mark.parametrize("status", ["active", "suspended", "pending"])
def test_a_running_term_holds_a_listing_in_effect(ground, status, clerk):
    listing = make_listing(status=status, **TERM)
    if status == "pending":
        assert listings.shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT | {"ground": ground}).exit_on
        return
    with pytest.raises(InvalidInput) as refused:
        listings.shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT | {"ground": ground})
    assert refused.value.code == "term_still_runs"
    assert [problem.field for problem in refused.value.errors] == ["ground"]
    assert not Change.objects.exists()


def test_the_court_decides_early_removal_and_revocation_during_a_term(clerk):
    early, wrong = make_listing(**TERM), make_listing(**TERM)
    given = EXIT | {"ground": "early_removal"}
    assert listings.shield_listing(listing_id=early.pk, by=clerk, at=NOW, **given).status == "shielded"
    given = EXIT | {"ground": "wrongly_listed"}
    assert listings.revoke_listing(listing_id=wrong.pk, by=clerk, at=NOW, **given).status == "revoked"


@pytest.mark.parametrize("status", ListingStatus.values)
def test_a_term_is_extended_in_effect_only(status, clerk):
    listing = make_listing(status=status, **TERM, **({k: v for k, v in ENDED.items() if k not in TERM}
                           if status in {"shielded", "revoked", "expired"} else {}))  # fmt: skip
    if status not in {"active", "suspended"}:
        with pytest.raises(IllegalMove):
            listings.extend_listing(listing_id=listing.pk, years=1, by=clerk, at=NOW, **LONGER)
        return
    extended = listings.extend_listing(listing_id=listing.pk, years=2, by=clerk, at=NOW, **LONGER)
    assert (extended.status, extended.term_ends_on) == (status, date(2029, 5, 1))
    change = Change.objects.get()
    assert (change.kind, change.before) == ("corrected", {"term_ends_on": "2027-05-01"})
    assert change.after == {"term_ends_on": "2029-05-01", "extended_years": 2}
    assert AuditEntry.objects.get().verb == "extend_listing"
    assert OutboxEvent.objects.get().payload == {"changes": [change.pk]}
    assert bytes(Listing.objects.get().content_digest) == facts_digest({f: getattr(extended, f) for f in FACTS})
    with pytest.raises(InvalidInput) as refused:  # called again it is another extension, and five years are the end
        listings.extend_listing(listing_id=listing.pk, years=2, by=clerk, at=NOW, **LONGER)
    assert refused.value.code == "term_too_long"
    assert Change.objects.count() == 1


def test_an_extension_says_what_it_lacks(clerk):
    listing = make_listing(**TERM | {"circumstances": ["evades"]})
    with pytest.raises(InvalidInput) as refused:
        listings.extend_listing(
            listing_id=listing.pk, years=1, ground=" ", document_number="", happened_on=None, by=clerk, at=NOW
        )
    assert [p.field for p in refused.value.errors] == ["ground", "document_number", "happened_on"]
    with pytest.raises(InvalidInput) as refused:
        listings.extend_listing(listing_id=listing.pk, years=1, by=clerk, at=NOW, **LONGER)
    assert (refused.value.code, refused.value.errors) == ("not_extendable", ())
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    with pytest.raises(NotFound):
        listings.extend_listing(listing_id=listing.pk, years=1, by=stranger, at=NOW, **LONGER)


# --- corrections ------------------------------------------------------------------------------------------------------


def correct(listing, clerk, **corrections):
    return listings.correct_listing(listing_id=listing.pk, by=clerk, at=NOW, corrections=corrections, **EXIT)


def test_corrected_facts_are_recorded_before_and_after(clerk):
    listing = correct(make_listing(), clerk, performance="partial", filed_on=date(2020, 1, 2), publishable=False)
    change = Change.objects.get()
    assert change.before == {"performance": "unknown", "filed_on": None, "publishable": True}
    assert change.after == {"performance": "partial", "filed_on": "2020-01-02", "publishable": False}
    assert bytes(Listing.objects.get().content_digest) == facts_digest({f: getattr(listing, f) for f in FACTS})


def test_a_corrected_name_is_kept_and_found(clerk):
    listing = make_listing("王试例")
    before = set(listing.match_keys.values_list("digest", "kind"))
    correct(listing, clerk, name="王  更名")
    assert (Listing.objects.get().name, Subject.objects.get().name) == ("王更名", "王更名")
    assert SubjectName.objects.get().name == "王试例"
    after = set(listing.match_keys.values_list("digest", "kind"))
    assert {kind for _, kind in after} == {kind for _, kind in before}
    assert len(after & before) == 1  # the number's own key; the masks hold the name


def test_a_wrongly_typed_number_moves_the_listing_to_the_right_subject(clerk):
    wrong, right = another_person_id(), another_person_id()
    listing = make_listing("王试例", wrong)
    correct(listing, clerk, id_number=right)
    subject = Subject.objects.get()
    assert (Identifier.objects.get().value, bytes(subject.key)) == (right, blind_index(f"rid:{right}"))
    assert MatchKey.objects.filter(digest=blind_index(f"rid:{right}"), kind=1, listing=listing).exists()
    assert not MatchKey.objects.filter(digest=blind_index(f"rid:{wrong}")).exists()
    assert right not in str(list(Change.objects.values())) + str(list(AuditEntry.objects.values()))


def test_a_number_that_already_has_the_case_is_a_conflict(clerk):
    mine = make_listing("王试例", case_number="（2020）鲁0116执1号")
    number = another_person_id()
    other = make_listing("王另一", number)
    Listing.objects.filter(pk=other.pk).update(case_key=mine.case_key)
    with pytest.raises(Conflict):
        correct(mine, clerk, id_number=number)


def test_what_cannot_be_corrected_is_said(clerk):
    listing = make_listing(decided_on=date(2025, 1, 1))
    bad = {"status": "revoked", "name": " ", "id_number": "123", "age": 999, "circumstances": ["x"], "sex": "9x",
           "term_ends_on": date(2024, 1, 1), "basis_number": "长" * 201}  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        correct(listing, clerk, **bad)
    assert {p.field for p in refused.value.errors} == set(bad)
    with pytest.raises(InvalidInput) as nothing:
        correct(listing, clerk, performance="unknown")
    assert nothing.value.code == "nothing_changed"


@pytest.mark.parametrize("status", ["shielded", "revoked", "expired"])
def test_an_ended_listing_is_not_corrected(status, clerk):
    with pytest.raises(IllegalMove):
        correct(in_state(status), clerk, name="王二")


def test_the_database_digests_facts_like_the_program():
    listing = builders.make_listing(
        "王试例",
        circumstances=["obstructs", "evades"],
        age=30,
        filed_on=date(2020, 1, 2),
        obligation="一、还\\款\t'二'",
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {facts_digest_sql({f: f'l.{f}' for f in FACTS})} FROM registry_listing l")
        assert bytes(cursor.fetchone()[0]) == facts_digest({f: getattr(listing, f) for f in FACTS})


test_the_database_digests_facts_like_the_program = pytest.mark.django_db(
    test_the_database_digests_facts_like_the_program
)


# --- expiry -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_listings_expire_the_day_after_their_term():
    over, last_day, open_end = (make_listing(term_ends_on=day) for day in (TODAY - timedelta(days=1), TODAY, None))
    suspended = make_listing(term_ends_on=date(2020, 1, 1), status="suspended")
    assert listings.expire_listings(today=TODAY, at=NOW) == 2
    assert listings.expire_listings(today=TODAY, at=NOW) == 0
    assert set(Listing.objects.filter(status="expired")) == {over, suspended}
    assert set(MatchKey.objects.values_list("listing_id", flat=True)) == {last_day.pk, open_end.pk}
    changes = list(Change.objects.order_by("pk"))
    assert [c.kind for c in changes] == ["expired", "expired"]
    assert {c.before["status"] for c in changes} == {"active", "suspended"}
    assert OutboxEvent.objects.get().payload == {"changes": [c.pk for c in changes]}


# --- races ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_shield_at_once_one_is_told_so():
    court = builders.make_court()
    clerk, listing = builders.make_clerk(court=court), make_listing(court=court)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def shield():
        try:
            start.wait()
            listings.shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT)
            outcomes.append("done")
        except IllegalMove:
            outcomes.append("illegal")
        finally:
            connection.close()

    threads = [threading.Thread(target=shield) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "illegal"]
    assert Change.objects.count() == 1


@pytest.mark.parametrize("move", [listings.shield_listing, listings.revoke_listing])
def test_nobody_leaves_before_being_listed(move, clerk):
    listing = make_listing(decided_on=date(2024, 5, 6), published_on=date(2024, 5, 8))
    with pytest.raises(InvalidInput) as refused:
        move(listing_id=listing.pk, by=clerk, at=NOW, **EXIT | {"happened_on": date(1924, 5, 6)})
    assert [(each.field, each.code) for each in refused.value.errors] == [("happened_on", "date_before_listing")]
    assert move(listing_id=listing.pk, by=clerk, at=NOW, **EXIT | {"happened_on": date(2024, 5, 6)}).exit_on


@pytest.mark.django_db(transaction=True)
def test_of_two_who_extend_at_once_one_is_told_the_limit():
    court = builders.make_court()
    clerk, listing = builders.make_clerk(court=court), make_listing(court=court, **TERM)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def extend():
        try:
            start.wait()
            listings.extend_listing(listing_id=listing.pk, years=3, by=clerk, at=NOW, **LONGER)
            outcomes.append("done")
        except InvalidInput as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=extend) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "term_too_long"]
    assert Listing.objects.get().term_ends_on == date(2030, 5, 1)


def test_a_rolled_back_extension_leaves_the_term(clerk):
    listing = make_listing(**TERM)
    with transaction.atomic():
        listings.extend_listing(listing_id=listing.pk, years=1, by=clerk, at=NOW, **LONGER)
        transaction.set_rollback(True)
    listing.refresh_from_db()
    assert listing.term_ends_on == date(2027, 5, 1)
    assert not Change.objects.exists()
