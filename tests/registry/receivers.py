"""Receivers of pushed changes on this machine: well-behaved ones, and others."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """Keeps what it was sent; `answers` are the statuses of the next requests, 204 afterwards."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def numbers(self) -> list[int]:
        """Every line's number in the order received."""
        return [line["number"] for body in self.bodies for line in body["changes"]]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append((dict(self.headers), body))
            receiver.before_answer()
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?of=list"
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()


@contextmanager
def behaving(behaviour: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port whose first caller meets this behaviour."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        with caller:
            try:
                behaviour(caller)
            except OSError:
                pass  # the caller has hung up, as it should

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.close()
    thread.join(5)
