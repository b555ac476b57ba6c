"""The numbered feed of changes: reading it, and telling subscribers whether they are in step (contract.md §3)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.timezone import get_current_timezone

from core import chain
from registry.models import Change, Listing
from registry.querysets import ChangeQuerySet

LIMIT = 1_000
NUMBERED_AT_ONCE = 5_000
WITHHELD = "withheld"


class FeedLine(NamedTuple):
    """What subscribers see of a change."""

    number: int
    kind: str
    listing_id: UUID
    at: datetime
    hash: str


class PublicLine(NamedTuple):
    """What a republisher sees of a change: of a listing that is not for publication only that there is a line.

    Then `kind` is `withheld`, listing and time are None, and the running hash is taken over as given. `is_withdrawn`:
    the correction that took a listing out of publication; whoever shows it deletes it, as after a removal.
    """

    number: int
    kind: str
    listing_id: UUID | None
    at: datetime | None
    hash: str
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Lines after a number, in order; `last` is the newest number of the whole feed."""

    changes: tuple[FeedLine | PublicLine, ...]
    last: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Whether a subscriber's copy of the feed is ours; `behind` lines stand after it."""

    in_step: bool
    number: int
    last: int
    behind: int


def changes_after(*, number: int, limit: int = LIMIT, public: bool = False) -> FeedPage:
    """The lines numbered after `number`, at most `limit` (1-1000); with `public` as a republisher may see them."""
    limit = max(1, min(limit, LIMIT))
    numbered = Change.objects.numbered().filter(number__gt=max(number, 0))
    lines = _public_lines(numbered[: limit + 1]) if public else _lines(numbered[: limit + 1])
    has_more = len(lines) > limit
    lines = lines[:limit]
    last = Change.objects.last_number() if has_more or not lines else lines[-1].number
    return FeedPage(tuple(lines), last, has_more)


def lines_between(*, first: int, last: int, public: bool = False) -> Sequence[FeedLine | PublicLine]:
    """The lines from one number to another, both included."""
    numbered = Change.objects.numbered().filter(number__range=(first, last))
    return _public_lines(numbered) if public else _lines(numbered)


def _lines(changes: ChangeQuerySet) -> Sequence[FeedLine | PublicLine]:
    return [FeedLine(*line) for line in changes.values_list(*FeedLine._fields)]


def _public_lines(changes: ChangeQuerySet) -> Sequence[FeedLine | PublicLine]:
    rows = changes.with_publication().values_list(*FeedLine._fields, "listing__publishable", "is_withdrawn")
    return [
        PublicLine(*line, is_withdrawn)
        if publishable or is_withdrawn
        else PublicLine(line[0], WITHHELD, None, None, line[4], False)
        for *line, publishable, is_withdrawn in rows
    ]


def plain(line: FeedLine | PublicLine) -> dict[str, Any]:
    """A line as it is answered and pushed (JSON; contract.md §3)."""
    listing = None if line.listing_id is None else str(line.listing_id)
    at = None if line.at is None else line.at.astimezone(get_current_timezone()).isoformat()
    shown = {"number": line.number, "kind": line.kind, "listing": listing, "at": at, "hash": line.hash}
    return {**shown, "withdrawn": line.is_withdrawn} if isinstance(line, PublicLine) else shown


def acknowledge(*, number: int, hash: str) -> Acknowledgement:  # noqa: A002 contract.md §3 names it so
    """Compare a subscriber's running hash at `number` with ours; number 0 goes with 64 zeros."""
    last = Change.objects.last_number()
    if number == 0:
        ours: str | None = chain.GENESIS
    else:
        ours = Change.objects.filter(number=number).values_list("hash", flat=True).first()
    in_step = ours is not None and hmac.compare_digest(ours.encode(), hash.strip().lower().encode())
    return Acknowledgement(in_step, number, last, max(last - number, 0) if in_step else 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page of the listings that the feed has announced and not ended, by id.

    It has seen at least the lines up to `number`, whose running hash is `hash`. Whoever keeps a copy follows the feed
    from the number of the *first* page: what changed while paging stands in later lines, and a line that the page had
    already seen does no harm when it is followed again.
    """

    number: int
    hash: str
    listings: tuple[SnapshotLine, ...]
    has_more: bool


class SnapshotLine(NamedTuple):
    id: UUID
    status: str
    publishable: bool
    content_digest: bytes


def snapshot(*, after: UUID | None, limit: int = LIMIT, public: bool = False) -> Snapshot:
    """The listings after an id, at most `limit` (1-1000); with `public` only what is for publication. Two queries."""
    limit = max(1, min(limit, LIMIT))
    # The number first: a line that is in it was committed with its listing, which the second query then sees.
    number, running = (
        Change.objects.exclude(number=None).order_by("-number").values_list("number", "hash").first()
    ) or (0, chain.GENESIS)
    announced = Listing.objects.announced().order_by("id")
    if public:
        announced = announced.filter(publishable=True)
    if after is not None:
        announced = announced.filter(id__gt=after)
    lines = [SnapshotLine(*line) for line in announced.values_list(*SnapshotLine._fields)[: limit + 1]]
    return Snapshot(number, running, tuple(lines[:limit]), len(lines) > limit)


def last_number() -> int:
    """The version of the list: the newest line's number, 0 before the first."""
    return Change.objects.last_number()


def number_after_commit(*, changes: int = 1) -> None:
    """Number the caller's changes as soon as they are committed; a failure is left to the sequencer's next turn.

    So many that the caller would wait for seconds are left to it from the start: its turn comes every few seconds.
    """
    if changes <= NUMBERED_AT_ONCE:
        transaction.on_commit(_sequence, robust=True)


def _sequence() -> None:
    chain.sequence(Change, wait=False)
