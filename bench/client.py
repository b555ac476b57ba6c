"""The load client: keep-alive connections in threads, each asking one question after the other for some seconds.

Run as a process of its own (`python -m bench.client < spec.json`), usually twice beside each other; imports no Django.
It is Python on the same machine: it takes processor time from the server it measures, the same for every contender.
"""

import http.client
import json
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any


class Run:
    """One process's share of a round."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        lines = Path(spec["requests"]).read_text(encoding="utf-8").splitlines()
        self.requests: list[list[Any]] = [json.loads(line) for line in lines]
        self.latencies: list[float] = []
        self.errors: list[str] = []
        self.rates: list[float] = []

    def go(self) -> dict[str, Any]:
        work = self._sql if "dsn" in self.spec else self._http
        threads = [threading.Thread(target=work, args=(number,)) for number in range(self.spec["connections"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {
            "rate": sum(self.rates),
            "latencies": self.latencies,
            "errors": len(self.errors),
            "first_error": (self.errors or [""])[0],
        }

    def _steps(self, number: int) -> Any:
        """Indexes of requests from the start time until the time is over."""
        first = self.spec["offset"] + number * 7919
        time.sleep(max(0.0, self.spec["start_at"] - time.time()))
        begun = time.perf_counter()
        for step in count(first):
            # Asked before the next request: the time of the last answer counts, whenever it came.
            elapsed = time.perf_counter() - begun
            if elapsed > self.spec["seconds"]:
                self.rates.append((step - first) / elapsed)
                return
            yield step % len(self.requests)

    def _http(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.spec["port"], timeout=60)
        headers = {"Content-Type": "application/json", **self.spec["headers"]}
        connection.connect()
        for index in self._steps(number):
            method, path, body = self.requests[index]
            started = time.perf_counter()
            try:
                connection.request(method, path, body=body.encode() if body else None, headers=headers)
                response = connection.getresponse()
                answer = response.read()
                if response.status >= 400:
                    said = " ".join(answer.decode(errors="replace").split())
                    self.errors.append(f"{response.status} {said[:300]}")
            except (OSError, http.client.HTTPException) as error:
                # A worker that has served its share closes the connection; the next request opens one.
                self.errors.append(repr(error))
                connection.close()
                continue
            self.latencies.append(time.perf_counter() - started)
        connection.close()

    def _sql(self, number: int) -> None:
        import psycopg2

        connection = psycopg2.connect(self.spec["dsn"])
        connection.autocommit = True
        with connection.cursor() as cursor:
            for index in self._steps(number):
                started = time.perf_counter()
                cursor.execute(self.spec["query"], self.requests[index])
                cursor.fetchall()
                self.latencies.append(time.perf_counter() - started)
        connection.close()


if __name__ == "__main__":
    print(json.dumps(Run(json.load(sys.stdin)).go()))
