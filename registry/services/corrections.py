"""What a correction of a listing may hold, read field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.errors import FieldProblem
from registry.choices import Circumstance, Performance, Sex
from registry.models import Listing
from registry.rules.identifiers import read_identifier
from registry.rules.names import read_name
from registry.rules.types import Identified, PartyKind

_DATES = ("filed_on", "published_on", "decided_on", "term_ends_on")
_TEXTS = ("area", "basis_number", "basis_issuer", "obligation", "performed_part", "unperformed_part", "decision_number")
CORRECTABLE = ("name", "sex", "age", "performance", "circumstances", "publishable", *_DATES, *_TEXTS)


@dataclass(slots=True)
class Correction:
    """Facts that change, with their new values, and the right identifier where the number was wrong or missing."""

    facts: dict[str, Any] = field(default_factory=dict)
    identified: Identified | None = None


def plain(value: Any) -> Any:
    """A fact as a change quotes it (JSON)."""
    return value.isoformat() if isinstance(value, date) else value


def read(listing: Listing, corrections: Mapping[str, Any], *, today: date) -> tuple[Correction, list[FieldProblem]]:
    """Read a correction: only what differs from the listing is kept."""
    correction = Correction()
    problems: list[FieldProblem] = []
    for name, value in corrections.items():
        if name == "id_number":
            _read_number(listing, str(value or ""), today, correction, problems)
        elif name not in CORRECTABLE:
            problems.append(FieldProblem(name, "not_correctable", "这一项不能更正。"))
        else:
            problem = _problem(name, value)
            if problem:
                problems.append(FieldProblem(name, "invalid", problem))
                continue
            new = _clean(name, value)
            if new != getattr(listing, name):
                correction.facts[name] = new
    start = correction.facts.get("decided_on", listing.decided_on)
    end = correction.facts.get("term_ends_on", listing.term_ends_on)
    if start and end and end <= start:
        problems.append(FieldProblem("term_ends_on", "date_order", "期限届满日应晚于决定日期。"))
    return correction, problems


def _read_number(
    listing: Listing, text: str, today: date, correction: Correction, problems: list[FieldProblem]
) -> None:
    identified = read_identifier(text, kind=PartyKind(listing.kind), today=today)
    if identified.problem is not None:
        problems.append(FieldProblem("id_number", identified.problem.code.value, identified.problem.detail))
    elif identified.is_masked:
        problems.append(FieldProblem("id_number", "id_masked", "请填写完整证件号码。"))
    elif identified.is_full:
        correction.identified = identified


def _problem(name: str, value: Any) -> str:
    width: int | None = getattr(Listing._meta.get_field(name), "max_length", None)
    if name == "name":
        return "" if read_name(str(value or "")).key else "姓名或名称不能为空。"
    if name in _DATES:
        return "" if value is None or isinstance(value, date) else "日期无法识别。"
    if name == "age":
        return "" if value is None or (isinstance(value, int) and 0 < value <= 120) else "年龄不合常理。"
    if name == "publishable":
        return "" if isinstance(value, bool) else "请选是或否。"
    known: dict[str, list[str]] = {"sex": Sex.values, "performance": Performance.values}
    if name in known:
        return "" if value in known[name] else "请从列出的各项中选择。"
    if name == "circumstances":
        return "" if set(value or ()) <= set(Circumstance.values) else "请从列出的各项中选择。"
    return f"不能超过{width}字。" if width and len(str(value or "")) > width else ""


def _clean(name: str, value: Any) -> Any:
    if name == "name":
        return read_name(str(value)).display[:200]
    if name == "circumstances":
        return [str(each) for each in value or ()]
    return str(value or "").strip() if name in _TEXTS else value
