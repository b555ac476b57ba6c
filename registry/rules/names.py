"""Names: what is shown, what is compared and what is sorted by (domain.md §2.6 items 10-13).

A folded name is never shown and never stands for identity by itself (domain.md §3 G).
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

from registry.rules.text import half_width, without_invisible

# Variants that the traditional-to-simplified table does not know.
_VARIANTS = {
    "髙": "高", "呂": "吕", "吳": "吴", "呉": "吴", "黒": "黑", "悳": "德", "徳": "德", "陞": "升", "陳": "陈",
    "黃": "黄", "戸": "户", "戶": "户", "産": "产", "亜": "亚", "広": "广", "恵": "惠", "斉": "齐", "曽": "曾",
    "氷": "冰", "浄": "净", "渓": "溪", "沢": "泽", "眞": "真", "穂": "穗", "衞": "卫", "邨": "村", "閲": "阅",
    "関": "关", "鉄": "铁", "峯": "峰", "羣": "群", "甯": "宁", "寗": "宁", "鄧": "邓", "劉": "刘", "頴": "颖",
    "穎": "颖", "溫": "温", "録": "录",
}  # fmt: skip
# Characters that are also at home in simplified names: folding them would make two names one.
_KEPT = frozenset("乾於著藉瞭徵麽覆堃喆昇祕瑠柟糸")
_DROPPED = frozenset("·•・‧∙⋅･‐‑.．。'’`\"“” \u3000\t\r\n")
_GLYPHS = range(0xE0100, 0xE01F0)  # selectors of a character's shape: shown, not compared
_BRACKETS = {"〔": "(", "【": "(", "[": "(", "{": "(", "〕": ")", "】": ")", "]": ")", "}": ")", "〈": "(", "〉": ")"}


class _Folding(dict[int, str]):
    """Character table that fills itself: one look-up in the conversion table per distinct character ever seen."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _DROPPED or character.isspace() or code in _GLYPHS or not without_invisible(character):
            folded = ""
        elif character in _KEPT or character.isascii():
            folded = _BRACKETS.get(character, character.upper())
        else:
            folded = _BRACKETS.get(character) or _VARIANTS.get(character) or _SIMPLIFY(character).upper()
        self[code] = folded
        return folded


_SIMPLIFY = OpenCC("t2s").convert
_FOLDING = _Folding()

_UNIT_END = (
    "公司|集团|企业|工厂|厂|商店|店|合作社|供销社|社|中心|工作室|事务所|研究所|诊所|所|医院|学院|院|学校|大学|幼儿园|"
    "银行|支行|分行|信用社|饭店|酒店|宾馆|馆|站|场|队|部|处|局|协会|商会|基金会|委员会|管委会|村民委员会|政府|行|坊|铺|"
    "合伙|农场|市场|超市|经营部|门市部|服务部|项目部|分公司"
)
_LOOKS_LIKE_UNIT = re.compile(rf"(?:{_UNIT_END})(?:\([^()]*\))?(?:等)?$")
_TRAILING_ETC = re.compile(rf"({_UNIT_END}|\))等+$")
_ALIAS = re.compile(
    r"\s*[(（\[【〔]\s*(?:原名称?|原企业名称|曾用名|曾用名称|又名|别名|化名|现名|原)\s*[:：为]?\s*([^()（）\[\]【】〔〕]{2,})[)）\]】〕]"
    r"|\s*[,，;；]\s*(?:原名称?|曾用名|又名|别名)\s*[:：为]?\s*(.{2,})$"
)
_PLACEHOLDER = re.compile("[?？□■▇▆〓\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MASK = re.compile(r"[*＊●○]|[某×]{1,2}$")
_HAN = re.compile("[\u3400-\u9fff]+")
_PINYIN = re.compile(r"(?<![A-Za-z·. ])[A-Za-z]{1,6}(?![A-Za-z])")
_DOT = re.compile(r"(?<=[\u3400-\u9fff])\s*[·•・‧∙⋅･．.‐‑]\s*(?=[\u3400-\u9fff])")


class Name(NamedTuple):
    """A name cell, read.

    `display` is what is shown: the source's characters, outer and invisible white space gone, one kind of middle dot.
    `key` is for comparison only. `aliases` are former names found in the cell, as written. `has_pinyin`: Latin letters
    stand among Chinese characters, which in a person's name is a rare character that could not be typed.
    """

    display: str
    key: str
    aliases: tuple[str, ...] = ()
    has_placeholder: bool = False
    is_masked: bool = False
    has_pinyin: bool = False


def read_name(text: str) -> Name:
    """Split, clean and fold a name cell."""
    if _HAN.fullmatch(text):  # nothing to clean
        return Name(text, fold(text), (), False, text[-1] == "某")
    main, aliases = split_aliases(text)
    return Name(
        display=main,
        key=fold(main),
        aliases=aliases,
        has_placeholder=_PLACEHOLDER.search(main) is not None,
        is_masked=_MASK.search(main) is not None,
        has_pinyin=not main.isascii() and _HAN.search(main) is not None and _PINYIN.search(main) is not None,
    )


def split_aliases(text: str) -> tuple[str, tuple[str, ...]]:
    """`甲公司（原名：乙公司）` → (`甲公司`, (`乙公司`,)); the rest cleaned for display.

    A bare 原 in brackets only counts before a unit's name, so that 山东（原）… keeps its words.
    """
    clean = _clean(text)
    if not ("原" in clean or "名" in clean):
        return clean, ()
    aliases: list[str] = []

    def take(match: re.Match[str]) -> str:
        alias = (match[1] or match[2]).strip()
        is_bare = re.match(r"\s*[(（\[【〔]\s*原(?!名|企业名称)", match[0]) is not None
        if is_bare and len(alias) < 4:
            return match[0]
        aliases.append(alias)
        return ""

    main = _ALIAS.sub(take, clean).strip()
    return (main, tuple(aliases)) if main else (clean, ())


def _clean(text: str) -> str:
    if text.isascii() or not text.isprintable() or " " in text or "\u3000" in text:
        text = " ".join(without_invisible(text).replace("\u3000", " ").split())
        if not text.isascii():
            text = re.sub(r"(?<=[\u3400-\u9fff（）()]) +(?=[\u3400-\u9fff（）()])", "", text)
    return _DOT.sub("·", text) if not text.isascii() else text


def fold(name: str) -> str:
    """The comparison key: NFKC, simplified, upper case, without white space, middle dots, aliases and a unit's 等.

    Idempotent. 有限公司 and 有限责任公司 stay different.
    """
    if ("原" in name or "名" in name) and ("(" in name or "（" in name or "," in name or "，" in name):
        name = split_aliases(name)[0]
    if not unicodedata.is_normalized("NFKC", name) or not name.isprintable():
        key = half_width(name).translate(_FOLDING)
        for _ in range(4):  # dropping a space can bring a letter and an accent together
            again = half_width(key).translate(_FOLDING)
            if again == key:
                break
            key = again
    else:
        key = name.translate(_FOLDING)
    if key.endswith("等"):
        key = _TRAILING_ETC.sub(r"\1", key)
    return key


def looks_like_unit(name: str) -> bool:
    """Whether a name ends as names of units do; only to guess the kind where the source says nothing."""
    return _LOOKS_LIKE_UNIT.search(fold(name)) is not None


# --- sorting ----------------------------------------------------------------------------------------------------------

_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "任": "ren", "查": "zha", "区": "ou", "盖": "ge", "朴": "piao",
    "缪": "miao", "翟": "zhai", "乐": "yue", "员": "yun", "覃": "qin", "种": "chong", "秘": "bi", "冼": "xian",
    "谌": "chen", "逄": "pang", "折": "she", "那": "na", "宁": "ning", "黑": "he", "召": "shao", "燕": "yan",
    "华": "hua", "祭": "zhai", "洗": "xian", "纪": "ji", "应": "ying", "长": "zhang", "重": "chong", "车": "che",
    "卜": "bu", "藏": "zang", "能": "nai", "尹": "yin", "隗": "wei", "牟": "mu", "郇": "xun", "郝": "hao", "褚": "chu",
}  # fmt: skip
_PHRASES = {
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu", "宰父": "zai fu",
    "单于": "chan yu", "重庆": "chong qing", "长沙": "chang sha", "长春": "chang chun", "长治": "chang zhi",
    "长清": "chang qing", "厦门": "xia men", "六安": "lu an", "蚌埠": "beng bu", "乐陵": "lao ling", "莘县": "shen xian",
    "单县": "shan xian", "东阿": "dong e", "成都": "cheng du", "大厦": "da sha",
}  # fmt: skip
PINYIN_KEY_LENGTH = 200


@lru_cache(maxsize=32768)
def _syllable(character: str) -> str:
    return lazy_pinyin(character, style=Style.NORMAL)[0].lower()


@lru_cache(maxsize=65536)
def pinyin_key(name: str) -> str:
    """Sort key under plain byte order: syllables, then the folded name to part homophones; at most 200 characters."""
    key = fold(name)
    head = _PHRASES.get(key[:2])
    if head is not None:
        syllables = [head, *map(_syllable, key[2:])]
    elif key[:1] in _SURNAMES and not looks_like_unit(key):
        syllables = [_SURNAMES[key[0]], *map(_syllable, key[1:])]
    else:
        syllables = list(map(_syllable, key))
    return f"{' '.join(syllables)} {key}"[:PINYIN_KEY_LENGTH]
