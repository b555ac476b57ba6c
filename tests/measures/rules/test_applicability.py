"""Which measures bind a unit and which count: every combination of what the rule looks at."""

from dataclasses import replace
from datetime import date
from itertools import combinations, product
from uuid import UUID

import pytest

from measures.rules.applicability import (
    BINDING_REASONS,
    CONSIDERED_ROLES,
    RELATED_ROLES,
    SUBJECT,
    Asker,
    Binding,
    MatchFacts,
    MeasureFacts,
    binds,
    counts,
)

THIS, OTHER = UUID(int=1), UUID(int=2)
DAY = date(2026, 11, 20)
MEASURE = MeasureFacts(
    id=THIS,
    region="370116",
    reaches=frozenset({SUBJECT}),
    considers=frozenset(),
    party_kinds=frozenset({"person", "unit"}),
    body_units=frozenset({1}),
    appendix_units=frozenset(),
    open_ended=False,
    incentive=False,
    in_force_from=date(2020, 11, 21),
)
ASKER = Asker(
    region_codes=("370116", "370100", "370000", "000000"),
    unit_ids=frozenset({1}),
    matter_measure_ids=None,
    wanted=None,
    day=DAY,
)
NOBODY, ME, THEM = frozenset[int](), frozenset({1}), frozenset({7})


@pytest.mark.parametrize("body", [NOBODY, ME, THEM, ME | THEM])
@pytest.mark.parametrize("appendix", [NOBODY, ME, THEM, ME | THEM])
@pytest.mark.parametrize("open_ended", [False, True])
@pytest.mark.parametrize(
    "matter", [None, frozenset[UUID](), frozenset({THIS}), frozenset({OTHER}), frozenset({THIS, OTHER})]
)
def test_a_unit_is_bound_by_being_named_or_through_its_matter(
    body: frozenset[int], appendix: frozenset[int], open_ended: bool, matter: frozenset[UUID] | None
) -> None:
    measure = replace(MEASURE, body_units=body, appendix_units=appendix, open_ended=open_ended)
    found = binds(measure, replace(ASKER, matter_measure_ids=matter))
    if matter is not None and THIS not in matter:
        assert found is None
    elif 1 in body:
        assert found is (Binding.BOTH if 1 in appendix else Binding.BODY)
    elif 1 in appendix:
        assert found is Binding.APPENDIX
    elif open_ended and matter is not None:
        assert found is Binding.MATTER
    else:
        assert found is None


def test_every_binding_has_its_reason() -> None:
    assert set(BINDING_REASONS) == set(Binding)


@pytest.mark.parametrize(
    ("region", "bound"),
    [("370116", True), ("370100", True), ("370000", True), ("000000", True), ("370104", False), ("350000", False)],
)
def test_only_documents_of_the_units_region_and_its_superiors_bind(region: str, bound: bool) -> None:
    assert (binds(replace(MEASURE, region=region), ASKER) is not None) is bound


@pytest.mark.parametrize(
    ("first", "last", "bound"),
    [
        (DAY, None, True),
        (DAY, DAY, True),
        (date(2026, 11, 21), None, False),
        (date(2020, 1, 1), date(2026, 11, 19), False),
        (date(2020, 1, 1), date(2026, 11, 20), True),
    ],
)
def test_a_measure_binds_from_its_first_to_its_last_day(first: date, last: date | None, bound: bool) -> None:
    assert (binds(replace(MEASURE, in_force_from=first, in_force_to=last), ASKER) is not None) is bound


@pytest.mark.parametrize(("wanted", "bound"), [(None, True), ({THIS}, True), ({OTHER}, False), (set(), False)])
def test_asking_for_measures_narrows_the_answer(wanted: set[UUID] | None, bound: bool) -> None:
    asker = replace(ASKER, wanted=None if wanted is None else frozenset(wanted))
    assert (binds(MEASURE, asker) is not None) is bound


ROLES = (SUBJECT, *RELATED_ROLES)
ASKED = (SUBJECT, *CONSIDERED_ROLES)
KINDS = ("person", "unit")


def subsets(values: tuple[str, ...]) -> list[frozenset[str]]:
    return [frozenset(some) for n in range(len(values) + 1) for some in combinations(values, n)]


@pytest.mark.parametrize(("role", "asked", "kind"), list(product(ROLES, ASKED, KINDS)))
def test_a_match_counts_only_as_the_wording_says(role: str, asked: str, kind: str) -> None:
    match = MatchFacts(role=role, asked=asked, party_kind=kind)
    for reaches, kinds in product(subsets(ROLES), subsets(KINDS)):
        for considers in (frozenset[str](), frozenset({asked}), frozenset(ASKED) - {asked}):
            measure = replace(MEASURE, reaches=reaches, considers=considers, party_kinds=kinds)
            if asked == SUBJECT:
                expected = role in reaches and kind in kinds
            else:
                expected = role == SUBJECT and asked in considers and kind in kinds
            assert counts(measure, match) is expected
            assert counts(replace(measure, incentive=True), match) is False


@pytest.mark.parametrize(("role", "asked"), list(product(RELATED_ROLES, CONSIDERED_ROLES)))
def test_a_person_behind_a_listed_unit_who_stands_behind_the_applicant_never_counts(role: str, asked: str) -> None:
    everything = replace(MEASURE, reaches=frozenset(ROLES), considers=frozenset(CONSIDERED_ROLES))
    assert not counts(everything, MatchFacts(role=role, asked=asked, party_kind="unit"))
