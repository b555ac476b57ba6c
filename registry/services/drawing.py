"""Drawing from a source in its turn: by one process at a time, and whatever happens the source knows how it went.

Whoever draws holds a session lock of PostgreSQL that dies with the process: a run left `running` whose lock is free
has lost its worker, and the next turn says so and goes on from what was committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from celery import current_app
from django.db import InterfaceError, OperationalError, connection, transaction
from kombu.exceptions import OperationalError as BrokerDown

from core import audit
from core.errors import DomainError
from registry.choices import RunKind, RunStatus, SourceKind, SourceStatus
from registry.models import Source, SourceRun
from registry.rules.sources import next_night, next_turn
from registry.services import folders, following
from registry.services.following import Superseded
from registry.services.upstream import OutOfStep

logger = logging.getLogger(__name__)

TASK = "registry.draw_source"
KEEP_RUNS = timedelta(days=1100)  # use of shared data is on record for three years (政务数据共享条例)

Work = Callable[[Source, SourceRun], None]


@contextmanager
def drawing_from(source_id: int) -> Iterator[bool]:
    """True while this process is the only one at the source, False when another is."""
    key = f"source:{source_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection is not None and not connection.connection.closed:
            _release(key)


def _release(key: str) -> None:
    if connection.in_atomic_block and connection.needs_rollback:
        return  # an outer transaction is lost; the lock goes with its session
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def enqueue_due(*, at: datetime) -> int:
    """Hand every source whose turn has come to a worker; return how many. A message that is lost comes next time."""
    due = list(Source.objects.due(at).values_list("pk", flat=True))
    for source_id in due:
        try:
            current_app.send_task(TASK, args=[source_id], retry=False, ignore_result=True)
        except (BrokerDown, OSError):
            logger.warning("broker unreachable, source %s waits for the next round", source_id)
    return len(due)


def draw(source_id: int, *, at: datetime) -> list[SourceRun]:
    """One turn of a source: take what is there. Returns the runs that did something or failed.

    Does nothing when another process is at it or it is not active. A failure of the other side, of a file or of the
    network is kept as the run's; the database going away is raised.
    """
    with drawing_from(source_id) as is_mine:
        source = Source.objects.select_related("court", "account__agency").filter(pk=source_id).first()
        if not is_mine or source is None or source.status != SourceStatus.ACTIVE:
            return []
        source.runs.filter(status=RunStatus.RUNNING).update(status=RunStatus.BROKEN_OFF, ended_at=at)
        kept: list[SourceRun] = []
        for kind, work in _steps(source, at):
            run = SourceRun(source=source, kind=kind, started_at=at)
            if not _went_well(source, run, work, at):
                return [*kept, _last(source, run)]
            if not run._state.adding:
                kept.append(run)
        return kept


def _last(source: Source, run: SourceRun) -> SourceRun:
    return source.runs.order_by("-pk")[0] if run._state.adding else run


def _steps(source: Source, at: datetime) -> Iterator[tuple[RunKind, Work]]:
    """What is to be done in this turn; decided one after the other, for a step may make the next one due."""
    if source.kind == SourceKind.FOLDER:
        yield RunKind.FILES, lambda source, run: folders.take_files(source, run, at=at)
        return
    if source.is_resyncing:
        yield RunKind.RESYNC, lambda source, run: following.resync(source, run, at=at)
    yield RunKind.PULL, lambda source, run: following.pull(source, run, at=at)
    for compared in source.runs.filter(kind=RunKind.COMPARE, approved_at__isnull=False, settled_at=None):
        yield RunKind.REPAIR, lambda source, run, of=compared: following.repair(source, run, of, at=at)  # type: ignore[misc]
    if source.compare_at is not None and source.compare_at <= at:
        yield RunKind.COMPARE, lambda source, run: following.compare(source, run, at=at)


def _went_well(source: Source, run: SourceRun, work: Work, at: datetime) -> bool:
    try:
        work(source, run)
    except Superseded:
        _end(run, RunStatus.BROKEN_OFF, at)
        return False
    except DomainError as error:
        _fail(source.pk, run, error.code, error.detail or error.title, at, stops=isinstance(error, OutOfStep))
        return False
    except (OperationalError, InterfaceError):
        raise  # the database went away: the next turn finds everything as it was
    except Exception as error:  # noqa: BLE001 whatever it is, it becomes the run's result; its words may quote a record
        _fail(source.pk, run, "unexpected", f"出现意外错误（{type(error).__name__}），请联系管理员。", at)
        logger.error("source %s: %s in a %s run", source.pk, type(error).__name__, run.kind)
        return False
    _end(run, RunStatus.DONE, at)
    _note_success(source, run, at)
    return True


def _end(run: SourceRun, status: RunStatus, at: datetime) -> None:
    if not run._state.adding:
        run.status, run.ended_at = status, at
        run.save(update_fields=["status", "ended_at"])


def _note_success(source: Source, run: SourceRun, at: datetime) -> None:
    source.failures = 0
    source.last_run_at = source.last_success_at = at
    source.next_at = next_turn(at, every=timedelta(minutes=source.every_minutes), failures=0)
    if run.kind == RunKind.COMPARE:
        source.compare_at = next_night(at)
    source.save(update_fields=["failures", "last_run_at", "last_success_at", "next_at", "compare_at"])


@transaction.atomic
def _fail(source_id: int, run: SourceRun, code: str, sentence: str, at: datetime, *, stops: bool = False) -> None:
    """Keep why, and when to try again; the same failure again is the same run once more. With `stops` nothing more is
    taken over until a person has decided."""
    source = Source.objects.select_for_update().get(pk=source_id)
    source.failures, source.last_run_at = min(source.failures + 1, 1_000), at
    source.next_at = next_turn(at, every=timedelta(minutes=source.every_minutes), failures=source.failures)
    if stops and source.status == SourceStatus.ACTIVE:
        source.status, source.stop_code, source.stop_reason = SourceStatus.STOPPED, code, sentence[:300]
        audit.record(verb="stop_source", target=source, by="system", at=at, after={"code": code})
    source.save(update_fields=["failures", "last_run_at", "next_at", "status", "stop_code", "stop_reason"])
    before = source.runs.order_by("-pk").first()
    is_same = before is not None and (before.status, before.kind, before.error_code) == ("failed", run.kind, code)
    if before is not None and is_same and run._state.adding:
        before.repeats, before.ended_at, before.error = before.repeats + 1, at, sentence[:300]
        before.save(update_fields=["repeats", "ended_at", "error"])
        return
    run.status, run.ended_at, run.error_code, run.error = RunStatus.FAILED, at, code, sentence[:300]
    run.save()


def forget_old_runs(*, at: datetime) -> int:
    """Remove what is older than the law wants kept; return how many runs."""
    old = SourceRun.objects.filter(ended_at__lt=at - KEEP_RUNS)
    return old.delete()[0]
