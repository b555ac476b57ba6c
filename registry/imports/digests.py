"""The digests of a chunk of rows, computed in one go: of the parties, of their representatives, of the unnumbered."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from core.crypto import blind_index_many
from registry.choices import KeyKind
from registry.imports.copy_text import NULL, bytes_array_of
from registry.imports.rows import NormalisedRow
from registry.rules.identifiers import identity_keys
from registry.rules.types import Identified, PartyKind
from registry.services.identity import unidentified_text, with_kinds

_NOTHING = f"{NULL}\t{NULL}\tf\t{{}}\t{{}}\t{{}}\t{{}}"


class _Places(NamedTuple):
    """Where a row's digests stand among those of its chunk; -1 where there is none."""

    first: int
    after: int
    kinds: str
    exact: int
    alt: int
    nobody: int
    related: int
    related_after: int
    related_kinds: str


class Digests:
    """`compute` between making and asking: the only part that is cryptography."""

    def __init__(self, rows: list[NormalisedRow]) -> None:
        self._texts: list[str] = []
        self._digests: list[str] = []
        self._places = [self._place(row) for row in rows]

    def compute(self) -> None:
        self._digests = [digest.hex() for digest in blind_index_many(self._texts)]

    def _place(self, row: NormalisedRow) -> _Places | None:
        if row.kind is None or (row.problems and row.is_rejected):
            return None
        texts = self._texts
        first, kinds, exact, alt = len(texts), [], -1, -1
        for key, kind in with_kinds(identity_keys(row.kind, row.identified, row.name_key)):
            if exact < 0 and kind is KeyKind.EXACT:
                exact = len(texts)
            if alt < 0 and key.kind == "org":
                alt = len(texts)
            kinds.append(kind)
            texts.append(key.text)
        after = len(texts)
        nobody = -1
        if exact < 0:
            nobody = after
            texts.append(unidentified_text(row.court_code, row.case_key, row.kind, row.name_key))
        related, related_kinds = len(texts), "{}"
        if row.representative_name and row.representative_identified.problem is None:
            related_kinds = self._add_person(row.representative_identified, row.representative_name_key)
        return _Places(first, after, _kinds(tuple(kinds)), exact, alt, nobody, related, len(texts), related_kinds)

    def _add_person(self, identified: Identified, name_key: str) -> str:
        keys = with_kinds(identity_keys(PartyKind.PERSON, identified, name_key))
        self._texts += [key.text for key, _ in keys]
        return _kinds(tuple(kind for _, kind in keys))

    def of(self, index: int) -> str:
        """subject_key, alt_key, is_identified, key_digests, key_kinds, representative_digests, representative_kinds of
        a row, as COPY takes them."""
        places = self._places[index]
        if places is None:
            return _NOTHING
        digests = self._digests
        subject = digests[places.exact if places.exact >= 0 else places.nobody]
        alt = NULL if places.alt < 0 else "\\\\x" + digests[places.alt]
        return "\t".join(
            (
                "\\\\x" + subject,
                alt,
                "t" if places.exact >= 0 else "f",
                bytes_array_of(digests[places.first : places.after]),
                places.kinds,
                bytes_array_of(digests[places.related : places.related_after]),
                places.related_kinds,
            )
        )


@lru_cache(maxsize=64)
def _kinds(kinds: Sequence[KeyKind]) -> str:
    """An integer[] field."""
    return "{" + ",".join(str(int(kind)) for kind in kinds) + "}"
