"""Grace before a listing (宽限期, 法发〔2019〕35号): granted, perhaps with the decision already made, and run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localdate

from core import audit
from core.calendar import add_months, deadline_months
from core.errors import Conflict, FieldProblem
from registry.access import Operator
from registry.choices import ChangeKind, Circumstance, ExitGround, KeyKind, ListingStatus, PartyKind
from registry.imports.facts import FACTS, facts_digest
from registry.imports.plan import RELIST_BAR_MONTHS
from registry.lifecycle import LIVE, Act, require_act
from registry.models import Court, GracePeriod, Listing, MatchKey, Relation
from registry.rules import terms
from registry.rules.identifiers import birth_date
from registry.services.keys import rekey_subject
from registry.services.parties import PartyInCase, keep_identifier, read_party, subject_of
from registry.services.preconditions import documented, refuse
from registry.services.recording import record_change

ACTIVATE_CHUNK = 200
MONTHS = (1, 2, 3)
ADULT_AT = 18


@dataclass(frozen=True, slots=True)
class ListingDecision:
    """A decision to list that takes effect when grace is over (决定书, 法释〔2017〕7号 art. 5)."""

    decision_number: str
    decided_on: date | None
    circumstances: Sequence[str]
    obligation: str = ""
    basis_number: str = ""
    basis_issuer: str = ""
    filed_on: date | None = None
    publishable: bool = True


@transaction.atomic
def grant_grace(
    *,
    case_number: str,
    kind: str,
    name: str,
    id_number: str,
    starts_on: date | None,
    months: int,
    document_number: str,
    by: Operator,
    at: datetime,
    decision: ListingDecision | None = None,
) -> GracePeriod:
    """Give a debtor one to three months; with `decision` the listing waits and takes effect the day after.

    Meanwhile no row of a list file lists the debtor (`grace_running`). Raises InvalidInput per field, Conflict where
    the debtor has been given grace from that day already, or stands on the list in this case.
    """
    today = localdate(at)
    party, problems = read_party(case_number=case_number, kind=kind, name=name, id_number=id_number, by=by, today=today)
    if months not in MONTHS:
        problems.append(FieldProblem("months", "months_unknown", "宽限期为一个月至三个月（法发〔2019〕35号）。"))
    problems += documented(document_number, starts_on, today, day_field="starts_on")
    if decision is not None:
        problems += _faults(decision, party, today)
    refuse(problems)
    assert party is not None and starts_on is not None
    ends = deadline_months(starts_on, months)
    Court.objects.select_for_update(no_key=True).get(pk=party.court.pk)  # one grant of a court at a time
    listing = None if decision is None else _pending(party, decision, at)
    period, is_new = GracePeriod.objects.get_or_create(
        court=party.court,
        case_key=party.case.key,
        kind=party.kind,
        name_key=party.name_key,
        starts_on=starts_on,
        defaults={
            "case_number": party.case.display,
            "name": party.name,
            "id_masked": party.identified.masked_display,
            "subject_key": party.keys.exact,
            "months": months,
            "ends_on": ends.on,
            "is_provisional": ends.provisional,
            "document_number": document_number.strip()[:100],
            "listing": listing,
            "recorded_by_id": by.pk,
            "recorded_at": at,
        },
    )
    if not is_new:
        raise Conflict("该被执行人自这一天起的宽限期已经登记过。", code="grace_period_is_granted_once")
    audit.record(
        verb="grant_grace",
        target=period,
        by=by,
        at=at,
        after={"starts_on": starts_on, "ends_on": ends.on, "listing": str(listing.pk) if listing else None},
    )
    return period


def _faults(decision: ListingDecision, party: PartyInCase | None, today: date) -> list[FieldProblem]:
    """What is missing for a decision that will list somebody by itself."""
    problems = []
    if not decision.decision_number.strip():
        problems.append(FieldProblem("decision_number", "required", "请填写决定书文号。"))
    if decision.decided_on is None:
        problems.append(FieldProblem("decided_on", "required", "请填写决定日期。"))
    elif decision.decided_on > today:
        problems.append(FieldProblem("decided_on", "in_future", "日期不能晚于今天。"))
    if not decision.circumstances or not set(decision.circumstances) <= set(Circumstance.values):
        problems.append(FieldProblem("circumstances", "required", "请选择失信行为具体情形。"))
    if party is None:
        return problems
    if not party.identified.is_full:
        problems.append(FieldProblem("id_number", "required", "期满自动生效的，请填写完整的证件号码。"))
    born = birth_date(party.identified.canonical) if party.kind == PartyKind.PERSON else None
    if born and decision.decided_on and terms.years_later(born, ADULT_AT) > decision.decided_on:
        sentence = "被执行人未满十八周岁，不得纳入（法释〔2017〕7号第四条）。"
        problems.append(FieldProblem("id_number", "minor", sentence))
    if _stands_behind_the_unit(party):
        sentence = (
            "单位是被执行人的，其法定代表人、主要负责人、实际控制人和直接责任人员不得纳入名单（法发〔2019〕35号）。"
        )
        problems.append(FieldProblem("name", "related_person", sentence))
    if decision.decided_on and _is_barred(party, decision.decided_on):
        sentence = "依申请执行人申请删除后六个月内不得再次纳入（法释〔2017〕7号第十条第四款）。"
        problems.append(FieldProblem("decided_on", "relisted_too_soon", sentence))
    return problems


def _stands_behind_the_unit(party: PartyInCase) -> bool:
    """Whether the person is on record behind a unit listed in the same case; another full number is a namesake."""
    if party.kind != PartyKind.PERSON:
        return False
    behind = Relation.objects.filter(
        listing__court=party.court,
        listing__case_key=party.case.key,
        listing__kind=PartyKind.UNIT,
        listing__status__in=LIVE,
        until=None,
        name_key=party.name_key,
    )
    numbers = MatchKey.objects.filter(relation=OuterRef("pk"), kind=KeyKind.EXACT)
    same = Q(~Exists(numbers)) | Q(Exists(numbers.filter(digest=party.keys.exact)))
    return bool(behind.filter(same).exists())


def _is_barred(party: PartyInCase, decided_on: date) -> bool:
    """Whether the creditor had the party's listing in this case deleted less than six months before."""
    since = add_months(decided_on, -RELIST_BAR_MONTHS)
    ended = Listing.objects.filter(court=party.court, case_key=party.case.key, subject__key=party.keys.exact)
    return bool(ended.filter(exit_ground=ExitGround.CREDITOR_REQUEST, exit_on__gt=since).exists())


def _pending(party: PartyInCase, decision: ListingDecision, at: datetime) -> Listing:
    """The listing that waits; nobody finds it by its party before it takes effect."""
    subject = subject_of(party.kind, party.name, party.name_key, party.keys)
    keep_identifier(subject, party.identified, party.keys)
    if subject.listings.live().filter(court=party.court, case_key=party.case.key).exists():
        raise Conflict("该被执行人在本案中已有名单条目。", code="listing_lives_once")
    assert decision.decided_on is not None and party.identified.type is not None
    listing = Listing(
        subject=subject,
        court=party.court,
        status=ListingStatus.PENDING,
        kind=party.kind,
        name=party.name,
        name_key=party.name_key,
        id_type=party.identified.type.value,
        id_masked=party.identified.masked_display,
        case_number=party.case.display,
        case_key=party.case.key,
        circumstances=[str(each) for each in decision.circumstances],
        decision_number=decision.decision_number.strip()[:100],
        decided_on=decision.decided_on,
        term_ends_on=terms.term_end(decision.circumstances, decision.decided_on),
        obligation=decision.obligation.strip(),
        basis_number=decision.basis_number.strip()[:200],
        basis_issuer=decision.basis_issuer.strip()[:200],
        filed_on=decision.filed_on,
        publishable=decision.publishable,
        listed_at=at,
        changed_at=at,
        content_digest=b"",
    )
    listing.content_digest = facts_digest({name: getattr(listing, name) for name in FACTS})
    listing.save()
    return listing


def activate_pending(*, today: date, at: datetime) -> int:
    """Let every listing take effect whose grace ended before `today`; return how many. May run twice, and late."""
    total = 0
    while done := _activate_chunk(today, at):
        total += done
    return total


@transaction.atomic
def _activate_chunk(today: date, at: datetime) -> int:
    due = (
        Listing.objects.with_grace_over(today)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("subject", "court", "grace")
        .order_by("pk")[:ACTIVATE_CHUNK]
    )
    listings = list(due)
    for listing in listings:
        require_act(listing.status, Act.ACTIVATE)
        listing.status = ListingStatus.ACTIVE
        listing.listed_at = listing.changed_at = at
        listing.published_on = listing.published_on or today
        listing.content_digest = facts_digest({name: getattr(listing, name) for name in FACTS})
        listing.save(update_fields=["status", "listed_at", "changed_at", "published_on", "content_digest"])
        rekey_subject(listing)
        record_change(
            listing,
            ChangeKind.LISTED,
            "activate_listing",
            by=None,
            at=at,
            happened_on=listing.decided_on,
            ground="",
            document_number=listing.decision_number,
            before={"status": ListingStatus.PENDING.value},
            after={"status": ListingStatus.ACTIVE.value},
        )
    return len(listings)
