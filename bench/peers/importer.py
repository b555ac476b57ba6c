"""A file through django-import-export: `python -m bench.peers.importer bulk|default ROWS TURN`; prints rows a second.

Default: a query and a save per row, as the library does it unless told otherwise. Bulk: `use_bulk`.
"""

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

COLUMNS = (
    "name", "id_number", "kind", "sex", "age", "court", "area", "case_number", "filed_on", "basis_number",
    "obligation", "performance", "circumstances", "published_on",
)  # fmt: skip
_SOURCES = {"id_number": "identifier"}


def _workbook(rows: int, seed: int) -> bytes:
    from openpyxl import Workbook

    from registry.imports.sample import sample_rows

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(COLUMNS)
    for row in sample_rows(rows, seed):
        sheet.append([row.get(_SOURCES.get(column, column), "") for column in COLUMNS])
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "list.xlsx"
        book.save(path)
        return path.read_bytes()


def main(mode: str, rows: int, turn: int) -> None:
    import django

    django.setup()
    import tablib
    from import_export import resources

    from bench.peers.models import PlainListing
    from bench.place import forget_peak, peak_mb

    class Listings(resources.ModelResource):  # type: ignore[misc]
        class Meta:
            model = PlainListing
            fields = COLUMNS
            import_id_fields = ("id_number", "case_number")
            use_bulk = mode == "bulk"

    content: Any = _workbook(rows, 60 + 2 * turn + (mode == "bulk"))
    forget_peak()
    started = perf_counter()
    result = Listings().import_data(tablib.Dataset().load(content, format="xlsx"), raise_errors=True)
    seconds = perf_counter() - started
    done = result.totals["new"] + result.totals["update"]
    if done != rows:
        raise SystemExit(f"{done} of {rows} rows imported")
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
