"""Cleaning of cell text that every reader shares: full-width forms, invisible characters, null spellings."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\x00-\x08\x0e-\x1f\x7f]"
)
_SPACE = re.compile(r"\s+")

NULL_SPELLINGS = frozenset(
    {
        "", "空", "无", "暂无", "未知", "不详", "不明", "没有", "未填", "未填写", "未提供", "null", "none", "nan", "n/a",
        "nil", "-", "--", "---", "—", "——", "/", "//", "\\", "\\n", "(空)", "(无)", "(null)", "...", "0000-00-00",
        "0000-00-00 00:00:00", "0000/00/00", "1900-01-00", "1900/1/0", "#n/a", "#ref!", "#value!", "#name?", "#div/0!",
        "#num!", "#null!", "undefined",
    }
)  # fmt: skip
LONGEST_NULL = 24
_LONGEST_IN_BRACKETS = 8


def without_invisible(text: str) -> str:
    """Zero-width marks, byte order marks and control characters removed; white space kept."""
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def half_width(text: str) -> str:
    """NFKC without invisible characters: full-width digits, letters, brackets and spaces become plain ones."""
    return text if text.isascii() and text.isprintable() else unicodedata.normalize("NFKC", without_invisible(text))


def compact(text: str) -> str:
    """`half_width` without any white space."""
    text = half_width(text)
    return text if text.isascii() and text.isalnum() else _SPACE.sub("", text)


def _may_begin_null() -> frozenset[str]:
    """Every character that a null spelling can begin with, in any width, or that stands unseen before one."""
    first = {spelling[0] for spelling in NULL_SPELLINGS if spelling}
    found = set()
    for code in range(0x10000):
        if 0xD800 <= code < 0xE000 or 0x4E00 <= code < 0xA000 or 0xAC00 <= code < 0xD7A4:
            continue
        character = chr(code)
        plain = half_width(character).strip().lower()
        if not plain or plain[0] in first:
            found.add(character)
    return frozenset(found | first)


_NULL_FIRST = _may_begin_null()
_NULL_BRACKETS = frozenset("(（﹙⁽₍")


def is_null(text: str) -> bool:
    """空, 无, 暂无, null, -, —, / and the like say nothing (domain.md §2.6 item 14)."""
    if not text:
        return True
    first = text[0]
    if (first not in _NULL_FIRST and first <= "\uffff") or len(text) >= LONGEST_NULL:
        return False
    if first in _NULL_BRACKETS and len(text) > _LONGEST_IN_BRACKETS:
        return False
    return half_width(text).strip().lower() in NULL_SPELLINGS
