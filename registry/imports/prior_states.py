# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""How listings stood before a batch ends them or changes their identity, kept for its reversal: set-based statements.

Parameters: batch. `OF_ROWS` runs after `apply_update` has been noted and before anything is written.
"""

_COLUMNS = "batch_id, listing_id, status, name_key, id_type, id_masked, id_is_masked, digests, kinds, roles, relations"
_STATE = """l.id, l.status, l.name_key, l.id_type, l.id_masked, l.id_is_masked, COALESCE(k.digests, '{}'),
       COALESCE(k.kinds, '{}'), COALESCE(k.roles, '{}'), COALESCE(k.relations, '{}')"""
_KEYS = """LEFT JOIN LATERAL (
        SELECT array_agg(m.digest ORDER BY m.id) AS digests, array_agg(m.kind ORDER BY m.id) AS kinds,
               array_agg(m.role ORDER BY m.id) AS roles, array_agg(m.relation_id ORDER BY m.id) AS relations,
               array_agg(m.digest ORDER BY m.digest) FILTER (WHERE m.role = 'subject') AS own
          FROM registry_matchkey m WHERE m.listing_id = l.id) k ON true"""

# Of an update only where the row changes more than facts: name, representative, masked number or keys. An update that
# completes an identity is never undone (registry.rules.reversal).
OF_ROWS = f"""
    INSERT INTO registry_priorstate ({_COLUMNS})
    SELECT r.batch_id, {_STATE}
      FROM registry_batchrow r JOIN registry_listing l ON l.id = r.listing_id
      LEFT JOIN apply_update u ON u.row_id = r.id
      {_KEYS}
     WHERE r.batch_id = %(batch)s
       AND (r.verdict = 'remove'
            OR r.verdict = 'update' AND u.completes IS NOT TRUE
               AND (u.is_renamed OR u.new_representative
                    OR NOT u.was_identified AND r.id_masked <> ''
                       AND (l.id_type, l.id_masked, l.id_is_masked)
                           IS DISTINCT FROM (r.id_type, r.id_masked, r.id_is_masked)
                    OR cardinality(r.key_digests) > 0 AND (r.is_identified OR NOT u.was_identified)
                       AND k.own IS DISTINCT FROM (SELECT array_agg(d ORDER BY d) FROM unnest(r.key_digests) AS d)))"""

OF_MISSING = f"""
    INSERT INTO registry_priorstate ({_COLUMNS})
    SELECT n.batch_id, {_STATE}
      FROM registry_missinglisting n JOIN registry_listing l ON l.id = n.listing_id
      {_KEYS}
     WHERE n.batch_id = %(batch)s"""
