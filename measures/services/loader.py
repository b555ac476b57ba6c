"""Bring the database's catalogue to the state of the shipped files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, models, transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.audit import Actor
from core.errors import InvalidInput
from measures.choices import UnitSource
from measures.imports.files import Catalogue, DocumentEntry, MeasureEntry
from measures.models import CatalogueVersion, Document, Law, LegalBasis, Measure, NamedUnit, Provision, Responsibility
from measures.services.catalogue import review_reason_of
from registry.models import Region
from registry.services.reference import load_reference_data

NAMESPACE = uuid5(NAMESPACE_URL, "urn:joint-discipline:measure")
LOCK = 0x6D656173  # "meas": one load at a time


@dataclass
class DocumentReport:
    """What a load did to one document: numbers of measures, as printed."""

    doc_number: str
    total: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)


@dataclass
class LoadReport:
    """What a load did. `version` is the catalogue version afterwards; `is_changed` False: the files held no news."""

    documents: list[DocumentReport] = field(default_factory=list)
    laws: int = 0
    other_changes: list[str] = field(default_factory=list)
    reviewed: list[str] = field(default_factory=list)
    version: int = 0
    is_changed: bool = False


def measure_id(doc_number: str, number: str, version: int) -> UUID:
    """The same measure has the same id in every installation."""
    return uuid5(NAMESPACE, f"{doc_number}|{number}|{version}")


@transaction.atomic
def load_catalogue(*, catalogue: Catalogue, by: Actor, at: datetime) -> LoadReport:
    """Load or update every document of `catalogue`; loading the same files again changes nothing.

    A published measure is never rewritten (design.md §3): a changed one ends the day before `at` and goes on as its
    next version, a withdrawn one ends the day before. Whether a measure is under legal review is a finding about the
    version, judged anew on the day of every load. A load that changes anything makes a new catalogue version, one
    audit entry and the event `catalogue.changed` with `{"version", "replaced": [[old id, new id]]}`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    today = localdate(at)
    report = LoadReport(laws=len(catalogue.laws))
    _require_regions({document.region for document in catalogue.documents})
    provisions = _load_laws(catalogue, report)
    replaced: list[list[str]] = []
    for entry in catalogue.documents:
        report.documents.append(_load_document(entry, provisions, today, replaced, report))
    _judge_reviews(today, report)
    moved = any(each.added or each.changed or each.withdrawn for each in report.documents)
    report.is_changed = bool(moved or report.other_changes or report.reviewed)
    newest = CatalogueVersion.objects.order_by("-pk").first()
    if report.is_changed or newest is None:
        newest = CatalogueVersion.objects.create(loaded_at=at, digest=catalogue.digest)
        audit.record(verb="load_catalogue", target=newest, by=by, at=at, after=_summary(report))
        outbox.emit("catalogue.changed", version=newest.pk, replaced=replaced)
    report.version = newest.pk
    return report


def _summary(report: LoadReport) -> dict[str, Any]:
    return {
        "documents": {
            each.doc_number: {"added": each.added, "changed": each.changed, "withdrawn": each.withdrawn}
            for each in report.documents
            if each.added or each.changed or each.withdrawn
        },
        "other": report.other_changes,
        "reviewed": report.reviewed,
    }


def _require_regions(codes: set[str]) -> None:
    """Load the shipped regions where one is missing; those of a database that has them all stay untouched."""
    if codes <= _known_regions(codes):
        return
    load_reference_data()
    if missing := codes - _known_regions(codes):
        raise InvalidInput(f"没有这些地区：{'、'.join(sorted(missing))}", code="unknown_region")


def _known_regions(codes: set[str]) -> set[str]:
    return set(Region.objects.filter(code__in=codes).values_list("code", flat=True))


def _set(record: models.Model, fields: Mapping[str, Any]) -> list[str]:
    """Set what differs; returns the names of the fields set."""
    differing = [name for name, value in fields.items() if getattr(record, name) != value]
    for name in differing:
        setattr(record, name, fields[name])
    return differing


def _load_laws(catalogue: Catalogue, report: LoadReport) -> dict[tuple[str, str], Provision]:
    """Laws and provisions are kept up to date in place: they record what the world's laws are."""
    laws = {law.key: law for law in Law.objects.all()}
    provisions = {(each.law.key, each.label): each for each in Provision.objects.select_related("law")}
    sections = {
        (basis.law, basis.label): basis.is_section
        for document in catalogue.documents
        for measure in document.measures
        for basis in measure.bases
    }
    for entry in catalogue.laws:
        known_law = laws.get(entry.fields["key"])
        law = known_law or Law(key=entry.fields["key"])
        if (differing := _set(law, entry.fields)) or known_law is None:
            law.save()
            report.other_changes.append(f"法律 {law.key}：{'、'.join(differing)}")
        wanted = [{"label": "", "is_section": False}] if (law.key, "") in sections else []
        for fields in [*entry.provisions, *wanted]:
            label = fields["label"]
            known = provisions.get((law.key, label))
            provision = known or Provision(law=law, label=label)
            differing = _set(provision, {**fields, "is_section": sections.get((law.key, label), False)})
            if differing or known is None:
                provision.save()
                provisions[law.key, label] = provision
                report.other_changes.append(f"条款 {law.key} {label}：{'、'.join(differing)}")
    return provisions


def _load_document(
    entry: DocumentEntry,
    provisions: Mapping[tuple[str, str], Provision],
    today: date,
    replaced: list[list[str]],
    report: LoadReport,
) -> DocumentReport:
    done = DocumentReport(entry.fields["doc_number"], total=len(entry.measures))
    document = _update_document(entry, report)
    newest = {measure.number: measure for measure in document.measures.order_by("version")}
    units = {unit.name: unit for unit in NamedUnit.objects.filter(region_id=entry.region)}
    for each in entry.measures:
        old = newest.pop(each.number, None)
        is_live = old is not None and old.in_force_to is None
        if old is not None and is_live and old.content_digest == each.digest:
            if old.position != each.fields["position"]:
                Measure.objects.filter(pk=old.pk).update(position=each.fields["position"])
            continue
        starts = document.in_force_from if old is None else _day_after(old, today)
        new = _publish(document, each, units, provisions, version=old.version + 1 if old else 1, starts=starts)
        (done.changed if is_live else done.added).append(each.number)
        if old is not None:
            replaced.append([str(old.pk), str(new.pk)])
    for number, old in newest.items():
        if old.in_force_to is None:
            _end(old, today)
            done.withdrawn.append(number)
    return done


def _update_document(entry: DocumentEntry, report: LoadReport) -> Document:
    doc_number = entry.fields["doc_number"]
    found = Document.objects.filter(doc_number=doc_number).first()
    document = found or Document(doc_number=doc_number)
    if (differing := _set(document, {**entry.fields, "region_id": entry.region})) or found is None:
        document.save()
        report.other_changes.append(f"文件 {doc_number}：{'、'.join(differing)}")
    return document


def _day_after(old: Measure, today: date) -> date:
    """The first day of the version after `old`, which ends now if it has not ended before."""
    last = old.in_force_to or _end(old, today)
    return max(last + timedelta(days=1), today)


def _end(measure: Measure, today: date) -> date:
    """End a version the day before `today`; one that began today or later lasts its first day. Returns its last day."""
    last = max(today - timedelta(days=1), measure.in_force_from)
    Measure.objects.filter(pk=measure.pk).update(in_force_to=last)
    return last


def _publish(
    document: Document,
    entry: MeasureEntry,
    units: dict[str, NamedUnit],
    provisions: Mapping[tuple[str, str], Provision],
    *,
    version: int,
    starts: date,
) -> Measure:
    measure = Measure.objects.create(
        id=measure_id(document.doc_number, entry.number, version),
        document=document,
        version=version,
        content_digest=entry.digest,
        in_force_from=starts,
        **entry.fields,
    )
    for source, names in ((UnitSource.BODY, entry.body_units), (UnitSource.APPENDIX, entry.appendix_units)):
        for position, name in enumerate(dict.fromkeys(names), 1):
            if name not in units:
                units[name] = NamedUnit.objects.get_or_create(region_id=document.region_id, name=name)[0]
            Responsibility.objects.create(measure=measure, unit=units[name], source=source, position=position)
    LegalBasis.objects.bulk_create(
        LegalBasis(
            measure=measure,
            provision=provisions[basis.law, basis.label],
            position=position,
            source=basis.source,
            says=basis.says,
            names_target=basis.names_target,
            note=basis.note,
        )
        for position, basis in enumerate(entry.bases, 1)
    )
    return measure


def _judge_reviews(today: date, report: LoadReport) -> None:
    """Judge every live version anew; findings that differ from those on record are written and reported."""
    for measure in Measure.objects.filter(in_force_to__isnull=True).with_everything():
        reason = review_reason_of(measure, today)
        if reason != measure.review_reason:
            Measure.objects.filter(pk=measure.pk).update(under_review=bool(reason), review_reason=reason)
            report.reviewed.append(f"{measure.document.doc_number} {measure.number}：{reason or '已有依据'}")
