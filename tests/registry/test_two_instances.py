"""Two instances side by side, each with its own database, keys and web server: the lower one stays equal to the upper.

Equal means: the same live listings with the same court, case, status, published facts, masked number, number and
people behind units, shown by one hash over all of them that depends on neither side's keys.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from agencies.models import User
from core import chain
from core.crypto import blind_index
from core.errors import IllegalMove
from registry.choices import SourceStatus
from registry.doctor import sources_come_in
from registry.imports.sample import sample_rows, write_sample
from registry.models import Change, Identifier, Listing, MatchKey, Relation, Source, SourceRun, Subject
from registry.rules.identifiers import read_identifier
from registry.rules.types import PartyKind
from registry.services import batches, listings, reading, records, sources
from registry.services.identity import party_keys
from registry.services.matching import AskedParty, find
from registry.services.upstream import Upstream
from tests import builders
from tests.builders import NOW, TODAY, another_person_id
from tests.registry import builders as lists
from tests.registry.builders import UNIT, row
from tests.registry.instances import Instance, draw, drop_database

pytestmark = pytest.mark.django_db(transaction=True)

COMMON = "a comparison key that both sides are given " * 2
DAY = {"document_number": "（2026）鲁0116执异1号", "happened_on": TODAY, "at": NOW}


class Pair:
    """The upper instance with its court's people, the lower one with its source."""

    def __init__(self, upper: Instance, lower: Instance, folder: Path) -> None:
        self.upper, self.lower, self.folder = upper, lower, folder
        with upper.inside():
            self.court, self.clerk, self.reviewer = upper.people()
            key, secret = upper.takes_on(lower)
        address = upper.serve()
        with lower.inside():
            lower_court = builders.make_court("鲁01", "济南市中级人民法院", builders.make_region("370100", "济南市"))
            assert lower_court.code != self.court.code
            self.source = lower.follows(address, key, secret)
        self.rounds = 0

    def bring_in(self, *rows: dict[str, str]) -> None:
        """A batch of the upper court, from file to list."""
        with self.upper.inside():
            batch = lists.upload(self.folder, rows, self.court, self.clerk)
            applied = lists.apply(batch, self.reviewer)
            assert applied.status == "applied", applied.failure
            assert applied.count_rejected == 0, list(batch.rows.values_list("problems", flat=True)[:3])

    def act(self, service: Any, listing_id: Any, **given: Any) -> None:
        with self.upper.inside():
            service(listing_id=listing_id, by=self.clerk, **{**DAY, **given})

    def ids(self, **narrow: Any) -> list[Any]:
        with self.upper.inside():
            return list(Listing.objects.filter(**narrow).order_by("pk").values_list("pk", flat=True))

    def pull(self, *, well: bool = True) -> list[SourceRun]:
        """One turn of the lower instance, a while after the one before."""
        self.rounds += 1
        with self.lower.inside():
            runs = draw(self.source, NOW + timedelta(minutes=self.rounds))
            if well:
                assert [run.error for run in runs if run.status != "done"] == []
            return runs

    def assert_equal(self) -> str:
        """Both sides hold the same, and the lower one's feed is the upper one's, line by line."""
        sides = []
        for instance in (self.upper, self.lower):
            with instance.inside():
                pairs = records.states(after=None, secret=COMMON)
                ended = Listing.objects.exclude(status__in=["active", "suspended"]).order_by("pk")
                exits = list(ended.values_list("pk", "status", "exit_ground", "exit_document", "exit_on"))
                keys = sorted(
                    MatchKey.objects.values_list("listing_id", "kind", "role", "relation_id"), key=lambda key: str(key)
                )
                lines = list(
                    Change.objects.numbered().values_list(
                        "number", "kind", "listing_id", "at", "hash", "happened_on", "ground", "document_number",
                        "before", "after",
                    )
                )  # fmt: skip
                sides.append((pairs, exits, keys, lines))
                assert chain.verify(Change).is_intact
        above, below = sides
        assert above[0] == below[0]
        assert above[1] == below[1]
        assert above[2] == below[2]
        assert above[3] == below[3]
        return records.state_hash(above[0])


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Instance]]:
    """The instances of this module; their web servers run on from test to test."""
    folder = tmp_path_factory.mktemp("instances")
    made = [Instance(number, folder) for number in (1, 2, 3)]
    yield made
    for each in made:
        each.stop()
        with suppress(Exception):
            drop_database(each.name)


@pytest.fixture
def instances(servers: list[Instance], transactional_db: None) -> Any:
    """Gives an instance with an empty list at every call."""
    waiting = iter(servers)

    def make() -> Instance:
        instance = next(waiting)
        instance.begin_anew()
        return instance

    return make


@pytest.fixture
def pair(instances: Any, tmp_path: Path) -> Pair:
    return Pair(instances(), instances(), tmp_path)


def test_adds_corrections_suspensions_and_ends_arrive_and_both_sides_stay_equal(pair: Pair) -> None:
    numbers = [another_person_id() for _ in range(6)]
    representative = another_person_id()
    behind = {"法定代表人或负责人姓名": "赵代表", "法定代表人或负责人证件号码": representative}
    pair.bring_in(
        *(row(证件号码=number, 案号=f"（2020）鲁0116执{n}号") for n, number in enumerate(numbers, 1)),
        row({**UNIT, **behind}, 案号="（2020）鲁0116执7号"),
        row(UNIT, 案号="（2020）鲁0116执11号"),
        row(案号="（2020）鲁0116执8号", 证件号码="370116********0018"),
        row(案号="（2020）鲁0116执9号", 不宜公开="是"),
        row(案号="（2020）鲁0116执10号", 期限届满日="2026-11-21", 决定日期="2024-11-20"),
    )  # fmt: skip
    pair.pull()
    seen = {pair.assert_equal()}
    first, second, third, fourth, fifth, _ = pair.ids(subject__kind="person", id_is_masked=False)[:6]

    def act(service: Any, listing_id: Any, **given: Any) -> None:
        """Each act arrives by itself and changes the list."""
        pair.act(service, listing_id, **given)
        pair.pull()
        seen.add(pair.assert_equal())

    correct: Any = listings.correct_listing
    act(correct, first, ground="录入有误", corrections={"name": "王更名", "performance": "partial"})
    with pair.lower.inside():
        assert Listing.objects.get(pk=first).subject.former_names.filter(name="王试例").exists()
    act(correct, first, ground="号码有误", corrections={"id_number": another_person_id()})
    act(correct, second, ground="与第三人同一人", corrections={"id_number": numbers[2]})
    act(listings.suspend_listing, third, ground="核实")
    act(listings.resume_listing, third, ground="无误")
    act(listings.shield_listing, fourth, ground="performed", happened_on=TODAY - timedelta(days=2))
    act(listings.revoke_listing, fifth, ground="wrongly_listed")
    with pair.upper.inside():
        assert listings.expire_listings(today=TODAY + timedelta(days=2), at=NOW) == 1
    pair.pull()
    seen.add(pair.assert_equal())
    masked = pair.ids(id_is_masked=True)[0]
    act(correct, masked, ground="补报号码", corrections={"id_number": another_person_id()})
    relisted = row(证件号码=numbers[3], 案号="（2020）鲁0116执4号", 发布时间="2026-11-19")
    pair.bring_in(relisted, row(UNIT, 案号="（2020）鲁0116执7号", 法定代表人或负责人姓名="钱接任"))
    pair.pull()
    seen.add(pair.assert_equal())
    assert len(seen) == 10  # every act but the resumption, which leads back, gave another hash

    with pair.lower.inside():
        ended = Relation.objects.get(name="赵代表")
        assert ended.until is not None and ended.id_value == representative
        assert not Subject.objects.filter(listings=None).exists()
        assert Subject.objects.filter(kind="unit").count() == 1  # two listings, one unit


def test_the_lower_side_finds_people_with_its_own_keys_and_holds_nothing_in_clear(pair: Pair) -> None:
    number = another_person_id()
    pair.bring_in(row(证件号码=number), row(UNIT, 案号="（2020）鲁0116执2号"))
    pair.pull()
    identified = read_identifier(number, kind=PartyKind.PERSON, today=TODAY)
    with pair.upper.inside():
        above = bytes(Identifier.objects.get(type="resident_id").digest)
    with pair.lower.inside():
        asked = AskedParty("subject", "person", "王试例", "王试例", party_keys("person", identified, "王试例").pairs)
        (found,) = find([asked])
        assert found.level == "identifier" and found.court_name == "莱芜区人民法院"
        stored = Identifier.objects.get(type="resident_id")
        assert stored.value == number
        assert bytes(stored.digest) == blind_index(f"rid:{number}") != above
    for instance in (pair.upper, pair.lower):
        session = instance.other_session()
        with session.cursor() as cursor:
            for table in ("registry_source", "registry_subscriber", "registry_identifier", "core_auditentry"):
                cursor.execute(f"SELECT t::text FROM {table} t")
                assert not [line for (line,) in cursor.fetchall() if number in line]
        session.close()
        log = instance.folder / "web.log"
        assert not log.exists() or number not in log.read_text(encoding="utf-8")


def test_a_mirrored_listing_is_changed_above_only(pair: Pair, tmp_path: Path) -> None:
    number = another_person_id()
    pair.bring_in(row(证件号码=number))
    pair.pull()
    with pair.lower.inside():
        mirrored = Listing.objects.get()
        clerk = builders.make_clerk(court=mirrored.court)
        acts: list[tuple[Any, dict[str, Any]]] = [
            (listings.shield_listing, {"ground": "performed"}),
            (listings.revoke_listing, {"ground": "wrongly_listed"}),
            (listings.suspend_listing, {"ground": "核实"}),
            (listings.correct_listing, {"ground": "有误", "corrections": {"performance": "full"}}),
        ]
        for service, given in acts:
            with pytest.raises(IllegalMove) as refused:
                service(listing_id=mirrored.pk, by=clerk, **DAY, **given)
            assert refused.value.code == "mirrored"
        shield = row({**lists.PERSON, **lists.SHIELD}, 证件号码=number)
        correction = row(证件号码=number, 履行情况="全部已履行", 操作="变更")
        for each in (shield, correction):
            batch = lists.upload(tmp_path, [each], mirrored.court, clerk)
            assert batch.count_rejected == 1
            assert batch.rows.get().problems[0]["code"] == "mirrored"
        assert listings.expire_listings(today=TODAY + timedelta(days=9999), at=NOW) == 0
    pair.assert_equal()


# --- outages --------------------------------------------------------------------------------------------------------


def test_two_thousand_rows_arrive_through_an_outage_a_killed_worker_and_replays(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pair.folder / "样本.csv"
    rows = 2_000
    write_sample(path, sample_rows(rows, 7, 0.0, court=pair.court.code, court_name=pair.court.name))
    with pair.upper.inside():
        batch = batches.upload_batch(court=pair.court, file=path, file_name=path.name, note="", by=pair.clerk, at=NOW)
        lists.apply(reading.read_batch(batch.pk, at=NOW), pair.reviewer)
        total = Change.objects.last_number()
    assert total == rows
    asked = []
    call = Upstream._call

    def breaking(self: Upstream, method: str, path: str, body: Any = None) -> Any:
        """The upper instance dies when the third piece of the second page is asked for."""
        asked.append(path)
        if asked.count("records/") == 8 and pair.upper.web is not None and pair.upper.web.process is not None:
            pair.upper.kill()
        return call(self, method, path, body)

    monkeypatch.setattr(Upstream, "_call", breaking)
    (_, run) = [None, *pair.pull(well=False)]
    assert (run.status, run.error_code) == ("failed", "upstream_down")
    assert standing(pair) == (1_000, 1_000, 1_000)
    pair.pull(well=False)
    assert standing(pair) == (1_000, 1_000, 1_000)
    with pair.lower.inside():
        failed = SourceRun.objects.filter(status="failed").order_by("-pk")
        assert [(each.repeats, each.counts) for each in failed] == [(1, {"lines": 1_000, "changes": 1_000})]
        waiting = Source.objects.get()
        assert waiting.failures == 2 and waiting.next_at == NOW + timedelta(minutes=pair.rounds + 2)
        assert "上级平台" in waiting.runs.all()[0].error
    monkeypatch.undo()
    pair.upper.serve()

    # a worker that dies while it writes
    session = pair.lower.other_session()
    with session.cursor() as cursor:
        cursor.execute("LOCK TABLE registry_matchkey IN SHARE ROW EXCLUSIVE MODE")
    worker = pair.lower.spawn_draw(pair.source.pk)
    wait_for_lock(pair.lower)
    worker.kill()
    worker.wait()
    session.rollback()
    session.close()
    assert standing(pair) == (1_000, 1_000, 1_000)

    pair.pull()
    assert standing(pair) == (2_000, 2_000, 2_000)
    pair.assert_equal()

    # the last page once more
    with pair.lower.inside():
        Source.objects.update(last_number=1_000, last_hash=Change.objects.get(number=1_000).hash)
    pair.pull()
    assert standing(pair) == (2_000, 2_000, 2_000)
    pair.assert_equal()


def test_following_the_whole_feed_again_changes_nothing(pair: Pair) -> None:
    pair.bring_in(*(row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 5)))
    pair.act(listings.suspend_listing, pair.ids()[0], ground="核实")
    pair.act(listings.shield_listing, pair.ids()[1], ground="performed")
    pair.pull()
    before = pair.assert_equal()
    for _ in range(2):
        with pair.lower.inside():
            Source.objects.update(last_number=0, last_hash="")
        pair.pull()
        assert pair.assert_equal() == before


def standing(pair: Pair) -> tuple[int, int, int]:
    """Lower side: listings, changes, and the number the source has reached."""
    with pair.lower.inside():
        return Listing.objects.count(), Change.objects.count(), Source.objects.get().last_number


def wait_for_lock(instance: Instance, seconds: float = 30) -> None:
    """Until some other session of the instance waits for a table."""
    session = instance.other_session()
    session.autocommit = True
    end = time.monotonic() + seconds
    with session.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", [instance.name]
            )
            if cursor.fetchone()[0]:
                session.close()
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_two_workers_never_draw_from_one_source_at_a_time(pair: Pair) -> None:
    pair.bring_in(row())
    session = pair.lower.other_session()
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"source:{pair.source.pk}"])
    assert pair.pull() == []
    assert standing(pair) == (0, 0, 0)
    session.close()
    pair.pull()
    assert standing(pair) == (1, 1, 1)


# --- when the two no longer fit -------------------------------------------------------------------------------------


def rewind(pair: Pair, number: int) -> None:
    """The upper instance comes back from an older backup."""
    session = pair.upper.other_session()
    with session.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "DELETE FROM registry_matchkey WHERE listing_id IN (SELECT listing_id FROM registry_change"
            " WHERE number > %s AND kind = 'listed')",
            [number],
        )
        cursor.execute("DELETE FROM registry_change WHERE number > %s", [number])
        cursor.execute(
            "DELETE FROM registry_listing l WHERE NOT EXISTS (SELECT 1 FROM registry_change c"
            " WHERE c.listing_id = l.id)"
        )
    session.commit()
    session.close()  # fmt: skip


def test_a_feed_that_is_not_ours_stops_the_source_until_the_list_is_taken_over_anew(pair: Pair) -> None:
    pair.bring_in(row(), row(案号="（2020）鲁0116执2号"))
    pair.bring_in(row(案号="（2020）鲁0116执3号"))
    pair.pull()
    pair.assert_equal()
    rewind(pair, 2)
    pair.bring_in(row(案号="（2020）鲁0116执4号"), row(案号="（2020）鲁0116执5号"))
    (run,) = pair.pull(well=False)
    assert (run.status, run.error_code) == ("failed", "out_of_step")
    with pair.lower.inside():
        stopped = Source.objects.get()
        assert stopped.status == SourceStatus.STOPPED and stopped.stop_code == "out_of_step"
        healthy, sentence = sources_come_in()
        assert not healthy and "已停止：上级平台" in sentence
        administrator = User.objects.get(username="admin")
        with pytest.raises(IllegalMove) as refused:
            sources.wake_source(source_id=stopped.pk, by=administrator, at=NOW)
        assert refused.value.code == "resync_required"
        before = Change.objects.count()
    assert pair.pull() == []  # nothing more is taken over meanwhile
    with pair.lower.inside():
        sources.resync_source(source_id=stopped.pk, by=administrator, at=NOW)
    pair.pull()
    states = [pair_of(side) for side in (pair.upper, pair.lower)]
    assert states[0] == states[1] and len(states[0]) == 4
    with pair.lower.inside():
        lost = Listing.objects.get(case_key="2020|鲁0116|执|3")
        assert lost.status == "shielded" and lost.exit_ground_text == "上级平台已无此条目"
        assert not MatchKey.objects.filter(listing=lost).exists()
        assert Change.objects.count() == before + 3  # one left the list, two came
        Source.objects.update(last_success_at=now())
        assert sources_come_in()[0]
    pair.act(listings.suspend_listing, pair.ids(case_key="2020|鲁0116|执|5")[0], ground="核实")
    pair.pull()
    assert pair_of(pair.upper) == pair_of(pair.lower)


def pair_of(instance: Instance) -> list[tuple[str, str]]:
    with instance.inside():
        return records.states(after=None, secret=COMMON)


def test_what_differs_is_found_at_night_and_put_right_with_a_persons_approval(pair: Pair) -> None:
    pair.bring_in(*(row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 8)))
    pair.pull()
    first, second, third, *_ = pair.ids()
    with pair.lower.inside():
        Listing.objects.filter(pk=first).update(performance="full")
        Listing.objects.filter(pk=second).update(
            status="shielded", exit_ground="performed", exit_document="1", exit_on=TODAY
        )
        Listing.objects.filter(pk=third).update(id_masked="370116********9999")
        administrator = builders.make_user("second", "administrator")
        sources.compare_soon(source_id=pair.source.pk, by=administrator, at=NOW)
    (run,) = pair.pull()
    assert run.kind == "compare" and run.counts == {"compared": 7, "differences": 3}
    assert {each["kind"] for each in run.differences} == {"differs", "missing"}
    with pair.lower.inside():
        assert Source.objects.get().difference_count == 3
        assert not sources_come_in()[0]
        assert Listing.objects.get(pk=first).performance == "full"  # nothing has changed yet
        sources.approve_repair(source_id=pair.source.pk, by=administrator, at=NOW)
        with pytest.raises(IllegalMove):
            sources.approve_repair(source_id=pair.source.pk, by=administrator, at=NOW)
    repaired, again = pair.pull()
    assert repaired.kind == "repair" and again.kind == "compare" and again.counts == {"compared": 7}
    assert pair_of(pair.upper) == pair_of(pair.lower)
    with pair.lower.inside():
        source = Source.objects.get()
        assert source.difference_count == 0
        assert source.state_hash == records.state_hash(
            records.states(after=None, secret=source.secret or "", source_id=source.pk)
        )
        assert source.compare_at is not None and source.compare_at.astimezone().date() > TODAY
        told = Change.objects.filter(ground="与上级平台核对后更正").values_list("listing_id", "kind")
        assert set(told) == {(first, "corrected"), (second, "listed"), (third, "corrected")}
        assert MatchKey.objects.filter(listing_id=second).exists()


def test_a_wrong_secret_takes_over_nothing_and_says_so(pair: Pair) -> None:
    pair.bring_in(row())
    with pair.lower.inside():
        administrator = User.objects.get(username="admin")
        key = Source.objects.get().credential or ""
        sources.change_keys(source_id=pair.source.pk, credential=key, secret="0" * 64, by=administrator, at=NOW)
    (run,) = pair.pull(well=False)
    assert run.error_code == "seal_broken" and "共享密钥" in run.error
    assert standing(pair) == (0, 0, 0)


# --- three levels ---------------------------------------------------------------------------------------------------


def test_province_city_and_district_hold_the_same_list(instances: Any, tmp_path: Path) -> None:
    pair = Pair(instances(), instances(), tmp_path)
    district = instances()
    with pair.lower.inside():
        key, secret = pair.lower.takes_on(district)
    address = pair.lower.serve()
    with district.inside():
        builders.make_region()
        source = district.follows(address, key, secret)

    def carry_down(minutes: int) -> None:
        pair.pull()
        with district.inside():
            assert [run.error for run in draw(source, NOW + timedelta(minutes=minutes)) if run.error] == []

    pair.bring_in(row(), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="赵代表"))
    carry_down(1)
    pair.act(listings.shield_listing, pair.ids(kind="person")[0], ground="performed")
    pair.act(listings.correct_listing, pair.ids(kind="unit")[0], ground="有误", corrections={"obligation": "偿还本金"})
    carry_down(2)
    pair.assert_equal()
    Pair.assert_equal(Between(pair.upper, district))  # type: ignore[arg-type]
    with district.inside():
        assert Listing.objects.filter(status="active").count() == 1


class Between:
    """Two instances to be compared."""

    def __init__(self, upper: Instance, lower: Instance) -> None:
        self.upper, self.lower = upper, lower
