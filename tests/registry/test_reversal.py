"""Taking an applied batch back: what comes back, what is refused, who may, and that the list is as it was."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import chain
from core.errors import Conflict, IllegalMove, InvalidInput, NotAllowed, NotFound
from core.models import AuditEntry, OutboxEvent
from registry.choices import BatchStatus
from registry.imports import reversal as statements
from registry.models import (
    Batch,
    Change,
    Identifier,
    Listing,
    MatchKey,
    PriorState,
    Relation,
    ReversalRow,
    Subject,
    SubjectName,
)
from registry.services import batches, feed, listings, reversal
from tests import builders
from tests.builders import NOW, TODAY, another_person_id
from tests.registry import builders as lists
from tests.registry.builders import REVOKE, SHIELD, UNIT, row
from tests.registry.list_state import live_list

LATER = NOW + timedelta(hours=1)
OTHER = {"履行情况": "部分未履行"}


@pytest.fixture
def take_back(reviewer):
    """batch → taken back."""
    return lambda batch, **given: reversal.reverse_batch(
        batch_id=batch.pk, **{"by": reviewer, "at": LATER, "reason": "整批报送有误", **given}
    )


def figures(batch):
    return batch.status, batch.count_reversed, batch.count_kept


# --- what comes back --------------------------------------------------------------------------------------------------


def test_additions_are_revoked_and_leave_every_answer(bring_in, take_back, reviewer):
    batch = bring_in(row(), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李法人"))
    batch = take_back(batch)
    assert figures(batch) == ("reversed", 2, 0)
    assert (batch.reversed_by, batch.reversed_at, batch.is_reversing) == (reviewer, LATER, False)
    assert set(Listing.objects.values_list("status", "exit_ground", "exit_on")) == {("revoked", "other", TODAY)}
    assert Listing.objects.values_list("exit_ground_text", flat=True)[0] == "批次撤回：整批报送有误"
    assert Listing.objects.values_list("exit_document", flat=True)[0] == f"批次{batch.pk}"
    assert not MatchKey.objects.exists()
    assert [t.to_status for t in batch.transitions.all()][-3:] == ["applied", "applying", "reversed"]
    verbs = list(AuditEntry.objects.order_by("-pk").values_list("verb", flat=True)[:2])
    assert verbs == ["finish_reversal", "reverse_batch"]


def test_the_document_that_the_reversal_rests_on_is_told(bring_in, take_back):
    take_back(bring_in(row()), document_number="（2026）鲁0116执监1号")
    assert Listing.objects.get().exit_document == "（2026）鲁0116执监1号"
    assert Change.objects.get(kind="revoked").document_number == "（2026）鲁0116执监1号"


def test_a_correction_goes_back_to_what_stood_before(bring_in, take_back):
    mine = row(决定日期="2020-04-01", 期限届满日="2027-04-01", 年龄="30岁")
    bring_in(mine)
    before = live_list()
    take_back(bring_in({**mine, **OTHER, "决定日期": "2020-04-02", "年龄": "", "失信行为具体情形": "违反财产报告制度"}))
    assert live_list() == before
    change = Change.objects.filter(kind="corrected").latest("pk")
    assert change.before["performance"] == "partial"
    assert change.after["performance"] == "none"


def test_a_removal_becomes_a_new_episode_with_the_old_facts_and_keys(bring_in, take_back):
    mine = row(UNIT, 法定代表人或负责人姓名="李法人", 法定代表人或负责人证件号码=another_person_id())
    bring_in(mine)
    before = live_list()
    batch = bring_in({**mine, **SHIELD})
    assert live_list() == []
    take_back(batch)
    assert live_list() == before
    old, new = Listing.objects.get(status="shielded"), Listing.objects.get(status="active")
    assert new.pk > old.pk  # ids sort by time
    assert new.subject == old.subject
    change = Change.objects.latest("pk")
    assert (change.kind, change.listing, change.after) == ("listed", new, {"continues": str(old.pk)})
    assert ReversalRow.objects.get().new_listing == new


def test_a_listing_that_was_suspended_comes_back_suspended(bring_in, take_back, clerk):
    mine = row()
    bring_in(mine)
    listings.suspend_listing(listing_id=Listing.objects.get().pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    before = live_list()
    take_back(bring_in({**mine, **REVOKE}))
    assert live_list() == before
    assert list(Change.objects.order_by("-pk").values_list("kind", flat=True)[:2]) == ["suspended", "listed"]


def test_a_renaming_is_undone_with_the_names_and_keys_of_the_subject(bring_in, take_back):
    bring_in(row(UNIT))
    before = live_list()
    take_back(bring_in(row(UNIT, 被执行人姓名或名称="济南更名商贸有限公司")))
    assert live_list() == before
    assert Subject.objects.get().name == "济南试例商贸有限公司"
    assert not SubjectName.objects.exists()


def test_a_former_representative_comes_back_with_the_keys(bring_in, take_back):
    mine = row(UNIT, 法定代表人或负责人姓名="旧法人", 法定代表人或负责人证件号码=another_person_id())
    bring_in(mine)
    before = live_list()
    changed = {**mine, "法定代表人或负责人姓名": "新法人", "法定代表人或负责人证件号码": another_person_id()}
    take_back(bring_in(changed))
    assert live_list() == before
    assert dict(Relation.objects.values_list("name", "until")) == {"旧法人": None, "新法人": TODAY}


def test_a_masked_number_that_a_row_brought_goes_again(bring_in, take_back):
    number = another_person_id()
    mine = row(证件号码=" ")
    bring_in(mine)
    before = live_list()
    batch = bring_in({**mine, "证件号码": f"{number[:10]}****{number[-4:]}"})
    assert batch.count_update == 0 or live_list() != before
    bring_in({**mine, **OTHER})
    second = bring_in({**mine, "证件号码": f"{number[:10]}****{number[-4:]}"})
    assert second.count_update == 1
    middle = Change.objects.latest("pk").pk
    take_back(second)
    assert Change.objects.latest("pk").pk > middle
    assert not MatchKey.objects.exists()
    assert Listing.objects.get().id_masked == ""


def test_the_same_file_after_the_reversal_is_additions_again(bring_in, take_back, upload, reviewer):
    rows = [row(), row(UNIT, 案号="（2020）鲁0116执2号")]
    bring_in(*rows)
    before = live_list()
    take_back(Batch.objects.get())
    again = upload(*rows)
    assert (again.count_add, again.count_rejected) == (2, 0)
    lists.apply(again, reviewer)
    assert live_list() == before
    assert Subject.objects.count() == 2


def test_the_feed_shows_ordinary_changes_and_the_units_hear_of_the_batch(bring_in, take_back):
    batch = take_back(bring_in(row()))
    chain.sequence(Change)
    assert [line.kind for line in feed.changes_after(number=0).changes] == ["listed", "revoked"]
    assert Change.objects.filter(batch=batch).count() == 2
    events = OutboxEvent.objects.filter(topic="listing.changed").values_list("payload", flat=True)
    assert list(events) == [{"batch": str(batch.pk)}] * 2


# --- the list is as it was --------------------------------------------------------------------------------------------

NUMBER = {name: another_person_id() for name in ("a", "b", "c", "d", "rep", "rep2")}
STANDING = {
    "person": row(证件号码=NUMBER["a"]),
    "masked": row(证件号码=f"{NUMBER['b'][:10]}****{NUMBER['b'][-4:]}", 案号="（2020）鲁0116执2号"),
    "nobody": row(证件号码=" ", 案号="（2020）鲁0116执3号"),
    "unit": row(UNIT, 案号="（2020）鲁0116执4号", 法定代表人或负责人姓名="李法人"),
    "org": row(
        UNIT, 案号="（2020）鲁0116执5号", 证件号码="MA3TEXT18", 法定代表人或负责人姓名="赵法人",
        法定代表人或负责人证件号码=NUMBER["rep"],
    ),
}  # fmt: skip
ACTS = {
    "same": {},
    "facts": {**OTHER, "发布时间": "2020-06-01", "不宜公开": "是"},
    "shield": SHIELD,
    "revoke": REVOKE,
    "rename": {"被执行人姓名或名称": "王更名有限公司"},
    "representative": {"法定代表人或负责人姓名": "新法人", "法定代表人或负责人证件号码": NUMBER["rep2"]},
}
MIXED = [
    {who: act}
    for who, act in itertools.product(STANDING, ACTS)
    if not (act == "representative" and who in {"person", "masked", "nobody"})
    and not (act == "rename" and who in {"masked", "nobody"})
] + [
    {"person": "facts", "masked": "shield", "nobody": "facts", "unit": "representative", "org": "revoke"},
    {"person": "rename", "masked": "facts", "nobody": "shield", "unit": "rename", "org": "representative"},
    {"person": "shield", "masked": "revoke", "nobody": "revoke", "unit": "shield", "org": "shield"},
    dict.fromkeys(STANDING, "facts"),
]


@pytest.mark.parametrize("mixed", MIXED, ids=lambda mixed: "-".join(f"{who}.{act}" for who, act in mixed.items()))
def test_applying_and_taking_back_leaves_the_live_list_as_it_was(mixed, bring_in, take_back):
    bring_in(*STANDING.values())
    before = live_list()
    rows = [{**STANDING[who], **ACTS[act]} for who, act in mixed.items()]
    added = [row(证件号码=NUMBER["c"], 案号="（2020）鲁0116执8号"), row(UNIT, 案号="（2020）鲁0116执9号")]
    batch = bring_in(*rows, *added)
    assert batch.count_rejected == 0
    assert batch.count_add == 2
    assert live_list() != before
    batch = take_back(batch)
    assert live_list() == before
    assert figures(batch) == ("reversed", batch.count_add + batch.count_update + batch.count_remove, 0)
    assert not PriorState.objects.filter(batch=batch).exists()


@given(st.dictionaries(st.sampled_from(sorted(STANDING)), st.sampled_from(sorted(ACTS)), min_size=1), st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_batch_after_batch_of_any_mix_leaves_no_trace_once_taken_back(bring_in, take_back, mixed, with_addition):
    if not Listing.objects.exists():
        bring_in(*STANDING.values())
    before = live_list()
    rows = [{**STANDING[who], **ACTS[act]} for who, act in mixed.items()]
    batch = bring_in(*rows, *([row(案号="（2020）鲁0116执8号")] if with_addition else []))
    written = batch.count_add + batch.count_update + batch.count_remove
    assert batch.count_rows == written + batch.count_unchanged + batch.count_rejected
    if written:
        assert figures(take_back(batch)) == ("reversed", written, 0)
    assert live_list() == before


def test_taken_back_and_brought_in_again_three_times_is_still_the_same(bring_in, take_back):
    mine = row(UNIT, 法定代表人或负责人姓名="李法人")
    bring_in(mine)
    standing = live_list()
    for _ in range(3):
        take_back(bring_in({**mine, **SHIELD}))
        assert live_list() == standing
    assert Listing.objects.count() == 4


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_listing_that_was_changed_since_stays_and_says_by_what(bring_in, take_back, clerk):
    touched, free = row(), row(案号="（2020）鲁0116执2号")
    batch = bring_in(touched, free)
    listing = Listing.objects.get(case_number=touched["案号"])
    listings.suspend_listing(listing_id=listing.pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    chain.sequence(Change)
    batch = take_back(batch)
    assert figures(batch) == ("reversed", 1, 1)
    assert dict(Listing.objects.values_list("case_number", "status")) == {
        touched["案号"]: "suspended",
        free["案号"]: "revoked",
    }
    refused = ReversalRow.objects.get(verdict="refused")
    assert refused.blocking_change is not None
    assert (refused.code, refused.blocking_change.kind, refused.row_number) == ("changed_since", "suspended", 2)
    assert refused.blocking_change.number == 3
    assert MatchKey.objects.filter(listing=listing).exists()


def test_a_completed_identity_is_not_forgotten(bring_in, take_back):
    number = another_person_id()
    mine = row(证件号码=f"{number[:10]}****{number[-4:]}")
    bring_in(mine)
    batch = bring_in({**mine, "证件号码": number}, row(案号="（2020）鲁0116执2号"))
    after = [line for line in live_list() if line[1].endswith("|1")]
    batch = take_back(batch)
    assert figures(batch) == ("reversed", 1, 1)
    assert ReversalRow.objects.get(verdict="refused").code == "identity_completed"
    assert live_list() == after
    assert Identifier.objects.filter(value__isnull=False).exists()


def test_a_case_that_was_listed_again_is_not_listed_twice(bring_in, take_back):
    mine = row()
    bring_in(mine)
    batch = bring_in({**mine, **SHIELD}, row(案号="（2020）鲁0116执2号"))
    bring_in({**mine, "发布时间": "2026-11-19"})
    batch = take_back(batch)
    assert figures(batch) == ("reversed", 1, 1)
    refused = ReversalRow.objects.get(verdict="refused")
    assert refused.blocking_change is not None
    assert (refused.code, refused.blocking_change.listing) == (
        "lives_again",
        Listing.objects.get(status="active"),
    )


def test_a_term_that_has_run_out_meanwhile_is_not_taken_up_again(bring_in, take_back):
    mine = row(决定日期="2024-11-01", 期限届满日="2026-11-25", 失信行为具体情形="违反限制消费令")
    bring_in(mine)
    batch = bring_in({**mine, **REVOKE}, row(案号="（2020）鲁0116执2号"))
    take_back(batch, at=NOW + timedelta(days=10))
    assert ReversalRow.objects.get(verdict="refused").code == "term_over"


def test_what_was_not_kept_cannot_come_back(bring_in, take_back):
    mine = row()
    bring_in(mine)
    batch = bring_in({**mine, **SHIELD}, row(案号="（2020）鲁0116执2号"))
    PriorState.objects.all().delete()
    take_back(batch)
    assert ReversalRow.objects.get(verdict="refused").code == "not_kept"


def test_a_batch_whose_every_listing_was_changed_since_is_refused_as_a_whole(bring_in, take_back, clerk):
    batch = bring_in(row())
    listings.suspend_listing(listing_id=Listing.objects.get().pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    with pytest.raises(Conflict) as refused:
        take_back(batch)
    assert refused.value.code == "nothing_to_reverse"
    batch.refresh_from_db()
    assert (batch.status, batch.reversed_by, ReversalRow.objects.count()) == ("applied", None, 0)


def test_a_batch_that_changed_nothing_has_nothing_to_take_back(bring_in, take_back):
    mine = row()
    bring_in(mine)
    with pytest.raises(Conflict):
        take_back(bring_in(mine))


def test_a_batch_of_last_year_is_not_taken_back_as_a_whole(bring_in, take_back):
    batch = bring_in(row())
    with pytest.raises(IllegalMove) as refused:
        take_back(batch, at=NOW + timedelta(days=366))
    assert refused.value.code == "too_old"
    assert reversal.plan_reversal(batch, at=LATER).reversible == 1


def test_what_is_kept_for_a_reversal_goes_with_the_right_to_it(bring_in):
    mine = row()
    bring_in(mine)
    bring_in({**mine, **SHIELD})
    assert reversal.forget_prior_states(at=NOW + timedelta(days=365)) == 0
    assert reversal.forget_prior_states(at=NOW + timedelta(days=367)) == 1
    assert not PriorState.objects.exists()


# --- who, and when ----------------------------------------------------------------------------------------------------


def test_the_uploader_does_not_take_back(bring_in, take_back, clerk):
    with pytest.raises(NotAllowed) as refused:
        take_back(bring_in(row()), by=clerk)
    assert refused.value.code == "four_eyes"


def test_a_clerk_does_not_take_back(bring_in, take_back, court):
    with pytest.raises(NotAllowed) as refused:
        take_back(bring_in(row()), by=builders.make_clerk("second", court))
    assert refused.value.code == "role_required"


def test_another_court_finds_nothing(bring_in, take_back):
    stranger = builders.make_reviewer("reviewer2", builders.make_court("鲁0104", "槐荫区人民法院"))
    with pytest.raises(NotFound):
        take_back(bring_in(row()), by=stranger)


def test_a_reason_is_needed(bring_in, take_back):
    with pytest.raises(InvalidInput) as refused:
        take_back(bring_in(row()), reason=" ")
    assert refused.value.code == "reason_required"


def test_taking_back_twice_is_an_illegal_move(bring_in, take_back):
    batch = bring_in(row())
    take_back(batch)
    with pytest.raises(IllegalMove):
        take_back(batch)
    assert Change.objects.count() == 2


# --- plan, steps, size ------------------------------------------------------------------------------------------------


def test_the_plan_says_what_would_happen_and_afterwards_what_did(bring_in, take_back, clerk):
    mine, other, third = row(), row(案号="（2020）鲁0116执2号"), row(案号="（2020）鲁0116执3号")
    bring_in(mine, other)
    batch = bring_in({**mine, **OTHER}, {**other, **SHIELD}, third)
    listing = Listing.objects.get(case_number=third["案号"])
    listings.suspend_listing(listing_id=listing.pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    plan = reversal.plan_reversal(batch, at=LATER)
    assert (plan.revoked, plan.corrected, plan.listed_anew) == (0, 1, 1)
    assert plan.refused == {"changed_since": 1}
    batch = take_back(batch)
    assert reversal.plan_reversal(batch, at=LATER) == plan
    assert figures(batch) == ("reversed", plan.reversible, plan.kept)


@pytest.mark.parametrize("step", [name for name, _ in statements._STEPS])
def test_a_failure_at_any_step_leaves_the_batch_applied(step, bring_in, upload, reviewer, take_back, monkeypatch):
    kept = row(UNIT, 法定代表人或负责人姓名="旧法人")
    gone = row(案号="（2020）鲁0116执2号")
    bring_in(kept, gone)
    batch = bring_in({**kept, "法定代表人或负责人姓名": "新法人"}, {**gone, **SHIELD}, row(案号="（2020）鲁0116执3号"))
    tables = (Listing, Subject, Identifier, MatchKey, Change, Relation, SubjectName, PriorState, ReversalRow)
    before = {table: list(table.objects.order_by("pk").values()) for table in tables}
    monkeypatch.setattr(reversal, "AT_ONCE", 0)
    take_back(batch)
    broken = [(name, sql if name != step else sql + "; SELECT 1/0") for name, sql in statements._STEPS]
    monkeypatch.setattr(statements, "_STEPS", broken)
    with pytest.raises(batches.ApplyingFailed):
        batches.apply_batch(batch.pk, at=LATER)
    assert {table: list(table.objects.order_by("pk").values()) for table in tables} == before
    batch.refresh_from_db()
    assert (batch.status, batch.failure_code, batch.is_reversing) == ("applied", "unexpected", False)
    monkeypatch.undo()
    assert take_back(batch).status == "reversed"


def test_many_changes_are_left_to_the_worker(bring_in, take_back, monkeypatch):
    monkeypatch.setattr(reversal, "AT_ONCE", 1)
    batch = take_back(bring_in(row(), row(案号="（2020）鲁0116执2号")))
    assert (batch.status, batch.is_reversing, Listing.objects.active().count()) == ("applying", True, 2)
    assert batches.sweep_batches(at=LATER + timedelta(seconds=31)) == 1
    batch = batches.apply_batch(batch.pk, at=LATER)
    assert figures(batch) == (BatchStatus.REVERSED, 2, 0)


def test_a_worker_that_finds_nothing_left_leaves_the_batch_applied(bring_in, take_back, clerk, monkeypatch):
    monkeypatch.setattr(reversal, "AT_ONCE", 0)
    batch = take_back(bring_in(row()))
    listings.suspend_listing(listing_id=Listing.objects.get().pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    batch = batches.apply_batch(batch.pk, at=LATER)
    assert (batch.status, batch.failure_code, batch.is_reversing) == ("applied", "nothing_to_reverse", False)


def test_the_number_of_statements_does_not_depend_on_the_rows(bring_in, take_back):
    def statements_for(case: int, rows: int) -> int:
        mine = [row(案号=f"（2020）鲁0116执{case + n}号") for n in range(rows)]
        bring_in(*mine)
        new = [row(案号=f"（2021）鲁0116执{case + n}号") for n in range(rows)]
        batch = bring_in(*({**each, **SHIELD} for each in mine), *new)
        with CaptureQueriesContext(connection) as queries:
            take_back(batch)
        return len(queries)

    assert statements_for(100, 1) == statements_for(1000, 40)
