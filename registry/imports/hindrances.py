"""What keeps an addition off the list although its row is in order: grace that still runs, and the related persons.

Decided in SQL for all additions of a batch at once, after the plan's verdicts and before they are written. Where
nobody has grace and no unit of these cases is listed, the statements find nothing to join.
"""

# A row `r` and a record `g` of a party of a case mean the same party: by number where both are known (domain.md §3 H:
# two full identifiers that differ are two persons), else by name. A unit of one name in one case is one unit.
SAME_PARTY = """g.court_id = r.court_id AND g.case_key = r.case_key AND g.kind = r.kind
    AND (g.subject_key = r.subject_key
         OR g.name_key = r.name_key AND (g.subject_key IS NULL OR NOT r.is_identified OR g.kind = 'unit'))"""
