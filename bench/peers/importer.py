"""A file through django-import-export: `python -m bench.peers.importer MODEL FLOW ROWS TURN`; prints rows and seconds.

| MODEL | writes |
|---|---|
| plain | one plain table, the identifier in clear |
| list | the platform's own `Listing` with what hangs on it, made row by row in the resource's hooks |

| FLOW | does |
|---|---|
| default | reads the file and imports it: a query and a save per row, as the library does unless told otherwise |
| admin | as the library's admin does: reads it, imports it in a dry run with the differences of every row, reads it again and imports it (without the admin's pages and log entries) |
| bulk | `use_bulk` |
"""  # noqa: E501

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

PLAIN = (
    "name", "id_number", "kind", "sex", "age", "court", "area", "case_number", "filed_on", "basis_number",
    "obligation", "performance", "circumstances", "published_on",
)  # fmt: skip
_SOURCES = {"id_number": "identifier"}


def workbook(columns: tuple[str, ...], rows: list[list[Any]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(columns)
    for row in rows:
        sheet.append(row)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "list.xlsx"
        book.save(path)
        return path.read_bytes()


def plain(rows: int, seed: int, flow: str) -> tuple[Any, bytes]:
    """The resource and its file."""
    from import_export import resources

    from bench.peers.models import PlainListing
    from registry.imports.sample import sample_rows

    class PlainListings(resources.ModelResource):  # type: ignore[misc]
        class Meta:
            model = PlainListing
            fields = PLAIN
            import_id_fields = ("id_number", "case_number")
            use_bulk = flow == "bulk"

    sample = sample_rows(rows, seed)
    return PlainListings(), workbook(
        PLAIN, [[row.get(_SOURCES.get(column, column), "") for column in PLAIN] for row in sample]
    )


def run(resource: Any, content: bytes, flow: str) -> Any:
    import tablib

    if flow == "admin":
        tried = resource.import_data(tablib.Dataset().load(content, format="xlsx"), dry_run=True, raise_errors=False)
        if tried.has_errors() or tried.has_validation_errors():
            raise SystemExit("the dry run found errors")
        return resource.import_data(
            tablib.Dataset().load(content, format="xlsx"), raise_errors=True, rollback_on_validation_errors=True
        )
    return resource.import_data(tablib.Dataset().load(content, format="xlsx"), raise_errors=True)


def main(model: str, flow: str, rows: int, turn: int) -> None:
    import django

    django.setup()
    from bench.place import forget_peak, peak_mb

    seed = 60 + 6 * turn + ("default", "admin", "bulk").index(flow) + 3 * (model == "list")
    if model == "list":
        from bench.peers.on_the_list import on_the_list as make
    else:
        make = plain
    resource, content = make(rows, seed, flow)
    forget_peak()
    started = perf_counter()
    result = run(resource, content, flow)
    seconds = perf_counter() - started
    done = result.totals["new"] + result.totals["update"]
    if done != rows:
        raise SystemExit(f"{done} of {rows} rows imported")
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
