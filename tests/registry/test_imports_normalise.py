"""Rows of list files: the 23 classes of dirt of domain.md §2.6, and the promises of contract.md §2."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.imports.cells import escaped
from registry.imports.columns import COLUMNS
from registry.imports.courts import CourtScope
from registry.imports.normalise import normalise_row
from registry.imports.reader import open_list
from registry.imports.rows import NormalisedRow
from registry.imports.sample import DEFECTS, person_identifier, sample_rows
from registry.rules.identifiers import resident_check_character, uscc_check_character
from registry.rules.types import (
    Circumstance,
    ExitGround,
    IdentifierType,
    PartyKind,
    Performance,
    ProblemCode,
    ProblemSeverity,
    RowOperation,
    Sex,
)

C = ProblemCode
TODAY = date(2026, 11, 20)
SCOPE = CourtScope("鲁01", {"鲁01": "山东省济南市中级人民法院", "鲁0116": "济南市莱芜区人民法院"}, {"鲁1202": "鲁0116"})
PERSON = {
    "kind": "自然人", "name": "张三", "identifier": "370116199001010018", "sex": "男", "age": "30", "court": "莱芜区人民法院",
    "case_number": "（2020）鲁0116执1234号", "published_on": "2020-11-21", "circumstances": "违反财产报告制度",
}  # fmt: skip
UNIT = {
    "kind": "单位", "name": "甲有限公司", "identifier": "91370116MA3TEXT184", "case_number": "（2020）鲁0116执1234号",
    "circumstances": "违反财产报告制度", "representative_name": "李四",
}  # fmt: skip


def read(base: Mapping[str, str] = PERSON, /, **cells: object) -> NormalisedRow:
    return normalise_row({**base, **cells}, court=SCOPE, today=TODAY, row_number=2)


def codes(row: NormalisedRow, severity: ProblemSeverity | None = None) -> set[ProblemCode]:
    return {problem.code for problem in row.problems if severity in {None, problem.severity}}


def errors(row: NormalisedRow) -> set[ProblemCode]:
    return codes(row, ProblemSeverity.ERROR)


def test_a_clean_row_has_nothing_to_say() -> None:
    row = read()
    assert row.problems == ()
    assert (row.kind, row.name_key, row.sex, row.age, row.court_code) == (
        PartyKind.PERSON,
        "张三",
        Sex.MALE,
        30,
        "鲁0116",
    )
    assert (row.case_key, row.operation) == ("2020|鲁0116|执|1234", RowOperation.ADD)
    assert read(UNIT).problems == ()


def test_dirt_01_full_width_and_invisible_characters() -> None:
    row = read(
        identifier="３７０１１６１９９００１０１００１８\u200b", name="\ufeff张三\u3000", court="莱芜区人民法院\r\n"
    )
    assert (row.identified.canonical, row.name, row.court_code) == ("370116199001010018", "张三", "鲁0116")
    assert codes(row) == {C.ID_NORMALISED, C.NAME_CLEANED}


def test_dirt_02_check_character_in_lower_case() -> None:
    first17 = next(f"3701161990{month:02d}01000" for month in range(1, 13)
                   if resident_check_character(f"3701161990{month:02d}01000") == "X")  # fmt: skip
    row = read(identifier=first17 + "x", sex="女")
    assert row.identified.canonical == first17 + "X"
    assert codes(row) == {C.ID_NORMALISED}


def test_dirt_03_fifteen_digits() -> None:
    row = read(identifier="370116900101001")
    assert row.identified.canonical == "370116199001010018"
    assert codes(row) == {C.ID_UPGRADED}


@pytest.mark.parametrize("value", [3.70116199001e17, "3.70116E+17", "370116199001011000"])
def test_dirt_04_an_identifier_turned_into_a_number_is_lost(value: object) -> None:
    assert errors(read(identifier=value)) == {C.ID_FLOAT}


def test_dirt_04_whole_floats_quotes_and_lost_zeros() -> None:
    assert read(UNIT, identifier=123456788.0).identified.canonical == "123456788"
    assert read(identifier="'370116199001010018").identified.canonical == "370116199001010018"
    assert errors(read(UNIT, identifier=1234567.0 * 10)) == {C.ID_LENGTH}


@pytest.mark.parametrize("dash", "-–—－")
def test_dirt_05_organisation_code_with_a_dash(dash: str) -> None:
    row = read(UNIT, identifier=f"12345678{dash}8")
    assert (row.identified.type, row.identified.canonical) == (IdentifierType.ORG_CODE, "123456788")
    assert codes(row) == {C.ID_NORMALISED}


def test_dirt_06_misread_uscc_is_suggested() -> None:
    row = read(UNIT, identifier="9137O116MA3TEXT184")
    assert errors(row) == {C.USCC_CHARACTER}
    assert row.problems[0].suggestion == "第5位的O应为0"


@pytest.mark.parametrize("value", ["2020年11月21日", "2020/11/21", "20201121", 44156.0, datetime(2020, 11, 21)])
def test_dirt_07_dates(value: object) -> None:
    row = read(published_on=value)
    assert row.published_on == date(2020, 11, 21)
    assert codes(row) == (set() if isinstance(value, datetime) else {C.DATE_NORMALISED})


def test_dirt_07_dates_that_are_none() -> None:
    assert read(filed_on="暂无").filed_on is None
    assert read(filed_on="0000-00-00").problems == ()
    assert errors(read(filed_on="不清楚")) == {C.DATE_UNREADABLE}
    assert errors(read(published_on="2026-11-21")) == {C.DATE_IMPLAUSIBLE}
    assert errors(read(decided_on="2020-11-20", term_ends_on="2020-11-20")) == {C.DATE_ORDER}


def test_dirt_08_and_09_the_same_person_and_case_give_the_same_keys() -> None:
    left, right = read(case_number="(2020)鲁0116执01234号"), read(name="張三")
    assert (left.case_key, left.name_key) == (right.case_key, right.name_key)
    assert left.identified.canonical == right.identified.canonical


def test_dirt_10_middle_dots() -> None:
    assert read(name="买买提•艾力").name == "买买提·艾力"
    assert read(name="买买提．艾力").name_key == read(name="买买提艾力").name_key


def test_dirt_11_placeholders_are_accepted_with_a_warning() -> None:
    row = read(name="张□")
    assert codes(row) == {C.NAME_PLACEHOLDER}
    assert not row.is_rejected


def test_dirt_12_variants_fold_and_the_original_is_kept() -> None:
    row = read(name="黃髙")
    assert (row.name, row.name_key) == ("黃髙", "黄高")


def test_dirt_13_names_of_units() -> None:
    row = read(UNIT, name="甲(集团)有限公司（原名：乙厂）")
    assert (row.name, row.aliases) == ("甲(集团)有限公司", ("乙厂",))
    assert codes(row) == {C.NAME_ALIAS}
    assert read(UNIT, name="甲有限公司").name_key != read(UNIT, name="甲有限责任公司").name_key


@pytest.mark.parametrize("null", ["空", "无", "暂无", "null", "-", "—", "/"])
def test_dirt_14_null_spellings(null: str) -> None:
    row = read(obligation=null, performed_part=null, identifier=null, sex=null)
    assert (row.obligation, row.performed_part, row.sex) == ("", "", Sex.UNKNOWN)
    assert codes(row) == {C.ID_MISSING}
    assert errors(read(name=null)) == {C.NAME_MISSING}


def test_dirt_15_sex_and_age_against_the_identifier() -> None:
    assert codes(read(sex="女性")) == {C.SEX_AGE_INCONSISTENT}
    assert codes(read(age="45")) == {C.SEX_AGE_INCONSISTENT}
    assert codes(read(age="150")) == {C.AGE_IMPLAUSIBLE}
    assert read(age="0").age is None
    assert read(age="0").problems == ()
    assert read(UNIT, sex="", age="0").problems == ()


def test_dirt_16_the_case_number_decides_the_court() -> None:
    row = read(court="莱芜区人名法院")
    assert (row.court_code, codes(row)) == ("鲁0116", {C.COURT_NAME_MISMATCH})
    assert "莱芜区人民法院" in row.problems[0].suggestion
    assert read(court="山东省济南市莱芜区人民法院").problems == ()
    assert errors(read(case_number="（2020）鲁0104执1号")) == {C.COURT_NOT_YOURS}
    assert read(case_number="（2018）鲁1202执1号").court_code == "鲁0116"
    legacy = read(case_number="（2013）莱城法执字第12号")
    assert legacy.court_code == "鲁0116"
    assert errors(read(case_number="（2013）莱城法执字第12号", court="莱芜区人名法院")) == {C.COURT_UNREADABLE}
    assert errors(read(case_number="（2013）槐法执字第12号", court="福州市鼓楼区人民法院")) == {C.COURT_NOT_YOURS}
    assert errors(read(case_number="（2013）历执字第12号", court="济南市历下区人民法院")) == {C.COURT_NOT_YOURS}


def test_dirt_17_several_circumstances() -> None:
    row = read(
        circumstances="违反财产报告制度,其它规避执行，违反限制高消费令;其他有履行能力而拒不履行生效法律文书确定义务"
    )
    assert row.circumstances == (
        Circumstance.ASSET_REPORT_BREACH, Circumstance.EVADES, Circumstance.CONSUMPTION_ORDER_BREACH,
        Circumstance.ABLE_BUT_REFUSES,
    )  # fmt: skip
    assert row.problems == ()
    other = read(circumstances="其他失信行为")
    assert (other.circumstances, codes(other)) == ((Circumstance.LEGACY_OTHER,), {C.CIRCUMSTANCE_UNKNOWN})


def test_dirt_18_quotes_and_line_breaks_in_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = '姓名,身份证号码,案号,生效法律文书确定的义务\n张三,370116199001010018,（2020）鲁0116执1号,"付"货款"，\r\n另付"\n'
    path.write_bytes(text.encode("gb18030"))
    (raw,) = open_list(path).rows
    row = normalise_row(raw.cells, court=SCOPE, today=TODAY, row_number=raw.number)
    assert row.obligation == '付"货款"，\n另付'
    assert not row.is_rejected


def test_dirt_19_a_masked_value_never_becomes_an_identifier() -> None:
    row = read(identifier="3701161990****0018")
    assert (row.identified.canonical, row.identified.is_masked, row.is_rejected) == ("", True, False)
    assert codes(row) == {C.ID_MASKED}


def test_dirt_20_a_persons_identifier_in_a_units_code_column() -> None:
    assert errors(read(UNIT, identifier="370116199001010018")) == {C.ID_KIND_MISMATCH}
    assert errors(read(UNIT, identifier="370116199001010018", kind="")) == {C.ID_KIND_MISMATCH}
    assert errors(read(identifier="91370116MA3TEXT184")) == {C.ID_KIND_MISMATCH}


def test_dirt_21_several_identifiers_in_one_cell() -> None:
    assert errors(read(identifier="370116199001010018、350102198503150022")) == {C.ID_SEVERAL}


def test_dirt_22_spaced_headers_and_totals(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名单,,\n 姓 名 ,证件\u3000号码,案号\n张三,1,a\n合计,1,\n", encoding="utf-8")
    assert [row.cells["name"] for row in open_list(path).rows] == ["张三"]


@pytest.mark.parametrize("amount", ["5 746 611.84元", "232万元", "贰佰叁拾贰万元整"])
def test_dirt_23_amounts_stay_as_written(amount: str) -> None:
    assert read(unperformed_part=amount).unperformed_part == amount


@pytest.mark.parametrize("kind", ["", "580", 580.0, "0", "个人", "自然人"])
def test_a_person_is_told_by_word_code_or_identifier(kind: object) -> None:
    assert read(kind=kind).kind is PartyKind.PERSON
    assert read(kind=kind).problems == ()


@pytest.mark.parametrize("kind", ["", "581", 1.0, "单位", "法人或其他组织", "个体工商户"])
def test_a_unit_is_told_by_word_code_or_identifier(kind: object) -> None:
    assert read(UNIT, kind=kind).kind is PartyKind.UNIT


def test_a_sole_trader_with_a_uscc_is_a_unit() -> None:
    first17 = "92370116MA3TEXT18"
    row = read(UNIT, name="莱芜区某面馆", identifier=first17 + uscc_check_character(first17), kind="")
    assert (row.kind, row.is_rejected) == (PartyKind.UNIT, False)


def test_a_minor_must_not_be_listed() -> None:
    for born, is_minor in (("20021122", True), ("20021121", False)):
        first17 = f"370116{born}000"
        row = read(identifier=first17 + resident_check_character(first17), sex="女", age="")
        assert (errors(row) == {C.MINOR}) is is_minor


@pytest.mark.parametrize("operation", ["屏蔽", "撤销"])
def test_an_exit_needs_ground_document_and_day(operation: str) -> None:
    whole: dict[str, object] = {
        "exit_ground": "已履行完毕",
        "exit_document": "（2020）鲁0116执1234号之二",
        "exit_on": "2021-01-02",
    }
    row = read(PERSON, operation=operation, **whole)
    assert (row.is_rejected, row.exit_ground, row.exit_on) == (False, ExitGround.PERFORMED, date(2021, 1, 2))
    for key in whole:
        assert errors(read(PERSON, operation=operation, **{**whole, key: ""})) == {C.EXIT_WITHOUT_REASON}
    assert codes(read(PERSON, operation=operation, **{**whole, "exit_ground": "领导同意"})) == {C.EXIT_GROUND_UNKNOWN}


@pytest.mark.parametrize(
    ("text", "ground"),
    [("已履行完毕", ExitGround.PERFORMED), ("达成和解协议且已履行完毕", ExitGround.SETTLEMENT_PERFORMED),
     ("申请执行人书面申请删除", ExitGround.CREDITOR_REQUEST), ("终结本次执行程序后未发现可供执行财产", ExitGround.NO_ASSETS_FOUND),
     ("破产裁定中止执行", ExitGround.RETRIAL_OR_BANKRUPTCY), ("裁定不予执行", ExitGround.NON_ENFORCEMENT),
     ("终结执行", ExitGround.TERMINATED), ("纳入期限届满", ExitGround.TERM_EXPIRED), ("提前删除", ExitGround.EARLY_REMOVAL),
     ("不应纳入而纳入", ExitGround.WRONGLY_LISTED), ("wrongly_listed", ExitGround.WRONGLY_LISTED)],
)  # fmt: skip
def test_exit_grounds_are_told_by_their_words(text: str, ground: ExitGround) -> None:
    assert read(exit_ground=text).exit_ground is ground


@pytest.mark.parametrize(("text", "expected"), [("全部未履行", Performance.NONE), ("部分未履行", Performance.PARTIAL),
                                                ("部分履行", Performance.PARTIAL), ("全部已履行", Performance.FULL),
                                                ("全部履行", Performance.FULL), ("", Performance.UNKNOWN)])  # fmt: skip
def test_performance_is_told_by_its_words(text: str, expected: Performance) -> None:
    assert read(performance=text).performance is expected


def test_what_is_required_is_required() -> None:
    assert errors(read(case_number="")) == {C.CASE_NUMBER_MISSING}
    assert errors(read(case_number="执行案件")) == {C.CASE_NUMBER_UNREADABLE}
    assert errors(read(operation="登记")) == {C.OPERATION_UNKNOWN}
    assert errors(read({"name": "张三", "case_number": "（2020）鲁0116执1号"})) == {C.KIND_UNKNOWN}
    assert errors(read(name="张" * 201)) == {C.TEXT_TOO_LONG}


def test_publication_is_the_default_and_doubt_is_not_published() -> None:
    assert read().publishable
    assert not read(unpublishable="是").publishable
    assert not read(unpublishable="也许").publishable


def test_a_representatives_bad_identifier_costs_the_relation_not_the_row() -> None:
    row = read(UNIT, representative_identifier="370116199001010019")
    assert not row.is_rejected
    assert [(problem.column, problem.code) for problem in row.problems] == [
        ("法定代表人或负责人证件号码", C.ID_CHECKSUM)
    ]
    assert read(UNIT, representative_identifier="370116199001010018").representative_identified.is_full
    assert codes(read(representative_name="李四")) == {C.REPRESENTATIVE_OF_PERSON}


def test_no_problem_repeats_a_persons_identifier() -> None:
    for number, row in enumerate(sample_rows(400, 9, 1.0)):
        for problem in read(row).problems:
            assert person_identifier(9 * 10_000_000 + number)[6:14] not in problem.detail + problem.suggestion


def test_every_defect_of_the_samples_is_noticed_or_harmless() -> None:
    assert not [row.problems for row in map(read, sample_rows(500, 2)) if row.problems]
    assert sum(bool(read(row).problems) for row in sample_rows(500, 2, 1.0)) > 350
    assert len(DEFECTS) >= 23
    assert list(sample_rows(50, 4, 0.5)) == list(sample_rows(50, 4, 0.5))
    assert list(sample_rows(50, 4, 0.5)) != list(sample_rows(50, 5, 0.5))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a"])
def test_cells_that_a_spreadsheet_would_run_are_escaped_and_read_back(text: str) -> None:
    assert escaped(text) == f"'{text}"
    assert read(obligation=escaped(text)).obligation == text


CELL = st.one_of(
    st.none(), st.text(max_size=40), st.floats(), st.integers(), st.dates(), st.datetimes(), st.booleans(),
    st.sampled_from([value for row in sample_rows(40, 1, 1.0) for value in row.values()]),
)  # fmt: skip


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(sorted(COLUMNS)), CELL))
def test_any_cells_are_read_without_raising(cells: dict[str, object]) -> None:
    row = normalise_row(cells, court=SCOPE, today=TODAY, row_number=1)
    assert row.is_rejected == bool(errors(row))


def as_cells(row: NormalisedRow) -> dict[str, object]:
    return {
        "operation": row.operation.value, "kind": row.kind and row.kind.value, "name": row.name,
        "identifier": row.identified.canonical or None, "sex": row.sex.value, "age": row.age, "court": row.court_text,
        "representative_name": row.representative_name, "case_number": row.case_number, "filed_on": row.filed_on,
        "representative_identifier": row.representative_identified.canonical or None, "area": row.area,
        "basis_number": row.basis_number, "basis_issuer": row.basis_issuer, "obligation": row.obligation,
        "circumstances": row.circumstances_text, "published_on": row.published_on, "decided_on": row.decided_on,
        "term_ends_on": row.term_ends_on, "unpublishable": "否" if row.publishable else "是",
        "decision_number": row.decision_number,
    }  # fmt: skip


@settings(max_examples=200)
@given(st.integers(0, 10_000))
def test_normalising_a_normalised_row_repairs_nothing(seed: int) -> None:
    (raw,) = sample_rows(1, seed, 1.0)
    once = read(raw)
    if once.is_rejected or once.identified.is_masked:
        return
    again = normalise_row(as_cells(once), court=SCOPE, today=TODAY, row_number=2)
    assert codes(again, ProblemSeverity.REPAIRED) == set()
    assert (again.name_key, again.case_key, again.identified.canonical) == (
        once.name_key, once.case_key, once.identified.canonical,
    )  # fmt: skip
    assert (again.kind, again.circumstances, again.published_on) == (once.kind, once.circumstances, once.published_on)


def test_an_identifier_in_a_free_text_is_masked_and_said() -> None:
    number = PERSON["identifier"]
    row = read(obligation=f"王某（身份证{number}）付款370116123456789012元")
    assert number not in row.obligation
    assert "370116123456789012" in row.obligation  # not a valid identifier: an amount, an account
    assert C.IDENTIFIER_IN_TEXT in codes(row)
    assert C.IDENTIFIER_IN_TEXT not in errors(row)


def test_an_identifier_in_the_name_costs_the_row_and_is_not_kept() -> None:
    row = read(name=f"王试例{PERSON['identifier']}")
    assert C.IDENTIFIER_IN_TEXT in errors(row)
    assert PERSON["identifier"] not in row.name
    assert not row.name_key


def test_no_kind_is_guessed_where_neither_number_nor_name_tells() -> None:
    row = read({**PERSON, "kind": "", "sex": ""}, identifier="37130219800101000")
    assert row.kind is None
    assert C.KIND_INFERRED not in {problem.code for problem in row.problems}
    assert errors(row) == {C.ID_LENGTH}
