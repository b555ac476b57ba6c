"""What a unit asks, read into what may be kept of it: names, masked forms and keyed digests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from agencies.choices import AskedRole
from registry.choices import IdentifierType, KeyKind, PartyKind
from registry.rules import types
from registry.rules.identifiers import read_identifier
from registry.rules.names import read_name
from registry.services.identity import party_keys
from registry.services.matching import AskedParty

ROLES, KINDS, ID_TYPES = frozenset(AskedRole.values), frozenset(PartyKind.values), frozenset(IdentifierType.values)
PERSONAL = frozenset(types.IdentifierType) - types.UNIT_IDENTIFIERS - {types.IdentifierType.OTHER}
NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody asked about.

    `kind`: person or unit; `id_number`: as typed, full, masked or ""; `id_type`: "" where the number shall tell.
    """

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
    """One applicant in one case.

    `matter`: code or name of the unit's business item, or free text; `measures`: only these, all where empty.
    """

    subject: Party
    case_reference: str
    related: tuple[Related, ...] = ()
    matter: str = ""
    measures: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that cannot be asked; nothing of it is stored. `field`: a dotted path such as `subject.id_number`."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReadParty:
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


class _Unreadable(Exception):
    """Carries the refusal of one field out of the reading."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(code)
        self.refusal = Refused(field, code, detail)


def read_question(question: Question, at: datetime) -> list[ReadParty] | Refused:
    """The applicant first, then the related persons; or why the question cannot be asked."""
    try:
        _require_text(question.case_reference, "case_reference", "办件号", 100)
        _refuse_number(question.matter, "matter")
        subject = question.subject
        parties = [
            _read_party(subject.kind, subject.name, subject.id_number, subject.id_type, "subject", "subject", at)
        ]
        for index, person in enumerate(question.related):
            field = f"related.{index}"
            if person.role not in ROLES:
                raise _Unreadable(f"{field}.role", "role_unknown", "关联人员的身份不在可选范围内。")
            parties.append(
                _read_party(PartyKind.PERSON, person.name, person.id_number, person.id_type, person.role, field, at)
            )
    except _Unreadable as error:
        return error.refusal
    return parties


def _read_party(kind: str, name: str, id_number: str, id_type: str, asked: str, field: str, at: datetime) -> ReadParty:
    if kind not in KINDS:
        raise _Unreadable(f"{field}.kind", "kind_unknown", "类型只能是自然人（person）或单位（unit）。")
    if id_type and id_type not in ID_TYPES:
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
    return ReadParty(
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
