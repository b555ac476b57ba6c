"""The clock of the law: 日 and 工作日, holidays, make-up days, and years nobody has announced yet.

Pure dates of Asia/Shanghai, no Django. Civil Procedure Law art. 85 (domain.md §4): the day on which a
period starts is not counted; when the last day is a day off, the first working day after it is the last;
month and year periods end on the corresponding day or else at the month's end. A make-up Saturday or
Sunday (调休上班) is a working day: a period that ends on it does not roll.

The calendar is announced year by year (国务院办公厅, usually in November), never a formula. A date that
rests on a year without data is computed with weekends only and marked provisional.
"""

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import chinese_calendar
import yaml

DAY = timedelta(days=1)
# the years that the packaged calendar covers without a break
_SHIPPED_FROM: int = min(day.year for day in chinese_calendar.holidays)
_SHIPPED_TO: int = max(day.year for day in chinese_calendar.holidays)


class DayType(StrEnum):
    """How a period counts. 「3日」 is not 「3个工作日」."""

    CALENDAR = "日"
    WORKING = "工作日"


class UnknownYear(LookupError):
    """No calendar has been loaded for the year."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day in time; `provisional` when a year without calendar data had a say in it."""

    on: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Year:
    """Days off and make-up days of one year, complete."""

    holidays: frozenset[date]
    workdays: frozenset[date]


_loaded: dict[int, Year] = {}


def read_years(path: Path) -> dict[int, Year]:
    """Years of a YAML file: `2026: {holidays: [2026-01-01..2026-01-03, 2026-10-01], workdays: [2026-01-04]}`.

    Raises ValueError where a day lies outside its year or is both.
    """
    years = {}
    for number, days in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
        year = Year(_days(days["holidays"]), _days(days["workdays"]))
        if year.holidays & year.workdays or {day.year for day in year.holidays | year.workdays} != {number}:
            raise ValueError(f"{path.name}: {number}年的节假日数据有误")
        years[int(number)] = year
    return years


def load_years(path: Path) -> None:
    """Take the years of a file into the calendar; they replace what was known of them."""
    _loaded.update(read_years(path))


def is_known(year: int) -> bool:
    """Whether the calendar of `year` has been announced and loaded."""
    return year in _loaded or _shipped(year)


def is_working_day(day: date) -> bool:
    """Raises UnknownYear where the year's calendar is not known."""
    if year := _loaded.get(day.year):
        return day in year.workdays or (day.weekday() < 5 and day not in year.holidays)
    if not _shipped(day.year):
        raise UnknownYear(day.year)
    return bool(chinese_calendar.is_workday(day))


def deadline(start: date, days: int, day_type: DayType) -> Deadline:
    """The last day of a period of `days` (≥ 0) that starts on `start`, which is not counted."""
    if days < 0:
        raise ValueError("a period has no negative length")
    if day_type is DayType.CALENDAR:
        return _rolled(start + days * DAY)
    day, provisional = start, False
    for _ in range(days):
        step = _rolled(day + DAY)
        day, provisional = step.on, provisional or step.provisional
    return Deadline(day, provisional) if days else _rolled(day)


def deadline_months(start: date, months: int, *, roll: bool = True) -> Deadline:
    """The last day of a period of `months`; with `roll` it moves off a day off, as periods under art. 85 do."""
    day = add_months(start, months)
    return _rolled(day) if roll else Deadline(day, not is_known(day.year))


def add_months(start: date, n: int) -> date:
    """The corresponding day `n` months later, or the month's last day where there is none."""
    years, month = divmod(start.month - 1 + n, 12)
    last = gregorian.monthrange(start.year + years, month + 1)[1]
    return date(start.year + years, month + 1, min(start.day, last))


def days_left(today: date, deadline: date, day_type: DayType) -> int:
    """Days until `deadline`, counted like its period: 0 on the last day, negative when it has passed."""
    if day_type is DayType.CALENDAR:
        return (deadline - today).days
    first, last, sign = (today, deadline, 1) if today <= deadline else (deadline, today, -1)
    return sign * sum(_works(first + n * DAY)[0] for n in range(1, (last - first).days + 1))


def _rolled(day: date) -> Deadline:
    """`day`, or the first working day after it."""
    provisional = False
    while True:
        works, known = _works(day)
        provisional = provisional or not known
        if works:
            return Deadline(day, provisional)
        day += DAY


def _works(day: date) -> tuple[bool, bool]:
    """Whether people work that day, and whether that is known or only taken from the weekday."""
    try:
        return is_working_day(day), True
    except UnknownYear:
        return day.weekday() < 5, False


def _shipped(year: int) -> bool:
    return _SHIPPED_FROM <= year <= _SHIPPED_TO


def _days(entries: list[date | str]) -> frozenset[date]:
    """Single days and spans `first..last`."""
    days: set[date] = set()
    for entry in entries:
        first, _, last = str(entry).partition("..")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            days.add(day)
            day += DAY
    return frozenset(days)
