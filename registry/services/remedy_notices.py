"""Reminders before a limit and escalation after it; safe to run twice, late, or at the same time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from core import audit, outbox
from core.calendar import DayType, days_left
from registry.models import Court, CreditRepair, ExitRequest, Objection, Reconsideration
from registry.models.remedies import Remedy
from registry.rules.remedies import NoticeKind, notices_due
from registry.services.remedy_clocks import Rulebook, first_due, kind_of

MODELS: tuple[type[Remedy], ...] = (Objection, Reconsideration, ExitRequest, CreditRepair)
CHUNK = 500
AHEAD = 20  # calendar days within which two working days surely lie
_GIVE = """
    INSERT INTO registry_remedynotice (kind, record_id, notice, due_on, court_id, at)
    SELECT * FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::date[], %s::bigint[], %s::timestamptz[])
        ON CONFLICT ON CONSTRAINT remedy_notice_is_given_once DO NOTHING
    RETURNING id, notice, record_id"""


def notify_all(*, today: date, at: datetime) -> int:
    """Give every notice that should stand by `today` and does not; return how many are new.

    First the clocks that were only an estimate are counted again with the calendar as it now is.
    """
    book = Rulebook()
    for model in MODELS:
        _recount(model, book)
    return sum(_notify(model, today, at) for model in MODELS)


def _notify(model: type[Remedy], today: date, at: datetime) -> int:
    given, after = 0, None
    while True:
        rows: Any = model.objects.all()
        rows = rows.open().with_listing().filter(due_on__lte=date.fromordinal(today.toordinal() + AHEAD)).order_by("pk")
        chunk = list((rows.filter(pk__gt=after) if after else rows)[:CHUNK])
        if not chunk:
            return given
        after = chunk[-1].pk
        given += _give(chunk, today, at)


@transaction.atomic
def _give(chunk: list[Remedy], today: date, at: datetime) -> int:
    lines: list[tuple[Any, ...]] = []
    for remedy in chunk:
        deciding: Court = remedy.court if isinstance(remedy, Reconsideration) else remedy.subject_listing.court
        assert remedy.due_on is not None
        left = days_left(today, remedy.due_on, DayType.WORKING)
        for notice in notices_due(left, is_open=True, has_upper_court=deciding.upper_id is not None):
            court = deciding.upper_id if notice is NoticeKind.TO_UPPER_COURT else deciding.pk
            lines.append((kind_of(remedy).value, str(remedy.pk), notice.value, remedy.due_on, court, at))
    if not lines:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, [list(column) for column in zip(*lines, strict=True)])
        fresh = cursor.fetchall()
    if fresh:
        counts = {kind.value: sum(notice == kind for _, notice, _ in fresh) for kind in NoticeKind}
        audit.record(verb="remedy_notices", target=None, by="system", at=at, after=counts)
        outbox.emit("remedy.notices", notices=[row_id for row_id, _, _ in fresh])
    return len(fresh)


def _recount(model: type[Remedy], book: Rulebook) -> int:
    """Count again what rested on a year without a calendar; return how many moved."""
    rows: Any = model.objects.all()
    moved = 0
    for remedy in rows.open().with_listing().filter(due_is_provisional=True).order_by("pk").iterator(chunk_size=CHUNK):
        due = first_due(remedy, book)
        if (due.on, due.provisional) != (remedy.due_on, remedy.due_is_provisional):
            moved += model.objects.filter(pk=remedy.pk, due_on=remedy.due_on).update(
                due_on=due.on, due_is_provisional=due.provisional
            )
    return moved
