"""The one word that answers a check, from the matches found: no database (contract.md §3, design.md §6, 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agencies.choices import Outcome

SUBJECT = "subject"


class Level(StrEnum):
    """identifier: the same person or unit (domain.md §3 A-C). candidate: somebody must confirm it (E, F)."""

    IDENTIFIER = "identifier"
    CANDIDATE = "candidate"


class Standing(StrEnum):
    """The listing of a match: only an active one can lead to a measure."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the outcome needs to know of one match.

    `role`: what the asked person is in the listing; `asked`: what the person is in the question. `is_reached`: a
    measure that binds the asking unit counts for this match.
    """

    level: Level
    standing: Standing
    role: str
    asked: str
    is_reached: bool


def counts(sighting: Sighting) -> bool:
    """The applicant's own listing always counts; one met through a relation only where a measure reaches so far.

    What does not count stands in the notes and changes nothing (contract.md §3).
    """
    return (sighting.role == SUBJECT and sighting.asked == SUBJECT) or sighting.is_reached


def outcome_of(sightings: Iterable[Sighting]) -> Outcome:
    """hit > suspended > possible > clear; a candidate never gives more than `possible`."""
    outcomes = {_alone(sighting) for sighting in sightings if counts(sighting)}
    return next(
        (each for each in (Outcome.HIT, Outcome.SUSPENDED, Outcome.POSSIBLE) if each in outcomes), Outcome.CLEAR
    )


def _alone(sighting: Sighting) -> Outcome:
    if sighting.level is Level.CANDIDATE:
        return Outcome.POSSIBLE
    return Outcome.SUSPENDED if sighting.standing is Standing.SUSPENDED else Outcome.HIT


def shows_measures(sighting: Sighting) -> bool:
    """Only an active listing, met by identifier, names measures: nothing is held against a namesake or during
    verification (002 §四(二)3; design.md §6, 1 and 2)."""
    return counts(sighting) and _alone(sighting) is Outcome.HIT
