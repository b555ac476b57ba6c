"""Following another platform: its feed page by page, its whole list anew, and the comparison with what stands here.

A page is taken over in one transaction with the number it reaches: a worker that dies, or a platform that goes away in
the middle of one, leaves the copy at the page before, and the next turn goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from core import chain
from registry.choices import ListingStatus, SourceStatus
from registry.models import Listing, Source, SourceRun
from registry.rules.sources import Difference, differences
from registry.services import mirroring, opening, records
from registry.services.opening import Opened
from registry.services.sealing import SealBroken
from registry.services.upstream import (
    NotOurProtocol,
    OutOfStep,
    Upstream,
    UpstreamRefuses,
    follow,
    not_a_platform_there,
)

ACK_EVERY = timedelta(hours=1)
MOST_DIFFERENCES = 5_000  # beyond, the whole list is taken over anew


class Superseded(Exception):
    """Somebody paused or set back the source meanwhile: this turn is over."""


def speak_with(source: Source) -> Upstream:
    return Upstream(source.base_url, source.credential or "")


# --- the feed -------------------------------------------------------------------------------------------------------


def pull(source: Source, run: SourceRun, *, at: datetime) -> None:
    """Take over everything its feed has after `last_number`, then tell it where our copy stands."""
    with speak_with(source) as upstream:
        pages = _pull_pages(source, run, upstream, at)
        if pages or source.acked_at is None or at - source.acked_at >= ACK_EVERY:
            in_step = upstream.acknowledge(number=source.last_number, hash=source.last_hash or chain.GENESIS)
            if not in_step:
                raise OutOfStep("上级平台不承认本平台变更流副本的校验值。")
            source.acked_at = at
            source.save(update_fields=["acked_at"])


def _pull_pages(source: Source, run: SourceRun, upstream: Upstream, at: datetime) -> int:
    pages = 0
    while True:
        page = upstream.changes(after=source.last_number)
        if page.last < source.last_number:
            raise OutOfStep(f"上级平台的变更流只到第 {page.last} 号，本平台已有第 {source.last_number} 号。")
        if not page.lines:
            return pages
        number, running = follow(page.lines, number=source.last_number, hash=source.last_hash)
        opened = _fetch(source, upstream, list(dict.fromkeys(line.listing_id for line in page.lines)))
        with transaction.atomic():
            _hold(source, run)
            written = mirroring.write_lines(source, opened, page.lines, at=at)
            source.last_number, source.last_hash = number, running
            source.save(update_fields=["last_number", "last_hash"])
            count(run, lines=len(page.lines), changes=written.changes, held_elsewhere=len(written.held_elsewhere))
        pages += 1
        if not page.has_more:
            return pages


def _fetch(source: Source, upstream: Upstream, listing_ids: Sequence[UUID]) -> list[Opened]:
    found, withheld = upstream.records(listing_ids)
    if withheld:
        raise not_a_platform_there()
    return _open(source, found)


def _open(source: Source, found: Sequence[dict[str, Any]]) -> list[Opened]:
    try:
        return [opening.open_record(each, secret=source.secret or "") for each in found]
    except SealBroken as error:
        raise UpstreamRefuses("共享密钥与上级平台的不一致，请更换。", code="seal_broken") from error
    except (KeyError, TypeError, ValueError, AssertionError, AttributeError) as error:
        # The words of the error may quote the record: they go no further.
        raise NotOurProtocol(f"上级平台的记录不是约定的内容（{type(error).__name__}）。") from None


def _hold(source: Source, run: SourceRun) -> None:
    """Lock the source for the page; it must stand where the page was asked for."""
    standing = Source.objects.select_for_update().get(pk=source.pk)
    same = ("status", "last_number", "last_hash", "is_resyncing", "resync_after")
    if standing.status != SourceStatus.ACTIVE or any(getattr(standing, name) != getattr(source, name) for name in same):
        raise Superseded
    if run._state.adding:
        run.save(force_insert=True)


def count(run: SourceRun, **more: int) -> None:
    """Add to the run's figures and keep them."""
    for name, value in more.items():
        if value:
            run.counts[name] = run.counts.get(name, 0) + value
    if run._state.adding:
        run.save(force_insert=True)
    else:
        run.save(update_fields=["counts"])


# --- the whole list -------------------------------------------------------------------------------------------------


def resync(source: Source, run: SourceRun, *, at: datetime) -> None:
    """Take over its snapshot from where the last turn left off; afterwards the feed goes on from its first page.

    What is live here and not there is brought to the state it has there; what it does not know at all leaves the list.
    """
    with speak_with(source) as upstream:
        is_done = False
        while not is_done:
            snapshot = upstream.snapshot(after=source.resync_after)
            upto = snapshot.listing_ids[-1] if snapshot.has_more else None
            lost = _live_between(source, source.resync_after, upto) - set(snapshot.listing_ids)
            found, withheld = upstream.records([*snapshot.listing_ids, *sorted(lost)])
            if set(withheld) - lost:
                raise not_a_platform_there()
            opened = _open(source, found)
            is_done = not snapshot.has_more
            with transaction.atomic():
                _hold(source, run)
                written = mirroring.write_whole(source, opened, at=at)
                ended = mirroring.end_lost(source, withheld, at=at)
                if source.resync_number is None:
                    source.resync_number, source.resync_hash = snapshot.number, snapshot.hash
                source.resync_after = upto
                if is_done:
                    source.last_number, source.last_hash = source.resync_number, source.resync_hash
                    source.is_resyncing, source.resync_number, source.resync_hash = False, None, ""
                source.save()
                count(run, listings=written.listings, changes=written.changes + ended)


def _live_between(source: Source, after: UUID | None, upto: UUID | None) -> set[UUID]:
    found = Listing.objects.filter(source=source, status__in=[ListingStatus.ACTIVE, ListingStatus.SUSPENDED])
    if after is not None:
        found = found.filter(pk__gt=after)
    if upto is not None:
        found = found.filter(pk__lte=upto)
    return set(found.values_list("pk", flat=True))


# --- the comparison -------------------------------------------------------------------------------------------------


def compare(source: Source, run: SourceRun, *, at: datetime) -> None:
    """Compare the live list here with the one there; what differs waits for a person's approval in `run`.

    The feed has just been followed to its end. What seems to differ is looked at again after following it once more:
    the other side goes on working meanwhile.
    """
    with speak_with(source) as upstream:
        suspects, total, running = _suspects(source, upstream)
        is_cut = len(suspects) > MOST_DIFFERENCES
        confirmed: list[Difference] = suspects[:MOST_DIFFERENCES]
        if suspects:
            _pull_pages(source, run, upstream, at)
            confirmed = _still_different(source, upstream, confirmed)
    run.differences = [{"listing": each.listing, "kind": each.kind} for each in confirmed]
    source.compared_at, source.difference_count = at, len(confirmed)
    source.state_hash = "" if confirmed else running
    source.save(update_fields=["compared_at", "difference_count", "state_hash"])
    count(run, compared=total, differences=len(confirmed), cut_off=int(is_cut))
    run.save(update_fields=["differences"])


def _suspects(source: Source, upstream: Upstream) -> tuple[list[Difference], int, str]:
    found: list[Difference] = []
    pairs: list[tuple[str, str]] = []
    after: UUID | None = None
    while True:
        above, has_more = upstream.states(after=after)
        upto = UUID(above[-1][0]) if has_more else None
        here = records.states(after=after, upto=upto, secret=source.secret or "", source_id=source.pk)
        found += differences(above, here)
        pairs += above
        if upto is None or len(found) > MOST_DIFFERENCES:
            return found, len(pairs), records.state_hash(pairs)
        after = upto


def _still_different(source: Source, upstream: Upstream, suspects: Sequence[Difference]) -> list[Difference]:
    kind_of = {UUID(each.listing): each.kind for each in suspects}
    found, _ = upstream.records(list(kind_of))
    opened = {each.listing_id: each for each in _open(source, found)}
    held = mirroring.held(kind_of)
    still = []
    for listing_id, kind in kind_of.items():
        listing, record = held.get(listing_id), opened.get(listing_id)
        if listing is not None and listing.source_id != source.pk:
            continue  # kept here by the court itself or from another platform
        here = None if listing is None else opening.content_of(listing, secret=source.secret or "")
        if here != (None if record is None else record.content):
            still.append(Difference(str(listing_id), kind))
    return still


def repair(source: Source, run: SourceRun, compared: SourceRun, *, at: datetime) -> None:
    """Put right what a comparison found and a person approved: the records are taken over as they stand now."""
    wanted = [UUID(each["listing"]) for each in compared.differences]
    with speak_with(source) as upstream:
        for start in range(0, len(wanted), records.MOST_RECORDS):
            found, withheld = upstream.records(wanted[start : start + records.MOST_RECORDS])
            opened = _open(source, found)
            with transaction.atomic():
                _hold(source, run)
                written = mirroring.write_whole(source, opened, at=at)
                ended = mirroring.end_lost(source, withheld, at=at)
                count(run, listings=written.listings, changes=written.changes + ended)
    compared.settled_at = at
    compared.save(update_fields=["settled_at"])
    source.difference_count, source.compare_at = 0, at  # and look whether it helped
    source.save(update_fields=["difference_count", "compare_at"])
