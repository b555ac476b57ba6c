"""Who follows the feed: acknowledgements, snapshots, what republishers see, and the removals they owe."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from agencies.models import User
from agencies.services.accounts import issue_key
from core import chain, doctor
from core.audit import AuditEntry
from core.errors import InvalidInput
from registry.models import Change, DeadlineRule, Listing, Subscriber, SubscriberAck, WebhookDelivery
from registry.services import feed, listings, subscribers
from registry.services.followers import followers, late_removals
from registry.services.reference import load_reference_data
from tests import builders
from tests.agencies.builders import RNG
from tests.builders import NOW, TODAY
from tests.registry.followers import ack, add_lines, hash_at, make_subscriber, queries_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def caller(user: User) -> Client:
    key = issue_key(user=user, by=user, at=NOW, purpose="跟随", rng=RNG).text
    return Client(headers={"Authorization": f"Bearer {key}"})


def lines_of(user: User, after: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller(user).get("/api/v1/changes/", {"after": after}).json()["changes"]
    return found


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_subscriber_starts_at_the_present_number_and_its_secret_is_stored_encrypted() -> None:
    add_lines(4)
    office, account = builders.make_office(), builders.make_staff("hook")
    made = subscribers.register_subscriber(
        name=" 审批系统 ", kind="unit", username="hook", webhook_url="", by=office, at=NOW
    )
    subscriber = Subscriber.objects.get()
    assert (subscriber.name, subscriber.account, subscriber.start_number, subscriber.sent_number) == (
        "审批系统", account, 4, 4,
    )  # fmt: skip
    assert len(bytes.fromhex(made.secret)) == 32 and subscriber.secret == made.secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM registry_subscriber")
        assert made.secret.encode() not in bytes(cursor.fetchone()[0])
    entry = AuditEntry.objects.get(verb="register_subscriber")
    assert entry.actor == office and made.secret not in str(entry.after)


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"name": "  "}, "name", "required"),
        ({"name": "已有系统"}, "name", "name_taken"),
        ({"kind": "press"}, "kind", "kind_unknown"),
        ({"username": "nobody"}, "username", "account_unknown"),
        ({"username": "gone"}, "username", "account_unknown"),
        ({"username": "taken"}, "username", "account_taken"),
        ({"webhook_url": "https://evil.example/"}, "webhook_url", "host_not_allowed"),
        ({"webhook_url": "hook"}, "webhook_url", "url_unreadable"),
    ],
)
def test_what_cannot_be_registered_is_refused_field_by_field(changed: dict[str, str], field: str, code: str) -> None:
    office = builders.make_office()
    for name in ("hook", "taken", "gone"):
        builders.make_staff(name)
    User.objects.filter(username="gone").update(is_active=False)
    facts = {"name": "审批系统", "kind": "unit", "username": "hook", "webhook_url": ""}
    subscribers.register_subscriber(**{**facts, "name": "已有系统", "username": "taken"}, by=office, at=NOW)
    with pytest.raises(InvalidInput) as refused:
        subscribers.register_subscriber(**{**facts, **changed}, by=office, at=NOW)
    assert (field, code) in {(problem.field, problem.code) for problem in refused.value.errors}
    assert Subscriber.objects.count() == 1
    subscribers.register_subscriber(**facts, by=office, at=NOW)


def test_a_new_secret_takes_the_place_of_the_old() -> None:
    subscriber = make_subscriber()
    office = User.objects.get(username="office")
    fresh = subscribers.rotate_secret(subscriber_id=subscriber.pk, by=office, at=NOW).secret
    assert fresh != subscriber.secret
    subscriber.refresh_from_db()
    assert subscriber.secret == fresh
    assert AuditEntry.objects.filter(verb="rotate_secret").count() == 1


def test_disabling_twice_is_recorded_once() -> None:
    subscriber = make_subscriber()
    office = User.objects.get(username="office")
    for _ in range(2):
        subscribers.set_active(subscriber_id=subscriber.pk, is_active=False, by=office, at=NOW)
    assert not Subscriber.objects.get().is_active
    assert AuditEntry.objects.filter(verb="disable_subscriber").count() == 1


# --- acknowledging ----------------------------------------------------------------------------------------------------


def test_an_acknowledgement_over_http_is_kept_for_the_accounts_subscriber() -> None:
    subscriber = make_subscriber()
    add_lines(3)
    answer = caller(subscriber.account).post(
        "/api/v1/changes/ack/", {"number": 2, "hash": hash_at(2).upper()}, content_type="application/json"
    )
    assert answer.json() == {"in_step": True, "number": 2, "last": 3, "behind": 1}
    subscriber.refresh_from_db()
    assert (subscriber.last_number, subscriber.last_hash, subscriber.in_step) == (2, hash_at(2), True)
    assert subscriber.acked_at is not None
    kept = SubscriberAck.objects.get()
    assert (kept.number, kept.hash, kept.in_step, kept.last) == (2, hash_at(2), True, 3)


def test_whoever_is_no_subscriber_is_answered_as_well_and_nothing_is_kept() -> None:
    add_lines(1)
    answer = subscribers.record_ack(number=1, hash=hash_at(1), by=builders.make_staff(), at=NOW)
    assert answer.in_step and SubscriberAck.objects.count() == 0


def test_a_copy_that_differs_is_out_of_step_and_keeps_the_last_place_of_agreement() -> None:
    subscriber = make_subscriber()
    add_lines(3)
    ack(subscriber, 2)
    assert not ack(subscriber, 3, NOW + DAY, "f" * 64).in_step
    subscriber.refresh_from_db()
    assert (subscriber.last_number, subscriber.in_step, subscriber.acked_at) == (2, False, NOW + DAY)
    for number, said in ((9, "0" * 64), (0, ""), (2, "密"), (3, hash_at(2))):
        assert not ack(subscriber, number, hash_=said).in_step
    assert ack(subscriber, 3).in_step
    subscriber.refresh_from_db()
    assert (subscriber.last_number, subscriber.in_step) == (3, True)


def test_an_acknowledgement_repeated_every_few_seconds_moves_only_its_time() -> None:
    subscriber = make_subscriber()
    add_lines(1)
    for n in range(5):
        ack(subscriber, 1, NOW + n * DAY)
    assert SubscriberAck.objects.count() == 1
    ack(subscriber, 0, NOW + 5 * DAY)
    ack(subscriber, 1, NOW + 6 * DAY)
    assert SubscriberAck.objects.count() == 3
    assert Subscriber.objects.get().acked_at == NOW + 6 * DAY


def test_a_copy_restored_from_a_backup_is_where_it_says() -> None:
    subscriber = make_subscriber()
    add_lines(5)
    ack(subscriber, 5)
    ack(subscriber, 2)
    assert Subscriber.objects.get().last_number == 2


# --- what a republisher sees ------------------------------------------------------------------------------------------


def running_hash(lines: list[dict[str, Any]], running: str = chain.GENESIS) -> str:
    """As a client computes it: a withheld line's hash is taken over as given."""
    for line in lines:
        if line["kind"] != "withheld":
            at = datetime.fromisoformat(line["at"]).astimezone(UTC).isoformat()
            text = f"{running}\n{line['number']}\n{line['kind']}\n{line['listing']}\n{at}"
            assert hashlib.sha256(text.encode()).hexdigest() == line["hash"]
        running = line["hash"]
    return running


def test_a_republisher_sees_of_an_unpublishable_listing_only_that_there_is_a_line() -> None:
    republisher = make_subscriber("转载网", "republisher")
    shown, hidden = builders.make_listing("王公开"), builders.make_listing("周内部", publishable=False)
    for each in (shown, hidden, shown):
        add_lines(1, listing=each)
    answer = caller(republisher.account).get("/api/v1/changes/").content.decode()
    assert str(hidden.pk) not in answer
    lines = lines_of(republisher.account)
    assert lines[1] == {
        "number": 2, "kind": "withheld", "listing": None, "at": None, "hash": hash_at(2), "withdrawn": False,
    }  # fmt: skip
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert running_hash(lines) == hash_at(3)
    assert ack(republisher, 3, hash_=running_hash(lines)).in_step
    unit = make_subscriber("审批系统", "unit")
    assert [line["listing"] for line in lines_of(unit.account)] == [str(shown.pk), str(hidden.pk), str(shown.pk)]


def test_every_account_of_a_unit_that_republishes_sees_the_public_feed_unless_it_follows_as_another() -> None:
    republisher = make_subscriber("转载网", "republisher")
    hidden = builders.make_listing("周内部", publishable=False)
    add_lines(1, listing=hidden)
    colleague = builders.make_staff("colleague", republisher.account.agency)
    assert lines_of(colleague)[0]["kind"] == "withheld"
    office = User.objects.get(username="office")
    Subscriber.objects.update(is_active=False)
    assert lines_of(colleague)[0]["kind"] == "withheld", "left out, it is a republisher all the same"
    subscribers.register_subscriber(name="内部系统", kind="unit", username="colleague", by=office, at=NOW)
    assert lines_of(colleague)[0]["kind"] == "listed"
    assert lines_of(builders.make_staff("stranger"))[0]["listing"] == str(hidden.pk)


def test_a_listing_taken_out_of_publication_is_told_once_more_so_that_it_is_deleted() -> None:
    """Afterwards late readers see nothing of it; who has it deletes it as after a removal."""
    republisher = make_subscriber("转载网", "republisher")
    court = builders.make_court()
    clerk, listing = builders.make_clerk(court=court), builders.make_listing("王公开", court=court)
    add_lines(1, listing=listing)
    assert lines_of(republisher.account)[0]["listing"] == str(listing.pk)
    day: dict[str, Any] = {"ground": "涉及隐私", "document_number": "（2020）鲁0116执1号之三", "happened_on": TODAY}
    listings.correct_listing(listing_id=listing.pk, corrections={"publishable": False}, by=clerk, at=NOW, **day)
    listings.suspend_listing(listing_id=listing.pk, by=clerk, at=NOW, **day)
    chain.sequence(Change)
    lines = lines_of(republisher.account)
    assert [(line["kind"], line["listing"], line["withdrawn"]) for line in lines] == [
        ("withheld", None, False),
        ("corrected", str(listing.pk), True),
        ("withheld", None, False),
    ]
    assert running_hash(lines) == hash_at(3)
    assert "withdrawn" not in lines_of(clerk)[1]


def test_nothing_of_a_withheld_line_can_be_computed_back_from_its_hash() -> None:
    """It covers the listing's random id, which the republisher has never seen."""
    republisher = make_subscriber("转载网", "republisher")
    hidden = builders.make_listing("周内部", publishable=False)
    [line] = add_lines(1, listing=hidden)
    assert line.listing_id.version == 7 and str(line.listing_id) in line.chain_content()
    answer = caller(republisher.account).get(f"/api/v1/listings/{hidden.pk}/")
    assert answer.status_code == 404


def test_the_feed_costs_the_same_for_one_line_and_a_thousand() -> None:
    republisher = make_subscriber("转载网", "republisher")
    unit = make_subscriber("审批系统", "unit")
    costs: dict[str, list[int]] = {"public": [], "whole": []}
    for count in (1, 999):
        add_lines(count)
        for kind, user in (("public", republisher.account), ("whole", unit.account)):
            client = caller(user)
            costs[kind].append(queries_of(lambda client=client: client.get("/api/v1/changes/")))  # type: ignore[misc]
    assert costs["public"][0] == costs["public"][1] == costs["whole"][0] == costs["whole"][1]


# --- the snapshot -----------------------------------------------------------------------------------------------------


def snapshot_of(user: User, limit: int = 1_000) -> tuple[int, str, dict[str, dict[str, Any]]]:
    """All pages: the first page's number and hash, and the listings by id."""
    client, first = caller(user), None
    after: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    while True:
        page = client.get("/api/v1/changes/snapshot/", {**after, "limit": str(limit)}).json()
        first = first or page
        found |= {each["id"]: each for each in page["listings"]}
        if not page["has_more"]:
            return first["number"], first["hash"], found
        after = {"after": page["listings"][-1]["id"]}


def test_a_snapshot_holds_what_is_on_the_list_by_pages_with_the_number_it_has_seen() -> None:
    staff = builders.make_staff()
    live = [builders.make_listing() for _ in range(5)]
    suspended = builders.make_listing(status="suspended")
    builders.make_listing(status="pending")
    ended: dict[str, Any] = {"exit_ground": "performed", "exit_document": "（2020）鲁0116执1号", "exit_on": TODAY}
    builders.make_listing(status="shielded", **ended)
    add_lines(7, listing=live[0])
    number, seal, found = snapshot_of(staff, limit=2)
    assert (number, seal) == (7, hash_at(7))
    assert {key: each["status"] for key, each in found.items()} == {
        **{str(each.pk): "active" for each in live}, str(suspended.pk): "suspended",
    }  # fmt: skip
    assert found[str(live[0].pk)]["content_hash"] == bytes(live[0].content_digest).hex()
    assert list(found) == sorted(found)


def test_an_empty_platform_has_an_empty_snapshot() -> None:
    assert snapshot_of(builders.make_staff()) == (0, chain.GENESIS, {})


def test_a_snapshot_leaves_out_of_a_republishers_view_what_is_not_for_publication() -> None:
    republisher = make_subscriber("转载网", "republisher")
    shown, hidden = builders.make_listing("王公开"), builders.make_listing("周内部", publishable=False)
    add_lines(1, listing=hidden)
    assert list(snapshot_of(republisher.account)[2]) == [str(shown.pk)]
    unit = make_subscriber("审批系统")
    found = snapshot_of(unit.account)[2]
    assert found[str(hidden.pk)]["content_hash"] == "" and found[str(shown.pk)]["content_hash"]
    office = User.objects.get(username="office")
    assert snapshot_of(office)[2][str(hidden.pk)]["content_hash"]


def test_a_newcomer_who_takes_the_snapshot_and_follows_ends_with_the_list() -> None:
    """Whatever happens between two pages stands in lines after the first page's number."""
    court = builders.make_court()
    clerk, staff = builders.make_clerk(court=court), builders.make_staff()
    mine = sorted((builders.make_listing(court=court) for _ in range(6)), key=lambda each: each.pk)
    add_lines(1, listing=mine[0])
    exit_: dict[str, Any] = {"ground": "performed", "document_number": "（2020）鲁0116执1号之二", "happened_on": TODAY}
    first = feed.snapshot(after=None, limit=3)
    copy = {line.id: line.status for line in first.listings}
    listings.shield_listing(listing_id=mine[0].pk, by=clerk, at=NOW, **exit_)  # already on a page
    listings.shield_listing(listing_id=mine[5].pk, by=clerk, at=NOW, **exit_)  # not yet
    listings.suspend_listing(listing_id=mine[1].pk, by=clerk, at=NOW, **exit_)
    builders.make_listing(court=court)
    add_lines(1, listing=Listing.objects.order_by("pk").last())
    rest = feed.snapshot(after=first.listings[-1].id, limit=100)
    copy |= {line.id: line.status for line in rest.listings}
    chain.sequence(Change)
    becomes = {"listed": "active", "suspended": "suspended", "shielded": "shielded"}
    for line in lines_of(staff, after=first.number):
        copy[Listing.objects.get(pk=line["listing"]).pk] = becomes[line["kind"]]
    assert {key for key, status in copy.items() if status == "active"} == set(
        Listing.objects.active().values_list("pk", flat=True)
    )
    assert {key for key, status in copy.items() if status == "suspended"} == {mine[1].pk}


def test_the_snapshot_costs_the_same_for_one_listing_and_thirty() -> None:
    client = caller(builders.make_staff())
    client.get("/api/v1/changes/snapshot/")  # the key's first use of the day is written down
    costs = []
    for count in (1, 29):
        for _ in range(count):
            builders.make_listing()
        costs.append(queries_of(lambda: client.get("/api/v1/changes/snapshot/")))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("query", [{"after": "x"}, {"limit": 0}, {"limit": 1001}, {"limit": "many"}])
def test_a_malformed_question_for_the_snapshot_is_answered_with_400(query: dict[str, Any]) -> None:
    assert caller(builders.make_staff()).get("/api/v1/changes/snapshot/", query).status_code == 400


# --- who is in step, and what republishers owe ------------------------------------------------------------------------


def test_lag_is_told_in_lines_and_since_when() -> None:
    subscriber = make_subscriber()
    add_lines(5)
    ack(subscriber, 2)
    [row] = followers(list(Subscriber.objects.all()), today=TODAY)
    assert (row.behind, row.waiting_since) == (3, Change.objects.get(number=3).recorded_at)
    ack(subscriber, 5)
    [row] = followers(list(Subscriber.objects.all()), today=TODAY)
    assert (row.behind, row.waiting_since) == (0, None)


def test_the_lags_of_one_and_of_nine_cost_the_same() -> None:
    def look() -> None:
        followers(list(Subscriber.objects.all()), today=TODAY)

    load_reference_data()
    make_subscriber("甲", "republisher")
    add_lines(3, kind="shielded")
    first = queries_of(look)
    for n in range(8):
        make_subscriber(f"乙{n}", "republisher")
    assert queries_of(look) == first


REMOVED_ON = date(2026, 11, 20)  # a Friday: three working days end on Wednesday 25


@pytest.mark.parametrize(
    ("today", "is_late"),
    [(date(2026, 11, 20), False), (date(2026, 11, 25), False), (date(2026, 11, 26), True), (date(2027, 3, 1), True)],
)
def test_a_removal_must_be_confirmed_within_three_working_days(today: date, is_late: bool) -> None:
    load_reference_data()
    republisher = make_subscriber("转载网", "republisher")
    unit = make_subscriber("审批系统", "unit")
    [removal] = add_lines(1, kind="shielded")
    [one, other] = followers([republisher, unit], today=today)
    assert (one.late_removals, other.late_removals) == (int(is_late), 0)
    late = late_removals([republisher, unit], today=today, limit=10)
    assert [(each.change, each.due.on, each.owed_by) for each in late] == (
        [(removal, date(2026, 11, 25), (republisher,))] if is_late else []
    )
    ack(republisher, 1)
    republisher.refresh_from_db()
    assert late_removals([republisher], today=today, limit=10) == []
    assert followers([republisher], today=today)[0].late_removals == 0


LATER = date(2026, 12, 20)


@pytest.mark.parametrize(
    ("kind", "facts", "is_owed"),
    [
        ("shielded", {}, True),
        ("revoked", {}, True),
        ("expired", {}, True),
        ("corrected", {"before": {"publishable": True}, "after": {"publishable": False}}, True),
        ("corrected", {"before": {"publishable": False}, "after": {"publishable": True}}, False),
        ("corrected", {"before": {"name": "王"}, "after": {"name": "黄"}}, False),
        ("listed", {}, False),
        ("suspended", {}, False),
        ("resumed", {}, False),
    ],
)
def test_only_what_may_no_longer_be_shown_is_owed(kind: str, facts: dict[str, Any], is_owed: bool) -> None:
    load_reference_data()
    republisher = make_subscriber("转载网", "republisher")
    add_lines(1, kind=kind, **facts)
    assert bool(late_removals([republisher], today=LATER, limit=10)) is is_owed
    assert followers([republisher], today=LATER)[0].late_removals == int(is_owed)


def test_what_a_republisher_never_saw_it_does_not_owe() -> None:
    load_reference_data()
    add_lines(1, kind="shielded")  # before it joined
    republisher = make_subscriber("转载网", "republisher")
    add_lines(1, kind="shielded", listing=builders.make_listing(publishable=False))
    assert late_removals([republisher], today=LATER, limit=10) == []
    assert followers([republisher], today=LATER)[0].late_removals == 0


def test_a_word_that_does_not_agree_confirms_nothing() -> None:
    load_reference_data()
    republisher = make_subscriber("转载网", "republisher")
    add_lines(1, kind="shielded")
    ack(republisher, 1, hash_="f" * 64)
    republisher.refresh_from_db()
    assert len(late_removals([republisher], today=LATER, limit=10)) == 1


def test_arrears_are_counted_to_a_thousand_and_no_further() -> None:
    load_reference_data()
    republisher = make_subscriber("转载网", "republisher")
    add_lines(1_005, kind="shielded")
    assert followers([republisher], today=LATER)[0].late_removals == 1_000
    ack(republisher, 1_000)
    republisher.refresh_from_db()
    assert followers([republisher], today=LATER)[0].late_removals == 5


def test_without_a_limit_nothing_is_late() -> None:
    republisher = make_subscriber("转载网", "republisher")
    add_lines(1, kind="shielded")
    assert late_removals([republisher], today=LATER, limit=10) == []


def test_each_region_has_its_own_limit() -> None:
    load_reference_data()
    DeadlineRule.objects.filter(key="republish.delete", pack__region_id="350000").update(amount=30)
    republisher = make_subscriber("转载网", "republisher")
    fujian = builders.make_court("闽0102", "福州市鼓楼区人民法院", builders.make_region("350100", "福州市"))
    add_lines(1, kind="shielded", listing=builders.make_listing(court=fujian))
    [home] = add_lines(1, kind="shielded")
    late = late_removals([republisher], today=date(2026, 12, 1), limit=10)
    assert [each.change for each in late] == [home]
    assert followers([republisher], today=date(2026, 12, 1))[0].late_removals == 1


def test_a_court_sees_of_the_arrears_its_own() -> None:
    load_reference_data()
    one, other = make_subscriber("甲网", "republisher"), make_subscriber("乙网", "republisher")
    elsewhere = builders.make_court("鲁0104", "槐荫区人民法院", builders.make_region("370104", "槐荫区"))
    [mine] = add_lines(1, kind="shielded")
    add_lines(1, kind="shielded", listing=builders.make_listing(court=elsewhere))
    ack(other, 1)
    everybody = list(Subscriber.objects.order_by("pk"))
    own = Listing.objects.visible_to(builders.make_clerk())
    late = late_removals(everybody, today=LATER, limit=10, listings=own)
    assert [(each.change, each.owed_by) for each in late] == [(mine, (one,))]
    assert len(late_removals(everybody, today=LATER, limit=10)) == 2


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_doctor_tells_of_dead_letters_and_of_who_is_astray() -> None:
    import registry.doctor  # noqa: F401 registers the checks

    def found() -> doctor.Finding:
        [finding] = doctor.run(["subscribers"])
        return finding

    assert found().ok
    subscriber = make_subscriber(url="http://127.0.0.1:9/x")
    add_lines(1)
    ack(subscriber, 1, hash_="f" * 64)
    assert found().ok and "1 个与变更流不一致" in found().sentence
    WebhookDelivery.objects.create(
        subscriber=subscriber, from_number=1, to_number=1, status="dead", attempts=12, next_at=NOW, created_at=NOW
    )
    assert not found().ok and "有 1 个订阅方的推送多次失败" in found().sentence
    Subscriber.objects.update(is_active=False)
    assert found().ok
