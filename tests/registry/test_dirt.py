"""The 23 classes of dirt of domain.md §2.6, each example from a file on disk to the plan in the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from agencies.models import User
from registry.imports.sample import unit_identifier
from registry.models import Batch, BatchRow, Court, Listing, Subject
from registry.rules.identifiers import resident_check_character, uscc_check_character
from registry.services import batches, reading
from tests.builders import NOW, another_person_id
from tests.registry import builders as lists
from tests.registry.builders import PERSON, SHIELD, UNIT

SAMPLE = "370116199001010018"  # the sample of domain.md §3
OTHER_SAMPLE = "350102198503150022"
CODE = "91370116MA3TEXT184"
NAME, NUMBER, KIND, CASE, COURT = "被执行人姓名或名称", "证件号码", "被执行人类型", "案号", "执行法院"
SEX, AGE, FILED, PUBLISHED = "性别", "年龄", "立案时间", "发布时间"
DUTY, DONE, UNDONE, CONDUCT = "生效法律文书确定的义务", "已履行部分", "未履行部分", "失信行为具体情形"
REPRESENTATIVE, REPRESENTATIVE_NUMBER = "法定代表人或负责人姓名", "法定代表人或负责人证件号码"


def with_check(first17: str) -> str:
    return first17 + resident_check_character(first17)


ENDS_IN_X = next(number for month in range(1, 13)
                 if (number := with_check(f"3701161990{month:02d}01000")).endswith("X"))  # fmt: skip


@dataclass
class Row:
    """One dirty row: what it says, the verdict, the exact codes, what is stored, and words of a suggestion."""

    cells: Mapping[str, Any]
    verdict: str = "add"
    codes: set[str] = field(default_factory=set)
    stored: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    base: Mapping[str, str] = field(default_factory=lambda: PERSON)


def unit(cells: Mapping[str, Any], **given: Any) -> Row:
    return Row(cells, base=UNIT, **given)


def rejected(cells: Mapping[str, Any], code: str, hint: str = "", base: Mapping[str, str] = PERSON) -> Row:
    return Row(cells, "rejected", {code}, {}, hint, base)


Pipeline = Callable[..., list[BatchRow]]


@pytest.fixture
def pipeline(tmp_path: Path, court: Court, clerk: User) -> Pipeline:
    """Write the rows as .csv and as .xlsx, bring each in, and hold every staged row against what was expected."""

    def run(*rows: Row, suffixes: Sequence[str] = (".csv", ".xlsx")) -> list[BatchRow]:
        found: list[BatchRow] = []
        for suffix in suffixes:
            lines = [whole(row, at) for at, row in enumerate(rows)]
            path = (write_csv if suffix == ".csv" else write_xlsx)(tmp_path / f"名单{suffix}", lines)
            batch = bring(path, court, clerk)
            assert batch.status == "previewed", batch.failure
            found = list(BatchRow.objects.filter(batch=batch).order_by("row_number"))
            assert len(found) == len(rows) == batch.count_rows
            for at, (row, staged) in enumerate(zip(rows, found, strict=True)):
                judge(row, staged, f"{suffix} row {at}: {row.cells}")
            assert batch.count_rejected == sum(row.verdict == "rejected" for row in rows)
            assert batch.count_repaired == sum(staged.is_repaired for staged in found)
        return found

    return run


def whole(row: Row, at: int) -> dict[str, Any]:
    line: dict[str, Any] = {SEX: "", AGE: "", **row.base, CASE: f"（2020）鲁0116执{at + 1}号", **row.cells}
    if line[NUMBER] == "" and NUMBER not in row.cells:
        line[NUMBER] = another_person_id()
    return line


def judge(row: Row, staged: BatchRow, where: str) -> None:
    codes = {problem["code"] for problem in staged.problems}
    assert (staged.verdict, codes) == (row.verdict, row.codes), where
    said = {problem["severity"] for problem in staged.problems}
    assert staged.is_repaired == ("repaired" in said), where
    assert ("error" in said) == (staged.verdict == "rejected"), where
    for name, value in row.stored.items():
        assert getattr(staged, name) == value, f"{where}: {name}"
    assert row.hint in "".join(problem["suggestion"] for problem in staged.problems), where
    shown = str(staged.problems)
    assert not staged.id_value or len(staged.id_value) < 15 or staged.id_value not in shown


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    return lists.write_list(path, rows)


def write_xlsx(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    headers = list(dict.fromkeys(header for row in rows for header in row))
    return write_sheets(path, {"名单": [headers, *([row.get(header) for header in headers] for row in rows)]})


def write_sheets(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
        for row in rows:
            sheet.append([cell if cell != "" else None for cell in row])
    book.save(path)
    return path


def bring(path: Path, court: Court, clerk: User) -> Batch:
    batch = batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=clerk, at=NOW)
    return reading.read_batch(batch.pk, at=NOW)


# --- 1 to 6: characters and numbers -----------------------------------------------------------------------------------


def test_01_full_width_and_invisible_characters(pipeline: Pipeline) -> None:
    is_sample = {"id_value": SAMPLE, "id_type": "resident_id"}
    pipeline(
        Row({NUMBER: "３７０１１６１９９００１０１００１８"}, codes={"id_normalised"}, stored=is_sample),
        Row({NUMBER: "\ufeff370116\u00a019900101\u30000018\u200b"}, codes={"id_normalised"}, stored=is_sample),
        Row({NUMBER: "\t370116199001010018\r\n"}, codes={"id_normalised"}, stored=is_sample),
        Row({NAME: "\u3000王试例\u00a0"}, codes={"name_cleaned"}, stored={"name": "王试例", "name_key": "王试例"}),
        Row({NAME: "王\u200b试\ufeff例\t"}, codes={"name_cleaned"}, stored={"name": "王试例", "name_key": "王试例"}),
        Row(
            {CASE: "（２０２０）鲁 0116 执 00077\u200b号"},
            codes={"case_number_normalised"},
            stored={"case_number": "（2020）鲁0116执77号", "case_key": "2020|鲁0116|执|77"},
        ),
        Row({CASE: "(2020)鲁0116执78号"}, codes={"case_number_normalised"}, stored={"case_key": "2020|鲁0116|执|78"}),
        Row(
            {DUTY: "\u200b偿还借款\r\n本金\t一万元\u3000", "执行依据文号": " （2019）鲁0116民初5号\ufeff"},
            codes={"text_cleaned"},
            stored={"obligation": "偿还借款\n本金 一万元", "basis_number": "（2019）鲁0116民初5号"},
        ),
    )  # fmt: skip


def test_01_a_row_is_told_once_of_all_the_texts_that_were_cleaned(pipeline: Pipeline) -> None:
    (staged,) = pipeline(
        Row({DUTY: " 甲\u200b", "执行依据文号": "\u3000乙", "省份": "山东 "}, codes={"text_cleaned"}), suffixes=[".csv"]
    )
    assert [problem["detail"] for problem in staged.problems] == [
        "省份、执行依据文号、生效法律文书确定的义务首尾的空格或不可见字符已去除。"
    ]


def test_02_every_writing_of_the_check_character(pipeline: Pipeline) -> None:
    pipeline(
        *(
            Row({NUMBER: ENDS_IN_X[:17] + check}, codes={"id_normalised"}, stored={"id_value": ENDS_IN_X})
            for check in ("x", "×", "Х", "х", "ｘ", "Ｘ", "Χ")
        ),
        Row({NUMBER: ENDS_IN_X}, stored={"id_value": ENDS_IN_X}),
    )


def test_03_fifteen_digits(pipeline: Pipeline) -> None:
    pipeline(
        Row({NUMBER: "370116900101001"}, codes={"id_upgraded"}, stored={"id_value": SAMPLE}),
        rejected({NUMBER: "370116901301001"}, "id_birth_date", "第7至12位"),
        unit({NUMBER: "370116200012345"}, stored={"id_type": "business_reg_no", "id_value": "370116200012345"}),
    )


def test_04_what_a_spreadsheet_makes_of_numbers(pipeline: Pipeline) -> None:
    pipeline(
        rejected({NUMBER: 3.70116199001e17}, "id_float", "文本格式"),
        rejected({NUMBER: 370116199001010018}, "id_float"),
        rejected({NUMBER: 10000004}, "id_length", "开头补1个0", UNIT),
        unit({NUMBER: 123456788}, stored={"id_type": "org_code", "id_value": "123456788"}),
        unit({NUMBER: 123456788.0}, stored={"id_value": "123456788"}),
        suffixes=[".xlsx"],
    )
    pipeline(
        rejected({NUMBER: "3.70116E+17"}, "id_float", "文本格式"),
        rejected({NUMBER: "3.70116199001e+17"}, "id_float"),
        rejected({NUMBER: "370116199001011000"}, "id_float"),
        Row({NUMBER: "'370116199001010018"}, codes={"id_normalised"}, stored={"id_value": SAMPLE}),
        Row({NUMBER: "370116199001010018.0"}, codes={"id_normalised"}, stored={"id_value": SAMPLE}),
        rejected({NUMBER: "10000004.0"}, "id_length", "开头补1个0", UNIT),
        rejected({NUMBER: "12345678"}, "id_length", "请核对代码", UNIT),
    )


def test_05_organisation_codes_with_dashes(pipeline: Pipeline) -> None:
    is_code = {"id_type": "org_code", "id_value": "123456788"}
    pipeline(
        *(unit({NUMBER: f"12345678{dash}8"}, codes={"id_normalised"}, stored=is_code) for dash in "-–—－"),
        unit({NUMBER: "123456788"}, stored=is_code),
        rejected({NUMBER: "12345678-9"}, "org_code_checksum", base=UNIT),
        rejected({NUMBER: "I2345678-8"}, "org_code_checksum", "第1位的I应为1", UNIT),
    )


def test_06_misread_characters_are_suggested_and_never_repaired(pipeline: Pipeline) -> None:
    staged = pipeline(
        rejected({NUMBER: "9137O116MA3TEXT184"}, "uscc_character", "第5位的O应为0", UNIT),
        rejected({NUMBER: "9I370116MA3TEXT184"}, "uscc_character", "第2位的I应为1", UNIT),
        rejected({NUMBER: "9137O1I6MA3TEXT184"}, "uscc_character", "第5位的O应为0、第7位的I应为1", UNIT),
        rejected({NUMBER: "91370116MA3TEXT1B4"}, "uscc_checksum", "第17位的B应为8", UNIT),
        rejected({NUMBER: "91370116MA3TEXT148"}, "uscc_checksum", "第17、18位颠倒", UNIT),
        rejected({NUMBER: "91370116MA3TEXT185"}, "uscc_checksum", base=UNIT),
        rejected({NUMBER: "94370116MA3TEXT184"}, "uscc_category", base=UNIT),
        rejected({NUMBER: "37O116199001010018"}, "id_unrecognised", "第3位的O应为0"),
        rejected({NUMBER: "370116199001010019"}, "id_checksum", "末位校验码写错"),
        rejected({NUMBER: "370116199001100018"}, "id_checksum"),
    )
    for row in staged:
        assert row.id_value is None
        assert CODE not in str(row.problems)
        assert SAMPLE not in str(row.problems)


@pytest.mark.parametrize("right", [unit_identifier(number) for number in (3, 77, 1234)])
def test_06_each_illegal_letter_of_a_code_is_found(pipeline: Pipeline, right: str) -> None:
    letters = {"0": "O", "1": "I", "2": "Z", "5": "S"}
    places = [place for place, character in enumerate(right) if character in letters]
    pipeline(
        *(
            rejected(
                {NUMBER: right[:place] + letters[right[place]] + right[place + 1 :]},
                "uscc_character",
                f"第{place + 1}位的{letters[right[place]]}应为{right[place]}",
                UNIT,
            )
            for place in places
        ),
        suffixes=[".csv"],
    )


# --- 7: dates ---------------------------------------------------------------------------------------------------------

DAY = date(2017, 8, 11)


def test_07_dates_in_every_writing(pipeline: Pipeline) -> None:
    writings = [
        "2017年08月11日", "2017年8月11日", "2017-8-11", "2017/8/11", "20170811", "2017.8.11", "42958", "1502380800000",
        "1502380800", "二〇一七年八月十一日", "２０１７年８月１１日", "2017-08-11 00:00:00", "2017年8月11日星期五",
        "20170811093000",
        "2017-08-10T16:00:00Z", "2017 8 11",
    ]  # fmt: skip
    pipeline(
        *(Row({FILED: text}, codes={"date_normalised"}, stored={"filed_on": DAY}) for text in writings),
        Row({FILED: "2017-08-11"}, stored={"filed_on": DAY}),
        *(Row({FILED: text}, stored={"filed_on": None}) for text in ("0000-00-00", "暂无", "", "1900-01-00", "—")),
    )


def test_07_dates_as_cells_of_a_workbook(pipeline: Pipeline) -> None:
    pipeline(
        Row({FILED: 42958}, codes={"date_normalised"}, stored={"filed_on": DAY}),
        Row({FILED: 1502380800000}, codes={"date_normalised"}, stored={"filed_on": DAY}),
        Row({FILED: 20170811}, codes={"date_normalised"}, stored={"filed_on": DAY}),
        Row({FILED: DAY}, stored={"filed_on": DAY}),
        Row({FILED: datetime(2017, 8, 11, 15, 30)}, codes={"date_normalised"}, stored={"filed_on": DAY}),
        suffixes=[".xlsx"],
    )


def test_07_what_is_nearly_a_date_is_asked_about_and_not_guessed(pipeline: Pipeline) -> None:
    pipeline(
        rejected({FILED: "2017-13-08"}, "date_unreadable", "是否为2017-08-13"),
        rejected({FILED: "25/08/2017"}, "date_unreadable", "是否为2017-08-25"),
        rejected({FILED: "11/08/2017"}, "date_unreadable", "请写成"),
        rejected({FILED: "17-8-11"}, "date_unreadable", "四位年份"),
        rejected({FILED: "17年8月11日"}, "date_unreadable", "四位年份"),
        rejected({FILED: "2017年8月"}, "date_unreadable"),
        rejected({FILED: "2017-02-30"}, "date_unreadable", "请核对"),
        rejected({FILED: "不清楚"}, "date_unreadable", "请写成"),
        rejected({FILED: "2027-01-01"}, "date_implausible"),
        rejected({FILED: "1817-08-11"}, "date_implausible"),
    )


# --- 8 and 9: the same again ------------------------------------------------------------------------------------------


def test_08_duplicates_and_corrections(pipeline: Pipeline, upload: Callable[..., Batch], reviewer: User) -> None:
    mine = lists.row()
    first = upload(mine, mine, {**mine, "履行情况": "部分未履行"}, {**mine, CASE: "(2020)鲁0116执01号"})
    rows = list(BatchRow.objects.filter(batch=first).order_by("row_number"))
    assert [row.verdict for row in rows] == ["add", "rejected", "rejected", "rejected"]
    assert [row.problems[-1]["code"] for row in rows[1:]] == ["duplicate_row", "conflicting_rows", "duplicate_row"]
    assert all("第2行" in row.problems[-1]["detail"] for row in rows[1:])
    lists.apply(first, reviewer)
    again = upload(mine, lists.row())
    assert (again.count_unchanged, again.count_add) == (1, 1)
    corrected = upload({**mine, "履行情况": "部分未履行"})
    assert (corrected.count_update, corrected.count_add) == (1, 0)


def test_09_one_person_with_several_cases_and_namesakes(upload: Callable[..., Batch], reviewer: User) -> None:
    mine = lists.row()
    batch = upload(mine, {**mine, CASE: "（2020）鲁0116执2号"}, lists.row(案号="（2020）鲁0116执3号"), lists.row())
    assert (batch.count_add, batch.count_rejected) == (4, 0)
    lists.apply(batch, reviewer)
    assert (Listing.objects.count(), Subject.objects.count()) == (4, 3)
    assert set(Subject.objects.values_list("name_key", flat=True)) == {"王试例"}


# --- 10 to 13: names --------------------------------------------------------------------------------------------------


def test_10_middle_dots(pipeline: Pipeline) -> None:
    shown = {"name": "买买提·艾力", "name_key": "买买提艾力"}
    pipeline(
        Row({NAME: "买买提·艾力"}, stored=shown),
        *(Row({NAME: f"买买提{dot}艾力"}, codes={"name_cleaned"}, stored=shown) for dot in "•・‧．.‐"),
        Row({NAME: "买买提 艾力"}, codes={"name_cleaned"}, stored={"name": "买买提艾力", "name_key": "买买提艾力"}),
        Row({NAME: "买买提艾力"}, stored={"name_key": "买买提艾力"}),
    )


def test_11_rare_characters_and_what_stands_for_them(pipeline: Pipeline) -> None:
    pipeline(
        Row({NAME: "王𬭎"}, stored={"name": "王𬭎", "name_key": "王𬭎"}),
        Row({NAME: "𠮷田"}, stored={"name": "𠮷田"}),
        *(
            Row({NAME: f"王{sign}"}, codes={"name_placeholder"}, stored={"name": f"王{sign}"}, hint="证件")
            for sign in "?□〓\ue123■？"
        ),
        Row({NAME: "王zhe"}, codes={"name_placeholder"}, stored={"name": "王zhe"}, hint="证件"),
        Row({NAME: "吕yi明"}, codes={"name_placeholder"}, hint="证件"),
        Row({NAME: "John Smith"}, stored={"name": "John Smith"}),
        unit({NAME: "济南ABC商贸有限公司", NUMBER: unit_identifier(1)}),
        Row({NAME: "王**"}, codes={"name_masked"}, hint="全名"),
        rejected({NAME: "\u200b·"}, "name_missing"),
    )


def test_12_variants_fold_and_stay_as_written(pipeline: Pipeline) -> None:
    pairs = [
        ("黃伟", "黄伟"),
        ("陳伟", "陈伟"),
        ("呂伟", "吕伟"),
        ("髙伟", "高伟"),
        ("劉偉", "刘伟"),
        ("葛\U000e0100伟", "葛伟"),
    ]
    pipeline(*(Row({NAME: raw}, stored={"name": raw, "name_key": key}) for raw, key in pairs))


def test_13_names_of_units(pipeline: Pipeline) -> None:
    codes = [{NUMBER: unit_identifier(number)} for number in range(10)]
    rows = pipeline(
        unit({NAME: "甲(集团)有限公司", **codes[0]}),
        unit({NAME: "甲（集团）有限公司", **codes[1]}),
        unit({NAME: "甲有限公司", **codes[2]}),
        unit({NAME: "甲有限责任公司", **codes[3]}),
        unit(
            {NAME: "甲有限公司（原名：济南乙厂）", **codes[4]},
            codes={"name_alias"}, stored={"name": "甲有限公司", "aliases": ["济南乙厂"]},
        ),
        unit(
            {NAME: "甲有限公司（曾用名：乙有限公司）", **codes[5]},
            codes={"name_alias"}, stored={"name": "甲有限公司", "aliases": ["乙有限公司"]},
        ),
        unit({NAME: "甲有限公司等", **codes[6]}, stored={"name": "甲有限公司等", "name_key": "甲有限公司"}),
    )  # fmt: skip
    keys = [row.name_key for row in rows]
    assert keys[0] == keys[1]
    assert keys[2] != keys[3]
    assert keys[2] == keys[4] == keys[5] == keys[6]


# --- 14 to 17: what a cell says ---------------------------------------------------------------------------------------


def test_14_null_spellings(pipeline: Pipeline) -> None:
    nothing = {"obligation": "", "performed_part": "", "filed_on": None, "sex": "0", "id_value": None}
    nulls = ["空", "无", "暂无", "null", "-", "—", "/", "NULL", "（无）", "　", "#N/A", "未知"]
    pipeline(
        *(
            Row({DUTY: null, DONE: null, FILED: null, SEX: null, NUMBER: null}, codes={"id_missing"}, stored=nothing)
            for null in nulls
        ),
        *(rejected({NAME: null}, "name_missing") for null in nulls),
        *(rejected({CASE: null}, "case_number_missing") for null in nulls[:3]),
    )


def test_15_sex_and_age_against_the_identifier(pipeline: Pipeline) -> None:
    minor = with_check("37011620100101000")
    pipeline(
        Row({NUMBER: SAMPLE, SEX: "男", AGE: "30"}, stored={"sex": "1", "age": 30}),
        Row({NUMBER: SAMPLE, SEX: "女性", AGE: "30"}, codes={"sex_age_inconsistent"}, stored={"sex": "2"}),
        Row({NUMBER: SAMPLE, AGE: "55"}, codes={"sex_age_inconsistent"}, stored={"age": 55}),
        Row({AGE: "0"}, stored={"age": None}),
        Row({AGE: "150"}, codes={"age_implausible"}, stored={"age": None}),
        Row({AGE: "三十"}, codes={"age_implausible"}, stored={"age": None}),
        Row({SEX: "不男不女"}, codes={"sex_unreadable"}, stored={"sex": "0"}),
        unit({NUMBER: unit_identifier(5), SEX: "", AGE: "0"}, stored={"age": None}),
        rejected({NUMBER: minor}, "minor"),
    )


def test_16_the_case_number_decides_the_court(pipeline: Pipeline, court: Court) -> None:
    mine = {"court_id": court.pk}
    legacy = "（2013）莱城法执字第{}号"
    pipeline(
        Row({COURT: "济南市莱芜区人民法院"}, stored=mine),
        Row({COURT: "山东省济南市莱芜区人民法院"}, stored=mine),
        Row({COURT: "莱芜区法院"}, stored=mine),
        Row({COURT: "莱芜区人名法院"}, codes={"court_name_mismatch"}, stored=mine, hint="应为莱芜区人民法院"),
        Row({COURT: ""}, stored=mine),
        Row({CASE: "（2018）鲁1202执9号"}, stored={**mine, "case_key": "2018|鲁1202|执|9"}),
        Row({CASE: legacy.format(1)}, stored={**mine, "case_key": "2013||莱城法执|1"}),
        Row({CASE: legacy.format("0002")}, codes={"case_number_normalised"}, stored=mine),
        rejected({CASE: legacy.format(3), COURT: "莱芜区人名法院"}, "court_unreadable", "是否为莱芜区人民法院"),
        rejected({CASE: legacy.format(4), COURT: "莱无区人民法院"}, "court_unreadable", "是否为莱芜区人民法院"),
        rejected({CASE: legacy.format(5), COURT: ""}, "court_unreadable", "全称"),
        rejected({CASE: legacy.format(6), COURT: "济南市历下区人民法院"}, "court_not_yours", "执行法院报送"),
        rejected({CASE: "（2020）鲁0104执1号"}, "court_not_yours"),
    )


def test_16_what_is_wrong_with_a_case_number_is_told(pipeline: Pipeline) -> None:
    pipeline(
        rejected({CASE: "（2O20）鲁0116执1号"}, "case_number_unreadable", "字母可能是数字"),
        rejected({CASE: "（2020）鲁0116执1"}, "case_number_unreadable", "缺少末尾的“号”"),
        rejected({CASE: "（20）鲁0116执1号"}, "case_number_unreadable", "四位"),
        rejected({CASE: "（2020）执1号"}, "case_number_unreadable", "缺少法院代字"),
        rejected({CASE: "案号：（2020）鲁0116执1号"}, "case_number_unreadable", "多余的文字"),
        rejected({CASE: "执行案件"}, "case_number_unreadable", "（2020）鲁0116执1234号"),
    )


def test_17_several_circumstances(pipeline: Pipeline) -> None:
    pipeline(
        Row({CONDUCT: "违反财产报告制度,其它规避执行"}, stored={"circumstances": ["asset_report_breach", "evades"]}),
        Row(
            {CONDUCT: "违反限制高消费令，其他有履行能力而拒不履行生效法律文书确定义务；违反财产报告制度"},
            stored={"circumstances": ["consumption_order_breach", "able_but_refuses", "asset_report_breach"]},
        ),
        Row({CONDUCT: "违反财产报告制度,违反财产报告制度"}, stored={"circumstances": ["asset_report_breach"]}),
        Row(
            {CONDUCT: "以伪造证据、暴力、威胁等方法妨碍、抗拒执行的"},
            stored={"circumstances": ["obstructs"]},
        ),
        Row({CONDUCT: "其他失信行为"}, codes={"circumstance_unknown"}, stored={"circumstances": ["legacy_other"]}),
        Row({CONDUCT: "暂无"}, codes={"circumstance_missing"}, stored={"circumstances": []}),
    )  # fmt: skip


# --- 18: the file's own encoding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig"])
def test_18_encodings_and_quotes_nobody_escaped(tmp_path: Path, court: Court, clerk: User, encoding: str) -> None:
    number, other = another_person_id(), another_person_id()
    path = tmp_path / "名单.csv"
    path.write_bytes(
        (
            "姓名,身份证号码,案号,生效法律文书确定的义务,失信行为具体情形\r\n"
            f'王试例,{number},（2020）鲁0116执1号,"付"货款"5万元，\r\n另付"利息"。",违反财产报告制度\r\n'
            f"李试例,{other},（2020）鲁0116执2号,付款,违反财产报告制度\r\n"
        ).encode(encoding)
    )
    batch = bring(path, court, clerk)
    rows = list(BatchRow.objects.filter(batch=batch).order_by("row_number"))
    assert [(row.name, row.verdict, row.id_value) for row in rows] == [
        ("王试例", "add", number), ("李试例", "add", other),
    ]  # fmt: skip
    assert rows[0].obligation == '付"货款"5万元，\n另付"利息"。'


# --- 19 to 21: numbers in the wrong place -----------------------------------------------------------------------------


def test_19_a_masked_number_is_kept_as_a_mask(pipeline: Pipeline) -> None:
    shown = {"id_value": None, "id_is_masked": True, "id_masked": "370116********0018"}
    pipeline(
        *(
            Row({NUMBER: text}, codes={"id_masked"}, stored=shown, hint="完整证件号码")
            for text in ("3701161990****0018", "37011619900****0018", "3701161990＊＊＊＊0018", "3701161990xxxx0018",
                         "3701161990●●●●0018", "370116********0018")
        )
    )  # fmt: skip


def test_20_a_representatives_number_in_the_units_code_column(pipeline: Pipeline) -> None:
    sole_trader = "92370116MA3TEXT18"
    pipeline(
        rejected({NUMBER: SAMPLE}, "id_kind_mismatch", "法定代表人或负责人证件号码", UNIT),
        rejected({NUMBER: SAMPLE, KIND: ""}, "id_kind_mismatch", "法定代表人或负责人证件号码", UNIT),
        rejected({NUMBER: CODE}, "id_kind_mismatch", "个体工商户"),
        unit(
            {NAME: "莱芜试例面馆", NUMBER: sole_trader + uscc_check_character(sole_trader), KIND: "个体工商户"},
            stored={"kind": "unit", "id_type": "uscc"},
        ),
        unit(
            {NUMBER: unit_identifier(9), REPRESENTATIVE: "李试例", REPRESENTATIVE_NUMBER: OTHER_SAMPLE},
            stored={"representative_id_value": OTHER_SAMPLE},
        ),
        unit(
            {NUMBER: unit_identifier(8), REPRESENTATIVE: "李试例", REPRESENTATIVE_NUMBER: OTHER_SAMPLE[:-1] + "9"},
            codes={"id_checksum"},
            stored={"representative_id_value": None},
        ),
    )


def test_21_several_numbers_in_one_cell(pipeline: Pipeline) -> None:
    pipeline(
        *(
            rejected({NUMBER: f"{SAMPLE}{between}{OTHER_SAMPLE}"}, "id_several", "单独成行")
            for between in (",", "、", "；", " ", "\n", "/", "", "和", "，")
        ),
        rejected({NUMBER: f"{CODE}、123456788"}, "id_several", "单独成行", UNIT),
        rejected({NUMBER: f"王试例{SAMPLE}"}, "id_unrecognised", "只填一个证件号码"),
    )


# --- 22 and 23: the sheet around the cells, and amounts ---------------------------------------------------------------


def test_22_headers_of_every_kind_and_what_stands_below_the_table(tmp_path: Path, court: Court, clerk: User) -> None:
    numbers = [another_person_id() for _ in range(2)]
    head = ["序 号", "案\n号", "执行法院", "被执行人信息", None, "立案时间", "失信行为具体情形"]
    lower = [None, None, None, "姓　名", "证件号码（必填）", None, None]
    row = ["（2020）鲁0116执{}1号", "莱芜区人民法院", "王试例"]
    sheets: dict[str, list[list[Any]]] = {
        "旧名单": [["姓名", "案号", "证件号码"], ["不要", "（2020）鲁0116执9号", "1"]],
        "名单": [
            ["莱芜区人民法院失信被执行人名单"], [], head, lower,
            *([at, row[0].format(at + 1), *row[1:], numbers[at], "2020年3月1日", "违反财产报告制度"] for at in (0, 1)),
            [], ["小计", 2], ["说明：本表一式两份"], ["制表人：某某"],
        ],
    }  # fmt: skip
    batch = bring(write_sheets(tmp_path / "名单.xlsx", sheets, hidden=["旧名单"]), court, clerk)
    rows = list(BatchRow.objects.filter(batch=batch).order_by("row_number"))
    assert [(each.row_number, each.name, each.id_value, each.filed_on) for each in rows] == [
        (5, "王试例", numbers[0], date(2020, 3, 1)), (6, "王试例", numbers[1], date(2020, 3, 1)),
    ]  # fmt: skip
    assert [[problem["code"] for problem in each.problems] for each in rows] == [["date_normalised"]] * 2
    assert [problem["code"] for problem in batch.file_problems] == ["column_unknown", "footers_left_out"]


def test_22_a_header_with_a_slip_is_asked_about(tmp_path: Path, court: Court, clerk: User) -> None:
    line = {**lists.row(), "证件号马": "", "是否公开": "否", "关注数": "3"}
    batch = bring(write_csv(tmp_path / "名单.csv", [line]), court, clerk)
    said = {problem["column"]: problem["suggestion"] for problem in batch.file_problems}
    assert said["关注数"] == ""
    assert "不宜公开" in said["是否公开"]
    without = {("失信具体情型" if key == CONDUCT else key): value for key, value in lists.row().items()}
    batch = bring(write_csv(tmp_path / "名单.csv", [without]), court, clerk)
    (problem,) = batch.file_problems
    assert "失信行为具体情形" in problem["suggestion"]


def test_23_amounts_stay_as_written(pipeline: Pipeline) -> None:
    pipeline(
        *(
            Row({UNDONE: amount, DONE: amount}, stored={"unperformed_part": amount, "performed_part": amount})
            for amount in ("5 746 611.84元", "232万元", "贰佰叁拾贰万元整", "1,234.50", "￥100")
        )
    )


def test_23_amounts_as_numbers_of_a_workbook(pipeline: Pipeline) -> None:
    pipeline(
        Row({UNDONE: 5746611.84, DONE: 100.0}, stored={"unperformed_part": "5746611.84", "performed_part": "100"}),
        suffixes=[".xlsx"],
    )


# --- beyond the list --------------------------------------------------------------------------------------------------


def test_who_has_left_is_no_addition(pipeline: Pipeline) -> None:
    left = {key: value for key, value in SHIELD.items() if key != "操作"}
    pipeline(
        rejected(left, "operation_unknown", "屏蔽或撤销"),
        rejected({"退出日期": "2026-11-18"}, "operation_unknown", "再次纳入"),
        rejected({"操作": "登记"}, "operation_unknown", "新增"),
        rejected({"操作": "移除"}, "operation_unknown", "屏蔽"),
        rejected({"操作": "撤消"}, "operation_unknown", "撤销"),
        rejected({"操作": "屏蔽"}, "exit_without_reason"),
    )


def test_identifiers_in_free_texts_are_masked_in_every_writing(pipeline: Pipeline) -> None:
    spaced = f"{SAMPLE[:6]} {SAMPLE[6:14]} {SAMPLE[14:]}"
    rows = pipeline(
        Row({DUTY: f"王某（{SAMPLE}）付款"}, codes={"identifier_in_text"}),
        Row({DUTY: f"王某（{spaced}）付款"}, codes={"identifier_in_text"}),
        Row({"执行依据文号": f"{ENDS_IN_X.lower()}"}, codes={"identifier_in_text"}),
        Row({DONE: f"{ENDS_IN_X}2020年"}, codes={"identifier_in_text"}),
        Row({DONE: f"{SAMPLE[:9]} {SAMPLE[9:]}付款"}, codes={"identifier_in_text"}),
        Row({DONE: "付款370116123456789012元"}, stored={"performed_part": "付款370116123456789012元"}),
        rejected({NAME: f"王试例{SAMPLE}"}, "identifier_in_text", "证件号码"),
    )
    for row in rows:
        stored = f"{row.obligation}{row.performed_part}{row.basis_number}{row.name}{row.problems}"
        assert not [number for number in (SAMPLE, spaced, ENDS_IN_X, ENDS_IN_X.lower()) if number in stored]
