"""Dates in every writing of domain.md §2.6 item 7."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.dates import EARLIEST, is_plain, read_date
from registry.rules.types import Problem, ProblemCode

DAY = date(2017, 8, 11)


@pytest.mark.parametrize(
    "value",
    ["2017年08月11日", "2017年8月11日", "2017-8-11", "2017-08-11", "2017/8/11", "20170811", "2017.8.11", 42958, 42958.0,
     "42958", 1502380800000, "1502380800000", 1502380800, "二〇一七年八月十一日", "二○一七年八月十一日", "２０１７年８月１１日",
     "2017-08-11 00:00:00", "2017-08-11T00:00:00+08:00", " 2017-08-11\u3000", "'2017-08-11", 20170811.0, "2017—8—11",
     DAY, datetime(2017, 8, 11, 9, 30), "2017年 8月 11日", "20170811.0"],
)  # fmt: skip
def test_every_writing_of_a_day_is_read(value: object) -> None:
    assert read_date(value) == DAY


@pytest.mark.parametrize("value", [None, "", "0000-00-00", "暂无", "空", "无", "-", "—", "/", "null", 0, "00000000"])
def test_null_spellings_are_no_date_and_no_problem(value: object) -> None:
    assert read_date(value) is None


@pytest.mark.parametrize("value", ["2017-13-1", "2017-02-30", "不清楚", "2017年8月", "11/08/2017", "17-8-11", True, 12,
                                   float("nan"), float("inf"), "二〇一七年十三月一日", "二〇一七年八月十十日"])  # fmt: skip
def test_what_is_no_day_is_told(value: object) -> None:
    found = read_date(value)
    assert isinstance(found, Problem)
    assert found.code is ProblemCode.DATE_UNREADABLE


def test_a_day_must_lie_between_the_republic_and_today() -> None:
    today = date(2026, 11, 20)
    for text in ("1949-09-30", "2026-11-21"):
        found = read_date(text, today=today)
        assert isinstance(found, Problem)
        assert found.code is ProblemCode.DATE_IMPLAUSIBLE
    assert read_date("2026-11-20", today=today) == today
    assert read_date("2028-11-20", today=today, may_be_future=True) == date(2028, 11, 20)


@given(st.dates(EARLIEST, date(2099, 12, 31)))
def test_all_writings_of_any_day_agree(day: date) -> None:
    chinese = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    numbers = ["", *"一二三四五六七八九", "十", *(f"十{digit}" for digit in "一二三四五六七八九"), "二十",
               *(f"二十{digit}" for digit in "一二三四五六七八九"), "三十", "三十一"]  # fmt: skip
    writings: list[object] = [
        day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}",
        f"{chinese}年{numbers[day.month]}月{numbers[day.day]}日",
    ]  # fmt: skip
    if day >= date(1950, 1, 1):
        writings.append((day - date(1899, 12, 30)).days)
    if day >= date(2001, 9, 10):
        writings.append(int((day - date(1970, 1, 1)) / timedelta(seconds=1)) * 1000)
    assert {read_date(writing) for writing in writings} == {day}


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans()))
def test_reading_never_raises(value: object) -> None:
    found = read_date(value)
    assert found is None or isinstance(found, date | Problem)


def test_only_dates_and_iso_texts_need_no_repair() -> None:
    assert is_plain(DAY)
    assert is_plain("2017-08-11")
    assert not is_plain("2017/8/11")
    assert not is_plain(42958)
