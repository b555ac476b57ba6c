"""Same-subject rules A-K of domain.md §3: the whole table."""

from datetime import date
from itertools import product

import pytest

from registry.rules.identifiers import read_identifier, uscc_check_character
from registry.rules.matching import (
    RULES,
    Evidence,
    IdentifierRelation,
    MatchLevel,
    NameRelation,
    evidence_of,
    is_bearing_consistent,
    level,
    relate_identifiers,
    relate_names,
)
from registry.rules.types import PartyKind, Sex

R, N, L = IdentifierRelation, NameRelation, MatchLevel
PERSON, UNIT = PartyKind.PERSON, PartyKind.UNIT
SAME_NAME = {N.EQUAL, N.FORMER}


def expected(evidence: Evidence) -> MatchLevel:
    """domain.md §3 and contract.md §3, written as one table."""
    if not evidence.is_same_kind:
        return L.DIFFERENT  # I
    same = {R.EQUAL, R.UPGRADED, R.ORG_IN_USCC}  # A, B, C
    if evidence.has_alias_record:
        same |= {R.DIFFERENT_TYPES, R.SAME_TYPE_DIFFERENT}  # K, exception of H
    if evidence.identifiers in same:
        return L.CANDIDATE if evidence.names is N.DIFFERENT else L.IDENTIFIER  # J
    if evidence.identifiers in {R.SAME_TYPE_DIFFERENT, R.MASK_INCOMPATIBLE}:
        return L.DIFFERENT  # H
    if evidence.names in SAME_NAME:
        if evidence.identifiers is R.MASK_COMPATIBLE and evidence.is_consistent:
            return L.CANDIDATE  # E
        if evidence.is_same_case:
            return L.CANDIDATE  # F
    return L.NONE  # G


BOTH = (True, False)
EVERY = [
    Evidence(identifiers, names, kind, consistent, case, alias)
    for identifiers, names, kind, consistent, case, alias in product(R, N, BOTH, BOTH, BOTH, BOTH)
]


@pytest.mark.parametrize("evidence", EVERY, ids=str)
def test_every_combination_of_evidence_has_its_level(evidence: Evidence) -> None:
    assert level(evidence) is expected(evidence)


def test_a_name_alone_is_never_a_match() -> None:
    for evidence in EVERY:
        if evidence.identifiers is R.NONE and not evidence.is_same_case:
            assert level(evidence) in {L.NONE, L.DIFFERENT}


def test_only_equal_identifiers_or_a_record_give_identifier_level() -> None:
    for evidence in EVERY:
        if level(evidence) is L.IDENTIFIER:
            assert evidence.identifiers in {R.EQUAL, R.UPGRADED, R.ORG_IN_USCC} or evidence.has_alias_record
            assert evidence.names is not N.DIFFERENT


def test_every_rule_cites_its_source_and_decides_something() -> None:
    for rule in RULES:
        assert "domain.md §3" in (rule.__doc__ or "")
        assert any(rule(evidence) is not None for evidence in EVERY)


FULL, OTHER_FULL = "370116199001010018", "350102198503150022"
USCC, ORG_INSIDE = "91370116MA3TEXT184", "MA3TEXT18"


@pytest.mark.parametrize(
    ("asked", "listed", "kind", "relation"),
    [
        (FULL, FULL, PERSON, R.EQUAL),
        ("370116900101001", FULL, PERSON, R.EQUAL),
        (FULL, OTHER_FULL, PERSON, R.SAME_TYPE_DIFFERENT),
        (FULL, "810000199001010019", PERSON, R.SAME_TYPE_DIFFERENT),
        (FULL, "E12345678", PERSON, R.DIFFERENT_TYPES),
        ("810000199001010019", "H12345678", PERSON, R.DIFFERENT_TYPES),
        ("3701161990****0018", FULL, PERSON, R.MASK_COMPATIBLE),
        (FULL, "37011619900****0018", PERSON, R.MASK_COMPATIBLE),
        (FULL, "370116********0018", PERSON, R.MASK_COMPATIBLE),
        ("3701161990****0018", "370116********0018", PERSON, R.MASK_COMPATIBLE),
        ("3701161990****0019", FULL, PERSON, R.MASK_INCOMPATIBLE),
        ("3701161991****0018", "3701161990****0018", PERSON, R.MASK_INCOMPATIBLE),
        ("3701****18", FULL, PERSON, R.NONE),
        ("", FULL, PERSON, R.NONE),
        ("370116199001010019", FULL, PERSON, R.NONE),
        (USCC, USCC, UNIT, R.EQUAL),
        (USCC, ORG_INSIDE, UNIT, R.ORG_IN_USCC),
        (ORG_INSIDE, USCC, UNIT, R.ORG_IN_USCC),
        ("12345678-8", USCC, UNIT, R.SAME_TYPE_DIFFERENT),
        ("370116200012345", USCC, UNIT, R.DIFFERENT_TYPES),
    ],
)
def test_two_identifiers_stand_to_each_other(
    asked: str, listed: str, kind: PartyKind, relation: IdentifierRelation
) -> None:
    left, right = read_identifier(asked, kind=kind), read_identifier(listed, kind=kind)
    assert relate_identifiers(left, right) is relation
    assert relate_identifiers(right, left) is relation


def test_another_uscc_around_the_same_organisation_code_is_a_different_unit() -> None:
    first17 = "91370102MA3TEXT18"
    other = read_identifier(first17 + uscc_check_character(first17))
    assert other.is_full
    assert relate_identifiers(other, read_identifier(USCC)) is R.SAME_TYPE_DIFFERENT


def test_a_sole_trader_and_its_operator_are_two_subjects() -> None:
    found = evidence_of(UNIT, read_identifier("无"), "李四", PERSON, read_identifier(FULL), "李四", is_same_case=True)
    assert level(found) is L.DIFFERENT


def test_names_are_compared_folded_and_with_history() -> None:
    assert relate_names("甲", "甲") is N.EQUAL
    assert relate_names("乙", "甲", {"乙"}) is N.FORMER
    assert relate_names("丙", "甲", {"乙"}) is N.DIFFERENT
    assert relate_names("", "甲") is N.MISSING


@pytest.mark.parametrize(
    ("sex", "age", "fits"),
    [(Sex.MALE, 30, True), (Sex.FEMALE, 30, False), (Sex.UNKNOWN, None, True), (Sex.MALE, 31, True),
     (Sex.MALE, 29, True), (Sex.MALE, 32, False), (Sex.MALE, 28, False), (Sex.MALE, 0, True)],
)  # fmt: skip
def test_sex_and_age_must_fit_the_identifier(sex: Sex, age: int | None, fits: bool) -> None:
    for text in (FULL, "3701161990****0018"):
        found = read_identifier(text)
        assert is_bearing_consistent(found, sex=sex, age=age, published_on=date(2020, 6, 1)) is fits
