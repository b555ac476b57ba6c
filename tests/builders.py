"""A fixed cast and small builders of records. Synthetic persons use sequence code 000."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from agencies.models import Agency, User
from core.crypto import blind_index
from measures.models import NamedUnit
from registry.choices import KeyKind, ListingStatus
from registry.models import (
    Court,
    Identifier,
    Listing,
    MatchKey,
    Region,
    Relation,
    Subject,
)
from registry.rules.identifiers import (
    display_mask,
    read_identifier,
    resident_check_character,
)
from registry.rules.names import fold
from registry.rules.types import PartyKind
from registry.services.identity import party_keys, unidentified_key

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, a Friday
TODAY = date(2026, 11, 20)
PASSWORD = "demo-2026-test"

_serial = count(1)


def person_id(area: str = "370116", born: str = "19900101", sequence: str = "000") -> str:
    """A resident id that no real person has."""
    body = f"{area}{born}{sequence}"
    return body + resident_check_character(body)


def another_person_id() -> str:
    """A different synthetic resident id at every call."""
    n = next(_serial)
    return person_id(born=f"{1950 + n % 50}{1 + n // 50 % 12:02}{1 + n // 600 % 28:02}")


def make_region(code: str = "370116", name: str = "莱芜区") -> Region:
    """A district with its city, province and country above it."""
    above = None
    for parent, parent_name in (
        ("000000", "全国"),
        (f"{code[:2]}0000", "省"),
        (f"{code[:4]}00", "市"),
    ):
        if parent != code:
            above, _ = Region.objects.get_or_create(code=parent, defaults={"name": parent_name, "parent": above})
    return Region.objects.get_or_create(code=code, defaults={"name": name, "parent": above})[0]


def make_court(code: str = "鲁0116", name: str = "莱芜区人民法院", region: Region | None = None) -> Court:
    return Court.objects.get_or_create(code=code, defaults={"name": name, "region": region or make_region()})[0]


def make_agency(
    name: str = "莱芜区财政局",
    *,
    kind: str = "agency",
    region: Region | None = None,
    court: Court | None = None,
    units: tuple[str, ...] = (),
) -> Agency:
    region = region or (court.region if court else make_region())
    agency, _ = Agency.objects.get_or_create(name=name, defaults={"kind": kind, "region": region, "court": court})
    for unit in units:
        agency.named_units.add(NamedUnit.objects.get_or_create(region=region, name=unit)[0])
    return agency


def make_user(username: str, role: str, agency: Agency | None = None) -> User:
    user = User(username=username, display_name=username, role=role, agency=agency)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_clerk(username: str = "clerk", court: Court | None = None) -> User:
    court = court or make_court()
    return make_user(username, "clerk", make_agency(court.name, kind="court", court=court))


def make_reviewer(username: str = "reviewer", court: Court | None = None) -> User:
    court = court or make_court()
    return make_user(username, "reviewer", make_agency(court.name, kind="court", court=court))


def make_staff(username: str = "finance", agency: Agency | None = None) -> User:
    return make_user(username, "agency_staff", agency or make_agency(units=("区财政局",)))


def make_office(username: str = "office") -> User:
    return make_user(username, "credit_office", make_agency("莱芜区信用办", kind="credit_office"))


def make_listing(
    name: str = "王试例",
    id_number: str | None = None,
    *,
    court: Court | None = None,
    kind: str = "person",
    case_number: str | None = None,
    status: str = ListingStatus.ACTIVE,
    **facts: Any,
) -> Listing:
    """A listing with its subject, identifier and match keys, as a batch would have left it.

    `id_number`: a full or masked identifier; None for one of its own; "" for none.
    """
    court = court or make_court()
    n = next(_serial)
    case_number = case_number or f"（2020）{court.code}执{n}号"
    case_key = f"2020|{court.code}|执|{n}"
    if id_number is None:
        id_number = another_person_id()
    identified = read_identifier(id_number, kind=PartyKind(kind), today=TODAY)
    assert identified.problem is None, identified.problem
    name_key = fold(name)
    keys = party_keys(kind, identified, name_key)
    subject_key = keys.exact or unidentified_key(court.code, case_key, kind, name_key)
    subject, created = Subject.objects.get_or_create(
        key=subject_key,
        defaults={
            "kind": kind,
            "name": name,
            "name_key": name_key,
            "alt_key": keys.alt,
            "is_identified": keys.exact is not None,
        },
    )
    if created and identified.is_full and identified.type is not None:
        Identifier.objects.create(
            subject=subject,
            type=identified.type.value,
            value=identified.canonical,
            digest=keys.exact,
            masked=display_mask(identified.canonical, identified.type),
        )
    listing = Listing.objects.create(
        subject=subject,
        court=court,
        status=status,
        kind=kind,
        name=name,
        name_key=name_key,
        id_type=identified.type.value if identified.type else "",
        id_masked=identified.masked_display,
        id_is_masked=identified.is_masked,
        case_number=case_number,
        case_key=case_key,
        listed_at=NOW,
        changed_at=NOW,
        content_digest=blind_index(f"content {n}") * 2,
        **facts,
    )
    if status in {ListingStatus.ACTIVE, ListingStatus.SUSPENDED, ListingStatus.PENDING}:
        MatchKey.objects.bulk_create(
            MatchKey(digest=digest, kind=key, role="subject", listing=listing) for digest, key in keys.pairs
        )
    return listing


def make_relation(
    listing: Listing,
    name: str = "李关联",
    id_number: str | None = None,
    role: str = "legal_representative",
) -> Relation:
    """A person behind a listed unit, findable through the listing's match keys."""
    id_number = another_person_id() if id_number is None else id_number
    identified = read_identifier(id_number, kind=PartyKind.PERSON, today=TODAY)
    name_key = fold(name)
    relation = Relation.objects.create(
        listing=listing,
        role=role,
        name=name,
        name_key=name_key,
        id_type=identified.type.value if identified.type else "",
        id_value=identified.canonical or None,
        id_masked=identified.masked_display,
    )
    MatchKey.objects.bulk_create(
        MatchKey(
            digest=digest,
            kind=KeyKind(kind),
            role=role,
            listing=listing,
            relation=relation,
        )
        for digest, kind in party_keys("person", identified, name_key).pairs
    )
    return relation
