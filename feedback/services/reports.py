"""A unit's report for a period: pre-filled from the ledger, typed, submitted, returned or accepted."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from agencies.choices import AgencyKind, UserRole
from agencies.models import User
from core import audit, outbox
from core.errors import Conflict, FieldProblem, InvalidInput, NotAllowed
from feedback.choices import ReportStatus
from feedback.lifecycle import require_move
from feedback.models import Report, ReportTransition
from feedback.rules.periods import SHANGHAI, Period, period_of
from feedback.services.figures import compute
from feedback.services.wording import refuse_identifiers


def _require_staff(user: User) -> None:
    if user.role != UserRole.AGENCY_STAFF or user.agency is None or user.agency.kind != AgencyKind.AGENCY:
        raise NotAllowed("只有责任单位的经办人可以填写报告。", code="role_required")


def _require_office(user: User) -> None:
    if user.role != UserRole.CREDIT_OFFICE:
        raise NotAllowed("只有信用办人员可以审核报告。", code="role_required")


def _locked(report_id: UUID) -> Report:
    report: Report = Report.objects.select_for_update(of=("self",)).select_related("agency").get(pk=report_id)
    return report


def _moved(report: Report, *, was: str, by: User, at: datetime, verb: str, reason: str = "") -> Report:
    ReportTransition.objects.create(
        record=report, from_status=was, to_status=report.status, at=at, by=by, reason=reason
    )
    audit.record(verb=verb, target=report, by=by, at=at, before={"status": was}, after={"status": report.status})
    outbox.emit(f"report.{report.status}", report=str(report.pk))
    return report


@transaction.atomic
def create_report(*, period: Period, by: User, at: datetime) -> Report:
    """Open the unit's report for a period, figures filled in; Conflict when there is one already."""
    _require_staff(by)
    assert by.agency is not None  # guaranteed by _require_staff, for the type checker
    if period.starts_on > at.astimezone(SHANGHAI).date():
        raise InvalidInput(errors=[FieldProblem("period", "period_in_future", "报告期尚未开始。")])
    try:
        with transaction.atomic():
            report = Report.objects.create(
                agency=by.agency,
                period=period.code,
                starts_on=period.starts_on,
                ends_on=period.ends_on,
                figures=compute(by.agency, period),
                figures_at=at,
                created_by=by,
            )
    except IntegrityError as error:
        if "report_is_one_per_period" not in str(error):
            raise
        raise Conflict(f"{period.label}的报告已经建立，请在报告列表中打开。", code="report_exists") from error
    return _moved(report, was="", by=by, at=at, verb="create_report")


@transaction.atomic
def write_report(*, report_id: UUID, narrative: str, typical_case: str, by: User, at: datetime) -> Report:
    """Store what the unit typed and count the figures again; only while it is a draft or has been returned.

    Raises InvalidInput `identifier_in_text` where a text holds what looks like an identifier.
    """
    _require_staff(by)
    refuse_identifiers(narrative=narrative, typical_case=typical_case)
    report = _locked(report_id)
    if report.agency_id != by.agency_id:
        raise NotAllowed("只能填写本单位的报告。", code="not_your_unit")
    require_move(report.status, ReportStatus.SUBMITTED)
    report.narrative, report.typical_case = narrative.strip(), typical_case.strip()
    report.figures, report.figures_at = compute(report.agency, period_of(report.starts_on)), at
    report.save(update_fields=["narrative", "typical_case", "figures", "figures_at"])
    audit.record(verb="write_report", target=report, by=by, at=at)
    return report


@transaction.atomic
def submit_report(*, report_id: UUID, by: User, at: datetime) -> Report:
    """Hand the report to the credit office, with the figures of this moment; needs a narrative."""
    _require_staff(by)
    report = _locked(report_id)
    if report.agency_id != by.agency_id:
        raise NotAllowed("只能提交本单位的报告。", code="not_your_unit")
    require_move(report.status, ReportStatus.SUBMITTED)
    if not report.narrative:
        raise InvalidInput(errors=[FieldProblem("narrative", "narrative_missing", "请先填写工作情况再提交。")])
    was = report.status
    report.status = ReportStatus.SUBMITTED
    report.submitted_at = at
    report.figures, report.figures_at = compute(report.agency, period_of(report.starts_on)), at
    report.reviewed_at, report.reviewed_by, report.remarks = None, None, ""
    report.save(
        update_fields=[
            "status",
            "submitted_at",
            "figures",
            "figures_at",
            "reviewed_at",
            "reviewed_by",
            "remarks",
        ]
    )
    return _moved(report, was=was, by=by, at=at, verb="submit_report")


@transaction.atomic
def review_report(*, report_id: UUID, accept: bool, remarks: str, by: User, at: datetime) -> Report:
    """Accept the report, or return it with remarks that say what to mend."""
    _require_office(by)
    refuse_identifiers(remarks=remarks)
    report = _locked(report_id)
    wanted = ReportStatus.ACCEPTED if accept else ReportStatus.RETURNED
    require_move(report.status, wanted)
    remarks = remarks.strip()
    if not accept and not remarks:
        raise InvalidInput(errors=[FieldProblem("remarks", "remarks_missing", "退回时请写明需要修改的内容。")])
    was = report.status
    report.status, report.reviewed_at, report.reviewed_by, report.remarks = wanted, at, by, remarks
    report.save(update_fields=["status", "reviewed_at", "reviewed_by", "remarks"])
    return _moved(report, was=was, by=by, at=at, verb=f"{wanted.value}_report", reason=remarks)
