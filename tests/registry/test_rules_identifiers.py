"""Identifiers: the three standards, masks, and the dirt of domain.md §2.6."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from registry.imports.sample import person_identifier, unit_identifier
from registry.rules.identifiers import (
    _USCC_ALPHABET,
    display_mask,
    identity_keys,
    org_check_character,
    read_identifier,
    resident_check_character,
    upgrade_15,
    uscc_check_character,
)
from registry.rules.types import IdentifierType, PartyKind, ProblemCode

TODAY = date(2026, 11, 20)
T = IdentifierType
PERSON, UNIT = PartyKind.PERSON, PartyKind.UNIT

VALID = [
    ("370116199001010018", None, T.RESIDENT_ID, "370116199001010018"),
    ("350102198503150022", None, T.RESIDENT_ID, "350102198503150022"),
    ("440802197812319990", None, T.RESIDENT_ID, "440802197812319990"),
    ("370116900101001", PERSON, T.RESIDENT_ID, "370116199001010018"),
    ("370116900101001", None, T.RESIDENT_ID, "370116199001010018"),
    ("370116900101001", UNIT, T.BUSINESS_REG_NO, "370116900101001"),
    ("370116200012345", None, T.BUSINESS_REG_NO, "370116200012345"),
    ("810000199001010019", None, T.RESIDENCE_PERMIT, "810000199001010019"),
    ("830000199001010020", None, T.RESIDENCE_PERMIT, "830000199001010020"),
    ("91124719900101001X", PERSON, T.FOREIGN_PERMANENT_RESIDENT, "91124719900101001X"),
    ("91124719900101001x", None, T.FOREIGN_PERMANENT_RESIDENT, "91124719900101001X"),
    ("ABC123456789012", PERSON, T.FOREIGN_PERMANENT_RESIDENT, "ABC123456789012"),
    ("91370116MA3TEXT184", None, T.USCC, "91370116MA3TEXT184"),
    ("91370116ma3text184", UNIT, T.USCC, "91370116MA3TEXT184"),
    ("12345678-8", None, T.ORG_CODE, "123456788"),
    ("12345678–8", UNIT, T.ORG_CODE, "123456788"),
    ("12345678—8", UNIT, T.ORG_CODE, "123456788"),
    ("123456788", UNIT, T.ORG_CODE, "123456788"),
    ("E12345678", PERSON, T.PASSPORT, "E12345678"),
    ("EA1234567", PERSON, T.PASSPORT, "EA1234567"),
    ("H12345678", PERSON, T.TRAVEL_PERMIT_HK_MACAO, "H12345678"),
    ("M1234567801", PERSON, T.TRAVEL_PERMIT_HK_MACAO, "M1234567801"),
    ("12345678", PERSON, T.TRAVEL_PERMIT_TAIWAN, "12345678"),
    ("军字第1234567号", PERSON, T.OTHER, "军字第1234567号"),
]


@pytest.mark.parametrize(("text", "kind", "expected", "canonical"), VALID)
def test_a_valid_identifier_is_told_and_normalised(
    text: str, kind: PartyKind | None, expected: IdentifierType, canonical: str
) -> None:
    found = read_identifier(text, kind=kind, today=TODAY)
    assert (found.type, found.canonical, found.problem) == (expected, canonical, None)
    assert found.is_full
    assert bool(found.repairs) == (text != canonical)


BROKEN = [
    ("370116199001010019", None, ProblemCode.ID_CHECKSUM),
    ("370116199002300015", PERSON, ProblemCode.ID_BIRTH_DATE),
    ("37011619900101001", None, ProblemCode.ID_LENGTH),
    ("3701161990010100188", None, ProblemCode.ID_LENGTH),
    ("3.70116E+17", None, ProblemCode.ID_FLOAT),
    ("3.70116e17", None, ProblemCode.ID_FLOAT),
    (370116199001010018.0, None, ProblemCode.ID_FLOAT),
    (370116199001010000, None, ProblemCode.ID_FLOAT),
    (float("inf"), None, ProblemCode.ID_FLOAT),
    (-1.0, None, ProblemCode.ID_FLOAT),
    ("370116199001011000", PERSON, ProblemCode.ID_FLOAT),
    ("91370116MA3TEXT185", UNIT, ProblemCode.USCC_CHECKSUM),
    ("9I370116MA3TEXT184", UNIT, ProblemCode.USCC_CHARACTER),
    ("94370116MA3TEXT184", UNIT, ProblemCode.USCC_CATEGORY),
    ("12345678-9", UNIT, ProblemCode.ORG_CODE_CHECKSUM),
    ("12345678", UNIT, ProblemCode.ID_LENGTH),
    ("370116199001010018,350102198503150022", None, ProblemCode.ID_SEVERAL),
    ("370116199001010018 350102198503150022", None, ProblemCode.ID_SEVERAL),
    ("370116199001010018350102198503150022", None, ProblemCode.ID_SEVERAL),
    ("91370116MA3TEXT184、MA3TEXT18", UNIT, ProblemCode.ID_SEVERAL),
    ("见卷宗", None, ProblemCode.ID_UNRECOGNISED),
    ("37011619900101001A", PERSON, ProblemCode.ID_CHECKSUM),
]


@pytest.mark.parametrize(("value", "kind", "code"), BROKEN)
def test_a_broken_identifier_says_what_is_wrong(value: object, kind: PartyKind | None, code: ProblemCode) -> None:
    found = read_identifier(value, kind=kind, today=TODAY)
    assert found.problem is not None
    assert found.problem.code is code
    assert not found.is_full
    assert found.canonical == ""


@pytest.mark.parametrize("value", [None, "", "  ", "空", "无", "暂无", "null", "-", "—", "/", "－", float("nan")])
def test_a_null_spelling_is_missing_and_no_problem(value: object) -> None:
    found = read_identifier(value)
    assert found.is_missing
    assert found.problem is None


DIRTY = [
    "３７０１１６１９９００１０１００１８", " 370116199001010018\u200b", "\ufeff370116199001010018", "'370116199001010018",
    "370116 19900101 0018", "370116\u00a019900101\u30000018", "370116-19900101-0018", "身份证号：370116199001010018",
    "370116199001010018\r\n", "370116199001010018.0",
]  # fmt: skip


@pytest.mark.parametrize("text", DIRTY)
def test_a_repair_that_loses_nothing_is_made_and_said(text: str) -> None:
    found = read_identifier(text, today=TODAY)
    assert found.canonical == "370116199001010018"
    assert [repair.code for repair in found.repairs] == [ProblemCode.ID_NORMALISED]


@pytest.mark.parametrize("check", ["x", "X", "×", "Х", "х", "ｘ"])
def test_every_writing_of_the_check_character_x_is_understood(check: str) -> None:
    first17 = next(f"3701161990{month:02d}01000" for month in range(1, 13)
                   if resident_check_character(f"3701161990{month:02d}01000") == "X")  # fmt: skip
    assert read_identifier(first17 + check).canonical == first17 + "X"


@pytest.mark.parametrize(
    ("text", "prefix", "suffix"),
    [
        ("3701161990****0018", "3701161990", "0018"),
        ("37011619900****0018", "37011619900", "0018"),
        ("3701161990＊＊＊＊0018", "3701161990", "0018"),
        ("3701161990xxxx0018", "3701161990", "0018"),
        ("3701161990XXXX001X", "3701161990", "001X"),
        ("3701161990●●●●001x", "3701161990", "001X"),
        ("370116********0018", "370116", "0018"),
        ("3701**1990****0018", "3701", "0018"),
    ],
)
def test_a_mask_is_read_as_its_two_ends_and_never_as_an_identifier(text: str, prefix: str, suffix: str) -> None:
    found = read_identifier(text)
    assert (found.is_masked, found.mask_prefix, found.mask_suffix, found.canonical) == (True, prefix, suffix, "")
    assert [warning.code for warning in found.warnings] == [ProblemCode.ID_MASKED]
    assert found.problem is None


def test_three_x_inside_a_valid_uscc_are_no_mask() -> None:
    first8 = "TXXXX123"
    first17 = f"91370116{first8}{org_check_character(first8)}"
    code = first17 + uscc_check_character(first17)
    assert read_identifier(code).canonical == code


MISREAD = [
    ("9I370116MA3TEXT184", UNIT, ProblemCode.USCC_CHARACTER, "第2位的I应为1"),
    ("91370116MA3TEXTI84", UNIT, ProblemCode.USCC_CHARACTER, "第16位的I应为1"),
    ("9137O116MA3TEXT184", UNIT, ProblemCode.USCC_CHARACTER, "第5位的O应为0"),
    ("9137O1I6MA3TEXT184", UNIT, ProblemCode.USCC_CHARACTER, "第5位的O应为0、第7位的I应为1"),
    ("91370116MA3TEXT1B4", UNIT, ProblemCode.USCC_CHECKSUM, "第17位的B应为8"),
    ("91370116MA3TEXT148", UNIT, ProblemCode.USCC_CHECKSUM, "若第17、18位颠倒"),
    ("91370116MA3TEXT1V4", UNIT, ProblemCode.USCC_CHARACTER, "请对照营业执照核对"),
    ("37O116199001010018", PERSON, ProblemCode.ID_UNRECOGNISED, "第3位的O应为0"),
    ("37O116199001010018", None, ProblemCode.ID_UNRECOGNISED, "第3位的O应为0"),
    ("37o1l6199001010018", PERSON, ProblemCode.ID_UNRECOGNISED, "第3位的O应为0、第5位的L应为1"),
    ("370116199001010019", PERSON, ProblemCode.ID_CHECKSUM, "只是末位校验码写错"),
    ("370161199001010018", PERSON, ProblemCode.ID_CHECKSUM, "若第5、6位或第16、17位颠倒"),
    ("370116199010010018", PERSON, ProblemCode.ID_CHECKSUM, "若第11、12位或第16、17位颠倒"),
    ("I23456788", UNIT, ProblemCode.ORG_CODE_CHECKSUM, "第1位的I应为1"),
    ("123456878", UNIT, ProblemCode.ORG_CODE_CHECKSUM, "颠倒"),
    ("12345678", UNIT, ProblemCode.ID_LENGTH, "请核对代码"),
    (10000004.0, UNIT, ProblemCode.ID_LENGTH, "开头补1个0"),
    ("37011619900101001", PERSON, ProblemCode.ID_LENGTH, "可能缺末位校验码"),
    ("王某370116199001010018", PERSON, ProblemCode.ID_UNRECOGNISED, "只填一个证件号码"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "kind", "code", "hint"), MISREAD)
def test_a_likely_slip_is_told_by_its_place_and_never_undone(
    value: object, kind: PartyKind | None, code: ProblemCode, hint: str
) -> None:
    found = read_identifier(value, kind=kind, today=TODAY)
    assert found.problem is not None
    assert found.problem.code is code
    assert hint in found.problem.suggestion
    assert found.canonical == ""
    assert not re.search(r"[0-9A-Z]{8}", found.problem.detail + found.problem.suggestion)


@given(st.integers(0, 9_000_000), st.integers(0, 16), st.booleans())
def test_a_letter_for_a_digit_is_found_wherever_it_stands(number: int, place: int, is_unit: bool) -> None:
    right = unit_identifier(number) if is_unit else person_identifier(number)
    letter = {"0": "O", "1": "I", "2": "Z", "5": "S"}.get(right[place])
    if letter is None:
        return
    wrong = right[:place] + letter + right[place + 1 :]
    problem = read_identifier(wrong, kind=UNIT if is_unit else PERSON, today=TODAY).problem
    assert problem is not None
    assert f"第{place + 1}位的{letter}应为{right[place]}" in problem.suggestion


def test_a_birth_in_the_future_or_too_long_ago_is_refused() -> None:
    for born in ("20270101", "18900101"):
        first17 = f"370116{born}000"
        found = read_identifier(first17 + resident_check_character(first17), today=TODAY)
        assert found.problem is not None
        assert found.problem.code in {ProblemCode.ID_BIRTH_DATE, ProblemCode.ID_FLOAT}


def test_an_unknown_area_is_only_a_warning() -> None:
    first17 = "99011619900101000".replace("99", "16", 1)
    found = read_identifier(first17 + resident_check_character(first17))
    assert found.is_full
    assert [warning.code for warning in found.warnings] == [ProblemCode.ID_AREA_UNKNOWN]


def test_no_problem_repeats_a_persons_identifier() -> None:
    for value, kind, _ in BROKEN:
        problem = read_identifier(value, kind=kind, today=TODAY).problem
        assert problem is not None
        if kind is not UNIT:
            assert "3701161990" not in problem.detail + problem.suggestion


def test_persons_are_shown_masked_and_units_in_clear() -> None:
    assert display_mask("370116199001010018", T.RESIDENT_ID) == "370116********0018"
    assert display_mask("91370116MA3TEXT184", T.USCC) == "91370116MA3TEXT184"
    assert display_mask("123456788", T.ORG_CODE) == "123456788"
    assert display_mask("E12345678", T.PASSPORT) == "E1****78"
    assert read_identifier("3701161990****0018").masked_display == "370116********0018"


def test_a_masked_listing_and_a_full_question_share_a_key() -> None:
    full = {key.text for key in identity_keys(PERSON, read_identifier("370116199001010018"), "张三")}
    masked = {key.text for key in identity_keys(PERSON, read_identifier("3701161990****0018"), "张三")}
    short = {key.text for key in identity_keys(PERSON, read_identifier("370116********0018"), "张三")}
    assert full == {"rid:370116199001010018", "mask:3701161990|0018|张三", "mask:370116|0018|张三"}
    assert masked == {"mask:3701161990|0018|张三", "mask:370116|0018|张三"}
    assert short == {"mask:370116|0018|张三"}


def test_a_15_digit_and_an_18_character_identifier_have_the_same_key() -> None:
    old = identity_keys(PERSON, read_identifier("370116900101001", kind=PERSON))
    assert old == identity_keys(PERSON, read_identifier("370116199001010018"))


def test_a_uscc_also_carries_its_organisation_code_as_a_derived_key() -> None:
    keys = identity_keys(UNIT, read_identifier("91370116MA3TEXT184"))
    assert [(key.kind, key.text, key.is_derived) for key in keys] == [
        ("uscc", "uscc:91370116MA3TEXT184", False),
        ("org", "org:MA3TEXT18", True),
    ]
    assert [(key.text, key.is_derived) for key in identity_keys(UNIT, read_identifier("12345678-8"))] == [
        ("org:123456788", False)
    ]


def test_without_a_name_or_enough_visible_characters_a_mask_has_no_key() -> None:
    assert identity_keys(PERSON, read_identifier("3701161990****0018"), "") == []
    assert identity_keys(PERSON, read_identifier("3701****0018"), "张三") == []
    assert identity_keys(PERSON, read_identifier("无"), "张三") == []


@given(st.integers(0, 9_000_000))
def test_synthetic_identifiers_are_valid_and_carry_sequence_code_000(number: int) -> None:
    person = read_identifier(person_identifier(number), today=TODAY)
    assert person.type is T.RESIDENT_ID
    assert person.canonical[14:17] == "000"
    unit = unit_identifier(number)
    assert read_identifier(unit).type is T.USCC
    assert stdnum_uscc.is_valid(unit)


@given(st.text(alphabet=_USCC_ALPHABET, min_size=9, max_size=9), st.from_regex(r"\A9[1-3][1-6][0-9]{5}\Z"))
def test_the_check_character_agrees_with_an_independent_implementation(org: str, head: str) -> None:
    assert uscc_check_character(head + org) == stdnum_uscc.calc_check_digit(head + org)


@given(st.dates(date(1930, 1, 1), date(1999, 12, 31)), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_never_passes(born: date, place: int, other: str) -> None:
    first17 = f"370116{born:%Y%m%d}000"
    right = first17 + resident_check_character(first17)
    wrong = right[:place] + other + right[place + 1 :]
    if wrong != right and (other != "X" or place == 17):
        assert read_identifier(wrong, kind=PERSON, today=TODAY).type in {None, T.USCC}


def test_a_mistyped_person_is_not_taken_for_a_unit_whose_check_fits_by_chance() -> None:
    assert read_identifier("33011619910131000X", kind=UNIT).type is T.USCC
    assert read_identifier("33011619910131000X", kind=PERSON).problem is not None


@given(st.dates(date(1930, 1, 1), date(1999, 12, 31)))
def test_upgrading_15_digits_keeps_every_digit(born: date) -> None:
    old = f"370116{born:%y%m%d}000"
    new = upgrade_15(old)
    assert new[:6] + new[8:17] == old
    assert read_identifier(new).canonical == new


@given(
    st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.text(alphabet="0123456789Xx*-, MAES", max_size=40)),
    st.sampled_from([None, PERSON, UNIT]),
)
def test_reading_never_raises_and_is_idempotent(value: object, kind: PartyKind | None) -> None:
    found = read_identifier(value, kind=kind, today=TODAY)
    if found.canonical:
        again = read_identifier(found.canonical, kind=kind, stated=found.type, today=TODAY)
        assert (again.type, again.canonical, again.repairs) == (found.type, found.canonical, ())
