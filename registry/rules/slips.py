"""Where a wrong identifier most likely went wrong (domain.md §2.6 item 6): told by its place, never undone.

A slip is only told when the check character comes right by it, and never spells the number out: remarks are stored and
shown in clear.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

Check = Callable[[str], bool]

_FEW = 2  # more ways than these to come right say nothing
_MOST_MISREAD = 4
_MOST_TRIED = 200

# What a scanner or a tired eye makes of a character; every entry may be read as each character of its value.
DIGIT_FOR = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "G": "6", "V": "", "U": ""}
IN_USCC = {"8": "B", "B": "8", "0": "DQ", "D": "0", "Q": "0", "1": "L", "L": "1", "6": "G", "G": "6", "2": "", "5": ""}
NOT_IN_USCC = {"I": "1L", "O": "0DQ", "S": "5", "Z": "2", "V": "UYW"}
IN_ORG_CODE = {
    "0": "OQD", "O": "0", "Q": "0", "D": "0", "1": "IL", "I": "1", "L": "1", "2": "Z", "Z": "2", "5": "S", "S": "5",
    "8": "B", "B": "8", "6": "G", "G": "6", "U": "V", "V": "U",
}  # fmt: skip


def likely_slip(text: str, is_right: Check, lookalikes: Mapping[str, str], illegal: Mapping[str, str]) -> str:
    """One sentence on what to look at; "" when nothing likely makes the check character right.

    `illegal` are characters that cannot stand in such a number with what they may have been; where there are any, all
    of them must go. Otherwise one character of `lookalikes`, or two neighbours in the wrong order.
    """
    misread = _told(text, [other for other in _misread(text, lookalikes, illegal) if is_right(other)])
    if misread:
        return misread
    turned = [place for place, other in _turned(text) if is_right(other)]
    if 0 < len(turned) <= _FEW:
        places = "或".join(f"第{place + 1}、{place + 2}位" for place in turned)
        return f"若{places}颠倒，校验位即相符，请对照证件核对"
    return ""


def _misread(text: str, lookalikes: Mapping[str, str], illegal: Mapping[str, str]) -> Iterator[str]:
    places = [place for place, character in enumerate(text) if character in illegal]
    if len(places) > _MOST_MISREAD:
        return
    tried = 0
    for readings in product(*(illegal[text[place]] for place in places)):
        tried += 1
        if tried > _MOST_TRIED:
            return
        fixed = list(text)
        for place, reading in zip(places, readings, strict=True):
            fixed[place] = reading
        if places:
            yield "".join(fixed)
            continue
        for place, character in enumerate(text):
            for reading in lookalikes.get(character, ""):
                yield text[:place] + reading + text[place + 1 :]


def _turned(text: str) -> Iterator[tuple[int, str]]:
    for place in range(len(text) - 1):
        if text[place] != text[place + 1]:
            yield place, text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _told(text: str, right: list[str]) -> str:
    right = list(dict.fromkeys(right))
    if not 0 < len(right) <= _FEW:
        return ""
    return "，或".join(
        "、".join(
            f"第{place + 1}位的{was}应为{now}"
            for place, (was, now) in enumerate(zip(text, other, strict=True))
            if was != now
        )
        for other in right
    )
