"""The end of the archive: what identifies the party of an ended listing is erased, provably and for good."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core import audit
from core.calendar import add_months
from registry import holds
from registry.lifecycle import ENDED
from registry.models import Court, CreditRepair, ExitRequest, Listing, Objection, ReceivedRows, Reconsideration
from registry.rules.masking import ERASED
from registry.services.archive import retention_of
from registry.services.recording import SYSTEM

ERASE_CHUNK = 500


def erase_archived(*, today: date, at: datetime) -> int:
    """Erase what identifies the party of every listing whose archive has lasted its time; return how many.

    Kept: that there was a listing of that court and case, its days and grounds, and the chain of changes. A listing
    that a higher floor still needs stays whole (`registry.holds`). May run twice, and late.
    """
    total = 0
    for court in Court.objects.filter(listings__erased_at=None, listings__exit_on__lt=today).distinct():
        months, _ = retention_of(court)
        if months is None:
            continue
        limit, last = add_months(today, -months), None
        while (chunk := _due(court, limit, last)) and chunk:
            last = chunk[-1]
            total += _erase_chunk(court, chunk, at)
    return total


def _due(court: Court, limit: date, after: UUID | None) -> list[UUID]:
    """The next ended listings of the court whose archive ended before today."""
    due = Listing.objects.filter(court=court, exit_on__lt=limit, erased_at=None, status__in=ENDED).order_by("pk")
    return list((due.filter(pk__gt=after) if after else due).values_list("pk", flat=True)[:ERASE_CHUNK])


@transaction.atomic
def _erase_chunk(court: Court, listing_ids: Sequence[UUID], at: datetime) -> int:
    free = set(listing_ids) - holds.held(listing_ids) - _in_dispute(listing_ids)
    held = Listing.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=free, erased_at=None)
    ids = list(held.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    _erase_received(ids)
    values: dict[str, Any] = {"ids": ids, "at": at, "erased": ERASED}
    with connection.cursor() as cursor:
        for statement in _ERASURE:
            cursor.execute(statement, values)
    audit.record(verb="erase_archived", target=court, by=SYSTEM, at=at, after={"listings": [str(each) for each in ids]})
    return len(ids)


def _in_dispute(listing_ids: Sequence[UUID]) -> set[UUID]:
    """Those about which a remedy is still open."""
    of_objections = Reconsideration.objects.filter(objection__listing__in=listing_ids, due_on__isnull=False)
    found = set(of_objections.values_list("objection__listing_id", flat=True))
    for model in (Objection, ExitRequest, CreditRepair):
        remedies: Any = model._default_manager.filter(listing__in=listing_ids, due_on__isnull=False)
        found.update(remedies.values_list("listing_id", flat=True))
    return found


def _erase_received(listing_ids: Sequence[UUID]) -> None:
    """Leave the rows of the listings out of the files as they were received; the other rows of a block stay."""
    with connection.cursor() as cursor:
        # unchanged rows of a file that came again name no listing
        cursor.execute(
            """UPDATE registry_batchrow r SET listing_id = l.id
                 FROM registry_listing l JOIN registry_subject s ON s.id = l.subject_id
                WHERE l.id = ANY(%(ids)s) AND r.court_id = l.court_id AND r.case_key = l.case_key
                  AND r.verdict = 'unchanged' AND r.listing_id IS NULL
                  AND (r.subject_key = s.key OR r.alt_key = s.alt_key
                       OR r.name_key = l.name_key AND r.kind = l.kind AND NOT (r.is_identified AND s.is_identified))""",
            {"ids": list(listing_ids)},
        )
        cursor.execute(
            """SELECT r.batch_id, r.row_number FROM registry_batchrow r WHERE r.listing_id = ANY(%(ids)s)
                UNION
               SELECT r.batch_id, r.row_number FROM registry_batchrow r JOIN registry_listing l ON l.id = ANY(%(ids)s)
                WHERE r.batch_id = l.batch_id AND r.new_listing_id = l.id ORDER BY 1, 2""",
            {"ids": list(listing_ids)},
        )
        rows: list[tuple[UUID, int]] = cursor.fetchall()
    for batch_id, own in groupby(rows, key=itemgetter(0)):
        numbers = {number for _, number in own}
        blocks = ReceivedRows.objects.filter(batch=batch_id, first_row__lte=max(numbers), last_row__gte=min(numbers))
        for block in blocks.select_for_update().order_by("pk"):
            content = json.loads(block.content or "{}")
            kept = [row for row in content.get("rows", ()) if row[0] not in numbers]
            if len(kept) != len(content.get("rows", ())):
                block.content = json.dumps({**content, "rows": kept}, ensure_ascii=False, separators=(",", ":"))
                block.save(update_fields=["content"])


_EMPTY_ROW = """name = %(erased)s, name_key = '', aliases = '{}', id_masked = '', id_type = '', id_value = NULL,
    subject_key = NULL, alt_key = NULL, key_digests = '{}', key_kinds = '{}', is_identified = false, sex = '0',
    age = NULL, obligation = '', performed_part = '', unperformed_part = '', basis_number = '', exit_ground_text = '',
    representative_name = '', representative_name_key = '', representative_id_type = '',
    representative_id_value = NULL, representative_id_masked = '', representative_digests = '{}',
    representative_kinds = '{}', problems = '[]'"""
_REMEDIES = {
    "registry_objection": "t.listing_id = ANY(%(ids)s)",
    "registry_exitrequest": "t.listing_id = ANY(%(ids)s)",
    "registry_creditrepair": "t.listing_id = ANY(%(ids)s)",
    "registry_reconsideration": """t.objection_id IN (
        SELECT o.id FROM registry_objection o WHERE o.listing_id = ANY(%(ids)s))""",
}
_EVIDENCE_OF = {
    "registry_objection": "objection_id",
    "registry_exitrequest": "exit_request_id",
    "registry_creditrepair": "repair_id",
    "registry_reconsideration": "reconsideration_id",
}
# Order matters: what is found through the names and numbers goes before them.
_ERASURE = (
    # notices and grace of the same party in the same case, where no other listing of theirs is kept
    *(
        f"""DELETE FROM {table} g USING registry_listing l JOIN registry_subject s ON s.id = l.subject_id
             WHERE l.id = ANY(%(ids)s) AND g.court_id = l.court_id AND g.case_key = l.case_key AND g.kind = l.kind
               AND (g.subject_key = s.key OR g.name_key = l.name_key)
               AND NOT EXISTS (SELECT 1 FROM registry_listing o WHERE o.subject_id = l.subject_id
                                  AND o.case_key = l.case_key AND o.court_id = l.court_id AND o.erased_at IS NULL
                                  AND NOT o.id = ANY(%(ids)s))"""  # noqa: S608 our own tables' names
        for table in ("registry_risknotice", "registry_graceperiod")
    ),
    "DELETE FROM registry_relation WHERE listing_id = ANY(%(ids)s)",
    "DELETE FROM registry_priorstate WHERE listing_id = ANY(%(ids)s)",
    # remedies: their days, numbers and outcomes stand; files without a row are swept away (services.evidence)
    *(
        f"""DELETE FROM registry_evidence e USING {table} t
             WHERE {mine} AND e.{_EVIDENCE_OF[table]} = t.id"""  # noqa: S608 our own tables' names
        for table, mine in _REMEDIES.items()
    ),
    *(
        f"""UPDATE {table}transition s SET reason = '' FROM {table} t WHERE {mine} AND s.record_id = t.id"""  # noqa: S608
        for table, mine in _REMEDIES.items()
    ),
    *(
        f"""UPDATE {table} t SET ground = %(erased)s, applicant = '',
                   decision_reason = CASE WHEN t.decision_reason = '' THEN '' ELSE %(erased)s END
             WHERE {mine}"""  # noqa: S608
        for table, mine in _REMEDIES.items()
    ),
    # letters to the person's unit: number and days stand; the unit, numbered so that two stay two, and its words go
    """UPDATE registry_employerletter e SET unit_name = %(erased)s || n.place,
              acknowledgement = CASE WHEN e.acknowledgement = '' THEN '' ELSE %(erased)s END
         FROM (SELECT id, row_number() OVER (PARTITION BY listing_id ORDER BY id) AS place
                 FROM registry_employerletter WHERE listing_id = ANY(%(ids)s)) n WHERE e.id = n.id""",
    # what the debtor was, for the reports upward: that there was a report, of how many lines, stands
    """DELETE FROM registry_organreportrow r USING registry_debtormark m
        WHERE m.listing_id = ANY(%(ids)s) AND r.mark_id = m.id""",
    "DELETE FROM registry_debtormark WHERE listing_id = ANY(%(ids)s)",
    # rows of the files that brought or changed the listing: normalised, and as received
    f"UPDATE registry_batchrow r SET {_EMPTY_ROW} WHERE r.listing_id = ANY(%(ids)s)",  # noqa: S608
    f"""UPDATE registry_batchrow r SET {_EMPTY_ROW} FROM registry_listing l
         WHERE l.id = ANY(%(ids)s) AND r.batch_id = l.batch_id AND r.new_listing_id = l.id""",  # noqa: S608
    """UPDATE registry_listing
          SET name = %(erased)s, name_key = '', id_type = '', id_masked = '', id_is_masked = false, sex = '0',
              age = NULL, obligation = '', performed_part = '', unperformed_part = '', basis_number = '',
              exit_ground_text = '', content_digest = sha256(''), erased_at = %(at)s
        WHERE id = ANY(%(ids)s)""",
    # what corrections quoted; number, hash, kind, listing and time stand, so the chain stands
    """UPDATE registry_change SET before = '{"erased": true}', after = '{"erased": true}', ground = ''
        WHERE listing_id = ANY(%(ids)s) AND kind IN ('corrected', 'suspended', 'resumed')
          AND before <> '{"erased": true}'""",
    # the subject itself, once nothing else of it is kept
    """DELETE FROM registry_identifier i USING registry_listing l
        WHERE l.id = ANY(%(ids)s) AND i.subject_id = l.subject_id AND NOT EXISTS (
              SELECT 1 FROM registry_listing o WHERE o.subject_id = l.subject_id AND o.erased_at IS NULL)""",
    """DELETE FROM registry_subjectname n USING registry_listing l
        WHERE l.id = ANY(%(ids)s) AND n.subject_id = l.subject_id AND NOT EXISTS (
              SELECT 1 FROM registry_listing o WHERE o.subject_id = l.subject_id AND o.erased_at IS NULL)""",
    """UPDATE registry_subject s
          SET name = %(erased)s, name_key = '', alt_key = NULL, is_identified = false,
              key = substring(sha256(gen_random_uuid()::text::bytea) FOR 16)
         FROM registry_listing l
        WHERE l.id = ANY(%(ids)s) AND s.id = l.subject_id AND NOT EXISTS (
              SELECT 1 FROM registry_listing o WHERE o.subject_id = s.id AND o.erased_at IS NULL)""",
)
