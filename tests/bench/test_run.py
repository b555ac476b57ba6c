"""`python -m bench` runs to its end with a tiny list: every section measures, nothing is left behind."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.services import ROOT


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The result of one run at 2,000 listings."""
    out = tmp_path_factory.mktemp("bench") / "results.json"
    outside = {"DATABASE_URL", "REDIS_URL", "CACHE_URL", "VAR_DIR", "DJANGO_SETTINGS_MODULE"}
    environ = {name: value for name, value in os.environ.items() if name not in outside}
    environ |= {
        "BENCH_ROWS": "2000",
        "BENCH_BATCH": "200",
        "BENCH_ROUNDS": "1",
        "BENCH_SECONDS": "0.3",
        "BENCH_OUT": str(out),
    }
    process = subprocess.run(
        [sys.executable, "-m", "bench"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert out.exists(), process.stderr[-4000:]
    written: dict = json.loads(out.read_text(encoding="utf-8"))
    assert process.returncode == 0, [part for part in written["sections"] if "skipped" in part]
    return written


def sections(found: dict) -> dict[str, dict]:
    return {part["key"]: part for part in found["sections"]}


def test_every_section_was_measured(found: dict) -> None:
    assert set(sections(found)) == {"check", "bulk", "feed", "removal", "batch"}
    for part in found["sections"]:
        assert part["rows"] == 2_000
        assert part["figures"]
        assert all(figure["median"] >= 0 for figure in part["figures"])


def test_ratios_follow_from_the_figures_beside_them(found: dict) -> None:
    checked = 0
    for part in found["sections"]:
        figures = {figure["key"]: figure["median"] for figure in part["figures"]}
        for ratio in part["ratios"]:
            ours, theirs = ratio["key"].split("/")
            assert ratio["median"] == pytest.approx(figures[ours] / figures[theirs], rel=0.01)
            checked += 1
    assert checked >= 10


def test_removed_listings_are_met_by_no_later_check(found: dict) -> None:
    figures = {figure["key"]: figure for figure in sections(found)["removal"]["figures"]}
    assert figures["platform.stale"]["max"] == 0


def test_the_answers_carried_measures(found: dict) -> None:
    assert found["notes"] == []


def test_nothing_names_the_machine_and_nothing_is_left_behind(found: dict) -> None:
    assert os.uname().nodename not in json.dumps(found)
    assert not list(Path(tempfile.gettempdir()).glob("jdp-bench-*/s/broker.sock"))
