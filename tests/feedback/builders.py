"""Records that the feedback tests share."""

from datetime import date, datetime
from uuid import uuid4

from agencies.models import Agency, Check, Enforcement, HitMeasure, ReleaseDuty, User
from measures.models import Document, Measure
from registry.models import Listing
from tests.builders import NOW, TODAY, make_region


def make_measure(number: str = "4", title: str = "依法依规限制参加政府采购活动", effect: str = "restrict") -> Measure:
    document, _ = Document.objects.get_or_create(
        doc_number="莱芜区信用办〔2020〕17号",
        defaults={
            "title": "行动计划",
            "issuer": "莱芜区信用办",
            "region": make_region(),
            "in_force_from": date(2020, 11, 21),
            "source": "001",
            "target": "失信被执行人",
        },
    )
    return Measure.objects.create(
        id=uuid4(),
        document=document,
        number=number,
        position=int(number),
        title=title,
        effect=effect,
        reaches=["subject"],
        party_kinds=["person", "unit"],
        in_force_from=date(2020, 11, 21),
        content_digest="0" * 64,
    )


def make_check(agency: Agency, user: User, *, outcome: str = "clear", at: datetime = NOW, receipt: str = "") -> Check:
    return Check.objects.create(
        receipt=receipt or f"C20261120-{uuid4().hex[:8].upper()}",
        agency=agency,
        user=user,
        channel="page",
        case_reference="采-1",
        subject_kind="person",
        subject_name="王试例",
        asked=[],
        outcome=outcome,
        list_version=1,
        answer={},
        outcome_hash="0" * 64,
        checked_at=at,
    )


def make_hit(check: Check, listing: Listing, measure: Measure) -> HitMeasure:
    return HitMeasure.objects.create(
        check_record=check, listing=listing, measure=measure, role="subject", advice="refuse"
    )


def make_enforcement(
    agency: Agency,
    user: User,
    listing: Listing,
    measure: Measure,
    *,
    decision: str = "applied",
    reason: str = "",
    at: datetime = NOW,
) -> Enforcement:
    return Enforcement.objects.create(
        agency=agency,
        user=user,
        listing=listing,
        measure=measure,
        party_name=listing.name,
        decision=decision,
        reason=reason,
        document_number="莱财采〔2026〕1号" if decision == "applied" else "",
        effective_from=TODAY if decision == "applied" else None,
        status="in_force" if decision == "applied" else "not_applied",
        recorded_at=at,
    )


def make_duty(
    agency: Agency, listing: Listing, measure: Measure, *, due_on: date, done_at: datetime | None = None
) -> ReleaseDuty:
    return ReleaseDuty.objects.create(
        agency=agency,
        listing=listing,
        measure=measure,
        opened_at=NOW,
        due_on=due_on,
        status="done" if done_at else "due",
        done_at=done_at,
        outcome="released" if done_at else "",
    )
