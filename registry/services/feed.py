"""The numbered feed of changes: reading it, and telling subscribers whether they are in step (contract.md §3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from core import chain
from registry.models import Change

LIMIT = 1_000


class FeedLine(NamedTuple):
    """What subscribers see of a change."""

    number: int
    kind: str
    listing_id: UUID
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Lines after a number, in order; `last` is the newest number of the whole feed."""

    changes: tuple[FeedLine, ...]
    last: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Whether a subscriber's copy of the feed is ours; `behind` lines stand after it."""

    in_step: bool
    number: int
    last: int
    behind: int


def changes_after(*, number: int, limit: int = LIMIT) -> FeedPage:
    """The lines numbered after `number`, at most `limit` (1-1000)."""
    limit = max(1, min(limit, LIMIT))
    numbered = Change.objects.numbered().filter(number__gt=max(number, 0)).values_list(*FeedLine._fields)
    lines = [FeedLine(*line) for line in numbered[: limit + 1]]
    has_more = len(lines) > limit
    lines = lines[:limit]
    last = Change.objects.last_number() if has_more or not lines else lines[-1].number
    return FeedPage(tuple(lines), last, has_more)


def acknowledge(*, number: int, hash: str) -> Acknowledgement:  # noqa: A002 contract.md §3 names it so
    """Compare a subscriber's running hash at `number` with ours; number 0 goes with 64 zeros."""
    last = Change.objects.last_number()
    if number == 0:
        ours: str | None = chain.GENESIS
    else:
        ours = Change.objects.filter(number=number).values_list("hash", flat=True).first()
    in_step = ours is not None and hmac.compare_digest(ours.encode(), hash.strip().lower().encode())
    return Acknowledgement(in_step, number, last, max(last - number, 0) if in_step else 0)


def last_number() -> int:
    """The version of the list: the newest line's number, 0 before the first."""
    return Change.objects.last_number()


def number_after_commit() -> None:
    """Number the caller's changes as soon as they are committed; a failure is left to the sequencer's next turn."""
    transaction.on_commit(_sequence, robust=True)


def _sequence() -> None:
    chain.sequence(Change, wait=False)
