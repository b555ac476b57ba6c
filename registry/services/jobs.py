"""Work on a batch outside the request: handing it to a worker, and knowing whether somebody is at it.

Whoever works on a batch holds a session lock of PostgreSQL, which dies with the process: a batch in a working state
whose lock is free has lost its worker. The batch's row is the truth, the queue only a hint.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

READ = "registry.read_batch"
APPLY = "registry.apply_batch"
DROP_ROWS = "registry.drop_cancelled_rows"


def enqueue_on_commit(task: str, batch_id: UUID) -> None:
    """Hand the batch to a worker once the caller's transaction stands."""
    transaction.on_commit(partial(enqueue, task, batch_id), robust=True)


def enqueue(task: str, batch_id: UUID) -> None:
    """Hand the batch to a worker; when the broker is down the sweep will."""
    try:
        current_app.send_task(task, args=[str(batch_id)], retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("broker unreachable, %s of batch %s waits for the sweep", task, batch_id)


@contextmanager
def working_on(batch_id: UUID) -> Iterator[bool]:
    """True while this process is the only one at work on the batch, False when another is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"batch:{batch_id}"])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection is not None and not connection.connection.closed:
            _release(batch_id)


def _release(batch_id: UUID) -> None:
    if connection.in_atomic_block and connection.needs_rollback:
        return  # an outer transaction is lost; the lock goes with its session
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"batch:{batch_id}"])


def is_being_worked_on(batch_id: UUID) -> bool:
    """Whether some process, perhaps this one, is at work on the batch."""
    with working_on(batch_id) as is_mine:
        return not is_mine
