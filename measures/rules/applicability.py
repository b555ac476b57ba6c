"""Which measures bind a unit, and which of them count for a match: no Django, no database (design.md §3, measures)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

SUBJECT = "subject"
RELATED_ROLES = ("legal_representative", "principal", "actual_controller", "directly_responsible")
CONSIDERED_ROLES = (
    "legal_representative",
    "principal",
    "actual_controller",
    "director",
    "supervisor",
    "senior_manager",
)


class Binding(StrEnum):
    """Why a measure binds the asking unit."""

    BODY = "body"
    APPENDIX = "appendix"
    BOTH = "both"
    MATTER = "matter"


BINDING_REASONS = {
    Binding.BODY: "正文列明本单位为责任单位",
    Binding.APPENDIX: "附录列明本单位为实施单位",
    Binding.BOTH: "正文和附录均列明本单位",
    Binding.MATTER: "责任单位未列尽，本单位已登记的事项涉及该措施",
}


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """What the rules need to know of one published measure.

    `region` is the region code of its document; `body_units` and `appendix_units` are keys of named units;
    `reaches`, `considers` and `party_kinds` hold the values of the catalogue; `in_force_from`/`in_force_to` (the
    last day, None for no end) are what remains after the document's own days.
    """

    id: UUID
    region: str
    reaches: frozenset[str]
    considers: frozenset[str]
    party_kinds: frozenset[str]
    body_units: frozenset[int]
    appendix_units: frozenset[int]
    open_ended: bool
    incentive: bool
    in_force_from: date
    in_force_to: date | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which matter, on which day.

    `region_codes`: its own region first, then the superiors. `unit_ids`: the named units it answers for.
    `matter_measure_ids`: the measures of the registered matter; None without a matter or with an unregistered one.
    `wanted`: only these measures were asked about; None for all.
    """

    region_codes: tuple[str, ...]
    unit_ids: frozenset[int]
    matter_measure_ids: frozenset[UUID] | None
    wanted: frozenset[UUID] | None
    day: date


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """One match. `role`: what the matched person is in the listing (`subject` = listed itself). `asked`: what that
    person is in the request (`subject` = the applicant). `party_kind`: `person` or `unit`, of the listed party."""

    role: str
    asked: str
    party_kind: str


def in_force(measure: MeasureFacts, day: date) -> bool:
    """The measure applies on that day, its last day included."""
    return measure.in_force_from <= day and (measure.in_force_to is None or day <= measure.in_force_to)


def binds(measure: MeasureFacts, asker: Asker) -> Binding | None:
    """Why the measure binds the asking unit, or None.

    The document is of the unit's region or of a superior one, and names the unit in its body or in its appendix;
    where the two disagree both bind (domain.md §0). An open-ended list (「等区直有关部门」) binds a unit that
    is not named only in a registered matter that names the measure. A registered matter narrows the answer to its
    measures; `wanted` narrows it further.
    """
    if not in_force(measure, asker.day) or measure.region not in asker.region_codes:
        return None
    if asker.wanted is not None and measure.id not in asker.wanted:
        return None
    if asker.matter_measure_ids is not None and measure.id not in asker.matter_measure_ids:
        return None
    in_body = not measure.body_units.isdisjoint(asker.unit_ids)
    in_appendix = not measure.appendix_units.isdisjoint(asker.unit_ids)
    if in_body and in_appendix:
        return Binding.BOTH
    if in_body:
        return Binding.BODY
    if in_appendix:
        return Binding.APPENDIX
    if measure.open_ended and asker.matter_measure_ids is not None:
        return Binding.MATTER
    return None


def counts(measure: MeasureFacts, match: MatchFacts) -> bool:
    """Whether a bound measure may be held against the applicant because of this match (contract.md §3).

    Listed applicant: the measure reaches subjects. Applicant behind a listed unit: it reaches that role. Listed
    person behind the applicant: the wording tells the unit to look at people of that role. A person behind a listed
    unit who stands behind the applicant never counts, nor does an incentive; the listed party must be of a kind that
    the measure is made for (002, 004 §二; domain.md §0).
    """
    if measure.incentive or match.party_kind not in measure.party_kinds:
        return False
    if match.asked == SUBJECT:
        return match.role in measure.reaches
    return match.role == SUBJECT and match.asked in measure.considers
