"""The check: is this applicant on the list, and what does that mean for this unit in this matter (design.md §4, 4).

One way for the page, the API and bulk questions: read the parties, look all of them up at once, weigh, store, answer.
Identifiers live only in the caller's `Question`: the ledger holds names, masked forms and keyed digests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.timezone import localdate, localtime

from agencies.choices import CheckChannel, UserRole
from agencies.models import Agency, ApiKey, Check, HitMeasure, Matter, User
from agencies.rules.answer import Head, assemble, needed, outcome_hash
from agencies.services.questions import Question, ReadParty, Refused, read_question
from agencies.services.weighing import Bindings, Weighed, weigh
from core import audit
from core.errors import FieldProblem, InvalidInput, NotAllowed, Unavailable
from core.ids import readable_code, uuid7
from registry.services.feed import last_number

BULK_LIMIT = 5_000
CHUNK = 1_000
ATTEMPTS = 5  # at finding free receipt numbers: one in 10^12 is taken


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
    if by.role != UserRole.AGENCY_STAFF or by.agency is None:
        raise NotAllowed("只有责任单位的经办人可以核查。", code="role_required")
    if len(questions) > BULK_LIMIT:
        raise InvalidInput(f"一次最多核查 {BULK_LIMIT} 个主体，请分批。", code="too_many_subjects")
    attempt = 1
    while True:
        try:
            with transaction.atomic():
                desk = _Desk(by, by.agency, api_key, channel, bulk_id, at, rng, Bindings(by.agency, at))
                results = [result for chunk in _chunks(questions) for result in _check_chunk(chunk, desk)]
                _audit(results, desk)
            return results
        except IntegrityError as error:
            if attempt == ATTEMPTS or not _is_taken_receipt(error):
                raise
            attempt += 1
        except (OperationalError, InterfaceError) as error:
            raise Unavailable(
                "名单暂时无法查询，本次没有核查结果，不得视为未命中。请稍后重试。", code="check_unavailable"
            ) from error


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
    bindings: Bindings


def _chunks(questions: Sequence[Question | Refused]) -> Iterator[list[Question | Refused]]:
    rest = iter(questions)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _check_chunk(questions: list[Question | Refused], desk: _Desk) -> list[Check | Refused]:
    read = [each if isinstance(each, Refused) else read_question(each, desk.at) for each in questions]
    asked = [
        (question, parties)
        for question, parties in zip(questions, read, strict=True)
        if isinstance(question, Question) and not isinstance(parties, Refused)
    ]
    # read before the look-up, so that the answer may have seen more than this version but never less
    version = last_number()
    matters = desk.bindings.matters({question.matter for question, _ in asked})
    bound = [desk.bindings.of(matters.get(question.matter), frozenset(question.measures)) for question, _ in asked]
    weighed = weigh([[party.to_ask() for party in parties] for _, parties in asked], bound, desk.bindings)
    drafts = [
        _draft(question, parties, answer, matters.get(question.matter), version, desk)
        for (question, parties), answer in zip(asked, weighed, strict=True)
    ]
    stored = iter(_store(drafts, desk))
    return [each if isinstance(each, Refused) else next(stored) for each in read]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A ledger row that lacks only its receipt."""

    row: Check
    weighed: Weighed
    needed: str
    nonce: str
    measures_asked: tuple[str, ...]


def _draft(
    question: Question, parties: list[ReadParty], weighed: Weighed, matter: Matter | None, version: int, desk: _Desk
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
    return _Draft(
        row, weighed, missing, f"{desk.rng.getrandbits(64):016x}", tuple(str(each) for each in question.measures)
    )


def _store(drafts: list[_Draft], desk: _Desk) -> list[Check]:
    for draft in drafts:
        _seal(draft, f"C{localdate(desk.at):%Y%m%d}-{readable_code(8, desk.rng)}")
    rows = Check.objects.bulk_create([draft.row for draft in drafts])
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


def _is_taken_receipt(error: IntegrityError) -> bool:
    """A receipt that another check has already; the whole call is then done again with other receipts."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return diagnosis is not None and str(diagnosis.constraint_name).startswith("agencies_check_receipt_")


def _named(weighed: Weighed) -> Iterator[tuple[str, str, str, str]]:
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
            measures_asked=draft.measures_asked,
        ),
        subject={"kind": row.subject_kind, "name": row.subject_name, "id_masked": row.subject_id_masked},
        outcome=draft.weighed.outcome,
        matches=draft.weighed.matches,
        notes=draft.weighed.notes,
        same_name_count=draft.weighed.same_name_count,
        needed=draft.needed,
        limits=draft.weighed.limits,
    )
    row.outcome_hash = outcome_hash(row.answer)


def _audit(results: list[Check | Refused], desk: _Desk) -> None:
    if desk.bulk_id is None:
        for check in results:
            if isinstance(check, Check):
                after = {"receipt": check.receipt, "outcome": check.outcome, "channel": check.channel}
                audit.record(verb="check", target=check, by=desk.user, at=desk.at, after=after)
        return
    answered: int = sum(isinstance(each, Check) for each in results)
    counts = {"bulk": str(desk.bulk_id), "answered": answered, "refused": len(results) - answered}
    audit.record(verb="check_bulk", target=desk.agency, by=desk.user, at=desk.at, after=counts)
