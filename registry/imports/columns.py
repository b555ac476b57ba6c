"""The columns of list files: recognising a header row (contract.md §2, domain.md §2.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from registry.rules.identifiers import with_masked_numbers
from registry.rules.text import compact
from registry.rules.types import Problem, ProblemCode, ProblemSeverity

# key: (header as the template prints it, other spellings)
COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "operation": ("操作", ("action", "操作类型")),
    "kind": ("被执行人类型", ("partyTypeName", "type", "BZXRLXMC", "主体类型")),
    "name": (
        "被执行人姓名或名称",
        ("被执行人姓名/名称", "被执行人姓名名称", "被执行人名称", "被执行人姓名", "被执行人", "姓名", "名称", "姓名/名称",
         "iname", "pname", "sxbzxrmc", "BZXRMC", "EXECUTED_NM", "失信被执行人姓名/名称", "失信被执行人姓名或名称",
         "失信被执行人名称", "失信被执行人"),
    ),
    "identifier": (
        "证件号码",
        ("身份证号码/组织机构代码", "身份证号码", "身份证号", "统一社会信用代码", "组织机构代码", "cardNum", "ZJHM", "ZZJGDM",
         "身份证号码/统一社会信用代码", "证件号", "UNI_SOCIAL_CRD_CD", "统一社会信用代码/组织机构代码",
         "统一社会信用代码(或组织机构代码)"),
    ),
    "sex": ("性别", ("sexy", "sex", "XBMC")),
    "age": ("年龄", ("age", "NL")),
    "representative_name": (
        "法定代表人或负责人姓名",
        ("businessEntity", "法定代表人或者负责人姓名", "法定代表人", "法定代表人姓名", "法定代表人名称", "fddbr", "负责人姓名",
         "法定代表人/负责人", "法定代表人或负责人", "机构负责人姓名"),
    ),
    "representative_identifier": (
        "法定代表人或负责人证件号码",
        ("法定代表人证件号码", "法定代表人身份证号码", "法定代表人身份证号", "负责人证件号码", "机构负责人证件号码"),
    ),
    "court": ("执行法院", ("courtName", "zxfy", "EXECUTED_COURT", "执行法院名称")),
    "area": ("省份", ("areaName", "areaNameNew")),
    "case_number": ("案号", ("caseCode", "ah", "执行案号", "案件编号", "案件号")),
    "filed_on": ("立案时间", ("regDate", "larq", "LASJ", "立案日期", "FIL_DT")),
    "basis_number": ("执行依据文号", ("gistId", "zxyjwh", "yjCode")),
    "basis_issuer": (
        "作出执行依据单位",
        ("做出执行依据单位", "gistUnit", "yjdw", "zczxyjdw", "ZXYJZZDW", "执行依据制作单位", "做出执行依据的单位",
         "作出执行依据的单位"),
    ),
    "obligation": (
        "生效法律文书确定的义务",
        ("duty", "yw", "sxflwsyw", "法律文书确认的义务", "生效法律文书确定义务", "义务", "法律生效文书确定的义务"),
    ),
    "performance": (
        "履行情况", ("performance", "被执行人的履行情况", "被执行人履行情况", "lxqk", "LXQKMC", "bzxrdlxqk", "履行情况名称"),
    ),
    "performed_part": ("已履行部分", ("performedPart", "已履行", "YLXQK", "已履行情况")),
    "unperformed_part": ("未履行部分", ("unperformPart", "unperformedPart", "未履行", "WLXQK", "未履行情况")),
    "circumstances": (
        "失信行为具体情形",
        ("失信被执行人行为具体情形", "disruptTypeName", "xwqx", "jtqx", "sxbzxrxw", "SXXWQXMC", "失信行为情形",
         "失信被执行人行为情况", "失信被执行人具体情形", "具体情况", "失信情形"),
    ),
    "published_on": ("发布时间", ("publishDate", "FBSJ", "GBRQ", "发布日期", "公布日期", "postTime", "publishDateStamp")),
    "decision_number": ("决定书文号", ("失信文书文号", "纳入失信决定书", "纳入决定书文号", "决定文号")),
    "decided_on": ("决定日期", ("决定时间", "决定书日期")),
    "term_ends_on": ("期限届满日", ("JZSJ", "截止时间", "截止日期", "届满日期", "期限届满日期")),
    "unpublishable": ("不宜公开", ("是否不宜公开",)),
    "exit_ground": ("退出原因", ("PBYYMC", "CXYYMC", "屏蔽原因", "撤销原因", "删除原因")),
    "exit_document": ("退出依据文号", ("退出文号", "屏蔽依据文号", "撤销依据文号")),
    "exit_on": ("退出日期", ("PBSJ", "CXSJ", "屏蔽时间", "撤销时间", "退出时间", "删除时间")),
}  # fmt: skip

LEAST_KNOWN_HEADERS = 3
_ORNAMENT = re.compile(r"[*＊★]|\((?:必填|选填|可选|必填项)\)|[:：]$")
_SLASHES = str.maketrans("／、", "//")


def header_of(key: str) -> str:
    """The header as the template prints it; used in every remark on a cell."""
    return COLUMNS[key][0]


def _plain(header: str) -> str:
    return _ORNAMENT.sub("", compact(header)).translate(_SLASHES).lower()


_KEY_OF = {_plain(spelling): key for key, (header, others) in COLUMNS.items() for spelling in (header, *others)}


@lru_cache(maxsize=4096)
def key_of(header: str) -> str | None:
    """The column a header means; None when it is not known. Spaces, line breaks, width and case do not matter."""
    return _KEY_OF.get(_plain(header)) if len(header) < 64 else None


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


def read_header(cells: Sequence[object]) -> Header:
    """Map positions to columns; a second column for the same field is set aside and reported."""
    known: dict[int, str] = {}
    unknown: dict[int, str] = {}
    repeated: dict[int, str] = {}
    remarks: list[Problem] = []
    for position, cell in enumerate(cells):
        text = with_masked_numbers(" ".join(str(cell).split())) if cell is not None else ""
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
            remarks.append(
                Problem(text, ProblemCode.COLUMN_UNKNOWN, ProblemSeverity.WARNING, "未识别的列，原样留存，不参与入库。")
            )
    return Header(known=known, unknown=unknown, repeated=repeated, remarks=tuple(remarks), width=len(cells))
