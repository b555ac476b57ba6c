"""The free texts of a row: cleaned, measured, and without identifiers, because they are kept in clear."""

from collections.abc import Mapping

from registry.imports.cells import clean_again, clean_text
from registry.imports.columns import header_of
from registry.imports.rows import NormalisedRow
from registry.rules.identifiers import with_masked_numbers
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

UNLIMITED = 1 << 30
# attribute of the row, column, longest text
STORED = (
    ("area", "area", 50), ("basis_number", "basis_number", 200), ("basis_issuer", "basis_issuer", 200),
    ("obligation", "obligation", UNLIMITED), ("performed_part", "performed_part", UNLIMITED),
    ("unperformed_part", "unperformed_part", UNLIMITED), ("decision_number", "decision_number", 100),
    ("exit_ground_text", "exit_ground", 500), ("exit_document", "exit_document", 100),
)  # fmt: skip
SHORTEST_IDENTIFIER = 15
_REPEATED = frozenset({"area", "basis_issuer"})


def read_texts(row: NormalisedRow, cells: Mapping[str, object], problems: list[Problem]) -> None:
    """Fill the free texts of `row`. Outer space and invisible characters go, and that is said once for the row."""
    cleaned: list[str] = []
    for attribute, key, most in STORED:
        value = cells.get(key)
        if value is None:
            continue
        text = clean_again(value) if key in _REPEATED and value.__class__ is str else clean_text(value)  # type: ignore[arg-type]
        if text is not value and text and isinstance(value, str) and value not in {text, f"'{text}"}:
            cleaned.append(header_of(key))
        if len(text) >= SHORTEST_IDENTIFIER:
            text = _without_identifiers(key, text, problems)
            if len(text) > most:
                problems.append(too_long(key, most))
        setattr(row, attribute, text)
    if cleaned:
        detail = f"{'、'.join(cleaned)}首尾的空格或不可见字符已去除。"
        problems.append(Problem(cleaned[0], ProblemCode.TEXT_CLEANED, ProblemSeverity.REPAIRED, detail))


def too_long(key: str, most: int) -> Problem:
    """A text that does not fit its column is no text of that column."""
    detail = f"“{header_of(key)}”超过{most}字，可能是列错位。"
    return Problem(header_of(key), ProblemCode.TEXT_TOO_LONG, ProblemSeverity.ERROR, detail)


def _without_identifiers(key: str, text: str, problems: list[Problem]) -> str:
    masked = with_masked_numbers(text)
    if masked != text:
        detail = "文字中的证件号码已脱敏，原文只在加密的原始行中。"
        problems.append(Problem(header_of(key), ProblemCode.IDENTIFIER_IN_TEXT, ProblemSeverity.WARNING, detail))
    return masked


def mask_names(row: NormalisedRow, problems: list[Problem]) -> None:
    """Names are kept in clear too: one that holds an identifier is none, and its former names are dropped with it."""
    if row.aliases:
        row.aliases = tuple(alias for alias in row.aliases if with_masked_numbers(alias) == alias)
    if len(row.name) >= SHORTEST_IDENTIFIER and (masked := with_masked_numbers(row.name)) != row.name:
        row.name, row.name_key = masked, ""
        problems.append(
            Problem(
                header_of("name"), ProblemCode.IDENTIFIER_IN_TEXT, ProblemSeverity.ERROR,
                "姓名或名称里有证件号码。", "请移到“证件号码”列",
            )
        )  # fmt: skip
    name = row.representative_name
    if len(name) >= SHORTEST_IDENTIFIER and with_masked_numbers(name) != name:
        row.representative_name = row.representative_name_key = ""
        problems.append(
            Problem(
                header_of("representative_name"), ProblemCode.IDENTIFIER_IN_TEXT, ProblemSeverity.WARNING,
                "姓名里有证件号码，未采用。", "请移到“法定代表人或负责人证件号码”列",
            )
        )  # fmt: skip
