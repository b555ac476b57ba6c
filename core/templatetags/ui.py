"""Template tags for the shared components: geometry and page numbers that a template cannot compute."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()

CHART_WIDTH = 720
LABEL_WIDTH = 190
VALUE_WIDTH = 80
ROW_HEIGHT = 30


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart; `top`, `middle` and `width` are in units of the drawing."""

    label: str
    value: float
    href: str
    top: int
    middle: int
    width: float
    value_at: float


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(rows: Iterable[Mapping[str, Any]], caption: str, unit: str = "") -> dict[str, Any]:
    """Horizontal bars from rows of `label`, `value` (≥ 0) and optionally `href`; the longest bar fills the width."""
    given = list(rows)
    largest = max((row["value"] for row in given), default=0) or 1
    room = CHART_WIDTH - LABEL_WIDTH - VALUE_WIDTH
    bars = []
    for index, row in enumerate(given):
        width = round(room * float(row["value"]) / float(largest), 1)
        top = index * ROW_HEIGHT
        bars.append(
            Bar(
                label=str(row["label"]),
                value=row["value"],
                href=row.get("href") or "",
                top=top + 5,
                middle=top + 20,
                width=width,
                value_at=LABEL_WIDTH + width + 8,
            )
        )
    return {
        "bars": bars,
        "caption": caption,
        "unit": unit,
        "chart_width": CHART_WIDTH,
        "chart_height": len(bars) * ROW_HEIGHT,
        "label_at": LABEL_WIDTH - 10,
        "bar_at": LABEL_WIDTH,
        "bar_height": ROW_HEIGHT - 10,
    }


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The page numbers worth showing around the current page; None stands for a gap."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in shown]
