"""One POST to a receiver's address: resolved once and pinned, five seconds in all, no redirect, no word of the answer.

An HTTP library would follow its own mind on proxies, redirects and time limits per packet; what is needed here is a
request head, a body and a status line.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from registry.rules.webhooks import PushProblem, Target, is_loopback, may_connect, problem_of_status

TIMEOUT = 5.0  # seconds for connecting, sending and the status line together
STATUS_LINE = 1_024  # bytes; a longer one is not HTTP


@dataclass(frozen=True, slots=True)
class Answer:
    """The receiver's status, where there was one, and what was wrong, where something was."""

    status: int | None = None
    problem: PushProblem | None = None


def post(target: Target, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT) -> Answer:
    """Send `body` as JSON; the caller has allowed the target (registry.rules.webhooks.read_target)."""
    deadline = time.monotonic() + timeout
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Answer(problem=PushProblem.UNRESOLVABLE)
    # What was resolved is what is connected to: a second look-up could answer otherwise.
    addresses = [str(each[4][0]) for each in found if may_connect(str(each[4][0]), loopback=is_loopback(target.host))]
    if not addresses:
        return Answer(problem=PushProblem.ADDRESS_NOT_ALLOWED)
    request = _head(target, len(body), headers) + body
    try:
        with _connect(addresses, target.port, deadline) as plain:
            if not target.is_secure:
                return _ask(plain, request, deadline)
            plain.settimeout(_left(deadline))
            with ssl.create_default_context().wrap_socket(plain, server_hostname=target.host) as sealed:
                return _ask(sealed, request, deadline)
    except TimeoutError:
        return Answer(problem=PushProblem.TIMED_OUT)
    except ssl.SSLError:
        return Answer(problem=PushProblem.TLS_FAILED)
    except OSError:
        return Answer(problem=PushProblem.NOT_CONNECTED)


def _connect(addresses: list[str], port: int, deadline: float) -> socket.socket:
    """A connection to the first address that takes one."""
    *others, last = dict.fromkeys(addresses)
    for address in others:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except ConnectionError:
            continue
    return socket.create_connection((last, port), timeout=_left(deadline))


def _ask(connection: socket.socket, request: bytes, deadline: float) -> Answer:
    connection.settimeout(_left(deadline))
    connection.sendall(request)  # its time limit is for the whole of it
    line = b""
    while b"\n" not in line and len(line) < STATUS_LINE:
        connection.settimeout(_left(deadline))
        received = connection.recv(STATUS_LINE)
        if not received:
            break
        line += received
    if not line:
        return Answer(problem=PushProblem.NOT_CONNECTED)
    version, _, rest = line.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit() or len(status) != 3:
        return Answer(problem=PushProblem.NOT_HTTP)
    return Answer(int(status), problem_of_status(int(status)))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _head(target: Target, length: int, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {length}",
        "User-Agent: joint-discipline-platform",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii")
