"""An approved batch into the list, in one transaction; or an applied one out of it again, when that was decided."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from time import perf_counter
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils.timezone import localdate

from core import audit, outbox
from registry.choices import BatchMode, BatchStatus
from registry.imports.apply import apply_rows
from registry.models import Batch
from registry.services import feed, jobs, plan_basis, progress, reversal, snapshot
from registry.services.batch_moves import counts, fail, hold_the_list, move, where
from registry.services.batch_queue import enqueue_next, is_first_in_line
from registry.services.planning import PLAN_CHANGED, WholePlan, make_plan, take_plan

# What the batch is going to change: held before the plan is proven or made again, so that it stays true.
_HOLD_TARGETS = """
    SELECT count(*) FROM (
        SELECT l.id FROM registry_listing l
         WHERE l.id IN (SELECT listing_id FROM registry_batchrow
                         WHERE batch_id = %(batch)s AND verdict IN ('update', 'remove')
                         UNION ALL SELECT listing_id FROM registry_missinglisting WHERE batch_id = %(batch)s)
         ORDER BY l.id FOR UPDATE OF l) held"""


def apply_batch(batch_id: UUID, *, at: datetime) -> Batch:
    """Apply an approved batch in one transaction, or take an applied one back where that was asked.

    Returns the batch as it stands: `applied`, or `previewed` again with failure_code `plan_changed` when the list has
    moved on since; `applying` still when an earlier batch of the court is to go first, or another process is at it.
    """
    with jobs.working_on(batch_id) as is_mine:
        waiting = Batch.objects.filter(pk=batch_id, status=BatchStatus.APPLYING)
        is_reversing = waiting.values_list("is_reversing", flat=True).first() if is_mine else None
        if is_reversing is not None:
            try:
                _turn(batch_id, at)
            except OperationalError:
                raise  # the database went away or gave way to another transaction: the sweep applies again
            except Exception as error:  # noqa: BLE001 whatever it is, it becomes the batch's state
                if is_reversing:
                    reversal.give_up(batch_id, "unexpected", "撤回时出现意外错误，名单没有任何改动，请联系管理员。", at)
                else:
                    fail(batch_id, "unexpected", "入库时出现意外错误，名单没有任何改动，请联系管理员。", at)
                enqueue_next(Batch.objects.values_list("court_id", flat=True).get(pk=batch_id))
                raise ApplyingFailed(where(error)) from None
    return Batch.objects.get(pk=batch_id)


class ApplyingFailed(RuntimeError):
    """A batch could not be applied or taken back for a reason that is a defect; nothing of it stands. Says where."""


@transaction.atomic
def _turn(batch_id: UUID, at: datetime) -> None:
    hold_the_list()
    batch = Batch.objects.select_for_update(of=("self",)).select_related("court", "uploaded_by").get(pk=batch_id)
    if batch.status != BatchStatus.APPLYING or not is_first_in_line(batch):
        return
    if batch.is_reversing:
        reversal.carry_out(batch, at=at)
    else:
        _apply(batch, at)
    enqueue_next(batch.court_id)


def _apply(batch: Batch, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_TARGETS, {"batch": batch.pk})
    started = perf_counter()
    stands = plan_basis.still_stands(batch.plan_basis, today=localdate(at))
    if not stands:
        plan = make_plan(batch, at=at)
        if plan.moved:
            _send_back(batch, plan, at)
            return
    planned = perf_counter()
    applied = apply_rows(batch.pk, by_id=batch.uploaded_by_id, at=at, progress=partial(progress.report, batch.pk))
    if batch.mode == BatchMode.SNAPSHOT:
        snapshot.end_missing(batch, at=at)
    batch.timings |= {
        "plan_again": 0 if stands else round(planned - started, 2),
        "apply": round(perf_counter() - planned, 2),
    }
    batch.applied_at = at
    batch.progress = 100
    move(batch, BatchStatus.APPLIED, at=at)
    batch.save()
    audit.record(
        verb="apply_batch",
        target=batch,
        by="system",
        at=at,
        before={"status": BatchStatus.APPLYING.value},
        after={"status": BatchStatus.APPLIED.value, **counts(batch), "seconds": applied.seconds},
    )
    outbox.emit("listing.changed", batch=str(batch.pk))
    changes = batch.count_add + batch.count_update + batch.count_remove + batch.count_missing
    feed.number_after_commit(changes=changes)


def _send_back(batch: Batch, plan: WholePlan, at: datetime) -> None:
    """The list has moved on since the plan: what was approved is not what would happen."""
    take_plan(batch, plan)
    batch.decided_by, batch.decided_at, batch.decision_reason = None, None, ""
    batch.progress = 100
    batch.failure_code = PLAN_CHANGED
    batch.failure = f"审核之后名单有变，{plan.moved}行的结论与审核时不同；没有入库，请按新的结果重新审核。"
    move(batch, BatchStatus.PREVIEWED, at=at, reason=PLAN_CHANGED)
    batch.save()
    audit.record(verb="send_back_batch", target=batch, by="system", at=at, after={"rows_moved": plan.moved})
