"""The catalogue in a browser, wide and narrow: readable, accessible, nothing sticks out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from measures.imports.files import Catalogue
from measures.models import Document, Measure, NamedUnit
from measures.services.loader import load_catalogue
from tests.builders import NOW

if TYPE_CHECKING:
    from playwright.sync_api import Page

LAIWU = "莱芜区信用办〔2020〕17号"


def addresses() -> dict[str, str]:
    first = Measure.objects.get(document__doc_number=LAIWU, number="1")
    reviewed = Measure.objects.get(document__doc_number=LAIWU, number="15")
    several = Measure.objects.get(document__source="002", number="四2")
    left, right = Document.objects.get(source="001"), Document.objects.get(source="002")
    return {
        "overview": reverse("catalogue"),
        "document": reverse("catalogue_document", args=[left.pk]),
        "units": reverse("catalogue_units"),
        "unit": reverse("catalogue_unit", args=[NamedUnit.objects.get(region_id="370116", name="区财政局").pk]),
        "effects": reverse("catalogue_effects"),
        "measure-conflict": reverse("catalogue_measure", args=[first.pk]),
        "measure-review": reverse("catalogue_measure", args=[reviewed.pk]),
        "measure-parts": reverse("catalogue_measure", args=[several.pk]),
        "compare": f"{reverse('catalogue_compare')}?left={left.pk}&right={right.pk}",
        "empty": f"{reverse('catalogue')}?q=%E6%B2%A1%E6%9C%89",
    }


@pytest.mark.parametrize(("name", "width"), [("wide", 1440), ("narrow", 390)])
def test_every_page_of_the_catalogue_reads_well(
    transactional_db: None,
    shipped: Catalogue,
    page: Page,
    axe: Callable[..., Any],
    screenshots: Path,
    name: str,
    width: int,
) -> None:
    load_catalogue(catalogue=shipped, by="system", at=NOW)
    page.set_viewport_size({"width": width, "height": 900})
    for what, address in addresses().items():
        page.goto(address)
        page.screenshot(path=screenshots / f"catalogue-{what}-{name}.png", full_page=True)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, what
