"""A list file from upload to list: seconds and memory, against raw COPY and merge and against django-import-export."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import merge, raw
from bench.figures import Figure, Section
from bench.place import Clock, Place

PEER_ROWS = 500
ALL_TABLES = "raw COPY + merge into the same six tables, one connection"
ONE_TABLE = "raw COPY + merge, the listing alone, one connection"
LIBRARY = "django-import-export"
PEERS = {
    "plain_bulk": f"{LIBRARY}, bulk, one plain table",
    "plain_default": f"{LIBRARY}, default, one plain table",
    "plain_admin": f"{LIBRARY}, as its admin does, one plain table",
    "list_default": f"{LIBRARY}, default, the platform's own model",
    "list_admin": f"{LIBRARY}, as its admin does, the platform's own model",
}
RUNS = {
    "csv": ".csv file → list",
    "xlsx": ".xlsx file → list",
    "again": ".csv again, nothing changed",
    "plain": ".csv, neither encrypted nor digested with a key",
}
# What `Batch.timings` and the worker say, in the order of the work. Of several processes the times are added up.
SPLIT = {
    "upload": "upload",
    "reading": "reading, all of it",
    "read": "reading: the file (processor)",
    "normalise": "reading: normalise (processor, all processes)",
    "crypto": "reading: digests and encryption (processor, all processes)",
    "copy": "reading: COPY into staging",
    "plan": "plan",
    "plan_again": "plan again before applying",
    "apply": "apply",
    "number": "number in the feed, after it is applied",
}
MEASURED = ("upload", "number")  # by the worker; the others are the batch's own timings
Run = dict[str, Any]


def file_names(directory: Path, rows: int, turns: range) -> list[Path]:
    """Of every round: both kinds, and one for the run without cryptography."""
    return [directory / f"list-{rows}-{turn}{end}" for turn in turns for end in (".xlsx", ".csv", "-plain.csv")]


def start_writing(place: Place, rows: int, turns: range) -> list[Future[Run]]:
    """Write distinct files for every round, beside the filling of the list; wait for the results before measuring."""
    pool = ThreadPoolExecutor(2)
    paths = enumerate(file_names(place.directory, rows, turns), 20 + 3 * turns[0])
    writing = [pool.submit(place.run, "bench.files", str(path), str(rows), str(seed)) for seed, path in paths]
    pool.shutdown(wait=False)
    return writing


def measure(place: Place, *, rows: int, batch_rows: int, turns: range, clock: Clock) -> Section:
    """Rounds of every run of the platform, of both merges and of every peer, one after the other."""
    import psycopg2

    section = Section("batch", f"Batch of {batch_rows:,} rows", rows)
    connection = psycopg2.connect(dsn(place))
    with connection.cursor() as cursor:
        connection.autocommit = True
        merge.prepare(cursor)
    connection.autocommit = False
    runs: dict[str, list[Run]] = {name: [] for name in (*RUNS, *PEERS)}
    merged: dict[str, list[float]] = {"all": [], "one": []}
    for turn in turns:
        clock.say(f"batches, round {turn - turns[0] + 1} of {len(turns)}")
        xlsx, csv, plain = file_names(place.directory, batch_rows, range(turn, turn + 1))
        for name, file, mode in (("xlsx", xlsx, ""), ("csv", csv, "")):
            runs[name].append(place.run("bench.worker", str(file), mode))
        merged["all"].append(_merge_all(connection, place.directory / "raw.copy", turn))
        with connection.cursor() as cursor:
            buffer = merge.rows_to_copy(cursor, batch_rows, turn)
        merged["one"].append(batch_rows / merge.copy_and_merge(connection, buffer))
        for name, file, mode in (("plain", plain, "plain"), ("again", csv, "")):
            runs[name].append(place.run("bench.worker", str(file), mode))
        for name in PEERS:
            model, flow = name.split("_")
            peer = (str(min(PEER_ROWS, batch_rows)), str(turn))
            theirs = {"DJANGO_SETTINGS_MODULE": "bench.peers.settings"} if model == "plain" else {}
            runs[name].append(place.run("bench.peers.importer", model, flow, *peer, **theirs))
        for path in (xlsx, csv, plain):
            path.unlink()
    connection.close()
    _report(section, runs, merged, batch_rows)
    return section


def _merge_all(connection: Any, path: Path, turn: int) -> float:
    rows = raw.rows_to_copy(connection, path, turn)
    rate = rows / raw.copy_and_merge(connection, path)
    path.unlink()
    return rate


def _report(section: Section, runs: dict[str, list[Run]], merged: dict[str, list[float]], batch_rows: int) -> None:
    limits = [
        section.add("merge_all.rate", ALL_TABLES, "rows/s", merged["all"]),
        section.add("merge.rate", ONE_TABLE, "rows/s", merged["one"]),
    ]
    peers = [section.add(f"{name}.rate", label, "rows/s", _rates(runs[name])) for name, label in PEERS.items()]
    ours = {name: _report_run(section, name, runs[name], batch_rows) for name in RUNS}
    for kind in ("csv", "xlsx"):
        for kinds, others in (("limit", limits), ("peer", peers)):
            for other in others:
                section.compare(f"{RUNS[kind]} : {other.label}", ours[kind], other, kinds)
    section.compare(".csv encrypted : plain", ours["csv"], ours["plain"], "cost")
    section.compare(".csv again, nothing changed : the first time", ours["again"], ours["csv"], "cost")
    for name, label in PEERS.items():
        memory = [run["peak_mb"] for run in runs[name]]
        section.add(f"{name}.mb", f"{label}, peak memory", "MB", memory, is_cost=True)
    lasts = section.rows + 4 * len(merged["all"]) * batch_rows
    section.notes += [
        f"Every round adds its rows: the list ends with about {lasts:,}.",
        "Rates are from upload to applied, approval included. Numbering in the feed follows at once, in no rate.",
        "Both merges get rows that are clean, digested and encrypted already.",
        "The six tables are the platform's own: subject, identifier, listing, relation, match key and change.",
        "They have the indexes, constraints and references that the platform writes.",
        "The platform also keeps every row as received, and proves before applying that its plan still stands.",
        f"{LIBRARY} reads {min(PEER_ROWS, batch_rows):,} rows of .xlsx, clean already; rows/s are compared.",
        "On the platform's model it writes one match key where the platform writes two to six.",
    ]


def _report_run(section: Section, name: str, found: Sequence[Run], batch_rows: int) -> Figure:
    """The rate of a run of the platform, its split and its memory."""
    whole = [batch_rows / sum(run[f"{stage}_seconds"] for stage in ("upload", "read", "apply")) for run in found]
    rate = section.add(f"platform_{name}.rate", RUNS[name], "rows/s", whole)
    for key, label in SPLIT.items():
        seconds = [run["timings"].get(key, 0.0) if key not in MEASURED else run[f"{key}_seconds"] for run in found]
        section.add(f"platform_{name}.{key}", f"{RUNS[name]}, {label}", "s", seconds, is_cost=True)
    for stage, label in (("read", "reading and plan"), ("apply", "applying")):
        memory = [run[f"{stage}_mb"] for run in found]
        what = f"{RUNS[name]}, {label}, peak memory of worker and children"
        section.add(f"platform_{name}.{stage}_mb", what, "MB", memory, is_cost=True)
    return rate


def measure_million(place: Place, *, rows: int, clock: Clock) -> Section:
    """A million rows as .csv and as .xlsx, once each: time and memory."""
    million = 1_000_000
    section = Section("million", f"A file of {million:,} rows", rows)
    for seed, kind in ((90, "csv"), (91, "xlsx")):
        path = place.directory / f"million.{kind}"
        clock.say(f"writing {million:,} rows of .{kind}")
        place.run("bench.files", str(path), str(million), str(seed))
        clock.say(f"bringing in {million:,} rows of .{kind}")
        _report_run(section, kind, [place.run("bench.worker", str(path))], million)
        path.unlink()
    return section


def _rates(runs: Sequence[Run]) -> list[float]:
    return [run["rows"] / run["seconds"] for run in runs]


def dsn(place: Place) -> str:
    return f"host={place.sockets} user=app dbname=app"
