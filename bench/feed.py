"""Reading the change feed, and how soon after its removal a listing is gone from checks."""

from __future__ import annotations

import http.client
import json
import threading
import time
from random import Random
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate, now

from bench.batches import dsn
from bench.cast import Cast
from bench.checks import KINDS, first_match
from bench.figures import Section
from bench.load import Contender, Request, rounds, write_requests
from bench.place import Failed, Place
from bench.rivals import Rivals

PAGE = 1_000
QUERY = (
    "SELECT number, kind, listing_id::text, at, hash FROM registry_change WHERE number > %s ORDER BY number LIMIT %s"
)


def read(place: Place, cast: Cast, rivals: Rivals, *, rows: int, times: int, seconds: float) -> Section:
    """Pages of a thousand lines from places all over the feed."""
    section = Section("feed", f"Change feed, {PAGE:,} lines a page", rows)
    rng = Random(5)
    starts = [rng.randrange(max(rows - PAGE, 1)) for _ in range(50)]
    ours: list[Request] = [("GET", f"/api/v1/changes/?after={start}&limit={PAGE}", "") for start in starts]
    raw: list[Request] = [[start, PAGE] for start in starts]
    contenders = [
        Contender("platform", write_requests(place.directory / "f1", ours), rivals.platform, cast.headers,
                  per_request=PAGE),
        Contender("sql", write_requests(place.directory / "f2", raw), query=QUERY, dsn=dsn(place), per_request=PAGE),
    ]  # fmt: skip
    measured = rounds(place, contenders, times=times, seconds=seconds, connections=2)
    over_http = section.add(
        "platform.rate", "platform over HTTP", "lines/s", [each.rate for each in measured["platform"]]
    )
    by_sql = section.add("sql.rate", "raw SQL, no HTTP", "lines/s", [each.rate for each in measured["sql"]])
    section.add(
        "platform.p50", "platform, a page, p50", "ms", [each.p50 for each in measured["platform"]], is_cost=True
    )
    section.compare("platform : raw SQL", over_http, by_sql, "limit")
    return section


def removal(cast: Cast, rivals: Rivals, *, rows: int, turns: range) -> Section:
    """From the commit of a shielding to the end of the first check that answers clear, under constant asking."""
    section = Section("removal", "Removal → invisible to checks", rows)
    people = [row for row in cast.listed if row["kind"] == "自然人"]
    waits, shields, stale = [], [], 0
    for turn in turns:
        row = people[-1 - turn]
        asker = _Asker(cast, rivals, row)
        listing = first_match(asker.ask()[2])
        shields.append(asker.watch_shielding(cast, UUID(listing)))
        waits.append(asker.wait_ms)
        stale += asker.stale
    section.add("platform.removal", "commit → first check answered clear", "ms", waits, is_cost=True)
    section.add("platform.shield", "shield_listing, whole transaction", "ms", shields, is_cost=True)
    section.add("platform.stale", "checks begun after the commit that still met the listing", "checks", [stale],
                is_cost=True)  # fmt: skip
    section.notes.append("The wait includes the answer's own time: the first check begun after the commit is clear.")
    return section


class _Asker:
    """Asks about one person again and again."""

    def __init__(self, cast: Cast, rivals: Rivals, row: dict[str, str]) -> None:
        subject = {"kind": KINDS[row["kind"]], "name": row["name"], "id_number": row["identifier"]}
        self.body = json.dumps({"subject": subject, "case_reference": "bench"}).encode()
        self.headers = {"Content-Type": "application/json", **cast.headers}
        self.connection = http.client.HTTPConnection("127.0.0.1", rivals.platform.port, timeout=30)
        self.answers: list[tuple[float, float, str]] = []
        self.wait_ms, self.stale = 0.0, 0

    def ask(self) -> tuple[float, float, dict[str, Any]]:
        begun = time.perf_counter()
        self.connection.request("POST", "/api/v1/checks/", body=self.body, headers=self.headers)
        response = self.connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status >= 400:
            raise Failed(f"{response.status} {answer.get('code')} {answer.get('detail')}")
        return begun, time.perf_counter(), answer

    def watch_shielding(self, cast: Cast, listing_id: UUID) -> float:
        """Shield while asking; returns the milliseconds of the shielding."""
        from registry.services.listings import shield_listing

        done = threading.Event()
        asking = threading.Thread(target=self._keep_asking, args=(done,))
        asking.start()
        time.sleep(0.05)
        begun = time.perf_counter()
        shield_listing(listing_id=listing_id, ground="other", ground_text="基准测试",
                       document_number="（2026）鲁0116执1号",
                       happened_on=localdate(), by=cast.clerk, at=now())  # fmt: skip
        committed = time.perf_counter()
        done.wait(10)
        asking.join()
        clear = [end for _, end, outcome in self.answers if outcome == "clear"]
        self.stale = sum(1 for start, _, outcome in self.answers if start > committed and outcome != "clear")
        self.wait_ms = max(min(clear) - committed, 0.0) * 1000
        return (committed - begun) * 1000

    def _keep_asking(self, done: threading.Event) -> None:
        end = time.monotonic() + 10
        clear = 0
        while clear < 5 and time.monotonic() < end:
            begun, ended, answer = self.ask()
            self.answers.append((begun, ended, answer["outcome"]))
            clear += answer["outcome"] == "clear"
        done.set()
