"""Case numbers (案号): read into one key and one writing (domain.md §2.5, 法〔2015〕137号)."""

import re

from registry.rules.text import compact
from registry.rules.types import CaseNumber

_BRACKETS = str.maketrans("〔〕【】[]{}〈〉《》", "()()()()()()")
_PROVINCE = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵黔云藏陕甘青宁新兵军"
_HAN = "[\u4e00-\u9fff]"
_CURRENT = re.compile(
    rf"\(?((?:19|20)\d\d)\)?(最高法(?:知)?|[{_PROVINCE}](?:\d{{2,4}})?)({_HAN}{{1,4}}?)0*(\d+)(?:-\d+)?号(之[一二三四五六七八九十]+)?(.*)"
)
_LEGACY = re.compile(rf"\(?((?:19|20)\d\d)\)?({_HAN}{{1,12}}?)字第0*(\d+)(?:-\d+)?号(.*)")
MAX_SERIAL_DIGITS = 9


def read_case_number(text: str) -> CaseNumber | None:
    """Read a case number of the present form or of the one before 2016; None when it is neither.

    >>> read_case_number("(2020)鲁0116执01234号之一").display
    '（2020）鲁0116执1234号'
    """
    plain = compact(text).translate(_BRACKETS)
    if "字第" in plain:
        match = _LEGACY.fullmatch(plain)
        if match is None:
            return None
        year, head, serial, trailing = match.groups()
        return _case(text, year, "", head, serial, f"（{year}）{head}字第{serial}号", trailing, is_legacy=True)
    match = _CURRENT.fullmatch(plain)
    if match is None:
        return None
    year, court, kind, serial, _, trailing = match.groups()
    return _case(text, year, court, kind, serial, f"（{year}）{court}{kind}{serial}号", trailing, is_legacy=False)


def _case(
    raw: str, year: str, court: str, kind: str, serial: str, display: str, trailing: str, *, is_legacy: bool
) -> CaseNumber | None:
    if len(serial) > MAX_SERIAL_DIGITS or serial == "0":
        return None
    return CaseNumber(
        raw=raw,
        key=f"{year}|{court}|{kind}|{serial}",
        court_code=court,
        display=display,
        trailing=trailing,
        is_legacy=is_legacy,
    )
