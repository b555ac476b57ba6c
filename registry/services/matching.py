"""Who of the asked parties is on the list: one equality look-up for all of them (design.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from registry.choices import KeyKind
from registry.rules.matching import Evidence, IdentifierRelation, MatchLevel, level, relate_names

__all__ = ["AskedParty", "Found", "MatchLevel", "find", "same_name_counts"]


@dataclass(frozen=True, slots=True)
class AskedParty:
    """One party of a question. `asked` is its role there ("subject", "legal_representative" …); `keys` are the digests
    and kinds of `registry.services.identity.party_keys(…).pairs`."""

    asked: str
    kind: str
    name: str
    name_key: str
    keys: tuple[tuple[bytes, KeyKind], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A live listing that a party met. `party` is its index in the question; `role` is the role of the listing that was
    met, `relation_name` the related person's name ("" for the listed subject). `status`: active or suspended."""

    party: int
    asked: str
    listing_id: UUID
    role: str
    level: MatchLevel
    relation_name: str
    kind: str
    name: str
    id_masked: str
    court_id: int
    court_name: str
    region_code: str
    case_number: str
    case_key: str
    status: str
    publishable: bool
    published_on: date | None
    decided_on: date | None
    term_ends_on: date | None


# What two kinds of keys that are equal say about the identifiers they came from.
RELATIONS: dict[tuple[KeyKind, KeyKind], IdentifierRelation] = {
    (KeyKind.EXACT, KeyKind.EXACT): IdentifierRelation.EQUAL,
    (KeyKind.EXACT, KeyKind.DERIVED): IdentifierRelation.ORG_IN_USCC,
    (KeyKind.DERIVED, KeyKind.EXACT): IdentifierRelation.ORG_IN_USCC,
    (KeyKind.MASK, KeyKind.MASK): IdentifierRelation.MASK_COMPATIBLE,
    (KeyKind.MASK, KeyKind.MASK_DERIVED): IdentifierRelation.MASK_COMPATIBLE,
    (KeyKind.MASK_DERIVED, KeyKind.MASK): IdentifierRelation.MASK_COMPATIBLE,
}

_QUERY = """
    SELECT asked.party, asked.kind, mk.kind, mk.role, l.id, COALESCE(r.name, ''), l.kind, l.name, l.id_masked,
           l.court_id, c.name, c.region_id, l.case_number, l.case_key, l.status, l.publishable, l.published_on,
           l.decided_on, l.term_ends_on,
           COALESCE(r.name_key, l.name_key),
           CASE WHEN r.id IS NULL AND l.name_key <> asked.name_key THEN s.name_key || ARRAY(
               SELECT f.name_key FROM registry_subjectname f WHERE f.subject_id = l.subject_id)::text[]
           END
      FROM unnest(%s::bytea[], %s::smallint[], %s::int[], %s::text[]) AS asked(digest, kind, party, name_key)
      JOIN registry_matchkey mk ON mk.digest = asked.digest
      JOIN registry_listing l ON l.id = mk.listing_id AND l.status IN ('active', 'suspended')
       AND (l.term_ends_on IS NULL OR l.term_ends_on >= (CURRENT_TIMESTAMP AT TIME ZONE 'Asia/Shanghai')::date)
      JOIN registry_subject s ON s.id = l.subject_id
      JOIN registry_court c ON c.id = l.court_id
      LEFT JOIN registry_relation r ON r.id = mk.relation_id
     WHERE r.until IS NULL OR r.until >= (CURRENT_TIMESTAMP AT TIME ZONE 'Asia/Shanghai')::date
     ORDER BY asked.party, l.id, mk.role"""

_NAMESAKES = """
    SELECT name_key, count(*) FROM registry_listing WHERE status = 'active' AND name_key = ANY(%s) GROUP BY name_key"""

_RANK = {MatchLevel.IDENTIFIER: 0, MatchLevel.CANDIDATE: 1}


def find(parties: Sequence[AskedParty]) -> list[Found]:
    """Every live listing that any of the parties meets, in one query; the best level where several keys meet it.

    Ordered by party and listing. Pending and ended listings are never among them, nor one whose term is over and whose
    exit has not been written yet (法释〔2017〕7号 art. 10 para. 2). Higher floors decide what a match leads to.
    """
    digests, kinds, indexes, names = [], [], [], []
    for index, party in enumerate(parties):
        for digest, kind in party.keys:
            digests.append('"\\\\x' + digest.hex() + '"')
            kinds.append(str(int(kind)))
            indexes.append(str(index))
            names.append(party.name_key)
    if not digests:
        return []
    with connection.cursor() as cursor:
        literals = ["{" + ",".join(values) + "}" for values in (digests, kinds, indexes)]
        cursor.execute(_QUERY, [*literals, names])
        rows = cursor.fetchall()
    best: dict[tuple[int, UUID, str, str], Found] = {}
    for party_index, asked_kind, listed_kind, role, listing_id, relation_name, *facts, name_key, former in rows:
        relation = RELATIONS.get((KeyKind(asked_kind), KeyKind(listed_kind)))
        if relation is None:
            continue
        party = parties[party_index]
        found_level = level(
            Evidence(
                identifiers=relation,
                names=relate_names(party.name_key, name_key, former or ()),
                is_same_kind=party.kind == (facts[0] if role == "subject" else "person"),
            )
        )
        if found_level not in _RANK:
            continue
        found = Found(party_index, party.asked, listing_id, role, found_level, relation_name, *facts)
        key = (party_index, listing_id, role, relation_name)
        if key not in best or _RANK[found_level] < _RANK[best[key].level]:
            best[key] = found
    return list(best.values())


def same_name_counts(name_keys: Sequence[str]) -> dict[str, int]:
    """Active listings per folded name, for names that have any."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMESAKES, [[key for key in set(name_keys) if key]])
        return dict(cursor.fetchall())
