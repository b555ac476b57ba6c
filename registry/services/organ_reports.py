"""Reports upward about listed organs, enterprises, deputies and members: a restricted export with four eyes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import Conflict, FieldProblem, IllegalMove, InvalidInput, NotAllowed, NotFound
from registry.access import Operator, Person
from registry.choices import OrganBody, OrganReportStatus
from registry.models import Court, DebtorMark, OrganReport, OrganReportRow, OrganReportTransition, RegionRule
from registry.rules import organ_reports as rules
from registry.rules.organ_reports import Every, ReportPeriod
from registry.services.deadlines import region_rule
from registry.services.organ_workbook import Watermark, write_workbook
from registry.services.preconditions import documented, refuse
from registry.services.remedy_steps import typed

EVERY = "organ_reports.every"


def rule_of(court: Court) -> RegionRule | None:
    """What the court's region says of these reports: `month` or `quarter`; None where no document asks for them."""
    return region_rule(court.region, EVERY)


def every_of(court: Court) -> Every:
    """How often the court reports; quarterly where its region has no rule."""
    found = rule_of(court)
    return Every(found.value) if found else Every.QUARTER


def marks_for(person: Person, body: str, ends_on: date) -> Any:
    """Standing marks on live listings of the person's court and those below it, listed by the end of the period."""
    visible = DebtorMark.objects.visible_to(person).standing()
    wanted = rules.categories_of(rules.OrganBody(body))
    return visible.filter(category__in=wanted, listing__listed_at__date__lte=ends_on)


@transaction.atomic
def request_report(
    *, court: Court, body: str, period: str, recipient: str, purpose: str, by: Operator, at: datetime
) -> OrganReport:
    """Ask for a report; what it carries is fixed now, so that the second person approves exactly that.

    Raises NotFound for another court, InvalidInput (`nothing_to_report`, `too_many_rows`, per field), Conflict
    `organ_report_is_requested_once` while the same report waits.
    """
    if by.agency is None or by.agency.court_id != court.pk:
        raise NotFound("没有找到这个法院。")
    wanted = _period(court, period, at)
    problems = [] if wanted else [FieldProblem("period", "period_unknown", "请选择报送期。")]
    problems += [] if body in OrganBody.values else [FieldProblem("body", "body_unknown", "请选择报送对象。")]
    to, what_for = typed(recipient, 100), typed(purpose, 200)
    problems += [] if to else [FieldProblem("recipient", "required", "请填写接收单位全称。")]
    problems += [] if what_for else [FieldProblem("purpose", "required", "请写明用途。")]
    refuse(problems)
    assert wanted is not None
    Court.objects.select_for_update().get(pk=court.pk)
    if OrganReport.objects.filter(court=court, body=body, period=wanted.code, status="requested").exists():
        raise Conflict("同一报送对象、同一报送期的报告正在等待复核。", code="organ_report_is_requested_once")
    marks = list(marks_for(by, body, wanted.last).order_by("pk").values_list("pk", flat=True)[: rules.LARGEST + 1])
    if not marks:
        raise _unfit("nothing_to_report", "本期没有已标记的在列条目，无须报送。")
    if len(marks) > rules.LARGEST:
        raise _unfit("too_many_rows", f"超过{rules.LARGEST}行，不能作为一份报告导出。")
    report = OrganReport.objects.create(
        court=court, body=body, period=wanted.code, period_label=wanted.label, ends_on=wanted.last, recipient=to,
        purpose=what_for, rows_count=len(marks), requested_by_id=by.pk, requested_at=at,
    )  # fmt: skip
    OrganReportRow.objects.bulk_create(OrganReportRow(report=report, mark_id=mark) for mark in marks)
    _write(report, "", verb="request", reason=what_for, by=by, at=at)
    return report


@transaction.atomic
def approve_report(*, report_id: UUID, reason: str = "", by: Operator, at: datetime) -> OrganReport:
    """A reviewer who did not ask for it lets the report out for seven days.

    Raises NotFound, NotAllowed `four_eyes` or `role_required`, IllegalMove when decided before.
    """
    report = _to_decide(report_id, by)
    report.expires_at = at + timedelta(days=rules.DAYS_OPEN)
    return _decide(report, OrganReportStatus.APPROVED, "approve", reason, by, at)


@transaction.atomic
def refuse_report(*, report_id: UUID, reason: str, by: Operator, at: datetime) -> OrganReport:
    """Send the report back with a reason; nothing leaves. Raises like `approve_report`, and InvalidInput."""
    report = _to_decide(report_id, by)
    refuse([] if reason.strip() else [FieldProblem("reason", "required", "请写明退回的理由。")])
    return _decide(report, OrganReportStatus.REFUSED, "refuse", reason, by, at)


@transaction.atomic
def take_report(*, report_id: UUID, by: Operator, at: datetime) -> IO[bytes]:
    """The workbook, watermarked for who takes it; what has left the list or lost its mark since is left out.

    Raises NotFound, NotAllowed `requester_or_approver`, IllegalMove `not_approved` or `report_expired`. Audited.
    """
    report = _held(report_id, by)
    if report.expires_at is None:
        raise IllegalMove("报告还没有批准，不能下载。", code="not_approved")
    if by.pk not in (report.requested_by_id, report.decided_by_id):
        raise NotAllowed("只有申请人和复核人可以下载。", code="requester_or_approver")
    if at >= report.expires_at:
        raise IllegalMove("下载期限已过，请重新申请。", code="report_expired")
    marks = list(
        DebtorMark.objects.visible_to(by)
        .standing()
        .filter(reported__report=report)
        .select_related("listing__court")
        .order_by("category", "pk")
    )
    gone = report.rows_count - len(marks)
    audit.record(
        verb="export_organ_report",
        target=report,
        by=by,
        at=at,
        after={
            "rows": len(marks),
            "left_out": gone,
            "body": report.body,
            "recipient": report.recipient,
            "purpose": report.purpose,
        },
    )
    mark = Watermark(str(report.court), by.get_username(), at, report.purpose, report.recipient)
    return write_workbook(report=report, marks=marks, gone=gone, watermark=mark)


@transaction.atomic
def record_sending(
    *, report_id: UUID, document_number: str, sent_on: date | None, by: Operator, at: datetime
) -> OrganReport:
    """Record that the approved report went out, when and under which number. Raises NotFound, IllegalMove, …"""
    report = _held(report_id, by)
    if report.status != OrganReportStatus.APPROVED:
        raise IllegalMove("只有已批准、尚未报送的报告可以登记报送。")
    assert report.decided_at is not None
    problems = documented(document_number, sent_on, localdate(at), day_field="sent_on")
    if sent_on is not None and sent_on < localdate(report.decided_at):
        problems.append(FieldProblem("sent_on", "date_order", "报送日期不能早于批准日期。"))
    refuse(problems)
    report.status, report.sent_on = OrganReportStatus.SENT, sent_on
    report.document_number = typed(document_number, 100)
    report.save(update_fields=["status", "sent_on", "document_number"])
    reason = f"{sent_on}报送{report.recipient}，{report.document_number}"
    _write(report, OrganReportStatus.APPROVED, verb="send", reason=reason, by=by, at=at)
    return report


def _unfit(code: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code=code, errors=[FieldProblem("body", code, sentence)])


def _period(court: Court, code: str, at: datetime) -> ReportPeriod | None:
    offered = rules.periods(localdate(at), every_of(court))
    return next((period for period in offered if period.code == code), None)


def _held(report_id: UUID, by: Operator) -> OrganReport:
    mine = OrganReport.objects.editable_by(by).select_for_update(of=("self",)).select_related("court")
    report: OrganReport | None = mine.filter(pk=report_id).first()
    if report is None:
        raise NotFound("没有找到这份报告。")
    return report


def _to_decide(report_id: UUID, by: Operator) -> OrganReport:
    report = _held(report_id, by)
    if by.pk == report.requested_by_id:
        raise NotAllowed("申请人不能复核自己的申请。", code="four_eyes")
    if by.role != "reviewer":
        raise NotAllowed("须由复核人办理。", code="role_required")
    if report.status != OrganReportStatus.REQUESTED:
        raise IllegalMove("这份报告已经复核过。")
    return report


def _decide(
    report: OrganReport, to: OrganReportStatus, verb: str, reason: str, by: Operator, at: datetime
) -> OrganReport:
    report.status, report.decided_by_id, report.decided_at = to, by.pk, at
    report.save(update_fields=["status", "decided_by", "decided_at", "expires_at"])
    _write(report, OrganReportStatus.REQUESTED, verb=verb, reason=reason, by=by, at=at)
    return report


def _write(report: OrganReport, before: str, *, verb: str, reason: str, by: Operator, at: datetime) -> None:
    OrganReportTransition.objects.create(
        record=report, from_status=before, to_status=report.status, at=at, by_id=by.pk, reason=typed(reason, 500)
    )
    audit.record(
        verb=f"{verb}_organ_report",
        target=report,
        by=by,
        at=at,
        before={"status": str(before)} if before else None,
        after={"status": str(report.status), "rows": report.rows_count, "body": report.body},
    )
    outbox.emit(f"organ_report.{verb}", report=str(report.pk))
