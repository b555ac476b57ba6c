# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""An applied batch out of the list again: each of its changes judged, then written back, set-based.

What the rule `registry.rules.reversal` decides for one change, `JUDGED` decides for all changes of a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.timezone import localdate

from registry.imports.facts import DATES, FACTS, facts_digest_sql
from registry.rules.reversal import RULES, Refusal

_LIVE = "('pending', 'active', 'suspended')"
_ENDED = "c.kind IN ('shielded', 'revoked')"
# The facts that the rules ask for, as SQL over c (change), l (listing), p (prior state), later, again.
_FACTS: dict[Refusal, str] = {
    Refusal.CHANGED_SINCE: "later.id IS NOT NULL",
    Refusal.IDENTITY_COMPLETED: "c.after ? 'has_full_number'",
    Refusal.LIVES_AGAIN: "again.id IS NOT NULL",
    Refusal.WAS_PENDING: "p.status = 'pending'",
    Refusal.TERM_OVER: "l.term_ends_on < %(today)s",
    Refusal.NOT_KEPT: f"p.id IS NULL AND ({_ENDED} OR c.before ? 'name')",
}
_CODE = " ".join(
    "WHEN c.kind IN ({}) AND ({}) THEN '{}'".format(
        ", ".join(f"'{kind}'" for kind in sorted(rule.kinds)), _FACTS[rule.refusal], rule.refusal.value
    )
    for rule in RULES
)

# A listing's later changes come after the whole batch: until it was committed, its listings were held or unseen.
JUDGED = f"""
    SELECT c.id AS change_id, c.kind, c.listing_id, c.before, c.after, p.id AS prior_id, later.id AS later_id,
           CASE {_CODE} END AS code, again.id AS again_id
      FROM registry_change c JOIN registry_listing l ON l.id = c.listing_id
      LEFT JOIN registry_priorstate p ON p.batch_id = c.batch_id AND p.listing_id = c.listing_id
      LEFT JOIN (SELECT x.listing_id, min(x.id) AS id FROM registry_change x
                  WHERE x.id > (SELECT max(id) FROM registry_change WHERE batch_id = %(batch)s)
                  GROUP BY x.listing_id) later ON later.listing_id = c.listing_id
      LEFT JOIN LATERAL (SELECT o.id FROM registry_listing o
                          WHERE {_ENDED} AND o.subject_id = l.subject_id AND o.court_id = l.court_id
                            AND o.case_key = l.case_key AND o.status IN {_LIVE} AND o.id <> l.id LIMIT 1) again ON true
     WHERE c.batch_id = %(batch)s"""

# A new episode's id sorts with those made at the same time (UUID version 7).
_NEW_ID = """encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1
        ), 'hex')::uuid"""
_BACK = {
    name: f"CASE WHEN j.before ? '{name}' THEN "
    + (
        f"ARRAY(SELECT jsonb_array_elements_text(j.before->'{name}'))::varchar[]"
        if name == "circumstances"
        else f"(j.before->>'{name}'){'::date' if name in DATES else ''}"
        f"{'::smallint' if name == 'age' else ''}{'::boolean' if name == 'publishable' else ''}"
    )
    + f" ELSE l.{name} END"
    for name in FACTS
}
_KEYS = "unnest(p.digests, p.kinds, p.roles, p.relations) AS k(digest, kind, role, relation_id)"

_STEPS: tuple[tuple[str, str], ...] = (
    (
        "judge",
        f"""CREATE TEMP TABLE reversal_judged ON COMMIT DROP AS
            SELECT judged.*, l.subject_id, l.name_key AS name_key_now,
                   CASE WHEN judged.code IS NULL AND judged.kind IN ('shielded', 'revoked') THEN {_NEW_ID} END AS new_id
              FROM ({JUDGED}) judged JOIN registry_listing l ON l.id = judged.listing_id;
            CREATE INDEX ON reversal_judged (listing_id);
            ANALYZE reversal_judged""",
    ),
    (
        "revoke_added",
        """UPDATE registry_listing l
              SET status = 'revoked', exit_ground = 'other', exit_ground_text = %(reason)s,
                  exit_document = %(document)s, exit_on = %(today)s, changed_at = %(at)s
             FROM reversal_judged j WHERE j.kind = 'listed' AND j.code IS NULL AND l.id = j.listing_id""",
    ),
    (
        "drop_keys_of_revoked",
        """DELETE FROM registry_matchkey k USING reversal_judged j
            WHERE j.kind = 'listed' AND j.code IS NULL AND k.listing_id = j.listing_id""",
    ),
    (
        "correct_back",
        f"""UPDATE registry_listing l
               SET {", ".join(f"{name} = {_BACK[name]}" for name in FACTS)}, content_digest = {facts_digest_sql(_BACK)},
                   name_key = COALESCE(p.name_key, l.name_key), id_type = COALESCE(p.id_type, l.id_type),
                   id_masked = COALESCE(p.id_masked, l.id_masked),
                   id_is_masked = COALESCE(p.id_is_masked, l.id_is_masked), changed_at = %(at)s
              FROM reversal_judged j LEFT JOIN registry_priorstate p ON p.id = j.prior_id
             WHERE j.kind = 'corrected' AND j.code IS NULL AND l.id = j.listing_id""",
    ),
    (
        "forget_returned_names",
        """DELETE FROM registry_subjectname n USING reversal_judged j, registry_priorstate p
            WHERE j.kind = 'corrected' AND j.code IS NULL AND p.id = j.prior_id AND p.name_key <> j.name_key_now
              AND n.subject_id = j.subject_id AND n.name_key = p.name_key AND n.known_since = %(applied_on)s""",
    ),
    (
        "name_subjects_back",
        """UPDATE registry_subject s SET name = o.name, name_key = o.name_key
             FROM (SELECT DISTINCT ON (j.subject_id) j.subject_id, l.name, l.name_key, j.name_key_now
                     FROM reversal_judged j JOIN registry_listing l ON l.id = j.listing_id
                     JOIN registry_priorstate p ON p.id = j.prior_id
                    WHERE j.kind = 'corrected' AND j.code IS NULL AND p.name_key <> j.name_key_now
                    ORDER BY j.subject_id, j.change_id) o
            WHERE s.id = o.subject_id AND s.name_key = o.name_key_now""",
    ),
    (
        "end_new_representatives",
        """UPDATE registry_relation x SET until = GREATEST(%(today)s, COALESCE(x.since, %(today)s))
             FROM reversal_judged j
            WHERE j.kind = 'corrected' AND j.code IS NULL AND x.listing_id = j.listing_id
              AND x.batch_id = %(batch)s AND x.until IS NULL""",
    ),
    (
        "bring_former_representatives_back",
        """UPDATE registry_relation x SET until = NULL, ended_by_id = NULL FROM reversal_judged j
            WHERE j.kind = 'corrected' AND j.code IS NULL AND x.listing_id = j.listing_id
              AND x.ended_by_id = %(batch)s""",
    ),
    (
        "drop_keys_of_corrected",
        """DELETE FROM registry_matchkey k USING reversal_judged j
            WHERE j.kind = 'corrected' AND j.code IS NULL AND j.prior_id IS NOT NULL AND k.listing_id = j.listing_id""",
    ),
    (
        "bring_keys_back",
        f"""INSERT INTO registry_matchkey (digest, kind, role, listing_id, relation_id)
            SELECT k.digest, k.kind, k.role, j.listing_id, k.relation_id
              FROM reversal_judged j JOIN registry_priorstate p ON p.id = j.prior_id CROSS JOIN {_KEYS}
             WHERE j.kind = 'corrected' AND j.code IS NULL ORDER BY k.digest""",
    ),
    (
        # No way leads back from an ended state: the same facts begin a new episode.
        "list_anew",
        f"""INSERT INTO registry_listing (id, subject_id, court_id, status, listed_at, changed_at, exit_ground,
                   exit_ground_text, exit_document, batch_id, name_key, id_type, id_masked, id_is_masked, case_key,
                   content_digest, {", ".join(FACTS)})
            SELECT j.new_id, l.subject_id, l.court_id, p.status, %(at)s, %(at)s, '', '', '', %(batch)s, l.name_key,
                   l.id_type, l.id_masked, l.id_is_masked, l.case_key, l.content_digest,
                   {", ".join("l." + name for name in FACTS)}
              FROM reversal_judged j JOIN registry_listing l ON l.id = j.listing_id
              JOIN registry_priorstate p ON p.id = j.prior_id
             WHERE j.new_id IS NOT NULL ORDER BY j.new_id""",
    ),
    (
        "relate_anew",
        """CREATE TEMP TABLE reversal_relation ON COMMIT DROP AS
            SELECT x.id AS old_id, gen_random_uuid() AS new_id, j.new_id AS listing_id
              FROM registry_relation x JOIN reversal_judged j ON j.listing_id = x.listing_id
             WHERE j.new_id IS NOT NULL AND x.until IS NULL;
            INSERT INTO registry_relation (id, listing_id, role, name, name_key, id_type, id_value, id_masked, since,
                   until, batch_id)
            SELECT t.new_id, t.listing_id, x.role, x.name, x.name_key, x.id_type, x.id_value, x.id_masked, x.since,
                   NULL, %(batch)s
              FROM reversal_relation t JOIN registry_relation x ON x.id = t.old_id""",
    ),
    (
        "insert_keys_anew",
        f"""INSERT INTO registry_matchkey (digest, kind, role, listing_id, relation_id)
            SELECT k.digest, k.kind, k.role, j.new_id, t.new_id
              FROM reversal_judged j JOIN registry_priorstate p ON p.id = j.prior_id CROSS JOIN {_KEYS}
              LEFT JOIN reversal_relation t ON t.old_id = k.relation_id
             WHERE j.new_id IS NOT NULL AND (k.relation_id IS NULL OR t.new_id IS NOT NULL) ORDER BY k.digest""",
    ),
    (
        "insert_changes",
        """INSERT INTO registry_change (kind, listing_id, at, happened_on, ground, document_number, before, after,
                  batch_id, by_id)
           SELECT r.kind, r.listing_id, %(at)s, r.happened_on, r.ground, %(document)s, r.before, r.after, %(batch)s,
                  %(by)s
             FROM (SELECT j.change_id, 1 AS place, 'revoked' AS kind, j.listing_id, %(today)s AS happened_on,
                          'other' AS ground, jsonb_build_object('status', 'active') AS before,
                          '{"status": "revoked"}'::jsonb AS after
                     FROM reversal_judged j WHERE j.kind = 'listed' AND j.code IS NULL
                   UNION ALL
                   SELECT j.change_id, 1, 'corrected', j.listing_id, %(today)s, %(reason)s, j.after, j.before
                     FROM reversal_judged j WHERE j.kind = 'corrected' AND j.code IS NULL
                   UNION ALL
                   SELECT j.change_id, 1, 'listed', j.new_id, COALESCE(l.decided_on, l.published_on), %(reason)s,
                          '{}', jsonb_build_object('continues', j.listing_id)
                     FROM reversal_judged j JOIN registry_listing l ON l.id = j.new_id
                   UNION ALL
                   SELECT j.change_id, 2, 'suspended', j.new_id, %(today)s, %(reason)s, '{"status": "active"}',
                          '{"status": "suspended"}'
                     FROM reversal_judged j JOIN registry_listing l ON l.id = j.new_id AND l.status = 'suspended') r
            ORDER BY r.change_id, r.place""",
    ),
    (
        "note_rows",
        """INSERT INTO registry_reversalrow (batch_id, change_id, row_number, verdict, code, blocking_change_id,
                  new_listing_id)
           SELECT %(batch)s, j.change_id, r.row_number, CASE WHEN j.code IS NULL THEN 'reversed' ELSE 'refused' END,
                  COALESCE(j.code, ''),
                  CASE j.code WHEN 'changed_since' THEN j.later_id
                              WHEN 'lives_again' THEN (SELECT x.id FROM registry_change x
                                   WHERE x.listing_id = j.again_id ORDER BY x.id LIMIT 1) END, j.new_id
             FROM reversal_judged j
             LEFT JOIN registry_batchrow r ON r.batch_id = %(batch)s AND r.verdict IN ('add', 'update', 'remove')
              AND CASE r.verdict WHEN 'add' THEN r.new_listing_id ELSE r.listing_id END = j.listing_id
            ORDER BY j.change_id""",
    ),
    ("forget_prior_states", "DELETE FROM registry_priorstate WHERE batch_id = %(batch)s"),
)
# Acts on single listings and this one wait for each other; who comes second sees what the first has done.
_HOLD = """
    SELECT count(*) FROM (
        SELECT l.id FROM registry_listing l
         WHERE l.id IN (SELECT listing_id FROM registry_change WHERE batch_id = %(batch)s)
         ORDER BY l.id FOR UPDATE OF l) held"""


def hold_listings(batch_id: UUID) -> None:
    """Lock every listing that the batch has changed, in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"batch": batch_id})


def undo_rows(
    batch_id: UUID,
    *,
    reason: str,
    document: str,
    applied_on: Any,
    by_id: Any,
    at: datetime,
    progress: Callable[[int, int], None] = lambda done, steps: None,
) -> dict[str, int]:
    """Write back every change of the batch that can be; return how many were refused per code, "" for the reversed.
    Needs an open transaction that holds the listings. The number of statements does not depend on the batch."""
    given = {
        "batch": batch_id,
        "reason": reason,
        "document": document,
        "applied_on": applied_on,
        "today": localdate(at),
        "at": at,
        "by": by_id,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS reversal_judged, reversal_relation")
        for step, (_, statement) in enumerate(_STEPS, 1):
            cursor.execute(statement, given)
            progress(step, len(_STEPS))
        cursor.execute("SELECT COALESCE(code, ''), count(*) FROM reversal_judged GROUP BY 1")
        return dict(cursor.fetchall())
