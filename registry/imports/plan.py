# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""What each staged row would do to the list: decided in SQL, for all rows of a batch at once.

A row's target is the live listing of the same court, case and subject, or else the one that ended last. The same
subject is (domain.md §3): the same subject key (A, B); the same organisation code where one side has nothing else (C,
but never two different credit codes, H); or, where one side has no full identifier, the same name and kind in that
case with masks that do not contradict each other (E, F), and then only if there is just one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from registry.choices import ProblemCode, RowVerdict
from registry.imports import hindrances
from registry.imports.facts import FACTS, facts_digest_sql, merged
from registry.rules.terms import ARTICLE_10
from registry.rules.types import Circumstance, ExitGround

RELIST_BAR_MONTHS = 6  # 法释〔2017〕7号 art. 10 para. 4

_LIVE = "('pending', 'active', 'suspended')"
_SHARED_MASK = """EXISTS (
        SELECT 1 FROM registry_matchkey k JOIN unnest(r.key_digests, r.key_kinds) AS q(digest, kind)
            ON q.digest = k.digest
         WHERE k.listing_id = l.id AND k.role = 'subject' AND k.kind IN (3, 4) AND NOT (k.kind = 4 AND q.kind = 4))"""
_COMPATIBLE = rf"""(
    (l.id_masked !~ '^\w{{6}}.*\w{{4}}$' OR r.id_masked !~ '^\w{{6}}.*\w{{4}}$'
        OR (left(l.id_masked, 6) = left(r.id_masked, 6) AND right(l.id_masked, 4) = right(r.id_masked, 4)))
    AND (NOT r.key_kinds && '{{3,4}}'::smallint[]
        OR NOT EXISTS (SELECT 1 FROM registry_matchkey k
                        WHERE k.listing_id = l.id AND k.role = 'subject' AND k.kind IN (3, 4))
        OR {_SHARED_MASK}))"""

# Revoked because the batch that had added it was taken back: it never stood, and the same row is an addition again.
_TAKEN_BACK = """(l.status = 'revoked' AND EXISTS (
        SELECT 1 FROM registry_change c JOIN registry_reversalrow t ON t.change_id = c.id
         WHERE c.listing_id = l.id AND c.kind = 'listed' AND t.verdict = 'reversed'))"""

_FORGET = """
    UPDATE registry_batchrow r SET problems = kept.problems
      FROM (SELECT b.id, COALESCE(jsonb_agg(p.problem ORDER BY p.at) FILTER (WHERE NOT
                   (p.problem->>'code' = ANY(%(codes)s)
                    OR p.problem->>'code' = 'date_order' AND p.problem->>'severity' = 'error')), '[]') AS problems
              FROM registry_batchrow b, jsonb_array_elements(b.problems) WITH ORDINALITY AS p(problem, at)
             WHERE b.batch_id = %(batch)s AND b.subject_key IS NOT NULL AND b.problems <> '[]'
             GROUP BY b.id) kept
     WHERE r.id = kept.id AND r.problems <> kept.problems"""

# Sorts and hashes of a large batch stay in memory; compiling statements that run once costs more than it saves.
TUNING = "SET LOCAL work_mem = '128MB'; SET LOCAL jit = off"

# Rows of one target inside the file: the first stands, the later ones are left out.
_REPEATS = """
    CREATE TEMP TABLE plan_repeat ON COMMIT DROP AS
    WITH shared AS MATERIALIZED (
        -- Only rows of one case can be of one target, and most cases have one row: the others are not compared.
        SELECT court_id, case_key FROM registry_batchrow
         WHERE batch_id = %(batch)s AND subject_key IS NOT NULL GROUP BY court_id, case_key HAVING count(*) > 1),
    mine AS MATERIALIZED (
        SELECT id, row_number, court_id, case_key, kind, name_key, subject_key, alt_key, is_identified, key_digests,
               key_kinds,
               ROW(operation, content_digest, representative_name_key, representative_digests, key_digests, exit_ground,
                   exit_document, exit_on)::text AS content
          FROM registry_batchrow JOIN shared USING (court_id, case_key)
         WHERE batch_id = %(batch)s AND subject_key IS NOT NULL),
    same AS (
        SELECT id, row_number, content,
               first_value(row_number) OVER target AS first_row, first_value(content) OVER target AS first_content
          FROM mine WINDOW target AS (PARTITION BY court_id, case_key, subject_key ORDER BY row_number)),
    unlike AS (
        SELECT b.id, a.row_number AS first_row FROM mine a JOIN mine b USING (court_id, case_key, alt_key)
         WHERE a.row_number < b.row_number AND a.subject_key <> b.subject_key
           AND (a.subject_key = a.alt_key OR b.subject_key = b.alt_key)
        UNION ALL
        SELECT b.id, a.row_number FROM mine a JOIN mine b USING (court_id, case_key, kind, name_key)
         WHERE a.row_number < b.row_number AND a.subject_key <> b.subject_key
           AND NOT (a.is_identified AND b.is_identified)
           AND (NOT a.key_kinds && '{3,4}'::smallint[] OR NOT b.key_kinds && '{3,4}'::smallint[] OR EXISTS (
                SELECT 1 FROM unnest(a.key_digests, a.key_kinds) AS p(digest, kind)
                  JOIN unnest(b.key_digests, b.key_kinds) AS q(digest, kind) USING (digest)
                 WHERE p.kind IN (3, 4) AND NOT (p.kind = 4 AND q.kind = 4)))),
    found AS (
        SELECT id, first_row, content = first_content AS is_copy FROM same WHERE row_number > first_row
        UNION ALL SELECT id, first_row, false FROM unlike)
    SELECT id, min(first_row) AS first_row, bool_or(is_copy) AS is_copy FROM found GROUP BY id"""

_FOUND = f"""
    CREATE TEMP TABLE plan_found ON COMMIT DROP AS
    SELECT DISTINCT ON (row_id) *, count(*) OVER (PARTITION BY row_id, is_live, how) AS rivals
      FROM (SELECT r.id AS row_id, l.id AS listing_id, l.status IN {_LIVE} AS is_live, l.exit_on, l.changed_at,
                   s.id AS subject_id,
                   CASE WHEN s.key = r.subject_key THEN 1
                        WHEN s.alt_key = r.alt_key AND (s.key = s.alt_key OR r.subject_key = r.alt_key) THEN 2
                        WHEN l.kind = r.kind AND l.name_key = r.name_key AND NOT (s.is_identified AND r.is_identified)
                        THEN CASE WHEN {_COMPATIBLE} THEN 3 END
                   END AS how
              FROM registry_batchrow r
              JOIN registry_listing l ON l.court_id = r.court_id AND l.case_key = r.case_key
              JOIN registry_subject s ON s.id = l.subject_id
             WHERE r.batch_id = %(batch)s AND r.subject_key IS NOT NULL AND NOT {_TAKEN_BACK}) candidates
     WHERE how IS NOT NULL
     ORDER BY row_id, is_live DESC, how, exit_on DESC NULLS LAST, changed_at DESC, listing_id DESC"""

_STARTS = "GREATEST(r.published_on, r.decided_on)"
_ENDED = "COALESCE(l.exit_on, (l.changed_at AT TIME ZONE 'Asia/Shanghai')::date)"
_EXITED = {"shield": "shielded", "revoke": "revoked"}
_MERGED = {name: merged(name) for name in FACTS}
# A full identifier where there was none, or a credit code where there was only an organisation code.
COMPLETES = "(r.is_identified AND (NOT s.is_identified OR (s.key = s.alt_key AND r.subject_key <> r.alt_key)))"
# Another representative than the one on record, or the identifier of the one on record.
NEW_REPRESENTATIVE = """(l.kind = 'unit' AND r.representative_name <> '' AND NOT EXISTS (
        SELECT 1 FROM registry_relation p WHERE p.listing_id = l.id AND p.until IS NULL
           AND p.role = 'legal_representative' AND p.name_key = r.representative_name_key
           AND (r.representative_id_masked = '' OR p.id_masked <> '' AND r.representative_id_value IS NULL
                OR EXISTS (SELECT 1 FROM registry_matchkey k WHERE k.relation_id = p.id AND k.kind = 1
                              AND k.digest = ANY(r.representative_digests)))))"""

# A listing with a term does not leave on the grounds of art. 10 para. 1 (registry.rules.terms.may_leave).
TERM_HOLDS = f"""(l.term_ends_on >= %(today)s AND l.circumstances <> ARRAY['{Circumstance.ABLE_BUT_REFUSES}']::varchar[]
        AND r.exit_ground IN ({", ".join(f"'{each}'" for each in sorted(ARTICLE_10 | {ExitGround.TERM_EXPIRED}))}))"""

_ADDED = "CASE WHEN r.term_ends_on < %(today)s THEN 'term_over' ELSE 'add' END"

_VERDICTS = f"""
    CREATE TEMP TABLE plan_verdict ON COMMIT DROP AS
    SELECT judged.id, judged.row_number, judged.first_row, judged.listing_id, judged.is_live,
           CASE WHEN verdict NOT IN ('add', 'update', 'remove', 'unchanged') THEN verdict END AS code,
           CASE WHEN verdict IN ('add', 'update', 'remove', 'unchanged') THEN verdict ELSE 'rejected' END AS verdict
      FROM (SELECT r.id, r.row_number, d.first_row, f.is_live,
                   CASE WHEN f.is_live OR r.operation <> 'add' THEN f.listing_id END AS listing_id,
                   CASE WHEN d.is_copy THEN 'duplicate_row'
                        WHEN d.id IS NOT NULL THEN 'conflicting_rows'
                        WHEN f.is_live AND f.how > 1 AND f.rivals > 1 THEN 'ambiguous_listing'
                        WHEN l.source_id IS NOT NULL AND f.is_live THEN 'mirrored'
                        WHEN f.is_live AND r.operation = 'shield' AND l.status <> 'pending' AND {TERM_HOLDS}
                            THEN 'term_still_runs'
                        WHEN f.listing_id IS NULL THEN
                            CASE r.operation WHEN 'add' THEN {_ADDED} ELSE 'unknown_listing' END
                        WHEN f.is_live AND r.operation IN ('shield', 'revoke') THEN 'remove'
                        WHEN f.is_live THEN
                            CASE WHEN r.content_digest = l.content_digest AND NOT {COMPLETES}
                                      AND NOT {NEW_REPRESENTATIVE} THEN 'unchanged'  -- the same, whatever is merged
                                 WHEN {_MERGED["term_ends_on"]} <= {_MERGED["decided_on"]} THEN 'date_order'
                                 WHEN {facts_digest_sql(_MERGED)} <> l.content_digest OR {COMPLETES}
                                      OR {NEW_REPRESENTATIVE} THEN 'update'
                                 ELSE 'unchanged' END
                        WHEN r.operation = 'add' THEN
                            CASE WHEN {_STARTS} IS NULL OR {_STARTS} <= {_ENDED} THEN 'already_exited'
                                 WHEN l.exit_ground = 'creditor_request'
                                      AND {_STARTS} < {_ENDED} + interval '{RELIST_BAR_MONTHS} months'
                                      THEN 'relisted_too_soon'
                                 ELSE {_ADDED} END
                        WHEN r.operation = 'shield' AND l.status = '{_EXITED["shield"]}' THEN 'unchanged'
                        WHEN r.operation = 'revoke' AND l.status = '{_EXITED["revoke"]}' THEN 'unchanged'
                        ELSE 'already_exited' END AS verdict
              FROM registry_batchrow r
              LEFT JOIN plan_repeat d ON d.id = r.id
              LEFT JOIN plan_found f ON f.row_id = r.id
              LEFT JOIN registry_listing l ON l.id = f.listing_id
              LEFT JOIN registry_subject s ON s.id = f.subject_id
             WHERE r.batch_id = %(batch)s AND r.subject_key IS NOT NULL) judged"""

# Rows that came to one live listing by different ways, such as a number and a former name.
_RIVALS = """
    UPDATE plan_verdict v SET verdict = 'rejected', code = 'conflicting_rows', first_row = o.first_row
      FROM (SELECT id, row_number,
                   first_value(row_number) OVER (PARTITION BY listing_id ORDER BY row_number) AS first_row
              FROM plan_verdict WHERE is_live AND verdict <> 'rejected') o
     WHERE v.id = o.id AND o.row_number > o.first_row"""

# An unchanged row of a file that was known already names no listing: it is found by its case and party when wanted.
_OTHER_LISTING = (
    "(r.listing_id IS DISTINCT FROM v.listing_id AND (r.verdict <> 'unchanged' OR r.listing_id IS NOT NULL))"
)

_MOVED = f"""
    SELECT count(*) FROM registry_batchrow r JOIN plan_verdict v ON v.id = r.id
     WHERE r.batch_id = %(batch)s
       AND (r.verdict <> v.verdict OR (v.verdict <> 'rejected' AND {_OTHER_LISTING}))"""

_WRITE = f"""
    UPDATE registry_batchrow r
       SET verdict = v.verdict, listing_id = v.listing_id, problems = r.problems || v.problems
      FROM (SELECT v.id, v.verdict, v.listing_id,
                   CASE WHEN v.code IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
                       'column', e.column_name, 'code', v.code, 'severity', 'error',
                       'detail', replace(e.detail, '#', COALESCE(v.first_row::text, '')),
                       'suggestion', e.suggestion)) END AS problems
              FROM plan_verdict v
              LEFT JOIN unnest(%(codes)s::text[], %(columns)s::text[], %(details)s::text[], %(suggestions)s::text[])
                   AS e(code, column_name, detail, suggestion) ON e.code = v.code) v
     WHERE r.id = v.id AND r.batch_id = %(batch)s
       AND (r.verdict <> v.verdict OR {_OTHER_LISTING} OR v.problems <> '[]')"""

# code: (column, sentence with # for the other row's number, what to do)
_SAID: dict[ProblemCode, tuple[str, str, str]] = {
    ProblemCode.DUPLICATE_ROW: ("", "与第#行内容相同，只取第#行。", "无需处理"),
    ProblemCode.CONFLICTING_ROWS: (
        "",
        "与第#行同指一个被执行人和案号，内容却不同；只取第#行。",
        "请只保留正确的一行，或分两次报送",
    ),
    ProblemCode.UNKNOWN_LISTING: ("案号", "名单中没有这个案号下的这个被执行人。", "请核对案号、姓名和证件号码"),
    ProblemCode.AMBIGUOUS_LISTING: (
        "证件号码",
        "该案号下有多个可能对应的条目，无法确定是哪一个。",
        "请补报完整证件号码",
    ),
    ProblemCode.ALREADY_EXITED: (
        "",
        "对应条目已退出名单。",
        "再次纳入的，发布时间或决定日期应晚于退出日期，操作填新增",
    ),
    ProblemCode.RELISTED_TOO_SOON: (
        "发布时间",
        "依申请执行人申请删除后六个月内不得再次纳入（法释〔2017〕7号第十条第四款）。",
        "",
    ),
    ProblemCode.MIRRORED: ("", "该条目由上级平台同步而来，只能在上级平台办理。", "请向上级平台报送"),
    ProblemCode.TERM_STILL_RUNS: (
        "退出原因",
        "纳入期限未满，有期限的条目不因履行完毕等原因自动退出（法释〔2017〕7号第十条第二款），由法院决定提前删除。",
        "如法院已决定提前删除，退出原因请写积极履行或主动纠正",
    ),
    ProblemCode.TERM_OVER: (
        "期限届满日",
        "纳入期限已经届满，不能再纳入（法释〔2017〕7号第十条第二款）。",
        "再次纳入的，请报送新的决定和期限",
    ),
    ProblemCode.GRACE_RUNNING: (
        "案号",
        "宽限期未满，期间不得纳入名单、不得公布（法发〔2019〕35号）。",
        "已作出决定的，期满次日自动生效，无需另行报送",
    ),
    ProblemCode.RELATED_PERSON: (
        "姓名或名称",
        "单位是被执行人的，其法定代表人、主要负责人、实际控制人和直接责任人员不得纳入名单（法发〔2019〕35号）。",
        "请删去本行；可以依法对其采取限制消费措施",
    ),
    ProblemCode.DATE_ORDER: ("期限届满日", "期限届满日应晚于名单中记载的决定日期。", "请一并报送决定日期"),
}
_PLAN_CODES = [code.value for code in _SAID if code is not ProblemCode.DATE_ORDER]


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows per verdict, rows repaired, and how many verdicts differ from what had been planned before."""

    verdicts: dict[str, int]
    rows: int
    repaired: int
    moved: int

    def count(self, verdict: RowVerdict) -> int:
        return self.verdicts.get(verdict.value, 0)


def plan_rows(batch_id: UUID, *, today: date) -> Plan:
    """Give every accepted row its verdict and its target. Needs an open transaction; may be repeated."""
    batch = {"batch": batch_id}
    said: dict[str, Any] = {
        **batch,
        "codes": [code.value for code in _SAID],
        "columns": [said[0] for said in _SAID.values()],
        "details": [said[1] for said in _SAID.values()],
        "suggestions": [said[2] for said in _SAID.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{TUNING}; DROP TABLE IF EXISTS plan_repeat, plan_found, plan_verdict")
        cursor.execute(_FORGET, {**batch, "codes": _PLAN_CODES})
        cursor.execute(_REPEATS, batch)
        cursor.execute(_FOUND, batch)
        cursor.execute("ANALYZE plan_repeat, plan_found")
        cursor.execute(_VERDICTS, {**batch, "today": today})
        cursor.execute(_RIVALS)
        for hindered in hindrances.STATEMENTS:
            cursor.execute(hindered, {**batch, "today": today})
        cursor.execute("ANALYZE plan_verdict")
        cursor.execute(_MOVED, batch)
        moved = int(cursor.fetchone()[0])
        cursor.execute(_WRITE, said)
        cursor.execute(
            "SELECT verdict, count(*), count(*) FILTER (WHERE is_repaired) FROM registry_batchrow"
            " WHERE batch_id = %(batch)s GROUP BY verdict",
            batch,
        )
        rows = cursor.fetchall()
    return Plan({row[0]: row[1] for row in rows}, sum(row[1] for row in rows), sum(row[2] for row in rows), moved)


def same_name_collisions(batch_id: UUID) -> int:
    """Additions whose folded name other active listings of other subjects bear: namesakes, or a wrong number."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM registry_batchrow r
                WHERE r.batch_id = %s AND r.verdict = 'add' AND EXISTS (
                    SELECT 1 FROM registry_listing l JOIN registry_subject s ON s.id = l.subject_id
                     WHERE l.status = 'active' AND l.name_key = r.name_key AND s.key <> r.subject_key)""",
            [batch_id],
        )
        return int(cursor.fetchone()[0])
