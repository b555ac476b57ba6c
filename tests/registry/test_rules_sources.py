"""When a source is drawn from again, when it is late, what is handed to whom, and where two lists differ."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.choices import SubscriberKind
from registry.rules.sources import (
    Difference,
    differences,
    handing,
    has_settled,
    is_late,
    is_list_file,
    next_night,
    next_turn,
)

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 5), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (1_000, 30)]
)
def test_after_failures_it_waits_longer_and_longer_but_never_above_half_an_hour(failures: int, minutes: int) -> None:
    assert next_turn(AT, every=5 * MINUTE, failures=failures) == AT + minutes * MINUTE


@pytest.mark.parametrize(
    ("every", "silent", "late"),
    [(5, 15, False), (5, 16, True), (1, 15, False), (1, 16, True), (60, 180, False), (60, 181, True)],
)
def test_it_is_late_after_three_of_its_turns_and_a_quarter_of_an_hour(every: int, silent: int, late: bool) -> None:
    long_ago = AT - timedelta(days=9)
    last = AT - silent * MINUTE
    assert is_late(last_success=last, since=long_ago, every=every * MINUTE, at=AT) is late
    assert is_late(last_success=None, since=last, every=every * MINUTE, at=AT) is late


@pytest.mark.parametrize(
    ("at", "night"),
    [
        (datetime(2026, 11, 20, 2, 0, tzinfo=UTC), datetime(2026, 11, 20, 18, 30, tzinfo=UTC)),
        (datetime(2026, 11, 20, 18, 29, tzinfo=UTC), datetime(2026, 11, 20, 18, 30, tzinfo=UTC)),
        (datetime(2026, 11, 20, 18, 30, tzinfo=UTC), datetime(2026, 11, 21, 18, 30, tzinfo=UTC)),
    ],
)
def test_the_night_begins_at_half_past_two_in_shanghai(at: datetime, night: datetime) -> None:
    assert next_night(at) == night


def test_only_a_platform_gets_numbers_and_what_is_not_for_publication() -> None:
    found = {kind: (handing(kind).unpublished, handing(kind).numbers) for kind in SubscriberKind.values}
    assert found == {"platform": (True, True), "unit": (False, False), "republisher": (False, False)}


@pytest.mark.parametrize(
    ("name", "is_list"),
    [
        ("名单.csv", True), ("名单.XLSX", True), ("名单.xls", False), ("名单.csv.part", False), (".名单.csv", False),
        ("~$名单.xlsx", False), ("说明.txt", False), ("csv", False),
    ],
)  # fmt: skip
def test_a_list_file_is_known_by_its_name(name: str, is_list: bool) -> None:
    assert is_list_file(name) is is_list


@pytest.mark.parametrize(("seconds", "settled"), [(0, False), (9, False), (10, True), (3600, True), (-5, False)])
def test_a_file_settles_for_ten_seconds(seconds: int, settled: bool) -> None:
    assert has_settled(changed_at=AT - timedelta(seconds=seconds), at=AT) is settled


def test_each_kind_of_difference_is_named() -> None:
    above = [("a", "1"), ("b", "1"), ("c", "1")]
    here = [("d", "1"), ("c", "1"), ("b", "2")]
    assert differences(above, here) == [Difference("a", "missing"), Difference("b", "differs"), Difference("d", "gone")]


states = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("123"))


@given(states, states)
def test_two_lists_differ_exactly_where_they_do(above: dict[str, str], here: dict[str, str]) -> None:
    found = differences(list(above.items()), list(here.items()))
    assert {each.listing for each in found} == {key for key in {*above, *here} if above.get(key) != here.get(key)}
    assert (found == []) is (above == here)
