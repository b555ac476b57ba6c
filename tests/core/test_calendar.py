"""The clock of the law (domain.md §4): its test vectors, its edges, and what holds for every date."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import calendar
from core.calendar import DayType, Deadline, UnknownYear, add_months, days_left, deadline, deadline_months

CALENDAR, WORKING = DayType.CALENDAR, DayType.WORKING


@pytest.mark.parametrize(
    ("start", "days", "day_type", "last"),
    [
        ("2026-09-22", 3, WORKING, "2026-09-28"),
        ("2026-09-22", 3, CALENDAR, "2026-09-28"),
        ("2026-09-22", 7, WORKING, "2026-10-09"),
        ("2026-09-28", 3, WORKING, "2026-10-08"),
        ("2026-09-28", 3, CALENDAR, "2026-10-08"),
        ("2026-09-28", 7, WORKING, "2026-10-13"),
        ("2026-09-28", 15, CALENDAR, "2026-10-13"),
        ("2026-09-17", 3, WORKING, "2026-09-21"),
        ("2026-09-17", 3, CALENDAR, "2026-09-20"),
        ("2026-09-17", 7, WORKING, "2026-09-28"),
        ("2026-02-12", 3, WORKING, "2026-02-24"),
        ("2026-02-12", 10, CALENDAR, "2026-02-24"),
        ("2026-11-20", 3, WORKING, "2026-11-25"),
        ("2026-11-20", 3, CALENDAR, "2026-11-23"),
        ("2026-11-20", 7, WORKING, "2026-12-01"),
    ],
)
def test_the_computed_examples_hold(start, days, day_type, last):
    assert deadline(date.fromisoformat(start), days, day_type) == Deadline(date.fromisoformat(last), provisional=False)


def test_a_period_that_ends_on_a_make_up_sunday_does_not_roll():
    sunday = date(2026, 9, 20)
    assert sunday.weekday() == 6
    assert calendar.is_working_day(sunday)
    assert deadline(date(2026, 9, 17), 3, CALENDAR).on == sunday


def test_2026_has_248_working_days_and_the_shipped_file_agrees_with_the_packaged_calendar():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(calendar.is_working_day(day) for day in days) == 248
    assert [calendar.is_working_day(day) for day in days] == [chinese_calendar.is_workday(day) for day in days]


@pytest.mark.parametrize("day_type", DayType)
def test_a_deadline_in_a_year_without_calendar_is_provisional_and_counts_weekends_only(day_type):
    assert deadline(date(2026, 12, 30), 3, day_type) == Deadline(date(2027, 1, 4), provisional=True)


@pytest.mark.parametrize("day_type", DayType)
def test_a_deadline_on_the_last_known_day_is_certain(day_type):
    assert deadline(date(2026, 12, 28), 3, day_type) == Deadline(date(2026, 12, 31), provisional=False)


def test_a_deadline_in_years_before_the_calendar_is_provisional():
    assert deadline(date(2003, 3, 3), 1, WORKING).provisional
    assert not deadline(date(2004, 3, 3), 1, WORKING).provisional


def test_nobody_knows_the_working_days_of_an_unannounced_year():
    assert not calendar.is_known(2027)
    with pytest.raises(UnknownYear):
        calendar.is_working_day(date(2027, 1, 4))


def test_a_loaded_file_makes_the_year_certain(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(calendar, "_loaded", dict(calendar._loaded))
    path = tmp_path / "years.yaml"
    path.write_text("2027: {holidays: [2027-01-01..2027-01-03, 2027-01-04], workdays: [2027-01-09]}", encoding="utf-8")
    calendar.load_years(path)
    assert deadline(date(2026, 12, 30), 3, CALENDAR) == Deadline(date(2027, 1, 5), provisional=False)
    assert calendar.is_working_day(date(2027, 1, 9))


@pytest.mark.parametrize(
    "text",
    [
        "2027: {holidays: [2028-01-01], workdays: []}",
        "2027: {holidays: [2027-01-01], workdays: [2027-01-01]}",
    ],
)
def test_a_file_with_days_of_another_year_or_contradictions_is_refused(tmp_path: Path, text):
    path = tmp_path / "years.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="2027"):
        calendar.read_years(path)


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2024-02-29", 24, "2026-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-31", -2, "2025-11-30"),
        ("2026-05-20", 0, "2026-05-20"),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_months_end(start, months, day):
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(day)


def test_month_periods_roll_off_a_holiday_unless_told_otherwise():
    assert deadline_months(date(2026, 9, 1), 1) == Deadline(date(2026, 10, 8), provisional=False)
    assert deadline_months(date(2026, 9, 1), 1, roll=False) == Deadline(date(2026, 10, 1), provisional=False)
    assert deadline_months(date(2026, 11, 20), 24, roll=False).provisional


@pytest.mark.parametrize("day_type", DayType)
def test_a_period_of_no_days_ends_on_the_first_working_day(day_type):
    assert deadline(date(2026, 11, 20), 0, day_type).on == date(2026, 11, 20)
    assert deadline(date(2026, 11, 21), 0, day_type).on == date(2026, 11, 23)


def test_a_period_has_no_negative_length():
    with pytest.raises(ValueError, match="negative"):
        deadline(date(2026, 11, 20), -1, CALENDAR)


@pytest.mark.parametrize(
    ("today", "day_type", "left"),
    [
        ("2026-11-20", CALENDAR, 5),
        ("2026-11-20", WORKING, 3),
        ("2026-11-25", WORKING, 0),
        ("2026-11-30", WORKING, -3),
        ("2026-11-30", CALENDAR, -5),
    ],
)
def test_days_left_are_counted_like_the_period(today, day_type, left):
    assert days_left(date.fromisoformat(today), date(2026, 11, 25), day_type) == left


starts = st.dates(date(2004, 1, 1), date(2026, 6, 30))
lengths = st.integers(0, 60)


@given(starts, lengths, st.sampled_from(DayType))
def test_a_deadline_is_a_working_day_and_never_earlier_than_its_length(start, days, day_type):
    last = deadline(start, days, day_type)
    assert calendar.is_working_day(last.on)
    assert last.on >= start + timedelta(days=days)
    assert not last.provisional


@given(starts, lengths, st.integers(0, 30), st.sampled_from(DayType))
def test_a_later_start_or_a_longer_period_never_ends_earlier(start, days, more, day_type):
    last = deadline(start, days, day_type).on
    assert deadline(start + timedelta(days=more), days, day_type).on >= last
    assert deadline(start, days + more, day_type).on >= last


@given(starts, st.integers(1, 60))
def test_a_period_of_working_days_has_that_many_days_left_at_its_start(start, days):
    assert days_left(start, deadline(start, days, WORKING).on, WORKING) == days


@given(st.dates(date(2026, 12, 20), date(2040, 12, 31)), st.integers(20, 60), st.sampled_from(DayType))
def test_what_rests_on_an_unknown_year_is_never_certain(start, days, day_type):
    assert deadline(start, days, day_type).provisional
