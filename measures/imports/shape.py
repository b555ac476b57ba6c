"""The shape that the catalogue's YAML files must have; every departure is named with its file and entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.errors import FieldProblem
from measures.choices import Effect, LawKind, NamesTarget
from measures.rules.applicability import CONSIDERED_ROLES, RELATED_ROLES, SUBJECT

ROLES = (SUBJECT, *RELATED_ROLES)

# field: kind of value; the *_OPTIONAL ones may be left out
TEXT, FLAG, TEXTS, DAY, LIST, DAY_OR_NONE = "text", "flag", "texts", "day", "list", "day?"
KINDS = {
    TEXT: (str, "应为文字"),
    FLAG: (bool, "应为 true 或 false"),
    LIST: (list, "应为列表"),
}

DOCUMENT = {
    "doc_number": TEXT,
    "title": TEXT,
    "issuer": TEXT,
    "region": TEXT,
    "date": DAY_OR_NONE,
    "in_force_from": DAY,
    "in_force_to": DAY_OR_NONE,
    "source": TEXT,
    "target": TEXT,
    "feedback_route": TEXT,
    "cites": TEXTS,
    "notes": TEXTS,
}
DOCUMENT_OPTIONAL = {"date_text": TEXT, "forwarded_by": TEXT, "forwarded_region": TEXT}
MEASURE = {
    "number": TEXT,
    "category": TEXT,
    "category_title": TEXT,
    "item": TEXT,
    "code": TEXT,
    "title": TEXT,
    "effect": TEXT,
    "parts": LIST,
    "reaches": TEXTS,
    "considers": TEXTS,
    "party_kinds": TEXTS,
    "honour_after_listing_only": FLAG,
    "incentive": FLAG,
    "needs_own_basis": FLAG,
    "units": TEXTS,
    "units_open_ended": FLAG,
    "units_text": TEXT,
    "in_body": FLAG,
    "in_appendix": FLAG,
    "units_conflict": TEXT,
    "wording_conflict": TEXT,
    "notes": TEXTS,
    "legal_bases": LIST,
}
MEASURE_OPTIONAL = {
    "title_raw": TEXT,
    "text": TEXT,
    "text_raw": TEXT,
    "also_codes": TEXTS,
    "number_assigned": FLAG,
    "appendix": "appendix",
}
APPENDIX = {"title": TEXT, "units": TEXTS, "units_open_ended": FLAG, "units_text": TEXT}
APPENDIX_OPTIONAL = {"title_raw": TEXT}
PART = {"effect": TEXT, "text": TEXT}
BASIS = {"law": TEXT, "articles": TEXTS, "sections": TEXTS, "says": TEXT, "names_target": TEXT}
BASIS_OPTIONAL = {"note": TEXT}
LAW = {
    "key": TEXT,
    "title": TEXT,
    "document_number": TEXT,
    "kind": TEXT,
    "issuer": TEXT,
    "in_force_from": DAY_OR_NONE,
    "in_force_to": DAY_OR_NONE,
    "successor": TEXT,
    "provisions": LIST,
}
LAW_OPTIONAL = {"title_raw": TEXT, "source_note": TEXT, "lapsed": FLAG}
PROVISION = {"label": TEXT, "valid_from": DAY_OR_NONE, "valid_to": DAY_OR_NONE, "successor": TEXT}
PROVISION_OPTIONAL = {"lapsed": FLAG, "successor_names_target": TEXT}


class Problems:
    """What is wrong with the files, each with its place: `001_laiwu.yaml 措施 4 units`."""

    def __init__(self) -> None:
        self.found: list[FieldProblem] = []

    def add(self, place: str, code: str, detail: str) -> None:
        self.found.append(FieldProblem(place, code, detail))

    def fields(self, place: str, value: Any, required: Mapping[str, str], optional: Mapping[str, str]) -> bool:
        """Whether `value` is a mapping with all required fields, no unknown ones, each of its kind."""
        before = len(self.found)
        if not isinstance(value, dict):
            self.add(place, "not_a_mapping", "应为字段与值的对照")
            return False
        for name in required.keys() - value.keys():
            self.add(f"{place} {name}", "missing", "缺少此项")
        for name, content in value.items():
            kind = required.get(name) or optional.get(name)
            if kind is None:
                self.add(f"{place} {name}", "unknown_field", "不认识此项")
            elif sentence := _fault(kind, content):
                self.add(f"{place} {name}", "wrong_kind", sentence)
        return len(self.found) == before

    def one_of(self, place: str, value: str, allowed: Any) -> None:
        if value not in allowed:
            self.add(place, "unknown_value", f"不认识“{value}”，应为 {'、'.join(allowed)} 之一")


def _fault(kind: str, value: Any) -> str:
    if kind in {DAY, DAY_OR_NONE}:
        is_day = isinstance(value, date) or (value is None and kind == DAY_OR_NONE)
        return "" if is_day else "应为日期"
    if kind == TEXTS:
        is_texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return "" if is_texts else "应为文字列表"
    if kind == "appendix":
        return "" if isinstance(value, dict) else "应为字段与值的对照"
    expected, sentence = KINDS[kind]
    return "" if isinstance(value, expected) else sentence


def check_laws(name: str, data: Any, problems: Problems) -> set[str]:
    """Check laws.yaml; returns the keys of its laws."""
    keys: set[str] = set()
    if not problems.fields(name, data, {"laws": LIST}, {}):
        return keys
    for index, law in enumerate(data["laws"], 1):
        place = f"{name} 法律 {law.get('key', index) if isinstance(law, dict) else index}"
        if not problems.fields(place, law, LAW, LAW_OPTIONAL):
            continue
        if law["key"] in keys:
            problems.add(place, "duplicate", "重复")
        keys.add(law["key"])
        problems.one_of(f"{place} kind", law["kind"], LawKind.values)
        labels = set()
        for provision in law["provisions"]:
            label = provision.get("label", "?") if isinstance(provision, dict) else "?"
            here = f"{place} {label}"
            if problems.fields(here, provision, PROVISION, PROVISION_OPTIONAL):
                if label in labels:
                    problems.add(here, "duplicate", "重复")
                labels.add(label)
                if provision.get("successor_names_target"):
                    problems.one_of(here, provision["successor_names_target"], NamesTarget.values)
    return keys


def check_document(name: str, data: Any, laws: Mapping[str, set[str]], problems: Problems) -> None:
    """Check one document's file against its shape and against the provisions that laws.yaml holds."""
    if not problems.fields(name, data, {"document": "appendix", "measures": LIST}, {}):
        return
    if problems.fields(f"{name} 文件", data["document"], DOCUMENT, DOCUMENT_OPTIONAL):
        for key in data["document"]["cites"]:
            problems.one_of(f"{name} 文件 cites", key, laws)
    seen: set[str] = set()
    for index, measure in enumerate(data["measures"], 1):
        number = measure.get("number", f"#{index}") if isinstance(measure, dict) else f"#{index}"
        place = f"{name} 措施 {number}"
        if number in seen:
            problems.add(place, "duplicate", "编号重复")
        seen.add(number)
        if problems.fields(place, measure, MEASURE, MEASURE_OPTIONAL):
            _check_measure(place, measure, laws, problems)


def _check_measure(place: str, measure: dict[str, Any], laws: Mapping[str, set[str]], problems: Problems) -> None:
    problems.one_of(f"{place} effect", measure["effect"], Effect.values)
    for part in measure["parts"]:
        if problems.fields(f"{place} parts", part, PART, {}):
            problems.one_of(f"{place} parts", part["effect"], Effect.values)
    for field, allowed in (
        ("reaches", ROLES),
        ("considers", CONSIDERED_ROLES),
        ("party_kinds", ("person", "unit")),
    ):
        for value in measure[field]:
            problems.one_of(f"{place} {field}", value, allowed)
    if measure["in_appendix"] != ("appendix" in measure):
        problems.add(f"{place} appendix", "appendix_mismatch", "in_appendix 与 appendix 不一致")
    if "appendix" in measure:
        problems.fields(f"{place} appendix", measure["appendix"], APPENDIX, APPENDIX_OPTIONAL)
    for basis in measure["legal_bases"]:
        _check_basis(place, basis, laws, problems)


def _check_basis(place: str, basis: Any, laws: Mapping[str, set[str]], problems: Problems) -> None:
    if not problems.fields(f"{place} legal_bases", basis, BASIS, BASIS_OPTIONAL):
        return
    here = f"{place} legal_bases {basis['law']}"
    problems.one_of(f"{here} names_target", basis["names_target"], NamesTarget.values)
    if basis["law"] not in laws:
        problems.add(here, "unknown_law", "laws.yaml 中没有此项")
        return
    for label in [*basis["articles"], *basis["sections"]]:
        if label not in laws[basis["law"]]:
            problems.add(f"{here} {label}", "unknown_provision", "laws.yaml 的该法中没有此条款")
