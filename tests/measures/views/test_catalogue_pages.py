"""The catalogue's pages: for everybody, without signing in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from measures.models import Document, Measure, NamedUnit
from measures.presenters import code_titles, compare, families
from measures.services.loader import LoadReport

LAIWU = "莱芜区信用办〔2020〕17号"


@pytest.fixture
def loaded(loaded_once: LoadReport, db: None) -> LoadReport:
    """The whole shipped catalogue in the database, once for this module."""
    return loaded_once


def text(client: Client, url: str, status: int = 200, **filters: Any) -> str:
    response = client.get(url, filters)
    assert response.status_code == status
    return response.content.decode()


def page_of(number: str, document: str = LAIWU) -> str:
    measure = Measure.objects.get(document__doc_number=document, number=number, in_force_to=None)
    return reverse("catalogue_measure", args=[measure.pk])


def test_the_overview_shows_documents_counts_and_measures(client: Client, loaded: LoadReport) -> None:
    shown = text(client, reverse("catalogue"))
    for document in Document.objects.all():
        assert document.doc_number in shown
    assert "共 158 项" in shown
    assert "依法依规限制参加政府采购活动" in shown
    assert "任何单位不得单独据以作出限制" in shown


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"flag": "under_review"}, 29),
        ({"flag": "incentive"}, 4),
        ({"q": "政府采购 限制"}, None),
        ({"unit": "莱芜海关"}, 2),
        ({"code": "A07"}, 4),
        ({"effect": "review"}, 6),
        ({"q": "没有这样的措施"}, 0),
    ],
)
def test_filters_of_the_overview(
    client: Client, loaded: LoadReport, filters: dict[str, Any], count: int | None
) -> None:
    shown = text(client, reverse("catalogue"), **filters)
    if count == 0:
        assert "没有符合条件的措施" in shown
    elif count is None:
        assert "政府采购" in shown
    else:
        assert f"共 {count} 项" in shown


def test_a_value_that_is_no_choice_is_named_and_does_not_break_the_page(client: Client, loaded: LoadReport) -> None:
    shown = text(client, reverse("catalogue"), effect="score", document="999999", page="x")
    assert "共 158 项" in shown
    assert "field-error" in shown


def test_a_document_shows_its_measures_by_category(client: Client, loaded: LoadReport) -> None:
    fujian = Document.objects.get(source="002")
    shown = text(client, reverse("catalogue_document", args=[fujian.pk]))
    assert fujian.forwarded_by in shown
    assert shown.count("<table") == 12
    assert "共 1 项" in shown


def test_a_measure_shows_both_unit_lists_and_their_conflict(client: Client, loaded: LoadReport) -> None:
    shown = text(client, page_of("1"))
    assert "正文责任单位为区行政审批局，附录实施单位为区财政局。" in shown
    assert "正文（责任单位）" in shown
    assert "附录（实施单位）" in shown
    assert "融资担保公司监督管理条例" in shown


def test_a_measure_under_review_says_why_and_advises_nothing(client: Client, loaded: LoadReport) -> None:
    shown = text(client, page_of("15"))
    assert "依据复核中" in shown
    assert "中办发〔2016〕64号没有这项措施" in shown
    assert "只作公示，不据此对申请人作任何处理" in shown
    assert "应予限制" not in shown


def test_a_repaired_wording_keeps_the_received_one(client: Client, loaded: LoadReport) -> None:
    shown = text(client, page_of("14"))
    assert "申报" in shown
    assert "中报" in shown


def test_a_measure_leads_to_the_same_measure_elsewhere(client: Client, loaded: LoadReport) -> None:
    shown = text(client, page_of("4"))
    assert "其他文件中的同类措施" in shown
    assert page_of("一7", "榕发改信用〔2017〕6号") in shown


def test_an_ended_version_says_so(client: Client, loaded: LoadReport) -> None:
    url = page_of("4")
    Measure.objects.filter(document__doc_number=LAIWU, number="4").update(in_force_to="2026-01-31")
    assert "这是过去的版本" in text(client, url)


def test_units_and_their_measures(client: Client, loaded: LoadReport) -> None:
    customs = NamedUnit.objects.get(name="莱芜海关")
    url = reverse("catalogue_unit", args=[customs.pk])
    assert url in text(client, reverse("catalogue_units"))
    shown = text(client, url)
    assert "共 2 项" in shown
    assert "海关认证" in shown


def test_effects_are_explained(client: Client, loaded: LoadReport) -> None:
    shown = text(client, reverse("catalogue_effects"))
    assert "不得仅据此拒绝" in shown
    assert f"{reverse('catalogue')}?effect=prosecute" in shown


def test_two_documents_stand_side_by_side(client: Client, loaded: LoadReport) -> None:
    huaiyin, laiwu = Document.objects.get(source="000"), Document.objects.get(source="001")
    shown = text(client, reverse("catalogue_compare"), left=huaiyin.pk, right=laiwu.pk)
    for family in families():
        assert f"{family.letter}　{family.title}" in shown
    for code, title in code_titles().items():
        assert f"{code}　{title}" in shown
    assert "单位不同" in shown
    assert "—" in shown
    assert text(client, reverse("catalogue_compare"), left="x", right=laiwu.pk, status=422)


def test_every_code_of_the_catalogue_has_a_title(loaded: LoadReport) -> None:
    used = {code for measure in Measure.objects.all() for code in (measure.code, *measure.also_codes) if code}
    assert used == set(code_titles())


def test_what_is_not_there_is_not_found(client: Client, loaded: LoadReport) -> None:
    for name, key in (
        ("catalogue_measure", UUID(int=0)),
        ("catalogue_document", 999999),
        ("catalogue_unit", 999999),
    ):
        assert client.get(reverse(name, args=[key])).status_code == 404
    assert client.post(reverse("catalogue")).status_code == 405


def test_every_measure_has_a_page(client: Client, loaded: LoadReport) -> None:
    for pk in Measure.objects.values_list("pk", flat=True):
        assert client.get(reverse("catalogue_measure", args=[pk])).status_code == 200


def test_a_page_of_forty_costs_what_a_page_of_one_costs(client: Client, loaded: LoadReport) -> None:
    counts = []
    for words in ("海关认证", "限制"):
        with CaptureQueriesContext(connection) as queries:
            text(client, reverse("catalogue"), q=words)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_comparison_tells_only_differences_between_what_both_say(loaded: LoadReport) -> None:
    sides = {
        source: list(Measure.objects.filter(document__source=source).with_everything().in_printed_order())
        for source in ("000", "001", "002", "004")
    }
    rows = {each.code.code: each for family in compare(sides["000"], sides["001"]).families for each in family.rows}
    assert rows["D03"].effect_differs is False
    assert rows["C01"].units_differ is True  # 区发改局 against 区财政局
    assert rows["A06"].units_differ is False
    assert (rows["A14"].left, [one.measure.number for one in rows["A14"].right]) == ([], ["15"])
    assert not rows["A14"].effect_differs
    assert compare(sides["001"], sides["002"]).units_differ == 0  # Fujian names no units
    across = {each.code.code: each for family in compare(sides["001"], sides["004"]).families for each in family.rows}
    assert across["A06"].units_differ is False  # 区民政局 and 市民政局
    with_itself = compare(sides["001"], sides["001"])
    assert (with_itself.both, with_itself.effect_differs, with_itself.units_differ) == (36, 0, 0)
