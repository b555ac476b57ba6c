"""The columns of list files: recognising a header row (contract.md §2, domain.md §2.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from registry.rules.identifiers import with_masked_numbers
from registry.rules.text import compact, without_invisible
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

# key: (header as the template prints it, other spellings)
COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "operation": ("操作", ("action", "操作类型", "失信状态", "ZTMC", "状态名称", "operation")),
    "kind": (
        "被执行人类型",
        ("partyTypeName", "type", "BZXRLXMC", "BZXRLX", "主体类型", "当事人类型", "被执行人类别", "失信被执行人类型", "partyType"),
    ),
    "name": (
        "被执行人姓名或名称",
        ("被执行人姓名/名称", "被执行人姓名名称", "被执行人名称", "被执行人姓名", "被执行人", "姓名", "名称", "姓名/名称",
         "iname", "pname", "sxbzxrmc", "BZXRMC", "EXECUTED_NM", "失信被执行人姓名/名称", "失信被执行人姓名或名称",
         "失信被执行人名称", "失信被执行人", "姓名或名称", "姓名(名称)", "被执行人姓名(名称)", "失信被执行人姓名", "失信人名称",
         "当事人姓名", "当事人名称", "单位名称", "企业名称", "被执行人姓名和名称"),
    ),
    "identifier": (
        "证件号码",
        ("身份证号码/组织机构代码", "身份证号码", "身份证号", "统一社会信用代码", "组织机构代码", "cardNum", "ZJHM", "ZZJGDM",
         "身份证号码/统一社会信用代码", "证件号", "UNI_SOCIAL_CRD_CD", "统一社会信用代码/组织机构代码",
         "统一社会信用代码(或组织机构代码)", "公民身份号码", "身份证件号码", "居民身份证号码", "证照号码", "社会信用代码", "信用代码",
         "身份证号/组织机构代码", "身份证/组织机构代码", "组织机构代码/身份证号码", "统一社会信用代码/身份证号码", "组织机构代码证号",
         "被执行人证件号码", "被执行人身份证号码", "被执行人身份证号", "被执行人组织机构代码", "被执行人统一社会信用代码",
         "失信被执行人证件号码", "身份证号码或组织机构代码", "身份证号码(组织机构代码)", "idNumber", "SFZHM", "GMSFHM", "TYSHXYDM"),
    ),
    "sex": ("性别", ("sexy", "sex", "XBMC", "XB", "被执行人性别", "gender")),
    "age": ("年龄", ("age", "NL", "被执行人年龄")),
    "representative_name": (
        "法定代表人或负责人姓名",
        ("businessEntity", "法定代表人或者负责人姓名", "法定代表人", "法定代表人姓名", "法定代表人名称", "fddbr", "负责人姓名",
         "法定代表人/负责人", "法定代表人或负责人", "机构负责人姓名", "法定代表人/负责人姓名", "法定代表人(负责人)", "法人代表",
         "法定代表人(负责人)姓名", "法定代表人或主要负责人", "法定代表人或者负责人", "法定代表人或主要负责人姓名", "法人姓名",
         "FDDBRXM", "企业法人姓名", "机构负责人", "FRMC"),
    ),
    "representative_identifier": (
        "法定代表人或负责人证件号码",
        ("法定代表人证件号码", "法定代表人身份证号码", "法定代表人身份证号", "负责人证件号码", "机构负责人证件号码",
         "法定代表人或者负责人证件号码", "法定代表人(负责人)证件号码", "法定代表人/负责人证件号码", "法定代表人证件号",
         "法人身份证号", "法人身份证号码", "机构负责人身份证号码", "FDDBRZJHM"),
    ),
    "court": (
        "执行法院",
        ("courtName", "zxfy", "EXECUTED_COURT", "执行法院名称", "ZXFYMC", "FYMC", "法院名称", "执行法院全称", "承办法院"),
    ),
    "area": ("省份", ("areaName", "areaNameNew", "所在省份", "省", "地域", "省份名称")),
    "case_number": (
        "案号",
        ("caseCode", "ah", "执行案号", "案件编号", "案件号", "caseNo", "caseNumber", "执行案件案号", "执行案件号", "案件案号"),
    ),
    "filed_on": ("立案时间", ("regDate", "larq", "LASJ", "立案日期", "FIL_DT", "执行立案时间", "执行立案日期")),
    "basis_number": (
        "执行依据文号",
        ("gistId", "zxyjwh", "yjCode", "执行依据案号", "依据文号", "执行依据", "执行依据号", "生效法律文书文号", "生效法律文书案号"),
    ),
    "basis_issuer": (
        "作出执行依据单位",
        ("做出执行依据单位", "gistUnit", "yjdw", "zczxyjdw", "ZXYJZZDW", "执行依据制作单位", "做出执行依据的单位",
         "作出执行依据的单位", "制作单位", "执行依据单位", "执行依据作出单位", "执行依据做出单位", "依据单位"),
    ),
    "obligation": (
        "生效法律文书确定的义务",
        ("duty", "yw", "sxflwsyw", "法律文书确认的义务", "生效法律文书确定义务", "义务", "法律生效文书确定的义务",
         "法律文书确定的义务", "生效法律文书确认的义务", "生效法律文书义务", "SXFLWSQDYW"),
    ),
    "performance": (
        "履行情况",
        ("performance", "被执行人的履行情况", "被执行人履行情况", "lxqk", "LXQKMC", "bzxrdlxqk", "履行情况名称",
         "失信被执行人的履行情况", "失信被执行人履行情况"),
    ),
    "performed_part": (
        "已履行部分", ("performedPart", "已履行", "YLXQK", "已履行情况", "YLX", "已履行义务", "已履行金额"),
    ),
    "unperformed_part": (
        "未履行部分",
        ("unperformPart", "unperformedPart", "未履行", "WLXQK", "未履行情况", "WLX", "未履行义务", "未履行金额"),
    ),
    "circumstances": (
        "失信行为具体情形",
        ("失信被执行人行为具体情形", "disruptTypeName", "xwqx", "jtqx", "sxbzxrxw", "SXXWQXMC", "失信行为情形",
         "失信被执行人行为情况", "失信被执行人具体情形", "具体情况", "失信情形", "失信行为", "具体情形", "失信具体情形",
         "行为具体情形", "失信被执行人行为情形", "失信被执行人失信行为具体情形", "失信被执行人行为", "SXXWQX", "disruptType"),
    ),
    "published_on": (
        "发布时间",
        ("publishDate", "FBSJ", "GBRQ", "发布日期", "公布日期", "postTime", "publishDateStamp", "公布时间", "fbrq", "GBSJ",
         "公示日期", "公示时间"),
    ),
    "decision_number": (
        "决定书文号",
        ("失信文书文号", "纳入失信决定书", "纳入决定书文号", "决定文号", "决定书号", "失信决定书文号", "纳入失信决定书文号",
         "纳入失信被执行人名单决定书文号", "SXWSWH"),
    ),
    "decided_on": (
        "决定日期", ("决定时间", "决定书日期", "纳入决定日期", "决定作出日期", "作出决定日期", "决定书作出日期"),
    ),
    "term_ends_on": (
        "期限届满日",
        ("JZSJ", "截止时间", "截止日期", "届满日期", "期限届满日期", "纳入期限届满日", "失信截止日期", "失信期限届满日", "JZRQ"),
    ),
    "unpublishable": ("不宜公开", ("是否不宜公开", "不宜公开标志", "不公开")),
    "exit_ground": (
        "退出原因",
        ("PBYYMC", "CXYYMC", "屏蔽原因", "撤销原因", "删除原因", "PBYY", "CXYY", "退出事由", "移出原因", "退出理由"),
    ),
    "exit_document": (
        "退出依据文号", ("退出文号", "屏蔽依据文号", "撤销依据文号", "退出决定书文号", "退出文书文号", "屏蔽文号", "撤销文号"),
    ),
    "exit_on": (
        "退出日期",
        ("PBSJ", "CXSJ", "屏蔽时间", "撤销时间", "退出时间", "删除时间", "屏蔽日期", "撤销日期", "删除日期", "移出日期", "PBRQ",
         "CXRQ"),
    ),
}  # fmt: skip

# Headers that say the opposite of a column, or that look like one and are another thing: never taken, never suggested.
_OPPOSITE = {"是否公开": "不宜公开", "是否可公开": "不宜公开", "是否公示": "不宜公开", "是否可以公开": "不宜公开"}
_NO_COLUMN = frozenset(
    {"证件类型", "证件类型名称", "法院代码", "案号代码", "执行案由", "执行案由名称", "zjlxmc", "fydm", "ahdm", "zxay", "cpws",
     "lastupdate", "posttimestamp", "sorttime", "focusnumber", "流水号", "提起方式", "申请时间", "qysler", "staff", "序号", "id"}
)  # fmt: skip
_NEAR = 0.75
_SHORTEST_NEAR = 3
LEAST_KNOWN_HEADERS = 3
LONGEST_HEADER = 100
_ORNAMENT = re.compile(r"[*＊★]|\((?:必填|选填|可选|必填项)\)|[:：]$")
_SLASHES = str.maketrans("／、\\", "///")


def header_of(key: str) -> str:
    """The header as the template prints it; used in every remark on a cell."""
    return COLUMNS[key][0]


def _plain(header: str) -> str:
    plain = _ORNAMENT.sub("", compact(header)).translate(_SLASHES).lower()
    return plain.replace("_", "") if plain.isascii() else plain


_KEY_OF = {_plain(spelling): key for key, (header, others) in COLUMNS.items() for spelling in (header, *others)}


@lru_cache(maxsize=4096)
def key_of(header: str) -> str | None:
    """The column a header means; None when it is not known. Spaces, line breaks, width and case do not matter."""
    return _KEY_OF.get(_plain(header)) if len(header) < 64 else None


@lru_cache(maxsize=4096)
def near_column(header: str) -> str:
    """The column that an unknown header may have meant, one or two slips away; "" when none is near."""
    plain = _plain(header)
    if not _SHORTEST_NEAR <= len(plain) < 64 or plain in _OPPOSITE or plain in _NO_COLUMN:
        return ""
    near = get_close_matches(plain, _KEY_OF, n=1, cutoff=_NEAR)
    return _KEY_OF[near[0]] if near else ""


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header row, by position: column keys, texts of unknown columns, keys that a second column repeats
    (those stand in `unknown` too); and what to report once."""

    known: dict[int, str]
    unknown: dict[int, str]
    repeated: dict[int, str]
    remarks: tuple[Problem, ...]
    width: int


def is_header(cells: Sequence[object]) -> bool:
    """At least three known headers in one row."""
    return len({key for cell in cells if isinstance(cell, str) and (key := key_of(cell))}) >= LEAST_KNOWN_HEADERS


def is_second_header(cells: Sequence[object]) -> bool:
    """The lower half of a two-row header: nothing but known headers."""
    filled = [cell for cell in cells if cell not in ("", None)]
    return bool(filled) and all(isinstance(cell, str) and key_of(cell) is not None for cell in filled)


# The first columns of our own workbook of rejected rows: what was wrong is no part of the list.
MARKS = ("原行号", "问题", "建议")


def read_header(cells: Sequence[object]) -> Header:
    """Map positions to columns; a second column for the same field is set aside and reported, our own marks are passed
    over."""
    known: dict[int, str] = {}
    unknown: dict[int, str] = {}
    repeated: dict[int, str] = {}
    remarks: list[Problem] = []
    unread: list[str] = []
    marks = len(MARKS) if tuple(cells[: len(MARKS)]) == MARKS else 0
    for position, cell in enumerate(cells):
        if position < marks:
            continue
        text = with_masked_numbers(" ".join(without_invisible(str(cell)).split())) if cell is not None else ""
        if not text:
            continue
        key = key_of(text)
        if key is not None and key not in known.values():
            known[position] = key
            continue
        unknown[position] = text if text not in unknown.values() else f"{text}（第{position + 1}列）"
        if key is not None:
            repeated[position] = key
            detail = f"“{text}”与前面的列同指“{header_of(key)}”，以前一列为准；前一列为空的行取本列。"
            remarks.append(Problem(text, ProblemCode.COLUMN_REPEATED, ProblemSeverity.WARNING, detail))
        else:
            unread.append(text)
    remarks += [_unread(text, set(known.values())) for text in unread]
    return Header(known=known, unknown=unknown, repeated=repeated, remarks=tuple(remarks), width=len(cells))


def _unread(text: str, known: set[str]) -> Problem:
    """What to say of an unknown column: kept as it is; perhaps another one was meant."""
    detail, hint = "未识别的列，原样留存，不参与入库。", ""
    opposite = _OPPOSITE.get(_plain(text))
    key = near_column(text)
    if opposite:
        detail = f"与“{opposite}”含义相反，未采用，所有行按可以公开处理。"
        hint = f"请改用“{opposite}”列：不宜公开的填是"
    elif key and key not in known:
        hint = f"是否为“{header_of(key)}”列？如是，请改列名后重新上传"
    return Problem(text[:LONGEST_HEADER], ProblemCode.COLUMN_UNKNOWN, ProblemSeverity.WARNING, detail, hint)
