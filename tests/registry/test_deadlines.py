"""Which limit applies where, and the shipped reference data."""

from datetime import date

import pytest

from core.errors import NotFound
from registry.models import Court, DeadlineRule, Region, RegionRule
from registry.services.deadlines import due, region_rule, rule
from registry.services.reference import load_reference_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _reference():
    load_reference_data()


def region(code):
    return Region.objects.get(code=code)


SHIPPED = (Region, Court, DeadlineRule, RegionRule)


def test_loading_again_changes_nothing_but_keeps_what_was_configured():
    DeadlineRule.objects.filter(key="measure.release").update(amount=3)
    before = [list(model.objects.order_by("pk").values()) for model in SHIPPED]
    counts = load_reference_data()
    assert [list(model.objects.order_by("pk").values()) for model in SHIPPED] == before
    assert counts == {"regions": 10, "courts": 9, "deadlines": 30, "rules": 2}


@pytest.mark.parametrize(
    ("code", "key", "amount", "unit", "pack"),
    [
        ("350100", "objection.local", 10, "calendar", "350000"),
        ("370116", "objection.reminder", 10, "calendar", "000000"),
        ("440800", "exit.local", 3, "calendar", "440800"),
        ("350000", "republish.delete", 3, "working", "350000"),
        ("440800", "republish.delete", 3, "working", "000000"),
        ("370116", "measure.release", 1, "working", "000000"),
        ("350000", "exit.national", 3, "working", "000000"),
        ("370102", "double_publicity", 7, "working", "370102"),
    ],
)
def test_a_region_without_its_own_limit_takes_its_superiors(code, key, amount, unit, pack):
    found = rule(region(code), key)
    assert (found.amount, found.unit, found.pack.region_id) == (amount, unit, pack)
    assert found.citation


@pytest.mark.parametrize(
    ("code", "key"), [("370116", "objection.local"), ("440800", "double_publicity"), ("000000", "x")]
)
def test_a_limit_nobody_has_set_is_not_invented(code, key):
    with pytest.raises(NotFound):
        rule(region(code), key)


@pytest.mark.parametrize(
    ("code", "key", "start", "end"),
    [
        ("370116", "exit.national", date(2026, 11, 20), date(2026, 11, 25)),
        ("350000", "exit.local", date(2026, 11, 20), date(2026, 11, 23)),
        ("350000", "exit.local", date(2026, 9, 17), date(2026, 9, 20)),  # a make-up Sunday
        ("350000", "objection.local", date(2026, 2, 12), date(2026, 2, 24)),
        ("370102", "double_publicity", date(2026, 9, 22), date(2026, 10, 9)),
        ("370116", "relist.bar", date(2026, 3, 31), date(2026, 9, 30)),
        ("370116", "term", date(2024, 5, 6), date(2026, 5, 6)),
    ],
)
def test_the_last_day_in_time(code, key, start, end):
    found = due(region(code), key, start)
    assert (found.on, found.provisional) == (end, False)


def test_a_year_without_a_calendar_is_provisional():
    found = due(region("370116"), "measure.release", date(2031, 5, 5))
    assert found.provisional
    assert found.citation == "各地文件规定“及时解除”，未规定数值"


@pytest.mark.parametrize(("code", "value"), [("350000", "yes"), ("350100", "yes"), ("440800", ""), ("370116", "")])
def test_a_rule_of_procedure_holds_in_its_region_and_below_and_nowhere_else(code, value):
    found = region_rule(region(code), "objection.suspends_measures")
    assert (found.value if found else "") == value
    if found:
        assert (found.pack.region_id, found.citation) == ("350000", "榕发改信用〔2017〕6号四（二）3")
