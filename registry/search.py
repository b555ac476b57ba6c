"""Searches of the list: from what was asked to a scoped queryset."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from registry.querysets import ListingQuerySet
from registry.rules.types import Identified, PartyKind
from registry.services.identity import party_keys


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as read: name, identifier, case key, court (code or name), status, kind; "" says nothing."""

    name_key: str = ""
    identified: Identified | None = None
    case_key: str = ""
    court: str = ""
    status: str = ""
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        return not any((self.name_key, self.identified, self.case_key, self.court, self.status, self.kind))


def narrow(listings: ListingQuerySet, asked: Asked) -> ListingQuerySet:
    """The listings among `listings` that answer to everything asked."""
    if asked.name_key:
        listings = listings.named(asked.name_key)
    if asked.identified is not None:
        keys = party_keys(asked.kind or PartyKind.PERSON, asked.identified, "")
        exact = keys.exact
        listings = listings.borne_by(exact, [digest for digest, _ in keys.pairs]) if exact else listings.none()
    if asked.case_key:
        listings = listings.filter(case_key=asked.case_key)
    if asked.court:
        listings = listings.filter(Q(court__code=asked.court) | Q(court__name=asked.court))
    if asked.status:
        listings = listings.filter(status=asked.status)
    if asked.kind:
        listings = listings.filter(kind=asked.kind)
    return listings


def read_key(text: object) -> UUID | None:
    """The key a keyset page goes on after; None, the first page, where it is none."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
