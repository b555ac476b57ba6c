"""`make bench` (`python -m bench`): the whole run.

| environment | means |
|---|---|
| `BENCH_ROWS` | sizes of the list, comma separated (default 100000,1000000); 10000000 alone comes after those two |
| `BENCH_BATCH` | rows of a list file (default 200000) |
| `BENCH_ROUNDS` | rounds of each measurement (default 5; of the batch, which takes minutes, at most 2 unless set) |
| `BENCH_SECONDS` | seconds of load in a round (default 1) |
| `BENCH_ONLY` | sections, comma separated: check, bulk, batch, feed, removal |
| `BENCH_MILLION` | 1: also a list file of a million rows in both formats |
| `BENCH_OUT` | where the JSON goes (default bench/results.json) |
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench import report
from bench.figures import Section
from bench.place import Clock, Place

if TYPE_CHECKING:
    from bench.cast import Cast
    from bench.rivals import Rivals

SECTIONS = ("check", "bulk", "batch", "feed", "removal")
DEFAULT_SIZES = (100_000, 1_000_000)
LARGE = 1_000_000  # the batch is measured from this size on, and at the largest size in any case


@dataclass(frozen=True, slots=True)
class Plan:
    """How large and how long."""

    sizes: tuple[int, ...]
    batch_rows: int
    rounds: int
    seconds: float
    batch_rounds: int
    has_million: bool
    known: int
    only: tuple[str, ...]
    out: Path

    @classmethod
    def from_environment(cls) -> "Plan":
        asked = tuple(int(size) for size in os.environ.get("BENCH_ROWS", "").split(",") if size)
        sizes = asked or DEFAULT_SIZES
        if asked == (10_000_000,):
            sizes = (*DEFAULT_SIZES, 10_000_000)
        return cls(
            sizes=tuple(sorted(sizes)),
            batch_rows=int(os.environ.get("BENCH_BATCH") or 200_000),
            rounds=int(os.environ.get("BENCH_ROUNDS") or 5),
            batch_rounds=int(os.environ.get("BENCH_ROUNDS") or 2),
            has_million=os.environ.get("BENCH_MILLION") == "1",
            seconds=float(os.environ.get("BENCH_SECONDS") or 1),
            known=min(4_000, max(200, min(sizes) // 5)),
            only=tuple(name for name in os.environ.get("BENCH_ONLY", "").split(",") if name) or SECTIONS,
            out=Path(os.environ.get("BENCH_OUT") or report.RESULTS),
        )


def run(plan: Plan, clock: Clock) -> tuple[list[Section], list[str], dict[str, object]]:
    """Every section at every size, on servers of its own."""
    with Place() as place:
        import django

        django.setup()
        from bench import batches, cast, data, rivals

        clock.say("starting")
        about = report.machine()
        people = cast.gather(place.directory, clock, listed=plan.known)
        clock.say("starting the servers and the peers")
        others = rivals.start(place, people)
        found: list[Section] = []
        for number, size in enumerate(plan.sizes):
            turns = range(number * plan.rounds, (number + 1) * plan.rounds)
            batch_turns = range(number * plan.batch_rounds, (number + 1) * plan.batch_rounds)
            has_batch = "batch" in plan.only and (size >= LARGE or size == plan.sizes[-1])
            writing = batches.start_writing(place, plan.batch_rows, batch_turns) if has_batch else []
            clock.say(f"filling the list to {size:,}")
            rows = data.grow_to(size)
            rivals.grow_to(place, others, size)
            clock.say(f"waiting for {len(writing)} files of {plan.batch_rows:,} rows")
            for each in writing:
                each.result()
            sections = _sections(place, people, others, plan, rows, turns)
            if has_batch:  # last: it makes the list larger
                run = partial(batches.measure, place, batch_rows=plan.batch_rows, turns=batch_turns)
                sections["batch"] = partial(run, rows=rows, clock=clock)
            if has_batch and plan.has_million and size == plan.sizes[-1]:
                sections["million"] = partial(batches.measure_million, place, rows=rows, clock=clock)
            for key, measure in sections.items():
                if key in {*plan.only, "million"}:
                    clock.say(f"measuring {key} at {rows:,}")
                    data.settle()
                    found.append(_run_or_say_why(key, measure, rows, clock))
        return found, people.notes, about


def _sections(
    place: Place, people: "Cast", others: "Rivals", plan: Plan, rows: int, turns: range
) -> dict[str, Callable[[], Section]]:
    from bench import checks, feed

    times, seconds, per_call = plan.rounds, plan.seconds, min(1_000, 4 * plan.known)
    load = (place, people, others)
    return {
        "check": lambda: checks.single(*load, rows=rows, times=times, seconds=seconds),
        "bulk": lambda: checks.bulk(*load, rows=rows, times=times, seconds=seconds, per_call=per_call),
        "feed": lambda: feed.read(*load, rows=rows, times=times, seconds=seconds),
        "removal": lambda: feed.removal(people, others, rows=rows, turns=turns),
    }


def _run_or_say_why(key: str, measure: Callable[[], Section], rows: int, clock: Clock) -> Section:
    try:
        return measure()
    except Exception as error:  # noqa: BLE001 a section that cannot run says why; the others go on
        clock.say(f"{key} could not run: {error}")
        # The last line says what went wrong; those above it name files of this machine.
        reason = (str(error).strip() or "no reason given").splitlines()[-1]
        return Section(key, key, rows, skipped=f"{type(error).__name__}: {reason}"[:300])


def main() -> int:
    plan = Plan.from_environment()
    clock = Clock()
    found, notes, about = run(plan, clock)
    written = report.document(found, about, notes, time.monotonic() - clock.started)
    report.write(plan.out, written)
    print(report.table(found))
    for note in notes:
        print(f"note: {note}")
    clock.say(f"written to {plan.out}")
    return 1 if any(section.skipped for section in found) else 0


if __name__ == "__main__":
    sys.exit(main())
