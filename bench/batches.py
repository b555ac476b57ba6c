"""A list file from upload to list: seconds and memory, against raw COPY and merge and against django-import-export."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import merge
from bench.figures import Section
from bench.place import Clock, Place

PEER_ROWS = 500
LIMIT, PEER = "COPY + merge of as many rows, one table, one connection", "django-import-export"


def file_names(directory: Path, rows: int, turns: range) -> list[Path]:
    return [directory / f"list-{rows}-{turn}{suffix}" for turn in turns for suffix in (".xlsx", ".csv")]


def start_writing(place: Place, rows: int, turns: range) -> list[Future[dict[str, Any]]]:
    """Write distinct files for every round, beside the filling of the list; wait for the results before measuring."""
    first_seed = 20 + 2 * turns[0]
    pool = ThreadPoolExecutor(2)
    paths = enumerate(file_names(place.directory, rows, turns), first_seed)
    writing = [pool.submit(place.run, "bench.files", str(path), str(rows), str(seed)) for seed, path in paths]
    pool.shutdown(wait=False)
    return writing


def measure(place: Place, *, rows: int, batch_rows: int, turns: range, clock: Clock) -> Section:
    """Rounds of .xlsx, .csv, COPY + merge, import-export in bulk mode and by default."""
    import psycopg2

    section = Section("batch", f"Batch of {batch_rows:,} rows", rows)
    connection = psycopg2.connect(dsn(place))
    with connection.cursor() as cursor:
        connection.autocommit = True
        merge.prepare(cursor)
    connection.autocommit = False
    runs: dict[str, list[dict[str, Any]]] = {"xlsx": [], "csv": [], "bulk": [], "default": []}
    merged: list[float] = []
    for turn in turns:
        clock.say(f"batches, round {turn - turns[0] + 1} of {len(turns)}")
        for kind in ("xlsx", "csv"):
            path = place.directory / f"list-{batch_rows}-{turn}.{kind}"
            runs[kind].append(place.run("bench.worker", str(path)))
            path.unlink()
        with connection.cursor() as cursor:
            buffer = merge.rows_to_copy(cursor, batch_rows, turn)
        merged.append(batch_rows / merge.copy_and_merge(connection, buffer))
        for mode in ("bulk", "default"):
            peer = min(PEER_ROWS, batch_rows)
            runs[mode].append(place.run("bench.peers.importer", mode, str(peer), str(turn),
                                        DJANGO_SETTINGS_MODULE="bench.peers.settings"))  # fmt: skip
    connection.close()
    _report(section, runs, merged, batch_rows)
    return section


def _report(section: Section, runs: dict[str, list[dict[str, Any]]], merged: list[float], batch_rows: int) -> None:
    limit = section.add("merge.rate", LIMIT, "rows/s", merged)
    peers = {
        mode: section.add(f"import_export_{mode}.rate", f"{PEER}, {mode}, .xlsx", "rows/s", _rates(runs[mode]))
        for mode in ("bulk", "default")
    }
    for kind in ("xlsx", "csv"):
        found = runs[kind]
        read = [run["upload_seconds"] + run["read_seconds"] for run in found]
        applied = [run["apply_seconds"] for run in found]
        section.add(f"platform_{kind}.read", f".{kind} upload → previewed", "s", read, is_cost=True)
        section.add(f"platform_{kind}.apply", f".{kind} approved → applied", "s", applied, is_cost=True)
        whole = [batch_rows / (first + second) for first, second in zip(read, applied, strict=True)]
        ours = section.add(f"platform_{kind}.rate", f".{kind} file → list, whole", "rows/s", whole)
        section.compare(f".{kind} file → list : {LIMIT}", ours, limit, "limit")
        for mode, peer in peers.items():
            section.compare(f".{kind} file → list : {PEER}, {mode}", ours, peer, "peer")
        for stage in ("upload", "read", "apply"):
            memory = [run[f"{stage}_mb"] for run in found]
            section.add(f"platform_{kind}.{stage}_mb", f".{kind} {stage}, peak memory", "MB", memory, is_cost=True)
    for mode in peers:
        memory = [run["peak_mb"] for run in runs[mode]]
        section.add(f"import_export_{mode}.mb", f"{PEER}, {mode}, peak memory", "MB", memory, is_cost=True)
    section.notes += [
        f"Every round adds its rows: the list ends at {section.rows + 2 * len(merged) * batch_rows:,}.",
        "The platform writes subject, identifier, listing, relation, match keys, change and the row as received.",
        "COPY + merge writes the listing only, from rows that are clean, digested and encrypted already.",
        f"{PEER} reads {min(PEER_ROWS, batch_rows):,} rows into one plain table; rows/s are compared.",
    ]


def _rates(runs: list[dict[str, Any]]) -> list[float]:
    return [run["rows"] / run["seconds"] for run in runs]


def dsn(place: Place) -> str:
    return f"host={place.sockets} user=app dbname=app"
