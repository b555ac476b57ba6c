"""What the public may see, and never more."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils.timezone import localdate

from core import chain
from registry.models import Change, Court, Listing
from tests import builders

pytestmark = pytest.mark.django_db

SEARCH = "/public/search/"


def answer(client: Client, **question: str) -> str:
    response = client.post(SEARCH, question)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_is_open_to_everybody_and_to_no_search_engine(client: Client) -> None:
    response = client.get(SEARCH)
    assert response.status_code == 200
    assert "noindex" in response["X-Robots-Tag"]
    assert "no-store" in response["Cache-Control"]
    assert "执行法院</strong>书面提出" in response.content.decode()


def test_a_whole_name_finds_masked_facts(client: Client, court: Court) -> None:
    number = builders.another_person_id()
    builders.make_listing("赵公示", number, court=court, obligation="向张某某偿还借款")
    page = answer(client, name="赵公示")
    assert f"{number[:6]}********{number[-4:]}" in page
    assert number not in page
    assert "张某某" not in page
    assert "同名不等于同一人" in page
    assert "没有查到公示信息" in answer(client, name="赵公")


@pytest.mark.parametrize("status", ["suspended", "shielded", "revoked", "expired", "pending"])
def test_only_active_listings_are_shown(client: Client, court: Court, status: str) -> None:
    ended: dict[str, Any] = {"exit_ground": "performed", "exit_document": "文号", "exit_on": date(2026, 11, 1)}
    facts = ended if status in {"shielded", "revoked", "expired"} else {}
    builders.make_listing("钱不在", court=court, status=status, term_ends_on=date(2026, 10, 1), **facts)
    assert "没有查到公示信息" in answer(client, name="钱不在")


@pytest.mark.parametrize(("days", "shown"), [(-1, False), (0, True), (None, True)])
def test_a_term_that_is_over_is_not_shown_even_before_the_nightly_expiry(
    client: Client, court: Court, days: int | None, shown: bool
) -> None:
    ends = None if days is None else localdate() + timedelta(days=days)
    builders.make_listing("郑届满", court=court, term_ends_on=ends)
    assert ("没有查到公示信息" in answer(client, name="郑届满")) is not shown


def test_what_is_unfit_for_publication_is_never_shown(client: Client, court: Court) -> None:
    number = builders.another_person_id()
    builders.make_listing("孙不公开", number, court=court, publishable=False)
    for question in ({}, {"id_number": number}):
        assert "没有查到公示信息" in answer(client, name="孙不公开", **question)


def test_an_identifier_or_case_tells_namesakes_apart(client: Client, court: Court) -> None:
    mine, other = builders.another_person_id(), builders.another_person_id()
    listing = builders.make_listing("李同名", mine, court=court)
    namesake = builders.make_listing("李同名", other, court=court)
    page = answer(client, name="李同名", id_number=mine)
    assert listing.case_number in page
    assert namesake.case_number not in page
    by_case = answer(client, name="李同名", case_number=namesake.case_number)
    assert namesake.case_number in by_case
    assert "没有查到公示信息" in answer(client, name="李同名", id_number=builders.another_person_id())


@pytest.mark.parametrize("question", [{}, {"name": " "}, {"name": "王", "id_number": "370116199001010009"}])
def test_a_question_that_cannot_be_is_answered_with_its_fault(client: Client, question: dict[str, str]) -> None:
    response = client.post(SEARCH, question)
    assert response.status_code == 422
    assert "form-errors" in response.content.decode()


def test_at_most_twenty_are_shown_and_never_how_many_there_are(client: Client, court: Court) -> None:
    for _ in range(23):
        builders.make_listing("周众多", court=court)
    page = answer(client, name="周众多")
    assert page.count('<article class="panel">') == 20
    assert "只显示前 20 条" in page
    visible = re.sub(r"<[^>]*>", "", page.split("<main")[1])
    assert not re.search(r"23\s*[条人名个]|共\s*23", visible)


def test_a_unit_is_shown_with_its_head_by_name_only(client: Client, court: Court) -> None:
    unit = builders.make_listing("济南试例商贸有限公司", "91370116MA3TEXT184", court=court, kind="unit")
    relation = builders.make_relation(unit, "吴代表")
    page = answer(client, name="济南试例商贸有限公司")
    assert "吴代表" in page
    assert relation.id_masked not in page
    assert "没有查到公示信息" in answer(client, name="吴代表")


def test_nobody_asks_without_end(client: Client, settings: object) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "public": "2/min"}  # type: ignore[attr-defined]
    with override_settings(REST_FRAMEWORK={**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}):  # type: ignore[attr-defined]
        answers = [client.post(SEARCH, {"name": "王试例"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_the_footer_names_the_version_of_the_list(client: Client, court: Court) -> None:
    listing = builders.make_listing(court=court)
    assert "名单版本" not in client.get(SEARCH).content.decode()
    Change.objects.create(kind="listed", listing=listing, at=builders.NOW)
    chain.sequence(Change)
    assert "名单版本 1，截至" in client.get(SEARCH).content.decode()
    assert Listing.objects.count() == 1
