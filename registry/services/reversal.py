"""Taking an applied batch back as one act (批次撤回): decided by a second person, judged change by change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import Conflict, IllegalMove, InvalidInput
from core.privacy import redact
from registry.access import Operator
from registry.choices import BatchStatus
from registry.imports.reversal import JUDGED, hold_listings, undo_rows
from registry.models import Batch, PriorState
from registry.rules.batch_acts import Act
from registry.rules.reversal import REVERSIBLE_DAYS, is_too_old
from registry.services import feed, jobs, progress
from registry.services.batch_moves import hold_the_list, locked_for, move

AT_ONCE = 2_000  # changes; more are taken back by a worker
NOTHING = "nothing_to_reverse"


@dataclass(frozen=True, slots=True)
class ReversalPlan:
    """What taking a batch back would do, or has done: changes per kind that go, and refusals per code."""

    revoked: int
    corrected: int
    listed_anew: int
    refused: Mapping[str, int]

    @property
    def reversible(self) -> int:
        return self.revoked + self.corrected + self.listed_anew

    @property
    def kept(self) -> int:
        return sum(self.refused.values())


def plan_reversal(batch: Batch, *, at: datetime) -> ReversalPlan:
    """Judge every change of an applied batch as the list stands now, or tell what became of a reversed one. Writes
    nothing; one query."""
    if batch.reversed_at is not None:
        statement = """SELECT c.kind, r.code, count(*) FROM registry_reversalrow r
                         JOIN registry_change c ON c.id = r.change_id WHERE r.batch_id = %(batch)s GROUP BY 1, 2"""
    else:
        statement = f"SELECT kind, COALESCE(code, ''), count(*) FROM ({JUDGED}) judged GROUP BY 1, 2"  # noqa: S608 ours
    with connection.cursor() as cursor:
        cursor.execute(statement, {"batch": batch.pk, "today": localdate(at)})
        found = cursor.fetchall()
    goes: dict[str, int] = {}
    refused: dict[str, int] = {}
    for kind, code, count in found:
        where, key = (refused, code) if code else (goes, kind)
        where[key] = where.get(key, 0) + count
    return ReversalPlan(
        revoked=goes.get("listed", 0),
        corrected=goes.get("corrected", 0),
        listed_anew=goes.get("shielded", 0) + goes.get("revoked", 0),
        refused=refused,
    )


@transaction.atomic
def reverse_batch(*, batch_id: UUID, by: Operator, at: datetime, reason: str, document_number: str = "") -> Batch:
    """Take back what a batch has done: additions are revoked, corrections corrected back, removals listed anew as new
    episodes, all as ordinary changes of the batch; change by change refused where something stands in the way.

    Up to 2,000 changes at once (the batch comes back `reversed`), more by a worker (`applying`, `is_reversing`).
    `document_number`: the document it rests on; the batch's own number without one. Raises NotAllowed `four_eyes` (the
    uploader), `role_required`, NotFound (another court's), IllegalMove (not applied; `too_old`), InvalidInput
    `reason_required`, Conflict `nothing_to_reverse`.
    """
    reason = redact(reason.strip())
    batch = locked_for(Act.REVERSE, batch_id, by)
    if not reason:
        raise InvalidInput("请写明撤回理由。", code="reason_required")
    if batch.applied_at is None or is_too_old(localdate(batch.applied_at), localdate(at)):
        raise IllegalMove("入库超过一年的批次不能整批撤回，请逐条更正或撤销。", code="too_old")
    plan = plan_reversal(batch, at=at)
    if plan.reversible == 0:
        raise Conflict("这个批次的变更之后都有新的变更，没有可以撤回的内容。", code=NOTHING)
    batch.is_reversing = True
    batch.reversed_by_id, batch.reversal_asked_at, batch.reversal_reason = by.pk, at, reason
    batch.reversal_document = redact(document_number.strip())[:100]
    batch.failure_code = batch.failure = ""
    move(batch, BatchStatus.APPLYING, at=at, by=by, reason=reason)
    batch.save()
    audit.record(
        verb="reverse_batch",
        target=batch,
        by=by,
        at=at,
        before={"status": BatchStatus.APPLIED.value},
        after={"reason": reason, "reversible": plan.reversible, "refused": dict(plan.refused)},
    )
    is_small = plan.reversible + plan.kept <= AT_ONCE
    if is_small and not Batch.objects.ahead_of(batch).exists() and hold_the_list(wait=False):
        carry_out(batch, at=at)
        if batch.status != BatchStatus.REVERSED:  # the list has moved on while its rows were being locked
            raise Conflict("这个批次的变更之后都有新的变更，没有可以撤回的内容。", code=NOTHING)
    else:
        progress.clear(batch_id)
        jobs.enqueue_on_commit(jobs.APPLY, batch_id)
    return batch


def carry_out(batch: Batch, *, at: datetime) -> None:
    """Take the batch back in the caller's transaction, which holds its row and the list; it becomes `reversed`, or
    `applied` again with failure_code `nothing_to_reverse`."""
    assert batch.applied_at is not None
    hold_listings(batch.pk)
    if plan_reversal(batch, at=at).reversible == 0:
        _stay_applied(batch, NOTHING, "名单已有新的变更，没有可以撤回的内容。", at)
        return
    found = undo_rows(
        batch.pk,
        reason=f"批次撤回：{batch.reversal_reason}"[:300],
        document=batch.reversal_document or f"批次{batch.pk}",
        applied_on=localdate(batch.applied_at),
        by_id=batch.reversed_by_id,
        at=at,
        progress=partial(progress.report, batch.pk),
    )
    batch.count_reversed = found.pop("", 0)
    batch.count_kept = sum(found.values())
    batch.is_reversing, batch.reversed_at, batch.progress = False, at, 100
    move(batch, BatchStatus.REVERSED, at=at)
    batch.save()
    audit.record(
        verb="finish_reversal",
        target=batch,
        by="system",
        at=at,
        before={"status": BatchStatus.APPLIED.value},
        after={"status": BatchStatus.REVERSED.value, "reversed": batch.count_reversed, "refused": found},
    )
    outbox.emit("listing.changed", batch=str(batch.pk))
    feed.number_after_commit()


@transaction.atomic
def give_up(batch_id: UUID, code: str, sentence: str, at: datetime) -> None:
    """The reversal could not be carried out: nothing of it stands, the batch is `applied` as before."""
    _stay_applied(Batch.objects.select_for_update(of=("self",)).get(pk=batch_id), code, sentence, at)


def _stay_applied(batch: Batch, code: str, sentence: str, at: datetime) -> None:
    batch.is_reversing, batch.progress = False, 100
    batch.failure_code, batch.failure = code, sentence
    move(batch, BatchStatus.APPLIED, at=at, reason=code)
    batch.save()
    audit.record(verb="give_up_reversal", target=batch, by="system", at=at, after={"code": code})


def forget_prior_states(*, at: datetime) -> int:
    """Drop what is kept for the reversal of batches that are too old for it; return how many listings' worth."""
    before = at - timedelta(days=REVERSIBLE_DAYS + 1)
    old = Batch.objects.filter(applied_at__lt=before)
    return PriorState.objects.filter(batch__in=old).delete()[0]
