# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""The court's whole list (全量): what a file does not name, found when it is planned and ended when it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from registry.choices import BatchMode
from registry.imports import prior_states
from registry.imports.plan import TERM_HOLDS
from registry.models import Batch, BatchRow, Listing

_TERM_HOLDS = TERM_HOLDS.replace("r.exit_ground", "%(ground)s")
# Live listings of the court, save those that another platform keeps, and of a lower court where the file has rows of
# it. A rejected row names its case: whom it meant is not known. Left in peace are those that came after the day the
# list says, and those with a term that does not end on this ground (registry.rules.terms).
_MISSING = f"""
    CREATE TEMP TABLE plan_missing ON COMMIT DROP AS
    WITH courts AS (
        SELECT %(court)s AS id UNION
        SELECT court_id FROM registry_batchrow WHERE batch_id = %(batch)s AND court_id IS NOT NULL)
    SELECT l.id FROM registry_listing l
     WHERE l.court_id IN (SELECT id FROM courts) AND l.status IN ('active', 'suspended') AND l.source_id IS NULL
       AND NOT EXISTS (SELECT 1 FROM registry_batchrow r WHERE r.batch_id = %(batch)s AND r.listing_id = l.id)
       AND NOT EXISTS (SELECT 1 FROM registry_batchrow r
                        WHERE r.batch_id = %(batch)s AND r.verdict = 'rejected' AND r.case_key = l.case_key)
       AND COALESCE(l.decided_on, l.published_on, (l.listed_at AT TIME ZONE 'Asia/Shanghai')::date) <= %(exit_on)s
       AND NOT COALESCE({_TERM_HOLDS}, false)"""
RULES = (_MISSING,)
_LIVE = """
    SELECT count(*) FROM registry_listing l
     WHERE l.status IN ('active', 'suspended') AND l.source_id IS NULL
       AND (l.court_id = %(court)s OR %(is_snapshot)s AND l.court_id IN (
        SELECT court_id FROM registry_batchrow WHERE batch_id = %(batch)s AND court_id IS NOT NULL))"""
_MOVED = """
    SELECT count(*) FROM plan_missing n FULL JOIN
        (SELECT listing_id FROM registry_missinglisting WHERE batch_id = %(batch)s) o ON o.listing_id = n.id
     WHERE n.id IS NULL OR o.listing_id IS NULL"""

_END: tuple[tuple[str, str], ...] = (
    ("keep_prior_states", prior_states.OF_MISSING),
    (
        "insert_changes",
        """INSERT INTO registry_change (kind, listing_id, at, happened_on, ground, document_number, before, after,
                  batch_id, by_id)
           SELECT 'shielded', l.id, %(at)s, %(exit_on)s, %(ground)s, %(document)s,
                  jsonb_build_object('status', l.status), '{"status": "shielded", "not_in_snapshot": true}',
                  %(batch)s, %(by)s
             FROM registry_missinglisting n JOIN registry_listing l ON l.id = n.listing_id
            WHERE n.batch_id = %(batch)s ORDER BY l.id""",
    ),
    (
        "end_listings",
        """UPDATE registry_listing l
              SET status = 'shielded', exit_ground = %(ground)s, exit_ground_text = '', exit_document = %(document)s,
                  exit_on = %(exit_on)s, changed_at = %(at)s
             FROM registry_missinglisting n WHERE n.batch_id = %(batch)s AND l.id = n.listing_id""",
    ),
    (
        "drop_keys",
        """DELETE FROM registry_matchkey k USING registry_missinglisting n
            WHERE n.batch_id = %(batch)s AND k.listing_id = n.listing_id""",
    ),
)


@dataclass(frozen=True, slots=True)
class Missing:
    """How many listings no row names, and how many of them differ from the plan before."""

    found: int
    moved: int


def plan_missing(batch: Batch, *, today: date) -> Missing:
    """Find the listings that a snapshot does not name; nothing for a file of changes. Needs an open transaction and
    rows that have just been planned."""
    if batch.mode != BatchMode.SNAPSHOT:
        return Missing(0, 0)
    given: dict[str, Any] = {
        "batch": batch.pk,
        "court": batch.court_id,
        "exit_on": batch.exit_on,
        "ground": batch.exit_ground,
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plan_missing")
        cursor.execute(_MISSING, given)
        cursor.execute("ANALYZE plan_missing")
        cursor.execute(_MOVED, given)
        moved = int(cursor.fetchone()[0])
        if moved:
            cursor.execute("DELETE FROM registry_missinglisting WHERE batch_id = %(batch)s", given)
            cursor.execute(
                "INSERT INTO registry_missinglisting (batch_id, listing_id) SELECT %(batch)s, id FROM plan_missing",
                given,
            )
        cursor.execute("SELECT count(*) FROM plan_missing")
        return Missing(int(cursor.fetchone()[0]), moved)


def live_listings(batch: Batch) -> int:
    """How many listings of the court are live, for a snapshot also of the lower courts that it has rows of."""
    is_snapshot = batch.mode == BatchMode.SNAPSHOT
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, {"batch": batch.pk, "court": batch.court_id, "is_snapshot": is_snapshot})
        return int(cursor.fetchone()[0])


def end_missing(batch: Batch, *, at: datetime) -> None:
    """Shield every listing that the plan found missing. Needs an open transaction that holds their rows."""
    given: dict[str, Any] = {
        "batch": batch.pk,
        "ground": batch.exit_ground,
        "document": batch.exit_document,
        "exit_on": batch.exit_on,
        "at": at,
        "by": batch.uploaded_by_id,
    }
    with connection.cursor() as cursor:
        for _, statement in _END:
            cursor.execute(statement, given)


def unreadable_rows(batch_id: UUID) -> int:
    """Rows whose case number could not be read: whom they name is unknown, so nobody is known to be missing."""
    return BatchRow.objects.filter(batch_id=batch_id, case_key="").count()


def missing_listings(batch: Batch) -> QuerySet[Listing]:
    """The listings that a planned snapshot does not name, in a stable order (by id): page them by keyset."""
    return Listing.objects.filter(pk__in=batch.missing.values("listing_id")).order_by("pk")
