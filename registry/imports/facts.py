"""The published facts of a listing in their fixed order, and the digest that tells whether any of them changed.

The digest is computed here for rows of a file and by `facts_digest_sql` for rows of a table; both say the same.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

DATES = ("filed_on", "published_on", "decided_on", "term_ends_on")
FACTS = (
    "kind", "name", "sex", "age", "area", "case_number", "filed_on", "basis_number", "basis_issuer", "obligation",
    "performance", "performed_part", "unperformed_part", "circumstances", "published_on", "decision_number",
    "decided_on", "term_ends_on", "publishable",
)  # fmt: skip

_SEPARATOR = "\x1f"
_NO_TEXT = "''"
_EMPTY = {"sex": "'0'", "performance": "'unknown'", "circumstances": "'{}'"}


def facts_digest(facts: Mapping[str, object]) -> bytes:
    """SHA-256 of the facts (identity apart) in their fixed order."""
    texts = [value if value.__class__ is str else _text(value) for value in map(facts.__getitem__, FACTS)]
    return digest_of(texts)


def digest_of(texts: Iterable[str]) -> bytes:
    """The same digest of facts that are written already: "" for nothing, dates in ISO, true and false."""
    return hashlib.sha256(_SEPARATOR.join(texts).encode()).digest()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def merged(name: str, row: str = "r", listing: str = "l") -> str:
    """SQL: what a fact becomes when a row of a file meets a live listing.

    A 变更 row says only what changes: its empty cells leave what stands. A file can take a listing out of publication
    but never put one back; that is a correction of the listing itself.
    """
    if name == "publishable":
        return f"({row}.publishable AND {listing}.publishable)"
    if name == "kind":
        return f"{listing}.kind"
    if name == "case_number":
        return f"{listing}.case_number"
    if name == "name":
        return f"{row}.name"
    is_empty = "IS NULL" if name in {"age", *DATES} else f"= {_EMPTY.get(name, _NO_TEXT)}"
    kept = f"{row}.{name} {is_empty}"
    return f"(CASE WHEN {row}.operation = 'update' AND {kept} THEN {listing}.{name} ELSE {row}.{name} END)"


def facts_digest_sql(expressions: Mapping[str, str]) -> str:
    """SQL: the same digest over one expression per fact."""
    texts = []
    for name in FACTS:
        expression = expressions[name]
        texts.append(
            f"array_to_string({expression}, ',')" if name == "circumstances" else f"COALESCE(({expression})::text, '')"
        )
    return f"sha256(convert_to(concat_ws(chr(31), {', '.join(texts)}), 'UTF8'))"
