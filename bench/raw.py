"""The limit of a batch: raw COPY and merge of clean, digested, encrypted rows into the platform's own tables.

The same six tables that applying writes (subject, identifier, listing, relation, match key, change), as full, with the
same indexes, constraints and references, by one connection in one transaction. It reads no file, checks and encrypts
nothing, keeps no rows as received, makes no plan, and knows neither corrections nor removals.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

FACTS = (
    "kind", "name", "name_key", "id_type", "id_masked", "id_is_masked", "sex", "age", "area", "case_number",
    "filed_on", "basis_number", "basis_issuer", "obligation", "performance", "performed_part", "unperformed_part",
    "circumstances", "published_on", "decision_number", "decided_on", "term_ends_on", "publishable", "content_digest",
    "court_id", "is_identified", "id_value", "key_kinds", "representative_name", "representative_name_key",
    "representative_id_type", "representative_id_value", "representative_id_masked", "representative_kinds",
)  # fmt: skip
_LISTED = FACTS[:25]
_NEW = "decode(md5({} || '\\x{:02x}'::bytea), 'hex')"
_MERGE = (
    """INSERT INTO registry_subject (id, kind, name, name_key, key, alt_key, is_identified)
        SELECT DISTINCT ON (subject_key) subject_id, kind, name, name_key, subject_key, alt_key, is_identified
          FROM bench_raw ORDER BY subject_key
        ON CONFLICT (key) DO NOTHING""",
    f"""INSERT INTO registry_listing (id, subject_id, case_key, status, listed_at, changed_at, exit_ground,
               exit_ground_text, exit_document, {", ".join(_LISTED)})
        SELECT r.listing_id, s.id, r.case_key, 'active', now(), now(), '', '', '',
               {", ".join(f"r.{name}" for name in _LISTED)}
          FROM bench_raw r JOIN registry_subject s ON s.key = r.subject_key
        ON CONFLICT (subject_id, court_id, case_key) WHERE status IN ('active', 'pending', 'suspended') DO UPDATE
           SET content_digest = excluded.content_digest, changed_at = excluded.changed_at
         WHERE registry_listing.content_digest <> excluded.content_digest""",
    """INSERT INTO registry_identifier (subject_id, type, value, digest, masked)
        SELECT DISTINCT ON (r.subject_key, r.id_type) s.id, r.id_type, r.id_value, r.subject_key, r.id_masked
          FROM bench_raw r JOIN registry_subject s ON s.key = r.subject_key
         WHERE r.is_identified ORDER BY r.subject_key, r.id_type
        ON CONFLICT DO NOTHING""",
    """INSERT INTO registry_relation (id, listing_id, role, name, name_key, id_type, id_value, id_masked)
        SELECT listing_id, listing_id, 'legal_representative', representative_name, representative_name_key,
               representative_id_type, representative_id_value, representative_id_masked
          FROM bench_raw WHERE representative_name <> '' ORDER BY listing_id""",
    """INSERT INTO registry_matchkey (digest, kind, role, listing_id, relation_id)
        SELECT k.digest, k.kind, 'subject', listing_id, NULL::uuid
          FROM bench_raw CROSS JOIN LATERAL unnest(key_digests, key_kinds) AS k(digest, kind)
        UNION ALL
        SELECT k.digest, k.kind, 'legal_representative', listing_id, listing_id
          FROM bench_raw CROSS JOIN LATERAL unnest(representative_digests, representative_kinds) AS k(digest, kind)
         WHERE representative_name <> ''
        ORDER BY 1""",
    """INSERT INTO registry_change (kind, listing_id, at, happened_on, ground, document_number, before, after)
        SELECT 'listed', listing_id, now(), decided_on, '', decision_number, '{}', '{}' FROM bench_raw""",
)


def rows_to_copy(connection: Any, path: Path, turn: int) -> int:
    """Write the rows of the last list file as COPY reads them, with other keys and cases so that all are new."""
    new = {name: _NEW.format(name, turn % 256) for name in ("subject_key", "alt_key")}
    other = _NEW.format("d", turn % 256)
    arrays = {
        name: f"ARRAY(SELECT {other} FROM unnest({name}) WITH ORDINALITY AS u(d, at) ORDER BY at)"
        for name in ("key_digests", "representative_digests")
    }
    columns = {
        "listing_id": "uuidv7()", "subject_id": "uuidv7()", "case_key": f"case_key || '/{turn}'", **new, **arrays,
    }  # fmt: skip
    picked = ", ".join([*(f"{text} AS {name}" for name, text in columns.items()), *FACTS])
    query = (
        f"SELECT {picked} FROM registry_batchrow WHERE subject_key IS NOT NULL"
        " AND batch_id = (SELECT id FROM registry_batch WHERE status = 'applied' AND count_add > 0"
        " ORDER BY id DESC LIMIT 1) ORDER BY row_number"
    )
    with connection.cursor() as cursor, path.open("wb") as file:
        cursor.execute("DROP TABLE IF EXISTS bench_raw")
        cursor.execute(f"CREATE TEMP TABLE bench_raw AS {query} LIMIT 0")
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", file)
        rows = int(cursor.rowcount)
    connection.commit()
    return rows


def copy_and_merge(connection: Any, path: Path) -> float:
    """Seconds from the first byte to the end of the commit."""
    with connection.cursor() as cursor, path.open("rb") as file:
        started = perf_counter()
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        cursor.copy_expert("COPY bench_raw FROM STDIN", file, 1 << 18)
        cursor.execute("ANALYZE bench_raw (listing_id, subject_key, court_id, case_key)")
        for statement in _MERGE:
            cursor.execute(statement)
        connection.commit()
        return perf_counter() - started
