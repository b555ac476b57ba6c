"""Remarks on cells, made once and shared: a file of a million rows says the same few things many times."""

from collections.abc import Mapping
from functools import lru_cache

from registry.imports.columns import header_of
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

Cells = Mapping[str, object]

ERROR = ProblemSeverity.ERROR
WARNING = ProblemSeverity.WARNING
REPAIRED = ProblemSeverity.REPAIRED


@lru_cache(maxsize=4096)
def remark(key: str, code: ProblemCode, severity: ProblemSeverity, detail: str, suggestion: str = "") -> Problem:
    """A remark on the column `key`. Neither text may hold anything from the cell but a date or a known court."""
    return Problem(header_of(key), code, severity, detail, suggestion)


def too_long(key: str, most: int) -> Problem:
    """A text that does not fit its column is no text of that column."""
    return remark(key, ProblemCode.TEXT_TOO_LONG, ERROR, f"“{header_of(key)}”超过{most}字，可能是列错位。")
