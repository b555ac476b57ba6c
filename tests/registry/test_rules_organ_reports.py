"""Which debtor goes to which body, and what a period is."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from registry import choices
from registry.rules.organ_reports import (
    CITATION,
    SHOWN_PERIODS,
    DebtorCategory,
    Every,
    OrganBody,
    body_of,
    categories_for,
    categories_of,
    kind_of,
    period_at,
    periods,
)

TABLE = {
    "party_or_state_organ": ("unit", "discipline"),
    "peoples_organisation": ("unit", "discipline"),
    "social_organisation": ("unit", "discipline"),
    "state_owned_enterprise": ("unit", "discipline"),
    "congress_deputy": ("person", "congress"),
    "cppcc_member": ("person", "cppcc"),
}


def test_the_table_names_every_category_and_every_body() -> None:
    assert set(TABLE) == {each.value for each in DebtorCategory} == set(choices.DebtorCategory.values)
    assert {body for _, body in TABLE.values()} == {each.value for each in OrganBody} == set(choices.OrganBody.values)
    assert CITATION == "湛委办发电〔2019〕25号二（十一）"


@pytest.mark.parametrize("category", DebtorCategory)
def test_each_category_goes_to_one_body_and_fits_one_kind(category: DebtorCategory) -> None:
    kind, body = TABLE[category.value]
    assert (kind_of(category), body_of(category)) == (kind, body)
    for other in OrganBody:
        assert (category in categories_of(other)) == (other == body)
    for other_kind in ("person", "unit"):
        assert (category in categories_for(other_kind)) == (other_kind == kind)


@pytest.mark.parametrize(
    ("day", "every", "code", "first", "last", "label"),
    [
        (date(2026, 11, 20), Every.MONTH, "2026-11", date(2026, 11, 1), date(2026, 11, 30), "2026年11月"),
        (date(2026, 12, 31), Every.MONTH, "2026-12", date(2026, 12, 1), date(2026, 12, 31), "2026年12月"),
        (date(2028, 2, 29), Every.MONTH, "2028-02", date(2028, 2, 1), date(2028, 2, 29), "2028年2月"),
        (date(2026, 1, 1), Every.QUARTER, "2026Q1", date(2026, 1, 1), date(2026, 3, 31), "2026年第一季度"),
        (date(2026, 6, 30), Every.QUARTER, "2026Q2", date(2026, 4, 1), date(2026, 6, 30), "2026年第二季度"),
        (date(2026, 8, 15), Every.QUARTER, "2026Q3", date(2026, 7, 1), date(2026, 9, 30), "2026年第三季度"),
        (date(2026, 11, 20), Every.QUARTER, "2026Q4", date(2026, 10, 1), date(2026, 12, 31), "2026年第四季度"),
    ],
)
def test_a_period_is_a_month_or_a_quarter(
    day: date, every: Every, code: str, first: date, last: date, label: str
) -> None:
    found = period_at(day, every)
    assert (found.code, found.first, found.last, found.label) == (code, first, last, label)


@pytest.mark.parametrize("every", Every)
def test_periods_offered_touch_each_other_and_end_with_today(every: Every) -> None:
    offered = list(periods(date(2026, 2, 3), every))
    assert len(offered) == SHOWN_PERIODS
    assert offered[0].first <= date(2026, 2, 3) <= offered[0].last
    for later, earlier in pairwise(offered):
        assert earlier.last + timedelta(days=1) == later.first
