"""Folding, former names, placeholders, sort keys (domain.md §2.6 items 10-13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.names import fold, looks_like_unit, pinyin_key, read_name


@pytest.mark.parametrize("dot", ["·", "•", "・", "‧", "．", ".", "‐", " ", "", "\u3000", "･"])
def test_every_middle_dot_and_none_fold_to_one_name(dot: str) -> None:
    assert fold(f"买买提{dot}艾力") == fold("买买提·艾力")


@pytest.mark.parametrize("dot", ["•", "・", "‧", "．", ".", "‐", " · "])
def test_a_middle_dot_is_shown_as_the_common_one(dot: str) -> None:
    assert read_name(f"买买提{dot}艾力").display == "买买提·艾力"


@pytest.mark.parametrize(
    ("left", "right"),
    [("黃伟", "黄伟"), ("陳伟", "陈伟"), ("呂伟", "吕伟"), ("髙伟", "高伟"), ("甲（集团）公司", "甲(集团)公司"),
     ("ＡＢＣ公司", "abc公司"), ("張 三", "张三"), ("甲公司等", "甲公司"), ("甲有限公司（原名：乙厂）", "甲有限公司"),
     ("甲〔集团〕公司", "甲（集团）公司"), ("張三\u200b", "张三")],
)  # fmt: skip
def test_variants_fold_to_one_name(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("甲有限公司", "甲有限责任公司"), ("王等", "王"), ("李乾", "李干"), ("张三", "张三丰"), ("甲公司", "甲分公司")],
)
def test_different_names_stay_different(left: str, right: str) -> None:
    assert fold(left) != fold(right)


@pytest.mark.parametrize(
    ("text", "name", "aliases"),
    [
        ("甲公司（原名：乙公司）", "甲公司", ("乙公司",)),
        ("甲公司(曾用名乙公司)", "甲公司", ("乙公司",)),
        ("甲公司（原济南乙厂）", "甲公司", ("济南乙厂",)),
        ("张三，曾用名：张四", "张三", ("张四",)),
        ("平原县（原）公司", "平原县（原）公司", ()),
        ("甲（集团）公司", "甲（集团）公司", ()),
    ],
)
def test_former_names_are_split_off(text: str, name: str, aliases: tuple[str, ...]) -> None:
    found = read_name(text)
    assert (found.display, found.aliases) == (name, aliases)


@pytest.mark.parametrize("text", ["张?", "李□", "王〓", "赵\ue123", "钱\ufffd", "孙？明"])
def test_placeholders_are_noticed(text: str) -> None:
    assert read_name(text).has_placeholder


def test_rare_characters_are_no_placeholders() -> None:
    assert not read_name("𠮷田𬭎").has_placeholder
    assert fold("𠮷") == "𠮷"


def test_masked_names_are_noticed() -> None:
    assert read_name("张*").is_masked
    assert not read_name("张三").is_masked


@pytest.mark.parametrize(("name", "is_unit"), [("甲有限公司", True), ("乙村民委员会", True), ("丙经营部（个体）", True),
                                               ("张三", False), ("王中", False)])  # fmt: skip
def test_names_of_units_end_like_units(name: str, is_unit: bool) -> None:
    assert looks_like_unit(name) is is_unit


@pytest.mark.parametrize(("name", "start"), [("单伟", "shan wei"), ("曾伟", "zeng wei"), ("仇伟", "qiu wei"),
                                             ("解伟", "xie wei"), ("重庆某公司", "chong qing"), ("張伟", "zhang wei")])  # fmt: skip
def test_sort_keys_read_surnames_as_surnames(name: str, start: str) -> None:
    assert pinyin_key(name).startswith(start)


def test_sort_keys_order_by_syllable() -> None:
    assert sorted(["林安", "李四", "阿明"], key=pinyin_key) == ["阿明", "李四", "林安"]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_folding_is_idempotent_and_reading_never_raises(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    again = read_name(read_name(text).display)
    assert again.key == read_name(text).key or again.aliases
    assert len(pinyin_key(text)) <= 200
