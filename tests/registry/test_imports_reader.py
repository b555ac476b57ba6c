"""Files of every kind: read to the end or refused with a sentence (contract.md §2)."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from registry.imports import reader
from registry.imports.reader import open_list
from registry.imports.refusal import FileRefused
from registry.imports.sample import sample_rows, write_sample
from registry.imports.template import DATA_SHEET, template_workbook
from registry.rules.types import ProblemCode

HEADER = "姓名,证件号码,案号,备考\n"
ROW = "张三,370116199001010018,（2020）鲁0116执1号,x\n"


def write(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def book(tmp_path: Path, *sheets: tuple[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> Path:
    work = Workbook()
    work.remove(work.active)  # type: ignore[arg-type]
    for title, rows in sheets:
        sheet = work.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title in hidden:
            sheet.sheet_state = "hidden"
    path = tmp_path / "a.xlsx"
    work.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_told_by_the_content(tmp_path: Path, encoding: str) -> None:
    rows = list(open_list(write(tmp_path, (HEADER + ROW).encode(encoding))).rows)
    assert [row.cells for row in rows] == [
        {"name": "张三", "identifier": "370116199001010018", "case_number": "（2020）鲁0116执1号"}
    ]
    assert (rows[0].number, rows[0].extras) == (2, {"备考": "x"})


def test_quotes_and_line_breaks_inside_a_cell_survive(tmp_path: Path) -> None:
    text = '姓名,案号,义务,性别\n张三,a,"付款""甲""，\r\n另付",男\n李四,b,"说"好"了",女\n王五,c,"没有收尾,男\n赵六,d,e,男\n'
    rows = list(open_list(write(tmp_path, text)).rows)
    assert [row.cells["name"] for row in rows] == ["张三", "李四", "王五", "赵六"]
    assert rows[0].cells["obligation"] == '付款"甲"，\n另付'
    assert rows[1].cells["obligation"] == '说"好"了'
    assert rows[2].cells["sex"] == "男"
    assert [row.number for row in rows] == [2, 3, 4, 5]


def test_a_row_with_too_many_cells_is_marked(tmp_path: Path) -> None:
    rows = list(open_list(write(tmp_path, HEADER + ROW + "张三,1,2,3,4\n")).rows)
    assert [problem.code for problem in rows[1].problems] == [ProblemCode.ROW_MALFORMED]
    assert rows[0].problems == ()


def test_titles_above_and_totals_below_are_no_rows(tmp_path: Path) -> None:
    found = open_list(write(tmp_path, "名单\n\n" + HEADER + ROW + ",,,\n" + HEADER + ROW + "合计,2\n说明：略\n"))
    assert [row.number for row in found.rows] == [4, 7]
    assert (found.header_row, found.footers) == (3, [8, 9])


def test_a_second_column_for_a_field_speaks_where_the_first_is_empty(tmp_path: Path) -> None:
    text = "名称,身份证号码,组织机构代码,案号\n张三,1,,a\n甲公司,,2,b\n"
    assert [row.cells["identifier"] for row in open_list(write(tmp_path, text)).rows] == ["1", "2"]


def test_the_first_visible_sheet_with_a_header_is_read(tmp_path: Path) -> None:
    head: list[object] = ["姓名", "证件号码", "案号", "立案时间"]
    path = book(
        tmp_path,
        ("隐藏", [head, ["不要", "1", "2", "3"]]),
        ("封面", [["封面"]]),
        ("名单", [[], head, ["张三", 123456788, "a", datetime(2020, 1, 2)], [None] * 4]),
        hidden=("隐藏",),
    )
    found = open_list(path)
    rows = list(found.rows)
    assert found.sheet == "名单"
    assert [(row.number, row.cells["name"], row.cells["identifier"]) for row in rows] == [(3, "张三", 123456788.0)]
    assert str(rows[0].cells["filed_on"]).startswith("2020-01-02")


def test_a_two_row_header_is_one_header(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["案号", "执行法院", "被执行人信息", None, "立案时间"],
        [None, None, "姓名", "证件号码", None],
        ["a", "b", "张三", "1", "2020-01-02"],
    ]
    found = list(open_list(book(tmp_path, ("名单", rows))).rows)
    assert found[0].cells == {
        "case_number": "a", "court": "b", "name": "张三", "identifier": "1", "filed_on": "2020-01-02",
    }  # fmt: skip


def zipped(tmp_path: Path, entries: dict[str, bytes]) -> Path:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(FileRefused) as caught:
        list(open_list(path).rows)
    assert caught.value.sentence.endswith("。")
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "file_empty"),
        ("a.csv", "甲,乙,丙\n1,2,3\n".encode(), "file_no_header"),
        ("a.csv", b"PK\x03\x04....", "file_type"),
        ("a.csv", b"\xff\xff\xff\xff,\xff", "file_encoding"),
        ("a.xlsx", b"not a workbook", "file_type"),
        ("a.xlsx", b"PK\x03\x04 truncated", "file_broken"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "file_encrypted"),
        ("a.xlsm", b"PK\x03\x04", "file_macro"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_type"),
        ("a.pdf", b"%PDF", "file_type"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    assert refusal(write(tmp_path, content, name)) == code


def test_dangerous_and_damaged_workbooks_are_refused_before_parsing(tmp_path: Path) -> None:
    assert refusal(zipped(tmp_path, {"xl/workbook.xml": b"", "xl/vbaProject.bin": b"x"})) == "file_macro"
    assert refusal(zipped(tmp_path, {"xl/workbook.xml": b"0" * 50_000_000})) == "file_bomb"
    assert refusal(zipped(tmp_path, {"word/document.xml": b"x"})) == "file_type"
    whole = book(tmp_path, ("名单", [["姓名", "证件号码", "案号"], ["张三", "1", "2"]])).read_bytes()
    assert refusal(write(tmp_path, whole[: len(whole) // 2], "b.xlsx")) == "file_broken"


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 10)
    assert refusal(write(tmp_path, HEADER + ROW)) == "file_too_large"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_sample_is_read_back_cell_by_cell_with_progress(tmp_path: Path, suffix: str) -> None:
    rows = list(sample_rows(2500, 5, 0.3))
    path = tmp_path / f"s{suffix}"
    assert write_sample(path, rows) == 2500
    told: list[float] = []
    found = [row.cells for row in open_list(path, progress=told.append).rows]
    filled = [{key: value for key, value in row.items() if value} for row in rows]
    assert found == filled
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_template_has_a_header_and_no_rows(tmp_path: Path) -> None:
    found = open_list(write(tmp_path, template_workbook(), "t.xlsx"))
    assert (found.sheet, list(found.rows), found.remarks) == (DATA_SHEET, [], ())


@settings(max_examples=60)
@given(
    st.binary(max_size=300) | st.text(alphabet='姓名,"\n\r张三1;\t', max_size=200).map(lambda t: (HEADER + t).encode())
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = write(tmp_path_factory.mktemp("any"), content)
    code = ""
    try:
        list(open_list(path).rows)
    except FileRefused as refused:
        code = refused.code
    assert not code or code.startswith("file_")
