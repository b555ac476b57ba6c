"""Moves of a single listing, each one transaction: lock, rule, column, change, audit, outbox (style.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import FieldProblem, IllegalMove, InvalidInput, NotFound
from core.privacy import redact
from registry.access import Operator
from registry.choices import ChangeKind, ExitGround, ListingStatus
from registry.imports.facts import FACTS, facts_digest
from registry.lifecycle import LIVE, require_local, require_move
from registry.models import Change, Listing, MatchKey
from registry.services import corrections as checked
from registry.services import feed, renaming

CORRECTABLE = checked.CORRECTABLE
EXPIRE_CHUNK = 1_000


def shield_listing(
    *,
    listing_id: UUID,
    ground: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
    ground_text: str = "",
) -> Listing:
    """Take a listing off the list (屏蔽, 法释〔2017〕7号 art. 10); the second caller gets IllegalMove.

    `ground` is an ExitGround; ground, document and day (not in the future) are required: InvalidInput names what is
    missing. NotFound where `by` does not belong to the listing court.
    """
    return _end(ListingStatus.SHIELDED, listing_id, ground, ground_text, document_number, happened_on, by, at)


def revoke_listing(
    *,
    listing_id: UUID,
    ground: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
    ground_text: str = "",
) -> Listing:
    """Declare a listing never valid (撤销, 法释〔2017〕7号 art. 9); otherwise like `shield_listing`."""
    return _end(ListingStatus.REVOKED, listing_id, ground, ground_text, document_number, happened_on, by, at)


_KIND_OF = {ListingStatus.SHIELDED: ChangeKind.SHIELDED, ListingStatus.REVOKED: ChangeKind.REVOKED}
_VERB_OF = {ListingStatus.SHIELDED: "shield_listing", ListingStatus.REVOKED: "revoke_listing"}


@transaction.atomic
def _end(
    status: ListingStatus,
    listing_id: UUID,
    ground: str,
    ground_text: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
) -> Listing:
    listing = _locked(listing_id, by)
    require_move(listing.status, status)
    problems = _missing(document_number, happened_on, at)
    if ground not in ExitGround.values:
        problems.insert(0, FieldProblem("ground", "ground_unknown", "请选择退出原因。"))
    start = listing.decided_on or listing.published_on
    if happened_on is not None and start is not None and happened_on < start:
        problems.append(
            FieldProblem("happened_on", "date_before_listing", f"退出日期早于列入日期（{start}），请核对。")
        )
    _refuse(problems)
    before = listing.status
    listing.status = status
    listing.exit_ground, listing.exit_ground_text = ground, redact(ground_text.strip())[:300]
    listing.exit_document, listing.exit_on = document_number.strip()[:100], happened_on
    listing.changed_at = at
    listing.save(update_fields=["status", "exit_ground", "exit_ground_text", "exit_document", "exit_on", "changed_at"])
    MatchKey.objects.filter(listing=listing).delete()
    _record(
        listing,
        _KIND_OF[status],
        _VERB_OF[status],
        by=by,
        at=at,
        happened_on=happened_on,
        ground=ground,
        document_number=document_number,
        before={"status": before},
        after={"status": status.value},
    )
    return listing


def suspend_listing(
    *, listing_id: UUID, ground: str, happened_on: date | None, by: Operator, at: datetime, document_number: str = ""
) -> Listing:
    """No measure applies while information is verified (信息核实期间暂不执行, 002 §四(二)5); the listing stays."""
    return _switch(ListingStatus.SUSPENDED, listing_id, ground, document_number, happened_on, by, at)


def resume_listing(
    *, listing_id: UUID, ground: str, happened_on: date | None, by: Operator, at: datetime, document_number: str = ""
) -> Listing:
    """The information was right: measures apply again."""
    return _switch(ListingStatus.ACTIVE, listing_id, ground, document_number, happened_on, by, at)


@transaction.atomic
def _switch(
    status: ListingStatus,
    listing_id: UUID,
    ground: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
) -> Listing:
    listing = _locked(listing_id, by)
    require_move(listing.status, status)
    if status is ListingStatus.ACTIVE and listing.status != ListingStatus.SUSPENDED:
        raise IllegalMove("只有核实中的条目可以恢复。")
    problems = [] if ground.strip() else [FieldProblem("ground", "required", "请写明理由。")]
    _refuse(problems + _day_problem(happened_on, at))
    before, listing.status, listing.changed_at = listing.status, status, at
    listing.save(update_fields=["status", "changed_at"])
    is_suspended = status is ListingStatus.SUSPENDED
    _record(
        listing,
        ChangeKind.SUSPENDED if is_suspended else ChangeKind.RESUMED,
        "suspend_listing" if is_suspended else "resume_listing",
        by=by,
        at=at,
        happened_on=happened_on,
        ground=ground,
        document_number=document_number,
        before={"status": before},
        after={"status": status.value},
    )
    return listing


@transaction.atomic
def correct_listing(
    *,
    listing_id: UUID,
    corrections: Mapping[str, Any],
    ground: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
) -> Listing:
    """Correct a live listing (更正, 法释〔2017〕7号 art. 9): fields of CORRECTABLE, and `id_number`.

    A corrected name keeps the old one in the subject's history; a corrected identifier moves the listing to that
    identifier's subject and renews its match keys. `ground` is free text. Raises InvalidInput (per field; nothing
    changed: `nothing_changed`), IllegalMove for an ended listing, NotFound.
    """
    listing = _locked(listing_id, by)
    if ListingStatus(listing.status) not in LIVE:
        raise IllegalMove(f"“{listing.get_status_display()}”的条目不能更正。")
    problems = _missing(document_number, happened_on, at)
    if not ground.strip():
        problems.insert(0, FieldProblem("ground", "required", "请写明更正理由。"))
    correction, more = checked.read(listing, corrections, today=localdate(at))
    _refuse(problems + more)
    before = {name: checked.plain(getattr(listing, name)) for name in correction.facts}
    after = {name: checked.plain(value) for name, value in correction.facts.items()}
    if correction.identified is not None:
        before["has_full_number"], after["number_corrected"] = listing.subject.is_identified, True
    if not after:
        raise InvalidInput("没有需要更正的内容。", code="nothing_changed")
    renaming.correct(listing, correction, at=at)
    listing.changed_at = at
    listing.content_digest = facts_digest({name: getattr(listing, name) for name in FACTS})
    listing.save()
    _record(
        listing,
        ChangeKind.CORRECTED,
        "correct_listing",
        by=by,
        at=at,
        happened_on=happened_on,
        ground=ground,
        document_number=document_number,
        before=before,
        after=after,
    )
    return listing


def expire_listings(*, today: date, at: datetime) -> int:
    """End every listing whose term ended before `today` (法释〔2017〕7号 art. 10 para. 2); return how many."""
    total = 0
    while done := _expire_chunk(today, at):
        total += done
    return total


@transaction.atomic
def _expire_chunk(today: date, at: datetime) -> int:
    due = Listing.objects.with_term_over(today).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    listing_ids = list(due.values_list("pk", flat=True)[:EXPIRE_CHUNK])
    if not listing_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH ended AS (
                   UPDATE registry_listing l SET status = 'expired', exit_ground = 'term_expired',
                          exit_on = l.term_ends_on, changed_at = %(at)s
                     FROM registry_listing old WHERE l.id = old.id AND l.id = ANY(%(ids)s)
                   RETURNING l.id, l.term_ends_on, old.status AS old_status),
               gone AS (DELETE FROM registry_matchkey WHERE listing_id = ANY(%(ids)s))
               INSERT INTO registry_change (kind, listing_id, at, happened_on, ground, document_number, before, after)
               SELECT 'expired', id, %(at)s, term_ends_on, 'term_expired', '',
                      jsonb_build_object('status', old_status), '{"status": "expired"}' FROM ended ORDER BY id
               RETURNING id""",
            {"ids": listing_ids, "at": at},
        )
        change_ids = [row[0] for row in cursor.fetchall()]
    audit.record(verb="expire_listings", target=None, by="system", at=at, after={"listings": len(change_ids)})
    outbox.emit("listing.changed", changes=change_ids)
    feed.number_after_commit()
    return len(change_ids)


def _locked(listing_id: UUID, by: Operator) -> Listing:
    """The listing, locked, where `by` belongs to its court."""
    listing: Listing | None = (
        Listing.objects.editable_by(by)
        .select_for_update(of=("self",))
        .select_related("subject", "court")
        .filter(pk=listing_id)
        .first()
    )
    if listing is None:
        raise NotFound("没有找到这个名单条目。")
    require_local(listing.source_id)
    return listing


def _missing(document_number: str, happened_on: date | None, at: datetime) -> list[FieldProblem]:
    problems = [] if document_number.strip() else [FieldProblem("document_number", "required", "请填写依据文号。")]
    return problems + _day_problem(happened_on, at)


def _day_problem(happened_on: date | None, at: datetime) -> list[FieldProblem]:
    if happened_on is None:
        return [FieldProblem("happened_on", "required", "请填写日期。")]
    if happened_on > localdate(at):
        return [FieldProblem("happened_on", "in_future", "日期不能晚于今天。")]
    return []


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise InvalidInput("请补正后再提交。", errors=problems)


def _record(
    listing: Listing,
    kind: ChangeKind,
    verb: str,
    *,
    by: Operator,
    at: datetime,
    happened_on: date | None,
    ground: str,
    document_number: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Change, audit entry and event of one move, in its transaction."""
    change = Change.objects.create(
        kind=kind,
        listing=listing,
        at=at,
        happened_on=happened_on,
        ground=redact(ground.strip())[:300],
        document_number=document_number.strip()[:100],
        before=before,
        after=after,
        by_id=by.pk,
    )
    names = {"fields": sorted(after)} if kind is ChangeKind.CORRECTED else after
    audit.record(verb=verb, target=listing, by=by, at=at, before=before if names is after else None, after=names)
    outbox.emit("listing.changed", changes=[change.pk])
    feed.number_after_commit()
