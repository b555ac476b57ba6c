"""Handing whole listings over to a subscriber: what its kind may have, sealed, and on record (政务数据共享条例)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core import audit
from core.errors import NotAllowed
from registry.access import Operator
from registry.models import Subscriber
from registry.rules.sources import handing
from registry.services import records
from registry.services.records import Record


@dataclass(frozen=True, slots=True)
class Handed:
    """Records in the order of their ids, and those of the listings asked for that are not for this subscriber."""

    records: list[Record]
    withheld: list[UUID]


@dataclass(frozen=True, slots=True)
class States:
    """(listing, digest) pairs in the order of the ids."""

    listings: list[tuple[str, str]]
    has_more: bool


@transaction.atomic
def hand_over(*, listing_ids: Sequence[UUID], by: Operator, at: datetime) -> Handed:
    """The records of at most 200 listings for the caller's subscriber.

    A platform gets all that the feed announces, identifiers sealed under its secret; others what is published, without
    identifiers. Who got what, and for which purpose, is on record. Raises NotAllowed `subscriber_required`.
    """
    subscriber = subscriber_of(by)
    may = handing(subscriber.kind)
    found = records.listings_of(list(dict.fromkeys(listing_ids))[: records.MOST_RECORDS])
    handed = [each for each in found if may.unpublished or each.publishable]
    made = [records.record_of(each, secret=subscriber.secret if may.numbers else None) for each in handed]
    ids = {each.pk for each in handed}
    audit.record(
        verb="hand_over_records",
        target=subscriber,
        by=by,
        at=at,
        after={
            "listings": [str(each) for each in sorted(ids)],
            "with_numbers": may.numbers,
            "purpose": subscriber.purpose,
        },
    )
    return Handed(made, [each for each in dict.fromkeys(listing_ids) if each not in ids])


@transaction.atomic
def hand_over_states(*, after: UUID | None, limit: int, by: Operator, at: datetime) -> States:
    """A page of the state of the live list, by which a platform compares its copy with ours. Raises NotAllowed
    `subscriber_required`, `platform_required`."""
    subscriber = subscriber_of(by)
    if not handing(subscriber.kind).numbers:
        raise NotAllowed("只有“平台”类订阅方可以核对名单状态。", code="platform_required")
    found = records.states(after=after, limit=limit + 1, secret=subscriber.secret or "")
    audit.record(verb="hand_over_states", target=subscriber, by=by, at=at, after={"listings": len(found[:limit])})
    return States(found[:limit], len(found) > limit)


def subscriber_of(account: Operator) -> Subscriber:
    """The active subscriber whose account this is."""
    subscriber: Subscriber | None = Subscriber.objects.active().filter(account_id=account.pk).first()
    if subscriber is None:
        raise NotAllowed("此账号没有登记为订阅方，不能取得名单记录。", code="subscriber_required")
    return subscriber
