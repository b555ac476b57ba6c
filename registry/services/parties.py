"""A judgment debtor in a case as somebody typed it: read by the rules of the list, and its subject found or made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.errors import FieldProblem, NotFound
from core.privacy import redact
from registry.access import Operator
from registry.choices import PartyKind
from registry.models import Court, Identifier, Subject
from registry.rules.case_numbers import read_case_number
from registry.rules.identifiers import display_mask, read_identifier
from registry.rules.names import read_name
from registry.rules.types import CaseNumber, Identified
from registry.rules.types import PartyKind as Kind
from registry.services.identity import PartyKeys, party_keys


@dataclass(frozen=True, slots=True)
class PartyInCase:
    """Who, in which case of which court; `keys` without an exact one where no identifier was given."""

    court: Court
    case: CaseNumber
    kind: str
    name: str
    name_key: str
    identified: Identified
    keys: PartyKeys


def court_of(by: Operator) -> Court:
    """The operator's own court; NotFound for everybody else."""
    found = Court.objects.select_related("region__parent")
    court = found.filter(pk=by.agency.court_id).first() if by.agency is not None and by.agency.court_id else None
    if court is None:
        raise NotFound("您不在任何法院。")
    return court


def read_party(
    *, case_number: str, kind: str, name: str, id_number: str, by: Operator, today: date
) -> tuple[PartyInCase | None, list[FieldProblem]]:
    """Read what was typed; what is wrong is told field by field. `id_number` may be empty, never masked."""
    court, problems = court_of(by), []
    case = read_case_number(case_number)
    if case is None:
        problems.append(FieldProblem("case_number", "case_number_unreadable", "案号无法识别。"))
    elif Court.objects.filter(code=case.court_code).exclude(pk=court.pk).exists():
        problems.append(FieldProblem("case_number", "court_not_yours", "不是本院的案件。"))
    if kind not in PartyKind.values:
        problems.append(FieldProblem("kind", "kind_unknown", "请选自然人或单位。"))
        return None, problems
    read = read_name(name)
    if not read.key:
        problems.append(FieldProblem("name", "name_missing", "请填写姓名或名称。"))
    identified = read_identifier(id_number, kind=Kind(kind), today=today)
    if identified.problem is not None:
        problems.append(FieldProblem("id_number", identified.problem.code.value, identified.problem.detail))
    elif identified.is_masked:
        problems.append(FieldProblem("id_number", "id_masked", "请填写完整的证件号码，或者留空。"))
    if problems or case is None:
        return None, problems
    keys = party_keys(kind, identified, read.key)
    return PartyInCase(court, case, kind, redact(read.display)[:200], read.key[:200], identified, keys), []


def subject_of(kind: str, name: str, name_key: str, keys: PartyKeys) -> Subject:
    """The subject of a full identifier, made where it is new; a unit is also known by the code inside its code."""
    found = Subject.objects.filter(key=keys.exact).first()
    if found is None and keys.alt is not None and keys.exact == keys.alt:
        found = Subject.objects.filter(alt_key=keys.alt).order_by("pk").first()
    return found or Subject.objects.create(
        kind=kind, name=name, name_key=name_key, key=keys.exact, alt_key=keys.alt, is_identified=True
    )


def keep_identifier(subject: Subject, identified: Identified, keys: PartyKeys) -> None:
    """The full identifier of a subject, encrypted, once."""
    assert identified.type is not None
    Identifier.objects.get_or_create(
        type=identified.type.value,
        digest=keys.exact,
        defaults={
            "subject": subject,
            "value": identified.canonical,
            "masked": display_mask(identified.canonical, identified.type),
        },
    )
