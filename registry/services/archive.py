"""The archive of ended listings: looked into by the listing court with a reason, and erased when its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from core import audit
from core.calendar import add_months
from core.crypto import encrypt
from core.errors import FieldProblem, IllegalMove, NotFound
from core.privacy import redact
from registry import holds
from registry.access import Operator
from registry.choices import DayKind
from registry.lifecycle import ENDED
from registry.models import Court, Listing
from registry.rules.masking import ERASED
from registry.services import deadlines
from registry.services.preconditions import refuse
from registry.services.recording import SYSTEM

RETENTION = "archive.retention"
ERASE_CHUNK = 500


@transaction.atomic
def look_into(*, listing_id: UUID, reason: str, by: Operator, at: datetime) -> Listing:
    """Open the archive of an ended listing: the look and its reason are recorded, then the listing is returned.

    Raises NotFound for another court's listing, IllegalMove for one that has not ended, InvalidInput without reason.
    """
    found = Listing.objects.editable_by(by).select_related("subject", "court__region__parent", "batch")
    listing: Listing | None = found.filter(pk=listing_id).first()
    if listing is None:
        raise NotFound("没有找到这个名单条目。")
    if listing.status not in ENDED:
        raise IllegalMove("条目仍在名单上，不在档案中。")
    refuse([] if reason.strip() else [FieldProblem("reason", "required", "请写明查阅事由。")])
    audit.record(verb="look_into_archive", target=listing, by=by, at=at, after={"reason": redact(reason.strip())[:300]})
    return listing


@dataclass(frozen=True, slots=True)
class Retention:
    """Until which day an ended listing is kept, and by which rule; `on` None where no rule is configured."""

    on: date | None
    citation: str = ""


def kept_until(listing: Listing) -> Retention:
    """The last day of the archive of an ended listing."""
    months, citation = _retention(listing.court)
    if listing.exit_on is None or months is None:
        return Retention(None)
    return Retention(add_months(listing.exit_on, months), citation)


def _retention(court: Court) -> tuple[int | None, str]:
    try:
        rule = deadlines.rule(court.region, RETENTION)
    except NotFound:
        return None, ""
    return rule.amount * (12 if rule.unit == DayKind.YEAR else 1), rule.citation


def erase_archived(*, today: date, at: datetime) -> int:
    """Erase what identifies the party of every listing whose archive has lasted its time; return how many.

    Kept: that there was a listing of that court and case, its days and grounds, and the chain of changes. A listing
    that a higher floor still needs stays whole (`registry.holds`). May run twice, and late.
    """
    total = 0
    for court in Court.objects.filter(listings__erased_at=None, listings__exit_on__lt=today).distinct():
        months, _ = _retention(court)
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
    free = set(listing_ids) - holds.held(listing_ids)
    held = Listing.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=free, erased_at=None)
    ids = list(held.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    values = {"ids": ids, "at": at, "erased": ERASED, "raw": encrypt("{}")}
    with connection.cursor() as cursor:
        for statement in _ERASURE:
            cursor.execute(statement, values)
    audit.record(verb="erase_archived", target=court, by=SYSTEM, at=at, after={"listings": [str(each) for each in ids]})
    return len(ids)


_EMPTY_ROW = """name = %(erased)s, name_key = '', aliases = '{}', id_masked = '', id_type = '', id_value = NULL,
    subject_key = NULL, alt_key = NULL, key_digests = '{}', key_kinds = '{}', is_identified = false, sex = '0',
    age = NULL, obligation = '', performed_part = '', unperformed_part = '', basis_number = '', exit_ground_text = '',
    representative_name = '', representative_name_key = '', representative_id_type = '',
    representative_id_value = NULL, representative_id_masked = '', representative_digests = '{}',
    representative_kinds = '{}', problems = '[]', raw = %(raw)s"""
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
