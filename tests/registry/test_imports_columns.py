"""Header rows (contract.md §2, domain.md §2.1, §2.6 item 22)."""

import pytest

from registry.imports.columns import COLUMNS, header_of, is_header, is_second_header, key_of, read_header
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
