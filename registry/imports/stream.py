"""Records that are opened piece by piece, here or in another process."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from registry.imports.table import Record

Opened = tuple[list[Record], int]  # the records of a piece, and how many of them are hidden


class Stream(Iterator[Record]):
    """The records of a file, one by one; or, from any point on, its remaining `pieces`.

    `hidden` counts the hidden records among those that were opened here. `prepare` is called before pieces are given
    away: what opening them needs has to be there by then.
    """

    def __init__(
        self, pieces: Iterator[Any], opened: Callable[[Any], Opened], prepare: Callable[[], None] = lambda: None
    ) -> None:
        self._pieces, self._opened, self._prepare = pieces, opened, prepare
        self._ready: deque[Record] = deque()
        self.hidden = 0

    def __next__(self) -> Record:
        while not self._ready:
            records, hidden = self._opened(next(self._pieces))
            self._ready.extend(records)
            self.hidden += hidden
        return self._ready.popleft()

    def put_back(self, record: Record) -> None:
        """The record that comes next."""
        self._ready.appendleft(record)

    def pieces(self) -> Iterator[Any]:
        """What is left, unopened."""
        self._prepare()
        return self._left()

    def _left(self) -> Iterator[Any]:
        if self._ready:
            yield list(self._ready)
            self._ready.clear()
        yield from self._pieces

    def open(self, piece: Any) -> Opened:
        """The records of a piece. Raises what opening raises."""
        return (piece, 0) if isinstance(piece, list) else self._opened(piece)


def of_lists(pieces: Iterator[list[Record]]) -> Stream:
    """A stream of records that are there already."""
    return Stream(pieces, lambda piece: (piece, 0))
