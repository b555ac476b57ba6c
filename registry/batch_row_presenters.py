"""What pages show of the rows of an upload: what stands in the file, how it was read, what is wrong with it."""

from __future__ import annotations

from typing import Any

from core.privacy import redact
from registry.choices import ProblemSeverity
from registry.imports.columns import COLUMNS, header_of
from registry.imports.received import raw_text, read_raw
from registry.models import BatchRow
from registry.presenters import circumstances, day

IDENTIFIER_COLUMNS = frozenset({"identifier", "representative_identifier"})


def row_problems(row: BatchRow) -> list[dict[str, Any]]:
    """The remarks on a row, errors first, with the word for their weight."""
    order = [ProblemSeverity.ERROR.value, ProblemSeverity.WARNING.value, ProblemSeverity.REPAIRED.value]
    labels = dict(ProblemSeverity.choices)
    ranked = sorted(row.problems, key=lambda each: order.index(each.get("severity", "error")))
    return [
        {**each, "severity_label": labels[each.get("severity", "error")], "is_error": each.get("severity") == "error"}
        for each in ranked
    ]


def mask_cell(key: str, value: object) -> str:
    """A raw cell fit for a page: identifier columns by their ends, anything shaped like an identifier left out."""
    text = raw_text(value)
    if key not in IDENTIFIER_COLUMNS:
        return redact(text)
    if "*" in text or "＊" in text:
        return text
    compact = "".join(text.split())
    return (
        f"{compact[:6]}{'*' * max(len(compact) - 10, 4)}{compact[-4:]}" if len(compact) > 12 else f"{compact[:2]}****"
    )


def row_cells(row: BatchRow, *, with_raw: bool) -> list[dict[str, Any]]:
    """Column by column: what the file says (masked; only with `with_raw`), how it was read, and the remarks on it."""
    cells, extras = read_raw(row) if with_raw else ({}, {})
    read = _read_values(row)
    remarks: dict[str, list[dict[str, Any]]] = {}
    for problem in row_problems(row):
        remarks.setdefault(problem["column"], []).append(problem)
    lines = []
    for key in COLUMNS:
        header = header_of(key)
        raw = mask_cell(key, cells.get(key)) if key in cells else ""
        if raw or read.get(key) or header in remarks:
            lines.append({"header": header, "raw": raw, "read": read.get(key, ""), "problems": remarks.pop(header, [])})
    lines += [
        {"header": header, "raw": redact(text), "read": "", "problems": remarks.pop(header, []), "is_extra": True}
        for header, text in extras.items()
    ]
    return lines


def whole_row_problems(row: BatchRow) -> list[dict[str, Any]]:
    """Remarks that belong to no single column."""
    return [problem for problem in row_problems(row) if not problem["column"]]


def _read_values(row: BatchRow) -> dict[str, Any]:
    """Normalised values by column key, in words."""
    exit_ground = row.get_exit_ground_display() if row.exit_ground else row.exit_ground_text
    return {
        "operation": row.get_operation_display() if row.operation else "",
        "kind": row.get_kind_display() if row.kind else "",
        "name": row.name,
        "identifier": row.id_masked,
        "sex": row.get_sex_display() if row.sex != "0" else "",
        "age": row.age,
        "representative_name": row.representative_name,
        "representative_identifier": row.representative_id_masked,
        "court": row.court.name if row.court else "",
        "area": row.area,
        "case_number": row.case_number,
        "filed_on": day(row.filed_on),
        "basis_number": row.basis_number,
        "basis_issuer": row.basis_issuer,
        "obligation": redact(row.obligation),
        "performance": row.get_performance_display() if row.performance != "unknown" else "",
        "performed_part": redact(row.performed_part),
        "unperformed_part": redact(row.unperformed_part),
        "circumstances": circumstances(row.circumstances),
        "published_on": day(row.published_on),
        "decision_number": row.decision_number,
        "decided_on": day(row.decided_on),
        "term_ends_on": day(row.term_ends_on),
        "unpublishable": "" if row.publishable else "是",
        "exit_ground": exit_ground,
        "exit_document": row.exit_document,
        "exit_on": day(row.exit_on),
    }
