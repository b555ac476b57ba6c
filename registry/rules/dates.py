"""Dates as courts, vendors and spreadsheets write them (domain.md §2.6 item 7)."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from registry.rules.text import half_width, is_null
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

LONGEST = 60
EARLIEST = date(1949, 10, 1)
_BEIJING = timezone(timedelta(hours=8))
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_NOTHING = (date(1899, 12, 30), date(1899, 12, 31))  # a zero in a cell that is formatted as a date
_EXCEL_SERIALS = range(18264, 73051)  # 1950-01-01 … 2100-01-01

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTS = re.compile(
    r"([0-9]{4})\s*[-/.年,\s]\s*([0-9]{1,2})\s*[-/.月,\s]\s*([0-9]{1,2})\s*[日号]?\.?"
    r"(?:\s*\(?(?:星期|周)[一二三四五六日天]\)?)?(?:[T ]*(?:上午|下午)?[0-9]{1,2}[:时点].*)?",
    re.DOTALL,
)
_EIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+|\s*[0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?(?:\.0+)?)?")
_SWAPPED = re.compile(r"([0-9]{1,2})\s*[-/.]\s*([0-9]{1,2})\s*[-/.]\s*([0-9]{4})(?:\s.*)?", re.DOTALL)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_SHORT_YEAR = re.compile(r"[0-9]{2}\s*[-/.年]\s*[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}\s*[日号]?")
_NO_DAY = re.compile(r"[0-9]{4}\s*[-/.年]\s*[0-9]{1,2}\s*月?|[0-9]{4}年?")
_NUMBER = re.compile(r"([0-9]{5}|[0-9]{10}|[0-9]{13})(?:\.[0-9]+)?")
_CHINESE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十元]{1,3})月([一二三四五六七八九十廿卅]{1,4})[日号]"
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "元": 1}
_DASHES = str.maketrans("‐‑‒–—−。、O○", "------..〇〇")


def read_date(
    value: object, *, today: date | None = None, earliest: date = EARLIEST, may_be_future: bool = False
) -> date | Problem | None:
    """The date a cell means; None when it says nothing; a Problem when it cannot be told or cannot be.

    `today`: nothing may lie after it, unless `may_be_future` (the end of a term). Times of day are dropped; epoch
    seconds and milliseconds are read in Beijing time.
    """
    found = _parse(value)
    if isinstance(found, date):
        if found < earliest:
            return _implausible(f"日期早于{earliest.isoformat()}。")
        if today is not None and found > today and not may_be_future:
            return _implausible("日期在今天之后。")
    return found


def is_plain(value: object) -> bool:
    """Already a date cell or YYYY-MM-DD: reading it repairs nothing."""
    return value is None or isinstance(value, date) or (isinstance(value, str) and _ISO.fullmatch(value) is not None)


def _parse(value: object) -> date | Problem | None:
    if value is None:
        return None
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return None if day in _EXCEL_NOTHING else day
    if isinstance(value, bool):
        return _unreadable()
    if isinstance(value, float | int):
        return _from_number(value)
    text = str(value)
    return _from_text(text) if len(text) <= LONGEST else _unreadable()


@lru_cache(maxsize=65536)
def _from_text(text: str) -> date | Problem | None:
    plain = half_width(text).strip().strip("'\"‘’“”").translate(_DASHES).strip()
    if is_null(plain):
        return None
    if _INSTANT.fullmatch(plain) and (instant := _maybe_instant(plain)):
        return instant.astimezone(_BEIJING).date()
    if match := _PARTS.fullmatch(plain) or _EIGHT.fullmatch(plain):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMBER.fullmatch(plain):
        return _from_number(int(match[1]))
    if match := _CHINESE.fullmatch(plain.replace(" ", "")):
        year = int("".join(str(_DIGITS[character]) for character in match[1]))
        return _day(year, _chinese_number(match[2]), _chinese_number(match[3]))
    return _untold(plain)


def _untold(plain: str) -> Problem:
    """What is missing in a text that is nearly a date. Nothing is guessed: 11/08/2017 and 17-8-11 mean several days."""
    if match := _SWAPPED.fullmatch(plain):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        days = {day for day in (_maybe(year, first, second), _maybe(year, second, first)) if day is not None}
        if len(days) == 1:
            return _unreadable("日期的年份写在后面。", f"是否为{days.pop().isoformat()}")
        return _unreadable("日期的年份写在后面，月和日分不清。")
    if _SHORT_YEAR.fullmatch(plain):
        return _unreadable("年份只有两位，不能推断是哪一年。", "请写出四位年份")
    if _NO_DAY.fullmatch(plain):
        return _unreadable("日期缺少月或日。")
    return _unreadable()


def _from_number(number: float) -> date | Problem | None:
    if number == 0:
        return None
    if math.isnan(number) or abs(number) >= 10**14:
        return _unreadable()
    whole = int(number)
    if whole in _EXCEL_SERIALS:
        return _EXCEL_EPOCH + timedelta(days=whole)
    if 10_000_000 <= whole <= 99_999_999:
        return _day(whole // 10_000, whole // 100 % 100, whole % 100)
    if 10**9 <= whole < 10**10:
        return datetime.fromtimestamp(whole, UTC).astimezone(_BEIJING).date()
    if 10**11 <= whole < 10**13:
        return datetime.fromtimestamp(whole // 1000, UTC).astimezone(_BEIJING).date()
    if whole >= 10**13:  # YYYYMMDDhhmmss
        return _day(whole // 10**10, whole // 10**8 % 100, whole // 10**6 % 100)
    return _unreadable()


def _day(year: int, month: int, day: int) -> date | Problem | None:
    if year == month == day == 0:
        return None
    found = _maybe(year, month, day)
    if found is not None:
        return found
    other = _maybe(year, day, month)
    if other is not None and month > 12:
        return _unreadable("月份大于12，月和日可能颠倒。", f"是否为{other.isoformat()}")
    if 1 <= month <= 12 and 28 < day <= 31:
        return _unreadable(f"{year}年{month}月没有{day}日。", "请核对日期")
    return _unreadable()


def _maybe_instant(plain: str) -> datetime | None:
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        return None


def _maybe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _chinese_number(text: str) -> int:
    """一 … 三十一, also 廿一 and 卅: at most two digits."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" not in text:
        return int("".join(str(_DIGITS[character]) for character in text))
    tens, _, ones = text.partition("十")
    if "十" in ones or len(tens) > 1 or len(ones) > 1:
        return 0
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _unreadable(detail: str = "日期无法识别。", suggestion: str = "请写成2020-11-21的样子") -> Problem:
    return Problem("", ProblemCode.DATE_UNREADABLE, ProblemSeverity.ERROR, detail, suggestion)


def _implausible(detail: str) -> Problem:
    return Problem("", ProblemCode.DATE_IMPLAUSIBLE, ProblemSeverity.ERROR, detail, "请核对日期")
