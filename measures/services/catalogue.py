"""The catalogue as checks, the API and exports read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection

from measures.choices import UnitSource
from measures.models import Document, LegalBasis, Measure
from measures.rules.advice import NONE, advice
from measures.rules.applicability import (
    BINDING_REASONS,
    SUBJECT,
    Asker,
    Binding,
    MatchFacts,
    MeasureFacts,
    binds,
    counts,
)
from measures.rules.review import BasisFacts, Standing, review_reason, standing, strongest


@dataclass(frozen=True, slots=True)
class BoundMeasure:
    """A measure that binds the asking unit, why, and how a check shows it (contract.md §3)."""

    facts: MeasureFacts
    binding: Binding
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    facts: MeasureFacts
    answer: dict[str, Any]


_loaded: dict[tuple[int, date], tuple[_Entry, ...]] = {}


def catalogue_version() -> int:
    """The current state of the catalogue; 0 before the first load. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM measures_catalogueversion")
        return cursor.fetchone()[0] or 0


def bound_measures(asker: Asker) -> tuple[BoundMeasure, ...]:
    """The measures that bind the unit on `asker.day`, in printed order, document by document.

    Reads the database's catalogue version (one query) and, only when that is new to this process, the catalogue.
    `answer` is a new dict at every call; `rules.applicability.counts` says which of them a match makes count.
    """
    found = []
    for entry in _catalogue(asker.day):
        binding = binds(entry.facts, asker)
        if binding is not None:
            answer = {**entry.answer, "binding": binding.value, "binding_reason": BINDING_REASONS[binding]}
            found.append(BoundMeasure(entry.facts, binding, answer))
    return tuple(found)


def measures_per_kind(askers: Sequence[Asker]) -> list[dict[str, int]]:
    """For each unit, all of one day, how many measures that bind it a listed party of a kind (`person`, `unit`) would
    meet there; those under review are left out. One query however many units ask."""
    if not askers:
        return []
    found = []
    in_effect = [entry.facts for entry in _catalogue(askers[0].day) if entry.answer["advice"] != NONE]
    for asker in askers:
        bound = [facts for facts in in_effect if binds(facts, asker) is not None]
        per_kind = {kind: sum(counts(facts, MatchFacts(SUBJECT, SUBJECT, kind)) for facts in bound) for kind in _KINDS}
        found.append(per_kind)
    return found


_KINDS = ("person", "unit")


def _catalogue(on: date) -> tuple[_Entry, ...]:
    """Every published measure, from memory unless the catalogue has changed since; never kept without a version."""
    version = catalogue_version()
    if (version, on) in _loaded:
        return _loaded[version, on]
    while True:
        measures = Measure.objects.with_everything().order_by("document__source", "document_id", "position")
        entries = tuple(_Entry(measure_facts(measure), measure_answer(measure, on)) for measure in measures)
        again = catalogue_version()
        if again == version:
            break
        version = again
    if version:
        for key in [key for key in _loaded if key[0] != version or abs((key[1] - on).days) > 1]:
            _loaded.pop(key, None)
        _loaded[version, on] = entries
    return entries


def measure_facts(measure: Measure) -> MeasureFacts:
    """What the rules need to know; `measure` comes from `with_everything()`."""
    document = measure.document
    ends = [day for day in (measure.in_force_to, document.in_force_to) if day is not None]
    return MeasureFacts(
        id=measure.pk,
        region=document.region_id,
        reaches=frozenset(measure.reaches),
        considers=frozenset(measure.considers),
        party_kinds=frozenset(measure.party_kinds),
        body_units=frozenset(row.unit_id for row in _responsibilities(measure, UnitSource.BODY)),
        appendix_units=frozenset(row.unit_id for row in _responsibilities(measure, UnitSource.APPENDIX)),
        open_ended=measure.units_open_ended or measure.appendix_units_open_ended,
        incentive=measure.incentive,
        in_force_from=max(measure.in_force_from, document.in_force_from),
        in_force_to=min(ends, default=None),
    )


def basis_facts(basis: LegalBasis) -> BasisFacts:
    provision, law = basis.provision, basis.provision.law
    return BasisFacts(
        names_target=basis.names_target,
        valid_from=provision.valid_from,
        valid_to=provision.valid_to,
        lapsed=provision.lapsed,
        successor=provision.successor,
        successor_names_target=provision.successor_names_target,
        law_valid_from=law.in_force_from,
        law_valid_to=law.in_force_to,
        law_lapsed=law.lapsed,
        law_successor=law.successor,
    )


def review_reason_of(measure: Measure, on: date) -> str:
    """Why the measure is under legal review on that day; "" when it is not."""
    bases = [basis_facts(basis) for basis in measure.legal_bases.all()]
    return review_reason(bases, measure.needs_own_basis, on)


def measure_advice(measure: Measure, on: date) -> str:
    """What a unit bound by the measure is told to do about it (rules.advice)."""
    under_review = measure.under_review or bool(review_reason_of(measure, on))
    return advice(measure.effect, [part["effect"] for part in measure.parts], under_review, measure.incentive)


def measure_answer(measure: Measure, on: date) -> dict[str, Any]:
    """A measure as a check's answer shows it (contract.md §3), one legal basis per provision.

    `units` falls back to the appendix where the body does not print the item; `measure` comes from
    `with_everything()`.
    """
    units = unit_names(measure, UnitSource.BODY) or unit_names(measure, UnitSource.APPENDIX)
    reason = review_reason_of(measure, on) or measure.review_reason
    return {
        "id": str(measure.pk),
        "document": measure.document.doc_number,
        "number": measure.number,
        "title": measure.title,
        "code": measure.code,
        "effect": measure.effect,
        "advice": measure_advice(measure, on),
        "under_review": bool(reason),
        "review_reason": reason,
        "honour_after_listing_only": measure.honour_after_listing_only,
        "units": units,
        "legal_bases": [
            {
                "law": basis.provision.law.title,
                "article": basis.provision.label,
                "in_force": standing(basis_facts(basis), on) is Standing.IN_FORCE,
                "successor": _successor(basis, on),
                "names_target": basis.names_target,
            }
            for basis in measure.legal_bases.all()
        ],
    }


def measure_record(measure: Measure, on: date) -> dict[str, Any]:
    """A measure as the catalogue publishes it (contract.md §3); `measure` comes from `with_everything()`."""
    return {
        "id": str(measure.pk),
        "document": measure.document.doc_number,
        "number": measure.number,
        "version": measure.version,
        "number_assigned": measure.number_assigned,
        "category": measure.category,
        "category_title": measure.category_title,
        "item": measure.item,
        "title": measure.title,
        "title_raw": measure.title_raw,
        "text": measure.text,
        "text_raw": measure.text_raw,
        "code": measure.code,
        "also_codes": measure.also_codes,
        "effect": measure.effect,
        "parts": measure.parts,
        "reaches": measure.reaches,
        "considers": measure.considers,
        "party_kinds": measure.party_kinds,
        "incentive": measure.incentive,
        "honour_after_listing_only": measure.honour_after_listing_only,
        "units": unit_names(measure, UnitSource.BODY),
        "units_text": measure.units_text,
        "units_open_ended": measure.units_open_ended,
        "units_appendix": unit_names(measure, UnitSource.APPENDIX),
        "units_appendix_open_ended": measure.appendix_units_open_ended,
        "units_conflict": bool(measure.units_conflict),
        "units_conflict_note": measure.units_conflict,
        "wording_conflict": bool(measure.wording_conflict),
        "wording_conflict_note": measure.wording_conflict,
        "in_body": measure.in_body,
        "in_appendix": measure.in_appendix,
        "appendix_title": measure.appendix_title,
        "under_review": measure.under_review,
        "review_reason": measure.review_reason,
        "in_force_from": measure.in_force_from.isoformat(),
        "in_force_to": measure.in_force_to.isoformat() if measure.in_force_to else None,
        "notes": measure.notes,
        "legal_bases": [_basis_record(group, on) for group in grouped_bases(measure)],
    }


def document_record(document: Document) -> dict[str, Any]:
    """A document as the catalogue publishes it, without its measures."""
    return {
        "id": document.pk,
        "doc_number": document.doc_number,
        "title": document.title,
        "issuer": document.issuer,
        "forwarded_by": document.forwarded_by,
        "region": document.region_id,
        "region_name": document.region.name,
        "date": document.date.isoformat() if document.date else None,
        "date_text": document.date_text,
        "in_force_from": document.in_force_from.isoformat(),
        "in_force_to": document.in_force_to.isoformat() if document.in_force_to else None,
        "source": document.source,
        "target": document.target,
        "feedback_route": document.feedback_route,
        "notes": document.notes,
    }


def export(on: date) -> dict[str, Any]:
    """The whole catalogue (contract.md §1): every document with its measures of that day, in printed order."""
    measures: dict[int, list[dict[str, Any]]] = {}
    for measure in Measure.objects.current_on(on).with_everything().order_by("document_id", "position"):
        measures.setdefault(measure.document_id, []).append(measure_record(measure, on))
    documents = Document.objects.select_related("region").order_by("source")
    return {
        "documents": [
            {**document_record(document), "measures": measures.get(document.pk, [])} for document in documents
        ]
    }


def grouped_bases(measure: Measure) -> list[list[LegalBasis]]:
    """The legal bases law by law, laws and provisions in printed order."""
    first: dict[int, int] = {}
    bases = list(measure.legal_bases.all())
    for basis in bases:
        first.setdefault(basis.provision.law_id, basis.position)
    bases.sort(key=lambda basis: (first[basis.provision.law_id], basis.position))
    return [list(group) for _, group in groupby(bases, key=lambda basis: basis.provision.law_id)]


def _basis_record(group: list[LegalBasis], on: date) -> dict[str, Any]:
    """One law with its cited provisions. `in_force`: one of them at least stands today under its printed number;
    `successor` says where the others have gone."""
    law = group[0].provision.law
    gone = [(basis.provision.label, successor) for basis in group if (successor := _successor(basis, on))]
    successor = gone[0][1] if len(group) == 1 and gone else "；".join(f"{label}→{new}" for label, new in gone)
    return {
        "law": law.title,
        "document_number": law.document_number,
        "articles": [b.provision.label for b in group if b.provision.label and not b.provision.is_section],
        "sections": [b.provision.label for b in group if b.provision.label and b.provision.is_section],
        "names_target": strongest(basis.names_target for basis in group),
        "in_force": any(standing(basis_facts(basis), on) is Standing.IN_FORCE for basis in group),
        "successor": successor or None,
        "source": group[0].source,
        "says": "".join(dict.fromkeys(basis.says for basis in group if basis.says)),
    }


def _successor(basis: LegalBasis, on: date) -> str | None:
    if standing(basis_facts(basis), on) is not Standing.SUCCEEDED:
        return None
    return basis.provision.successor or basis.provision.law.successor


def _responsibilities(measure: Measure, source: str) -> list[Any]:
    return [row for row in measure.responsibilities.all() if row.source == source]


def unit_names(measure: Measure, source: str) -> list[str]:
    """The units named in the body or in the appendix, in printed order."""
    return [row.unit.name for row in _responsibilities(measure, source)]


def known_measures(ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of `ids` that the catalogue holds."""
    return frozenset(Measure.objects.filter(pk__in=list(ids)).values_list("pk", flat=True))
