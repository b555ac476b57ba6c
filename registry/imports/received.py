"""A staged row as it was received: decrypted, by column."""

from __future__ import annotations

import json
from typing import Any

from registry.models import BatchRow


def read_raw(row: BatchRow) -> tuple[dict[str, Any], dict[str, str]]:
    """Cells by column key (registry.imports.columns), and the unknown columns by their header."""
    raw = json.loads(row.raw or "{}")
    return raw.get("cells", {}), raw.get("extras", {})


def raw_text(value: object) -> str:
    """A cell as it stands in the file; a whole number without the `.0` that a spreadsheet gives it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)
