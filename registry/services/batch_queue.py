"""Whose turn it is: reading in the order of upload, applying in that of approval, one batch of a court at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from registry.choices import BatchStatus
from registry.models import Batch
from registry.services import jobs
from registry.services.approval import CANCELLED

QUEUE_GRACE = timedelta(seconds=30)  # how long the queue gets before the sweep takes over


def is_first_in_line(batch: Batch) -> bool:
    """No batch of the court that was approved, or asked to be taken back, earlier is still to be worked off."""
    ahead = Batch.objects.ahead_of(batch)
    return not ahead.exists()


def enqueue_next(court_id: int) -> None:
    """Hand the court's next batch to a worker once the caller's transaction stands."""

    def hand_over() -> None:
        following = Batch.objects.filter(court_id=court_id, status=BatchStatus.APPLYING).in_line().first()
        if following is not None:
            jobs.enqueue(jobs.APPLY, following.pk)

    transaction.on_commit(hand_over, robust=True)


def sweep_batches(*, at: datetime) -> int:
    """Queue again every batch whose work nobody is doing (worker killed, message lost); return how many."""
    late = at - QUEUE_GRACE
    waiting = Batch.objects.filter(
        Q(status=BatchStatus.QUEUED, uploaded_at__lt=late)
        | Q(status=BatchStatus.READING)
        | Q(status=BatchStatus.APPLYING, is_reversing=False, decided_at__lt=late)
        | Q(status=BatchStatus.APPLYING, is_reversing=True, reversal_asked_at__lt=late)
        | Q(status=BatchStatus.REFUSED, failure_code=CANCELLED, rows_read__gt=0, decided_at__lt=late)
    ).exclude(Q(sheet="") & ~Q(sheets=[]))  # those wait for somebody to choose the sheet
    found = 0
    for batch_id, status in waiting.values_list("pk", "status"):
        if not jobs.is_being_worked_on(batch_id):
            jobs.enqueue(_TASKS.get(status, jobs.READ), batch_id)
            found += 1
    return found


_TASKS: dict[str, str] = {BatchStatus.APPLYING: jobs.APPLY, BatchStatus.REFUSED: jobs.DROP_ROWS}
