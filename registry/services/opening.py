"""The parties of a record from another platform: opened, keyed with our own keys, and joined to subjects here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.crypto import blind_index
from core.ids import uuid7
from registry.choices import ListingStatus, PartyKind, Role
from registry.imports.facts import DATES, FACTS, facts_digest
from registry.lifecycle import LIVE
from registry.models import Listing, MatchKey, Relation, Subject
from registry.rules.identifiers import identity_keys, read_identifier
from registry.rules.types import Identified, IdentifierType
from registry.rules.types import PartyKind as Kind
from registry.services import records
from registry.services.identity import PartyKeys, keyed
from registry.services.sealing import unseal


@dataclass(frozen=True, slots=True)
class OpenedNumber:
    """A full identifier and its digest under our own key; `is_key`: the subject is known by it."""

    type: str
    value: str
    digest: bytes
    is_key: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A record, its values read and its seals opened; nothing of it has been written yet."""

    listing_id: UUID
    status: str
    court: Mapping[str, str]
    case_key: str
    name_key: str
    facts: dict[str, Any]
    id_type: str
    id_masked: str
    id_is_masked: bool
    listed_at: datetime
    changed_at: datetime
    exit: dict[str, Any]
    subject_id: UUID
    subject_name: tuple[str, str]
    former_names: Sequence[Mapping[str, str]]
    numbers: tuple[OpenedNumber, ...]
    relations: tuple[Relation, ...]
    history: Sequence[Mapping[str, Any]]
    fingerprint: str

    @property
    def content(self) -> tuple[Any, ...]:
        """What is compared to see whether anything differs from what stands here."""
        people = sorted((str(r.pk), r.role, r.name, r.id_masked, str(r.since), str(r.until)) for r in self.relations)
        return self.status, facts_digest(self.facts), self.id_type, self.id_masked, self.fingerprint, people

    def keys(self) -> PartyKeys:
        """The digests the listed party is found by."""
        return _keys_of(
            self.facts["kind"], _identified(self.numbers, self.id_masked, self.facts["kind"]), self.name_key
        )

    def match_keys(self) -> list[MatchKey]:
        """Unsaved match keys of the party and of the people who stand behind it."""
        made = [
            MatchKey(digest=digest, kind=kind, role=Role.SUBJECT, listing_id=self.listing_id)
            for digest, kind in self.keys().pairs
        ]
        for each in self.relations:
            if each.until is not None:
                continue
            identified = _of_person(each)
            made += [
                MatchKey(digest=digest, kind=kind, role=each.role, listing_id=self.listing_id, relation=each)
                for digest, kind in _keys_of(PartyKind.PERSON, identified, each.name_key).pairs
            ]
        return made


def open_record(record: records.Record, *, secret: str) -> Opened:
    """Raises SealBroken, and KeyError, ValueError or TypeError where it is not a record at all."""
    listing_id = UUID(record["listing"])
    facts = {name: record["facts"][name] for name in FACTS}
    facts |= {name: _day(facts[name]) for name in DATES}
    ended = record["exit"]
    subject = record["subject"]
    if record["status"] not in ListingStatus.values or record["status"] == ListingStatus.PENDING:
        raise ValueError("a listing that is not announced")
    return Opened(
        listing_id=listing_id,
        status=record["status"],
        court=record["court"],
        case_key=record["case_key"],
        name_key=record["name_key"],
        facts=facts,
        id_type=record["id_type"],
        id_masked=record["id_masked"],
        id_is_masked=bool(record["id_is_masked"]),
        listed_at=datetime.fromisoformat(record["listed_at"]),
        changed_at=datetime.fromisoformat(record["changed_at"]),
        exit={
            "exit_ground": ended["ground"],
            "exit_ground_text": ended["ground_text"],
            "exit_document": ended["document"],
            "exit_on": _day(ended["on"]),
        },
        subject_id=UUID(subject["id"]),
        subject_name=(subject["name"], subject["name_key"]),
        former_names=subject["former_names"],
        numbers=tuple(_open_number(listing_id, facts["kind"], each, secret) for each in subject["identifiers"]),
        relations=tuple(_open_relation(listing_id, each, secret) for each in record["relations"]),
        history=record["history"],
        fingerprint=record["fingerprint"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _open_number(listing_id: UUID, kind: str, sealed: Mapping[str, Any], secret: str) -> OpenedNumber:
    value = unseal(sealed["sealed"], secret=secret, place=records.place(listing_id))
    digest = _keys_of(kind, Identified(IdentifierType(sealed["type"]), canonical=value), "").exact
    assert digest is not None
    return OpenedNumber(sealed["type"], value, digest, bool(sealed["is_key"]))


def _open_relation(listing_id: UUID, sealed: Mapping[str, Any], secret: str) -> Relation:
    place = records.place(listing_id, sealed["id"])
    return Relation(
        id=UUID(sealed["id"]),
        listing_id=listing_id,
        role=sealed["role"],
        name=sealed["name"],
        name_key=sealed["name_key"],
        id_type=sealed["id_type"],
        id_value=None if sealed["sealed"] is None else unseal(sealed["sealed"], secret=secret, place=place),
        id_masked=sealed["id_masked"],
        since=_day(sealed["since"]),
        until=_day(sealed["until"]),
    )


def _identified(numbers: Sequence[OpenedNumber], id_masked: str, kind: str) -> Identified:
    if numbers:
        return Identified(IdentifierType(numbers[0].type), canonical=numbers[0].value)
    return read_identifier(id_masked, kind=Kind(kind))


def _of_person(relation: Relation) -> Identified:
    if relation.id_value:
        return Identified(IdentifierType(relation.id_type), canonical=relation.id_value)
    return read_identifier(relation.id_masked, kind=Kind.PERSON)


def _keys_of(kind: str, identified: Identified, name_key: str) -> PartyKeys:
    return keyed(identity_keys(kind, identified, name_key))


def content_of(listing: Listing, *, secret: str) -> tuple[Any, ...]:
    """`Opened.content` of a listing as it stands here."""
    people = sorted(
        (str(r.pk), r.role, r.name, r.id_masked, str(r.since), str(r.until)) for r in listing.relations.all()
    )
    facts = {name: getattr(listing, name) for name in FACTS}
    return (
        listing.status,
        facts_digest(facts),
        listing.id_type,
        listing.id_masked,
        records.fingerprint_of(listing, secret),
        people,
    )


# --- subjects -------------------------------------------------------------------------------------------------------


def nobody_key(subject_id: UUID) -> bytes:
    """The subject key of a party without a full identifier: nobody but that subject of the other platform."""
    return blind_index(f"mirrored:{subject_id}")


def subjects_of(opened: Sequence[Opened], held: Mapping[UUID, Listing], *, secret: str) -> dict[UUID, UUID]:
    """Listing → subject here, made where there is none; names follow the other platform.

    A record that comes without numbers because it has ended keeps the subject it had, unless that one bears another
    number than the record's fingerprint says.
    """
    wanted: dict[UUID, tuple[bytes, bytes | None, bool]] = {}
    chosen: dict[UUID, UUID] = {}
    for record in opened:
        listing = held.get(record.listing_id)
        if listing is not None and _keeps_subject(record, listing, secret):
            chosen[record.listing_id] = listing.subject_id
        else:
            wanted[record.listing_id] = _subject_key(record)
    by_key = {bytes(each.key): each for each in Subject.objects.filter(key__in={key for key, _, _ in wanted.values()})}
    units = {alt for key, alt, _ in wanted.values() if alt is not None and alt == key and key not in by_key}
    by_alt = {bytes(each.alt_key or b""): each for each in Subject.objects.filter(alt_key__in=units).order_by("-pk")}
    made: dict[bytes, Subject] = {}
    renamed: dict[UUID, Subject] = {}
    for record in opened:
        if record.listing_id in chosen:
            continue
        key, alt, is_identified = wanted[record.listing_id]
        subject = by_key.get(key) or (by_alt.get(alt) if alt is not None and alt == key else None) or made.get(key)
        name, name_key = record.subject_name
        if subject is None:
            subject = made[key] = Subject(
                id=uuid7(), kind=record.facts["kind"], name=name, name_key=name_key, key=key, alt_key=alt,
                is_identified=is_identified,
            )  # fmt: skip
        elif (subject.name, subject.name_key) != (name, name_key):
            subject.name, subject.name_key = name, name_key
            if key not in made:
                renamed[subject.pk] = subject
        chosen[record.listing_id] = subject.pk
    Subject.objects.bulk_create(made.values(), batch_size=1_000)
    Subject.objects.bulk_update(renamed.values(), ["name", "name_key"], batch_size=1_000)
    return chosen


def _keeps_subject(record: Opened, listing: Listing, secret: str) -> bool:
    has_ended = not record.numbers and record.status not in LIVE
    return has_ended and records.fingerprint_of(listing, secret) == record.fingerprint


def _subject_key(record: Opened) -> tuple[bytes, bytes | None, bool]:
    """(key, organisation code's key, whether it is a full identifier's)."""
    number = next((each for each in record.numbers if each.is_key), None) or next(iter(record.numbers), None)
    if number is None:
        return nobody_key(record.subject_id), None, False
    keys = _keys_of(record.facts["kind"], Identified(IdentifierType(number.type), canonical=number.value), "")
    return number.digest, keys.alt, True
