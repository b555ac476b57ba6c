"""A unit's acts on a listing: recorded, released, kept for a stated time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from agencies.choices import EnforcementStatus, UserRole
from agencies.models import Agency, Check, Enforcement, EnforcementTransition, HitMeasure, Retention, User
from agencies.rules import enforcement as rules
from agencies.services.lifting import hold_listing, move_enforcement, settle_duty, typed
from agencies.services.weighing import Bindings
from core import audit, outbox
from core.errors import Conflict, FieldProblem, InvalidInput, NotAllowed, NotFound
from core.privacy import redact
from measures.models import Measure
from measures.rules.applicability import SUBJECT, MatchFacts, counts, in_force
from measures.services.catalogue import measure_facts, review_reason_of
from registry.models import Listing
from registry.services.stays import stayed


@dataclass(frozen=True, slots=True)
class Party:
    """Whom the act falls on: the listed party, a related person the measure reaches, or the applicant of a check."""

    name: str
    id_masked: str
    role: str
    is_reached: bool


@transaction.atomic
def record_enforcement(
    *,
    agency: Agency,
    by: User,
    at: datetime,
    listing: Listing,
    measure: Measure,
    decision: str,
    reason: str = "",
    document_number: str = "",
    effective_from: date | None = None,
    effective_to: date | None = None,
    check: Check | None = None,
    matter: str = "",
    role: str = SUBJECT,
    party_name: str = "",
) -> Enforcement:
    """Record that the unit applied a measure, or did not and why (design.md §4, 5).

    `matter`: code or name of one of the unit's matters, or free text. `party_name`: empty for the listed party itself;
    with `check` the applicant of the check, whatever is given. Raises NotAllowed `not_an_operator`; InvalidInput with
    the fields; Conflict with the rule's code, or `enforcement_stands_once` where the same act is in force already.
    """
    if by.role != UserRole.AGENCY_STAFF or by.agency_id != agency.pk:
        raise NotAllowed("只有本单位经办人可以登记执行。", code="not_an_operator")
    listing = hold_listing(listing.pk)
    measure = Measure.objects.with_everything().get(pk=measure.pk)
    bindings = Bindings(agency, at)
    business = bindings.matters({matter.strip()}).get(matter.strip())
    party = _party_of_check(check, agency, listing, measure) if check else _party(listing, measure, role, party_name)
    facts, today = measure_facts(measure), localdate(at)
    act = rules.Proposal(
        decision=decision,
        reason=typed(reason),
        document_number=redact(document_number.strip()),
        effective_from=effective_from,
        effective_to=effective_to,
        listing_status=listing.status,
        is_term_over=listing.term_ends_on is not None and listing.term_ends_on < today,
        is_stayed=bool(stayed([listing.pk], bindings.regions)),
        is_bound=bool(bindings.of(business, frozenset({measure.pk}))),
        is_incentive=measure.incentive,
        is_under_review=measure.under_review or bool(review_reason_of(measure, today)),
        is_in_force=in_force(facts, today),
        reaches_party=party.is_reached,
    )
    _raise(rules.refusals(act))
    matter_text = business.name if business else typed(matter)
    if act.is_applied:
        _require_first(agency, listing, measure, party.name, matter_text)
    status = EnforcementStatus.IN_FORCE if act.is_applied else EnforcementStatus.NOT_APPLIED
    enforcement = Enforcement.objects.create(
        agency=agency,
        user=by,
        listing=listing,
        measure=measure,
        check_record=check,
        matter=business,
        matter_text=matter_text,
        role=party.role,
        party_name=party.name,
        party_id_masked=party.id_masked,
        decision=decision,
        reason=act.reason,
        document_number=act.document_number,
        effective_from=effective_from,
        effective_to=effective_to,
        status=status,
        recorded_at=at,
    )
    EnforcementTransition.objects.create(
        record=enforcement, from_status="", to_status=status, at=at, by=by, reason=act.reason
    )
    audit.record(
        verb="record_enforcement",
        target=enforcement,
        by=by,
        at=at,
        after={
            "status": str(status),
            "listing": str(listing.pk),
            "measure": str(measure.pk),
            "document_number": redact(act.document_number),
            "check": check.receipt if check else None,
        },
    )
    outbox.emit("enforcement.recorded", enforcement=enforcement.pk)
    return enforcement


@transaction.atomic
def release_enforcement(*, enforcement_id: UUID, by: User, at: datetime, reason: str = "") -> Enforcement:
    """Let go of one act, in force or kept; closes its release duty when nothing else of it is in force.

    Raises NotFound for another unit's record, IllegalMove when it is released already or never was applied.
    """
    enforcement = _held(enforcement_id, by)
    reason = typed(reason)
    move_enforcement(enforcement, EnforcementStatus.RELEASED, reason=reason, by=by, at=at)
    settle_duty(enforcement, statement=reason or "已解除。", by=by, at=at)
    return enforcement


@transaction.atomic
def retain_enforcement(
    *, enforcement_id: UUID, legal_basis: str, until: date | None, by: User, at: datetime
) -> Enforcement:
    """Keep a measure past the listing's end, on a legal basis of its own and until a stated day (002 §四(二)5).

    Closes the release duty with outcome `retained`. Raises NotFound, InvalidInput with `legal_basis_required`,
    `until_required` or `until_not_ahead`, Conflict `listing_revoked`, IllegalMove.
    """
    enforcement = _held(enforcement_id, by)
    kept = rules.RetentionProposal(
        legal_basis=typed(legal_basis),
        until=until,
        today=localdate(at),
        listing_status=enforcement.listing.status,
    )
    _raise(rules.retention_refusals(kept))
    assert kept.until is not None
    move_enforcement(enforcement, EnforcementStatus.RETAINED, reason=kept.legal_basis, by=by, at=at)
    Retention.objects.create(
        enforcement=enforcement, legal_basis=kept.legal_basis, until=kept.until, recorded_at=at, user=by
    )
    settle_duty(enforcement, statement=f"依法保留至{kept.until:%Y-%m-%d}。依据：{kept.legal_basis}", by=by, at=at)
    return enforcement


def end_retentions(*, today: date, at: datetime) -> int:
    """Release what was kept until a day that has passed; return how many. One transaction each, repeatable."""
    over = Enforcement.objects.filter(status=EnforcementStatus.RETAINED, retention__until__lt=today)
    return sum(_end_retention(enforcement_id, at) for enforcement_id in list(over.values_list("pk", flat=True)))


@transaction.atomic
def _end_retention(enforcement_id: UUID, at: datetime) -> bool:
    listing_id = Enforcement.objects.values_list("listing_id", flat=True).get(pk=enforcement_id)
    hold_listing(listing_id)
    enforcement = Enforcement.objects.select_for_update(of=("self",)).get(pk=enforcement_id)
    if enforcement.status != EnforcementStatus.RETAINED:
        return False
    move_enforcement(enforcement, EnforcementStatus.RELEASED, reason="保留期限届满，自动解除。", by=None, at=at)
    settle_duty(enforcement, statement="保留期限届满，自动解除。", by=None, at=at)
    return True


def _held(enforcement_id: UUID, by: User) -> Enforcement:
    """The unit's own enforcement and its listing, locked in that order: listing first."""
    mine = Enforcement.objects.editable_by(by)
    listing_id = mine.filter(pk=enforcement_id).values_list("listing_id", flat=True).first()
    if listing_id is None:
        raise NotFound("没有这条执行记录。")
    listing = hold_listing(listing_id)
    enforcement: Enforcement = mine.select_for_update(of=("self",)).get(pk=enforcement_id)
    enforcement.listing = listing
    return enforcement


def _party_of_check(check: Check, agency: Agency, listing: Listing, measure: Measure) -> Party:
    """The applicant of a check of this unit whose answer named the listing and the measure."""
    if check.agency_id != agency.pk:
        raise NotFound("没有这张回执。")
    hit = HitMeasure.objects.filter(check_record=check, listing=listing, measure=measure).order_by("pk").first()
    if hit is None:
        raise InvalidInput(
            errors=[FieldProblem("check", "check_does_not_name_it", "该回执的结果没有列出这条名单和这项措施。")]
        )
    return Party(check.subject_name, check.subject_id_masked, hit.role, True)


def _party(listing: Listing, measure: Measure, role: str, name: str) -> Party:
    """The listed party, or a related person of the listed unit in that role."""
    match = MatchFacts(role=role, asked=SUBJECT, party_kind=listing.kind)
    is_reached = counts(measure_facts(measure), match)
    if role == SUBJECT:
        return Party(listing.name, listing.id_masked, role, is_reached)
    relation = listing.relations.filter(role=role, name=name, until__isnull=True).first()
    if relation is None:
        raise InvalidInput(
            errors=[FieldProblem("party_name", "relation_unknown", "名单条目中没有此身份的这位关联人员。")]
        )
    return Party(relation.name, relation.id_masked, role, is_reached)


def _require_first(agency: Agency, listing: Listing, measure: Measure, party_name: str, matter_text: str) -> None:
    """The same act stands once; the constraint of that name backs it, the listing's lock keeps others out."""
    if Enforcement.objects.filter(
        agency=agency,
        listing=listing,
        measure=measure,
        party_name=party_name,
        matter_text=matter_text,
        status=EnforcementStatus.IN_FORCE,
    ).exists():
        raise Conflict("本单位对此人的这项措施已在实施中，不必重复登记。", code="enforcement_stands_once")


def _raise(refusals: Sequence[rules.Refusal]) -> None:
    """What contradicts the record weighs more than what was typed; nothing when there is nothing."""
    for refusal in refusals:
        if not refusal.field:
            raise Conflict(refusal.detail, code=refusal.code)
    if refusals:
        first = refusals[0]
        raise InvalidInput(
            first.detail,
            code=first.code,
            errors=[FieldProblem(each.field, each.code, each.detail) for each in refusals],
        )
