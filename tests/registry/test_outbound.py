"""One POST to a receiver, whatever the receiver makes of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from registry import outbound
from registry.rules.webhooks import PushProblem, Target
from tests.registry.receivers import behaving, receiving

BODY = b'{"changes":[]}'


def to(port: int, *, is_secure: bool = False, host: str = "127.0.0.1") -> Target:
    return Target(host, port, "/hook", is_secure)


def test_the_body_and_the_headers_arrive_and_nothing_of_the_answer_is_read() -> None:
    with receiving() as receiver:
        port = int(receiver.url.split(":")[2].split("/")[0])
        answer = outbound.post(to(port), BODY, {"X-Delivery": "d1"})
    [(headers, body)] = receiver.requests
    assert answer == outbound.Answer(204, None)
    assert (body, headers["X-Delivery"], headers["Host"]) == (BODY, "d1", f"127.0.0.1:{port}")
    assert headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "problem"), [(302, PushProblem.REDIRECTED), (500, PushProblem.REFUSED), (410, PushProblem.REFUSED)]
)
def test_a_redirect_is_not_followed_and_a_refusal_is_one(status: int, problem: PushProblem) -> None:
    with receiving() as receiver:
        receiver.answers = [status]
        port = int(receiver.url.split(":")[2].split("/")[0])
        assert outbound.post(to(port), BODY, {}) == outbound.Answer(status, problem)
    assert len(receiver.requests) == 1


def silent(caller: socket.socket) -> None:
    time.sleep(2)


def dripping(caller: socket.socket) -> None:
    for _ in range(100):
        caller.sendall(b"H")
        time.sleep(0.1)


def deaf(caller: socket.socket) -> None:
    """Never reads: the sender's buffers fill up."""
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    time.sleep(2)


def talking_something_else(caller: socket.socket) -> None:
    caller.recv(100_000)
    caller.sendall(b"220 mail.example ESMTP\r\n")


def endless(caller: socket.socket) -> None:
    caller.recv(100_000)
    caller.sendall(b"HTTP/1.1 " + b"x" * 100_000)


def closing(caller: socket.socket) -> None:
    """Takes the request and hangs up."""
    while BODY not in caller.recv(100_000):
        pass


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (silent, PushProblem.TIMED_OUT),
        (dripping, PushProblem.TIMED_OUT),
        (talking_something_else, PushProblem.NOT_HTTP),
        (endless, PushProblem.NOT_HTTP),
        (closing, PushProblem.NOT_CONNECTED),
    ],
)
def test_a_receiver_that_misbehaves_costs_no_more_than_the_time_allowed(
    behaviour: Callable[[socket.socket], None], problem: PushProblem
) -> None:
    with behaving(behaviour) as port:
        started = time.monotonic()
        answer = outbound.post(to(port), BODY, {}, timeout=0.5)
        assert time.monotonic() - started < 1.5
    assert answer == outbound.Answer(None, problem)


def test_a_receiver_that_does_not_take_the_body_is_left() -> None:
    with behaving(deaf) as port:
        answer = outbound.post(to(port), b"x" * 50_000_000, {}, timeout=0.5)
    assert answer == outbound.Answer(None, PushProblem.TIMED_OUT)


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert outbound.post(to(port), BODY, {}) == outbound.Answer(None, PushProblem.NOT_CONNECTED)


def test_plain_text_where_tls_is_due_is_a_failed_connection() -> None:
    with behaving(talking_something_else) as port:
        answer = outbound.post(to(port, is_secure=True), BODY, {}, timeout=1)
    assert answer == outbound.Answer(None, PushProblem.TLS_FAILED)


def test_an_unknown_name_is_unresolvable() -> None:
    answer = outbound.post(to(443, is_secure=True, host="nowhere.invalid"), BODY, {})
    assert answer == outbound.Answer(None, PushProblem.UNRESOLVABLE)


def test_an_allowed_name_that_leads_to_this_machine_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server may answer anything: what it answers is looked at, and connected to as looked at."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with receiving() as receiver:
        port = int(receiver.url.split(":")[2].split("/")[0])
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        answer = outbound.post(to(port, host="hook.example.gov.cn"), BODY, {})
        monkeypatch.undo()
    assert answer == outbound.Answer(None, PushProblem.ADDRESS_NOT_ALLOWED)
    assert receiver.requests == [] and asked == ["hook.example.gov.cn"]


def test_what_was_resolved_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once: a second, different answer would never be asked for."""
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("169.254.169.254", "10.0.0.7", "10.0.0.8")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    answer = outbound.post(to(443, is_secure=True, host="hook.example.gov.cn"), BODY, {})
    assert answer.problem is PushProblem.NOT_CONNECTED
    assert connected == [("10.0.0.7", 443), ("10.0.0.8", 443)]
