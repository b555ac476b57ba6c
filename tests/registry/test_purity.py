"""The rules and the readers of list files know nothing of Django or the database."""

import ast
from pathlib import Path

import pytest

import registry

ROOT = Path(registry.__file__).parent
PURE = [
    *sorted((ROOT / "rules").glob("*.py")),
    *(ROOT / "imports" / f"{name}.py" for name in (
        "cells", "columns", "courts", "csv_text", "normalise", "reader", "refusal", "rows", "sample", "template",
        "workbook_safety",
    )),
]  # fmt: skip


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_pure_modules_import_no_framework(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert not name.startswith(("django", "registry.choices", "registry.models", "core"))
