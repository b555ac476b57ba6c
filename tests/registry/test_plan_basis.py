"""When the plan of an approved batch stands, and when it is made again: whatever it reads may have moved since."""

import re
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from core import chain
from registry.imports import plan
from registry.models import Batch, Change, GracePeriod, Listing, ListWrite, MatchKey, Relation
from registry.services import applying, batches, grace, listings, plan_basis, reading, snapshot
from registry.services.batches import Mode
from registry.services.grace import ListingDecision
from registry.services.planning import make_plan
from tests import builders
from tests.builders import NOW, TODAY, another_person_id, person_id
from tests.registry import builders as lists
from tests.registry.builders import SHIELD, UNIT, row
from tests.registry.test_worker import wait_for

LATER = NOW + timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)
EXIT: dict[str, Any] = {"ground": "performed", "document_number": "1", "happened_on": TODAY}
NEWCOMER = row(案号="（2020）鲁0116执9号", 被执行人姓名或名称="赵试例", 证件号码=person_id(born="19850607"))
WITH_TERM = {"失信行为具体情形": "违反财产报告制度", "发布时间": "2024-11-01", "期限届满日": "2026-11-19"}


class Desk:
    """A list of four listings, and a batch that has been planned on it: one goes, one comes."""

    def __init__(self, tmp_path: Any) -> None:
        self.court = builders.make_court()
        self.clerk, self.reviewer = builders.make_clerk(court=self.court), builders.make_reviewer(court=self.court)
        self.tmp_path = tmp_path
        self.leaving = row()
        unit = row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李试例")
        beside = row(案号="（2020）鲁0116执2号", 被执行人姓名或名称="孙试例")
        with_term = row(案号="（2020）鲁0116执3号", **WITH_TERM)
        self.first = self.apply(self.upload(self.leaving, unit, beside, {**with_term, "期限届满日": "2026-11-20"}))
        self.batch = self.upload({**self.leaving, **SHIELD}, NEWCOMER)

    def upload(self, *rows: Any, **given: Any) -> Batch:
        return lists.upload(self.tmp_path, rows, self.court, self.clerk, **given)

    def apply(self, batch: Batch, at: Any = LATER) -> Batch:
        return lists.apply(batch, self.reviewer, at=at)

    def listing(self, number: int = 2, kind: str = "person") -> Listing:
        return Listing.objects.get(case_number=f"（2020）鲁0116执{number}号", kind=kind)

    def grant(self, **given: Any) -> GracePeriod:
        facts = {"case_number": NEWCOMER["案号"], "kind": "person", "name": "赵试例", "id_number": "", "months": 2}
        facts |= {"starts_on": TODAY, "document_number": "通知", **given}
        return grace.grant_grace(**facts, by=self.clerk, at=NOW)  # type: ignore[arg-type]

    def shield(self, number: int) -> Listing:
        return listings.shield_listing(listing_id=self.listing(number).pk, by=self.clerk, at=NOW, **EXIT)

    def correct(self, listing: Listing, **corrections: Any) -> Listing:
        return listings.correct_listing(listing_id=listing.pk, corrections=corrections, by=self.clerk, at=NOW, **EXIT)

    def rename_representative(self) -> None:
        unit = row(UNIT, 操作="变更", 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="周试例")
        assert self.apply(self.upload(unit)).count_update == 1


@pytest.fixture
def desk(transactional_db, tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def plans(monkeypatch):
    """The batches that were planned while they were being applied."""
    made: list[Any] = []

    def counted(batch, *, at):
        made.append(batch.pk)
        return make_plan(batch, at=at)

    monkeypatch.setattr(applying, "make_plan", counted)
    return made


def by_hand(statement: str) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return act


def rolled_back(desk: Desk) -> None:
    with transaction.atomic():
        desk.shield(1)
        transaction.set_rollback(True)


HARMLESS: dict[str, Callable[[Desk], Any]] = {
    "nothing": lambda desk: None,
    "changes are numbered": lambda desk: chain.sequence(Change),
    "another file is read": lambda desk: desk.upload(row(案号="（2020）鲁0116执8号")),
    "a batch without changes is applied": lambda desk: desk.apply(desk.upload(desk.leaving)),
    "no term and no grace is over": lambda desk: (
        listings.expire_listings(today=TODAY, at=NOW),
        grace.activate_pending(today=TODAY, at=NOW),
    ),
    "what was done was undone": rolled_back,
}
# What happens between plan and application: does it send the batch back?
MOVES: dict[str, tuple[Callable[[Desk], Any], bool]] = {
    "its target is shielded": (lambda desk: desk.shield(1), True),
    "another listing is shielded": (lambda desk: desk.shield(2), False),
    "its target is corrected": (lambda desk: desk.correct(desk.listing(1), performance="partial"), False),
    "another listing is corrected": (lambda desk: desk.correct(desk.listing(2), name="孙二"), False),
    "another listing gets a number": (lambda desk: desk.correct(desk.listing(2), id_number=another_person_id()), False),
    "a batch adds the newcomer": (lambda desk: desk.apply(desk.upload(NEWCOMER)), True),
    "a batch adds somebody else": (lambda desk: desk.apply(desk.upload(row(案号="（2020）鲁0116执8号"))), False),
    "the first batch is taken back": (
        lambda desk: batches.reverse_batch(batch_id=desk.first.pk, by=desk.reviewer, at=LATER, reason="有误"),
        True,
    ),
    "a term is over": (lambda desk: listings.expire_listings(today=TODAY + timedelta(days=1), at=NOW), False),
    "the newcomer is given grace": (lambda desk: desk.grant(), True),
    "somebody else is given grace": (lambda desk: desk.grant(name="钱试例"), False),
    "a unit has another representative": (lambda desk: desk.rename_representative(), False),
    "a key is written": (lambda desk: MatchKey.objects.filter(listing=desk.listing(2)).delete(), False),
    "a relation is written": (lambda desk: Relation.objects.update(name="吴试例"), False),
    "a target is written by hand": (by_hand("UPDATE registry_listing SET status = 'suspended'"), False),
    "a subject is written by hand": (by_hand("UPDATE registry_subject SET alt_key = alt_key"), False),
    "the batch came from another cluster": (
        by_hand("""UPDATE registry_batch SET plan_basis = plan_basis || '{"cluster": "1"}'"""),
        False,
    ),
    "the batch came from another time": (
        by_hand(
            """UPDATE registry_batch SET plan_basis = plan_basis || '{"snapshot": "999999999999:999999999999:"}'"""
        ),
        False,
    ),
    "the rules are others": (
        by_hand("""UPDATE registry_batch SET plan_basis = plan_basis || '{"rules": ""}'"""),
        False,
    ),
    "the batch was planned by an earlier version": (by_hand("UPDATE registry_batch SET plan_basis = '{}'"), False),
}


@pytest.mark.parametrize("act", HARMLESS.values(), ids=list(HARMLESS))
def test_a_plan_is_not_made_again_where_nothing_it_reads_was_written(act, desk, plans):
    act(desk)
    plans.clear()
    batch = desk.apply(desk.batch)
    assert (batch.status, batch.timings["plan_again"], plans) == ("applied", 0, [])
    assert desk.listing(1).status == "shielded"
    assert desk.listing(9).status == "active"


@pytest.mark.parametrize(("act", "goes_back"), MOVES.values(), ids=list(MOVES))
def test_a_plan_is_made_again_after_anything_it_reads_was_written(act, goes_back, desk, plans):
    act(desk)
    plans.clear()
    batch = desk.apply(desk.batch)
    assert plans == [batch.pk]
    assert (batch.status, batch.failure_code) == (("previewed", "plan_changed") if goes_back else ("applied", ""))
    assert Change.objects.filter(batch=batch).count() == (0 if goes_back else 2)


def test_a_plan_is_made_again_on_another_day(desk, plans):
    assert desk.apply(desk.batch, at=TOMORROW).status == "applied"
    assert plans == [desk.batch.pk]


def test_a_batch_that_was_sent_back_stands_on_its_new_plan(desk, plans):
    desk.grant()
    assert desk.apply(desk.batch).status == "previewed"
    batch = desk.apply(desk.batch)
    assert (batch.status, batch.count_add, batch.count_remove, len(plans)) == ("applied", 0, 1, 1)


def test_a_whole_list_stands_on_its_plan_until_somebody_else_is_missing(desk, plans):
    whole = Mode("snapshot", "terminated", "（2026）鲁0116执结1号", TODAY)
    path = lists.write_list(desk.tmp_path / "全量.csv", [desk.leaving])
    given = {"court": desk.court, "file": path, "file_name": path.name, "note": "", "by": desk.clerk, "mode": whole}
    made = [batches.upload_batch(**given, at=NOW) for _ in range(2)]
    first, second = (reading.read_batch(each.pk, at=NOW) for each in made)
    for each in (first, second):
        batches.confirm_batch(batch_id=each.pk, rows=1, by=desk.clerk, at=NOW)
        batches.approve_batch(batch_id=each.pk, by=desk.reviewer, at=NOW, rows=1)
    assert [batches.apply_batch(each.pk, at=LATER).status for each in (first, second)] == ["applied", "previewed"]
    assert plans == [second.pk]
    assert Listing.objects.active().count() == 2  # the one that is named, and the one whose term runs


# --- other connections ------------------------------------------------------------------------------------------------


class Elsewhere:
    """An act on a connection of its own that is done, but not committed before `commit()`."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.done, self.enough = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=(act,))
        self.thread.start()
        assert self.done.wait(30)

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                act()
                self.done.set()
                self.enough.wait(60)
        finally:
            self.done.set()
            connection.close()

    def commit(self) -> None:
        self.enough.set()
        self.thread.join()


def is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def apply_while(desk: Desk, elsewhere: Elsewhere) -> Batch:
    """Apply the desk's batch on another connection, which waits for what is done elsewhere."""
    batches.approve_batch(batch_id=desk.batch.pk, by=desk.reviewer, at=NOW)

    def run() -> None:
        try:
            batches.apply_batch(desk.batch.pk, at=LATER)
        except applying.ApplyingFailed:
            pass  # the batch says so itself
        finally:
            connection.close()

    worker = threading.Thread(target=run)
    worker.start()
    wait_for(is_waiting_for_a_lock, "waiting", every=0.01)
    elsewhere.commit()
    worker.join()
    return Batch.objects.get(pk=desk.batch.pk)


def test_what_was_in_flight_when_the_plan_was_made_is_noticed_once_it_is_in(desk, plans):
    under_way = Elsewhere(desk.grant)
    desk.batch = desk.upload({**desk.leaving, **SHIELD}, NEWCOMER)
    assert desk.batch.count_add == 1
    under_way.commit()
    batch = desk.apply(desk.batch)
    assert (batch.status, batch.failure_code, plans) == ("previewed", "plan_changed", [batch.pk])


def test_what_was_in_flight_when_the_plan_was_made_and_came_to_nothing_does_not_matter(desk, plans):
    def granted_and_undone() -> None:
        with transaction.atomic():
            desk.grant()
            transaction.set_rollback(True)

    under_way = Elsewhere(granted_and_undone)
    desk.batch = desk.upload({**desk.leaving, **SHIELD}, NEWCOMER)
    under_way.commit()
    assert desk.apply(desk.batch).status == "applied"
    assert plans == []


def test_a_target_in_other_hands_while_the_batch_is_applied_is_waited_for(desk, plans):
    batch = apply_while(desk, Elsewhere(lambda: desk.shield(1)))
    assert (batch.status, batch.failure_code, plans) == ("previewed", "plan_changed", [batch.pk])
    assert Change.objects.filter(listing=desk.listing(1), kind="shielded").count() == 1


def test_an_addition_in_other_hands_while_the_batch_is_applied_never_stands_twice(desk):
    decision = ListingDecision("（2020）鲁0116执9号决定书", date(2026, 11, 1), ["able_but_refuses"], "偿还借款本金")
    number = NEWCOMER["证件号码"]
    batch = apply_while(desk, Elsewhere(lambda: desk.grant(id_number=number, decision=decision)))
    assert batch.status == "failed"
    assert desk.listing(9).status == "pending"
    assert desk.listing(1).status == "active"
    assert not Change.objects.filter(batch=batch).exists()


# --- the marks --------------------------------------------------------------------------------------------------------

OWN = {"registry_batchrow", "registry_missinglisting"}


def watched() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_list_write'")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_every_table_that_a_plan_reads_is_watched():
    read = set(re.findall(r"registry_[a-z]+", "\n".join((*plan.RULES, *snapshot.RULES))))
    assert read - OWN == watched()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {0} SELECT * FROM {0} WHERE false",
        "UPDATE {0} SET id = id WHERE false",
        "DELETE FROM {0} WHERE false",
    ],
)
def test_every_way_of_writing_leaves_one_mark_for_its_transaction(statement):
    for table in sorted(watched()):
        ListWrite.objects.all().delete()
        with connection.cursor() as cursor:
            for _ in range(2):
                cursor.execute(statement.format(table))
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            assert [each.xact for each in ListWrite.objects.all()] == [cursor.fetchone()[0]], table


@pytest.mark.django_db
def test_everybody_may_ask_which_cluster_this_is():
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('public', 'pg_control_system()', 'execute')")
        assert cursor.fetchone()[0]
    assert plan_basis.current(today=TODAY)["cluster"].isdigit()
