"""Ratios are made of the measurements and of nothing else."""

import json
from pathlib import Path

import pytest

from bench import report
from bench.figures import Figure, Section, growth, ratio_of, short


def rate(key: str, *values: float) -> Figure:
    return Figure(key, key, "requests/s", values)


def cost(key: str, *values: float) -> Figure:
    return Figure(key, key, "ms", values, is_cost=True)


def test_a_rate_is_compared_round_by_round() -> None:
    ratio = ratio_of("x", rate("ours", 10, 30, 20), rate("theirs", 5, 10, 40), "peer")
    assert ratio.values == (2.0, 3.0, 0.5)
    assert ratio.to_json() == {
        "key": "ours/theirs", "label": "x", "kind": "peer", "median": 2.0, "min": 0.5, "max": 3.0,
    }  # fmt: skip


def test_a_cost_is_turned_over_so_that_more_is_always_better() -> None:
    assert ratio_of("x", cost("ours", 10), cost("theirs", 40), "limit").values == (4.0,)


def test_different_numbers_of_rounds_are_compared_to_the_median() -> None:
    assert ratio_of("x", rate("ours", 10, 20), rate("theirs", 1, 5, 100), "peer").values == (2.0, 4.0)


def test_nothing_measured_gives_no_ratio_by_division_through_zero() -> None:
    assert ratio_of("x", rate("ours", 10), rate("theirs", 0), "peer").values == (0.0,)


def section(rows: int, speed: float, milliseconds: float, *, skipped: str = "") -> Section:
    made = Section("check", "Check", rows, skipped=skipped)
    made.figures += [rate("platform.rate", speed), cost("platform.p50", milliseconds), rate("bare.rate", 7)]
    return made


def test_growth_compares_ours_at_the_largest_size_with_the_smallest() -> None:
    found = growth([section(100, 50, 2), section(1_000, 45, 3), section(10_000, 40, 4)])
    assert {(ratio.key, ratio.values) for ratio in found} == {
        ("check/platform.rate", (0.8,)),
        ("check/platform.p50", (0.5,)),
    }


@pytest.mark.parametrize(
    "sections",
    [[section(100, 1, 1)], [section(100, 1, 1), section(1_000, 1, 1, skipped="no server")]],
)
def test_one_size_has_no_growth(sections: list[Section]) -> None:
    assert growth(sections) == []


def test_a_section_that_did_not_run_says_why_and_has_no_figures() -> None:
    found = section(100, 1, 1, skipped="the server did not start")
    assert found.to_json()["skipped"] == "the server did not start"
    assert "figures" not in found.to_json()
    assert "not run: the server did not start" in report.table([found])


def test_the_table_shows_median_and_spread_and_the_document_holds_the_same() -> None:
    made = Section("check", "Check", 100)
    ours = made.add("platform.rate", "ours", "requests/s", [1000, 3000, 2000])
    theirs = made.add("bare.rate", "bare", "requests/s", [4000, 4000, 4000])
    made.compare("ours : bare", ours, theirs, "limit")
    table = report.table([made])
    assert "2,000  (1,000 – 3,000)" in table
    assert "0.5  (0.25 – 0.75)" in table
    written = json.loads(json.dumps(report.document([made], {"cores": 2}, [], 1.0)))
    assert written["sections"][0]["ratios"][0]["median"] == 0.5
    assert written["sections"][0]["figures"][0] == {
        "key": "platform.rate", "label": "ours", "unit": "requests/s", "rounds": 3,
        "median": 2000.0, "min": 1000.0, "max": 3000.0,
    }  # fmt: skip


def test_figures_are_kept_to_four_digits() -> None:
    assert short(123_456.789) == 123_500
    assert short(0.00012345678) == 0.0001235


def test_the_written_file_has_a_line_for_every_figure_and_reads_back(tmp_path: Path) -> None:
    found = report.document([section(100, 50, 2)], {"cores": 2}, [], 1.0)
    report.write(tmp_path / "results.json", found)
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert json.loads(text) == found
    assert sum(line.startswith('{"key"') for line in text.splitlines()) == 4
