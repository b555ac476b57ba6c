"""What pages show of acts and duties, from rows already fetched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from agencies.choices import DutyOutcome, DutyStatus, EnforcementStatus
from agencies.models import Enforcement, Recall, ReleaseDuty
from core.calendar import DayType, days_left
from core.models import Transition
from registry.choices import Role


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty with its clock; `state`: due, late, done or retained."""

    duty: ReleaseDuty
    state: str
    days_left: int

    @property
    def is_done(self) -> bool:
        return self.duty.status == DutyStatus.DONE


def duty_row(duty: ReleaseDuty, today: date) -> DutyRow:
    left = days_left(today, duty.due_on, DayType.WORKING)
    if duty.outcome == DutyOutcome.RETAINED:
        return DutyRow(duty, "retained", left)
    if duty.status == DutyStatus.DONE:
        return DutyRow(duty, "done", left)
    return DutyRow(duty, "late" if duty.due_on < today else "due", left)


@dataclass(frozen=True, slots=True)
class RecallRow:
    """A recall with its clock."""

    recall: Recall
    days_left: int


def recall_row(recall: Recall, today: date) -> RecallRow:
    return RecallRow(recall, days_left(today, recall.due_on, DayType.WORKING))


def enforcement_facts(enforcement: Enforcement) -> list[dict[str, Any]]:
    """The record as a list of {label, value}."""
    retention = getattr(enforcement, "retention", None)
    listing, check = enforcement.listing, enforcement.check_record
    facts = [
        ("单位", enforcement.agency),
        ("相对人", " ".join(filter(None, [enforcement.party_name, enforcement.party_id_masked]))),
        ("关联身份", Role(enforcement.role).label),
        ("名单条目", f"{listing.name} {listing.case_number}"),
        ("执行法院", listing.court),
        ("措施", f"{enforcement.measure.document} 第{enforcement.measure.number}项 {enforcement.measure.title}"),
        ("事项", enforcement.matter_text),
        ("处理结果", enforcement.get_decision_display()),
        ("理由", enforcement.reason),
        ("文书文号", enforcement.document_number),
        ("生效日期", enforcement.effective_from),
        ("截止日期", enforcement.effective_to),
        ("核查回执", check.receipt if check else ""),
        ("经办人", enforcement.user),
    ]
    if retention is not None:
        facts += [("保留依据", retention.legal_basis), ("保留至", retention.until)]
    if enforcement.status == EnforcementStatus.RELEASED:
        facts += [("解除说明", enforcement.release_reason)]
    return [{"label": label, "value": _shown(value)} for label, value in facts]


def _shown(value: Any) -> Any:
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, date) else value


def timeline(transitions: Iterable[Transition], labels: Any) -> list[dict[str, Any]]:
    """History, newest first, in the words of the status."""
    events = [
        {"what": labels(step.to_status).label, "at": step.at, "by": step.by or "平台", "note": step.reason}
        for step in transitions
    ]
    return events[::-1]
