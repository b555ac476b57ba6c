"""The commands of the production image and of docker-compose.yml really start."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from django.db import connection

from config import processes
from tests import services
from tests.platform.test_supervisor import eventually, free_port

COMPOSE = yaml.safe_load((services.ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
BIN = services.ROOT / ".venv" / "bin"


def command_of(service: str) -> list[str]:
    """The service's command with compose's defaults filled in."""
    return [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", part) for part in COMPOSE["services"][service]["command"]]


def environment(database_name: str, **more: str) -> dict[str, str]:
    worker = services.CeleryWorker(database_name)
    return {**worker.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **more}


def start(command: Sequence[str], environ: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as file:
        return processes.start(command, log=file, environ=environ, cwd=services.ROOT)


@pytest.fixture
def database_name(transactional_db: None) -> str:
    return str(connection.settings_dict["NAME"])


def test_the_image_and_compose_start_the_web_server_alike() -> None:
    lines = (services.ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1].removeprefix("CMD ")) == command_of("web")


def test_the_web_command_answers(database_name: str, tmp_path: Path) -> None:
    port = free_port()
    environ = environment(database_name, BIND=f"127.0.0.1:{port}")
    process = start(command_of("web"), environ, tmp_path / "log")

    def answers() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
                return bool(response.read() == b"ok\n")
        except OSError:
            return False

    try:
        eventually(answers)
    finally:
        processes.stop(process, with_signal=signal.SIGTERM, seconds=25)
    assert process.returncode == 0


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_the_background_commands_run_and_end_when_asked(service: str, database_name: str, tmp_path: Path) -> None:
    process = start(command_of(service), environment(database_name), tmp_path / "log")
    mark = {"worker": "ready.", "beat": "beat: Starting..."}[service]
    try:
        eventually(lambda: mark in (tmp_path / "log").read_text() or process.poll() is not None)
        time.sleep(1)
        assert process.poll() is None, (tmp_path / "log").read_text()
    finally:
        processes.stop(process, with_signal=signal.SIGTERM, seconds=25)
    assert process.returncode == 0


@pytest.mark.parametrize("command", [["python", "manage.py", "migrate"], command_of("web")])
def test_a_missing_key_stops_the_start_with_one_sentence(command: list[str]) -> None:
    environ = {key: value for key, value in os.environ.items() if key not in {"ID_KEY", "DJANGO_SETTINGS_MODULE"}}
    process = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=services.ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert process.returncode != 0
    assert process.stderr == "设置有误：生产环境缺少 ID_KEY：请在环境变量 ID_KEY 或 ID_KEY_FILE 中提供。\n"
