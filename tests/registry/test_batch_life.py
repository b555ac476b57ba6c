"""A batch between upload and list: cancelled, in line, a whole list, how far it is."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage

from core.errors import Conflict, IllegalMove, InvalidInput, NotAllowed, NotFound
from core.models import AuditEntry
from registry import batch_presenters as presenters
from registry.choices import BatchStatus
from registry.models import Batch, BatchRow, Change, Listing, MatchKey, MissingListing, PriorState
from registry.services import approval, batches, jobs, listings, progress, reading, reversal, snapshot
from registry.services.batches import Mode
from tests import builders
from tests.builders import NOW, TODAY, another_person_id
from tests.registry import builders as lists
from tests.registry.builders import SHIELD, UNIT, row
from tests.registry.list_state import live_list

LATER = NOW + timedelta(hours=1)
GROUND = ("terminated", "（2026）鲁0116执结1号", TODAY)
WHOLE = Mode("snapshot", *GROUND)


@pytest.fixture
def send(tmp_path, court, clerk):
    """rows → a batch that waits to be read."""

    def send(*rows, mode=batches.CHANGES, at=NOW, by=clerk):
        path = lists.write_list(tmp_path / "名单.csv", rows)
        return batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=by, at=at, mode=mode)

    return send


@pytest.fixture
def whole(send):
    """rows → the court's whole list, read and planned."""
    return lambda *rows, mode=WHOLE, at=NOW: reading.read_batch(send(*rows, mode=mode, at=at).pk, at=at)


def stored_files() -> list[Path]:
    return [each for each in Path(default_storage.path("")).rglob("*") if each.is_file()]


# --- cancel -----------------------------------------------------------------------------------------------------------


def test_a_batch_in_the_queue_is_cancelled_with_its_file(send, clerk, django_capture_on_commit_callbacks):
    batch = send(row())
    with django_capture_on_commit_callbacks(execute=True):
        batch = batches.cancel_batch(batch_id=batch.pk, by=clerk, at=LATER, reason="传错了")
    assert (batch.status, batch.failure_code, batch.decision_reason) == ("refused", "cancelled", "传错了")
    assert stored_files() == []
    assert batch.transitions.latest("pk").reason == "传错了"
    assert AuditEntry.objects.latest("pk").verb == "cancel_batch"
    assert reading.read_batch(batch.pk, at=LATER).status == "refused"
    assert not BatchRow.objects.exists()


def test_a_planned_batch_is_cancelled_with_its_rows(upload, reviewer):
    batch = batches.cancel_batch(batch_id=upload(row(), row()).pk, by=reviewer, at=LATER)
    assert (batch.status, batch.rows_read, batch.count_rows) == ("refused", 0, 2)
    assert not BatchRow.objects.exists()


def test_what_the_reader_writes_after_the_cancellation_does_not_stand(send, clerk, monkeypatch):
    batch = send(row(), row(案号="（2020）鲁0116执2号"))

    def cancelled_meanwhile(*given, **named):
        batches.cancel_batch(batch_id=batch.pk, by=clerk, at=LATER)
        raise IllegalMove

    monkeypatch.setattr(batches, "plan_batch", cancelled_meanwhile)
    reading.read_batch(batch.pk, at=NOW)
    batch.refresh_from_db()
    assert (batch.status, batch.failure_code) == ("refused", "cancelled")


def test_many_rows_are_dropped_by_a_worker_and_the_sweep_sees_to_it(upload, clerk, monkeypatch):
    monkeypatch.setattr(approval, "DROPPED_AT_ONCE", 1)
    batch = batches.cancel_batch(batch_id=upload(row(), row()).pk, by=clerk, at=LATER)
    assert BatchRow.objects.count() == batch.rows_read == 2
    sent = []
    monkeypatch.setattr(jobs, "enqueue", lambda task, batch_id: sent.append((task, batch_id)))
    assert batches.sweep_batches(at=LATER + timedelta(seconds=31)) == 1
    assert sent == [(jobs.DROP_ROWS, batch.pk)]
    for _ in range(2):
        batches.drop_cancelled_rows(batch.pk)
        assert not BatchRow.objects.exists()
    assert batches.sweep_batches(at=LATER + timedelta(seconds=31)) == 0


def test_rows_of_a_batch_that_was_not_cancelled_are_never_dropped(upload):
    batch = upload(row())
    batches.drop_cancelled_rows(batch.pk)
    assert BatchRow.objects.filter(batch=batch).count() == 1


def test_a_batch_that_was_approved_or_cancelled_is_not_cancelled(upload, reviewer, clerk):
    approved, cancelled = upload(row()), upload(row())
    batches.approve_batch(batch_id=approved.pk, by=reviewer, at=NOW)
    batches.cancel_batch(batch_id=cancelled.pk, by=clerk, at=NOW)
    for batch in (approved, cancelled):
        with pytest.raises(IllegalMove):
            batches.cancel_batch(batch_id=batch.pk, by=clerk, at=LATER)
    with pytest.raises(IllegalMove):
        batches.approve_batch(batch_id=cancelled.pk, by=reviewer, at=NOW)


def test_nobody_else_cancels(upload, court):
    batch = upload(row())
    with pytest.raises(NotAllowed) as refused:
        batches.cancel_batch(batch_id=batch.pk, by=builders.make_clerk("second", court), at=LATER)
    assert refused.value.code == "role_required"
    stranger = builders.make_reviewer("reviewer2", builders.make_court("鲁0104", "槐荫区人民法院"))
    with pytest.raises(NotFound):
        batches.cancel_batch(batch_id=batch.pk, by=stranger, at=LATER)


# --- in line ----------------------------------------------------------------------------------------------------------


def places() -> dict[str, int | None]:
    return {str(each.pk): getattr(each, "queue_place") for each in Batch.objects.with_people()}  # noqa: B009 annotated


def test_batches_of_a_court_are_applied_in_the_order_of_their_approval(
    upload, reviewer, django_capture_on_commit_callbacks, monkeypatch
):
    first, second, third = (upload(row(案号=f"（2020）鲁0116执{n}号")) for n in (1, 2, 3))
    for minutes, batch in enumerate((second, third, first)):
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW + timedelta(minutes=minutes))
    assert places() == {str(second.pk): 0, str(third.pk): 1, str(first.pk): 2}
    assert batches.apply_batch(first.pk, at=LATER).status == "applying"
    assert not Listing.objects.exists()
    sent = []
    monkeypatch.setattr(jobs, "enqueue", lambda task, batch_id: sent.append((task, batch_id)))
    with django_capture_on_commit_callbacks(execute=True):
        assert batches.apply_batch(second.pk, at=LATER).status == "applied"
    assert (jobs.APPLY, third.pk) in sent
    assert places() == {str(second.pk): None, str(third.pk): 0, str(first.pk): 1}
    assert batches.apply_batch(third.pk, at=LATER).status == "applied"
    assert batches.apply_batch(first.pk, at=LATER).status == "applied"
    assert Listing.objects.count() == 3


def test_a_batch_that_fails_or_goes_back_lets_the_next_one_pass(
    upload, bring_in, reviewer, django_capture_on_commit_callbacks, monkeypatch
):
    mine = row()
    overtaken, following = upload(mine), upload(row(案号="（2020）鲁0116执2号"))
    bring_in(mine)
    for batch in (overtaken, following):
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)
    sent = []
    monkeypatch.setattr(jobs, "enqueue", lambda task, batch_id: sent.append(batch_id))
    with django_capture_on_commit_callbacks(execute=True):
        assert batches.apply_batch(overtaken.pk, at=LATER).status == "previewed"
    assert following.pk in sent


def test_another_court_does_not_wait(upload, reviewer, tmp_path):
    other = builders.make_court("鲁0104", "槐荫区人民法院")
    mine = upload(row())
    batches.approve_batch(batch_id=mine.pk, by=reviewer, at=NOW)
    theirs = lists.upload(
        tmp_path, [row(案号="（2020）鲁0104执1号", 执行法院=other.name)], other, builders.make_clerk("clerk2", other)
    )
    assert lists.apply(theirs, builders.make_reviewer("reviewer2", other), LATER).status == "applied"


def test_what_waits_to_be_read_waits_behind_every_earlier_upload(send):
    first, second = send(row()), send(row())
    assert places() == {str(first.pk): 0, str(second.pk): 1}
    reading.read_batch(first.pk, at=NOW)
    assert places() == {str(first.pk): None, str(second.pk): 0}


def test_a_reversal_stands_in_the_same_line(bring_in, upload, reviewer, monkeypatch):
    monkeypatch.setattr(reversal, "AT_ONCE", 0)
    applied, waiting = bring_in(row()), upload(row(案号="（2020）鲁0116执2号"))
    batches.approve_batch(batch_id=waiting.pk, by=reviewer, at=NOW)
    batches.reverse_batch(batch_id=applied.pk, by=reviewer, at=LATER, reason="有误")
    assert places() == {str(applied.pk): 1, str(waiting.pk): 0}
    assert batches.apply_batch(applied.pk, at=LATER).status == "applying"
    assert batches.apply_batch(waiting.pk, at=LATER).status == "applied"
    assert batches.apply_batch(applied.pk, at=LATER).status == "reversed"


def test_a_small_reversal_waits_while_another_batch_is_on_its_way(bring_in, upload, reviewer):
    applied, waiting = bring_in(row()), upload(row(案号="（2020）鲁0116执2号"))
    batches.approve_batch(batch_id=waiting.pk, by=reviewer, at=NOW)
    batch = batches.reverse_batch(batch_id=applied.pk, by=reviewer, at=LATER, reason="有误")
    assert (batch.status, batch.is_reversing) == ("applying", True)


# --- progress ---------------------------------------------------------------------------------------------------------


def test_applying_tells_how_far_it_is(upload, reviewer, monkeypatch):
    told = []
    monkeypatch.setattr(cache, "set", lambda key, value, timeout: told.append((key, value)))
    batch = upload(row())
    assert progress.of(batch) == 100
    lists.apply(batch, reviewer)
    values = [value for key, value in told if key == f"batch-progress:{batch.pk}"]
    assert values == sorted(values)
    assert (len(values) > 10, values[-1]) == (True, 100)


def test_progress_is_read_from_the_cache_while_the_batch_is_applied(upload, reviewer):
    batch = upload(row())
    batch = batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)
    assert progress.of(batch) == 0
    progress.report(batch.pk, 5, 20)
    assert progress.of(batch) == 25
    progress.clear(batch.pk)
    assert progress.of(batch) == 0


# --- whole lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "field", "code"),
    [
        (Mode("snapshot", "", "文号", TODAY), "exit_ground", "ground_unknown"),
        (Mode("snapshot", "nonsense", "文号", TODAY), "exit_ground", "ground_unknown"),
        (Mode("snapshot", "wrongly_listed", "文号", TODAY), "exit_ground", "ground_unknown"),
        (Mode("snapshot", "performed", " ", TODAY), "exit_document", "required"),
        (Mode("snapshot", "performed", "文号", None), "exit_on", "required"),
        (Mode("snapshot", "performed", "文号", TODAY + timedelta(days=1)), "exit_on", "in_future"),
        (Mode("changes", "performed", "", None), "exit_ground", "not_a_snapshot"),
        (Mode("changes", "", "", TODAY), "exit_on", "not_a_snapshot"),
        (Mode("whatever"), "mode", "mode_unknown"),
    ],
)
def test_what_a_whole_list_must_say(mode, field, code, send):
    with pytest.raises(InvalidInput) as refused:
        send(row(), mode=mode)
    assert [(each.field, each.code) for each in refused.value.errors] == [(field, code)]
    assert not Batch.objects.exists()


def test_what_a_whole_list_does_not_name_is_shielded(bring_in, whole, reviewer):
    kept = [row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 21)]
    gone = row(UNIT, 案号="（2020）鲁0116执50号", 法定代表人或负责人姓名="李法人")
    bring_in(*kept, gone)
    batch = whole(*kept, row(案号="（2020）鲁0116执60号"))
    assert (batch.count_rows, batch.count_unchanged, batch.count_add, batch.count_missing) == (21, 20, 1, 1)
    assert (batch.impact["listings_missing"], batch.impact["listings_ending"], batch.impact["listings_live"]) == (
        1,
        1,
        21,
    )
    assert list(snapshot.missing_listings(batch).values_list("case_number", flat=True)) == [gone["案号"]]
    assert lists.apply(batch, reviewer).status == "applied"
    ended = Listing.objects.get(status="shielded")
    assert ended.case_number == gone["案号"]
    assert (ended.exit_ground, ended.exit_document, ended.exit_on) == GROUND
    assert not MatchKey.objects.filter(listing=ended).exists()
    change = Change.objects.get(kind="shielded")
    assert (change.batch, change.before["status"], change.after["not_in_snapshot"]) == (batch, "active", True)
    assert Listing.objects.active().count() == 21


def test_a_file_of_changes_ends_nothing_that_it_does_not_name(bring_in, upload):
    bring_in(row(), row(案号="（2020）鲁0116执2号"))
    batch = upload(row(案号="（2020）鲁0116执3号"))
    assert (batch.count_missing, MissingListing.objects.count()) == (0, 0)


def test_a_rejected_row_names_everybody_of_its_case(bring_in, whole):
    mine, partner = row(), row()
    bring_in(mine, partner)
    batch = whole({**mine, "证件号码": mine["证件号码"][:-1] + ("0" if mine["证件号码"][-1] != "0" else "1")})
    assert (batch.count_rejected, batch.count_missing) == (1, 0)


def test_a_row_that_ends_a_listing_names_it(bring_in, whole):
    mine = row()
    bring_in(mine)
    batch = whole({**mine, **SHIELD})
    assert (batch.count_remove, batch.count_missing) == (1, 0)


def test_another_courts_listings_are_not_missing_unless_the_file_has_rows_of_that_court(
    court, tmp_path, bring_in, reviewer
):
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    type(court).objects.filter(pk=court.pk).update(upper=upper)
    bring_in(row(), row(案号="（2020）鲁0116执2号"))
    clerk = builders.make_clerk("upper", upper)
    theirs = row(案号="（2020）鲁01执1号", 执行法院=upper.name)

    def planned(*rows):
        path = lists.write_list(tmp_path / "全.csv", rows)
        sent = batches.upload_batch(court=upper, file=path, file_name=path.name, note="", by=clerk, at=NOW, mode=WHOLE)
        return reading.read_batch(sent.pk, at=NOW)

    assert planned(theirs).count_missing == 0
    batch = planned(theirs, row(案号="（2020）鲁0116执3号"))
    assert (batch.count_missing, batch.count_live) == (2, 2)


def test_what_came_after_the_day_of_the_list_is_not_missing(bring_in, whole):
    bring_in(row(发布时间="2026-11-19"), row(案号="（2020）鲁0116执2号"))
    earlier = Mode("snapshot", "terminated", "文号", TODAY - timedelta(days=10))
    batch = whole(row(案号="（2020）鲁0116执3号"), mode=earlier)
    assert [each.case_number for each in snapshot.missing_listings(batch)] == ["（2020）鲁0116执2号"]


def test_performance_does_not_end_a_listing_with_a_running_term_that_is_missing(bring_in, whole):
    bring_in(
        row(失信行为具体情形="违反限制消费令", 决定日期="2026-05-01", 期限届满日="2028-05-01"),
        row(案号="（2020）鲁0116执2号"),
    )
    performed = Mode("snapshot", "performed", "文号", TODAY)
    batch = whole(row(案号="（2020）鲁0116执3号"), mode=performed)
    assert [each.case_number for each in snapshot.missing_listings(batch)] == ["（2020）鲁0116执2号"]


def test_an_unreadable_case_number_keeps_a_whole_list_from_approval(bring_in, whole, reviewer):
    mine = row()
    bring_in(mine)
    batch = whole(mine, row(案号="不是案号"))
    with pytest.raises(Conflict) as refused:
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)
    assert refused.value.code == "snapshot_unreadable_rows"


def test_a_twentieth_missing_takes_both_people(bring_in, whole, reviewer, clerk):
    mine = [row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 11)]
    bring_in(*mine)
    batch = whole(*mine[:9])
    assert (batch.count_missing, batch.count_live, batch.impact["unusual"]) == (1, 10, ["much_missing"])

    def approve(**given):
        return batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW, **given)

    for given in ({}, {"rows": 9}):
        with pytest.raises(Conflict) as early:
            approve(**given)
        assert early.value.code == "confirmation_needed"
    with pytest.raises(NotAllowed) as stranger:
        batches.confirm_batch(batch_id=batch.pk, rows=9, by=reviewer, at=NOW)
    assert stranger.value.code == "not_uploader"
    with pytest.raises(InvalidInput) as wrong:
        batches.confirm_batch(batch_id=batch.pk, rows=1, by=clerk, at=NOW)
    assert wrong.value.code == "rows_mismatch"
    for _ in range(2):
        assert batches.confirm_batch(batch_id=batch.pk, rows=9, by=clerk, at=NOW).confirmed_by == clerk
    with pytest.raises(Conflict) as untyped:
        approve()
    assert untyped.value.code == "confirmation_needed"
    with pytest.raises(InvalidInput) as mistyped:
        approve(rows=10)
    assert mistyped.value.code == "rows_mismatch"
    assert approve(rows=9).status == "applying"
    assert batches.apply_batch(batch.pk, at=LATER).status == "applied"


def test_an_ordinary_batch_asks_for_no_confirmation_but_checks_a_number_that_is_given(upload, clerk, reviewer):
    batch = upload(row())
    with pytest.raises(IllegalMove) as refused:
        batches.confirm_batch(batch_id=batch.pk, rows=1, by=clerk, at=NOW)
    assert refused.value.code == "confirmation_not_needed"
    with pytest.raises(InvalidInput):
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW, rows=2)
    assert batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW, rows=1).status == "applying"


def test_others_missing_than_were_approved_send_the_batch_back_unconfirmed(bring_in, whole, reviewer, clerk):
    mine = [row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 4)]
    bring_in(*mine)
    batch = whole(*mine[:2])
    batches.confirm_batch(batch_id=batch.pk, rows=2, by=clerk, at=NOW)
    bring_in(row(案号="（2020）鲁0116执9号", 发布时间="2026-11-01"))
    batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW, rows=2)
    batch = batches.apply_batch(batch.pk, at=LATER)
    assert (batch.status, batch.failure_code, batch.count_missing) == ("previewed", "plan_changed", 2)
    assert (batch.confirmed_by, Listing.objects.active().count()) == (None, 4)


def test_a_listing_that_has_left_meanwhile_is_not_missing_any_more(bring_in, whole, reviewer, clerk):
    mine = [row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 22)]
    bring_in(*mine)
    batch = whole(*mine[:20])
    listings.shield_listing(
        listing_id=Listing.objects.get(case_number=mine[20]["案号"]).pk,
        ground="performed", document_number="文号", happened_on=TODAY, by=clerk, at=NOW,
    )  # fmt: skip
    batch = lists.apply(batch, reviewer)
    assert (batch.status, batch.failure_code, batch.count_missing) == ("previewed", "plan_changed", 0)
    assert lists.apply(batch, reviewer).status == "applied"


def test_a_whole_list_is_taken_back_with_what_it_had_ended(bring_in, whole, reviewer, clerk):
    number = another_person_id()
    mine = [
        row(案号="（2020）鲁0116执1号"),
        row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李法人", 法定代表人或负责人证件号码=number),
        row(案号="（2020）鲁0116执3号"),
    ]
    bring_in(*mine)
    third = Listing.objects.get(case_number=mine[2]["案号"])
    listings.suspend_listing(listing_id=third.pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    before = live_list()
    batch = whole({**mine[0], "履行情况": "部分未履行"}, row(案号="（2020）鲁0116执4号"))
    batches.confirm_batch(batch_id=batch.pk, rows=2, by=clerk, at=NOW)
    batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW, rows=2)
    batch = batches.apply_batch(batch.pk, at=LATER)
    assert (batch.status, batch.count_missing, len(live_list())) == ("applied", 2, 2)
    batch = batches.reverse_batch(batch_id=batch.pk, by=reviewer, at=LATER, reason="全量名单不完整")
    assert (batch.status, batch.count_reversed, batch.count_kept) == (BatchStatus.REVERSED, 4, 0)
    assert live_list() == before
    assert sorted(batch.reversal_rows.values_list("row_number", flat=True), key=str) == [2, 3, None, None]
    assert not PriorState.objects.exists()


# --- what the page says -----------------------------------------------------------------------------------------------


def test_the_history_tells_a_reversal_from_an_approval(bring_in, send, clerk, reviewer, monkeypatch):
    monkeypatch.setattr(reversal, "AT_ONCE", 0)
    batch = bring_in(row())
    batch = batches.reverse_batch(batch_id=batch.pk, by=reviewer, at=LATER, reason="有误")
    shown = presenters.progress(Batch.objects.with_people().get(pk=batch.pk), 40)
    assert (shown["label"], shown["done"]) == ("正在整批撤回", 40)
    batch = batches.apply_batch(batch.pk, at=LATER)
    assert [each["what"] for each in presenters.batch_events(batch)][:3] == ["整批撤回", "决定整批撤回", "全部生效"]
    cancelled = batches.cancel_batch(batch_id=send(row()).pk, by=clerk, at=LATER)
    assert presenters.batch_events(cancelled)[0]["what"] == "取消"


def test_a_batch_in_line_says_how_many_are_ahead(upload, reviewer):
    first, second = upload(row()), upload(row())
    for minutes, batch in enumerate((first, second)):
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW + timedelta(minutes=minutes))
    label = presenters.progress(Batch.objects.with_people().get(pk=second.pk), 0)["label"]
    assert label == "已批准，等待入库，前面还有 1 个批次"
