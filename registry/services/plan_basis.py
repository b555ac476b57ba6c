"""What a plan rests on, and the proof that it rests on it still: the plan need not be made again.

Every transaction that writes a table which plans read leaves its number in registry_listwrite, by triggers: no way of
writing goes round them. A plan keeps the snapshot that was taken before its first statement. What that snapshot sees
the plan has seen; where nothing has been written that it does not see, the plan made again would be the same one.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.db import connection

from registry.imports import plan
from registry.services import snapshot

Basis = dict[str, str]

_RULES = sha256("\n".join((*plan.RULES, *snapshot.RULES)).encode()).hexdigest()
# A snapshot means something only to the cluster that gave it.
_NOW = "SELECT pg_current_snapshot()::text, system_identifier::text FROM pg_control_system()"
_STANDS = """
    SELECT pg_snapshot_xmax(given.seen) <= pg_snapshot_xmax(pg_current_snapshot())
           AND NOT EXISTS (SELECT FROM registry_listwrite w
                            WHERE w.xact >= pg_snapshot_xmin(given.seen)::text::bigint
                              AND NOT pg_visible_in_snapshot(w.xact::text::xid8, given.seen))
      FROM (SELECT %s::pg_snapshot AS seen) given"""


def current(*, today: date) -> Basis:
    """What a plan that is about to be made rests on: day, rules, cluster, snapshot. Ask before its first statement, in
    its transaction: under READ COMMITTED each statement sees at least what the ones before it saw."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        seen, cluster = cursor.fetchone()
    return {"day": today.isoformat(), "rules": _RULES, "cluster": cluster, "snapshot": seen}


def still_stands(basis: Basis, *, today: date) -> bool:
    """Whether a plan made on `basis` is proven to be what planning now would give. False where that is not known.

    Ask after the plan's targets are held: what waits for them has not been written, what they waited for is seen.
    """
    given = {**basis}
    seen = given.pop("snapshot", "")
    present = current(today=today)
    present.pop("snapshot")
    if not seen or given != present:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [seen])
        return bool(cursor.fetchone()[0])
