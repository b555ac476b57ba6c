"""The match keys of one listing, when its identity or its name has been corrected."""

from datetime import date

from registry.choices import KeyKind, Role
from registry.models import Listing, MatchKey
from registry.rules.identifiers import read_identifier
from registry.rules.types import Identified, PartyKind
from registry.services.identity import party_keys


def write_subject_keys(listing: Listing, identified: Identified) -> None:
    """Replace the keys of the listed subject by those of `identified` and the listing's name."""
    MatchKey.objects.filter(listing=listing, role=Role.SUBJECT).delete()
    MatchKey.objects.bulk_create(
        MatchKey(digest=digest, kind=KeyKind(kind), role=Role.SUBJECT, listing=listing)
        for digest, kind in party_keys(listing.kind, identified, listing.name_key).pairs
    )


def stored_identifier(listing: Listing, *, today: date | None = None) -> Identified | None:
    """The full identifier on record for the listing's subject, of the listing's type first."""
    stored = sorted(listing.subject.identifiers.all(), key=lambda each: (each.type != listing.id_type, each.pk))
    for each in stored:
        identified = read_identifier(each.value, kind=PartyKind(listing.kind), today=today)
        if identified.is_full:
            return identified
    return None


def rekey_subject(listing: Listing) -> None:
    """Write the keys anew from the identifier on record; without one they stay as they are."""
    identified = stored_identifier(listing)
    if identified is not None:
        write_subject_keys(listing, identified)
