"""The outcome for every combination of matches, against the words of the contract."""

from itertools import combinations, product

import pytest

from agencies.choices import Outcome
from agencies.rules.outcome import Level, Sighting, Standing, counts, outcome_of, shows_measures
from registry.choices import Role

ASKED = (
    "subject",
    "legal_representative",
    "principal",
    "actual_controller",
    "director",
    "supervisor",
    "senior_manager",
)
ALL = [
    Sighting(level, standing, role, asked, is_reached)
    for level, standing, role, asked, is_reached in product(Level, Standing, Role.values, ASKED, (True, False))
]


def is_own(sighting: Sighting) -> bool:
    return sighting.role == "subject" and sighting.asked == "subject"


@pytest.mark.parametrize("sighting", ALL, ids=str)
def test_one_match_alone(sighting):
    expected = {
        (Level.IDENTIFIER, Standing.ACTIVE): Outcome.HIT,
        (Level.IDENTIFIER, Standing.SUSPENDED): Outcome.SUSPENDED,
        (Level.CANDIDATE, Standing.ACTIVE): Outcome.POSSIBLE,
        (Level.CANDIDATE, Standing.SUSPENDED): Outcome.POSSIBLE,
    }[sighting.level, sighting.standing]
    if not is_own(sighting) and not sighting.is_reached:
        expected = Outcome.CLEAR
    assert outcome_of([sighting]) is expected


# every set of kinds of matches, with and without a note among them
KINDS = {
    "hit": Sighting(Level.IDENTIFIER, Standing.ACTIVE, "subject", "subject", False),
    "suspended": Sighting(Level.IDENTIFIER, Standing.SUSPENDED, "subject", "subject", False),
    "possible": Sighting(Level.CANDIDATE, Standing.ACTIVE, "subject", "subject", False),
    "clear": Sighting(Level.IDENTIFIER, Standing.ACTIVE, "legal_representative", "subject", False),
}
SETS = [names for size in range(5) for names in combinations(KINDS, size)]


@pytest.mark.parametrize("names", SETS, ids=str)
def test_the_heaviest_word_answers_for_all(names):
    expected = next((word for word in KINDS if word in names), "clear")
    assert outcome_of([KINDS[name] for name in names]) == expected
    assert outcome_of([KINDS[name] for name in reversed(names)]) == expected


def test_nothing_found_is_clear():
    assert outcome_of([]) is Outcome.CLEAR


@pytest.mark.parametrize("sighting", ALL, ids=str)
def test_measures_stand_only_beside_an_active_identified_counting_match(sighting):
    allowed = sighting.level is Level.IDENTIFIER and sighting.standing is Standing.ACTIVE and counts(sighting)
    assert shows_measures(sighting) is allowed
