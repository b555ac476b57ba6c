"""Child processes that cannot outlive this one, and locks that cannot go stale."""

import ctypes
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
NOBODY = 65534


def user_namespaces_allowed() -> bool:
    """Whether this process may make a user namespace (containers often forbid it)."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if _LIBC.unshare(_CLONE_NEWUSER) == 0 else 1)
    return os.waitpid(pid, 0)[1] == 0


def _enter_user_namespace() -> None:
    """Become `nobody` in a namespace of its own; outside it the files stay with the real user."""
    uid, gid = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWUSER) != 0:
        os._exit(126)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1", encoding="ascii")


def _before_exec(parent: int, death_signal: int, *, unprivileged: bool) -> Callable[[], None]:
    def prepare() -> None:
        if unprivileged:
            _enter_user_namespace()
        _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(125)

    return prepare


def _as_nobody(death_signal: int) -> tuple[str, ...]:
    """Run as user `nobody`, who may still walk through root's directories to its own files.

    The death signal is named again, since the kernel forgets it when the user changes.
    """
    return (
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
        "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override",
        f"--pdeathsig={signal.Signals(death_signal).name.removeprefix('SIG')}",
    )  # fmt: skip


def start(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int | None,
    death_signal: int = signal.SIGKILL,
    drop_root: bool = False,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own process group; the kernel sends it `death_signal` when this process dies.

    Must be called from the main thread: the kernel watches the thread that started the child.
    With `drop_root` the command runs without root's rights when this process has them.
    """
    as_root = drop_root and os.geteuid() == 0
    namespace = as_root and user_namespaces_allowed()
    if as_root and not namespace:
        command = (*_as_nobody(death_signal), *command)
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=dict(environ) if environ is not None else None,
        cwd=cwd,
        preexec_fn=_before_exec(os.getpid(), death_signal, unprivileged=namespace),
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the child's process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing was left


def stop(process: subprocess.Popen[bytes], *, with_signal: int, seconds: float) -> None:
    """Ask the child to end, wait, then end its whole group."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    kill_group(process)


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Poll `ready` until it says yes or the time is over."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


class Lock:
    """An advisory file lock. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """True when it is ours now; False when another process has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def is_taken(self) -> bool:
        """True when some process holds it at the moment."""
        if self._file is not None:
            return True
        if self.take():
            self.release()
            return False
        return True

    def write(self, text: str) -> None:
        """Leave a note for those who find it taken."""
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text)
        self._file.flush()

    def note(self) -> str:
        return self.path.read_text(encoding="utf-8").strip()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
