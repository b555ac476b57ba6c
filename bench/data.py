"""The list a run measures against: most of it made by set-based SQL, some thousand listings by the real pipeline.

The shape follows `registry.imports.sample`: 70 % persons; four of five units with a representative's number; three
keys for a person (number and two masks), two for a unit. 2 % have left the list, 1 % are suspended.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHUNK = 1_000_000
COURTS = 100
TABLES = (
    "registry_subject", "registry_identifier", "registry_listing", "registry_relation", "registry_matchkey",
    "registry_change",
)  # fmt: skip
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲建国文斌婷宇浩凯鑫波辉健俊帆雪倩晨旭佳慧琳颖峰"

_NAME = (
    "substr(%(surnames)s, (1 + ({n} * 7919) %% length(%(surnames)s))::int, 1)"
    " || substr(%(given)s, (1 + ({n} / 3 * 104729) %% length(%(given)s))::int, 1)"
    " || substr(%(given)s, (1 + ({n} / 7 * 1299709) %% length(%(given)s))::int, 1)"
)
# Every table takes its rows from this one; ids are made from the number, before any real one in time.
_ROWS = f"""
    CREATE TEMP TABLE bench_row ON COMMIT DROP AS
    SELECT n, n % 10 < 7 AS is_person,
           CASE WHEN n % 100 < 97 THEN 'active' WHEN n % 100 < 98 THEN 'suspended' ELSE 'shielded' END AS status,
           ('01900001' || lpad(to_hex(n), 24, '0'))::uuid AS subject,
           ('01900002' || lpad(to_hex(n), 24, '0'))::uuid AS listing,
           ('01900003' || lpad(to_hex(n), 24, '0'))::uuid AS relation,
           decode(md5('number' || n), 'hex') AS digest, decode(md5('org' || n), 'hex') AS org,
           courts[1 + n % cardinality(courts)] AS court, date '2021-07-01' + (n % 1800)::int AS day,
           CASE WHEN n % 10 < 7 THEN {_NAME.replace("%%", "%").replace("{n}", "n")}
                ELSE '济南' || to_hex(n) || '商贸有限公司' END AS name,
           {_NAME.replace("%%", "%").replace("{n}", "(n + 17)")} AS person
      FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) AS n,
           (SELECT array_agg(id ORDER BY id) AS courts FROM registry_court) c"""
_CIPHER = "decode(md5('a' || n) || md5('b' || n) || md5('c' || n) || 'ffffff', 'hex')"
_STEPS = (
    """INSERT INTO registry_subject (id, kind, name, name_key, key, alt_key, is_identified)
        SELECT subject, CASE WHEN is_person THEN 'person' ELSE 'unit' END, name, name, digest,
               CASE WHEN NOT is_person THEN org END, true FROM bench_row""",
    f"""INSERT INTO registry_identifier (subject_id, type, value, digest, masked)
        SELECT subject, CASE WHEN is_person THEN 'resident_id' ELSE 'uscc' END, {_CIPHER}, digest,
               '370116********0000' FROM bench_row""",
    """INSERT INTO registry_listing (id, subject_id, court_id, status, kind, name, name_key, id_type, id_masked,
               id_is_masked, sex, age, area, case_number, case_key, filed_on, basis_number, basis_issuer, obligation,
               performance, performed_part, unperformed_part, circumstances, published_on, decision_number,
               decided_on, term_ends_on, publishable, content_digest, listed_at, changed_at, exit_ground,
               exit_ground_text, exit_document, exit_on)
        SELECT listing, subject, court, status, CASE WHEN is_person THEN 'person' ELSE 'unit' END, name, name,
               CASE WHEN is_person THEN 'resident_id' ELSE 'uscc' END, '370116********0000', false,
               CASE WHEN is_person THEN '2' ELSE '0' END, CASE WHEN is_person THEN 20 + n % 50 END, '山东',
               '（' || 2016 + n % 10 || '）鲁9执' || n || '号', 2016 + n % 10 || '|鲁9|执|' || n, day - 100,
               '（2015）鲁9民初' || n % 9000 || '号民事判决书', '某某人民法院',
               '偿还借款本金' || n % 500 || '万元及利息。', 'none', '', '', '{able_but_refuses}', day,
               '鲁9执' || n || '号之一', day - 1, NULL, true, sha256(n::text::bytea), day, day,
               CASE status WHEN 'shielded' THEN 'performed' ELSE '' END, '',
               CASE status WHEN 'shielded' THEN '屏蔽' || n ELSE '' END,
               CASE status WHEN 'shielded' THEN day + 90 END
          FROM bench_row""",
    f"""INSERT INTO registry_relation (id, listing_id, role, name, name_key, id_type, id_value, id_masked)
        SELECT relation, listing, 'legal_representative', person, person,
               CASE WHEN n % 5 > 0 THEN 'resident_id' ELSE '' END, CASE WHEN n % 5 > 0 THEN {_CIPHER} END,
               CASE WHEN n % 5 > 0 THEN '370116********0000' ELSE '' END
          FROM bench_row WHERE NOT is_person""",
    """INSERT INTO registry_matchkey (digest, kind, role, listing_id, relation_id)
        SELECT CASE k.kind WHEN 1 THEN digest WHEN 2 THEN org ELSE decode(md5('mask' || k.kind || n), 'hex') END,
               k.kind, 'subject', listing, NULL::uuid
          FROM bench_row, unnest(CASE WHEN is_person THEN '{1,3,4}' ELSE '{1,2}' END::smallint[]) AS k(kind)
         WHERE status <> 'shielded'
        UNION ALL
        SELECT decode(md5('relation' || k.kind || n), 'hex'), k.kind, 'legal_representative', listing, relation
          FROM bench_row, unnest('{1,3,4}'::smallint[]) AS k(kind)
         WHERE status <> 'shielded' AND NOT is_person AND n % 5 > 0""",
    # Numbered as if sequenced; the hashes are no chain, which only verify_audit would mind.
    """INSERT INTO registry_change (kind, listing_id, at, ground, document_number, before, after, number, hash)
        SELECT 'listed', listing, day, '', '', '{}', '{}',
               (SELECT COALESCE(max(number), 0) FROM registry_change) + row_number() OVER (ORDER BY n),
               encode(sha256(n::text::bytea), 'hex')
          FROM bench_row""",
)


def count_listings() -> int:
    """Listings there are."""
    return int(_one("SELECT count(*) FROM registry_listing"))


def grow_to(rows: int) -> int:
    """Add synthetic listings until there are `rows`; returns how many there are."""
    from django.db import connection, transaction

    there = count_listings()
    low = int(_one("SELECT COALESCE(max(('x' || right(id::text, 8))::bit(32)::bigint) + 1, 1) FROM registry_listing"
                   " WHERE id < '01900003-0000-0000-0000-000000000000'"))  # fmt: skip
    missing = max(0, rows - there)
    if not missing:
        return there
    with connection.cursor() as cursor, _without_indexes(cursor):
        for start in range(low, low + missing, CHUNK):
            with transaction.atomic():
                # Neither foreign keys nor append-only triggers are asked row by row while the list is filled.
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute("SET LOCAL synchronous_commit = off")
                bounds = {"low": start, "high": min(start + CHUNK, low + missing)}
                parameters: dict[str, int | str] = {**bounds, "surnames": _SURNAMES, "given": _GIVEN}
                cursor.execute(_with_percent(_ROWS), parameters)
                for step in _STEPS:
                    cursor.execute(step)
    settle()
    return count_listings()


def settle() -> None:
    """Vacuum, analyse and checkpoint, so that no round pays for what came before."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


@contextmanager
def _without_indexes(cursor: Any) -> Iterator[None]:
    """Drop the indexes that no constraint owns and make them again afterwards: filling sorted is faster."""
    cursor.execute(
        """SELECT i.indexname, i.indexdef FROM pg_indexes i
            WHERE i.tablename = ANY(%s) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)""",
        [list(TABLES)],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    try:
        yield
    finally:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")


def _with_percent(statement: str) -> str:
    """Double the percent signs that are operators, not parameters."""
    return statement.replace("%(", "\0").replace("%", "%%").replace("\0", "%(")


def _one(query: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
