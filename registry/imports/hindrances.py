# ruff: noqa: S608 - the statements are made of constants of ours, values are parameters
"""What keeps an addition off the list although its row is in order: grace that still runs, and who the party is.

Decided in SQL for all additions of a batch at once, after the plan's verdicts and before they are written. Where
nobody has grace and no unit is listed, the statements end before they join anything.
"""

# A row `r` and a record `g` of a party of a case mean the same party: by number where both are known (domain.md §3 H:
# two full identifiers that differ are two persons), else by name. A unit of one name in one case is one unit.
SAME_PARTY = """g.court_id = r.court_id AND g.case_key = r.case_key AND g.kind = r.kind
    AND (g.subject_key = r.subject_key
         OR g.name_key = r.name_key AND (g.subject_key IS NULL OR NOT r.is_identified OR g.kind = 'unit'))"""

_MINE = "r.batch_id = %(batch)s AND r.operation = 'add'"

# During grace a debtor is neither listed nor published (法发〔2019〕35号), not even by a row that repeats a decision.
GRACE_RUNNING = f"""
    UPDATE plan_verdict v SET verdict = 'rejected', code = 'grace_running'
      FROM registry_batchrow r JOIN registry_graceperiod g ON {SAME_PARTY}
     WHERE (SELECT EXISTS (SELECT FROM registry_graceperiod))
       AND {_MINE} AND v.id = r.id AND v.verdict <> 'rejected'
       AND g.starts_on <= %(today)s AND g.ends_on >= %(today)s"""

# The persons behind a defaulting unit are not put on the list for the unit's debt (法发〔2019〕35号): neither those on
# record for a unit listed in this case, nor those whom a unit's row in the same file names.
RELATED_PERSONS = (
    f"""
    UPDATE plan_verdict v SET verdict = 'rejected', code = 'related_person'
      FROM registry_batchrow r
      JOIN registry_listing u ON u.court_id = r.court_id AND u.case_key = r.case_key AND u.kind = 'unit'
       AND u.status IN ('pending', 'active', 'suspended')
      JOIN registry_relation p ON p.listing_id = u.id AND p.until IS NULL AND p.name_key = r.name_key
      LEFT JOIN LATERAL (SELECT array_agg(k.digest) AS numbers FROM registry_matchkey k
                          WHERE k.relation_id = p.id AND k.kind = 1) known ON true
     WHERE (SELECT EXISTS (SELECT FROM registry_relation))
       AND {_MINE} AND r.kind = 'person' AND v.id = r.id AND v.verdict = 'add'
       AND (NOT r.is_identified OR known.numbers IS NULL OR r.subject_key = ANY(known.numbers))""",
    f"""
    UPDATE plan_verdict v SET verdict = 'rejected', code = 'related_person'
      FROM registry_batchrow r
      JOIN registry_batchrow u ON u.batch_id = r.batch_id AND u.court_id = r.court_id AND u.case_key = r.case_key
       AND u.kind = 'unit' AND u.operation IN ('add', 'update') AND u.representative_name_key = r.name_key
     WHERE {_MINE} AND r.kind = 'person' AND v.id = r.id AND v.verdict = 'add' AND u.subject_key IS NOT NULL
       AND u.representative_name_key <> ''
       AND (NOT r.is_identified OR NOT 1 = ANY(u.representative_kinds)
            OR r.subject_key = ANY(u.representative_digests))""",
)

STATEMENTS = (GRACE_RUNNING, *RELATED_PERSONS)
