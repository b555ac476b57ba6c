"""The warning that goes before a listing (风险提示): recorded when it is served, missed in the plan where it is not."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localdate

from core import audit
from core.errors import Conflict, FieldProblem
from registry.access import Operator
from registry.choices import NoticeChannel
from registry.imports.hindrances import SAME_PARTY
from registry.models import RiskNotice
from registry.services import parties
from registry.services.preconditions import documented, refuse


@transaction.atomic
def record_notice(
    *,
    case_number: str,
    kind: str,
    name: str,
    id_number: str,
    served_on: date | None,
    channel: str,
    document_number: str,
    by: Operator,
    at: datetime,
) -> RiskNotice:
    """Record that the debtor was warned (法释〔2017〕7号 art. 5). InvalidInput per field; Conflict where it stands."""
    party, problems = parties.read_party(
        case_number=case_number, kind=kind, name=name, id_number=id_number, by=by, today=localdate(at)
    )
    if channel not in NoticeChannel.values:
        problems.append(FieldProblem("channel", "channel_unknown", "请选择送达方式。"))
    problems += documented(document_number, served_on, localdate(at), day_field="served_on")
    refuse(problems)
    assert party is not None and served_on is not None
    notice, is_new = RiskNotice.objects.get_or_create(
        court=party.court,
        case_key=party.case.key,
        kind=party.kind,
        name_key=party.name_key,
        document_number=document_number.strip()[:100],
        defaults={
            "case_number": party.case.display,
            "name": party.name,
            "id_masked": party.identified.masked_display,
            "subject_key": party.keys.exact,
            "served_on": served_on,
            "channel": channel,
            "recorded_by_id": by.pk,
            "recorded_at": at,
        },
    )
    if not is_new:
        raise Conflict("这份风险提示已经登记过。", code="risk_notice_is_recorded_once")
    audit.record(
        verb="record_risk_notice",
        target=notice,
        by=by,
        at=at,
        after={"served_on": served_on, "channel": channel, "document_number": notice.document_number},
    )
    return notice


def additions_without_notice(batch_id: UUID) -> int:
    """Additions of a batch of whose party no warning is known in that case (the plan warns, it does not refuse)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM registry_batchrow r
                 WHERE r.batch_id = %s AND r.verdict = 'add' AND NOT EXISTS (
                       SELECT 1 FROM registry_risknotice g WHERE {SAME_PARTY})""",  # noqa: S608 a constant of ours
            [batch_id],
        )
        return int(cursor.fetchone()[0])
