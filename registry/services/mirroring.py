"""What another platform lists, written here as it stands there: same ids, same changes at the same times, own keys.

Set-based: one statement per table for all records of a page, in the caller's transaction. Writing the same page again
changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from core import audit, outbox
from registry.choices import ChangeKind, ExitGround, ListingStatus
from registry.imports.facts import FACTS, facts_digest
from registry.lifecycle import LIVE
from registry.models import Change, Listing, MatchKey, Source
from registry.services import feed, opening
from registry.services.mirrored_parties import courts_of, forget_empty, write_parties
from registry.services.opening import Opened
from registry.services.upstream import Line

EXIT = ("exit_ground", "exit_ground_text", "exit_document", "exit_on")
COLUMNS = (
    "subject", "court", "status", "changed_at", *EXIT, "name_key", "id_type", "id_masked", "id_is_masked", "case_key",
    "content_digest", *FACTS, "source", "source_number",
)  # fmt: skip
DRIFTED = "与上级平台核对后更正"
LOST = "上级平台已无此条目"
LOST_DOCUMENT = "上级平台名单"


@dataclass(slots=True)
class Written:
    """What writing did: changes announced here, listings written, and those left alone because they are kept here
    under another source or by the court itself."""

    changes: int = 0
    listings: int = 0
    held_elsewhere: list[str] = field(default_factory=list)


def write_lines(source: Source, records: Sequence[Opened], lines: Sequence[Line], *, at: datetime) -> Written:
    """One page of the feed: the records its lines speak of, and a change here for each line not yet written.

    `at` is when it is taken over; the changes keep the times of the lines.
    """
    known = _locked(records)
    wanted = [line for line in lines if not _is_written(known.get(line.listing_id), source, line.number)]
    newest = {key: each.source_number or 0 for key, each in known.items()}
    newest |= {line.listing_id: max(line.number, newest.get(line.listing_id, 0)) for line in lines}
    written, mirrored = _write(source, records, known, newest)
    history = {(each.listing_id, entry["number"]): entry for each in records for entry in each.history}
    changes = [
        _change(line.listing_id, line.kind, line.at, history.get((line.listing_id, line.number), {}))
        for line in wanted
        if line.listing_id in mirrored
    ]
    return _announce(source, written, changes, "take_over_changes", at)


def write_whole(source: Source, records: Sequence[Opened], *, at: datetime) -> Written:
    """Records taken over for themselves, not for a line: everything of their history that does not stand here becomes
    a change here, told apart by kind and time because the other platform may number anew; a difference that no line
    explains becomes a correction at `at`."""
    known = _locked(records)
    before = {key: opening.content_of(each, secret=source.secret or "") for key, each in known.items()}
    newest = {each.listing_id: max((entry["number"] for entry in each.history), default=0) for each in records}
    written, mirrored = _write(source, records, known, newest)
    standing = Counter(Change.objects.filter(listing_id__in=mirrored).values_list("listing_id", "kind", "at"))
    entries: list[tuple[int, UUID, Mapping[str, Any]]] = []
    for record in records:
        if record.listing_id not in mirrored:
            continue
        fresh = []
        for entry in record.history:
            line = (record.listing_id, entry["kind"], datetime.fromisoformat(entry["at"]))
            if standing[line]:
                standing[line] -= 1
            else:
                fresh.append((entry["number"], record.listing_id, entry))
        entries += fresh
        if not fresh and before.get(record.listing_id) not in (None, record.content):
            kind = _kind_of_drift(before[record.listing_id][0], record.status)
            entries.append((newest[record.listing_id], record.listing_id, {"kind": kind, "at": at, "ground": DRIFTED}))
    entries.sort(key=lambda each: each[0])
    changes = [_change(listing, entry["kind"], entry["at"], entry) for _, listing, entry in entries]
    return _announce(source, written, changes, "take_over_listings", at)


@transaction.atomic
def end_lost(source: Source, listing_ids: Collection[UUID], *, at: datetime) -> int:
    """Listings that the other platform does not know: they leave the list here; return how many."""
    live = Listing.objects.filter(pk__in=listing_ids, source=source, status__in=LIVE).select_for_update(of=("self",))
    ended = list(live.order_by("pk"))
    for listing in ended:
        listing.status, listing.changed_at = ListingStatus.SHIELDED, at
        listing.exit_ground, listing.exit_ground_text = ExitGround.OTHER, LOST
        listing.exit_document, listing.exit_on = LOST_DOCUMENT, localdate(at)
    Listing.objects.bulk_update(ended, ["status", "changed_at", *EXIT], batch_size=1_000)
    MatchKey.objects.filter(listing__in=ended).delete()
    lost = {"kind": ChangeKind.SHIELDED, "ground": ExitGround.OTHER, "document_number": LOST_DOCUMENT}
    changes = [_change(each.pk, ChangeKind.SHIELDED, at, lost) for each in ended]
    if changes:
        _announce(source, Written(listings=len(ended)), changes, "end_lost_listings", at)
    return len(ended)


def _kind_of_drift(before: str, status: str) -> str:
    if before == status:
        return ChangeKind.CORRECTED
    if status == ListingStatus.ACTIVE:
        return ChangeKind.RESUMED if before == ListingStatus.SUSPENDED else ChangeKind.LISTED
    return {
        ListingStatus.SUSPENDED: ChangeKind.SUSPENDED,
        ListingStatus.SHIELDED: ChangeKind.SHIELDED,
        ListingStatus.REVOKED: ChangeKind.REVOKED,
        ListingStatus.EXPIRED: ChangeKind.EXPIRED,
    }[ListingStatus(status)]


def held(listing_ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Those of the listings that are here, with their opening."""
    found = Listing.objects.filter(pk__in=listing_ids).select_related("subject")
    return {each.pk: each for each in found.prefetch_related("subject__identifiers", "relations")}


def _locked(records: Sequence[Opened]) -> dict[UUID, Listing]:
    """The records' listings that are here already, locked."""
    listing_ids = [each.listing_id for each in records]
    locked = Listing.objects.filter(pk__in=listing_ids).select_for_update(of=("self",)).order_by("pk")
    return held(list(locked.values_list("pk", flat=True)))


def _is_written(listing: Listing | None, source: Source, number: int) -> bool:
    return listing is not None and listing.source_id == source.pk and number <= (listing.source_number or 0)


def _write(
    source: Source, records: Sequence[Opened], known: dict[UUID, Listing], newest: dict[UUID, int]
) -> tuple[Written, set[UUID]]:
    written = Written()
    mine, erased = [], set()
    for record in records:
        standing = known.get(record.listing_id)
        if standing is not None and standing.source_id != source.pk:
            written.held_elsewhere.append(str(record.listing_id))
        elif standing is not None and standing.erased_at is not None:
            erased.add(record.listing_id)  # out of the archive: announced, but never filled again
        else:
            mine.append(record)
    courts = courts_of(mine)
    subjects = opening.subjects_of(mine, known, secret=source.secret or "")
    rows = [_row(source, each, courts, subjects, newest) for each in mine]
    refused = _upsert(rows)
    written.held_elsewhere += [str(each) for each in refused]
    mine = [each for each in mine if each.listing_id not in refused]
    written.listings = len(mine)
    forget_empty({each.subject_id for each in known.values()} | set(subjects.values()))
    write_parties(mine, subjects)
    return written, {each.listing_id for each in mine} | erased


def _row(
    source: Source,
    record: Opened,
    courts: dict[str, int],
    subjects: dict[UUID, UUID],
    newest: dict[UUID, int],
) -> Listing:
    return Listing(
        id=record.listing_id,
        subject_id=subjects[record.listing_id],
        court_id=courts[record.court["code"]],
        status=record.status,
        listed_at=record.listed_at,
        changed_at=record.changed_at,
        **record.exit,
        **record.facts,
        name_key=record.name_key,
        id_type=record.id_type,
        id_masked=record.id_masked,
        id_is_masked=record.id_is_masked,
        case_key=record.case_key,
        content_digest=facts_digest(record.facts),
        source=source,
        source_number=newest[record.listing_id],
    )


def _upsert(rows: list[Listing]) -> set[UUID]:
    """Write the listings, the ended ones first; return those that a live listing of our own stands in the way of."""
    rows = sorted(rows, key=lambda each: (each.status in LIVE, each.pk))
    try:
        with transaction.atomic():
            _put(rows)
    except IntegrityError as error:
        if "listing_lives_once" not in str(error):
            raise
        return _one_by_one(rows)
    return set()


def _one_by_one(rows: list[Listing]) -> set[UUID]:
    """Where listings of one page change places with each other: again as long as that gets any of them in."""
    waiting = rows
    while True:
        left = []
        for row in waiting:
            try:
                with transaction.atomic():
                    _put([row])
            except IntegrityError as error:
                if "listing_lives_once" not in str(error):
                    raise
                left.append(row)
        if not left or len(left) == len(waiting):
            return {each.pk for each in left}
        waiting = left


def _put(rows: list[Listing]) -> None:
    Listing.objects.bulk_create(
        rows, batch_size=1_000, update_conflicts=True, unique_fields=["id"], update_fields=list(COLUMNS)
    )


def _change(listing_id: UUID, kind: str, at: datetime | str, said: Mapping[str, Any]) -> Change:
    happened_on = said.get("happened_on")
    return Change(
        kind=kind,
        listing_id=listing_id,
        at=datetime.fromisoformat(at) if isinstance(at, str) else at,
        happened_on=date.fromisoformat(happened_on) if happened_on else None,
        ground=said.get("ground", ""),
        document_number=said.get("document_number", ""),
        before=said.get("before", {}),
        after=said.get("after", {}),
    )


def _announce(source: Source, written: Written, changes: list[Change], verb: str, at: datetime) -> Written:
    """The changes in the order given, one audit entry and one event for all of them."""
    made = Change.objects.bulk_create(changes, batch_size=1_000)
    written.changes = len(made)
    counts = {"listings": written.listings, "changes": written.changes, "held_elsewhere": len(written.held_elsewhere)}
    audit.record(verb=verb, target=source, by="system", at=at, after=counts)
    if made:
        outbox.emit("listing.changed", changes=[each.pk for each in made])
        feed.number_after_commit()
    return written
