"""Work spread over processes that are forked from this one and die with it; answers come in the order of the work.

Celery's own worker processes may not have children of `multiprocessing`, so these are made by hand. A child inherits
what to do; only the pieces of work and their results, as `marshal` writes them, go through pipes. It opens no
connection and leaves without any of its parent's exit handlers.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import marshal
import os
import signal
import struct
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, NamedTuple

Work = Callable[[Any], tuple[Any, ...]]
AHEAD = 3  # pieces per child that are under way at once: what bounds the memory
_PIPE = 1 << 20
_LENGTH = struct.Struct("<Q")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class HandLost(RuntimeError):
    """A child died before it answered: killed, or out of memory."""


class WorkFailed(RuntimeError):
    """The work raised in a child; says where, not what, since its words may quote the file."""


class _Hand(NamedTuple):
    pid: int
    to: int
    back: int


def in_order(work: Work, pieces: Iterator[Any], hands: int) -> Iterator[tuple[Any, ...]]:
    """`work` over `pieces` in `hands` children. Errors of `pieces` are raised here, after the answers before them.

    Raises HandLost and WorkFailed; then, and when the caller stops asking, the children are ended at once.
    """
    with _crew(work, hands) as crew:
        feeder = _Feeder(crew, pieces)
        feeder.start()
        try:
            while (ticket := feeder.tickets.get()) is not None:
                if isinstance(ticket, BaseException):
                    raise ticket
                yield _answer(ticket.back)
        finally:
            feeder.stop()


class _Feeder(Thread):
    """Hands the pieces out in turn. `tickets` say whose answer comes next; at the end there is None or an error."""

    def __init__(self, crew: list[_Hand], pieces: Iterator[Any]) -> None:
        super().__init__(name="feeder", daemon=True)
        self.tickets: Queue[_Hand | BaseException | None] = Queue(AHEAD * len(crew))
        self._crew, self._pieces, self._is_over = crew, pieces, False

    def run(self) -> None:
        end: BaseException | None = None
        try:
            for number, piece in enumerate(self._pieces):
                hand = self._crew[number % len(self._crew)]
                self.tickets.put(hand)
                if self._is_over:
                    return
                _send(hand.to, piece)
        except BrokenPipeError:
            return  # the child is gone: whoever waits for its answer hears of it
        except BaseException as error:  # noqa: BLE001 handed over to the thread that asks
            end = error
        self.tickets.put(end)

    def stop(self) -> None:
        """End the children and wait for the thread; harmless at the end of the work."""
        self._is_over = True
        for hand in self._crew:
            os.kill(hand.pid, signal.SIGKILL)
        while self.is_alive():
            try:
                self.tickets.get(timeout=0.01)
            except Empty:
                continue


@contextmanager
def _crew(work: Work, hands: int) -> Iterator[list[_Hand]]:
    crew: list[_Hand] = []
    try:
        for _ in range(hands):
            crew += [_fork(work)]
        yield crew
    finally:
        for hand in crew:
            os.close(hand.to)
            os.close(hand.back)
            os.kill(hand.pid, signal.SIGKILL)
            os.waitpid(hand.pid, 0)


def _fork(work: Work) -> _Hand:
    there, to = os.pipe()
    back, answer = os.pipe()
    for pipe in (to, answer):
        _widen(pipe)
    parent = os.getpid()
    gc.freeze()  # what is shared stays shared: the child's collector does not touch it
    pid = os.fork()
    if pid == 0:
        _be_a_hand(work, there, answer, parent)
    gc.unfreeze()
    os.close(there)
    os.close(answer)
    return _Hand(pid, to, back)


def _widen(pipe: int) -> None:
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
    except PermissionError:
        return  # the user's share of pipe memory is used up; a narrow pipe only waits more often


def _be_a_hand(work: Work, there: int, answer: int, parent: int) -> None:
    """The child: never returns."""
    code = 1
    try:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:  # else it died before the line above
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            _close_all_but({there, answer})
            gc.disable()  # what is made of a piece goes with it
            _work_on(work, there, answer)
            code = 0
    finally:
        os._exit(code)


def _close_all_but(kept: set[int]) -> None:
    """Let go of the parent's connections, files and pipes: only the parent may end them."""
    last = 2
    for number in sorted(kept):
        os.closerange(last + 1, number)
        last = number
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))


def _work_on(work: Work, there: int, answer: int) -> None:
    while (piece := _receive(there)) is not None:
        try:
            result: tuple[Any, ...] = (True, *work(piece))
        except Exception as error:  # noqa: BLE001 told to the parent, which fails the batch
            frames = traceback.extract_tb(error.__traceback__)[-4:]
            place = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
            result = (False, f"{type(error).__name__} at {place}")
        _send(answer, result)


def _answer(back: int) -> tuple[Any, ...]:
    found = _receive(back)
    if found is None:
        raise HandLost("a reading process died")
    is_good, *result = found
    if not is_good:
        raise WorkFailed(result[0])
    return tuple(result)


def _send(pipe: int, message: Any) -> None:
    data = marshal.dumps(message)
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(pipe, view) :]


def _receive(pipe: int) -> Any:
    """The next message; None when the other side is gone."""
    head = _read(pipe, _LENGTH.size)
    if head is None:
        return None
    data = _read(pipe, _LENGTH.unpack(head)[0])
    return None if data is None else marshal.loads(data)  # noqa: S302 written by our own process


def _read(pipe: int, size: int) -> bytearray | None:
    found = bytearray()
    while len(found) < size:
        part = os.read(pipe, min(size - len(found), _PIPE))
        if not part:
            return None
        found += part
    return found
