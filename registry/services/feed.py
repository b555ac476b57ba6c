"""The numbered feed of changes: reading it, and telling subscribers whether they are in step (contract.md §3)."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from core import chain
from registry.models import Change, Listing

LIMIT = 1_000
NUMBERED_AT_ONCE = 5_000
WITHHELD = "withheld"


class FeedLine(NamedTuple):
    """What subscribers see of a change.

    A republisher sees of a listing that is not for publication only that there is a line: `kind` is `withheld`, listing
    and time are None, and the running hash is taken over as given. `is_withdrawn` marks for it the correction that took
    a listing out of publication; whoever shows the listing deletes it, as after a removal.
    """

    number: int
    kind: str
    listing_id: UUID | None
    at: datetime | None
    hash: str
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Lines after a number, in order; `last` is the newest number of the whole feed.

    `text` is the lines as they are answered and pushed: JSON objects with commas between them (contract.md §3).
    """

    text: str
    last: int
    has_more: bool

    @property
    def changes(self) -> tuple[FeedLine, ...]:
        return tuple(
            FeedLine(
                line["number"],
                line["kind"],
                UUID(line["listing"]) if line["listing"] else None,
                datetime.fromisoformat(line["at"]) if line["at"] else None,
                line["hash"],
                line.get("withdrawn", False),
            )
            for line in json.loads(f"[{self.text}]")
        )


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Whether a subscriber's copy of the feed is ours; `behind` lines stand after it."""

    in_step: bool
    number: int
    last: int
    behind: int


# The database writes the lines: a thousand of them cost it a millisecond, and Python twenty. Kinds, ids and hashes need
# no escaping; times are Shanghai's, with a fraction only where there is one.
_LOCAL = "(c.at AT TIME ZONE INTERVAL '+08:00')"
_AT = (
    f"to_char({_LOCAL}, 'YYYY-MM-DD\"T\"HH24:MI:SS')"
    f" || CASE WHEN date_trunc('second', c.at) = c.at THEN '' ELSE to_char({_LOCAL}, '.US') END || '+08:00'"
)
_OPEN = (
    f"""'{{"number":' || c.number || ',"kind":"' || c.kind || '","listing":"' || c.listing_id || '","at":"' || {_AT}"""
    """ || '","hash":"' || c.hash || '"'"""
)
_WITHDRAWN = "COALESCE(c.before ->> 'publishable' = 'true' AND c.after ->> 'publishable' = 'false', false)"
_LINE = f"{_OPEN} || '}}'"
_PUBLIC_LINE = f"""
    CASE WHEN l.publishable OR {_WITHDRAWN} THEN {_OPEN} || ',"withdrawn":' || {_WITHDRAWN}::text || '}}'
         ELSE '{{"number":' || c.number || ',"kind":"{WITHHELD}","listing":null,"at":null,"hash":"' || c.hash
              || '","withdrawn":false}}' END"""
_FROM = {
    False: f"SELECT c.number, {_LINE} AS line FROM registry_change c",  # noqa: S608 our own columns
    True: f"SELECT c.number, {_PUBLIC_LINE} AS line"  # noqa: S608 our own columns
    " FROM registry_change c JOIN registry_listing l ON l.id = c.listing_id",
}
_PAGE = """
    SELECT COALESCE(string_agg(page.line, ',' ORDER BY page.number), ''), max(page.number),
           (SELECT max(number) FROM registry_change)
      FROM ({lines} WHERE c.number BETWEEN %s AND %s ORDER BY c.number LIMIT %s) page"""
_END = 2**63 - 1


def changes_after(*, number: int, limit: int = LIMIT, public: bool = False) -> FeedPage:
    """The lines numbered after `number`, at most `limit` (1-1000); with `public` as a republisher may see them."""
    number, limit = max(number, 0), max(1, min(limit, LIMIT))
    text, end, last = _page(min(number + 1, _END), _END, limit, public)
    return FeedPage(text, last, has_more=number < end < last)


def lines_between(*, first: int, last: int, public: bool = False) -> FeedPage:
    """The lines from one number to another, both included, however many."""
    text, end, newest = _page(first, last, None, public)
    return FeedPage(text, newest, has_more=end < newest)


def _page(first: int, last: int, limit: int | None, public: bool) -> tuple[str, int, int]:
    """The lines' text, the number of the last of them (0: none), and the feed's newest number, at one moment."""
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(lines=_FROM[public]), [first, last, limit])
        text, end, newest = cursor.fetchone()
    return text, end or 0, newest or 0


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
    newest = Change.objects.exclude(number=None).order_by("-number").values_list("number", "hash").first()
    number, running = newest or (0, chain.GENESIS)
    announced = Listing.objects.announced().order_by("id")
    if public:
        announced = announced.filter(publishable=True)
    if after is not None:
        announced = announced.filter(id__gt=after)
    lines = [SnapshotLine(*line) for line in announced.values_list(*SnapshotLine._fields)[: limit + 1]]
    return Snapshot(number or 0, running, tuple(lines[:limit]), len(lines) > limit)


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
