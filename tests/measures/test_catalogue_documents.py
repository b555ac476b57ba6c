"""The catalogues of Huaiyin, Fujian, Lixia and Zhanjiang hold what their documents print, item by item.

Expected values are transcribed by hand from the four documents and from the unified table of measures (codes A01 to
H05); nothing here is derived from the YAML files it judges.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

CATALOGUE = Path(__file__).resolve().parents[2] / "measures" / "catalogue"
HUAIYIN, FUJIAN, LIXIA, ZHANJIANG = "000_huaiyin", "002_fujian", "003_lixia", "004_zhanjiang"
DOCUMENTS = (HUAIYIN, FUJIAN, LIXIA, ZHANJIANG)

EFFECTS = {"restrict", "reference", "review", "terminate", "honour", "inspect", "notify", "assist", "prosecute"}
FOUR_ROLES = {"legal_representative", "principal", "actual_controller", "directly_responsible"}
LISTED_ROLES = {"subject"} | FOUR_ROLES
APPLICANT_ROLES = {"legal_representative", "principal", "actual_controller", "director", "supervisor", "senior_manager"}

FIELDS = {
    *("number", "category", "category_title", "item", "code", "title", "effect", "parts", "reaches", "considers"),
    *("party_kinds", "honour_after_listing_only", "incentive", "needs_own_basis", "units", "units_open_ended"),
    *("units_text", "in_body", "in_appendix", "units_conflict", "wording_conflict", "notes", "legal_bases"),
}
OPTIONAL_FIELDS = {"title_raw", "text", "text_raw", "also_codes", "number_assigned"}

# The unified table: code, Huaiyin, Fujian, Zhanjiang; "-" where the document has no such measure.
# Mentions in brackets (B03 and G08 for Fujian and Zhanjiang) are no items and stand as "-".
TABLE = """
A01 1  一1 一1
A02 -  一2 一2
A03 -  一3 -
A04 2  一4 一3
A05 -  一5 -
A06 3  一6 一4
A07 4  一7 一5
A08 6  -   -
A09 7  一8 -
A10 -  一9 -
A11 8  -   -
A12 9  -   -
A13 15 -   -
A14 -  -   -
A15 -  -   -
B01 5  二1 二1
B02 14 二2 二2
B03 16 -   -
C01 19 三1 三1
C02 22 三2 三2
C03 20 三3 三3
C04 21 三4 三4
C05 23 三5 三5
C06 -  三6 三6
C07 -  三7 三7
C08 -  三8 三8
C09 -  -   -
D01 -  四1 四1
D02 10 四2 四2
D03 11 四3 四3
E01 24 五1 五1
E02 25 -   -
E03 26 -   -
E04 27 -   -
E05 -  五2 五2
E06 28 五3 五3
F01 12 六1 六1
F02 13 六2 六2
F03 -  六3 -
F04 -  六4 六3
G01 -  七1 七1
G02 -  七2 七2
G03 -  七2 七3
G04 -  七3 七4
G05 18 七4 七5
G06 -  七5 七6
G07 -  七6 七7
G08 -  -   -
H01 17 八  八
H02 30 八,九1,九2,九3 八
H03 29 十  九
H04 31 十一 十
H05 -  十二 十一
"""

PRINTED_NUMBERS = {
    HUAIYIN: " ".join(str(number) for number in range(1, 32)),
    FUJIAN: """
        一1 一2 一3 一4 一5 一6 一7 一8 一9 二1 二2 三1 三2 三3 三4 三5 三6 三7 三8 四1 四2 四3
        五1 五2 五3 六1 六2 六3 六4 七1 七2 七3 七4 七5 七6 八 九1 九2 九3 十 十一 十二
    """,
    LIXIA: """
        三（二）1 三（二）2 三（三）1 三（三）2 四（二）1 四（二）2 四（二）3 四（二）4 四（二）5
        四（二）6 四（二）7 四（二）8 四（二）9 四（二）10
    """,
    ZHANJIANG: """
        一1 一2 一3 一4 一5 二1 二2 三1 三2 三3 三4 三5 三6 三7 三8 四1 四2 四3
        五1 五2 五3 六1 六2 六3 七1 七2 七3 七4 七5 七6 七7 八 九 十 十一
    """,
}
NUMBERS = {name: numbers.split() for name, numbers in PRINTED_NUMBERS.items()}

# Main effects other than "restrict", which is what every measure not named here orders.
OTHER_EFFECTS = {
    HUAIYIN: {
        "terminate": "2 15",
        "inspect": "29",
        "review": "11",
        "reference": "16",
        "honour": "24 25",
        "notify": "28",
        "assist": "30",
        "prosecute": "31",
    },
    FUJIAN: {
        "reference": "一3 一5 二2 三6 三8",
        "terminate": "一4",
        "honour": "五1",
        "review": "五3",
        "assist": "八 九1 九2 九3",
        "inspect": "十",
        "prosecute": "十一",
        "notify": "十二",
    },
    LIXIA: {
        "reference": "三（二）1 三（二）2 三（三）1 三（三）2",
        "inspect": "四（二）1",
        "review": "四（二）2 四（二）3",
        "honour": "四（二）9",
    },
    ZHANJIANG: {
        "terminate": "一3",
        "reference": "二2 三6 三8",
        "honour": "五1",
        "review": "五3",
        "assist": "八",
        "inspect": "九",
        "prosecute": "十",
        "notify": "十一",
    },
}

OPEN_ENDED = {
    HUAIYIN: "4 5 7 27 29 30",
    FUJIAN: "",
    LIXIA: "三（三）1 三（三）2 " + " ".join(f"四（二）{item}" for item in range(1, 11)),
    ZHANJIANG: "九 十一",
}

NEEDS_OWN_BASIS = {
    HUAIYIN: "6 8 9 15 26",
    FUJIAN: "一9",
    LIXIA: " ".join(f"四（二）{item}" for item in range(1, 11)),
    ZHANJIANG: "",
}

REACHES_THE_FOUR_ROLES = {
    HUAIYIN: "",
    FUJIAN: "一9 三1 三7 六1 七1 七2 七3 七4 七5 七6",
    LIXIA: "",
    ZHANJIANG: "六1 七1 七2 七3 七4 七5 七6 七7",
}

PERSONS_ONLY = {
    HUAIYIN: "17 18 19 20 21 22 23",
    FUJIAN: "三2 三3 三4 三5 三6 三8 九2 九3",
    LIXIA: "",
    ZHANJIANG: "三1 三2 三3 三4 三5 三6 三7 三8",
}
UNITS_ONLY = {
    HUAIYIN: "9 11 16 24 25 28",
    FUJIAN: "一2 一3 一5 四3",
    LIXIA: "四（二）8 四（二）9 四（二）10",
    ZHANJIANG: "一2 四3",
}

# (document, number, field): the damage as received, the repair
REPAIRS = {
    (HUAIYIN, "13", "title"): ("限制其中报重点", "限制其申报重点"),
    (HUAIYIN, "15", "title"): ("收回巳配置", "收回已配置"),
    (HUAIYIN, "24", "title"): ("已 获得荣誉称号", "已获得荣誉称号"),
    (FUJIAN, "二2", "text"): ("政策支持的应用时", "政策支持的申请时"),
    (FUJIAN, "九2", "text"): ("协调查询失信被执行人", "协助查询失信被执行人"),
    (ZHANJIANG, "八", "text"): ("扣押失信执行人名下", "扣押失信被执行人名下"),
}

HUAIYIN_UNITS = {
    "1": "区行政审批局",
    "2": "区财政局",
    "3": "区民政局",
    "4": "区财政局",
    "5": "区财政局",
    "6": "区城乡水务局",
    "7": "区发改局 区住建局 区城乡交通运输局 区城乡水务局 区经济和信息化局",
    "8": "区科技局",
    "9": "区科技局",
    "10": "区市场监管局 区经济和信息化局",
    "11": "区住建局",
    "12": "区住建局",
    "13": "区自然资源局",
    "14": "区发改局",
    "15": "区发改局",
    "16": "区税务局",
    "17": "区公安分局",
    "18": "区教育局",
    "19": "区发改局",
    "20": "区行政审批局",
    "21": "区民政局",
    "22": "区委编办",
    "23": "区委组织部 区人力资源社会保障局",
    "24": "区文明办",
    "25": "区民政局",
    "26": "区财政局",
    "27": "区司法局 区农业局 区财政局",
    "28": "区金融事业发展中心",
    "29": "区住建局 区城管局 区环保局 区农业局 区卫健局 区市场监管局",
    "30": "区公安分局 区民政局 区司法局 区住建局 区财政局",
    "31": "区公安分局 区法院 区检察院",
}

ZHANJIANG_UNITS = {
    "一1": "湛江银保监分局 市金融工作局 人民银行湛江市中心支行 市市场监管局",
    "一2": "湛江银保监分局",
    "一3": "市财政局 市国资委",
    "一4": "市民政局",
    "一5": "市发改局 市财政局 市公共资源交易中心",
    "二1": "市发改局 市民政局 市财政局 市人社局",
    "二2": "市发改局 市财政局 市商务局 市国资委 市科技局 市工信局 市税务局 湛江海关",
    "三1": "市委组织部 市国资委",
    "三2": "市委组织部 市委编办",
    "三3": "湛江银保监分局 市金融工作局 人民银行湛江市中心支行 市财政局 市市场监管局",
    "三4": "市民政局",
    "三5": "市委组织部 市人社局",
    "三6": "市委组织部 市直属机关工委",
    "三7": "市各级人大办公室 市政协办公室 市委组织部 市中级人民法院",
    "三8": "湛江军分区",
    "四1": "湛江海关",
    "四2": "市市场监管局 市工信局 市应急管理局",
    "四3": "市住建局",
    "五1": "市委宣传部 市文明办 市民政局 市总工会",
    "五2": "市司法局",
    "五3": "人民银行湛江市中心支行 市金融工作局",
    "六1": "市公共资源交易中心 市国资委 市自然资源局 市住建局 市财政局",
    "六2": "市自然资源局 市发改局",
    "六3": "市自然资源局 市农业农村局 市水务局 市发改局",
    "七1": "市中级人民法院",
    "七2": "市文广旅体局 市商务局 市公安局",
    "七3": "市公安局 市文广旅体局",
    "七4": "市公安局 市文广旅体局",
    "七5": "市教育局",
    "七6": "湛江银保监分局",
    "七7": "市住建局 市发改局 市自然资源局 市市场监管局",
    "八": "市公安局 市中级人民法院",
    "九": "市市场监管局",
    "十": "市中级人民法院 市检察院 市公安局",
    "十一": "市中级人民法院",
}


@cache
def load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CATALOGUE / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def measures(name: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = load(name)["measures"]
    return listed


def measure(name: str, number: str) -> dict[str, Any]:
    return next(entry for entry in measures(name) if entry["number"] == number)


def numbers_where(name: str, field: str, value: object) -> set[str]:
    return {entry["number"] for entry in measures(name) if entry[field] == value}


def corrected_strings(value: object) -> Iterator[str]:
    """Every string meant to be read as repaired: all but raw wordings and notes, which quote the damage."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from corrected_strings(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key != "notes" and not key.endswith("_raw"):
                yield from corrected_strings(entry)


def table_codes(column: int) -> dict[str, set[str]]:
    """Number of the measure to its codes, for one column of the unified table."""
    codes: dict[str, set[str]] = {}
    for row in TABLE.split("\n"):
        if row:
            cells = row.split()
            for number in cells[column].split(","):
                if number != "-":
                    codes.setdefault(number, set()).add(cells[0])
    return codes


@pytest.mark.parametrize(("name", "count"), [(HUAIYIN, 31), (FUJIAN, 38 + 4), (LIXIA, 4 + 10), (ZHANJIANG, 31 + 4)])
def test_every_measure_stands_once_and_in_the_order_of_its_document(name: str, count: int) -> None:
    assert len(measures(name)) == count
    assert [entry["number"] for entry in measures(name)] == NUMBERS[name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_measure_has_all_fields_and_only_known_ones(name: str) -> None:
    for entry in measures(name):
        assert FIELDS <= entry.keys() <= FIELDS | OPTIONAL_FIELDS, entry["number"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_number_is_its_category_and_its_item(name: str) -> None:
    for entry in measures(name):
        assert entry["number"] == entry["category"] + entry["item"]
        assert bool(entry["category"]) == bool(entry["category_title"])


@pytest.mark.parametrize(
    ("name", "items_per_category"),
    [
        (HUAIYIN, {"": 31}),
        (
            FUJIAN,
            {
                "一": 9,
                "二": 2,
                "三": 8,
                "四": 3,
                "五": 3,
                "六": 4,
                "七": 6,
                "八": 1,
                "九": 3,
                "十": 1,
                "十一": 1,
                "十二": 1,
            },
        ),
        (
            ZHANJIANG,
            {"一": 5, "二": 2, "三": 8, "四": 3, "五": 3, "六": 3, "七": 7, "八": 1, "九": 1, "十": 1, "十一": 1},
        ),
        (LIXIA, {"三（二）": 2, "三（三）": 2, "四（二）": 10}),
    ],
)
def test_each_category_holds_as_many_items_as_printed(name: str, items_per_category: dict[str, int]) -> None:
    assert Counter(entry["category"] for entry in measures(name)) == items_per_category


@pytest.mark.parametrize(("name", "bare"), [(FUJIAN, "八 十 十一 十二"), (ZHANJIANG, "八 九 十 十一")])
def test_a_category_without_items_is_itself_the_measure(name: str, bare: str) -> None:
    assert numbers_where(name, "item", "") == set(bare.split())
    for number in bare.split():
        assert measure(name, number)["title"] == measure(name, number)["category_title"]


@pytest.mark.parametrize(
    ("name", "number", "region", "day", "since", "cites"),
    [
        (HUAIYIN, "济槐信用办〔2020〕4号", "370104", None, date(2020, 1, 1), ["zhongbanfa-2016-64", "jifagai-2018-3"]),
        (
            FUJIAN,
            "榕发改信用〔2017〕6号",
            "350000",
            date(2017, 2, 28),
            date(2017, 2, 28),
            ["zhongbanfa-2016-64", "guofa-2016-33", "mou-2016-141"],
        ),
        (LIXIA, "历下信用办〔2020〕4号", "370102", date(2020, 11, 12), date(2020, 11, 12), ["jizhengzi-2017-35"]),
        (ZHANJIANG, "湛委办发电〔2019〕25号", "440800", date(2019, 10, 24), date(2019, 10, 24), ["zhongbanfa-2016-64"]),
    ],
)
def test_a_document_names_its_number_region_day_and_bases(
    name: str, number: str, region: str, day: date | None, since: date, cites: list[str]
) -> None:
    document = load(name)["document"]
    assert (document["doc_number"], document["region"], document["date"]) == (number, region, day)
    assert (document["in_force_from"], document["in_force_to"], document["cites"]) == (since, None, cites)
    assert document["source"] == name[:3]
    assert all(document[field] for field in ("title", "issuer", "target", "feedback_route", "notes"))


def test_a_plan_without_a_printed_day_says_so() -> None:
    assert load(HUAIYIN)["document"]["date_text"] == "2020年（文中无月日）"


def test_the_provincial_opinion_names_the_city_that_forwarded_it() -> None:
    document = load(FUJIAN)["document"]
    assert document["forwarded_region"] == "350100"
    assert document["forwarded_by"] == "福州市社会信用体系建设领导小组办公室"


@pytest.mark.parametrize(("name", "column"), [(HUAIYIN, 1), (FUJIAN, 2), (ZHANJIANG, 3)])
def test_every_measure_has_exactly_the_codes_of_the_unified_table(name: str, column: int) -> None:
    assigned = {entry["number"]: {entry["code"], *entry.get("also_codes", [])} for entry in measures(name)}
    assert assigned == table_codes(column)


def test_only_three_measures_carry_a_second_code() -> None:
    second = {(name, m["number"]): m["also_codes"] for name in DOCUMENTS for m in measures(name) if "also_codes" in m}
    assert second == {(FUJIAN, "七2"): ["G03"], (FUJIAN, "八"): ["H01"], (ZHANJIANG, "八"): ["H01"]}


def test_lixia_shares_only_the_concession_code() -> None:
    assert {m["number"]: m["code"] for m in measures(LIXIA) if m["code"]} == {"四（二）7": "A08"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_measure_has_the_main_effect_its_wording_orders(name: str) -> None:
    expected = dict.fromkeys(NUMBERS[name], "restrict")
    for effect, numbers in OTHER_EFFECTS[name].items():
        expected.update(dict.fromkeys(numbers.split(), effect))
    assert {entry["number"]: entry["effect"] for entry in measures(name)} == expected


@pytest.mark.parametrize("name", DOCUMENTS)
def test_parts_quote_the_wording_and_hold_the_main_effect(name: str) -> None:
    for entry in measures(name):
        if entry["parts"]:
            effects = [part["effect"] for part in entry["parts"]]
            assert entry["effect"] in effects, entry["number"]
            assert len(set(effects)) > 1, entry["number"]
            assert set(effects) <= EFFECTS, entry["number"]
            for part in entry["parts"]:
                assert part["text"] in entry.get("text", entry["title"]), entry["number"]


@pytest.mark.parametrize(
    ("name", "number", "referred"),
    [
        (FUJIAN, "一1", "银行业金融机构"),
        (ZHANJIANG, "一1", "银行业金融机构"),
        (FUJIAN, "一6", "审批登记的参考"),
        (ZHANJIANG, "一4", "审批登记的参考"),
        (FUJIAN, "三5", "晋职晋级的参考"),
        (ZHANJIANG, "三5", "晋职晋级的参考"),
        (FUJIAN, "五1", "文明城市测评"),
        (HUAIYIN, "28", "重要参考依据"),
    ],
)
def test_what_is_only_reference_is_kept_apart_from_what_is_ordered(name: str, number: str, referred: str) -> None:
    parts = measure(name, number)["parts"]
    assert {part["effect"] for part in parts if referred in part["text"]} == {"reference"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_open_ended_unit_lists_are_flagged_where_the_document_prints_them(name: str) -> None:
    assert numbers_where(name, "units_open_ended", True) == set(OPEN_ENDED[name].split())
    for entry in measures(name):
        wording = entry["units_text"].replace("市各级人大办公室", "")
        assert entry["units_open_ended"] == bool(re.search("等|各|成员单位", wording)), entry["number"]


@pytest.mark.parametrize(("name", "printed"), [(HUAIYIN, HUAIYIN_UNITS), (ZHANJIANG, ZHANJIANG_UNITS)])
def test_units_stand_as_printed_and_in_order(name: str, printed: dict[str, str]) -> None:
    assert {entry["number"]: entry["units"] for entry in measures(name)} == {
        number: units.split() for number, units in printed.items()
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_wording_of_a_unit_list_starts_with_its_units(name: str) -> None:
    for entry in measures(name):
        assert entry["units_text"].startswith("、".join(entry["units"])), entry["number"]


def test_fujian_prints_no_units() -> None:
    assert all((m["units"], m["units_text"]) == ([], "") for m in measures(FUJIAN))
    assert any("没有逐项列出责任单位" in note for note in load(FUJIAN)["document"]["notes"])


def test_lixia_names_a_single_unit_only_for_the_licensing_incentives() -> None:
    named = {m["number"]: m["units"] for m in measures(LIXIA) if m["units"]}
    assert named == {"三（二）1": ["区行政审批局"], "三（二）2": ["区行政审批局"]}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_scanning_damage_is_left_in_repaired_wording(name: str) -> None:
    for wording in corrected_strings(load(name)):
        assert not re.search(r"中报|巳|L4|l7|访助|失信执行人|协调查询|应用时|\s|[．()*#]", wording), wording


def test_raw_wording_is_kept_exactly_where_something_was_repaired() -> None:
    kept = {
        (name, entry["number"], field.removesuffix("_raw"))
        for name in DOCUMENTS
        for entry in measures(name)
        for field in entry
        if field.endswith("_raw")
    }
    assert kept == REPAIRS.keys()


@pytest.mark.parametrize(("place", "change"), REPAIRS.items())
def test_a_repair_changes_the_damaged_words_and_nothing_else(
    place: tuple[str, str, str], change: tuple[str, str]
) -> None:
    name, number, field = place
    entry = measure(name, number)
    damaged, repaired = change
    assert entry[f"{field}_raw"].count(damaged) == 1
    assert entry[f"{field}_raw"].replace(damaged, repaired) == entry[field]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_titles_end_without_a_full_stop_or_a_bracket_of_units(name: str) -> None:
    for entry in measures(name):
        assert re.search("[^。；]$", entry["title"]), entry["number"]
        assert "责任单位" not in entry["title"], entry["number"]


@pytest.mark.parametrize("name", [FUJIAN, LIXIA, ZHANJIANG])
def test_items_longer_than_a_title_carry_their_full_wording(name: str) -> None:
    for entry in measures(name):
        assert re.search("[。；]$", entry["text"]), entry["number"]
        assert "责任单位" not in entry["text"], entry["number"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_measures_without_a_basis_of_their_own_are_marked(name: str) -> None:
    assert numbers_where(name, "needs_own_basis", True) == set(NEEDS_OWN_BASIS[name].split())
    assert all(entry["legal_bases"] == [] for entry in measures(name))


@pytest.mark.parametrize("name", [HUAIYIN, FUJIAN, ZHANJIANG])
def test_the_four_roles_are_reached_only_where_the_wording_names_them(name: str) -> None:
    reached = {m["number"] for m in measures(name) if set(m["reaches"]) == LISTED_ROLES}
    assert reached == set(REACHES_THE_FOUR_ROLES[name].split())
    others = {m["number"]: m["reaches"] for m in measures(name) if m["number"] not in reached}
    exceptions = {number: reaches for number, reaches in others.items() if reaches != ["subject"]}
    people = ["legal_representative", "principal", "directly_responsible"]
    assert exceptions == ({"24": ["subject", *people], "25": people} if name == HUAIYIN else {})


def test_lixia_reaches_the_people_of_a_unit_only_in_bans_and_honours() -> None:
    people = {m["number"] for m in measures(LIXIA) if "legal_representative" in m["reaches"]}
    assert people == {"四（二）8", "四（二）9", "四（二）10"}
    assert all("actual_controller" not in m["reaches"] for m in measures(LIXIA))


@pytest.mark.parametrize(
    ("name", "without_principal", "with_principal"),
    [
        (HUAIYIN, set(), set()),
        (FUJIAN, {"二2", "五1"}, {"五3", "十"}),
        (LIXIA, set(), set()),
        (ZHANJIANG, {"二2", "五1"}, {"五3", "九"}),
    ],
)
def test_the_people_of_an_applicant_are_looked_up_where_the_wording_says(
    name: str, without_principal: set[str], with_principal: set[str]
) -> None:
    looked_up = {m["number"]: set(m["considers"]) for m in measures(name) if m["considers"]}
    assert looked_up == {
        **dict.fromkeys(without_principal, APPLICANT_ROLES - {"principal"}),
        **dict.fromkeys(with_principal, APPLICANT_ROLES),
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_kind_of_listed_party_follows_the_wording(name: str) -> None:
    assert numbers_where(name, "party_kinds", ["person"]) == set(PERSONS_ONLY[name].split())
    assert numbers_where(name, "party_kinds", ["unit"]) == set(UNITS_ONLY[name].split())
    both = set(NUMBERS[name]) - set(PERSONS_ONLY[name].split()) - set(UNITS_ONLY[name].split())
    assert numbers_where(name, "party_kinds", ["person", "unit"]) == both


def test_only_fujian_and_zhanjiang_spare_honours_won_before_listing() -> None:
    spared = {(name, number) for name in DOCUMENTS for number in numbers_where(name, "honour_after_listing_only", True)}
    assert spared == {(FUJIAN, "五1"), (ZHANJIANG, "五1")}


def test_incentives_reach_nobody_on_the_list_and_stand_only_in_lixia() -> None:
    incentives = {(name, number) for name in DOCUMENTS for number in numbers_where(name, "incentive", True)}
    assert incentives == {(LIXIA, f"三（{part}）{item}") for part in "二三" for item in (1, 2)}
    assert all((m["reaches"] == []) == m["incentive"] for name in DOCUMENTS for m in measures(name))


def test_lixia_owns_up_to_numbers_it_did_not_print() -> None:
    assert all(m["number_assigned"] is True for m in measures(LIXIA))
    assert any("没有给各项措施编号" in note for note in load(LIXIA)["document"]["notes"])
    assert not any("number_assigned" in m for name in (HUAIYIN, FUJIAN, ZHANJIANG) for m in measures(name))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_without_appendix_has_its_measures_in_the_body(name: str) -> None:
    for entry in measures(name):
        assert (entry["in_body"], entry["in_appendix"], entry["units_conflict"]) == (True, False, "")
