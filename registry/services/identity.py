"""From an identifier that was read to the keyed digests under which its bearer is found."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.crypto import blind_index
from registry.choices import KeyKind
from registry.rules.identifiers import identity_keys
from registry.rules.types import Identified, IdentityKey, PartyKind


@dataclass(frozen=True, slots=True)
class PartyKeys:
    """A party's digests (16 bytes each) with their kinds; `alt` is the digest of a unit's organisation code."""

    pairs: tuple[tuple[bytes, KeyKind], ...]
    alt: bytes | None = None

    @property
    def exact(self) -> bytes | None:
        """The digest that names the party itself; None for a masked or missing identifier."""
        return next((digest for digest, kind in self.pairs if kind is KeyKind.EXACT), None)


_KINDS = {  # (is a mask, is derived)
    (False, False): KeyKind.EXACT,
    (False, True): KeyKind.DERIVED,
    (True, False): KeyKind.MASK,
    (True, True): KeyKind.MASK_DERIVED,
}


def with_kinds(keys: Iterable[IdentityKey]) -> list[tuple[IdentityKey, KeyKind]]:
    """Each identity key with its stored kind."""
    return [(key, _KINDS[key.kind == "mask", key.is_derived]) for key in keys]


def keyed(keys: Iterable[IdentityKey]) -> PartyKeys:
    """Digest the texts; the texts themselves go no further."""
    pairs: list[tuple[bytes, KeyKind]] = []
    alt = None
    for key, kind in with_kinds(keys):
        digest = blind_index(key.text)
        pairs.append((digest, kind))
        if key.kind == "org":
            alt = digest
    return PartyKeys(tuple(pairs), alt)


def party_keys(kind: PartyKind | str, identified: Identified, name_key: str) -> PartyKeys:
    """All digests of a party, for a question or for the list."""
    return keyed(identity_keys(kind, identified, name_key))


def unidentified_text(court_code: str, case_key: str, kind: str, name_key: str) -> str:
    """What is digested into the subject key of a party without a full identifier: nobody but the party of this case
    (domain.md §3 E-G)."""
    return f"unidentified:{court_code}|{case_key}|{kind}|{name_key}"


def unidentified_key(court_code: str, case_key: str, kind: str, name_key: str) -> bytes:
    """The digest of `unidentified_text`."""
    return blind_index(unidentified_text(court_code, case_key, kind, name_key))
