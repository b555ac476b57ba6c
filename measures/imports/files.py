"""The catalogue's files, read and brought into the form in which they are stored. No database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from core.errors import InvalidInput
from measures.choices import BasisSource, NamesTarget
from measures.imports.shape import Problems, check_document, check_laws

DIRECTORY = Path(__file__).resolve().parent.parent / "catalogue"
DEFAULTER = "失信被执行人"


@dataclass(frozen=True)
class BasisEntry:
    """One provision that a measure rests on; `label` is "" for a law as a whole."""

    law: str
    label: str
    is_section: bool
    source: str
    says: str
    names_target: str
    note: str


@dataclass(frozen=True)
class MeasureEntry:
    """One measure as its document prints it. `fields` are model fields; `digest` changes with any of all this."""

    number: str
    fields: dict[str, Any]
    body_units: tuple[str, ...]
    appendix_units: tuple[str, ...]
    bases: tuple[BasisEntry, ...]
    digest: str


@dataclass(frozen=True)
class DocumentEntry:
    fields: dict[str, Any]
    region: str
    measures: tuple[MeasureEntry, ...]


@dataclass(frozen=True)
class LawEntry:
    fields: dict[str, Any]
    provisions: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Catalogue:
    """All files of a directory."""

    laws: tuple[LawEntry, ...]
    documents: tuple[DocumentEntry, ...]
    digest: str


def read_catalogue(directory: Path = DIRECTORY) -> Catalogue:
    """Read `laws.yaml` and every `NNN_name.yaml`.

    Raises InvalidInput whose `errors` name the file, the entry and the field of every departure from the shape.
    """
    problems = Problems()
    laws = _load(directory / "laws.yaml", problems)
    keys = check_laws("laws.yaml", laws, problems)
    provisions = {
        law["key"]: {provision.get("label", "") for provision in law["provisions"]}
        for law in (laws["laws"] if keys else ())
        if law.get("key") in keys
    }
    files = {path.name: _load(path, problems) for path in sorted(directory.glob("[0-9]*.yaml"))}
    for name, data in files.items():
        check_document(name, data, provisions, problems)
    if problems.found:
        first = problems.found[0]
        more = f"（共 {len(problems.found)} 处）" if len(problems.found) > 1 else ""
        raise InvalidInput(f"{first.field}：{first.detail}{more}", code="catalogue_shape", errors=problems.found)
    titles = {law["key"]: law["title"] for law in laws["laws"]}
    documents = tuple(_document(data, titles) for data in files.values())
    entries = tuple(_law(law) for law in laws["laws"])
    digest = _digest([[vars(entry) for entry in entries], [vars(entry) for entry in documents]])
    return Catalogue(entries, documents, digest)


def read_codes(directory: Path = DIRECTORY) -> list[dict[str, Any]]:
    """The unified measure codes, family by family: `[{"family", "title", "codes": [{"code", "title"}]}]`."""
    data = yaml.safe_load((directory / "codes.yaml").read_text(encoding="utf-8"))
    return list(data["families"])


def _load(path: Path, problems: Problems) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.add(path.name, "missing", "没有此文件")
    except UnicodeDecodeError:
        problems.add(path.name, "not_utf8", "不是 UTF-8 文本")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.add(path.name, "not_yaml", f"第 {mark.line + 1} 行不是有效的 YAML" if mark else "不是有效的 YAML")
    return None


def _law(law: dict[str, Any]) -> LawEntry:
    provisions = tuple(
        {
            "label": each["label"],
            "valid_from": each["valid_from"],
            "valid_to": each["valid_to"],
            "lapsed": each.get("lapsed", each["valid_to"] is not None),
            "successor": each["successor"],
            "successor_names_target": each.get("successor_names_target", ""),
        }
        for each in law["provisions"]
    )
    fields = {name: value for name, value in law.items() if name != "provisions"}
    return LawEntry({"title_raw": "", "source_note": "", "lapsed": False, **fields}, provisions)


def _document(data: dict[str, Any], titles: dict[str, str]) -> DocumentEntry:
    document = data["document"]
    fields = {name: value for name, value in document.items() if name not in {"region", "cites", "forwarded_region"}}
    fields = {"date_text": "", "forwarded_by": "", **fields}
    measures = tuple(
        _measure(position, measure, document, titles) for position, measure in enumerate(data["measures"], 1)
    )
    return DocumentEntry(fields, document["region"], measures)


def _measure(position: int, entry: dict[str, Any], document: dict[str, Any], titles: dict[str, str]) -> MeasureEntry:
    appendix = entry.get("appendix") or {}
    fields = {name: value for name, value in entry.items() if name not in {"units", "legal_bases", "appendix"}}
    for name in ("title_raw", "text", "text_raw"):
        fields[name] = (entry.get(name) or "").strip()
    fields |= {
        "also_codes": entry.get("also_codes", []),
        "number_assigned": entry.get("number_assigned", False),
        "position": position,
        "appendix_title": appendix.get("title", ""),
        "appendix_title_raw": appendix.get("title_raw", ""),
        "appendix_units_text": appendix.get("units_text", ""),
        "appendix_units_open_ended": appendix.get("units_open_ended", False),
    }
    bases = _own_bases(entry) or ([] if entry["needs_own_basis"] else _document_bases(document, titles))
    body_units, appendix_units = tuple(entry["units"]), tuple(appendix.get("units", ()))
    content = {name: value for name, value in fields.items() if name != "position"}
    digest = _digest([content, body_units, appendix_units, [vars(basis) for basis in bases]])
    return MeasureEntry(entry["number"], fields, body_units, appendix_units, tuple(bases), digest)


def _own_bases(entry: dict[str, Any]) -> list[BasisEntry]:
    bases: dict[tuple[str, str], BasisEntry] = {}
    for basis in entry["legal_bases"]:
        labels = [(label, False) for label in basis["articles"]] + [(label, True) for label in basis["sections"]]
        for label, is_section in labels or [("", False)]:
            bases.setdefault(
                (basis["law"], label),
                BasisEntry(
                    basis["law"],
                    label,
                    is_section,
                    BasisSource.MEASURE.value,
                    basis["says"],
                    basis["names_target"],
                    basis.get("note", ""),
                ),
            )
    return list(bases.values())


def _document_bases(document: dict[str, Any], titles: dict[str, str]) -> list[BasisEntry]:
    """What the document's preamble names, for measures without a basis of their own. A policy whose title speaks of
    judgment defaulters names them (中办发〔2016〕64号); of the others it is not settled (domain.md §6)."""
    return [
        BasisEntry(
            law=key,
            label="",
            is_section=False,
            source=BasisSource.DOCUMENT.value,
            says="",
            names_target=(NamesTarget.YES if DEFAULTER in titles[key] else NamesTarget.UNCLEAR).value,
            note="",
        )
        for key in document["cites"]
    ]


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else vars(value)
