"""Numbering without a gap, the running hash, and tables that only grow."""

import hashlib
import threading
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError, InternalError

from core import audit, chain
from core.models import AuditEntry

AT = datetime(2026, 11, 20, 2, 15, tzinfo=UTC)


def entry(verb: str = "look") -> AuditEntry:
    return audit.record(verb=verb, target=None, by="system", at=AT)


def tamper(sql: str) -> None:
    """What somebody with the owner's rights could do: switch the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)


@pytest.mark.django_db
def test_rows_are_numbered_in_id_order_and_hashed_by_the_documented_formula():
    entries = [entry(f"verb {n}") for n in range(3)]
    assert chain.sequence(AuditEntry) == 3
    running = "0" * 64
    for number, row in enumerate(AuditEntry.objects.order_by("number"), start=1):
        running = hashlib.sha256(f"{running}\n{number}\n{row.chain_content()}".encode()).hexdigest()
        assert (row.pk, row.number, row.hash) == (entries[number - 1].pk, number, running)


@pytest.mark.django_db
def test_sequencing_again_numbers_nothing_and_later_rows_follow_on():
    entry()
    assert chain.sequence(AuditEntry) == 1
    assert chain.sequence(AuditEntry) == 0
    entry()
    assert chain.sequence(AuditEntry) == 1
    assert chain.verify(AuditEntry) == chain.ChainReport("core_auditentry", checked=2, pending=0)


@pytest.mark.django_db
def test_more_rows_than_a_chunk_are_all_numbered(monkeypatch):
    monkeypatch.setattr(chain, "CHUNK", 3)
    for _ in range(7):
        entry()
    assert chain.sequence(AuditEntry) == 7
    assert chain.verify(AuditEntry).checked == 7


@pytest.mark.django_db
def test_pending_rows_are_counted_and_do_not_break_the_chain():
    entry()
    chain.sequence(AuditEntry)
    entry()
    report = chain.verify(AuditEntry)
    assert (report.checked, report.pending, report.is_intact) == (1, 1, True)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_sequencers_leave_no_gap():
    failures = []

    def write() -> None:
        try:
            for n in range(20):
                with transaction.atomic():
                    entry()
                    if n % 5 == 4:
                        transaction.set_rollback(True)
                chain.sequence(AuditEntry, wait=n % 2 == 0)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    chain.sequence(AuditEntry)
    numbers = list(AuditEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 8 * 16 + 1))
    assert chain.verify(AuditEntry).is_intact


@pytest.mark.django_db(transaction=True)
def test_a_row_committed_late_is_numbered_after_the_others():
    early_id: list[int] = []
    has_written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            early_id.append(entry("early, committed late").pk)
            has_written.set()
            may_commit.wait(10)
        connection.close()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    has_written.wait(10)
    later = entry("later, committed first")
    assert later.pk > early_id[0]
    assert chain.sequence(AuditEntry) == 1
    may_commit.set()
    thread.join()
    assert chain.sequence(AuditEntry) == 1
    assert list(AuditEntry.objects.order_by("number").values_list("pk", flat=True)) == [later.pk, early_id[0]]
    assert chain.verify(AuditEntry).is_intact


@pytest.mark.django_db(transaction=True)
def test_without_waiting_a_sequencer_leaves_the_table_to_the_one_at_work():
    entry()
    is_locked, is_done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            chain.sequence(AuditEntry)
            is_locked.set()
            is_done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    is_locked.wait(10)
    assert chain.sequence(AuditEntry, wait=False) == 0
    is_done.set()
    thread.join()
    assert chain.verify(AuditEntry).checked == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET verb = 'other'",
        "UPDATE core_auditentry SET number = 9, hash = 'x', verb = 'other'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
    ],
)
@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_change_or_remove_a_row(statement, numbered):
    entry()
    if numbered:
        chain.sequence(AuditEntry)
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize("number", ["number + 1", "NULL", "number"])
@pytest.mark.django_db
def test_a_row_is_numbered_only_once(number):
    entry()
    chain.sequence(AuditEntry)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"UPDATE core_auditentry SET number = {number}, hash = ''")


@pytest.mark.parametrize(("number", "digest"), [("1", "''"), ("NULL", "'x'"), ("0", "'x'")])
@pytest.mark.django_db
def test_a_number_comes_with_a_hash_and_counts_from_one(number, digest):
    with pytest.raises(IntegrityError, match="auditentry_numbered_is_hashed"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO core_auditentry (number, hash, actor_label, verb, target_type, target_id, at, request_id)"
            f" VALUES ({number}, {digest}, 'x', 'x', '', '', now(), '')"
        )


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE core_auditentry SET verb = 'other' WHERE number = 3", 3),
        ("UPDATE core_auditentry SET hash = repeat('a', 64) WHERE number = 5", 5),
        ("DELETE FROM core_auditentry WHERE number = 2", 2),
        ("DELETE FROM core_auditentry WHERE number = 1", 1),
        ("UPDATE core_auditentry SET recorded_at = recorded_at - interval '1 day' WHERE number = 4", 4),
    ],
)
@pytest.mark.django_db
def test_what_was_changed_behind_the_triggers_shows_at_its_number(statement, first_bad, capsys):
    for _ in range(5):
        entry()
    chain.sequence(AuditEntry)
    tamper(statement)
    assert chain.verify(AuditEntry).first_bad == first_bad
    with pytest.raises(SystemExit) as caught:
        call_command("verify_audit")
    assert caught.value.code == 1
    assert f"第 {first_bad} 号" in capsys.readouterr().out


@pytest.mark.django_db
def test_verify_audit_numbers_what_is_pending_and_finds_an_intact_chain(capsys):
    entry()
    call_command("verify_audit")
    assert "core_auditentry：1 条，完好" in capsys.readouterr().out
    assert AuditEntry.objects.get().number == 1


@pytest.mark.django_db
def test_a_table_without_numbers_can_be_append_only_and_the_operation_can_be_undone():
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE scratch_history (id bigint)")
        operation = chain.AppendOnly("scratch_history", chained=False)
        operation.database_forwards("core", editor, None, None)  # type: ignore[arg-type]
    assert operation.deconstruct() == ("AppendOnly", ["scratch_history"], {"chained": False})
    cursor = connection.cursor()
    cursor.execute("INSERT INTO scratch_history VALUES (1)")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute("UPDATE scratch_history SET id = 2")
    with connection.schema_editor() as editor:
        operation.database_backwards("core", editor, None, None)  # type: ignore[arg-type]
    cursor.execute("UPDATE scratch_history SET id = 2")
    assert cursor.rowcount == 1
