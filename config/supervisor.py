"""`make run`: starts the platform's processes in order, keeps them alive, stops them in reverse order.

postgres and valkey (where no outside server is named) → prepare → web, worker, beat.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured

from config import embedded, processes
from config import environment as env

BACKOFF_SECONDS = (0.1, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_AFTER_SECONDS = 60.0
READY_WITHIN_SECONDS = 60.0
CODE = ("agencies", "config", "core", "feedback", "measures", "registry", "static", "templates", "requirements")
DEMO = """
  演示账号（口令均为 demo-2026）：
    clerk     莱芜区人民法院 经办          reviewer  莱芜区人民法院 复核
    clerk2    槐荫区人民法院 经办          finance   莱芜区财政局
    civil     莱芜区民政局                 housing   莱芜区住房和城乡建设局
    office    莱芜区信用办                 admin     系统管理员
"""


def say(text: str) -> None:
    print(text, flush=True)


class Part(Protocol):
    """Something that runs as a child process."""

    name: str
    log: Path
    process: subprocess.Popen[bytes] | None

    def start(self) -> subprocess.Popen[bytes]: ...
    def stop(self) -> None: ...


@dataclass
class Program:
    """One of the platform's own processes; its output goes to `log`."""

    name: str
    command: tuple[str, ...]
    log: Path
    stop_seconds: float
    # Sent by the kernel when the supervisor dies: SIGQUIT lets a master end its children first.
    death_signal: signal.Signals = signal.SIGQUIT
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.process = processes.start(
                self.command, log=log, death_signal=self.death_signal, cwd=env.BASE_DIR, environ=_environment()
            )
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, with_signal=signal.SIGTERM, seconds=self.stop_seconds)
            self.process = None


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "PORT": str(port()),
        "VAR_DIR": str(env.var_dir()),
    }


def port() -> int:
    value = env.read("PORT", "8000") or "8000"
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise embedded.ServerError(f"PORT={value} 不是有效的端口号。(PORT is not a valid port number.)")
    return int(value)


def port_is_free(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def code_digest() -> str:
    """A digest of everything that decides what `prepare` does."""
    digest = hashlib.sha256()
    for folder in CODE:
        for path in sorted((env.BASE_DIR / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(env.BASE_DIR)).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def programs(logs: Path) -> list[Program]:
    """web, worker and beat, in the order of their start."""
    python = sys.executable
    celery = (python, "-m", "celery", "-A", "config")
    return [
        Program("web", (python, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"), logs / "web.log", 20),
        Program(
            "worker",
            (*celery, "worker", "--concurrency", env.read("WORKER_CONCURRENCY", "2") or "2", "--loglevel", "INFO",
             "--without-gossip", "--without-mingle"),
            logs / "worker.log", 30,
        ),
        # Beat has no children to end, and a SIGQUIT that it does not handle would dump its memory first.
        Program(
            "beat", (*celery, "beat", "--loglevel", "INFO", "--pidfile", ""), logs / "beat.log", 10, signal.SIGKILL
        ),
    ]  # fmt: skip


class Supervisor:
    """Owns the children. `run()` returns the exit code."""

    def __init__(self) -> None:
        self.logs = env.var_dir() / "log"
        self.parts: list[Part] = []
        self.stopping = False
        self._started: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._retry_at: dict[str, float] = {}

    def run(self) -> int:
        platform, postgres = embedded.platform_lock(), embedded.postgres_lock()
        if not platform.take():
            say(
                f"平台已在运行（{platform.note()}）：同一数据目录只能运行一个。"
                "(The platform is already running on this VAR_DIR.)"
            )
            return 1
        if not port_is_free(port()):
            say(
                f"端口 {port()} 已被占用：请关闭占用它的程序，或换一个端口，例如 PORT=9000 make run。"
                f"(Port {port()} is already in use.)"
            )
            return 1
        platform.write(f"http://127.0.0.1:{port()}，进程号 {os.getpid()}")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        try:
            self._start_all(postgres)
            self._announce()
            while not self.stopping:
                self._revive()
                time.sleep(0.2)
        except Stopped:
            pass  # asked to stop while still starting: the same orderly end
        except embedded.ServerError as error:
            say(f"错误：{error}")
            return 1
        finally:
            self._stop_all()
            postgres.release()
            platform.release()
        return 0

    def _stop_asked(self, number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _start_all(self, postgres: processes.Lock) -> None:
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not env.read("DATABASE_URL"):
            say("未设置 DATABASE_URL：使用内置 PostgreSQL，数据在 " + str(env.var_dir()))
            if not processes.wait_until(lambda: self.stopping or postgres.take(), seconds=60):
                raise embedded.ServerError("内置数据库一直被另一个命令占用，请等其结束后再启动。")
            self._check_stop()
            database = embedded.postgres()
            database.prepare()
            self._start(database)
        if not env.read("REDIS_URL"):
            say("未设置 REDIS_URL：使用内置 Valkey")
            broker = embedded.valkey()
            broker.prepare()
            self._start(broker)
        self._prepare()
        for program in programs(self.logs):
            self._start(program)
        self._wait_for_web()

    def _start(self, part: Part) -> None:
        self._check_stop()
        say(f"启动 {part.name} ……")
        self.parts.append(part)
        part.start()
        self._started[part.name] = time.monotonic()

    def _check_stop(self) -> None:
        if self.stopping:
            raise Stopped

    def _prepare(self) -> None:
        """Migrate and load, unless the same code did so on the same database before."""
        stamp = env.var_dir() / "prepared"
        # Nothing is known about an outside database: it is always brought up to date.
        identity = None if env.read("DATABASE_URL") else embedded.postgres().identity()
        wanted = f"{code_digest()} {identity}"
        if identity and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            say("数据库与目录没有变化，跳过准备步骤")
            return
        say("准备数据库、措施目录与静态文件（首次运行需要一些时间）……")
        log_path = self.logs / "prepare.log"
        with log_path.open("wb") as log:
            process = processes.start(
                (sys.executable, "-m", "config.prepare"), log=log, cwd=env.BASE_DIR, environ=_environment()
            )
            while process.poll() is None:
                if self.stopping:
                    processes.stop(process, with_signal=signal.SIGTERM, seconds=5)
                    raise Stopped
                time.sleep(0.05)
        if process.returncode:
            sys.stderr.write(log_path.read_text(encoding="utf-8", errors="replace")[-4000:])
            raise embedded.ServerError(f"准备步骤失败，详见 {log_path}")
        stamp.write_text(wanted, encoding="utf-8")

    def _wait_for_web(self) -> None:
        end = time.monotonic() + READY_WITHIN_SECONDS
        while not _web_answers():
            self._check_stop()
            self._revive()
            if time.monotonic() > end:
                raise embedded.ServerError(
                    f"网站在 {READY_WITHIN_SECONDS:.0f} 秒内没有就绪，详见 {self.logs / 'web.log'}"
                )
            time.sleep(0.1)

    def _announce(self) -> None:
        say(f"\n失信被执行人联合惩戒平台已就绪：http://127.0.0.1:{port()}/")
        if not env.read("DATABASE_URL"):
            say(DEMO)
        say(f"日志在 {self.logs}；按 Ctrl-C 停止。")

    def _revive(self) -> None:
        """Start dead children again; one that keeps dying waits longer each time."""
        for part in self.parts:
            if part.process is None or part.process.poll() is None:
                continue
            clock = time.monotonic()
            if part.name not in self._retry_at:
                self._plan_retry(part, clock)
            if clock >= self._retry_at[part.name]:
                del self._retry_at[part.name]
                self._start_again(part)

    def _plan_retry(self, part: Part, clock: float) -> None:
        assert part.process is not None
        processes.kill_group(part.process)  # workers of a killed master would keep the port or the queue
        steady = clock - self._started[part.name] > STEADY_AFTER_SECONDS
        failures = 0 if steady else self._failures.get(part.name, 0)
        wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
        self._failures[part.name] = failures + 1
        self._retry_at[part.name] = clock + wait
        say(f"{part.name} 意外退出（{_how_it_ended(part.process.returncode)}），{wait:g} 秒后重新启动")
        if failures:
            say(f"  {part.log} 的最后一行：{_last_line(part.log)}")

    def _start_again(self, part: Part) -> None:
        self._started[part.name] = time.monotonic()
        try:
            part.start()
        except embedded.ServerError as error:
            if part.process is None:
                raise  # it never answered: there is nothing left to watch
            say(f"{part.name} 未能启动：{error}")
            return
        say(f"{part.name} 已重新启动")

    def _stop_all(self) -> None:
        if self.parts:
            say("\n正在停止……")
        for part in reversed(self.parts):
            part.stop()
        if self.parts:
            say("已全部停止。")


class Stopped(Exception):
    """The user asked for the end before the start was complete."""


def _how_it_ended(code: int) -> str:
    return f"信号 {-code}" if code < 0 else f"退出码 {code}"


def _last_line(path: Path) -> str:
    """What a process said last; a killed one says nothing of its death."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2000))
        lines = file.read().decode("utf-8", errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "（空）")


def _web_answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port()}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    try:
        return Supervisor().run()
    except (embedded.ServerError, ImproperlyConfigured) as error:
        say(f"错误：{error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
