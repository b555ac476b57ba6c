"""Shares of bars and numbers of pages."""

from django.core.paginator import Paginator

from config.templatetags.ui import bar_chart, page_numbers


def test_the_longest_bar_fills_the_width_and_others_their_share() -> None:
    bars = bar_chart([{"label": "甲", "value": 50}, {"label": "乙", "value": 200, "href": "/b/"}], "标题")["bars"]
    assert [(bar.label, bar.share, bar.href) for bar in bars] == [("甲", "25.0", ""), ("乙", "100.0", "/b/")]


def test_bars_without_value_are_empty() -> None:
    assert [bar.share for bar in bar_chart([{"label": "甲", "value": 0}], "标题")["bars"]] == ["0.0"]
    assert bar_chart([], "标题")["bars"] == []


def test_a_gap_between_page_numbers_is_none() -> None:
    assert page_numbers(Paginator(range(200), 10).page(10)) == [1, None, 8, 9, 10, 11, 12, None, 20]
    assert page_numbers(Paginator(range(20), 10).page(1)) == [1, 2]
