"""From what was found on the list to what it means for one unit: matches that count, notes that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.timezone import localdate

from agencies.choices import Outcome
from agencies.models import Agency, Matter
from agencies.rules.answer import (
    CANDIDATE_NOTE,
    RELATED_NOTE,
    SUSPENDED_NOTE,
    AnsweredLimit,
    AnsweredMatch,
    AnsweredNote,
)
from agencies.rules.outcome import Level, Sighting, Standing, counts, outcome_of, shows_measures
from measures.rules import applicability
from measures.rules.applicability import Asker, MatchFacts
from measures.services.catalogue import BoundMeasure, bound_measures
from registry.choices import ListingStatus
from registry.rules.names import fold
from registry.services.deadlines import lines_of
from registry.services.matching import AskedParty, Found, find, same_name_counts
from registry.services.stays import RegionsSay, what_regions_say


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was found for one question, sorted into what counts and what is only noted."""

    outcome: Outcome
    matches: tuple[AnsweredMatch, ...]
    notes: tuple[AnsweredNote, ...]
    same_name_count: int
    # The limits of an objection where the asking unit sits; empty where nothing was met.
    limits: tuple[AnsweredLimit, ...] = ()

    def fingerprint(self) -> frozenset[tuple[str, ...]]:
        """What must stay the same for the answer to stand: whom it met, how, and which measures followed."""
        return fingerprint([_plain(each) for each in self.matches], [_plain(each) for each in self.notes])


class Bindings:
    """Which measures bind one unit, by matter; each is asked for once. Regions and named units are read at once."""

    def __init__(self, agency: Agency, at: datetime) -> None:
        self.agency = agency
        self.day = localdate(at)
        self.regions = tuple(lines_of(agency.region_id))
        self.units = _named_units(agency)
        self.known: dict[tuple[int | None, frozenset[UUID]], tuple[BoundMeasure, ...]] = {}

    def matters(self, texts: set[str]) -> dict[str, Matter]:
        """The unit's business items that these texts name, by code or by name."""
        texts = texts - {""}
        if not texts:
            return {}
        found = self.agency.matters.filter(Q(code__in=texts) | Q(name__in=texts), is_active=True)
        by_text: dict[str, Matter] = {}
        for matter in found.prefetch_related("measures"):
            by_text |= {matter.name: matter, matter.code: matter}
        return by_text

    def of(self, matter: Matter | None, wanted: frozenset[UUID]) -> tuple[BoundMeasure, ...]:
        key = (matter.pk if matter else None, wanted)
        if key not in self.known:
            asker = Asker(
                region_codes=self.regions,
                unit_ids=self.units,
                matter_measure_ids=frozenset(each.pk for each in matter.measures.all()) if matter else None,
                wanted=wanted or None,
                day=self.day,
            )
            self.known[key] = bound_measures(asker)
        return self.known[key]


# The limits of an objection, the region's own beside those of the law, in the order in which they are met.
OBJECTION_LIMITS = {
    "objection.local": "自收到纳入决定起提出（地方要求，逾期仍受理）",
    "objection.review.local": "法院审查（地方要求）",
    "objection.review.national": "法院审查（法定期限）",
    "reconsideration.file": "自驳回决定送达起申请复议（法定期限）",
    "reconsideration.decide": "上一级法院复议（法定期限）",
}


def _named_units(agency: Agency) -> frozenset[int]:
    """The units of the catalogue that the unit answers for; as SQL, for the ORM takes ten times as long to write it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT namedunit_id FROM agencies_agency_named_units WHERE agency_id = %s", [agency.pk])
        return frozenset(unit for (unit,) in cursor.fetchall())


def weigh(
    asked: Sequence[Sequence[AskedParty]], bound: Sequence[tuple[BoundMeasure, ...]], bindings: Bindings
) -> list[Weighed]:
    """Look all parties of all questions up at once, then weigh question by question for the unit of `bindings`."""
    parties: list[AskedParty] = []
    owners: list[int] = []
    for index, group in enumerate(asked):
        for party in group:
            parties.append(party)
            owners.append(index)
    found: list[list[tuple[AskedParty, Found]]] = [[] for _ in asked]
    met = find(parties)
    active = {each.listing_id for each in met if each.status == ListingStatus.ACTIVE}
    # one query more, and only where somebody was met
    said = what_regions_say(active, bindings.regions, tuple(OBJECTION_LIMITS)) if met else RegionsSay({}, {})
    stays = said.stays
    for each in met:
        standing = replace(each, status=ListingStatus.SUSPENDED.value) if each.listing_id in stays else each
        found[owners[each.party]].append((parties[each.party], standing))
    limits = tuple(
        AnsweredLimit(key, label, *said.limits[key]) for key, label in OBJECTION_LIMITS.items() if key in said.limits
    )
    namesakes = same_name_counts([group[0].name_key for group in asked])
    return [
        _weigh_one(group[0].name_key, own, measures, namesakes.get(group[0].name_key, 0), stays, limits)
        for group, own, measures in zip(asked, found, bound, strict=True)
    ]


def _weigh_one(
    name_key: str,
    met: Sequence[tuple[AskedParty, Found]],
    bound: tuple[BoundMeasure, ...],
    namesakes: int,
    stays: Mapping[UUID, str],
    limits: tuple[AnsweredLimit, ...],
) -> Weighed:
    sightings: list[Sighting] = []
    matches: list[AnsweredMatch] = []
    notes: list[AnsweredNote] = []
    own: set[UUID] = set()
    for party, found in met:
        facts = MatchFacts(role=found.role, asked=found.asked, party_kind=found.kind)
        reached = [measure for measure in bound if applicability.counts(measure.facts, facts)]
        sighting = Sighting(
            Level(found.level.value), Standing(found.status), found.role, found.asked, is_reached=bool(reached)
        )
        sightings.append(sighting)
        if counts(sighting):
            shown = tuple(measure.answer for measure in reached) if shows_measures(sighting) else ()
            matches.append(_match(party, found, shown, stays.get(found.listing_id, "")))
        else:
            notes.append(_note(found, sighting))
        is_active = found.status == ListingStatus.ACTIVE or found.listing_id in stays
        if found.role == found.asked == "subject" and is_active and fold(found.name) == name_key:
            own.add(found.listing_id)
    return Weighed(outcome_of(sightings), tuple(matches), tuple(notes), max(namesakes - len(own), 0), limits)


def _match(party: AskedParty, found: Found, measures: tuple[dict[str, Any], ...], stay: str) -> AnsweredMatch:
    return AnsweredMatch(
        listing=str(found.listing_id),
        level=found.level.value,
        role=found.role,
        asked=found.asked,
        asked_name=party.name,
        name=found.name,
        id_masked=found.id_masked,
        court=found.court_name,
        case_number=found.case_number,
        status=found.status,
        until=found.term_ends_on,
        measures=measures,
        stay=stay,
    )


def _note(found: Found, sighting: Sighting) -> AnsweredNote:
    words = [RELATED_NOTE]
    if sighting.level is Level.CANDIDATE:
        words.append(CANDIDATE_NOTE)
    if sighting.standing is Standing.SUSPENDED:
        words.append(SUSPENDED_NOTE)
    return AnsweredNote(
        asked=found.asked,
        role=found.role,
        listing=str(found.listing_id),
        name=found.name,
        court=found.court_name,
        case_number=found.case_number,
        detail="".join(words),
        level=found.level.value,
        status=found.status,
    )


def fingerprint(matches: Sequence[dict[str, Any]], notes: Sequence[dict[str, Any]]) -> frozenset[tuple[str, ...]]:
    """The facts of an answer that make it another answer when they differ."""
    facts: set[tuple[str, ...]] = set()
    for each in (*matches, *notes):
        met = (each["listing"], each["level"], each["role"], each["asked"], each["status"])
        facts.add(met)
        facts |= {(*met, measure["id"], measure["advice"]) for measure in each.get("measures", ())}
    return frozenset(facts)


def _plain(each: AnsweredMatch | AnsweredNote) -> dict[str, Any]:
    names = ("listing", "level", "role", "asked", "status")
    plain: dict[str, Any] = {name: getattr(each, name) for name in names}
    plain["measures"] = getattr(each, "measures", ())
    return plain
