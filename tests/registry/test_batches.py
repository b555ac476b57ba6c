"""An upload's life: refused or stored, read, approved by a second person, applied as a whole or not at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.models import Q

from core.crypto import blind_index
from core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from core.models import AuditEntry, OutboxEvent
from registry.imports import apply as applying
from registry.imports.apply_steps import STEPS
from registry.models import (
    Batch,
    BatchRow,
    Change,
    Identifier,
    Listing,
    MatchKey,
    Relation,
    Subject,
    SubjectName,
)
from registry.services import batches, feed, reading, uploads
from tests import builders
from tests.builders import NOW, another_person_id
from tests.registry import builders as lists
from tests.registry.builders import PERSON, REVOKE, SHIELD, UNIT, row

OTHER = {"履行情况": "部分未履行"}


# --- coming in --------------------------------------------------------------------------------------------------------


def test_a_file_becomes_listings(bring_in):
    batch = bring_in(row(), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李法人"))
    assert (batch.status, batch.count_add, batch.failure) == ("applied", 2, "")
    assert Listing.objects.count() == Subject.objects.count() == Identifier.objects.count() == 2
    assert list(Change.objects.values_list("kind", flat=True)) == ["listed", "listed"]
    assert MatchKey.objects.count() == 5
    assert Relation.objects.get().name == "李法人"
    assert OutboxEvent.objects.get(topic="listing.changed").payload == {"batch": str(batch.pk)}
    assert [t.to_status for t in batch.transitions.all()] == ["queued", "reading", "previewed", "applying", "applied"]


def test_the_same_file_again_changes_nothing(bring_in):
    number = another_person_id()
    rows = [
        row(决定日期="2020-04-01", 期限届满日="2027-04-01", 年龄="30岁", 性别="女", 不宜公开="是"),
        row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李", 法定代表人或负责人证件号码=number),
        row(UNIT, 案号="（2020）鲁0116执3号", 法定代表人="赵", 生效法律文书确定的义务="一、还\\款\t二、\n付"),
        row(证件号码=" ", 案号="（2020）鲁0116执4号", 失信行为具体情形="违反财产报告制度,违反限制消费令"),
    ]  # fmt: skip
    first = bring_in(*rows)
    before = list(Listing.objects.order_by("pk").values())
    again = bring_in(*rows)
    assert (first.count_add, again.count_unchanged, again.count_rows) == (4, 4, 4)
    assert list(Listing.objects.order_by("pk").values()) == before
    assert Change.objects.count() == 4


def test_a_refused_file_leaves_nothing_but_an_audit_entry(tmp_path, court, clerk):
    path = tmp_path / "名单.csv"
    path.write_bytes(b"")
    with pytest.raises(InvalidInput) as refused:
        batches.upload_batch(court=court, file=path, file_name="名单.csv", note="", by=clerk, at=NOW)
    assert (refused.value.code, bool(refused.value.detail)) == ("file_empty", True)
    assert not Batch.objects.exists()
    assert not [each for each in Path(default_storage.path("")).rglob("*") if each.is_file()]
    assert AuditEntry.objects.get().verb == "refuse_file"


def test_the_stored_file_is_the_platforms_own_and_goes_once_its_rows_are_staged(
    tmp_path, court, clerk, django_capture_on_commit_callbacks
):
    source = lists.write_list(tmp_path / "名单.csv", [row()])
    batch = batches.upload_batch(court=court, file=source, file_name="名单.csv", note="", by=clerk, at=NOW)
    path = Path(default_storage.path(batch.file_path))
    assert path.stat().st_mode & 0o777 == 0o600
    with django_capture_on_commit_callbacks(execute=True):
        batch = reading.read_batch(batch.pk, at=NOW)
    assert (batch.status, batch.file_path, path.exists()) == ("previewed", "", False)


def test_a_file_that_no_batch_names_is_removed_after_an_hour(upload):
    kept = uploads.stored_path("batches/orphan.csv")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("x", encoding="utf-8")
    written = datetime.fromtimestamp(kept.stat().st_mtime, tz=UTC)
    assert batches.drop_orphan_files(at=written + timedelta(minutes=59)) == 0
    assert kept.exists()
    assert batches.drop_orphan_files(at=written + timedelta(minutes=61)) == 1
    assert not kept.exists()


def test_only_the_court_itself_uploads_its_list(tmp_path, court):
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    path = lists.write_list(tmp_path / "a.csv", [row()])
    for who in (stranger, builders.make_staff()):
        with pytest.raises(NotAllowed):
            batches.upload_batch(court=court, file=path, file_name="a.csv", note="", by=who, at=NOW)


def test_an_upper_court_brings_in_the_cases_of_lower_courts(tmp_path, court):
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    type(court).objects.filter(pk=court.pk).update(upper=upper)
    batch = lists.upload(tmp_path, [row()], upper, builders.make_clerk("upper", upper))
    assert (batch.count_add, BatchRow.objects.get(batch=batch).court) == (1, court)


def test_a_file_without_rows_fails_with_a_sentence_and_is_not_kept(upload, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        batch = upload(dict.fromkeys(PERSON, ""))
    assert (batch.status, batch.failure_code, batch.file_path) == ("failed", "file_no_rows", "")
    assert not [each for each in Path(default_storage.path("")).rglob("*") if each.is_file()]


def test_reading_again_after_a_crash_starts_over(tmp_path, court, clerk, monkeypatch):
    source = lists.write_list(tmp_path / "名单.csv", [row(), row(案号="（2020）鲁0116执2号")])
    batch = batches.upload_batch(court=court, file=source, file_name="名单.csv", note="", by=clerk, at=NOW)

    def gone(*given, **named):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(batches, "plan_batch", gone)
        with pytest.raises(OperationalError):
            reading.read_batch(batch.pk, at=NOW)
    batch.refresh_from_db()
    assert (batch.status, BatchRow.objects.filter(batch=batch).count()) == ("reading", 2)
    assert reading.read_batch(batch.pk, at=NOW).status == "previewed"
    assert BatchRow.objects.filter(batch=batch).count() == 2


def test_reading_twice_reads_once(upload):
    batch = upload(row())
    before = BatchRow.objects.get(batch=batch).pk
    reading.read_batch(batch.pk, at=NOW)
    assert BatchRow.objects.get(batch=batch).pk == before


def test_a_rejected_row_of_any_length_is_kept_to_be_shown(upload):
    batch = upload(row(被执行人姓名或名称="长" * 5000, 案号="不是案号" * 100, 执行依据文号="x\\" * 900))
    assert (batch.status, batch.count_rejected) == ("previewed", 1)


# --- four eyes --------------------------------------------------------------------------------------------------------


def test_the_uploader_does_not_approve(upload, court, tmp_path, reviewer):
    own = lists.upload(tmp_path, [row()], court, reviewer)
    with pytest.raises(NotAllowed) as refused:
        batches.approve_batch(batch_id=own.pk, by=reviewer, at=NOW)
    assert (refused.value.code, refused.value.status) == ("four_eyes", 403)


def test_four_eyes_come_before_the_role_and_the_state(upload, clerk):
    batch = upload(row())
    Batch.objects.filter(pk=batch.pk).update(status="refused")
    with pytest.raises(NotAllowed) as refused:
        batches.approve_batch(batch_id=batch.pk, by=clerk, at=NOW)
    assert refused.value.code == "four_eyes"


def test_another_clerk_does_not_approve(upload, court):
    with pytest.raises(NotAllowed) as refused:
        batches.approve_batch(batch_id=upload(row()).pk, by=builders.make_clerk("second", court), at=NOW)
    assert refused.value.code == "role_required"


def test_another_courts_reviewer_finds_nothing(upload):
    stranger = builders.make_reviewer("reviewer2", builders.make_court("鲁0104", "槐荫区人民法院"))
    batch = upload(row())
    for verb in (batches.approve_batch, batches.refuse_batch, batches.reverse_batch):
        with pytest.raises(NotFound):
            verb(batch_id=batch.pk, by=stranger, at=NOW, reason="无")


def test_a_second_approval_is_an_illegal_move(upload, reviewer):
    batch = upload(row())
    batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)
    with pytest.raises(IllegalMove):
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)


def test_refusing_takes_a_reason_and_is_final(upload, reviewer):
    batch = upload(row())
    with pytest.raises(InvalidInput):
        batches.refuse_batch(batch_id=batch.pk, by=reviewer, at=NOW, reason=" ")
    assert batches.refuse_batch(batch_id=batch.pk, by=reviewer, at=NOW, reason="有误").status == "refused"
    with pytest.raises(IllegalMove):
        batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)


# --- applying ---------------------------------------------------------------------------------------------------------


def test_applying_twice_applies_once(bring_in):
    batch = bring_in(row())
    batches.apply_batch(batch.pk, at=NOW)
    assert (Listing.objects.count(), Change.objects.count()) == (1, 1)


@pytest.mark.parametrize("step", [name for name, _ in STEPS])
def test_a_failure_at_any_step_leaves_nothing(step, upload, bring_in, reviewer, monkeypatch):
    kept = row(UNIT, 证件号码="MA3TEXT18", 法定代表人或负责人姓名="旧法人")
    gone = row(案号="（2020）鲁0116执2号")
    bring_in(kept, gone)
    tables = (Listing, Subject, Identifier, MatchKey, Change, Relation, SubjectName)
    before = {table: list(table.objects.order_by("pk").values()) for table in tables}
    batch = upload(
        row(UNIT, 被执行人姓名或名称="济南更名商贸有限公司", 法定代表人或负责人姓名="新法人"),
        {**gone, **SHIELD},
        row(案号="（2020）鲁0116执3号"),
    )
    assert (batch.count_update, batch.count_remove, batch.count_add) == (1, 1, 1)
    broken = [(name, sql if name != step else sql + "; SELECT 1/0") for name, sql in STEPS]
    monkeypatch.setattr(applying, "_STEPS", broken)
    batches.approve_batch(batch_id=batch.pk, by=reviewer, at=NOW)
    with pytest.raises(batches.ApplyingFailed):
        batches.apply_batch(batch.pk, at=NOW)
    assert {table: list(table.objects.order_by("pk").values()) for table in tables} == before
    batch.refresh_from_db()
    assert (batch.status, batch.failure_code, batch.applied_at) == ("failed", "unexpected", None)


def test_a_plan_that_has_been_overtaken_goes_back_to_the_reviewer(upload, bring_in, reviewer):
    mine = row()
    late = upload(mine, row(案号="（2020）鲁0116执2号"))
    bring_in(mine)
    applied = lists.apply(late, reviewer)
    assert (applied.status, applied.failure_code, applied.decided_by) == ("previewed", "plan_changed", None)
    assert (applied.count_add, applied.count_unchanged, Listing.objects.count()) == (1, 1, 1)
    assert lists.apply(late, reviewer).status == "applied"
    assert Listing.objects.count() == 2


def test_an_update_keeps_the_old_facts_in_the_feed(bring_in):
    mine = row()
    bring_in(mine)
    bring_in({**mine, **OTHER})
    change = Change.objects.get(kind="corrected")
    assert (change.before, change.after) == ({"performance": "none"}, {"performance": "partial"})
    assert Listing.objects.get().performance == "partial"


def test_shielding_and_revoking_take_a_listing_out_of_every_answer(bring_in):
    one, two = row(), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李法人")
    bring_in(one, two)
    bring_in({**one, **SHIELD}, {**two, **REVOKE})
    assert dict(Listing.objects.values_list("kind", "status")) == {"person": "shielded", "unit": "revoked"}
    assert not MatchKey.objects.exists()
    assert list(Change.objects.order_by("pk").values_list("kind", flat=True)[2:]) == ["shielded", "revoked"]


def test_a_relisting_is_a_new_episode_of_the_same_subject(bring_in):
    mine = row()
    bring_in(mine)
    bring_in({**mine, **SHIELD})
    bring_in({**mine, "发布时间": "2026-11-19"})
    assert sorted(Listing.objects.values_list("status", flat=True)) == ["active", "shielded"]
    assert Subject.objects.count() == 1


def test_a_full_number_completes_a_masked_listing(bring_in):
    number = another_person_id()
    bring_in(
        row(证件号码=f"{number[:10]}****{number[-4:]}"),
        row(证件号码=f"{number[:6]}****{number[-4:]}", 案号="（2020）鲁0116执2号"),
    )
    assert Subject.objects.filter(is_identified=False).count() == 2
    bring_in(row(证件号码=number), row(证件号码=number, 案号="（2020）鲁0116执2号"))
    subject = Subject.objects.get()
    assert (subject.is_identified, subject.listings.count(), Identifier.objects.get().value) == (True, 2, number)
    assert not Listing.objects.filter(id_is_masked=True).exists()
    assert MatchKey.objects.filter(digest=blind_index(f"rid:{number}"), kind=1).count() == 2
    assert Change.objects.filter(kind="corrected", after__has_full_number=True).count() == 2


def test_a_masked_row_does_not_take_a_full_number_away(bring_in):
    number = another_person_id()
    bring_in(row(证件号码=number))
    keys = set(MatchKey.objects.values_list("digest", "kind"))
    bring_in(row(证件号码=f"{number[:10]}****{number[-4:]}", **OTHER))
    listing = Listing.objects.get()
    assert (listing.performance, listing.id_is_masked, Identifier.objects.count()) == ("partial", False, 1)
    assert set(MatchKey.objects.values_list("digest", "kind")) == keys


def test_a_renamed_unit_keeps_its_name_history(bring_in):
    bring_in(row(UNIT))
    bring_in(row(UNIT, 被执行人姓名或名称="济南更名商贸有限公司"))
    assert Subject.objects.get().name == Listing.objects.get().name == "济南更名商贸有限公司"
    assert SubjectName.objects.get().name == "济南试例商贸有限公司"


def test_an_organisation_code_becomes_a_credit_code(bring_in):
    bring_in(row(UNIT, 证件号码="MA3TEXT18"))
    bring_in(row(UNIT), row(UNIT, 案号="（2020）鲁0116执2号"))
    subject = Subject.objects.get()
    assert (bytes(subject.key), subject.listings.count()) == (blind_index("uscc:91370116MA3TEXT184"), 2)
    assert sorted(Identifier.objects.values_list("type", flat=True)) == ["org_code", "uscc"]


def test_one_unit_of_a_file_with_two_kinds_of_code_is_one_subject(bring_in):
    bring_in(row(UNIT, 证件号码="MA3TEXT18"), row(UNIT, 案号="（2020）鲁0116执2号"))
    assert (Subject.objects.count(), Listing.objects.count()) == (1, 2)


def test_a_new_representative_ends_the_former_one(bring_in):
    number = another_person_id()
    bring_in(row(UNIT, 法定代表人或负责人姓名="旧法人", 法定代表人或负责人证件号码=number))
    bring_in(row(UNIT, 法定代表人或负责人姓名="新法人"))
    assert dict(Relation.objects.values_list("name", "until")) == {"旧法人": builders.TODAY, "新法人": None}
    assert not MatchKey.objects.filter(role="legal_representative").exists()


def test_former_names_in_brackets_are_kept(bring_in):
    bring_in(row(UNIT, 被执行人姓名或名称="济南试例商贸有限公司（原名：济南旧例商贸有限公司）"))
    assert SubjectName.objects.get().name == "济南旧例商贸有限公司"


def test_no_identifier_stands_in_clear_anywhere_in_the_database(bring_in):
    numbers = [another_person_id() for _ in range(3)]
    broken = numbers[2][:-1] + ("0" if numbers[2][-1] != "0" else "1")
    bring_in(
        row(证件号码=numbers[0]),
        row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李", 法定代表人或负责人证件号码=numbers[1]),
        row(证件号码=broken, 案号="（2020）鲁0116执3号"),
        row(证件号码=f"{numbers[0]}，{numbers[1]}", 案号="（2020）鲁0116执4号"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
        columns = cursor.fetchall()
        assert len(columns) > 200
        for number in [*numbers, broken]:
            for table, column in columns:
                cursor.execute(
                    f"""SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE %s
                           OR "{column}"::text LIKE %s""",
                    [f"%{number}%", f"%{number.encode().hex()}%"],
                )
                assert cursor.fetchone() == (0,), f"{table}.{column}"


# --- the feed ---------------------------------------------------------------------------------------------------------


def test_the_feed_is_numbered_when_the_change_stands(bring_in, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bring_in(row(), row(案号="（2020）鲁0116执2号"))
    page = feed.changes_after(number=0)
    assert ([change.number for change in page.changes], page.last, page.has_more) == ([1, 2], 2, False)
    first = feed.changes_after(number=0, limit=1)
    assert (len(first.changes), first.last, first.has_more) == (1, 2, True)
    answer = feed.acknowledge(number=1, hash=first.changes[0].hash)
    assert (answer.in_step, answer.behind) == (True, 1)
    assert not feed.acknowledge(number=2, hash=first.changes[0].hash).in_step
    assert not feed.acknowledge(number=3, hash=first.changes[0].hash).in_step
    assert feed.acknowledge(number=0, hash="0" * 64).in_step


def test_the_sweep_queues_what_nobody_works_on(upload, monkeypatch):
    queued = []
    monkeypatch.setattr("registry.services.jobs.enqueue", lambda task, batch_id: queued.append((task, batch_id)))
    batch, other = upload(row()), upload(row(案号="（2020）鲁0116执2号"))
    Batch.objects.filter(pk=batch.pk).update(status="queued")
    assert batches.sweep_batches(at=NOW + timedelta(seconds=5)) == 0
    assert batches.sweep_batches(at=NOW + timedelta(minutes=1)) == 1
    Batch.objects.filter(pk=other.pk).update(status="reading")
    batches.sweep_batches(at=NOW + timedelta(seconds=5))
    assert queued == [("registry.read_batch", batch.pk), ("registry.read_batch", other.pk)]
    assert Batch.objects.filter(Q(status="queued") | Q(status="reading")).count() == 2
