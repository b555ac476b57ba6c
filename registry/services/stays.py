"""Stays of measures: while information is verified, one region's units apply none (002 §四(二)3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from core import audit, outbox
from registry.access import Operator
from registry.choices import DayKind
from registry.models import MeasureStay, Objection, Region
from registry.rules.remedies import STAY_RULE, About, suspends_measures
from registry.services.deadlines import region_rule

_IN_FORCE = """
    SELECT listing_id, min(citation) AS citation FROM registry_measurestay
     WHERE until IS NULL AND listing_id = ANY(%s::uuid[]) AND region_id = ANY(%s) GROUP BY listing_id"""
_WITH_LIMITS = f"""
    SELECT listing_id, NULL, NULL::smallint, NULL, citation FROM ({_IN_FORCE}) stay
     UNION ALL
    (SELECT DISTINCT ON (d.key) NULL::uuid, d.key, d.amount, d.unit, d.citation
       FROM registry_deadlinerule d JOIN registry_rulepack p ON p.id = d.pack_id
      WHERE d.key = ANY(%s) AND p.region_id = ANY(%s)
      ORDER BY d.key, array_position(%s::text[], p.region_id::text))"""  # noqa: S608 our own text


@dataclass(frozen=True, slots=True)
class RegionsSay:
    """What a unit's region and its superiors say of listings met: who is stayed, by which document; and how long the
    limits of an objection are, as `10日`, with the document that says so."""

    stays: dict[UUID, str]
    limits: dict[str, tuple[str, str]]


def open_stay(*, objection: Objection, by: Operator, at: datetime) -> MeasureStay | None:
    """Stay the measures where the unit's region (the court's, where a court records) has a rule that says so.

    The stay holds in the whole region whose document says it, and nowhere else; None where no rule stays anything. Call
    it inside the transaction that records the objection.
    """
    region_id = by.agency.region_id if by.agency is not None else objection.listing.court.region_id
    rule = region_rule(Region.objects.get(pk=region_id), STAY_RULE)
    if rule is None or not suspends_measures(About(objection.about), rule.value):
        return None
    stay = MeasureStay.objects.create(
        listing_id=objection.listing_id,
        region_id=rule.pack.region_id,
        objection=objection,
        citation=rule.citation,
        since=at,
    )
    after = {"objection": str(objection.pk), "region": rule.pack.region_id}
    audit.record(verb="stay_measures", target=stay, by=by, at=at, after=after)
    outbox.emit("measures.stayed", listing=str(objection.listing_id), region=rule.pack.region_id)
    return stay


def end_stay(*, objection: Objection, by: Operator, at: datetime) -> bool:
    """Let the measures apply again, the objection being settled; False where nothing was stayed."""
    stay = MeasureStay.objects.select_for_update().filter(objection=objection, until=None).first()
    if stay is None:
        return False
    stay.until = max(at, stay.since)
    stay.save(update_fields=["until"])
    audit.record(verb="end_stay", target=stay, by=by, at=at, after={"objection": str(objection.pk)})
    outbox.emit("measures.resumed", listing=str(objection.listing_id), region=stay.region_id)
    return True


def stayed(listing_ids: Collection[UUID], region_codes: Sequence[str]) -> dict[UUID, str]:
    """Of these listings those stayed in one of these regions, with the rule's citation. One query."""
    if not listing_ids or not region_codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [[str(each) for each in listing_ids], list(region_codes)])
        return dict(cursor.fetchall())


def what_regions_say(
    listing_ids: Collection[UUID], region_codes: Sequence[str], limit_keys: Sequence[str]
) -> RegionsSay:
    """The stays of these listings and the limits of these keys for a line of regions, nearest first; one query."""
    regions, stays, limits = list(region_codes), {}, {}
    with connection.cursor() as cursor:
        listings = [str(each) for each in listing_ids]
        cursor.execute(_WITH_LIMITS, [listings, regions, list(limit_keys), regions, regions])
        for listing_id, key, amount, unit, citation in cursor.fetchall():
            if key is None:
                stays[listing_id] = citation
            else:
                limits[key] = (f"{amount}{DayKind(unit).label}", citation)
    return RegionsSay(stays, limits)
