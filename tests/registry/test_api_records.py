"""Whole records over HTTP: who gets what of which listings, sealed, and on record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agencies.models import User
from agencies.services.accounts import issue_key
from core.audit import AuditEntry
from core.ids import uuid7
from registry.models import Listing, Subscriber
from registry.services.records import MOST_RECORDS, place
from registry.services.sealing import unseal
from registry.services.subscribers import register_subscriber, set_active
from tests import builders
from tests.agencies.builders import RNG
from tests.builders import NOW
from tests.registry.api import Caller, key_for

pytestmark = pytest.mark.django_db
RECORDS, STATE = "/api/v1/records/", "/api/v1/records/state/"
NUMBER, REPRESENTATIVE = builders.person_id(born="19880808"), builders.person_id(born="19700707")


def subscriber(kind: str) -> tuple[Caller, Subscriber, str]:
    """A subscriber of a kind: its program, itself, its secret."""
    account = builders.make_user(f"of-{kind}", "administrator")
    made = register_subscriber(
        name=kind, kind=kind, username=account.username, purpose="依职责共享", by=account, at=NOW
    )
    return Caller(issue_key(user=account, by=account, at=NOW, rng=RNG).text), made.subscriber, made.secret


@pytest.fixture
def listed(db: None) -> dict[str, Listing]:
    unit = builders.make_listing("济南试例商贸有限公司", "91370116MA3TEXT184", kind="unit")
    builders.make_relation(unit, "赵代表", REPRESENTATIVE)
    return {
        "person": builders.make_listing("王试例", NUMBER),
        "unit": unit,
        "secret": builders.make_listing("李不宜", publishable=False),
        "pending": builders.make_listing("孙待定", status="pending"),
        "ended": builders.make_listing(
            "钱已清", status="shielded", exit_ground="performed", exit_document="1", exit_on=builders.TODAY
        ),
    }


def ids(listed: dict[str, Listing], *names: str) -> list[str]:
    return [str(listed[name].pk) for name in names or listed]


def test_a_platform_gets_all_that_is_announced_with_sealed_numbers(listed: dict[str, Listing]) -> None:
    caller, _, secret = subscriber("platform")
    answer = caller.post(RECORDS, {"listings": ids(listed)})
    assert answer.status_code == 200
    text = answer.content.decode()
    for number in (NUMBER, REPRESENTATIVE, "MA3TEXT18"):
        assert number not in text.replace("91370116MA3TEXT184", "")
    body = answer.json()
    found = {each["listing"]: each for each in body["records"]}
    assert set(found) == set(ids(listed, "person", "unit", "secret", "ended"))
    assert body["withheld"] == ids(listed, "pending")
    person = found[str(listed["person"].pk)]
    (sealed,) = person["subject"]["identifiers"]
    assert unseal(sealed["sealed"], secret=secret, place=place(listed["person"].pk)) == NUMBER
    (relation,) = found[str(listed["unit"].pk)]["relations"]
    assert unseal(relation["sealed"], secret=secret, place=place(listed["unit"].pk, relation["id"])) == REPRESENTATIVE
    assert found[str(listed["ended"].pk)]["subject"]["identifiers"] == []  # nobody has to find its bearer any more


@pytest.mark.parametrize("kind", ["republisher", "unit"])
def test_others_get_what_is_published_and_no_numbers(kind: str, listed: dict[str, Listing]) -> None:
    caller, _, _ = subscriber(kind)
    body = caller.post(RECORDS, {"listings": ids(listed)}).json()
    assert {each["listing"] for each in body["records"]} == set(ids(listed, "person", "unit", "ended"))
    assert set(body["withheld"]) == set(ids(listed, "secret", "pending"))
    for each in body["records"]:
        assert each["subject"]["identifiers"] == [] and each["fingerprint"] == ""
        assert [relation["sealed"] for relation in each["relations"]] in ([], [None])
    assert caller.get(STATE).json()["code"] == "platform_required"


def test_who_got_what_for_which_purpose_is_on_record(listed: dict[str, Listing]) -> None:
    caller, follower, _ = subscriber("platform")
    caller.post(RECORDS, {"listings": ids(listed, "person", "secret")})
    entry = AuditEntry.objects.get(verb="hand_over_records")
    assert entry.target_id == str(follower.pk)
    assert entry.after == {
        "listings": sorted(ids(listed, "person", "secret")),
        "with_numbers": True,
        "purpose": "依职责共享",
    }
    assert NUMBER not in json.dumps(entry.after)


def test_a_key_needs_the_scope_and_its_account_a_subscriber(listed: dict[str, Listing]) -> None:
    asked = {"listings": ids(listed, "person")}
    stranger = builders.make_user("stranger", "administrator")
    assert "records" not in issue_key(user=stranger, by=stranger, at=NOW, rng=RNG).key.scopes
    for scopes, code in ((["list"], "scope_required"), (["list", "records"], "subscriber_required")):
        answer = Caller(key_for(stranger, scopes=scopes)).post(RECORDS, asked)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    caller, follower, _ = subscriber("platform")
    assert caller.post(RECORDS, asked).status_code == 200
    set_active(subscriber_id=follower.pk, is_active=False, by=User.objects.get(pk=stranger.pk), at=NOW)
    assert caller.post(RECORDS, asked).json()["code"] == "subscriber_required"


@pytest.mark.parametrize(
    "body", [{}, {"listings": []}, {"listings": ["x"]}, {"listings": [str(uuid7())] * (MOST_RECORDS + 1)}]
)
def test_a_malformed_question_is_refused(body: dict[str, Any]) -> None:
    caller, _, _ = subscriber("platform")
    assert caller.post(RECORDS, body).status_code == 400


def test_the_state_comes_in_pages_in_the_order_of_the_ids(listed: dict[str, Listing]) -> None:
    caller, _, _ = subscriber("platform")
    first = caller.get(f"{STATE}?limit=2").json()
    assert first["has_more"] is True
    rest = caller.get(f"{STATE}?limit=2&after={first['listings'][-1]['listing']}").json()
    found = [each["listing"] for each in first["listings"] + rest["listings"]]
    assert found == sorted(ids(listed, "person", "unit", "secret")) and rest["has_more"] is False
    assert len({each["digest"] for each in first["listings"] + rest["listings"]}) == 3


def test_the_cost_is_the_same_for_one_record_and_for_many(
    listed: dict[str, Listing], django_assert_max_num_queries: Any
) -> None:
    caller, _, _ = subscriber("platform")
    for names in (["person"], list(listed)):
        with django_assert_max_num_queries(16):
            caller.post(RECORDS, {"listings": ids(listed, *names)})
