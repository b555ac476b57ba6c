"""Another platform as a counterpart: which may be called, and what is made of answers that are not as agreed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest

from core import chain
from core.errors import DomainError
from registry.services.upstream import (
    Line,
    NotOurProtocol,
    OutOfStep,
    Upstream,
    UpstreamDown,
    UpstreamRefuses,
    address_problem,
    follow,
)

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://upper.example", True), ("https://upper.example:8443/platform", True), ("http://127.0.0.1:8000", True),
        ("http://upper.example", False), ("https://other.example", False), ("https://169.254.169.254", False),
        ("ftp://upper.example", False), ("https://user:x@upper.example", False), ("https://upper.example?x=1", False),
        ("https://upper.example:port", False), ("file:///etc/passwd", False), ("", False), ("upper.example", False),
    ],
)  # fmt: skip
def test_only_hosts_that_are_named_are_called_and_only_over_https(address: str, allowed: bool, settings: Any) -> None:
    settings.SOURCE_HOSTS = ("upper.example", "127.0.0.1")
    assert (address_problem(address) == "") is allowed
    if not allowed:
        with pytest.raises(UpstreamRefuses):
            Upstream(address, "key")


class Answers:
    """A counterpart on loopback that gives one prepared answer and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"{}", dict[str, str]()
        self.asked: list[tuple[str, str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer.asked.append((self.command, self.path, self.rfile.read(length).decode()))
                self.send_response(outer.status)
                for name, value in {**outer.headers, "Content-Length": str(len(outer.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            do_GET = do_POST = answer  # noqa: N815 the library calls them so

            def log_message(self, *_: Any) -> None:
                return None

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def answers(settings: Any) -> Iterator[Answers]:
    settings.SOURCE_HOSTS = ("127.0.0.1",)
    made = Answers()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, UpstreamRefuses), (403, UpstreamRefuses), (404, UpstreamRefuses), (429, UpstreamDown), (500, UpstreamDown),
     (503, UpstreamDown), (302, NotOurProtocol), (204, NotOurProtocol), (400, NotOurProtocol)],
)  # fmt: skip
def test_every_status_but_200_is_an_error_of_its_kind(status: int, error: type[DomainError], answers: Answers) -> None:
    answers.status = status
    answers.headers = {"Location": "http://169.254.169.254/"} if status == 302 else {}
    answers.body = b"" if status == 204 else b"<html>370116199001010000</html>"
    with Upstream(answers.address, "key") as upstream, pytest.raises(error) as refused:
        upstream.changes(after=0)
    assert "370116" not in refused.value.detail
    assert len(answers.asked) == 1  # no redirect is followed


GOOD = {"number": 1, "kind": "listed", "listing": str(uuid4()), "at": "2026-11-20T10:00:00+08:00", "hash": "x"}


@pytest.mark.parametrize(
    "body",
    [
        b"not json", b"[]", b"null", b"{}", b'{"changes": 1, "last": 1, "has_more": false}',
        json.dumps({"changes": [{**GOOD, "at": "yesterday"}], "last": 1, "has_more": False}).encode(),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_not_understood(body: bytes, answers: Answers) -> None:
    answers.body = body
    with Upstream(answers.address, "key") as upstream, pytest.raises(NotOurProtocol):
        upstream.changes(after=0)


def test_a_feed_that_keeps_lines_back_was_not_meant_for_a_platform(answers: Answers) -> None:
    withheld = {**GOOD, "kind": "withheld", "listing": None, "at": None}
    answers.body = json.dumps({"changes": [withheld], "last": 1, "has_more": False}).encode()
    with Upstream(answers.address, "key") as upstream, pytest.raises(UpstreamRefuses) as refused:
        upstream.changes(after=0)
    assert refused.value.code == "records_withheld"


def test_records_that_were_not_asked_for_are_not_taken(answers: Answers) -> None:
    asked = uuid4()
    answers.body = json.dumps({"records": [{"listing": str(uuid4())}], "withheld": []}).encode()
    with Upstream(answers.address, "key") as upstream, pytest.raises(NotOurProtocol):
        upstream.records([asked])


def test_ids_travel_in_the_body_two_hundred_at_a_time(answers: Answers) -> None:
    wanted = [uuid4() for _ in range(201)]
    answers.body = json.dumps({"records": [], "withheld": [str(each) for each in wanted[:200]]}).encode()
    with Upstream(answers.address, "key") as upstream, pytest.raises(NotOurProtocol):
        upstream.records(wanted)
    assert [path for _, path, _ in answers.asked] == ["/api/v1/records/"] * 2
    assert [len(json.loads(body)["listings"]) for _, _, body in answers.asked] == [200, 1]


def test_a_counterpart_that_is_not_there_is_down(settings: Any) -> None:
    settings.SOURCE_HOSTS = ("127.0.0.1",)
    with Upstream("http://127.0.0.1:1", "key") as upstream, pytest.raises(UpstreamDown):
        upstream.changes(after=0)


def lines(count: int, number: int = 0, running: str = chain.GENESIS) -> list[Line]:
    made = []
    for at in range(number + 1, number + count + 1):
        listing = uuid4()
        running = chain.next_hash(running, at, f"listed\n{listing}\n{AT.isoformat()}")
        made.append(Line(at, "listed", listing, AT, running))
    return made


def test_the_running_hash_is_computed_here() -> None:
    feed = lines(5)
    assert follow(feed[:2], number=0, hash="") == (2, feed[1].hash)
    assert follow(feed[2:], number=2, hash=feed[1].hash) == (5, feed[4].hash)
    assert follow([], number=2, hash=feed[1].hash) == (2, feed[1].hash)


@pytest.mark.parametrize("damage", ["gap", "kind", "listing", "time", "hash", "order", "start"])
def test_a_line_that_was_changed_left_out_or_moved_is_noticed(damage: str) -> None:
    feed = lines(5)
    changed = {
        "kind": feed[2].__class__(3, "revoked", feed[2].listing_id, AT, feed[2].hash),
        "listing": feed[2].__class__(3, "listed", uuid4(), AT, feed[2].hash),
        "time": feed[2].__class__(3, "listed", feed[2].listing_id, AT.replace(hour=3), feed[2].hash),
        "hash": feed[2].__class__(3, "listed", feed[2].listing_id, AT, feed[1].hash),
    }
    if damage == "gap":
        del feed[2]
    elif damage == "order":
        feed[2], feed[3] = feed[3], feed[2]
    elif damage != "start":
        feed[2] = changed[damage]
    with pytest.raises(OutOfStep):
        follow(feed, number=0, hash="f" * 64 if damage == "start" else "")
