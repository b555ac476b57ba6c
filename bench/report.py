"""The run as a table for people and as `bench/results.json`."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from unicodedata import east_asian_width

from bench.figures import Figure, Ratio, Section, growth

RESULTS = Path(__file__).resolve().parent / "results.json"


def machine() -> dict[str, Any]:
    """What the machine is; no host name."""
    import psycopg2
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
        cursor.execute("SHOW shared_buffers")
        buffers = cursor.fetchone()[0]
    models = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": memory,
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": server.split()[0],
        "shared_buffers": buffers,
        "psycopg2": psycopg2.__version__.split()[0],
        "load_before": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def document(
    sections: Sequence[Section], about: dict[str, Any], notes: Sequence[str], seconds: float
) -> dict[str, Any]:
    """All of the run as JSON."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": about,
        "seconds": round(seconds),
        "notes": list(notes),
        "sections": [section.to_json() for section in sections],
        "growth": [ratio.to_json() for ratio in growth(sections)],
    }


def write(path: Path, found: dict[str, Any]) -> None:
    text = json.dumps(found, ensure_ascii=False)
    # A line for every section, figure and ratio: short, and a difference shows which one changed.
    path.write_text(text.replace('{"key"', '\n{"key"') + "\n", encoding="utf-8")


def table(sections: Sequence[Section]) -> str:
    """Figures and ratios, section by section: median, least and most of the rounds."""
    lines: list[str] = []
    for section in sections:
        lines += ["", f"── {section.title}, list of {section.rows:,} ──"]
        if section.skipped:
            lines.append(f"   not run: {section.skipped}")
            continue
        lines += [_figure_line(figure) for figure in section.figures]
        lines += [_ratio_line(ratio) for ratio in section.ratios]
        lines += [f"   note: {note}" for note in section.notes]
    grown = growth(sections)
    if grown:
        lines += ["", "── Growth (1 = as fast at the larger size) ──", *(_ratio_line(ratio) for ratio in grown)]
    return "\n".join(lines)


def _figure_line(figure: Figure) -> str:
    return f"   {_padded(figure.label)} {_spread(figure.values)}  {figure.unit}"


def _ratio_line(ratio: Ratio) -> str:
    return f" × {_padded(ratio.label)} {_spread(ratio.values)}  {ratio.kind}"


def _spread(values: Sequence[float]) -> str:
    if not values:
        return f"{'–':>12}"
    first = f"{_number(median(values)):>12}"
    return first if len(values) == 1 else f"{first}  ({_number(min(values))} – {_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def _padded(text: str, width: int = 86) -> str:
    """Padded by columns on the screen, where a Chinese character takes two."""
    return text + " " * max(0, width - sum(2 if east_asian_width(each) in "WF" else 1 for each in text))
