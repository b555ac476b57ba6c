"""`python -m config.supervisor` from outside: start, death of each child, end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import services

OURS = ("postgres", "valkey", "web", "worker", "beat")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], object], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)


class Platform:
    """A supervisor in a process of its own, with its own data directory and port."""

    def __init__(self, var: Path, port: int) -> None:
        unset = {
            "DATABASE_URL",
            "REDIS_URL",
            "SECRET_KEY",
            "ID_KEY",
            "DATA_KEY",
            "DJANGO_SETTINGS_MODULE",
            "HTTPS_ONLY",
        }
        self.environ = {key: value for key, value in os.environ.items() if key not in unset}
        self.environ |= {"VAR_DIR": str(var), "PORT": str(port)}
        self.var = var
        self.port = port
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        with (self.var.parent / "out.txt").open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor"],
                cwd=services.ROOT,
                env=self.environ,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def output(self) -> str:
        return (self.var.parent / "out.txt").read_text(encoding="utf-8")

    def second(self, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.supervisor"],
            cwd=services.ROOT,
            env=self.environ | environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=services.ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output()
        return self.status("/readyz") == 200

    def children(self) -> dict[str, int]:
        """Process id by part, told from the command line."""
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        found = {}
        for pid in map(int, listing.split()):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            for name, mark in zip(OURS, ("postgres", "valkey-server", "gunicorn", "worker", "beat"), strict=True):
                if any(part == mark or part.endswith(f"/{mark}") for part in command):
                    found[name] = pid
        return found

    def survivors(self) -> list[str]:
        """Command lines of processes that still belong to this data directory."""
        alive = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                environ = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue  # it ended, or belongs to somebody else
            if command and f"VAR_DIR={self.var}\0".encode() in environ:
                alive.append(command.replace(b"\0", b" ").decode(errors="replace"))
        return alive


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    var = tmp_path_factory.mktemp("platform") / "data with space"
    platform = Platform(var, free_port())
    eventually(lambda: "已就绪" in platform.output() or platform.process.poll() is not None, seconds=180)
    eventually(platform.is_ready)
    yield platform
    if platform.process.poll() is None:
        platform.process.kill()
        platform.process.wait()


def test_it_says_where_it_is_and_who_may_sign_in(platform: Platform) -> None:
    said = platform.output()
    assert f"http://127.0.0.1:{platform.port}/" in said
    assert "demo-2026" in said
    assert set(platform.children()) == set(OURS)


def test_a_command_works_beside_it(platform: Platform) -> None:
    eventually(lambda: platform.manage("doctor").returncode == 0)
    assert "临时启动" not in platform.manage("doctor").stderr


def test_a_second_one_on_the_same_data_says_one_sentence(platform: Platform) -> None:
    second = platform.second(PORT=str(free_port()))
    assert second.returncode == 1
    assert "已在运行" in second.stdout
    assert len(second.stdout.splitlines()) == 1


def test_a_taken_port_is_said_before_anything_starts(platform: Platform, tmp_path: Path) -> None:
    second = platform.second(VAR_DIR=str(tmp_path / "other"))
    assert second.returncode == 1
    assert f"端口 {platform.port} 已被占用" in second.stdout
    assert not (tmp_path / "other" / "pg").exists()


@pytest.mark.parametrize("part", OURS)
def test_a_killed_part_comes_back(platform: Platform, part: str) -> None:
    before = platform.children()[part]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: platform.children().get(part) not in {None, before})
    eventually(platform.is_ready)


def test_it_stops_in_order_and_starts_again_without_preparing(platform: Platform) -> None:
    platform.process.send_signal(signal.SIGINT)
    assert platform.process.wait(60) == 0
    assert platform.survivors() == []
    platform.start()
    eventually(platform.is_ready)
    assert "跳过准备步骤" in platform.output()


def test_nothing_survives_when_it_is_killed(platform: Platform) -> None:
    platform.process.kill()
    platform.process.wait()
    eventually(lambda: platform.survivors() == [], seconds=20)


def test_a_command_alone_brings_its_own_database(platform: Platform) -> None:
    result = platform.manage("export_catalogue")
    assert result.returncode == 0, result.stderr
    assert "临时启动内置 PostgreSQL" in result.stderr
    assert platform.survivors() == []
