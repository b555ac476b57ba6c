"""Standing of a provision and review of a measure, by every combination that the rules look at."""

from dataclasses import replace
from datetime import date
from itertools import combinations_with_replacement, product

import pytest

from measures.rules.review import (
    NOTHING_IN_FORCE,
    OWN_BASIS_MISSING,
    TARGET_NOT_NAMED,
    BasisFacts,
    Standing,
    names_target_now,
    review_reason,
    standing,
    strongest,
)

DAY = date(2026, 11, 20)
BEFORE, AFTER = date(2026, 11, 19), date(2026, 11, 21)
TARGETS = ("yes", "unclear", "no")


def ended(valid_to: date | None, lapsed: bool) -> bool:
    return {None: lapsed, BEFORE: True, DAY: False, AFTER: False}[valid_to]


@pytest.mark.parametrize(
    ("valid_to", "lapsed", "successor", "law_to", "law_lapsed", "law_successor"),
    list(
        product(
            (None, BEFORE, DAY, AFTER),
            (False, True),
            ("", "第二条"),
            (None, BEFORE, AFTER),
            (False, True),
            ("", "新法"),
        )
    ),
)
def test_a_provision_stands_goes_on_elsewhere_or_is_gone(
    valid_to: date | None, lapsed: bool, successor: str, law_to: date | None, law_lapsed: bool, law_successor: str
) -> None:
    basis = BasisFacts(
        names_target="yes",
        valid_to=valid_to,
        lapsed=lapsed,
        successor=successor,
        law_valid_to=law_to,
        law_lapsed=law_lapsed,
        law_successor=law_successor,
    )
    if ended(valid_to, lapsed):
        expected = Standing.SUCCEEDED if successor else Standing.LAPSED
    elif ended(law_to, law_lapsed):
        expected = Standing.SUCCEEDED if successor or law_successor else Standing.LAPSED
    else:
        expected = Standing.IN_FORCE
    assert standing(basis, DAY) is expected


@pytest.mark.parametrize(
    ("before", "on_the_day"),
    [
        (BasisFacts("yes", valid_from=AFTER), BasisFacts("yes", valid_from=DAY)),
        (BasisFacts("yes", law_valid_from=AFTER), BasisFacts("yes", law_valid_from=DAY)),
    ],
)
def test_a_provision_does_not_stand_before_its_first_day(before: BasisFacts, on_the_day: BasisFacts) -> None:
    assert standing(before, DAY) is Standing.LAPSED
    assert standing(on_the_day, DAY) is Standing.IN_FORCE


@pytest.mark.parametrize(("cited", "new"), list(product(TARGETS, ("", *TARGETS))))
def test_the_text_in_force_says_whom_it_names(cited: str, new: str) -> None:
    moved = BasisFacts(cited, lapsed=True, successor="第二条", successor_names_target=new)
    assert names_target_now(moved, DAY) == (new or cited)
    assert names_target_now(replace(moved, lapsed=False), DAY) == cited


@pytest.mark.parametrize(
    ("names", "best"),
    [
        ((), "no"),
        (("no",), "no"),
        (("no", "unclear"), "unclear"),
        (("unclear", "yes"), "yes"),
        (("yes", "no"), "yes"),
    ],
)
def test_the_strongest_judgement_wins(names: tuple[str, ...], best: str) -> None:
    assert strongest(names) == best


def live(target: str) -> BasisFacts:
    return BasisFacts(target)


def moved(target: str) -> BasisFacts:
    return BasisFacts("no", lapsed=True, successor="第二条", successor_names_target=target)


def gone(target: str) -> BasisFacts:
    return BasisFacts(target, lapsed=True)


EVERY_BASIS = [make(target) for make in (live, moved, gone) for target in TARGETS]
COMBINATIONS = [bases for n in (0, 1, 2, 3) for bases in combinations_with_replacement(EVERY_BASIS, n)]


@pytest.mark.parametrize("needs_own_basis", [False, True])
def test_a_measure_is_under_review_unless_a_basis_in_force_carries_it(needs_own_basis: bool) -> None:
    for bases in COMBINATIONS:
        targets = [names_target_now(basis, DAY) for basis in bases if not (basis.lapsed and not basis.successor)]
        if needs_own_basis:
            expected = "" if "yes" in targets else OWN_BASIS_MISSING
        elif not targets:
            expected = NOTHING_IN_FORCE
        elif set(targets) == {"no"}:
            expected = TARGET_NOT_NAMED
        else:
            expected = ""
        assert review_reason(bases, needs_own_basis, DAY) == expected


def test_a_renumbered_provision_still_carries_its_measure() -> None:
    renumbered = BasisFacts(
        "yes", valid_to=date(2021, 12, 31), lapsed=True, successor="第二百六十六条", successor_names_target="yes"
    )
    assert review_reason([renumbered], False, DAY) == ""
    assert standing(renumbered, date(2021, 12, 31)) is Standing.IN_FORCE
