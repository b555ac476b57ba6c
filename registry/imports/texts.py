"""The free texts of a row: cleaned, measured, and without identifiers, because they are kept in clear."""

from registry.imports.cells import clean_again, clean_text
from registry.imports.columns import header_of
from registry.imports.remarks import ERROR, REPAIRED, WARNING, Cells, remark, too_long
from registry.imports.rows import NormalisedRow
from registry.rules.identifiers import with_masked_numbers
from registry.rules.types import Problem, ProblemCode

UNLIMITED = 1 << 30
# attribute of the row, column, longest text, whether the column says the same thing many times
STORED = (
    ("area", "area", 50, True), ("basis_number", "basis_number", 200, False),
    ("basis_issuer", "basis_issuer", 200, True), ("obligation", "obligation", UNLIMITED, False),
    ("performed_part", "performed_part", UNLIMITED, False), ("unperformed_part", "unperformed_part", UNLIMITED, False),
    ("decision_number", "decision_number", 100, False), ("exit_ground_text", "exit_ground", 500, True),
    ("exit_document", "exit_document", 100, False),
)  # fmt: skip
SHORTEST_IDENTIFIER = 15


def read_texts(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    """Fill the free texts of `row`. Outer space and invisible characters go, and that is said once for the row."""
    cleaned: list[str] = []
    for attribute, key, most, is_repeated in STORED:
        value = cells.get(key)
        if value is None:
            continue
        text = clean_again(value) if is_repeated and isinstance(value, str) else clean_text(value)
        if text is not value and text and isinstance(value, str) and value not in (text, f"'{text}"):
            cleaned.append(header_of(key))
        if len(text) >= SHORTEST_IDENTIFIER:
            text = _without_identifiers(key, text, problems)
            if len(text) > most:
                problems.append(too_long(key, most))
        setattr(row, attribute, text)
    if cleaned:
        detail = f"{'、'.join(cleaned)}首尾的空格或不可见字符已去除。"
        problems.append(Problem(cleaned[0], ProblemCode.TEXT_CLEANED, REPAIRED, detail))


def _without_identifiers(key: str, text: str, problems: list[Problem]) -> str:
    masked = with_masked_numbers(text)
    if masked != text:
        detail = "文字中的证件号码已脱敏，原文只在加密的原始行中。"
        problems.append(remark(key, ProblemCode.IDENTIFIER_IN_TEXT, WARNING, detail))
    return masked


def mask_names(row: NormalisedRow, problems: list[Problem]) -> None:
    """Names are kept in clear too: one that holds an identifier is none, and a former name with one is dropped."""
    if row.aliases:
        row.aliases = tuple(alias for alias in row.aliases if with_masked_numbers(alias) == alias)
    name = row.name
    if len(name) >= SHORTEST_IDENTIFIER and (masked := with_masked_numbers(name)) != name:
        row.name, row.name_key = masked, ""
        detail, hint = "姓名或名称里有证件号码。", "请移到“证件号码”列"
        problems.append(remark("name", ProblemCode.IDENTIFIER_IN_TEXT, ERROR, detail, hint))
    name = row.representative_name
    if len(name) >= SHORTEST_IDENTIFIER and with_masked_numbers(name) != name:
        row.representative_name = row.representative_name_key = ""
        detail, hint = "姓名里有证件号码，未采用。", "请移到“法定代表人或负责人证件号码”列"
        problems.append(remark("representative_name", ProblemCode.IDENTIFIER_IN_TEXT, WARNING, detail, hint))
