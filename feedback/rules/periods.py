"""Reporting periods: calendar months in Shanghai time, because no source document gives an interval (domain.md §0)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """One month, `code` like `2026-11`; both days belong to it."""

    code: str
    starts_on: date
    ends_on: date

    @property
    def label(self) -> str:
        return f"{self.starts_on.year}年{self.starts_on.month}月"

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """First instant of the period and first instant after it."""
        after = self.ends_on + timedelta(days=1)
        return (
            datetime.combine(self.starts_on, time.min, SHANGHAI),
            datetime.combine(after, time.min, SHANGHAI),
        )


def period(code: str) -> Period:
    """The period with that code; ValueError for anything that is no month."""
    match = _MONTH.fullmatch(code)
    if match is None or int(match[1]) < 2000:
        raise ValueError(f"不是报告期：{code!r}")
    year, month = int(match[1]), int(match[2])
    return Period(code, date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def period_of(day: date) -> Period:
    """The period that a day belongs to."""
    return period(f"{day.year:04}-{day.month:02}")


def previous(current: Period) -> Period:
    """The period before."""
    return period_of(current.starts_on - timedelta(days=1))


def reportable(today: date, count: int = 12) -> list[Period]:
    """The current period and those before it, newest first: what a unit may report on."""
    periods = [period_of(today)]
    while len(periods) < count:
        periods.append(previous(periods[-1]))
    return periods
