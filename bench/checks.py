"""Single and bulk checks over HTTP, against the limit and against the obvious way to build them."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from django.utils.timezone import localdate

from bench.batches import dsn
from bench.cast import Cast
from bench.figures import Figure, Section
from bench.load import Contender, Request, Round, rounds, write_requests
from bench.place import Place
from bench.rivals import Rivals

HIT_SHARE = 0.1
CONNECTIONS = 8
KINDS = {"自然人": "person", "单位": "unit"}
# Keys only: a join makes the planner read the whole list for a thousand keys, which is no limit.
ANY_QUERY = "SELECT digest, kind, role, listing_id FROM registry_matchkey WHERE digest = ANY(%s::bytea[])"


def questions(cast: Cast, count: int, seed: int) -> list[dict[str, str]]:
    """Applicants to ask about, one in ten of them listed."""
    rng = Random(seed)
    picked = [rng.choice(cast.listed if rng.random() < HIT_SHARE else cast.unlisted) for _ in range(count)]
    return [{"kind": KINDS[row["kind"]], "name": row["name"], "id_number": row["identifier"]} for row in picked]


def digest(question: dict[str, str]) -> bytes:
    """The digest of the full number, as the list holds it."""
    from registry.rules.identifiers import read_identifier
    from registry.rules.names import fold
    from registry.rules.types import PartyKind
    from registry.services.identity import party_keys

    kind = PartyKind(question["kind"])
    read = read_identifier(question["id_number"], kind=kind, today=localdate())
    exact = party_keys(kind, read, fold(question["name"])).exact
    assert exact is not None
    return exact


def single(place: Place, cast: Cast, rivals: Rivals, *, rows: int, times: int, seconds: float) -> Section:
    """One applicant a request over eight connections."""
    section = Section("check", "Single check over HTTP", rows)
    asked = questions(cast, 2_000, 3)
    files = place.directory
    ours: list[Request] = [
        ("POST", "/api/v1/checks/", json.dumps({"subject": question, "case_reference": "bench"})) for question in asked
    ]
    bare = [json.dumps({"digest": digest(question).hex()}) for question in asked]
    plain: list[Request] = [
        ("GET", f"/listings/?id_number={question['id_number']}&status=active", "") for question in asked
    ]
    contenders = [
        Contender("platform", write_requests(files / "q1", ours), rivals.platform, cast.headers),
        Contender("bare", write_requests(files / "q2", [("POST", "/", body) for body in bare]), rivals.bare),
        Contender(
            "bare_record", write_requests(files / "q3", [("POST", "/record", body) for body in bare]), rivals.bare
        ),
        Contender("drf", write_requests(files / "q4", plain), rivals.plain, rivals.headers),
        Contender("drf_persistent", files / "q4", rivals.plain_persistent, rivals.headers),
    ]
    measured = rounds(place, contenders, times=times, seconds=seconds, connections=CONNECTIONS)
    labels = {
        "platform": "platform: key, rate count, look-up, measures, ledger, audit",
        "bare": "bare WSGI, one look-up",
        "bare_record": "bare WSGI, one look-up and one durable row",
        "drf": "DRF + django-filter + token, defaults",
        "drf_persistent": "DRF + django-filter + token, persistent connections",
    }
    _compare(section, measured, labels, "requests/s", {"bare", "bare_record"})
    section.notes.append(
        f"gunicorn gthread, 2 workers × 4 threads, {CONNECTIONS} keep-alive connections from two Python clients on the"
        f" same machine; {HIT_SHARE:.0%} of the applicants are listed; only ours records the check"
        " (bare + durable row: one plain row)."
    )
    _memory(section, rivals)
    return section


def bulk(place: Place, cast: Cast, rivals: Rivals, *, rows: int, times: int, seconds: float, per_call: int) -> Section:
    """A thousand applicants a call over two connections."""
    section = Section("bulk", f"Bulk check, {per_call:,} a call", rows)
    calls = [questions(cast, per_call, 100 + number) for number in range(4)]
    ours: list[Request] = [
        ("POST", "/api/v1/checks/bulk/", json.dumps({"case_reference": "bench", "subjects": call})) for call in calls
    ]
    plain: list[Request] = [("POST", "/bulk/", json.dumps({"subjects": call})) for call in calls]
    raw: list[Request] = [
        ["{" + ",".join(f'"\\\\x{digest(question).hex()}"' for question in call) + "}"] for call in calls
    ]
    files = place.directory
    contenders = [
        Contender("platform", write_requests(files / "b1", ours), rivals.platform, cast.headers, per_request=per_call),
        Contender("any", write_requests(files / "b2", raw), query=ANY_QUERY, dsn=dsn(place), per_request=per_call),
        Contender("drf", write_requests(files / "b3", plain), rivals.plain, rivals.headers, per_request=per_call),
        Contender("drf_persistent", files / "b3", rivals.plain_persistent, rivals.headers, per_request=per_call),
    ]
    measured = rounds(place, contenders, times=times, seconds=seconds, connections=2)
    labels = {
        "platform": "platform: key, look-up, measures, a ledger row per subject",
        "any": "raw = ANY (literal array), no HTTP",
        "drf": "DRF, a query per item, defaults",
        "drf_persistent": "DRF, a query per item, persistent connections",
    }
    _compare(section, measured, labels, "subjects/s", {"any"})
    section.notes.append(
        "The platform looks up all keys of a subject (three for a person) and stores an answer and a receipt for each;"
        " raw looks up one key of each and the peers store nothing."
    )
    _memory(section, rivals)
    return section


def _compare(
    section: Section, measured: dict[str, list[Round]], labels: dict[str, str], unit: str, limits: set[str]
) -> None:
    figures: dict[str, Figure] = {}
    for key, found in measured.items():
        figures[key] = section.add(f"{key}.rate", labels[key], unit, [each.rate for each in found])
        for percentile in ("p50", "p99"):
            values = [getattr(each, percentile) for each in found]
            section.add(f"{key}.{percentile}", f"{labels[key]}, {percentile}", "ms", values, is_cost=True)
        if found[0].cpu:
            label = f"{labels[key]}, web workers' processor time a request"
            section.add(f"{key}.cpu", label, "ms", [each.cpu for each in found], is_cost=True)
    for key in measured:
        if key != "platform":
            kind = "limit" if key in limits else "peer"
            section.compare(f"platform : {labels[key]}", figures["platform"], figures[key], kind)


def _memory(section: Section, rivals: Rivals) -> None:
    """Peak of the largest worker process of each server so far."""
    for key, web in rivals.webs().items():
        section.add(f"{key}.mb", f"{key}: web worker's peak memory so far", "MB", [web.peak_mb()], is_cost=True)


def first_match(answer: dict[str, Any]) -> str:
    """The listing that an answer named."""
    return str(answer["matches"][0]["listing"])
