"""Single cells: raw values as text, and the closed vocabularies of list files (contract.md §2, domain.md §1, §2)."""

import re
from datetime import date, datetime
from functools import lru_cache

from registry.rules.text import compact, is_null, without_invisible
from registry.rules.types import Circumstance, ExitGround, PartyKind, Performance, RowOperation, Sex

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")

_OUTER = " \n\u3000\xa0"

_OPERATIONS = {
    **dict.fromkeys(
        ("新增", "纳入", "增加", "添加", "录入", "add", "insert", "发布", "已发布", "公布", "已公布"), RowOperation.ADD
    ),
    **dict.fromkeys(("变更", "更正", "修改", "更新", "update"), RowOperation.UPDATE),
    **dict.fromkeys(("屏蔽", "已屏蔽", "删除", "已删除", "退出", "已退出", "shield"), RowOperation.SHIELD),
    **dict.fromkeys(("撤销", "已撤销", "revoke"), RowOperation.REVOKE),
}  # fmt: skip
_OPERATION_HINTS = (
    (("解除", "移除", "移出", "下架", "下线", "取消", "注销", "清除", "delete", "remove"),
     "因履行等退出的填屏蔽，自始不应纳入的填撤销"),
    (("撤消", "撒销", "徹销"), "是否为撤销"),
    (("屏避", "摒蔽", "隐藏", "hide"), "是否为屏蔽"),
    (("更换", "更改", "修正", "订正", "纠正", "edit"), "是否为变更"),
    (("新加", "列入", "登记", "发起", "new", "create"), "是否为新增"),
)  # fmt: skip
_KINDS = {
    **dict.fromkeys(("自然人", "个人", "公民", "580", "0", "person", "人"), PartyKind.PERSON),
    **dict.fromkeys(
        ("单位", "法人", "企业", "企业法人", "法人或其他组织", "法人或者其他组织", "法人及其他组织", "非自然人", "其他组织",
         "非法人组织", "个体工商户", "581", "1", "unit", "机关", "事业单位"),
        PartyKind.UNIT,
    ),
}  # fmt: skip
_SEXES = {
    **dict.fromkeys(("男", "男性", "m", "male", "1"), Sex.MALE),
    **dict.fromkeys(("女", "女性", "f", "female", "2"), Sex.FEMALE),
    **dict.fromkeys(("0", "未知的性别", "未知性别"), Sex.UNKNOWN),
    **dict.fromkeys(("9", "未说明", "未说明的性别"), Sex.UNSPECIFIED),
}
_YES = frozenset({"是", "y", "yes", "true", "1", "不宜公开"})
_NO = frozenset({"否", "n", "no", "false", "0", "公开", "可公开"})
_CIRCUMSTANCES = (
    ("财产报告", Circumstance.ASSET_REPORT_BREACH),
    ("报告财产", Circumstance.ASSET_REPORT_BREACH),
    ("和解协议", Circumstance.SETTLEMENT_REFUSED),
    ("限制消费", Circumstance.CONSUMPTION_ORDER_BREACH),
    ("高消费", Circumstance.CONSUMPTION_ORDER_BREACH),
    ("规避执行", Circumstance.EVADES),
    ("抗拒执行", Circumstance.OBSTRUCTS),
    ("妨碍", Circumstance.OBSTRUCTS),
    ("有履行能力", Circumstance.ABLE_BUT_REFUSES),
)
_EXIT_GROUNDS = (
    ("不应纳入", ExitGround.WRONGLY_LISTED),
    ("不应当纳入", ExitGround.WRONGLY_LISTED),
    ("错误纳入", ExitGround.WRONGLY_LISTED),
    ("纳入错误", ExitGround.WRONGLY_LISTED),
    ("误列", ExitGround.WRONGLY_LISTED),
    ("提前", ExitGround.EARLY_REMOVAL),
    ("主动纠正", ExitGround.EARLY_REMOVAL),
    ("届满", ExitGround.TERM_EXPIRED),
    ("到期", ExitGround.TERM_EXPIRED),
    ("不予执行", ExitGround.NON_ENFORCEMENT),
    ("破产", ExitGround.RETRIAL_OR_BANKRUPTCY),
    ("再审", ExitGround.RETRIAL_OR_BANKRUPTCY),
    ("审判监督", ExitGround.RETRIAL_OR_BANKRUPTCY),
    ("中止执行", ExitGround.RETRIAL_OR_BANKRUPTCY),
    ("终结本次", ExitGround.NO_ASSETS_FOUND),
    ("终本", ExitGround.NO_ASSETS_FOUND),
    ("可供执行财产", ExitGround.NO_ASSETS_FOUND),
    ("终结执行", ExitGround.TERMINATED),
    ("申请执行人", ExitGround.CREDITOR_REQUEST),
    ("和解", ExitGround.SETTLEMENT_PERFORMED),
    ("履行", ExitGround.PERFORMED),
    ("执行完毕", ExitGround.PERFORMED),
)
_NOT_PERFORMED = re.compile("未履行|拒不履行|不履行")
_SEVERAL = re.compile(r"[,，;；|\r\n]+")
_AGE = re.compile(r"([0-9]{1,3})(?:周?岁)?")


def text_of(value: object) -> str:
    """A raw cell as text: whole floats lose their `.0`, dates become ISO, nothing becomes ""."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def clean_text(value: object) -> str:
    """Text of a cell without outer and invisible space; "" for 空, 暂无 and the like. Line breaks inside become \\n.

    The very object where there is nothing to clean.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else text_of(value)
    if text.isprintable():
        text = text.strip(" ")
    else:
        text = without_invisible(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip(_OUTER)
    if text.startswith("'") and text[1:2] in _FORMULA_START:  # the mark of `escaped`, taken off again
        text = text[1:]
    return "" if is_null(text) else text


LONGEST_REPEATED = 100  # what is longer is no word of a vocabulary and not worth remembering


def clean_again(text: str) -> str:
    """`clean_text` for columns that say the same thing many times."""
    return _clean_remembered(text) if len(text) <= LONGEST_REPEATED else clean_text(text)


def clean_cell(value: object) -> str:
    """`clean_again` of whatever a cell holds."""
    return clean_again(value) if isinstance(value, str) else clean_text(value)


LONGEST_WORD = 200


def word_of(value: object) -> str:
    """A cell of a closed vocabulary; its readers remember what they have read, so nothing long goes there."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_WORD else value[:LONGEST_WORD]
    return "" if value is None else text_of(value)[:LONGEST_WORD]


_clean_remembered = lru_cache(maxsize=8192)(clean_text)


def escaped(value: object) -> object:
    """The value as it may be written into a file: texts that a spreadsheet would take for a formula get a `'`."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_START) else value


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    return "" if is_null(text) else compact(text).lower()


@lru_cache(maxsize=1024)
def read_operation(text: str) -> RowOperation | None:
    """新增 when empty; None when unknown."""
    plain = _plain(text)
    return _OPERATIONS.get(plain) if plain else RowOperation.ADD


def suggest_operation(text: str) -> str:
    """Which of the four operations an unknown word may mean."""
    plain = _plain(text)
    return next((hint for words, hint in _OPERATION_HINTS if any(word in plain for word in words)), "")


@lru_cache(maxsize=1024)
def read_kind(text: str) -> PartyKind | None:
    return _KINDS.get(_plain(text))


@lru_cache(maxsize=1024)
def read_sex(text: str) -> Sex | None:
    """GB/T 2261.1; None when unreadable."""
    plain = _plain(text)
    return _SEXES.get(plain) if plain else Sex.UNKNOWN


@lru_cache(maxsize=1024)
def read_age(text: str) -> int | None:
    """Years; None for nothing, 0 (units carry it) and what is no number."""
    match = _AGE.fullmatch(_plain(text))
    return int(match[1]) or None if match else None


@lru_cache(maxsize=1024)
def read_yes(text: str) -> bool | None:
    """是 or 否; False when empty, None when unreadable."""
    plain = _plain(text)
    if plain in _YES:
        return True
    return False if not plain or plain in _NO else None


@lru_cache(maxsize=4096)
def read_performance(text: str) -> Performance | None:
    """UNKNOWN when empty; None when unreadable."""
    plain = _plain(text)
    if not plain:
        return Performance.UNKNOWN
    if "部分" in plain:
        return Performance.PARTIAL
    if _NOT_PERFORMED.search(plain):
        return Performance.NONE
    return Performance.FULL if "履行" in plain else None


@lru_cache(maxsize=4096)
def read_circumstances(text: str) -> tuple[tuple[Circumstance, ...], bool]:
    """The circumstances in a cell, each once, and whether a part was none of the six (法释〔2017〕7号 art. 1)."""
    found: list[Circumstance] = []
    has_unknown = False
    for part in _SEVERAL.split(text):
        plain = compact(part)
        if is_null(plain):
            continue
        known = [circumstance for phrase, circumstance in _CIRCUMSTANCES if phrase in plain]
        if not known and plain in set(Circumstance):
            known = [Circumstance(plain)]
        has_unknown |= not known
        found += (known[:1] if len(known) == 1 or len(plain) < 40 else known) or [Circumstance.LEGACY_OTHER]
    return tuple(dict.fromkeys(found)), has_unknown


@lru_cache(maxsize=4096)
def read_exit_ground(text: str) -> ExitGround | None:
    """None when empty; OTHER when none of the grounds of the law (法释〔2017〕7号 arts. 2, 9, 10)."""
    plain = _plain(text)
    if not plain:
        return None
    if plain in set(ExitGround):
        return ExitGround(plain)
    return next((ground for phrase, ground in _EXIT_GROUNDS if phrase in plain), ExitGround.OTHER)
