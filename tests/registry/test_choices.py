"""The stored enumerations and the rules' own ones are the same sets."""

import pytest

from registry import choices
from registry.rules import types

SHARED = [
    "PartyKind", "Sex", "IdentifierType", "Circumstance", "Performance", "ExitGround", "RowOperation",
    "ProblemSeverity", "ProblemCode",
]  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_choices_carry_exactly_the_values_of_the_rules(name: str) -> None:
    assert set(getattr(choices, name).values) == {member.value for member in getattr(types, name)}
    assert set(getattr(choices, name).names) == {member.name for member in getattr(types, name)}


@pytest.mark.parametrize("name", SHARED)
def test_every_choice_has_a_chinese_label_of_its_own(name: str) -> None:
    labels = getattr(choices, name).labels
    assert len(set(labels)) == len(labels)
    assert all(any("\u4e00" <= character <= "\u9fff" for character in label) for label in labels)


def test_a_rule_value_and_a_stored_choice_meet_in_one_dictionary() -> None:
    by_value: dict[str, int] = {types.PartyKind.PERSON: 1}
    assert by_value[choices.PartyKind.PERSON] == 1


def test_a_role_is_the_subject_or_one_of_the_four_related_roles() -> None:
    assert choices.Role.values == ["subject", *choices.RelationRole.values]
