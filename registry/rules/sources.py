"""When a source is drawn from again, when it is late, and what is handed to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
SETTLED_AFTER = timedelta(seconds=10)
SHANGHAI = timezone(timedelta(hours=8))
LIST_FILES = frozenset({".csv", ".xlsx"})


def next_turn(at: datetime, *, every: timedelta, failures: int) -> datetime:
    """When a source that was drawn from at `at` is due again.

    After failures in a row it waits 1, 2, 4 … minutes, at most half an hour: an outage ends by itself, and the other
    side is not run over when it comes back.
    """
    if failures <= 0:
        return at + every
    return at + min(FIRST_PAUSE * (1 << min(failures - 1, 10)), LONGEST_PAUSE)


def is_late(*, last_success: datetime | None, since: datetime, every: timedelta, at: datetime) -> bool:
    """Whether a source has been silent for three of its turns and at least a quarter of an hour.

    `since` is when it was set up or woken, for a source that has not succeeded yet.
    """
    return at - (last_success or since) > max(3 * every, timedelta(minutes=15))


def next_night(at: datetime) -> datetime:
    """The next half past two in the night (UTC+8)."""
    here = at.astimezone(SHANGHAI)
    night = here.replace(hour=2, minute=30, second=0, microsecond=0)
    return night if night > here else night + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Handing:
    """What a subscriber may have of the list (政务数据共享条例: what its purpose needs and no more)."""

    unpublished: bool  # listings that are not fit for publication (002 §三(一))
    numbers: bool  # identifiers in full, sealed


_HANDED = {
    "platform": Handing(unpublished=True, numbers=True),
    "unit": Handing(unpublished=False, numbers=False),
    "republisher": Handing(unpublished=False, numbers=False),
}


def handing(subscriber_kind: str) -> Handing:
    """A platform carries the whole list on; a unit asks by checks, a republisher shows masked numbers only."""
    return _HANDED[subscriber_kind]


def is_list_file(name: str) -> bool:
    """Whether a file of a watched folder looks like a list: by its ending, not hidden, not a program's lock file."""
    path = PurePosixPath(name)
    return path.suffix.lower() in LIST_FILES and not path.name.startswith((".", "~$"))


def has_settled(*, changed_at: datetime, at: datetime) -> bool:
    """Whether nobody is writing it any more: untouched for ten seconds."""
    return at - changed_at >= SETTLED_AFTER


@dataclass(frozen=True, slots=True)
class Difference:
    """One listing on which two platforms differ: `missing` here, `differs`, or here though `gone` above."""

    listing: str
    kind: str


def differences(above: Sequence[tuple[str, str]], here: Sequence[tuple[str, str]]) -> list[Difference]:
    """Compare (listing, digest) pairs of one stretch of the list, both sides in any order."""
    theirs, ours = dict(above), dict(here)
    found = [
        Difference(listing, "missing" if listing not in ours else "differs")
        for listing, digest in theirs.items()
        if ours.get(listing) != digest
    ]
    found += [Difference(listing, "gone") for listing in ours if listing not in theirs]
    return sorted(found, key=lambda each: each.listing)
