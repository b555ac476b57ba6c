"""What a mirrored listing refers to: its court, its subjects, their numbers and names, the people behind units, and the
match keys, made with our own keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError

from core.errors import DomainError
from registry.lifecycle import LIVE
from registry.models import Court, MatchKey, Region, Relation, Subject, SubjectName
from registry.models import Identifier as Number
from registry.rules.identifiers import display_mask
from registry.services.opening import Opened


class CourtUnknown(DomainError):
    """The record's court lies in a region that is not known here, or its name is taken by another court."""

    code, status, title = "court_unknown", 409, "无法确定法院"


def courts_of(records: Iterable[Opened]) -> dict[str, int]:
    """Primary keys by code; a court not known here is entered under the nearest region that is."""
    wanted = {each.court["code"]: each.court for each in records}
    known: dict[str, int] = dict(Court.objects.filter(code__in=wanted).values_list("code", "pk"))
    for code in sorted(set(wanted) - set(known)):
        region = str(wanted[code]["region"])
        nearest = [region, f"{region[:4]}00", f"{region[:2]}0000", "000000"]
        found = {each.code: each for each in Region.objects.filter(code__in=nearest)}
        above = next((found[each] for each in nearest if each in found), None)
        if above is None or Court.objects.filter(name=wanted[code]["name"]).exists():
            raise CourtUnknown(f"法院代字 {code} 在本平台无法登记，请先建立该法院。")
        known[code] = Court.objects.create(code=code, name=wanted[code]["name"], region=above).pk
    return known


def forget_empty(subject_ids: set[UUID]) -> None:
    """Subjects nobody lists any more: their numbers may be innocent persons'."""
    for subject in Subject.objects.filter(pk__in=subject_ids, listings=None):
        try:
            with transaction.atomic():
                subject.delete()
        except ProtectedError:
            continue


def write_parties(records: Sequence[Opened], subjects: Mapping[UUID, UUID]) -> None:
    """Numbers, former names, relations and match keys of the written listings."""
    Number.objects.bulk_create(
        [
            Number(
                subject_id=subjects[record.listing_id],
                type=number.type,
                value=number.value,
                digest=number.digest,
                masked=display_mask(number.value, number.type),
            )
            for record in records
            for number in record.numbers
        ],
        ignore_conflicts=True,
        batch_size=1_000,
    )
    SubjectName.objects.bulk_create(
        [
            SubjectName(
                subject_id=subjects[record.listing_id],
                name=each["name"],
                name_key=each["name_key"],
                known_since=date.fromisoformat(each["known_since"]),
            )
            for record in records
            for each in record.former_names
        ],
        ignore_conflicts=True,
        batch_size=1_000,
    )
    listing_ids = [record.listing_id for record in records]
    MatchKey.objects.filter(listing_id__in=listing_ids).delete()
    _write_relations(records, listing_ids)
    MatchKey.objects.bulk_create(
        [key for record in records if record.status in LIVE for key in record.match_keys()], batch_size=5_000
    )


def _write_relations(records: Sequence[Opened], listing_ids: list[UUID]) -> None:
    relations = [each for record in records for each in record.relations]
    gone = Relation.objects.filter(listing_id__in=listing_ids)
    gone.exclude(pk__in=[each.pk for each in relations]).delete()
    numbers = {each.pk: each.id_value for each in relations}
    # An ended record comes without numbers: what is on record of its people stays as it is.
    kept = ["role", "name", "name_key", "id_type", "id_masked", "since", "until"]
    ordered = sorted(relations, key=lambda each: (each.until is None, str(each.pk)))
    for rows, columns in (
        ([each for each in ordered if numbers[each.pk] is None], kept),
        ([each for each in ordered if numbers[each.pk] is not None], [*kept, "id_value"]),
    ):
        Relation.objects.bulk_create(
            rows, batch_size=1_000, update_conflicts=True, unique_fields=["id"], update_fields=columns
        )
