"""Stays of measures: an objection at a unit, the region's rule, and what each region's units are then answered."""

from __future__ import annotations

from typing import Any

import pytest

from agencies.models import User
from agencies.services.receipts import recheck
from core.errors import Conflict
from registry.models import Listing
from registry.services import objections
from tests import builders
from tests.agencies import acts
from tests.agencies.builders import ask, make_measure
from tests.builders import NOW
from tests.registry.remedies import FUJIAN, object_to, reject, set_local, set_national, set_rules

pytestmark = pytest.mark.django_db

NUMBER = builders.person_id(born="19880808")


def unit_of(code: str, name: str, username: str) -> User:
    region = builders.make_region(code, name)
    make_measure(region=code, units=("财政局",))
    return builders.make_staff(username, builders.make_agency(f"{name}财政局", region=region, units=("财政局",)))


@pytest.fixture
def listing() -> Listing:
    set_national()
    return builders.make_listing("王试例", NUMBER)


def outcome(user: User, **more: Any) -> str:
    return str(ask(user, "王试例", NUMBER, **more).outcome)


def test_units_of_the_region_whose_document_says_so_stay_and_others_go_on(listing: Listing) -> None:
    set_rules("350000", objection__suspends_measures="yes")
    fuzhou, zhanjiang = unit_of("350100", "福州市", "fuzhou"), unit_of("440800", "湛江市", "zhanjiang")
    before = ask(fuzhou, "王试例", NUMBER)
    assert (before.outcome, outcome(zhanjiang)) == ("hit", "hit")
    assert not recheck(check=before, at=NOW).changed_since
    objection = object_to(listing, fuzhou, measure="第4项")
    assert (outcome(fuzhou), outcome(zhanjiang)) == ("suspended", "hit")
    answer = ask(fuzhou, "王试例", NUMBER).answer["matches"][0]
    assert (answer["status"], answer["measures"], answer["stay"]) == ("suspended", [], FUJIAN)
    assert recheck(check=before, at=NOW).changed_since
    reject(objection, builders.make_clerk())
    assert (outcome(fuzhou), outcome(zhanjiang)) == ("hit", "hit")


def test_an_objection_in_a_region_without_the_rule_stays_nothing_anywhere(listing: Listing) -> None:
    set_rules("350000", objection__suspends_measures="yes")
    fuzhou, zhanjiang = unit_of("350100", "福州市", "fuzhou"), unit_of("440800", "湛江市", "zhanjiang")
    object_to(listing, zhanjiang, measure="第4项")
    assert (outcome(fuzhou), outcome(zhanjiang)) == ("hit", "hit")


def test_two_objections_stay_until_both_are_settled(listing: Listing) -> None:
    set_rules("350000", objection__suspends_measures="yes")
    fuzhou, clerk = unit_of("350100", "福州市", "fuzhou"), builders.make_clerk()
    first, second = (object_to(listing, fuzhou, measure=f"第{n}项") for n in (4, 5))
    reject(first, clerk)
    assert outcome(fuzhou) == "suspended"
    objections.withdraw_objection(objection_id=second.pk, reason="撤回", by=clerk, at=NOW)
    assert outcome(fuzhou) == "hit"


def test_nothing_is_applied_while_the_measures_are_stayed(listing: Listing) -> None:
    staff, measure = builders.make_staff(), acts.make_measure()
    set_rules("370000", objection__suspends_measures="yes")
    objection = object_to(listing, staff, measure="第4项")
    with pytest.raises(Conflict) as refused:
        acts.apply(staff, listing, measure)
    assert refused.value.code == "measure_stayed"
    reject(objection, builders.make_clerk())
    assert acts.apply(staff, listing, measure).status == "in_force"


def test_the_same_name_is_not_counted_as_another_while_it_is_stayed(listing: Listing) -> None:
    set_rules("350000", objection__suspends_measures="yes")
    fuzhou = unit_of("350100", "福州市", "fuzhou")
    before = ask(fuzhou, "王试例", NUMBER).answer["same_name_count"]
    object_to(listing, fuzhou, measure="第4项")
    assert ask(fuzhou, "王试例", NUMBER).answer["same_name_count"] == before == 0


def test_the_answer_shows_the_units_own_limits_beside_the_laws(listing: Listing) -> None:
    set_local("440800")
    set_rules(objection__reminder=(10, "calendar"))  # a service, never shown as a limit
    zhanjiang, finance = unit_of("440800", "湛江市", "zhanjiang"), builders.make_staff()

    def limits(user: User) -> dict[str, str]:
        given = ask(user, "王试例", NUMBER).answer["objection"]["limits"]
        assert all(each["label"] and each["citation"] for each in given)
        return {each["key"]: each["limit"] for each in given}

    national = {"objection.review.national": "15日", "reconsideration.file": "10日", "reconsideration.decide": "15日"}
    assert limits(finance) == national
    assert limits(zhanjiang) == {"objection.local": "10日", "objection.review.local": "3日", **national}
    assert ask(finance, "李无名", builders.another_person_id()).answer["objection"] is None
