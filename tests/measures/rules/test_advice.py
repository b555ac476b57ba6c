"""Every effect, with every combination of parts, review and incentive."""

from itertools import combinations_with_replacement

import pytest

from measures.choices import Advice, Effect
from measures.rules.advice import ADVICE_OF_EFFECT, advice

REFUSING = {"restrict", "terminate", "honour"}
WEIGHING = {"reference", "review"}
ACTING = {"inspect", "notify", "assist", "prosecute"}
PARTS = [
    parts
    for length in (0, 1, 2, 3)
    for parts in combinations_with_replacement([effect.value for effect in Effect], length)
]


def test_every_effect_of_the_catalogue_has_its_advice() -> None:
    assert set(ADVICE_OF_EFFECT) == set(Effect.values)
    assert set(ADVICE_OF_EFFECT.values()) < set(Advice.values)


@pytest.mark.parametrize("effect", Effect.values)
def test_a_single_effect_refuses_weighs_or_acts(effect: str) -> None:
    expected = "refuse" if effect in REFUSING else "weigh" if effect in WEIGHING else "act"
    assert advice(effect, (), under_review=False, incentive=False) == expected


@pytest.mark.parametrize("effect", Effect.values)
@pytest.mark.parametrize(("under_review", "incentive"), [(True, False), (False, True), (True, True)])
def test_a_measure_under_review_or_an_incentive_advises_nothing(
    effect: str, under_review: bool, incentive: bool
) -> None:
    for parts in PARTS:
        assert advice(effect, parts, under_review=under_review, incentive=incentive) == "none"


@pytest.mark.parametrize("effect", Effect.values)
def test_a_reference_or_review_part_is_never_a_refusal(effect: str) -> None:
    for parts in PARTS:
        said = advice(effect, parts, under_review=False, incentive=False)
        if WEIGHING & set(parts):
            assert said == "weigh", parts
        elif REFUSING & set(parts):
            assert said == "refuse", parts
        else:
            assert said == advice(effect, (), under_review=False, incentive=False), parts


@pytest.mark.parametrize("effect", sorted(WEIGHING | ACTING))
def test_only_restrict_terminate_and_honour_can_refuse(effect: str) -> None:
    for parts in PARTS:
        if not REFUSING & set(parts):
            assert advice(effect, parts, under_review=False, incentive=False) != "refuse"


def test_an_unknown_effect_is_an_error() -> None:
    with pytest.raises(KeyError):
        advice("score", (), under_review=True, incentive=False)
    with pytest.raises(KeyError):
        advice("restrict", ("score",), under_review=False, incentive=False)
