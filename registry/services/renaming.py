"""The identity side of a correction: names kept, the listing moved to the right subject, match keys renewed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import ProtectedError
from django.utils.timezone import localdate

from core.errors import Conflict
from registry.models import Listing, Subject, SubjectName
from registry.rules.names import fold
from registry.services.corrections import Correction
from registry.services.identity import party_keys
from registry.services.keys import rekey_subject, write_subject_keys
from registry.services.parties import keep_identifier, subject_of


def correct(listing: Listing, correction: Correction, *, at: datetime) -> None:
    """Put a correction's values on the listing (the caller saves it) and renew what hangs on identity and name."""
    old_name, old_key = listing.name, listing.name_key
    for name, value in correction.facts.items():
        setattr(listing, name, value)
    listing.name_key = fold(listing.name)
    if correction.identified is not None:
        _move_to_subject(listing, correction)
    if listing.name_key != old_key:
        _keep_name(listing, old_name, old_key, at)
    if correction.identified is not None:
        write_subject_keys(listing, correction.identified)
    elif listing.name_key != old_key:
        rekey_subject(listing)


def _keep_name(listing: Listing, old_name: str, old_key: str, at: datetime) -> None:
    subject = listing.subject
    SubjectName.objects.get_or_create(
        subject=subject, name_key=old_key, defaults={"name": old_name, "known_since": localdate(at)}
    )
    subject.name, subject.name_key = listing.name, listing.name_key
    subject.save(update_fields=["name", "name_key"])


def _move_to_subject(listing: Listing, correction: Correction) -> None:
    """The number was wrong or incomplete: the listing belongs to the subject of the right one."""
    identified, old = correction.identified, listing.subject
    assert identified is not None
    assert identified.type is not None
    keys = party_keys(listing.kind, identified, listing.name_key)
    subject = subject_of(listing.kind, listing.name, listing.name_key, keys)
    twin = Listing.objects.live().filter(subject=subject, court=listing.court, case_key=listing.case_key)
    if twin.exclude(pk=listing.pk).exists():
        raise Conflict("该案号下已有这个证件号码的条目。", code="listing_lives_once")
    keep_identifier(subject, identified, keys)
    listing.subject = subject
    listing.id_type, listing.id_masked, listing.id_is_masked = identified.type.value, identified.masked_display, False
    listing.save(update_fields=["subject"])
    if old.pk != subject.pk and not old.listings.exists():
        _forget(old)


def _forget(subject: Subject) -> None:
    """A subject nobody lists any more: its number may be an innocent person's."""
    try:
        subject.delete()
    except ProtectedError:
        return
