"""Moves of a single listing, each one transaction: lock, rule, column, change, audit, outbox (style.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localdate

from core import audit, outbox
from core.errors import FieldProblem, InvalidInput
from core.privacy import redact
from registry.access import Operator
from registry.choices import ChangeKind, ExitGround, ListingStatus
from registry.imports.facts import FACTS, facts_digest
from registry.lifecycle import ACTS, Act, require_act
from registry.models import Listing, MatchKey
from registry.rules import terms
from registry.services import corrections as checked
from registry.services import feed, renaming
from registry.services.preconditions import dated, documented, grounded, locked, refuse, refuse_by_rule
from registry.services.recording import record_change

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
    missing, or `term_still_runs` where a term holds the listing (art. 10 para. 2) and only the court's early removal
    ends it. NotFound where `by` does not belong to the listing court.
    """
    return _end(Act.SHIELD, listing_id, ground, ground_text, document_number, happened_on, by, at)


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
    return _end(Act.REVOKE, listing_id, ground, ground_text, document_number, happened_on, by, at)


_KIND_OF = {
    Act.SHIELD: ChangeKind.SHIELDED,
    Act.REVOKE: ChangeKind.REVOKED,
    Act.SUSPEND: ChangeKind.SUSPENDED,
    Act.RESUME: ChangeKind.RESUMED,
}


@transaction.atomic
def _end(
    act: Act,
    listing_id: UUID,
    ground: str,
    ground_text: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
) -> Listing:
    listing, status = locked(listing_id, by), ACTS[act][1]
    assert status is not None
    require_act(listing.status, act)
    problems = documented(document_number, happened_on, localdate(at))
    if ground not in ExitGround.values:
        problems.insert(0, FieldProblem("ground", "ground_unknown", "请选择退出原因。"))
    elif act is Act.SHIELD:
        _hold_to_term(listing, ground, localdate(at))
    start = listing.decided_on or listing.published_on
    if happened_on is not None and start is not None and happened_on < start:
        problems.append(
            FieldProblem("happened_on", "date_before_listing", f"退出日期早于列入日期（{start}），请核对。")
        )
    refuse(problems)
    before, listing.status = listing.status, status
    listing.exit_ground, listing.exit_ground_text = ground, redact(ground_text.strip())[:300]
    listing.exit_document, listing.exit_on = document_number.strip()[:100], happened_on
    listing.changed_at = at
    listing.save(update_fields=["status", "exit_ground", "exit_ground_text", "exit_document", "exit_on", "changed_at"])
    MatchKey.objects.filter(listing=listing).delete()
    record_change(
        listing,
        _KIND_OF[act],
        f"{act}_listing",
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
    return _switch(Act.SUSPEND, listing_id, ground, document_number, happened_on, by, at)


def resume_listing(
    *, listing_id: UUID, ground: str, happened_on: date | None, by: Operator, at: datetime, document_number: str = ""
) -> Listing:
    """The information was right: measures apply again."""
    return _switch(Act.RESUME, listing_id, ground, document_number, happened_on, by, at)


@transaction.atomic
def _switch(
    act: Act,
    listing_id: UUID,
    ground: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
) -> Listing:
    listing, status = locked(listing_id, by), ACTS[act][1]
    assert status is not None
    require_act(listing.status, act)
    refuse(grounded(ground) + dated(happened_on, localdate(at)))
    before, listing.status, listing.changed_at = listing.status, status, at
    listing.save(update_fields=["status", "changed_at"])
    record_change(
        listing,
        _KIND_OF[act],
        f"{act}_listing",
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
    listing = locked(listing_id, by)
    require_act(listing.status, Act.CORRECT)
    problems = grounded(ground) + documented(document_number, happened_on, localdate(at))
    correction, more = checked.read(listing, corrections, today=localdate(at))
    refuse(problems + more)
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
    record_change(
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


@transaction.atomic
def extend_listing(
    *,
    listing_id: UUID,
    years: int,
    ground: str,
    document_number: str,
    happened_on: date | None,
    by: Operator,
    at: datetime,
) -> Listing:
    """Extend a running term by one to three years (延长, 法释〔2017〕7号 art. 2 para. 1); published as a correction.

    Raises InvalidInput whose code and sentence name the rule (`registry.rules.terms.may_extend`), IllegalMove where
    the listing is not in effect, NotFound. `ground` says why the case is serious, or which several defaults there are.
    """
    listing = locked(listing_id, by)
    require_act(listing.status, Act.EXTEND)
    refuse(grounded(ground) + documented(document_number, happened_on, localdate(at)))
    refusal = terms.may_extend(
        years,
        circumstances=listing.circumstances,
        decided_on=listing.decided_on,
        term_ends_on=listing.term_ends_on,
        today=localdate(at),
    )
    refuse_by_rule(refusal)
    old = listing.term_ends_on
    assert old is not None
    new = terms.extended_end(old, years)
    listing.term_ends_on, listing.changed_at = new, at
    listing.content_digest = facts_digest({name: getattr(listing, name) for name in FACTS})
    listing.save(update_fields=["term_ends_on", "changed_at", "content_digest"])
    record_change(
        listing,
        ChangeKind.CORRECTED,
        "extend_listing",
        by=by,
        at=at,
        happened_on=happened_on,
        ground=ground,
        document_number=document_number,
        before={"term_ends_on": old.isoformat()},
        after={"term_ends_on": new.isoformat(), "extended_years": years},
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


def _hold_to_term(listing: Listing, ground: str, today: date) -> None:
    """Raise InvalidInput where the term does not let the listing leave on this ground (art. 10 para. 2)."""
    refusal = terms.may_leave(
        ground,
        term_ends_on=listing.term_ends_on,
        circumstances=listing.circumstances,
        today=today,
        in_effect=listing.status != ListingStatus.PENDING,
    )
    refuse_by_rule(refusal)
