"""A planned batch into the list: set-based statements in the caller's transaction, each named for what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.timezone import localdate

from registry.imports.apply_steps import ADD, ONLY_FOR, TAKE_ROWS, UPDATE
from registry.imports.apply_steps import STEPS as _STEPS
from registry.imports.plan import TUNING
from registry.models import Listing, SubjectName
from registry.rules.names import fold
from registry.services.keys import rekey_subject


@dataclass(slots=True)
class Applied:
    """Seconds per step."""

    seconds: dict[str, float] = field(default_factory=dict)


def apply_rows(
    batch_id: UUID, *, by_id: Any, at: datetime, progress: Callable[[int, int], None] = lambda done, steps: None
) -> Applied:
    """Write every planned row into the list. Needs an open transaction and a plan that stands.

    `progress(done, steps)` hears of every step.
    """
    done = Applied()
    parameters = {"batch": batch_id, "at": at, "today": localdate(at), "by": by_id}
    with connection.cursor() as cursor:
        started = perf_counter()
        cursor.execute(TUNING)
        cursor.execute(TAKE_ROWS, parameters)
        cursor.execute("SELECT DISTINCT verdict FROM apply_row")
        verdicts = {row[0] for row in cursor.fetchall()}
        done.seconds["take_rows"] = round(perf_counter() - started, 3)
        for step, (name, statement) in enumerate(_STEPS, 1):
            if verdicts.isdisjoint(ONLY_FOR.get(name, verdicts)):
                continue
            started = perf_counter()
            cursor.execute(statement, parameters)
            done.seconds[name] = round(perf_counter() - started, 3)
            progress(step, len(_STEPS))
    if verdicts & {ADD, UPDATE}:
        _keep_aliases(at)
    if UPDATE in verdicts:
        _renew_keys_of_renamed()
    return done


def _keep_aliases(at: datetime) -> None:
    """Former names that stood in brackets behind a name; few rows have any, and folding is not SQL's business."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT COALESCE(p.subject_id, l.subject_id), r.aliases
                 FROM apply_row r LEFT JOIN apply_place p ON p.row_id = r.id
                 LEFT JOIN apply_update u ON u.row_id = r.id LEFT JOIN registry_listing l ON l.id = u.listing_id
                WHERE r.verdict IN ('add', 'update') AND cardinality(r.aliases) > 0"""
        )
        kept = [
            SubjectName(subject_id=subject_id, name=name, name_key=fold(name), known_since=localdate(at))
            for subject_id, aliases in cursor.fetchall()
            for name in aliases
        ]
    SubjectName.objects.bulk_create(kept, ignore_conflicts=True, batch_size=1_000)


def _renew_keys_of_renamed() -> None:
    """A renamed listing whose full identifier the row did not repeat: its mask keys hold the name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT u.listing_id FROM apply_update u JOIN apply_row r ON r.id = u.row_id
                WHERE u.is_renamed AND u.was_identified AND NOT r.is_identified"""
        )
        listing_ids = [row[0] for row in cursor.fetchall()]
    for listing in Listing.objects.filter(pk__in=listing_ids).select_related("subject"):
        rekey_subject(listing)
