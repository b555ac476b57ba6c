"""Reporting periods are calendar months in Shanghai time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.rules.periods import SHANGHAI, period, period_of, previous, reportable


@pytest.mark.parametrize("code", ["2026-13", "2026-00", "2026-1", "1999-12", "202611", "", "2026-11-01", "二〇二六-11"])
def test_what_is_no_month_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="不是报告期"):
        period(code)


def test_a_leap_february_has_twenty_nine_days() -> None:
    assert period("2028-02").ends_on == date(2028, 2, 29)
    assert period("2026-02").ends_on == date(2026, 2, 28)


def test_the_period_before_january_is_december() -> None:
    assert previous(period("2026-01")).code == "2025-12"


@given(st.dates(date(2000, 2, 1), date(2100, 12, 31)))
def test_every_day_belongs_to_exactly_one_period(day: date) -> None:
    current = period_of(day)
    assert current.starts_on <= day <= current.ends_on
    assert previous(current).ends_on + timedelta(days=1) == current.starts_on
    starts, ends = current.instants
    assert starts.tzinfo == SHANGHAI
    assert starts.date() == current.starts_on
    assert ends.date() == current.ends_on + timedelta(days=1)


def test_a_unit_may_report_on_the_last_twelve_months_newest_first() -> None:
    codes = [one.code for one in reportable(date(2026, 3, 31))]
    assert codes[0] == "2026-03"
    assert codes[-1] == "2025-04"
    assert len(codes) == 12
