"""The Laiwu action plan as recorded: complete, repaired, with every disagreement of body and appendix named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CATALOGUE = Path(__file__).resolve().parents[2] / "measures" / "catalogue"

EFFECTS = {
    "restrict",
    "reference",
    "review",
    "terminate",
    "honour",
    "inspect",
    "notify",
    "assist",
    "prosecute",
}
ROLES = {
    "subject",
    "legal_representative",
    "principal",
    "actual_controller",
    "directly_responsible",
}
NAMES_TARGET = {"yes", "no", "unclear"}
DAMAGE = (
    "区场",
    "上区公司",
    "企业上区",
    "直辖区",
    "设区的区",
    "济南区",
    "城区人民政府",
    "区区属监管企业",
    "巳",
    "中报",
    "访助",
)
OWN_BASIS = {"6", "8", "9", "15", "16", "18", "21", "28", "31"}

# Fields that quote the print on purpose, damage and all.
QUOTING = {
    "title_raw",
    "text_raw",
    "units_text",
    "notes",
    "note",
    "source_note",
    "units_conflict",
    "wording_conflict",
}

# A genuine local name that a damage string would also match: the body's own 莱芜区区属 (no. 28).
GENUINE = "莱芜区区属监管企业"


def read(name: str) -> dict[str, Any]:
    content = yaml.safe_load((CATALOGUE / name).read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


LAIWU = read("001_laiwu.yaml")
LAWS: list[dict[str, Any]] = read("laws.yaml")["laws"]
MEASURES: list[dict[str, Any]] = LAIWU["measures"]
BY_NUMBER = {measure["number"]: measure for measure in MEASURES}
BASES = [(measure["number"], basis) for measure in MEASURES for basis in measure["legal_bases"]]


def corrected_text(value: Any) -> Iterator[str]:
    """Every string below `value` that claims to be corrected."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from corrected_text(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in QUOTING:
                yield from corrected_text(item)


def provision(law_key: str, label: str) -> dict[str, Any]:
    law = next(law for law in LAWS if law["key"] == law_key)
    found: dict[str, Any] = next(p for p in law["provisions"] if p["label"] == label)
    return found


def test_the_plan_holds_36_measures_numbered_1_to_36() -> None:
    assert [measure["number"] for measure in MEASURES] == [str(n) for n in range(1, 37)]
    assert all(measure["item"] == measure["number"] and measure["category"] == "" for measure in MEASURES)


def test_the_body_holds_35_measures_and_lacks_only_number_10() -> None:
    assert [m["number"] for m in MEASURES if not m["in_body"]] == ["10"]
    assert BY_NUMBER["10"]["units"] == []
    assert BY_NUMBER["10"]["units_text"] == ""


def test_the_appendix_holds_all_36_measures_each_with_title_and_units() -> None:
    assert sum(m["in_appendix"] for m in MEASURES) == 36
    assert all(m["appendix"]["title"] and m["appendix"]["units"] for m in MEASURES)
    assert BY_NUMBER["10"]["appendix"]["units"] == ["莱芜海关"]


def test_codes_are_given_to_every_measure_and_to_one_only() -> None:
    codes = [m["code"] for m in MEASURES]
    assert all(codes)
    assert len(set(codes)) == 36


def test_no_corrected_field_keeps_scanning_damage() -> None:
    for text in [
        *corrected_text(LAIWU["document"]),
        *corrected_text(MEASURES),
        *corrected_text(LAWS),
    ]:
        shown = text.replace(GENUINE, "")
        assert not [damage for damage in DAMAGE if damage in shown], text


def test_titles_carry_no_number_full_stop_blank_or_stray_quote() -> None:
    for m in MEASURES:
        for title in (m["title"], m["appendix"]["title"]):
            assert not title.endswith("。")
            assert not title[0].isdigit()
            assert " " not in title
            assert ";" not in title
            assert title.count("《") == title.count("》")
            assert title.count("“") == title.count("”")


def test_a_raw_title_is_kept_only_where_the_print_differs() -> None:
    assert {m["number"] for m in MEASURES if "title_raw" in m} == {
        "14",
        "17",
        "18",
        "28",
    }
    assert {m["number"] for m in MEASURES if "title_raw" in m["appendix"]} == {
        "2",
        "3",
        "4",
        "22",
        "28",
        "31",
        "33",
    }
    assert all(m["title_raw"] != m["title"] for m in MEASURES if "title_raw" in m)
    assert "中报" in BY_NUMBER["14"]["title_raw"]
    assert "l7" in BY_NUMBER["17"]["title_raw"]


def test_units_disagree_on_exactly_eight_rows_and_each_is_explained() -> None:
    differing = {
        m["number"]
        for m in MEASURES
        if m["in_body"]
        and (m["units"], m["units_open_ended"]) != (m["appendix"]["units"], m["appendix"]["units_open_ended"])
    }
    assert differing == {"1", "11", "12", "13", "24", "30", "34", "35"}
    assert differing == {m["number"] for m in MEASURES if m["units_conflict"]}


def test_wording_disagrees_on_exactly_three_rows_and_each_is_explained() -> None:
    differing = {m["number"] for m in MEASURES if m["in_body"] and m["title"] != m["appendix"]["title"]}
    assert differing == {"14", "15", "28"}
    assert differing == {m["number"] for m in MEASURES if m["wording_conflict"]}


def test_open_unit_lists_are_those_printed_with_other_departments() -> None:
    for m in MEASURES:
        if m["in_body"]:
            assert m["units_open_ended"] == ("等区直有关部门" in m["units_text"])
        assert m["appendix"]["units_open_ended"] == ("等区直有关部门" in m["appendix"]["units_text"])
    assert {m["number"] for m in MEASURES if m["units_open_ended"]} == {
        "4",
        "5",
        "7",
        "32",
        "34",
        "35",
    }


def test_units_stand_in_printed_order() -> None:
    for m in MEASURES:
        for units, printed in (
            (m["units"], m["units_text"]),
            (m["appendix"]["units"], m["appendix"]["units_text"]),
        ):
            places = [printed.find(unit.removesuffix("局")) for unit in units]
            assert -1 not in places
            assert places == sorted(places)


def test_effects_roles_and_kinds_come_from_the_fixed_sets() -> None:
    for m in MEASURES:
        assert m["effect"] in EFFECTS
        assert all(part["effect"] in EFFECTS for part in m["parts"])
        assert m["reaches"]
        assert set(m["reaches"]) <= ROLES
        assert m["party_kinds"]
        assert set(m["party_kinds"]) <= {"person", "unit"}


@pytest.mark.parametrize(
    ("effect", "numbers"),
    [
        ("reference", {"19"}),
        ("review", {"12"}),
        ("terminate", {"2", "15", "16", "18", "28"}),
        ("honour", {"29", "30"}),
        ("inspect", {"34"}),
        ("notify", {"33"}),
        ("assist", {"35"}),
        ("prosecute", {"36"}),
    ],
)
def test_each_effect_other_than_restriction_covers_the_measures_that_say_so(effect: str, numbers: set[str]) -> None:
    assert {m["number"] for m in MEASURES if m["effect"] == effect} == numbers


def test_mixed_measures_are_split_along_their_own_words() -> None:
    split = {m["number"]: m["parts"] for m in MEASURES if m["parts"]}
    assert set(split) == {"5", "17", "28", "33"}
    for number in ("17", "28", "33"):
        assert all(part["text"] in BY_NUMBER[number]["title"] for part in split[number])
    # The object of no. 5 is shared by its verbs and repeated in each part.
    assert all(part["text"].endswith("政策性资金、政府补贴性资金和社会保障资金支持") for part in split["5"])
    assert all(m["effect"] in {part["effect"] for part in m["parts"]} for m in MEASURES if m["parts"])


def test_honours_reach_the_people_the_wording_names() -> None:
    officers = ["legal_representative", "principal", "directly_responsible"]
    assert BY_NUMBER["29"]["reaches"] == ["subject", *officers]
    assert BY_NUMBER["30"]["reaches"] == officers
    extended = {m["number"] for m in MEASURES if m["reaches"] != ["subject"]}
    assert extended == {"28", "29", "30"}


def test_measures_beyond_the_central_policy_need_their_own_basis() -> None:
    marked = {m["number"] for m in MEASURES if m["needs_own_basis"]}
    assert marked == OWN_BASIS
    assert not [n for n, basis in BASES if n in marked and basis["names_target"] == "yes"]


def test_law_keys_are_unique_and_every_reference_is_known() -> None:
    keys = [law["key"] for law in LAWS]
    assert len(keys) == len(set(keys))
    cited = {basis["law"] for _, basis in BASES} | set(LAIWU["document"]["cites"])
    assert cited <= set(keys)
    preambles = {
        "zhongbanfa-2016-64",
        "jifagai-2018-3",
        "guofa-2016-33",
        "mou-2016-141",
        "jizhengzi-2017-35",
    }
    assert preambles <= set(keys)


def test_every_cited_article_and_section_is_a_known_provision() -> None:
    for number, basis in BASES:
        labels = [*basis["articles"], *basis["sections"]]
        assert labels, number
        assert all(provision(basis["law"], label) for label in labels)


def test_every_measure_has_a_basis_in_its_appendix_row() -> None:
    assert all(m["legal_bases"] for m in MEASURES)


def test_each_basis_is_summed_up_briefly_and_judged() -> None:
    # At most 60 characters: a summary can then hold no longer stretch copied from the statute.
    for number, basis in BASES:
        assert 8 <= len(basis["says"]) <= 60, (number, basis["says"])
        assert basis["names_target"] in NAMES_TARGET


def test_only_these_measures_rest_on_a_text_that_names_defaulters() -> None:
    named = {number for number, basis in BASES if basis["names_target"] == "yes"}
    assert named == {"3", "10", "13", "14", "20", "22", "25", "27", "35", "36"}


def test_good_repute_in_procurement_law_does_not_name_defaulters() -> None:
    assert [basis["names_target"] for number, basis in BASES if number == "4"] == [
        "unclear",
        "unclear",
    ]


def test_a_provision_says_whether_it_lapsed_and_what_followed() -> None:
    for law in LAWS:
        for p in law["provisions"]:
            assert isinstance(p["lapsed"], bool), (law["key"], p["label"])
            assert ("successor_names_target" in p) == bool(p["successor"]), (
                law["key"],
                p["label"],
            )
            assert p.get("successor_names_target", "no") in NAMES_TARGET
            if p["valid_to"] is not None or law["in_force_to"] is not None:
                assert p["lapsed"], (law["key"], p["label"])


@pytest.mark.parametrize(
    ("law", "label", "successor"),
    [
        ("civil-procedure-law", "第二百四十二条", "第二百五十三条"),
        ("civil-procedure-law", "第二百四十四条", "第二百五十五条"),
        ("civil-procedure-law", "第二百五十一条", "第二百六十二条"),
        ("civil-procedure-law", "第二百五十五条", "第二百六十六条"),
        ("civil-procedure-law", "第一百一十一条", "第一百一十四条"),
        ("civil-procedure-law", "第一百一十四条", "第一百一十七条"),
        ("cpl-interpretation", "第四百八十五条", "第四百八十三条"),
        ("cpl-interpretation", "第五百一十八条", "第五百一十六条"),
        ("civil-servant-law", "第十二条", "第十四条"),
        ("civil-servant-law", "第二十四条", "第二十六条第（四）项"),
        ("civil-servant-law", "第三十三条", "第三十五条"),
    ],
)
def test_renumbered_articles_lead_to_their_present_number(law: str, label: str, successor: str) -> None:
    found = provision(law, label)
    assert found["lapsed"] is True
    assert found["successor"] == successor


def test_general_customs_certification_lapsed_without_successor() -> None:
    gone = [(law["key"], p["label"]) for law in LAWS for p in law["provisions"] if p["lapsed"] and not p["successor"]]
    assert gone == [("customs-general-certification", "（九）20")]


def test_document_numbers_printed_in_the_appendix_are_kept() -> None:
    numbers = {law["document_number"] for law in LAWS}
    printed = (
        "国发〔2014〕21号",
        "法发〔2004〕5号",
        "国科发火〔2016〕32号",
        "鲁政办发〔2015〕34号",
        "济国资办〔2016〕7号",
        "中央编办发〔2014〕4号",
        "国家林业局令第35号",
    )
    assert set(printed) <= numbers
