"""Rounds of load: several contenders, one after the other, again and again, so that noise meets all alike."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.place import Failed, Place, Web, finish

PROCESSES = 2
Request = Sequence[Any]  # HTTP: method, path, body; SQL: the query's parameters


@dataclass(frozen=True, slots=True)
class Contender:
    """Who is asked: a web server, or a query straight to the database (`query` with `dsn`)."""

    key: str
    requests: Path
    web: Web | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    dsn: str = ""
    per_request: int = 1  # things answered by one request


@dataclass(frozen=True, slots=True)
class Round:
    """Things answered per second, and milliseconds per request."""

    rate: float
    p50: float
    p99: float
    requests: int
    cpu: float  # milliseconds of the web workers' processor time per request; 0 without a server


def write_requests(path: Path, requests: Sequence[Request]) -> Path:
    """One request a line, for the clients to read."""
    path.write_text("\n".join(json.dumps(request, ensure_ascii=False) for request in requests), encoding="utf-8")
    return path


def one_round(place: Place, contender: Contender, *, seconds: float, connections: int, offset: int) -> Round:
    """Ask for some seconds over `connections` connections from two processes. Raises Failed when answers are errors."""
    before = contender.web.cpu_seconds() if contender.web else 0.0
    start_at = time.time() + 0.35
    clients = []
    for number in range(PROCESSES):
        spec: dict[str, Any] = {
            "requests": str(contender.requests),
            "connections": max(1, connections // PROCESSES),
            "seconds": seconds,
            "offset": offset + number * 104_729,
            "start_at": start_at,
        }
        if contender.web is not None:
            spec |= {"port": contender.web.port, "headers": dict(contender.headers)}
        else:
            spec |= {"dsn": contender.dsn, "query": contender.query}
        client = place.spawn_with_input("bench.client", json.dumps(spec))
        clients.append(client)
    answers = [finish(client) for client in clients]
    latencies = [latency for answer in answers for latency in answer["latencies"]]
    errors = sum(answer["errors"] for answer in answers)
    if errors > len(latencies) * 0.01 or len(latencies) < 2:
        said = next((answer["first_error"] for answer in answers if answer["errors"]), "no answer in time")
        raise Failed(f"{contender.key}: {errors} of {len(latencies)} requests failed: {said}")
    percentiles = quantiles(latencies, n=100, method="inclusive")
    rate = sum(answer["rate"] for answer in answers) * contender.per_request
    cpu = (contender.web.cpu_seconds() - before) * 1000 / len(latencies) if contender.web else 0.0
    return Round(rate, percentiles[49] * 1000, percentiles[98] * 1000, len(latencies), cpu)


def rounds(
    place: Place, contenders: Sequence[Contender], *, times: int, seconds: float, connections: int
) -> dict[str, list[Round]]:
    """`times` rounds of every contender, interleaved, after one short round each that is not counted."""
    for contender in contenders:
        one_round(place, contender, seconds=min(seconds, 0.7), connections=connections, offset=0)
    measured: dict[str, list[Round]] = {contender.key: [] for contender in contenders}
    for turn in range(times):
        for contender in contenders:
            offset = turn * 1_299_709
            result = one_round(place, contender, seconds=seconds, connections=connections, offset=offset)
            measured[contender.key].append(result)
    return measured
