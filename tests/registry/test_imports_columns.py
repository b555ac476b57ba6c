"""Header rows (contract.md §2, domain.md §2.1, §2.6 item 22)."""

import pytest

from registry.imports.columns import (
    COLUMNS,
    header_of,
    is_header,
    is_second_header,
    key_of,
    near_column,
    read_header,
)
from registry.rules.types import ProblemCode

SPELLINGS = [(key, text) for key, (header, others) in COLUMNS.items() for text in (header, *others)]


@pytest.mark.parametrize(("key", "text"), SPELLINGS)
def test_every_spelling_means_its_column(key: str, text: str) -> None:
    assert key_of(text) == key
    assert key_of(f" {text[0]} {text[1:]}\n") == key
    assert key_of(text.upper()) == key_of(text.lower()) == key


def test_no_spelling_means_two_columns() -> None:
    texts = [text.lower() for _, text in SPELLINGS]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(("text", "key"), [("案　号", "case_number"), ("证件号码（必填）", "identifier"), ("＊案号", "case_number"),
                                           ("被执行人姓名／名称", "name"), ("执行\n法院", "court"), ("案号：", "case_number")])  # fmt: skip
def test_ornaments_of_headers_do_not_matter(text: str, key: str) -> None:
    assert key_of(text) == key


def test_a_header_needs_three_known_columns() -> None:
    assert is_header(["姓名", "案号", "证件号码"])
    assert not is_header(["姓名", "案号", "金额"])
    assert not is_header(["姓名", "名称", "iname", "案号"])
    assert is_second_header(["", "姓名", "证件号码"])
    assert not is_second_header(["", ""])


def test_unknown_and_repeated_columns_are_reported_once() -> None:
    header = read_header(["姓名", "身份证号码", "组织机构代码", "案号", "关注数", None])
    assert header.known == {0: "name", 1: "identifier", 3: "case_number"}
    assert header.unknown == {2: "组织机构代码", 4: "关注数"}
    assert header.repeated == {2: "identifier"}
    assert [remark.code for remark in header.remarks] == [ProblemCode.COLUMN_REPEATED, ProblemCode.COLUMN_UNKNOWN]
    assert header_of("name") == "被执行人姓名或名称"


def test_an_identifier_in_a_header_is_masked() -> None:
    header = read_header(["姓名", "案号", "证件号码", "备用370116199001010018"])
    assert "370116199001010018" not in str(header)
    assert header.unknown == {3: "备用370116********0018"}


COURT_SIDE = {  # domain.md §2.2: XYCJ_SXBZXR, as a court's own system writes it out
    "AH": "case_number", "LASJ": "filed_on", "BZXRMC": "name", "BZXRLXMC": "kind", "XBMC": "sex", "NL": "age",
    "ZTMC": "operation", "ZJHM": "identifier", "ZZJGDM": "identifier", "FDDBR": "representative_name",
    "ZXYJWH": "basis_number", "ZXYJZZDW": "basis_issuer", "LXQKMC": "performance", "YLXQK": "performed_part",
    "WLXQK": "unperformed_part", "ZXFYMC": "court", "SXXWQXMC": "circumstances", "GBRQ": "published_on",
    "FBSJ": "published_on", "JZSJ": "term_ends_on", "PBSJ": "exit_on", "PBYYMC": "exit_ground", "CXSJ": "exit_on",
    "CXYYMC": "exit_ground", "AHDM": None, "ZJLXMC": None, "ZXAY": None, "CPWS": None, "FYDM": None, "DZ": None,
    "LASTUPDATE": None, "BSZGY": None,
}  # fmt: skip
COURT_LABELS = {  # T_SCZXSXBZXR
    "案号": "case_number", "被执行人名称": "name", "被执行人类型": "kind", "被执行人性别": "sex", "被执行人年龄": "age",
    "被执行人证件号码": "identifier", "被执行人组织机构代码": "identifier", "机构负责人姓名": "representative_name",
    "机构负责人证件号码": "representative_identifier", "法律文书确认的义务": "obligation", "被执行人履行情况": "performance",
    "已履行": "performed_part", "未履行": "unperformed_part", "立案日期": "filed_on", "执行法院": "court",
    "执行依据文号": "basis_number", "制作单位": "basis_issuer", "发布时间": "published_on", "失信文书文号": "decision_number",
    "失信被执行人行为情况": "circumstances", "纳入失信决定书": "decision_number", "失信状态": "operation", "流水号": None,
    "提起方式": None, "证件类型": None, "执行案由名称": None, "申请时间": None,
}  # fmt: skip
PUBLIC_SITE = {  # zxgk.court.gov.cn and its copies, in the spellings of vendors
    "iname": "name", "caseCode": "case_number", "casecode": "case_number", "case_code": "case_number", "age": "age",
    "sexy": "sex", "cardNum": "identifier", "cardnum": "identifier", "businessEntity": "representative_name",
    "courtName": "court", "areaName": "area", "areaNameNew": "area", "partyTypeName": "kind", "gistId": "basis_number",
    "gistid": "basis_number", "regDate": "filed_on", "regdate": "filed_on", "gistUnit": "basis_issuer",
    "duty": "obligation", "performance": "performance", "performedPart": "performed_part",
    "unperformPart": "unperformed_part", "unperformedPart": "unperformed_part", "disruptTypeName": "circumstances",
    "disrupttypename": "circumstances", "publishDate": "published_on", "publishdate": "published_on",
    "publishDateStamp": "published_on", "type": "kind", "ah": "case_number", "zxfy": "court", "larq": "filed_on",
    "lxqk": "performance", "yw": "obligation", "xwqx": "circumstances", "yjCode": "basis_number",
    "yjdw": "basis_issuer", "jtqx": "circumstances", "pname": "name", "postTime": "published_on", "sxbzxrmc": "name",
    "fddbr": "representative_name", "zxyjwh": "basis_number", "zczxyjdw": "basis_issuer", "sxflwsyw": "obligation",
    "bzxrdlxqk": "performance", "sxbzxrxw": "circumstances", "UNI_SOCIAL_CRD_CD": "identifier", "EXECUTED_NM": "name",
    "EXECUTED_COURT": "court", "FIL_DT": "filed_on", "focusNumber": None, "qysler": None, "sortTime": None, "id": None,
}  # fmt: skip


@pytest.mark.parametrize("headers", [COURT_SIDE, COURT_LABELS, PUBLIC_SITE], ids=["XYCJ", "T_SCZX", "zxgk"])
def test_the_columns_of_other_systems_are_known(headers: dict[str, str | None]) -> None:
    assert {header: key_of(header) for header in headers} == headers
    for header, key in headers.items():
        assert key is not None or near_column(header) == "", header


@pytest.mark.parametrize(
    ("header", "meant"),
    [("证件号马", "证件号码"), ("被执行人姓名或者名称", "被执行人姓名或名称"), ("失信具体情型", "失信行为具体情形"), ("履行情兄", "履行情况"),
     ("立按时间", "立案时间"), ("执行法院名", "执行法院"), ("发布日其", "发布时间"), ("caseCod", "案号")],
)  # fmt: skip
def test_a_header_with_a_slip_is_suggested_and_not_taken(header: str, meant: str) -> None:
    assert key_of(header) is None
    assert header_of(near_column(header)) == meant
    table = {"姓名", "案号", "证件号码", "性别"} - {header_of(near_column(header))}
    remark = next(each for each in read_header([*sorted(table), header]).remarks if each.column == header)
    assert meant in remark.suggestion or near_column(header) in {"name", "identifier", "case_number"}


@pytest.mark.parametrize(
    "header", ["关注数", "备注", "联系电话", "住所地", "执行标的金额", "申请执行人", "证件类型", "案由"]
)
def test_another_column_is_nothing_like_a_known_one(header: str) -> None:
    assert key_of(header) is None
    assert near_column(header) == ""


@pytest.mark.parametrize("header", ["是否公开", "是否可公开"])
def test_a_column_of_the_opposite_meaning_is_neither_taken_nor_passed_over(header: str) -> None:
    remark = read_header(["姓名", "案号", "证件号码", header]).remarks[0]
    assert key_of(header) is None
    assert "含义相反" in remark.detail
    assert "不宜公开" in remark.suggestion
