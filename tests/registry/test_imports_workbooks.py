"""Workbooks of every make: read as calamine reads them, or refused with a sentence."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from registry.imports import loaded_workbook, workbook
from registry.imports.reader import open_list
from registry.imports.refusal import FileRefused
from registry.imports.stream import Stream
from registry.rules.types import ProblemCode

HEAD = ["姓名", "证件号码", "案号", "立案时间"]
PERSON = ["张三", "1", "a", None]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(tmp_path: Path, work: Workbook, name: str = "a.xlsx") -> Path:
    path = tmp_path / name
    work.save(path)
    return path


def with_sheets(tmp_path: Path, *sheets: tuple[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> Path:
    work = Workbook()
    for title, rows in sheets:
        sheet = work.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    return saved(tmp_path, work)


def by_hand(
    tmp_path: Path, rows: str, strings: str = "", styles: str = "", *, sheet: str = "", before: str = ""
) -> Path:
    """A workbook of one sheet whose XML is given."""
    whole = sheet or f"<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData></worksheet>"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{RELATED}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATED}"><sheets>'
        '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="' + package + '">'
        f'<Relationship Id="rId1" Type="{RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{RELATED}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{RELATED}/styles" Target="/xl/styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": whole,
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>",
    }
    path = tmp_path / "hand.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def head(number: int = 1) -> str:
    cells = "".join(
        f'<c r="{letter}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABCD", HEAD, strict=True)
    )
    return f'<row r="{number}">{cells}</row>'


def cells_of(path: Path) -> list[dict[str, object]]:
    return [row.cells for row in open_list(path).rows]


def refusal(path: Path, **given: Any) -> str:
    with pytest.raises(FileRefused) as caught:
        list(open_list(path, **given).rows)
    assert caught.value.sentence.endswith("。")
    return caught.value.code


# --- which sheet ------------------------------------------------------------------------------------------------------


def test_of_several_lists_the_wanted_one_is_read_and_the_others_are_named(tmp_path):
    rows: list[list[Any]] = [HEAD, PERSON]
    other: list[list[Any]] = [HEAD, ["李四", "2", "b"]]
    sheets: list[tuple[str, list[list[Any]]]] = [("封面", [["封面"]]), ("一月", rows), ("二月", other), ("三月", rows)]
    path = with_sheets(tmp_path, *sheets, hidden=("三月",))
    first = open_list(path)
    assert (first.sheet, first.others) == ("一月", ("二月",))
    wanted = open_list(path, sheet="二月")
    assert [row.cells["name"] for row in wanted.rows] == ["李四"]
    remarks = wanted.all_remarks(footers=[], hidden=0)
    assert [(remark.code, "一月" in remark.detail) for remark in remarks] == [(ProblemCode.SHEETS_NOT_READ, True)]
    assert refusal(path, sheet="三月") == refusal(path, sheet="没有") == "sheet_unknown"


def test_hidden_sheets_count_where_no_visible_one_is_a_list(tmp_path):
    path = with_sheets(
        tmp_path, ("封面", [["封面"]]), ("甲", [HEAD, PERSON]), ("乙", [HEAD, PERSON]), hidden=("甲", "乙")
    )
    assert (open_list(path).sheet, open_list(path).others) == ("甲", ("乙",))


# --- what stands around the list --------------------------------------------------------------------------------------


def test_titles_empty_rows_and_signatures_are_no_rows_and_are_counted(tmp_path):
    work = Workbook()
    sheet = work.worksheets[0]
    sheet.append(["失信被执行人名单"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    for row in (HEAD, PERSON, [None] * 4, PERSON, ["合计", 2], ["说明：以上名单经核对"], ["制表人：", "李四"]):
        sheet.append(row)
    found = open_list(saved(tmp_path, work))
    assert [row.number for row in found.rows] == [4, 6]
    assert found.footers == [7, 8, 9]
    (remark,) = found.all_remarks(footers=found.footers, hidden=0)
    assert (remark.code, "3行" in remark.detail, "第7、8、9行" in remark.detail) == ("footers_left_out", True, True)


def test_hidden_rows_are_read_and_counted(tmp_path):
    work = Workbook()
    sheet = work.worksheets[0]
    for row in (HEAD, PERSON, PERSON, PERSON):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    found = open_list(saved(tmp_path, work))
    assert len(list(found.rows)) == 3
    assert found.stream.hidden == 1


def test_a_hundred_thousand_empty_rows_below_cost_nothing(tmp_path):
    styled = "".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(3, 60_000))
    bare = "".join(f'<row r="{n}" spans="1:4" ht="14.25" customHeight="1"/>' for n in range(60_000, 160_000))
    person = '<row r="2"><c r="A2" t="str"><v>张三</v></c><c r="C2"><v>7</v></c></row>'
    path = by_hand(
        tmp_path, head() + person + styled + bare + '<row r="200000"><c r="A200000" t="str"><v>李四</v></c></row>'
    )
    assert [(row.number, row.cells["name"]) for row in open_list(path).rows] == [(2, "张三"), (200_000, "李四")]


@pytest.mark.parametrize("dimension", ["", '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>'])
def test_what_a_sheet_says_of_its_size_is_not_believed(tmp_path, dimension):
    path = by_hand(tmp_path, head() + '<row r="2"><c r="A2" t="str"><v>张三</v></c></row>', before=dimension)
    assert cells_of(path) == [{"name": "张三"}]


# --- cells ------------------------------------------------------------------------------------------------------------


def test_formulas_give_the_value_that_was_calculated_last_or_a_problem(tmp_path):
    row = (
        '<row r="2"><c r="A2" t="str"><f>B9&amp;C9</f><v>张&amp;三</v></c><c r="B2"><f>1+1</f><v>2</v></c>'
        '<c r="C2"><f>D9</f></c><c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    (found,) = open_list(by_hand(tmp_path, head() + row)).rows
    assert found.cells == {"name": "张&三", "identifier": 2.0, "filed_on": "#DIV/0!"}
    (problem,) = found.problems
    assert (problem.code, problem.column) == ("formula_without_value", "案号")


def test_numbers_shown_as_dates_are_dates(tmp_path):
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/>'
        '<numFmt numFmtId="165" formatCode="0.00&quot;元/day&quot;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
    )
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="str"><v>x</v></c><c r="D{n}" s="{style}"><v>{value}</v></c></row>'
        for n, (style, value) in enumerate(((1, 43831), (2, "43831.5"), (0, 43831), (3, 43831)), start=2)
    )
    found = [cells["filed_on"] for cells in cells_of(by_hand(tmp_path, head() + rows, styles=styles))]
    assert found == ["2020-01-01", "2020-01-01 12:00:00", 43831.0, 43831.0]


def test_every_way_to_write_a_text_is_read(tmp_path):
    strings = (
        '<si><t>张三</t></si><si><r><rPr><b/></rPr><t>李</t></r><r><t xml:space="preserve"> 四</t></r>'
        '<rPh sb="0" eb="1"><t>li</t></rPh></si><si><t/></si><si><t>a&lt;b&#x4E00;_x000D_c</t></si>'
    )
    rows = (
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
        '<row r="3"><c r="A3" t="s"><v>3</v></c><c r="C3" t="s"><v>2</v></c></row>'
        '<row><c t="s"><v>0</v></c><c><v>5</v></c></row>'
        '<row r="9"><c r="A9" t="inlineStr"><is><r><t>王</t></r><r><t>五</t></r></is></c>'
        '<c r="B9" t="b"><v>1</v></c></row>'
        '<row r="10"><c r="A10" t="inlineStr"><is><t><![CDATA[赵<六>]]></t></is></c></row>'
    )
    path = by_hand(tmp_path, head() + rows, strings)
    assert [(row.number, row.cells) for row in open_list(path).rows] == [
        (2, {"name": "张三", "identifier": "李 四"}),
        (3, {"name": "a<b一\rc"}),
        (4, {"name": "张三", "identifier": 5.0}),
        (9, {"name": "王五", "identifier": True}),
        (10, {"name": "赵<六>"}),
    ]


def test_the_stream_reads_what_calamine_reads(tmp_path):
    work = Workbook()
    sheet = work.worksheets[0]
    values = [None, "", " x ", "&<>\"'", "多\n行", 0, 1.5, -3, 123456789012345678, True, date(2020, 2, 29),
              datetime(2021, 1, 1, 8, 30), "=1+1", "𠮷"]  # fmt: skip
    sheet.append(HEAD)
    for at in range(300):
        sheet.append([values[(at * 7 + column * 3) % len(values)] for column in range(9)])
    path = saved(tmp_path, work)

    def rows(pairs: Any) -> dict[int, list[Any]]:
        found = {}
        for number, cells in pairs:
            plain = ["" if cell in (None, "（公式没有计算结果）") else cell for cell in cells]
            while plain and plain[-1] == "":
                plain.pop()
            found[number] = plain
        return {number: cells for number, cells in found.items() if cells}

    ((_, _, loaded),) = loaded_workbook.sheets(path)
    book = workbook.Workbook(path)
    streamed = Stream(book.pieces(book.sheets[0]), book.records)
    assert rows(streamed) == rows(loaded)


def test_prefixed_names_are_read_too(tmp_path):
    sheet = (
        f'<x:worksheet {MAIN.replace("xmlns", "xmlns:x")}><x:sheetData><x:row r="1">'
        + "".join(f'<x:c r="{at}1" t="str"><x:v>{text}</x:v></x:c>' for at, text in zip("ABCD", HEAD, strict=True))
        + '</x:row><x:row r="2"><x:c r="A2" t="str"><x:v>张三</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert cells_of(by_hand(tmp_path, "", sheet=sheet)) == [{"name": "张三"}]


def test_styled_and_wide_sheets_are_read_as_they_are(tmp_path):
    work = Workbook()
    sheet = work.worksheets[0]
    sheet.append(HEAD)
    sheet.append(PERSON)
    sheet.cell(row=2, column=600).fill = PatternFill("solid", fgColor="FFFF0000")
    assert cells_of(saved(tmp_path, work)) == [{"name": "张三", "identifier": "1", "case_number": "a"}]


# --- what is refused --------------------------------------------------------------------------------------------------


def ole(*names: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + b"".join(name.encode("utf-16-le") for name in names)


def archive_of(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("旧.xlsx", ole("Workbook"), "file_type"),
        ("旧.xls", ole("Book"), "file_type"),
        ("金山.et", ole("Workbook"), "file_type"),
        ("金山.xlsx", ole("Workbook"), "file_type"),
        ("密.xlsx", ole("EncryptionInfo", "EncryptedPackage"), "file_encrypted"),
        (
            "开.xlsx",
            archive_of(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_dot_xml=b"<x/>"),
            "file_type",
        ),
        ("开.ods", archive_of(content_dot_xml=b"<x/>"), "file_type"),
        ("文.xlsx", archive_of(word__document_dot_xml=b"<x/>"), "file_type"),
        ("宏.xlsx", archive_of(xl__workbook_dot_xml=b"<x/>", xl__vbaProject_dot_bin=b"x"), "file_macro"),
        ("宏表.xlsx", archive_of(xl__workbook_dot_xml=b"<x/>", xl__macrosheets__sheet1_dot_xml=b"x"), "file_macro"),
        ("宏.xlsm", archive_of(xl__workbook_dot_xml=b"<x/>"), "file_macro"),
        ("二.xlsb", archive_of(xl__workbook_dot_bin=b"x"), "file_macro"),
        ("表.xlsx", "姓名,证件号码,案号\n张三,1,2\n".encode(), "file_type"),
        ("表.csv", archive_of(xl__workbook_dot_xml=b"<x/>"), "file_type"),
        ("空.xlsx", b"", "file_empty"),
        ("空.csv", b"", "file_empty"),
        ("炸.xlsx", archive_of(xl__workbook_dot_xml=b"0" * 30_000_000), "file_bomb"),
        ("坏.xlsx", archive_of(xl__workbook_dot_xml=b"<workbook"), "file_broken"),
        ("骗.xlsx", archive_of(xl__workbook_dot_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'), "file_broken"),
    ],
)
def test_every_other_file_is_refused_with_its_code(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == code


def test_a_macro_workbook_under_another_name_is_one(tmp_path):
    kinds = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("xl/workbook.xml", "<x/>")
    assert refusal(path) == "file_macro"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',  # a text that is not there
        '<row r="2"><c r="A2"><f>x</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><t>&nothing;</t><f/></is></c></row>',
    ],
)
def test_a_sheet_that_is_damaged_inside_is_refused(tmp_path, rows):
    assert refusal(by_hand(tmp_path, head() + rows)) == "file_broken"


def test_a_sheet_cut_off_in_its_middle_is_refused(tmp_path, monkeypatch):
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>{n * 7919}</v></c></row>' for n in range(2, 40_000))
    path = by_hand(tmp_path, head() + rows)
    data = bytearray(path.read_bytes())
    at = data.index(b"xl/worksheets/sheet1.xml") + 60_000
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    assert refusal(path) == "file_broken"
    monkeypatch.setattr("registry.imports.workbook_safety.TESTED_AT_ONCE", 0)
    assert refusal(path) == "file_broken"
