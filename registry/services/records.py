"""Whole listings as one platform hands them to another: JSON whose identifiers are sealed under the pair's secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from registry.choices import ListingStatus
from registry.imports.facts import FACTS, facts_digest
from registry.lifecycle import LIVE
from registry.models import Change, Identifier, Listing, Relation
from registry.services.sealing import fingerprint, seal

MOST_RECORDS = 200
Record = dict[str, Any]

SUBJECT = "subject"


def place(listing: UUID | str, bearer: UUID | str = SUBJECT) -> str:
    """What a sealed value is bound to: the listing and whose number it is (`subject` or a relation's id)."""
    return f"{listing}|{bearer}"


def identifier_text(kind: str, value: str) -> str:
    """What is fingerprinted of an identifier."""
    return f"{kind}:{value}"


def listings_of(listing_ids: Sequence[UUID]) -> list[Listing]:
    """Those of the listings that are announced in the feed, with everything a record says of them."""
    numbered = Prefetch("changes", queryset=Change.objects.numbered(), to_attr="announced")
    found = _with_parties().filter(pk__in=listing_ids).exclude(status=ListingStatus.PENDING)
    return list(found.prefetch_related("subject__former_names", numbered).order_by("pk"))


def _with_parties() -> Any:
    return Listing.objects.select_related("court", "subject").prefetch_related("subject__identifiers", "relations")


def record_of(listing: Listing, *, secret: str | None) -> Record:
    """One listing of `listings_of`; without `secret` its identifiers are left out.

    An ended listing is handed over without numbers: nobody has to find its bearer any more (PIPL art. 6).
    """
    sealing = secret if listing.status in LIVE else None
    return {
        "listing": str(listing.pk),
        "status": listing.status,
        "court": {"code": listing.court.code, "name": listing.court.name, "region": listing.court.region_id},
        "case_key": listing.case_key,
        "name_key": listing.name_key,
        "facts": {name: _plain(getattr(listing, name)) for name in FACTS},
        "id_type": listing.id_type,
        "id_masked": listing.id_masked,
        "id_is_masked": listing.id_is_masked,
        "fingerprint": "" if secret is None else fingerprint_of(listing, secret),
        "listed_at": listing.listed_at.isoformat(),
        "changed_at": listing.changed_at.isoformat(),
        "exit": {
            "ground": listing.exit_ground,
            "ground_text": listing.exit_ground_text,
            "document": listing.exit_document,
            "on": _plain(listing.exit_on),
        },
        "subject": {
            "id": str(listing.subject_id),
            "name": listing.subject.name,
            "name_key": listing.subject.name_key,
            "former_names": [
                {"name": each.name, "name_key": each.name_key, "known_since": each.known_since.isoformat()}
                for each in listing.subject.former_names.all()
            ],
            "identifiers": [] if sealing is None else [_sealed(listing, each, sealing) for each in _numbers(listing)],
        },
        "relations": [_relation(listing, each, sealing) for each in _relations(listing)],
        "history": [
            {
                "number": each.number,
                "kind": each.kind,
                "at": each.at.isoformat(),
                "happened_on": _plain(each.happened_on),
                "ground": each.ground,
                "document_number": each.document_number,
                "before": each.before,
                "after": each.after,
            }
            for each in listing.announced  # type: ignore[attr-defined]
        ],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _numbers(listing: Listing) -> list[Identifier]:
    return sorted(listing.subject.identifiers.all(), key=lambda each: (each.type != listing.id_type, each.type))


def _relations(listing: Listing) -> list[Relation]:
    return sorted(listing.relations.all(), key=lambda each: str(each.pk))


def _sealed(listing: Listing, number: Identifier, secret: str) -> dict[str, Any]:
    return {
        "type": number.type,
        "sealed": seal(number.value or "", secret=secret, place=place(listing.pk)),
        "is_key": bytes(number.digest) == bytes(listing.subject.key),
    }


def _relation(listing: Listing, relation: Relation, secret: str | None) -> dict[str, Any]:
    value = relation.id_value
    return {
        "id": str(relation.pk),
        "role": relation.role,
        "name": relation.name,
        "name_key": relation.name_key,
        "id_type": relation.id_type,
        "id_masked": relation.id_masked,
        "sealed": seal(value, secret=secret, place=place(listing.pk, relation.pk)) if value and secret else None,
        "since": _plain(relation.since),
        "until": _plain(relation.until),
    }


def fingerprint_of(listing: Listing, secret: str) -> str:
    """Of the number the listing's party is known by; empty where there is none in full."""
    numbers = _numbers(listing)
    if not numbers or not listing.subject.is_identified:
        return ""
    return fingerprint(identifier_text(numbers[0].type, numbers[0].value or ""), secret=secret)


# --- the state of the list, by which two platforms compare themselves ----------------------------------------------


def states(
    *,
    after: UUID | None,
    secret: str,
    limit: int | None = None,
    upto: UUID | None = None,
    source_id: int | None = None,
) -> list[tuple[str, str]]:
    """(listing, digest) of the live listings after `after` up to `upto` in the order of their ids, at most `limit`;
    with `source_id` only those mirrored from there.

    The digest is over what both sides hold whatever their own keys are: court, case, status, published facts, masked
    number, fingerprint of the full one, and the people behind a unit.
    """
    found = _with_parties().filter(status__in=[ListingStatus.ACTIVE, ListingStatus.SUSPENDED])
    if after is not None:
        found = found.filter(pk__gt=after)
    if upto is not None:
        found = found.filter(pk__lte=upto)
    if source_id is not None:
        found = found.filter(source_id=source_id)
    return [(str(each.pk), state_digest(each, secret=secret)) for each in found.order_by("pk")[:limit]]


def state_digest(listing: Listing, *, secret: str) -> str:
    """64 hexadecimal digits: equal on both sides exactly when they say the same of the listing."""
    facts: Mapping[str, object] = {name: getattr(listing, name) for name in FACTS}
    content = [
        str(listing.pk),
        listing.court.code,
        listing.case_key,
        listing.status,
        facts_digest(facts).hex(),
        listing.name_key,
        listing.id_type,
        listing.id_masked,
        fingerprint_of(listing, secret),
        [
            [
                str(each.pk),
                each.role,
                each.name,
                each.id_type,
                each.id_masked,
                fingerprint(identifier_text(each.id_type, each.id_value), secret=secret) if each.id_value else "",
                _plain(each.since),
                _plain(each.until),
            ]
            for each in _relations(listing)
        ],
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def state_hash(pairs: Iterable[tuple[str, str]]) -> str:
    """One hash over (listing, digest) pairs in the order of the listings' ids."""
    running = hashlib.sha256()
    for listing, digest in pairs:
        running.update(f"{listing} {digest}\n".encode())
    return running.hexdigest()
