"""The answer to a check as JSON (contract.md §3), put together from plain facts: no database.

Whatever goes in here is stored for ever and handed to other systems: names and masked identifiers, never a person's
full one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from agencies.choices import Outcome

OBJECTION = (
    "向作出决定的执行法院书面提出，何时提出都可以（法释〔2017〕7号第十一条）。"
    "法院自收到之日起15日内审查，理由成立的3个工作日内纠正；"
    "对驳回决定不服的，自决定书送达之日起10日内可以向上一级人民法院申请复议（同上第十二条）。受理单位应当告知当事人这一途径，不代为认定。"
)
UNTIL_THEN = "在此之前不得据此作出不利决定。"
NEEDS_NUMBER = (
    "没有证件号码，未能比对身份：姓名或名称相同不能认定为同一主体。请取得完整证件号码后重新核查，" + UNTIL_THEN
)
NEEDS_FULL_NUMBER = "证件号码不完整，只能提示疑似。请取得完整证件号码后重新核查，" + UNTIL_THEN
NEEDS_CONFIRMATION = "只有部分信息相符，不能认定为同一主体。请核对身份证件，必要时向执行法院核实，" + UNTIL_THEN

SUSPENDED_NOTE = "该条名单信息核实中，不适用任何措施。"
CANDIDATE_NOTE = "只是疑似，须人工核对。"
RELATED_NOTE = "该人员与名单条目有关联，但本单位适用的措施不及于这一身份，不影响本次结果。"


@dataclass(frozen=True, slots=True)
class AnsweredMatch:
    """One listing that the question meets. `name` and `id_masked` are the listed party's, never a related person's.

    `asked_name` is the asked person's own name; `measures` are as the catalogue answers them
    (`measures.services.catalogue`), each a JSON object of contract.md §3.
    """

    listing: str
    level: str
    role: str
    asked: str
    asked_name: str
    name: str
    id_masked: str
    court: str
    case_number: str
    status: str
    until: date | None
    measures: tuple[dict[str, Any], ...] = ()
    # The rule by which this unit's region stays the measures while an objection is heard, or "".
    stay: str = ""


@dataclass(frozen=True, slots=True)
class AnsweredLimit:
    """A limit of an objection, in words: `limit` such as 「10日」, and the document that sets it."""

    key: str
    label: str
    limit: str
    citation: str


@dataclass(frozen=True, slots=True)
class AnsweredNote:
    """Something met that changes nothing (a related person whom no measure of this unit reaches)."""

    asked: str
    role: str
    listing: str
    name: str
    court: str
    case_number: str
    detail: str
    level: str
    status: str


_NAMES = {kind: tuple(each.name for each in fields(kind)) for kind in (AnsweredMatch, AnsweredNote, AnsweredLimit)}


@dataclass(frozen=True, slots=True)
class Head:
    """What the answer says of itself. `nonce`: 16 hex digits, so that nobody can guess an answer from its hash."""

    receipt: str
    checked_at: datetime
    list_version: int
    unit: str
    case_reference: str
    matter: str
    nonce: str
    measures_asked: tuple[str, ...] = ()


def assemble(
    *,
    head: Head,
    subject: dict[str, str],
    outcome: Outcome,
    matches: Sequence[AnsweredMatch],
    notes: Sequence[AnsweredNote],
    same_name_count: int,
    needed: str,
    limits: Sequence[AnsweredLimit] = (),
) -> dict[str, Any]:
    """The answer of contract.md §3.

    `subject`: `{"kind", "name", "id_masked"}` as asked; `needed`: what is missing, or ""; `limits`: of an objection,
    the local ones of the asking unit's region beside the law's.
    """
    return {
        "receipt": head.receipt,
        "outcome": outcome.value,
        "checked_at": head.checked_at.isoformat(timespec="seconds"),
        "list_version": head.list_version,
        "unit": head.unit,
        "matter": head.matter,
        "case_reference": head.case_reference,
        "measures_asked": list(head.measures_asked),
        "subject": subject,
        "matches": [_match(each) for each in matches],
        "notes": [_plain(each) for each in notes],
        "same_name_count": same_name_count,
        "needed": needed,
        "objection": _objection((each.court for each in matches), limits),
        "nonce": head.nonce,
    }


def _match(match: AnsweredMatch) -> dict[str, Any]:
    plain = _plain(match)
    plain["until"] = match.until.isoformat() if match.until else None
    plain["measures"] = list(match.measures)
    return plain


def _plain(each: AnsweredMatch | AnsweredNote | AnsweredLimit) -> dict[str, Any]:
    """The fields as they are: `dataclasses.asdict` would copy every measure to its last letter."""
    return {name: getattr(each, name) for name in _NAMES[type(each)]}


def _objection(courts: Iterable[str], limits: Sequence[AnsweredLimit]) -> dict[str, Any] | None:
    """Where the person turns to: the executing court, not the unit (法释〔2017〕7号 arts. 11-12; 002 §四(二)3)."""
    names = list(dict.fromkeys(courts))
    if not names:
        return None
    return {"to": "、".join(names), "how": OBJECTION, "limits": [_plain(each) for each in limits]}


def needed(outcome: Outcome, *, has_number: bool, is_masked: bool) -> str:
    """What the desk must obtain before anything may be decided; "" when nothing is missing."""
    if not has_number:
        return NEEDS_NUMBER
    if is_masked:
        return NEEDS_FULL_NUMBER
    return NEEDS_CONFIRMATION if outcome is Outcome.POSSIBLE else ""


def canonical(answer: dict[str, Any]) -> str:
    """The answer as one text: keys sorted, no spaces, Chinese as it is; the same for the same stored answer."""
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def outcome_hash(answer: dict[str, Any]) -> str:
    """SHA-256 (hex) of the canonical answer; the receipt's seal."""
    return hashlib.sha256(canonical(answer).encode()).hexdigest()
