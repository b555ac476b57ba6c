"""The catalogue in words and rows, from records already fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

from measures.choices import Advice, Effect, UnitSource
from measures.imports.files import read_codes
from measures.models import LegalBasis, Measure
from measures.rules.review import Standing, names_target_now, standing
from measures.services.catalogue import basis_facts, grouped_bases, measure_advice, unit_names

EFFECT_WORDS = {
    Effect.RESTRICT: "名单主体申请办理该事项时，依法予以限制或者不予办理。",
    Effect.REFERENCE: "把失信信息作为审慎性参考，由单位权衡后决定并说明理由，不得仅据此拒绝。",
    Effect.REVIEW: "对名单主体从严审核、重点核查，由单位权衡后决定并说明理由，不得仅据此拒绝。",
    Effect.TERMINATE: "终止、取消或者收回名单主体已有的资格或权利。",
    Effect.HONOUR: "不授予荣誉称号，已授予的依法撤销。",
    Effect.INSPECT: "列入重点监管，增加检查频次，不影响办理。",
    Effect.NOTIFY: "向有关单位通报名单信息，供其参考。",
    Effect.ASSIST: "协助法院查询、控制名单主体的财产或身份信息。",
    Effect.PROSECUTE: "涉嫌犯罪的，移送司法机关依法追究刑事责任。",
}
ADVICE_WORDS = {
    Advice.REFUSE: "命中且措施适用时，依法予以限制",
    Advice.WEIGH: "权衡后决定，并写明理由；不得仅据此拒绝",
    Advice.ACT: "依本单位职责办理，不影响申请人办事",
    Advice.NONE: "只作公示，不据此对申请人作任何处理",
}
ROLE_WORDS = {
    "subject": "名单主体本人（本单位）",
    "legal_representative": "法定代表人",
    "principal": "主要负责人",
    "actual_controller": "实际控制人",
    "directly_responsible": "影响债务履行的直接责任人员",
    "director": "董事",
    "supervisor": "监事",
    "senior_manager": "高级管理人员",
}
LEVEL = re.compile("^[省市区县]")
PARTY_WORDS = {"person": "自然人", "unit": "单位"}


@dataclass(frozen=True)
class Code:
    code: str
    title: str


@dataclass(frozen=True)
class Family:
    letter: str
    title: str
    codes: tuple[Code, ...]


@cache
def families() -> tuple[Family, ...]:
    """The unified codes by family, in order (codes.yaml)."""
    return tuple(
        Family(each["family"], each["title"], tuple(Code(code["code"], code["title"]) for code in each["codes"]))
        for each in read_codes()
    )


@cache
def code_titles() -> dict[str, str]:
    return {code.code: code.title for family in families() for code in family.codes}


@dataclass(frozen=True)
class Row:
    """One measure in a list. `effects`: its effect and those of its parts; `appendix_units` only where they differ."""

    measure: Measure
    effects: list[str]
    units: str
    appendix_units: str
    has_conflict: bool


def row(measure: Measure) -> Row:
    body = _list_of_units(measure, UnitSource.BODY)
    appendix = _list_of_units(measure, UnitSource.APPENDIX)
    return Row(
        measure,
        list(dict.fromkeys([measure.effect, *(part["effect"] for part in measure.parts)])),
        body,
        appendix if appendix != body else "",
        bool(measure.units_conflict or measure.wording_conflict),
    )


def _list_of_units(measure: Measure, source: str) -> str:
    names = "、".join(unit_names(measure, source))
    if source == UnitSource.BODY:
        return f"{names}等（未列尽）" if measure.units_open_ended and names else names or _printed(measure)
    return f"{names}等（未列尽）" if measure.appendix_units_open_ended and names else names


def _printed(measure: Measure) -> str:
    return measure.units_text if measure.in_body else ""


@dataclass(frozen=True)
class CategoryRows:
    """The measures of one category; `title` is "" in documents that number their measures throughout."""

    title: str
    rows: list[Row]


def by_category(measures: Iterable[Measure]) -> list[CategoryRows]:
    return [
        CategoryRows(f"{category}、{title}" if category else "", [row(measure) for measure in group])
        for (category, title), group in groupby(
            measures, key=lambda measure: (measure.category, measure.category_title)
        )
    ]


@dataclass(frozen=True)
class Cited:
    """One law as a measure cites it. `provisions`: those that stand under their printed number."""

    law: str
    document_number: str
    provisions: str
    gone: list[tuple[str, str]]
    names_target: str
    is_of_document: bool
    says: list[str]
    notes: list[str]


def cited(measure: Measure, on: date) -> list[Cited]:
    return [_cited(group, on) for group in grouped_bases(measure)]


def _cited(group: list[LegalBasis], on: date) -> Cited:
    law = group[0].provision.law
    standings = [(basis, standing(basis_facts(basis), on)) for basis in group]
    targets = [names_target_now(basis_facts(basis), on) for basis in group]
    return Cited(
        law=law.title,
        document_number=law.document_number,
        provisions="、".join(basis.provision.label for basis in group if basis.provision.label),
        gone=[
            (
                basis.provision.label,
                (basis.provision.successor or law.successor) if how is Standing.SUCCEEDED else "",
            )
            for basis, how in standings
            if how is not Standing.IN_FORCE
        ],
        names_target="yes" if "yes" in targets else "unclear" if "unclear" in targets else "no",
        is_of_document=group[0].source == "document",
        says=list(dict.fromkeys(basis.says for basis in group if basis.says)),
        notes=list(dict.fromkeys(basis.note for basis in group if basis.note)),
    )


def description(measure: Measure, on: date) -> dict[str, Any]:
    """What a measure's page says in words."""
    advised = Advice(measure_advice(measure, on))
    return {
        "effect_words": EFFECT_WORDS[Effect(measure.effect)],
        "advice": advised.value,
        "advice_label": advised.label if advised is Advice.NONE else "",
        "advice_words": ADVICE_WORDS[advised],
        "parts": [
            {"effect": part["effect"], "label": Effect(part["effect"]).label, "text": part["text"]}
            for part in measure.parts
        ],
        "reaches": "、".join(ROLE_WORDS[role] for role in measure.reaches),
        "considers": "、".join(ROLE_WORDS[role] for role in measure.considers),
        "party_kinds": "、".join(PARTY_WORDS[kind] for kind in measure.party_kinds),
        "codes": [Code(code, code_titles().get(code, "")) for code in [measure.code, *measure.also_codes] if code],
        "body_units": unit_names(measure, UnitSource.BODY),
        "appendix_units": unit_names(measure, UnitSource.APPENDIX),
        "bases": cited(measure, on),
    }


@dataclass(frozen=True)
class Compared:
    """One unified code in two documents."""

    code: Code
    left: list[Row]
    right: list[Row]
    effect_differs: bool
    units_differ: bool


@dataclass(frozen=True)
class ComparedFamily:
    family: Family
    rows: list[Compared]


@dataclass
class Comparison:
    """Two documents by unified code. `left_only`, `right_only`, `both`: how many codes stand where."""

    families: list[ComparedFamily] = field(default_factory=list)
    left_uncoded: list[Row] = field(default_factory=list)
    right_uncoded: list[Row] = field(default_factory=list)
    both: int = 0
    left_only: int = 0
    right_only: int = 0
    effect_differs: int = 0
    units_differ: int = 0


def compare(left: Iterable[Measure], right: Iterable[Measure]) -> Comparison:
    """Every unified code with the measures that carry it; a difference is told only where both sides have one."""
    sides = [_by_code(left), _by_code(right)]
    comparison = Comparison(left_uncoded=sides[0].get("", []), right_uncoded=sides[1].get("", []))
    for family in families():
        rows = [_compared(code, sides[0].get(code.code, []), sides[1].get(code.code, [])) for code in family.codes]
        comparison.families.append(ComparedFamily(family, rows))
        for each in rows:
            comparison.both += bool(each.left and each.right)
            comparison.left_only += bool(each.left and not each.right)
            comparison.right_only += bool(each.right and not each.left)
            comparison.effect_differs += each.effect_differs
            comparison.units_differ += each.units_differ
    return comparison


def _by_code(measures: Iterable[Measure]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for measure in measures:
        one = row(measure)
        for code in [measure.code, *measure.also_codes]:
            found.setdefault(code, []).append(one)
    return found


def _compared(code: Code, left: list[Row], right: list[Row]) -> Compared:
    both = bool(left and right)
    names = _named(left), _named(right)
    return Compared(
        code,
        left,
        right,
        effect_differs=both and _effects(left) != _effects(right),
        units_differ=all(names) and names[0] != names[1],
    )


def _effects(rows: list[Row]) -> set[str]:
    return {effect for one in rows for effect in one.effects}


def _named(rows: list[Row]) -> set[str]:
    """The units of body and appendix without the level that leads their names: 区财政局 and 市财政局 are alike."""
    return {LEVEL.sub("", name) for one in rows for source in UnitSource for name in unit_names(one.measure, source)}
