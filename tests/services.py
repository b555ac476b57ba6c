"""The real servers the suite runs against, and where they are.

Importing this module names the addresses in the environment (the settings read
them from there); the servers start when the first test asks for them. A
`DATABASE_URL` or `REDIS_URL` that is already set is used as it is.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from config import embedded, processes

ROOT = Path(__file__).resolve().parent.parent
DIRECTORY = Path(tempfile.mkdtemp(prefix="jdp-test-"))
SOCKETS = DIRECTORY / "s"
OWN_DATABASE = not os.environ.get("DATABASE_URL")
OWN_BROKER = not os.environ.get("REDIS_URL")

_DEFAULTS = {
    "DATABASE_URL": f"postgresql://app@/app?host={SOCKETS}",
    "REDIS_URL": f"redis+socket://{SOCKETS / 'broker.sock'}?virtual_host=0",
    "SECRET_KEY": "tests only " * 5,
    "ID_KEY": "11" * 32,
    "DATA_KEY": "22" * 32,
    "HTTPS_ONLY": "0",
    "LOG_LEVEL": "WARNING",
    "WEBHOOK_HOSTS": "127.0.0.1",
    "WEBHOOK_LOOPBACK": "1",
    "SOURCE_HOSTS": "127.0.0.1",
}


def name_addresses() -> None:
    """Fill the environment with what the settings need, once."""
    os.environ["VAR_DIR"] = str(DIRECTORY / "var")
    (DIRECTORY / "var").mkdir(exist_ok=True)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    atexit.register(shutil.rmtree, DIRECTORY, ignore_errors=True)


def database_server() -> embedded.Postgres:
    """A PostgreSQL for the suite; it forgets everything anyway, so it need not wait for the disk."""
    tuning = ("fsync=off", "full_page_writes=off")
    return embedded.Postgres(DIRECTORY / "pg", SOCKETS, DIRECTORY / "postgres.log", tuning=tuning)


def broker_server() -> embedded.Valkey:
    return embedded.Valkey(DIRECTORY / "broker", SOCKETS / "broker.sock", DIRECTORY / "valkey.log")


def chromium() -> str:
    """The system's Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    for name in names:
        if path := shutil.which(name):
            return path
    raise RuntimeError("浏览器测试需要 Chromium：apt-get install chromium fonts-noto-cjk")


class CeleryWorker:
    """`celery worker` in a process of its own, on the test database and the test broker."""

    def __init__(self, database_name: str) -> None:
        url = urlsplit(os.environ["DATABASE_URL"])
        self.log = DIRECTORY / "worker.log"
        self.environ = {
            **os.environ,
            "DATABASE_URL": url._replace(path=f"/{database_name}").geturl(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "INFO",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, concurrency: int = 2) -> None:
        """Start it and wait until it answers."""
        command = (sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel", "INFO",
                   "--concurrency", str(concurrency), "--without-gossip", "--without-mingle")  # fmt: skip
        with self.log.open("ab") as log:
            self.process = processes.start(command, log=log, environ=self.environ, cwd=ROOT)
        if not processes.wait_until(self._answers, seconds=60, every=0.1):
            self.stop()
            raise RuntimeError(f"the worker did not come up:\n{self.output()}")

    def _answers(self) -> bool:
        from config.celery import app

        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"the worker ended at once:\n{self.output()}")
        return bool(app.control.ping(timeout=0.5))

    def kill(self) -> None:
        """SIGKILL for the worker and its pool, as when the machine takes the memory away."""
        assert self.process is not None
        processes.kill_group(self.process)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, with_signal=signal.SIGTERM, seconds=20)

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-6000:]
