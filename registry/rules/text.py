"""Cleaning of cell text that every reader shares: full-width forms, invisible characters, null spellings."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\x00-\x08\x0e-\x1f\x7f]"
)
_SPACE = re.compile(r"\s+")

NULL_SPELLINGS = frozenset(
    {
        "", "空", "无", "暂无", "未知", "不详", "没有", "null", "none", "nan", "n/a", "nil", "-", "--", "---", "—", "——",
        "/", "//", "\\", "\\n", "(空)", "(无)", "(null)", "0000-00-00", "0000-00-00 00:00:00", "#n/a", "undefined",
    }
)  # fmt: skip
_NULL_FIRST = frozenset("空无暂未不没")
LONGEST_NULL = 24


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


def is_null(text: str) -> bool:
    """空, 无, 暂无, null, -, —, / and the like say nothing (domain.md §2.6 item 14)."""
    if not text or text in NULL_SPELLINGS:
        return True
    first = text[0]
    if "1" <= first <= "9" or ("\u4e00" <= first <= "\u9fff" and first not in _NULL_FIRST) or len(text) >= LONGEST_NULL:
        return False
    return half_width(text).strip().lower() in NULL_SPELLINGS
