"""Template tags for the shared components: shares and page numbers that a template cannot compute."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart; `share` is its length as text, in percent of the longest bar."""

    label: str
    value: float
    href: str
    share: str


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(rows: Iterable[Mapping[str, Any]], caption: str, unit: str = "") -> dict[str, Any]:
    """Horizontal bars from rows of `label`, `value` (≥ 0) and optionally `href`; the longest bar fills the width."""
    given = list(rows)
    largest = max((row["value"] for row in given), default=0) or 1
    bars = [
        Bar(str(row["label"]), row["value"], row.get("href") or "", f"{100 * row['value'] / largest:.1f}")
        for row in given
    ]
    return {"bars": bars, "caption": caption, "unit": unit}


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The page numbers worth showing around the current page; None stands for a gap."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in shown]
