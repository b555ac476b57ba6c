"""The live list as it means something: facts, keys, relations, names; without ids, which an episode has for itself."""

from typing import Any

from registry.imports.facts import FACTS
from registry.models import Listing


def live_list() -> list[tuple[Any, ...]]:
    """One sorted line per live listing."""
    return sorted((_line(each) for each in Listing.objects.live().select_related("subject", "court")), key=repr)


def _line(listing: Listing) -> tuple[Any, ...]:
    facts = tuple((name, getattr(listing, name)) for name in FACTS)
    identity = (listing.name_key, listing.id_type, listing.id_masked, listing.id_is_masked, listing.subject.name)
    relations = {each.pk: each.name for each in listing.relations.all()}
    keys = sorted(
        (bytes(k.digest), k.kind, k.role, relations.get(k.relation_id) if k.relation_id else None)
        for k in listing.match_keys.all()
    )
    standing = sorted(
        (each.role, each.name, each.id_masked, str(each.since))
        for each in listing.relations.all()
        if each.until is None
    )
    former = sorted(name.name for name in listing.subject.former_names.all())
    return (
        listing.court.code,
        listing.case_key,
        bytes(listing.subject.key),
        listing.status,
        facts,
        bytes(listing.content_digest),
        identity,
        tuple(keys),
        tuple(standing),
        tuple(former),
    )
