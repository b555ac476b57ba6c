"""The shared components speak Chinese for every state and never lean on colour or inline style."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from config.styleguide import BADGES

STATES = [(kind, value) for _, kind, values in BADGES for value in values]
TEMPLATES = sorted(settings.BASE_DIR.glob("templates/**/*.html"))


@pytest.mark.parametrize(("kind", "value"), STATES)
def test_every_state_has_chinese_words(kind: str, value: str) -> None:
    badge = render_to_string("components/badge.html", {"kind": kind, "value": value, "label": "别处的字"})
    words = re.sub(r"<[^>]+>", "", badge).strip()
    assert re.fullmatch(r"[\u4e00-\u9fff，]+", words)
    assert words != "别处的字"


def test_an_unknown_state_is_shown_as_it_stands_in_grey() -> None:
    badge = render_to_string("components/badge.html", {"kind": "listing", "value": "moved"})
    assert "moved" in badge
    assert "tone-neutral" in badge


@pytest.mark.parametrize(
    ("outcome", "is_adverse"),
    [("hit", True), ("possible", False), ("suspended", False), ("clear", False), ("invalid", False)],
)
def test_only_a_hit_is_shown_in_the_adverse_tone(outcome: str, is_adverse: bool) -> None:
    banner = render_to_string("components/outcome_banner.html", {"outcome": outcome})
    assert ("tone-adverse" in banner) is is_adverse


@pytest.mark.parametrize(
    ("days_left", "day_type", "words"),
    [
        (2, "工作日", "还剩 2 个工作日"),
        (0, "工作日", "今日到期"),
        (-1, "日", "已逾期 1 天"),
        (-12, "工作日", "已逾期 12 个工作日"),
    ],
)
def test_a_clock_says_what_is_left(days_left: int, day_type: str, words: str) -> None:
    clock = render_to_string("components/clock.html", {"days_left": days_left, "day_type": day_type})
    assert words in " ".join(clock.split())


def test_a_provisional_date_says_so() -> None:
    assert "暂估" in render_to_string("components/clock.html", {"days_left": 2, "provisional": True})
    assert "暂估" not in render_to_string("components/clock.html", {"days_left": 2, "provisional": False})


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_no_template_needs_inline_style_or_script(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)
