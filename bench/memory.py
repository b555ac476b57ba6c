"""The memory of a process and its children together, as it peaks."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread

_EVERY_SECONDS = 0.05


class TreePeak:
    """Use as a context: `mb` is then the most that this process and its children held at once, in MB.

    Pages that several processes share are counted once, by their proportional share (PSS).
    """

    def __init__(self) -> None:
        self.mb = 0.0
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> TreePeak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.mb = max(self.mb, sum(map(_pss_mb, _tree(os.getpid()))))
            if self._stop.wait(_EVERY_SECONDS):
                return


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for parent in found:
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text("ascii").split()]
        except OSError:  # gone meanwhile
            continue
    return found


def _pss_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:  # gone meanwhile
        pass
    return 0.0
