"""Case numbers (案号): read into one key and one writing (domain.md §2.5, 法〔2015〕137号)."""

import re
from collections.abc import Callable

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
_CANONICAL = re.compile(
    rf"（((?:19|20)[0-9]{{2}})）(最高法(?:知)?|[{_PROVINCE}](?:[0-9]{{2,4}})?)({_HAN}{{1,4}}?)([1-9][0-9]{{0,8}})号"
)


def read_case_number(text: str) -> CaseNumber | None:
    """Read a case number of the present form or of the one before 2016; None when it is neither.

    >>> read_case_number("(2020)鲁0116执01234号之一").display
    '（2020）鲁0116执1234号'
    """
    if match := _CANONICAL.fullmatch(text):
        year, court, kind, serial = match.groups()
        return CaseNumber(text, f"{year}|{court}|{kind}|{serial}", court, text)
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


_EXAMPLE = "请写成（2020）鲁0116执1234号的样子"
_LETTERS = str.maketrans("OoQDIlLZzSsBb", "0000111225588")
_CAUSES: tuple[tuple[Callable[[str], str], str], ...] = (
    (lambda text: text.translate(_LETTERS), "案号中的字母可能是数字（O为0，I为1）"),
    (lambda text: f"{text}号", "缺少末尾的“号”"),
    (lambda text: re.sub(r"^.*?(?=\(?(?:19|20)\d\d\)?)", "", text), "案号前有多余的文字"),
    (lambda text: re.sub(r"^\(?(\d\d)\)?(?=\D)", r"(20\1)", text), "年份只有两位，请写出四位"),
)
_LONGEST = 100


def suggest_case_number(text: str) -> str:
    """What would make an unreadable case number readable; told, never done."""
    plain = compact(text).translate(_BRACKETS)
    if len(plain) > _LONGEST:
        return _EXAMPLE
    if re.match(r"\(?(?:19|20)\d\d\)?\d*[执]", plain):
        return f"缺少法院代字，{_EXAMPLE}"
    for change, cause in _CAUSES:
        changed = change(plain)
        if changed != plain and read_case_number(changed) is not None:
            return f"{cause}；{_EXAMPLE}"
    return _EXAMPLE


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
