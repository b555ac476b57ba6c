"""Where a run takes place: PostgreSQL and Valkey of its own in a temporary directory, and web servers beside them."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import embedded, processes

ROOT = Path(__file__).resolve().parent.parent


class Place:
    """The servers of a run. Use as a context: everything is gone afterwards."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="jdp-bench-"))
        self.sockets = self.directory / "s"
        self.postgres = embedded.Postgres(self.directory / "pg", self.sockets, self.directory / "postgres.log")
        broker = self.sockets / "broker.sock"
        self.valkey = embedded.Valkey(self.directory / "broker", broker, self.directory / "valkey.log")
        self.webs: list[Web] = []
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_FILE")},
            "DATABASE_URL": f"postgresql://app@/app?host={self.sockets}",
            "PEERS_DATABASE_URL": f"postgresql://app@/peers?host={self.sockets}",
            "REDIS_URL": f"redis+socket://{broker}?virtual_host=0",
            "CACHE_URL": f"unix://{broker}?db=1",
            "VAR_DIR": str(self.directory / "var"),
            "SECRET_KEY": "benchmark only " * 4,
            "ID_KEY": "11" * 32,
            "DATA_KEY": "22" * 32,
            "HTTPS_ONLY": "0",
            "DEBUG": "0",
            "LOG_LEVEL": "ERROR",
            # Requests are counted as in production; only the limit is out of reach.
            "RATE_KEY": "1000000000/min",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def __enter__(self) -> "Place":
        (self.directory / "var" / "static").mkdir(parents=True)
        for server in (self.postgres, self.valkey):
            server.prepare()
            server.start()
        os.environ.update(self.environ)
        return self

    def __exit__(self, *_: object) -> None:
        for web in self.webs:
            web.stop()
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def serve(self, name: str, application: str, **environ: str) -> "Web":
        """Start gunicorn, with the platform's own settings for it, for a WSGI application."""
        web = Web(name, application, {**self.environ, **environ}, self.directory / f"{name}.log")
        self.webs.append(web)
        web.start()
        return web

    def run(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """Run `python -m …` and give the JSON of its last line. Raises Failed with the end of its output."""
        process = self.spawn(*arguments, **environ)
        return finish(process)

    def spawn(self, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        """Start `python -m …` in this run's surroundings."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**self.environ, **environ},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def spawn_with_input(self, module: str, text: str) -> "subprocess.Popen[str]":
        """Start `python -m module` and write `text` to its standard input."""
        process = self.spawn(module)
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        return process


class Failed(Exception):
    """A child did not do its work; the text is the end of what it said."""


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Wait for a child and read the JSON of its last line."""
    out, err = process.communicate()
    if process.returncode:
        raise Failed((err or out).strip()[-1500:])
    answer: dict[str, Any] = json.loads(out.strip().rsplit("\n", 1)[-1])
    return answer


class Web:
    """A gunicorn on a free port."""

    def __init__(self, name: str, application: str, environ: Mapping[str, str], log: Path) -> None:
        self.name, self.application, self.environ, self.log = name, application, environ, log
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = (sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", self.application)
        with self.log.open("ab") as log:
            environ = {**self.environ, "BIND": f"127.0.0.1:{self.port}", "WEB_WORKERS": "2", "WEB_THREADS": "4"}
            self.process = processes.start(command, log=log, environ=environ, cwd=ROOT)
        if not processes.wait_until(self._answers, seconds=60):
            raise Failed(f"{self.name}: {self.log.read_text(encoding='utf-8', errors='replace')[-1500:]}")

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise Failed(f"{self.name}: {self.log.read_text(encoding='utf-8', errors='replace')[-1500:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def _workers(self) -> list[str]:
        assert self.process is not None
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()

    def peak_mb(self) -> float:
        """The largest resident size any worker of this server has had, in MB."""
        return max((peak_mb(worker) for worker in self._workers()), default=0.0)

    def cpu_seconds(self) -> float:
        """Processor time of all workers so far, of those that have ended too."""
        assert self.process is not None
        ended = sum(_times(self.process.pid)[2:])
        return ended + sum(sum(_times(worker)[:2]) for worker in self._workers())

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, with_signal=signal.SIGTERM, seconds=10)
            self.process = None


def peak_mb(pid: str | int = "self") -> float:
    """The peak resident size of a process, in MB (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _times(pid: str | int) -> list[float]:
    """Seconds: user and system of the process, user and system of its ended children (proc(5), fields 14-17)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:15]]


def forget_peak() -> None:
    """Start the peak of this process anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Clock:
    """Says what is being done, with the seconds since the start."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.started:6.1f} s] {text}", file=sys.stderr, flush=True)
