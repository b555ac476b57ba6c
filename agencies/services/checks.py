"""The check: is this applicant on the list, and what does that mean for this unit in this matter (design.md §4, 4).

One way for the page, the API and bulk questions: read the parties, look all of them up at once, weigh, store, answer.
Identifiers live only in the caller's `Question`: the ledger holds names, masked forms and keyed digests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.timezone import localdate, localtime

from agencies.choices import AskedRole, CheckChannel, Outcome, UserRole
from agencies.models import Agency, ApiKey, Check, HitMeasure, Matter, User
from agencies.rules.answer import (
    CANDIDATE_NOTE,
    RELATED_NOTE,
    SUSPENDED_NOTE,
    AnsweredMatch,
    AnsweredNote,
    Head,
    assemble,
    needed,
    outcome_hash,
)
from agencies.rules.outcome import Level, Sighting, Standing, counts, outcome_of, shows_measures
from core import audit
from core.errors import FieldProblem, InvalidInput, NotAllowed, Unavailable
from core.ids import readable_code, uuid7
from measures.rules import applicability
from measures.rules.applicability import Asker, MatchFacts
from measures.services.catalogue import BoundMeasure, bound_measures
from registry.choices import IdentifierType, KeyKind, PartyKind
from registry.models import Change
from registry.rules import types
from registry.rules.identifiers import read_identifier
from registry.rules.names import fold, read_name
from registry.services.deadlines import lines_of
from registry.services.feed import last_number
from registry.services.identity import party_keys
from registry.services.matching import AskedParty, Found, find, same_name_counts

BULK_LIMIT = 5_000
CHUNK = 1_000
ATTEMPTS = 5  # at finding free receipt numbers: one in 10^12 is taken

PERSONAL = frozenset(types.IdentifierType) - types.UNIT_IDENTIFIERS - {types.IdentifierType.OTHER}
NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody asked about. `kind`: person or unit; `id_number`: as typed, full, masked or ""; `id_type`: "" = tell it."""

    kind: str
    name: str
    id_number: str = ""
    id_type: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """A person behind the applicant: `role` is an `AskedRole`."""

    role: str
    name: str
    id_number: str = ""
    id_type: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One applicant in one case. `matter`: code or name of the unit's business item, or free text; `measures`: only these."""

    subject: Party
    case_reference: str
    related: tuple[Related, ...] = ()
    matter: str = ""
    measures: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that cannot be asked; nothing of it is stored. `field` is a dotted path such as `subject.id_number`."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Now:
    """How a stored question would be answered at a later time."""

    outcome: Outcome
    changed_since: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """A party, read: what may be kept of it."""

    asked: str
    kind: str
    name: str
    name_key: str
    id_type: str
    id_masked: str
    has_number: bool
    is_masked: bool
    keys: tuple[tuple[bytes, KeyKind], ...]

    def to_ask(self) -> AskedParty:
        return AskedParty(self.asked, self.kind, self.name, self.name_key, self.keys)

    def to_keep(self) -> dict[str, Any]:
        return {
            "asked": self.asked,
            "kind": self.kind,
            "name": self.name,
            "id_type": self.id_type,
            "id_masked": self.id_masked,
            "keys": [[digest.hex(), int(kind)] for digest, kind in self.keys],
        }


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What was found for one question, sorted into what counts and what is only noted."""

    outcome: Outcome
    matches: tuple[AnsweredMatch, ...]
    notes: tuple[AnsweredNote, ...]
    same_name_count: int

    def fingerprint(self) -> frozenset[tuple[str, ...]]:
        """What must stay the same for the answer to stand: whom it met, how, and which measures followed."""
        return fingerprint([_plain(each) for each in self.matches], [_plain(each) for each in self.notes])


# --- asking -----------------------------------------------------------------------------------------------------------


def check_party(
    *, question: Question, by: User, api_key: ApiKey | None, channel: CheckChannel, at: datetime, rng: Random
) -> Check:
    """Ask about one applicant; the stored answer is `check.answer`.

    `rng` must be `secrets.SystemRandom()` outside tests. Raises InvalidInput with the identifier's own code and field
    (nothing is stored), NotAllowed for who is not a unit's operator, and Unavailable when the list cannot be read:
    what could not be checked is never `clear`.
    """
    result = check_many(questions=[question], by=by, api_key=api_key, channel=channel, bulk_id=None, at=at, rng=rng)[0]
    if isinstance(result, Refused):
        problem = FieldProblem(result.field, result.code, result.detail)
        raise InvalidInput(result.detail, code=result.code, errors=[problem])
    return result


def check_many(
    *,
    questions: Sequence[Question | Refused],
    by: User,
    api_key: ApiKey | None,
    channel: CheckChannel,
    bulk_id: UUID | None,
    at: datetime,
    rng: Random,
) -> list[Check | Refused]:
    """Ask about up to 5,000 applicants, all or none; results stand in the order asked.

    One matching query per thousand questions, whatever they hold. A single check is audited by itself, a bulk one as a
    whole. Errors as `check_party`, but a question that cannot be asked is a `Refused` in its place.
    """
    if by.role != UserRole.AGENCY_STAFF or by.agency_id is None:
        raise NotAllowed("只有责任单位的经办人可以核查。", code="role_required")
    if len(questions) > BULK_LIMIT:
        raise InvalidInput(f"一次最多核查 {BULK_LIMIT} 个主体，请分批。", code="too_many_subjects")
    try:
        with transaction.atomic():
            desk = _Desk.of(by, api_key, channel, bulk_id, at, rng)
            results = [result for chunk in _chunks(questions) for result in _check_chunk(chunk, desk)]
            _audit(results, desk)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(
            "名单暂时无法查询，本次没有核查结果，不得视为未命中。请稍后重试。", code="check_unavailable"
        ) from error
    return results


@dataclass(slots=True)
class _Desk:
    """Who asks, and what is the same for all questions of a call."""

    user: User
    agency: Agency
    api_key: ApiKey | None
    channel: CheckChannel
    bulk_id: UUID | None
    at: datetime
    rng: Random
    bindings: _Bindings

    @classmethod
    def of(
        cls, user: User, api_key: ApiKey | None, channel: CheckChannel, bulk_id: UUID | None, at: datetime, rng: Random
    ) -> _Desk:
        agency = agency_of(user.agency_id)
        return cls(user, agency, api_key, channel, bulk_id, at, rng, _Bindings(agency, at))


def agency_of(agency_id: int | None) -> Agency:
    """The unit with its regions, in one query."""
    return Agency.objects.select_related("region__parent__parent__parent").get(pk=agency_id)


class _Bindings:
    """Which measures bind one unit, by matter; each is asked for once."""

    def __init__(self, agency: Agency, at: datetime) -> None:
        self.agency = agency
        self.day = localdate(at)
        self.regions = tuple(lines_of(agency.region))
        self.units = frozenset(agency.named_units.order_by().values_list("pk", flat=True))
        self.known: dict[tuple[int | None, frozenset[UUID]], tuple[BoundMeasure, ...]] = {}

    def matters(self, texts: set[str]) -> dict[str, Matter]:
        """The unit's business items that these texts name, by code or by name."""
        texts = texts - {""}
        if not texts:
            return {}
        found = self.agency.matters.filter(Q(code__in=texts) | Q(name__in=texts), is_active=True)
        by_text: dict[str, Matter] = {}
        for matter in found.prefetch_related("measures"):
            by_text |= {matter.name: matter, matter.code: matter}
        return by_text

    def of(self, matter: Matter | None, wanted: frozenset[UUID]) -> tuple[BoundMeasure, ...]:
        key = (matter.pk if matter else None, wanted)
        if key not in self.known:
            asker = Asker(
                region_codes=self.regions,
                unit_ids=self.units,
                matter_measure_ids=frozenset(each.pk for each in matter.measures.all()) if matter else None,
                wanted=wanted or None,
                day=self.day,
            )
            self.known[key] = bound_measures(asker)
        return self.known[key]


def _chunks(questions: Sequence[Question | Refused]) -> Iterator[list[Question | Refused]]:
    rest = iter(questions)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _check_chunk(questions: list[Question | Refused], desk: _Desk) -> list[Check | Refused]:
    read = [each if isinstance(each, Refused) else _read_question(each, desk.at) for each in questions]
    asked = [
        (question, parties)
        for question, parties in zip(questions, read, strict=True)
        if isinstance(question, Question) and not isinstance(parties, Refused)
    ]
    # read before the look-up, so that the answer may have seen more than this version but never less
    version = last_number()
    weighed = _weigh(
        [parties for _, parties in asked],
        _bound(desk.bindings, [question for question, _ in asked]),
    )
    matters = desk.bindings.matters({question.matter for question, _ in asked})
    drafts = [
        _draft(question, parties, answer, matters.get(question.matter), version, desk)
        for (question, parties), answer in zip(asked, weighed, strict=True)
    ]
    stored = iter(_store(drafts, desk))
    return [each if isinstance(each, Refused) else next(stored) for each in read]


def _bound(bindings: _Bindings, questions: Sequence[Question]) -> list[tuple[BoundMeasure, ...]]:
    matters = bindings.matters({question.matter for question in questions})
    return [bindings.of(matters.get(question.matter), frozenset(question.measures)) for question in questions]


# --- reading ----------------------------------------------------------------------------------------------------------


class _Unreadable(Exception):
    """Carries the refusal of one field out of the reading."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(code)
        self.refusal = Refused(field, code, detail)


def _read_question(question: Question, at: datetime) -> list[_Read] | Refused:
    try:
        _require_text(question.case_reference, "case_reference", "办件号", 100)
        _refuse_number(question.matter, "matter")
        subject = question.subject
        parties = [
            _read_party(subject.kind, subject.name, subject.id_number, subject.id_type, "subject", "subject", at)
        ]
        for index, person in enumerate(question.related):
            field = f"related.{index}"
            if person.role not in AskedRole.values:
                raise _Unreadable(f"{field}.role", "role_unknown", "关联人员的身份不在可选范围内。")
            parties.append(
                _read_party(PartyKind.PERSON, person.name, person.id_number, person.id_type, person.role, field, at)
            )
    except _Unreadable as error:
        return error.refusal
    return parties


def _read_party(kind: str, name: str, id_number: str, id_type: str, asked: str, field: str, at: datetime) -> _Read:
    if kind not in PartyKind.values:
        raise _Unreadable(f"{field}.kind", "kind_unknown", "类型只能是自然人（person）或单位（unit）。")
    if id_type and id_type not in IdentifierType.values:
        raise _Unreadable(f"{field}.id_type", "id_type_unknown", "证件类型不在可选范围内。")
    _require_text(name, f"{field}.name", "姓名或名称", 200)
    identified = read_identifier(
        id_number,
        kind=types.PartyKind(kind),
        stated=types.IdentifierType(id_type) if id_type else None,
        today=localdate(at),
    )
    if identified.problem:
        raise _Unreadable(f"{field}.id_number", identified.problem.code.value, identified.problem.detail)
    if identified.type in (PERSONAL if kind == PartyKind.UNIT else types.UNIT_IDENTIFIERS):
        raise _Unreadable(f"{field}.id_number", "id_kind_mismatch", "证件号码与所选类型不符，请核对是自然人还是单位。")
    known = read_name(name)
    return _Read(
        asked=asked,
        kind=kind,
        name=known.display,
        name_key=known.key,
        id_type=identified.type.value if identified.type else "",
        id_masked=identified.masked_display,
        has_number=not identified.is_missing,
        is_masked=identified.is_masked,
        keys=party_keys(kind, identified, known.key).pairs,
    )


def _require_text(text: str, field: str, label: str, longest: int) -> None:
    if not text.strip():
        raise _Unreadable(field, "required", f"请填写{label}。")
    if len(text) > longest:
        raise _Unreadable(field, "text_too_long", f"{label}不能超过 {longest} 个字。")
    _refuse_number(text, field)


def _refuse_number(text: str, field: str) -> None:
    """These texts are kept in clear and shown in lists: no resident identifier may hide in them."""
    for number in NUMBER.findall(text):
        if read_identifier(number).type is types.IdentifierType.RESIDENT_ID:
            raise _Unreadable(field, "identifier_in_text", "此处不能填写证件号码。")


# --- weighing ---------------------------------------------------------------------------------------------------------


def _weigh(asked: Sequence[Sequence[_Read | AskedParty]], bound: Sequence[tuple[BoundMeasure, ...]]) -> list[_Weighed]:
    """Look all parties of all questions up at once, then weigh question by question."""
    parties: list[AskedParty] = []
    owners: list[int] = []
    for index, group in enumerate(asked):
        for party in group:
            parties.append(party.to_ask() if isinstance(party, _Read) else party)
            owners.append(index)
    found: list[list[tuple[AskedParty, Found]]] = [[] for _ in asked]
    for each in find(parties):
        found[owners[each.party]].append((parties[each.party], each))
    namesakes = same_name_counts([group[0].name_key for group in asked])
    return [
        _weigh_one(group[0].name_key, met, measures, namesakes.get(group[0].name_key, 0))
        for group, met, measures in zip(asked, found, bound, strict=True)
    ]


def _weigh_one(
    name_key: str, met: Sequence[tuple[AskedParty, Found]], bound: tuple[BoundMeasure, ...], namesakes: int
) -> _Weighed:
    sightings: list[Sighting] = []
    matches: list[AnsweredMatch] = []
    notes: list[AnsweredNote] = []
    own: set[UUID] = set()
    for party, found in met:
        facts = MatchFacts(role=found.role, asked=found.asked, party_kind=found.kind)
        reached = [measure for measure in bound if applicability.counts(measure.facts, facts)]
        sighting = Sighting(
            Level(found.level.value), Standing(found.status), found.role, found.asked, is_reached=bool(reached)
        )
        sightings.append(sighting)
        if counts(sighting):
            shown = tuple(measure.answer for measure in reached) if shows_measures(sighting) else ()
            matches.append(_match(party, found, shown))
        else:
            notes.append(_note(found, sighting))
        if found.role == found.asked == "subject" and found.status == "active" and fold(found.name) == name_key:
            own.add(found.listing_id)
    return _Weighed(outcome_of(sightings), tuple(matches), tuple(notes), max(namesakes - len(own), 0))


def _match(party: AskedParty, found: Found, measures: tuple[dict[str, Any], ...]) -> AnsweredMatch:
    return AnsweredMatch(
        listing=str(found.listing_id),
        level=found.level.value,
        role=found.role,
        asked=found.asked,
        asked_name=party.name,
        name=found.name,
        id_masked=found.id_masked,
        court=found.court_name,
        case_number=found.case_number,
        status=found.status,
        until=found.term_ends_on,
        measures=measures,
    )


def _note(found: Found, sighting: Sighting) -> AnsweredNote:
    words = [RELATED_NOTE]
    if sighting.level is Level.CANDIDATE:
        words.append(CANDIDATE_NOTE)
    if sighting.standing is Standing.SUSPENDED:
        words.append(SUSPENDED_NOTE)
    return AnsweredNote(
        asked=found.asked,
        role=found.role,
        listing=str(found.listing_id),
        name=found.name,
        court=found.court_name,
        case_number=found.case_number,
        detail="".join(words),
        level=found.level.value,
        status=found.status,
    )


# --- storing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A ledger row that lacks only its receipt."""

    row: Check
    weighed: _Weighed
    needed: str
    nonce: str


def _draft(
    question: Question, parties: list[_Read], weighed: _Weighed, matter: Matter | None, version: int, desk: _Desk
) -> _Draft:
    subject = parties[0]
    row = Check(
        id=uuid7(),
        agency=desk.agency,
        user=desk.user,
        api_key=desk.api_key,
        channel=desk.channel,
        bulk_id=desk.bulk_id,
        case_reference=question.case_reference.strip(),
        matter=matter,
        matter_text=matter.name if matter else question.matter.strip()[:200],
        subject_kind=subject.kind,
        subject_name=subject.name,
        subject_id_masked=subject.id_masked,
        asked=[party.to_keep() for party in parties],
        outcome=weighed.outcome,
        list_version=version,
        checked_at=desk.at,
    )
    missing = needed(weighed.outcome, has_number=subject.has_number, is_masked=subject.is_masked)
    return _Draft(row, weighed, missing, f"{desk.rng.getrandbits(64):016x}")


def _store(drafts: list[_Draft], desk: _Desk) -> list[Check]:
    for attempt in range(1, ATTEMPTS + 1):
        for draft in drafts:
            _seal(draft, f"C{localdate(desk.at):%Y%m%d}-{readable_code(8, desk.rng)}")
        try:
            with transaction.atomic():
                rows = Check.objects.bulk_create([draft.row for draft in drafts])
        except IntegrityError:
            taken = Check.objects.filter(receipt__in=[draft.row.receipt for draft in drafts]).exists()
            if attempt == ATTEMPTS or not (taken or len({draft.row.receipt for draft in drafts}) < len(drafts)):
                raise
        else:
            break
    HitMeasure.objects.bulk_create(
        HitMeasure(
            check_record_id=draft.row.pk,
            listing_id=UUID(listing),
            measure_id=UUID(measure),
            role=role,
            advice=advice,
        )
        for draft in drafts
        for listing, measure, role, advice in _named(draft.weighed)
    )
    return rows


def _named(weighed: _Weighed) -> Iterator[tuple[str, str, str, str]]:
    """Each listing, measure and role once, even where several of the asked persons met it."""
    seen = set()
    for match in weighed.matches:
        for measure in match.measures:
            key = (match.listing, measure["id"], match.role)
            if key not in seen:
                seen.add(key)
                yield match.listing, measure["id"], match.role, measure["advice"]


def _seal(draft: _Draft, receipt: str) -> None:
    """Give the row its receipt, its answer and the answer's hash."""
    row = draft.row
    row.receipt = receipt
    row.answer = assemble(
        head=Head(
            receipt=receipt,
            checked_at=localtime(row.checked_at),
            list_version=row.list_version,
            unit=row.agency.name,
            case_reference=row.case_reference,
            matter=row.matter_text,
            nonce=draft.nonce,
        ),
        subject={"kind": row.subject_kind, "name": row.subject_name, "id_masked": row.subject_id_masked},
        outcome=draft.weighed.outcome,
        matches=draft.weighed.matches,
        notes=draft.weighed.notes,
        same_name_count=draft.weighed.same_name_count,
        needed=draft.needed,
    )
    row.outcome_hash = outcome_hash(row.answer)


def _audit(results: list[Check | Refused], desk: _Desk) -> None:
    if desk.bulk_id is None:
        for check in results:
            if isinstance(check, Check):
                after = {"receipt": check.receipt, "outcome": check.outcome, "channel": check.channel}
                audit.record(verb="check", target=check, by=desk.user, at=desk.at, after=after)
        return
    answered = sum(isinstance(each, Check) for each in results)
    after = {"bulk": str(desk.bulk_id), "answered": answered, "refused": len(results) - answered}
    audit.record(verb="check_bulk", target=desk.agency, by=desk.user, at=desk.at, after=after)


# --- asking again -----------------------------------------------------------------------------------------------------


def recheck(*, check: Check, at: datetime) -> Now:
    """The stored question, asked again from its digests: the outcome now, and whether anything has changed since.

    Changed: another set of listings, standings or measures, or a change of a matched listing after the check (such as a
    correction). Nothing is stored.
    """
    bindings = _Bindings(agency_of(check.agency_id), at)
    parties = [
        AskedParty(
            each["asked"],
            each["kind"],
            each["name"],
            fold(each["name"]),
            tuple((bytes.fromhex(digest), KeyKind(kind)) for digest, kind in each["keys"]),
        )
        for each in check.asked
    ]
    weighed = _weigh([parties], [bindings.of(check.matter, frozenset())])[0]
    then = fingerprint(check.answer["matches"], check.answer["notes"])
    listings = {each["listing"] for each in (*check.answer["matches"], *check.answer["notes"])}
    has_changes = bool(listings) and Change.objects.filter(listing_id__in=listings, at__gt=check.checked_at).exists()
    return Now(weighed.outcome, has_changes or weighed.fingerprint() != then)


def fingerprint(matches: Sequence[dict[str, Any]], notes: Sequence[dict[str, Any]]) -> frozenset[tuple[str, ...]]:
    """The facts of an answer that make it another answer when they differ."""
    facts = set()
    for each in (*matches, *notes):
        met = (each["listing"], each["level"], each["role"], each["asked"], each["status"])
        facts.add(met)
        facts |= {(*met, measure["id"], measure["advice"]) for measure in each.get("measures", ())}
    return frozenset(facts)


def _plain(each: AnsweredMatch | AnsweredNote) -> dict[str, Any]:
    names = ("listing", "level", "role", "asked", "status")
    plain: dict[str, Any] = {name: getattr(each, name) for name in names}
    plain["measures"] = getattr(each, "measures", ())
    return plain


# --- verifying --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verification:
    """What anybody may know of a receipt: no name, no case, no outcome."""

    receipt: str
    checked_at: datetime
    unit: str
    outcome_hash: str
    valid: bool
    changed_since: bool


def verify_receipt(*, receipt: str, at: datetime) -> Verification | None:
    """The public answer about a receipt; None where there is none. `valid`: the stored answer still has its hash."""
    check = Check.objects.select_related("agency").filter(receipt=receipt.strip().upper()).first()
    if check is None:
        return None
    return Verification(
        receipt=check.receipt,
        checked_at=localtime(check.checked_at),
        unit=check.agency.name,
        outcome_hash=check.outcome_hash,
        valid=outcome_hash(check.answer) == check.outcome_hash,
        changed_since=recheck(check=check, at=at).changed_since,
    )
