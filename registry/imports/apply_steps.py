# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""The statements that bring a planned batch into the list, in their order. Parameters: batch, at, today, by."""

from __future__ import annotations

from registry.choices import RowVerdict
from registry.imports.facts import FACTS, facts_digest_sql, merged
from registry.imports.plan import COMPLETES, NEW_REPRESENTATIVE
from registry.imports.prior_states import OF_ROWS

ADD, UPDATE, REMOVE = RowVerdict.ADD.value, RowVerdict.UPDATE.value, RowVerdict.REMOVE.value
_MERGED = {name: merged(name) for name in FACTS}
# Facts a change may quote: no identifiers, not even masked ones.
_QUOTED = [name for name in FACTS if name not in {"kind", "case_number"}]
_OLD_AND_NEW = ", ".join(f"('{name}', to_jsonb(l.{name}), to_jsonb({_MERGED[name]}))" for name in _QUOTED)
_FULL_ROW = "registry_batchrow r"
_TAKES_ID = "(u.completes OR (NOT u.was_identified AND r.id_masked <> ''))"


# Order matters: identities first, then listings, then what hangs on them. Rows go into the tables in the order of the
# index that is widest apart (digest, subject key), so that neighbours in the index are written one after the other.
STEPS: tuple[tuple[str, str], ...] = (
    (
        "lock_targets",
        """SELECT count(*) FROM (
            SELECT FROM registry_listing l JOIN apply_row r ON r.listing_id = l.id
             WHERE r.verdict IN ('update', 'remove') ORDER BY l.id FOR UPDATE OF l) locked""",
    ),
    (
        # What an update changes, while the old values still stand.
        "note_updates",
        f"""INSERT INTO apply_update
            SELECT r.id AS row_id, r.row_number, l.id AS listing_id, l.subject_id, l.name AS old_name,
                   l.name_key AS old_name_key, l.name_key <> r.name_key AS is_renamed, {COMPLETES} AS completes,
                   {NEW_REPRESENTATIVE} AS new_representative, s.is_identified AS was_identified,
                   d.before, d.after
              FROM {_FULL_ROW} JOIN registry_listing l ON l.id = r.listing_id
              JOIN registry_subject s ON s.id = l.subject_id
              LEFT JOIN LATERAL (SELECT jsonb_object_agg(v.name, v.old) AS before, jsonb_object_agg(v.name, v.new)
                     AS after FROM (VALUES {_OLD_AND_NEW}) AS v(name, old, new) WHERE v.old IS DISTINCT FROM v.new) d
                ON true
             WHERE r.batch_id = %(batch)s AND r.verdict = 'update';
            ANALYZE apply_update (row_id, listing_id, subject_id)""",
    ),
    ("keep_prior_states", OF_ROWS),
    (
        # The organisation code on record becomes a credit code; the masked party of a case becomes somebody.
        "complete_subjects",
        """UPDATE registry_subject s SET key = c.subject_key, alt_key = c.alt_key, is_identified = true
              FROM (SELECT DISTINCT ON (subject_id) * FROM (
                        SELECT DISTINCT ON (r.subject_key) r.subject_key, r.alt_key, u.subject_id, r.row_number
                          FROM apply_row r JOIN apply_update u ON u.row_id = r.id WHERE u.completes
                         ORDER BY r.subject_key, r.row_number) each ORDER BY subject_id, row_number) c
             WHERE s.id = c.subject_id
               AND NOT EXISTS (SELECT 1 FROM registry_subject o WHERE o.key = c.subject_key)""",
    ),
    (
        "complete_units",
        """UPDATE registry_subject s SET key = c.subject_key
              FROM (SELECT DISTINCT ON (r.alt_key) r.alt_key, r.subject_key FROM apply_row r
                     WHERE r.verdict = 'add' AND r.alt_key IS NOT NULL AND r.subject_key <> r.alt_key
                     ORDER BY r.alt_key, r.row_number) c
             WHERE s.key = c.alt_key AND NOT EXISTS (SELECT 1 FROM registry_subject o WHERE o.key = c.subject_key)""",
    ),
    (
        "move_to_known_subjects",
        """UPDATE registry_listing l SET subject_id = s.id
              FROM apply_row r JOIN apply_update u ON u.row_id = r.id JOIN registry_subject s ON s.key = r.subject_key
             WHERE u.completes AND l.id = u.listing_id AND l.subject_id <> s.id""",
    ),
    (
        "drop_empty_subjects",
        """DELETE FROM registry_subject s USING apply_update u
             WHERE u.completes AND s.id = u.subject_id
               AND NOT EXISTS (SELECT 1 FROM registry_listing l WHERE l.subject_id = s.id)
               AND NOT EXISTS (SELECT 1 FROM registry_subjectname n WHERE n.subject_id = s.id)
               AND NOT EXISTS (SELECT 1 FROM registry_identifier i WHERE i.subject_id = s.id)""",
    ),
    *(
        (
            f"insert_subjects_{order}",
            f"""INSERT INTO registry_subject (id, kind, name, name_key, key, alt_key, is_identified)
                SELECT DISTINCT ON (r.subject_key) r.new_subject_id, r.kind, r.name, r.name_key, r.subject_key,
                       r.alt_key, r.is_identified
                  FROM apply_row r
                 WHERE r.verdict = 'add' AND {condition}
                   AND NOT EXISTS (SELECT 1 FROM registry_subject s WHERE s.key = r.subject_key)
                 ORDER BY r.subject_key, r.row_number""",
        )
        for order, condition in (
            ("first", "r.subject_key IS DISTINCT FROM r.alt_key"),
            (
                "by_org_code",
                """r.subject_key = r.alt_key
                   AND NOT EXISTS (SELECT 1 FROM registry_subject s WHERE s.alt_key = r.alt_key)""",
            ),
        )
    ),
    (
        # Whose an addition is: the subject with its key, or a unit's that is known by more than its organisation code.
        "place_additions",
        """INSERT INTO apply_place
            SELECT r.id AS row_id, COALESCE(s.id, o.id) AS subject_id
              FROM apply_row r
              LEFT JOIN registry_subject s ON s.key = r.subject_key
              LEFT JOIN LATERAL (SELECT u.id FROM registry_subject u WHERE u.alt_key = r.alt_key
                                  AND r.subject_key = r.alt_key AND s.id IS NULL ORDER BY u.id LIMIT 1) o ON true
             WHERE r.verdict = 'add';
            ANALYZE apply_place""",
    ),
    (
        "insert_listings",
        f"""INSERT INTO registry_listing (id, subject_id, court_id, status, listed_at, changed_at, exit_ground,
                   exit_ground_text, exit_document, batch_id, name_key, id_type, id_masked, id_is_masked, case_key,
                   content_digest, {", ".join(FACTS)})
            SELECT r.new_listing_id, p.subject_id, r.court_id, 'active', %(at)s, %(at)s, '', '', '',
                   r.batch_id, r.name_key, r.id_type, r.id_masked, r.id_is_masked, r.case_key, r.content_digest,
                   {", ".join("r." + name for name in FACTS)}
              FROM {_FULL_ROW} JOIN apply_place p ON p.row_id = r.id
             WHERE r.batch_id = %(batch)s""",
    ),
    (
        "insert_numbers",
        """INSERT INTO registry_identifier (subject_id, type, value, digest, masked)
            SELECT DISTINCT ON (r.subject_key, r.id_type) p.subject_id, r.id_type, r.id_value,
                   r.subject_key, r.id_masked
              FROM apply_row r JOIN (
                    SELECT row_id, subject_id FROM apply_place
                     UNION ALL
                    SELECT u.row_id, l.subject_id FROM apply_update u JOIN registry_listing l ON l.id = u.listing_id) p
                ON p.row_id = r.id
             WHERE r.verdict IN ('add', 'update') AND r.is_identified AND r.id_value IS NOT NULL
             ORDER BY r.subject_key, r.id_type, r.row_number
            ON CONFLICT DO NOTHING""",
    ),
    (
        "update_listings",
        f"""UPDATE registry_listing l
               SET {", ".join(f"{name} = {_MERGED[name]}" for name in FACTS)}, name_key = r.name_key,
                   content_digest = {facts_digest_sql(_MERGED)}, changed_at = %(at)s,
                   id_type = CASE WHEN {_TAKES_ID} THEN r.id_type ELSE l.id_type END,
                   id_masked = CASE WHEN {_TAKES_ID} THEN r.id_masked ELSE l.id_masked END,
                   id_is_masked = CASE WHEN {_TAKES_ID} THEN r.id_is_masked ELSE l.id_is_masked END
              FROM {_FULL_ROW} JOIN apply_update u ON u.row_id = r.id WHERE l.id = u.listing_id""",
    ),
    (
        # A subject keeps the names it has borne; the latest one is its name.
        "keep_former_names",
        """INSERT INTO registry_subjectname (subject_id, name, name_key, known_since)
            SELECT DISTINCT ON (l.subject_id, u.old_name_key) l.subject_id, u.old_name, u.old_name_key, %(today)s
              FROM apply_update u JOIN registry_listing l ON l.id = u.listing_id
             WHERE u.is_renamed ORDER BY l.subject_id, u.old_name_key, u.row_number
            ON CONFLICT DO NOTHING""",
    ),
    (
        "rename_subjects",
        """UPDATE registry_subject s SET name = n.name, name_key = n.name_key
              FROM (SELECT DISTINCT ON (l.subject_id) l.subject_id, l.name, l.name_key
                      FROM apply_update u JOIN registry_listing l ON l.id = u.listing_id
                     WHERE u.is_renamed ORDER BY l.subject_id, u.row_number DESC) n
             WHERE s.id = n.subject_id""",
    ),
    (
        # A unit's code survives its renaming (domain.md §3 J); for a person another name is a doubt, not a fact.
        "keep_names_of_units",
        """INSERT INTO registry_subjectname (subject_id, name, name_key, known_since)
            SELECT DISTINCT ON (s.id, r.name_key) s.id, r.name, r.name_key, %(today)s
              FROM apply_row r JOIN apply_place p ON p.row_id = r.id JOIN registry_subject s ON s.id = p.subject_id
             WHERE r.kind = 'unit' AND s.name_key <> r.name_key
             ORDER BY s.id, r.name_key, r.row_number
            ON CONFLICT DO NOTHING""",
    ),
    (
        "drop_keys_to_renew",
        """DELETE FROM registry_matchkey k USING apply_row r JOIN apply_update u ON u.row_id = r.id
             WHERE k.listing_id = u.listing_id AND k.role = 'subject' AND cardinality(r.key_digests) > 0
               AND (r.is_identified OR NOT u.was_identified)""",
    ),
    (
        "drop_keys_of_former_representatives",
        """DELETE FROM registry_matchkey k USING registry_relation p, apply_update u
             WHERE u.new_representative AND p.listing_id = u.listing_id AND k.relation_id = p.id
               AND p.role = 'legal_representative' AND p.until IS NULL""",
    ),
    (
        "end_former_representatives",
        """UPDATE registry_relation p SET until = GREATEST(%(today)s, COALESCE(p.since, %(today)s)),
                   ended_by_id = %(batch)s
              FROM apply_update u
             WHERE u.new_representative AND p.listing_id = u.listing_id
               AND p.role = 'legal_representative' AND p.until IS NULL""",
    ),
    (
        # The first representative of a new listing takes the listing's own id: there is just one, and it is in order.
        "insert_representatives",
        """INSERT INTO apply_relation
            SELECT CASE r.verdict WHEN 'add' THEN r.new_listing_id ELSE gen_random_uuid() END AS id,
                   COALESCE(u.listing_id, r.new_listing_id) AS listing_id, r.id AS row_id
              FROM apply_row r LEFT JOIN apply_update u ON u.row_id = r.id
             WHERE r.representative_name <> ''
               AND (r.verdict = 'add' AND r.kind = 'unit' OR r.verdict = 'update' AND u.new_representative);
            ANALYZE apply_relation;
            INSERT INTO registry_relation (id, listing_id, role, name, name_key, id_type, id_value, id_masked,
                   batch_id)
            SELECT t.id, t.listing_id, 'legal_representative', r.representative_name, r.representative_name_key,
                   r.representative_id_type, r.representative_id_value, r.representative_id_masked, %(batch)s
              FROM apply_relation t JOIN apply_row r ON r.id = t.row_id ORDER BY t.id""",
    ),
    (
        "insert_keys",
        """INSERT INTO registry_matchkey (digest, kind, role, listing_id, relation_id)
            SELECT k.digest, k.kind, 'subject', COALESCE(u.listing_id, r.new_listing_id), NULL::uuid
              FROM apply_row r LEFT JOIN apply_update u ON u.row_id = r.id
             CROSS JOIN LATERAL unnest(r.key_digests, r.key_kinds) AS k(digest, kind)
             WHERE r.verdict = 'add' OR r.verdict = 'update' AND (r.is_identified OR NOT u.was_identified)
            UNION ALL
            SELECT k.digest, k.kind, 'legal_representative', t.listing_id, t.id
              FROM apply_relation t JOIN apply_row r ON r.id = t.row_id
             CROSS JOIN LATERAL unnest(r.representative_digests, r.representative_kinds) AS k(digest, kind)
             ORDER BY 1""",
    ),
    (
        "end_listings",
        """UPDATE registry_listing l
               SET status = CASE r.operation WHEN 'revoke' THEN 'revoked' ELSE 'shielded' END,
                   exit_ground = r.exit_ground, exit_ground_text = r.exit_ground_text,
                   exit_document = r.exit_document, exit_on = r.exit_on, changed_at = %(at)s
              FROM apply_row r WHERE r.verdict = 'remove' AND l.id = r.listing_id""",
    ),
    (
        "drop_keys_of_ended",
        """DELETE FROM registry_matchkey k USING apply_row r
             WHERE r.verdict = 'remove' AND k.listing_id = r.listing_id""",
    ),
    (
        "insert_changes",
        """INSERT INTO registry_change (kind, listing_id, at, happened_on, ground, document_number, before, after,
                   batch_id, by_id)
            SELECT CASE WHEN r.verdict = 'add' THEN 'listed' WHEN r.verdict = 'update' THEN 'corrected'
                        WHEN r.operation = 'revoke' THEN 'revoked' ELSE 'shielded' END,
                   CASE r.verdict WHEN 'add' THEN r.new_listing_id ELSE r.listing_id END, %(at)s,
                   CASE r.verdict WHEN 'remove' THEN r.exit_on WHEN 'add' THEN COALESCE(r.decided_on, r.published_on)
                   END,
                   CASE r.verdict WHEN 'remove' THEN r.exit_ground ELSE '' END,
                   CASE r.verdict WHEN 'remove' THEN r.exit_document WHEN 'add' THEN r.decision_number ELSE '' END,
                   COALESCE(u.before, '{}') || CASE WHEN u.completes THEN '{"has_full_number": false}' ELSE '{}'
                   END::jsonb,
                   COALESCE(u.after, '{}') || CASE WHEN u.completes THEN '{"has_full_number": true}' ELSE '{}'
                   END::jsonb,
                   %(batch)s, %(by)s
              FROM apply_row r LEFT JOIN apply_update u ON u.row_id = r.id
             ORDER BY r.row_number""",
    ),
)


# Steps that have nothing to do in a batch without rows of these verdicts.
ONLY_FOR = {
    "keep_prior_states": (UPDATE, REMOVE),
    "insert_numbers": (ADD, UPDATE),
    **dict.fromkeys(
        (
            "complete_units",
            "insert_subjects_first",
            "insert_subjects_by_org_code",
            "place_additions",
            "insert_listings",
            "keep_names_of_units",
        ),
        (ADD,),
    ),
    **dict.fromkeys(
        (
            "note_updates",
            "complete_subjects",
            "move_to_known_subjects",
            "drop_empty_subjects",
            "update_listings",
            "keep_former_names",
            "rename_subjects",
            "drop_keys_to_renew",
            "drop_keys_of_former_representatives",
            "end_former_representatives",
        ),
        (UPDATE,),
    ),
    **dict.fromkeys(
        (
            "end_listings",
            "drop_keys_of_ended",
        ),
        (REMOVE,),
    ),
}

# What applying needs of the rows that change anything, without the texts that only listings hold. The other
# tables stay empty where the batch has no such rows.
TAKE_ROWS = """
    DROP TABLE IF EXISTS apply_row, apply_update, apply_place, apply_relation;
    CREATE TEMP TABLE apply_row ON COMMIT DROP AS
    SELECT id, row_number, operation, verdict, listing_id, kind, name, name_key, subject_key, alt_key, is_identified,
           id_type, id_value, id_masked, key_digests, key_kinds, aliases, representative_name, representative_name_key,
           representative_id_type, representative_id_value, representative_id_masked, representative_digests,
           representative_kinds, decision_number, decided_on, published_on, exit_ground, exit_ground_text,
           exit_document, exit_on, new_listing_id, new_subject_id
      FROM registry_batchrow WHERE batch_id = %(batch)s AND verdict IN ('add', 'update', 'remove');
    CREATE TEMP TABLE apply_update (row_id bigint, row_number int, listing_id uuid, subject_id uuid, old_name text,
           old_name_key text, is_renamed boolean, completes boolean, new_representative boolean,
           was_identified boolean, before jsonb, after jsonb) ON COMMIT DROP;
    CREATE TEMP TABLE apply_place (row_id bigint, subject_id uuid) ON COMMIT DROP;
    CREATE TEMP TABLE apply_relation (id uuid, listing_id uuid, row_id bigint) ON COMMIT DROP;
    ANALYZE apply_row (id, verdict, listing_id, kind, subject_key, alt_key, is_identified)"""
