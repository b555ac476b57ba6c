"""Before a listing and after it, on the screen: notices, grace, terms, the archive."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localdate

from core.models import AuditEntry
from registry.models import GracePeriod, Listing, RiskNotice
from registry.services import listings
from tests import builders
from tests.builders import NOW, TODAY, another_person_id

pytestmark = pytest.mark.django_db

CASE = "（2020）鲁0116执1号"
PARTY: dict[str, Any] = {
    "case_number": CASE,
    "kind": "person",
    "name": "王试例",
    "id_number": "",
    "document_number": "通知书",
}
NOTICE = {**PARTY, "served_on": "2026-11-18", "channel": "notice"}
GRACE = {**PARTY, "starts_on": "2026-11-18", "months": "2"}
DECIDED = {"is_decided": "on", "decision_number": "决定书", "decided_on": "2026-11-18", "circumstances": ["obstructs"]}
TERM: dict[str, Any] = {
    "circumstances": ["obstructs"],
    "decided_on": date(2025, 5, 1),
    "term_ends_on": date(2099, 5, 1),
}
EXIT: dict[str, Any] = {"ground": "performed", "document_number": "1", "happened_on": TODAY}


@pytest.fixture
def desk(clerk):
    client = Client()
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(client, address, data=None):
    return (client.get(address) if data is None else client.post(address, data)).content.decode()


def test_a_warning_is_recorded_on_its_page(desk):
    assert "登记一份风险提示" in text(desk, "/court/notices/")
    assert desk.post("/court/notices/", NOTICE).status_code == 302
    assert RiskNotice.objects.get().served_on == date(2026, 11, 18)
    page = text(desk, "/court/notices/")
    assert "王试例" in page and "随执行通知书送达" in page
    again = desk.post("/court/notices/", NOTICE)
    assert again.status_code == 422
    assert "已经登记过" in again.content.decode()
    wrong = desk.post("/court/notices/", {**NOTICE, "case_number": "看不清", "served_on": ""})
    assert wrong.status_code == 422
    bad = desk.post("/court/notices/", {**NOTICE, "case_number": "看不清"}).content.decode()
    assert "案号无法识别" in bad


def test_grace_is_granted_and_its_listing_waits(desk):
    assert "登记宽限期" in text(desk, "/court/grace/")
    half = desk.post("/court/grace/", {**GRACE, "decision_number": "决定书"})
    assert "请勾选此项" in half.content.decode()
    assert "请填写完整的证件号码" in text(desk, "/court/grace/", {**GRACE, **DECIDED})
    number = another_person_id()
    assert desk.post("/court/grace/", {**GRACE, **DECIDED, "id_number": number, "publishable": "on"}).status_code == 302
    period = GracePeriod.objects.get()
    page = text(desk, "/court/grace/")
    assert "期满次日纳入" in page and number not in page
    detail = text(desk, f"/court/listings/{period.listing_id}/")
    assert "宽限期内" in detail and "次日自动生效" in detail
    assert "屏蔽（退出名单）" in detail and "暂停措施" not in detail and "延长纳入期限" not in detail


def test_a_running_term_is_said_and_leaves_only_early_removal(desk, court):
    listing = builders.make_listing(court=court, **TERM)
    page = text(desk, f"/court/listings/{listing.pk}/")
    assert "有期限的条目不因履行完毕自动退出，由法院决定提前删除" in page
    assert "延长纳入期限" not in page  # five years are over
    form = text(desk, f"/court/listings/{listing.pk}/shield/")
    assert "有期限的条目不因履行完毕自动退出" in form
    assert 'value="early_removal"' in form and 'value="performed"' not in form
    refused = desk.post(f"/court/listings/{listing.pk}/shield/", {**EXIT, "happened_on": "2026-11-18"})
    assert refused.status_code == 422
    early = {"ground": "early_removal", "document_number": "决定书", "happened_on": "2026-11-18"}
    assert desk.post(f"/court/listings/{listing.pk}/shield/", early).status_code == 302


def test_a_term_is_extended_on_its_page_where_the_law_allows(desk, court):
    ends = localdate() + timedelta(days=100)
    listing = builders.make_listing(
        court=court, circumstances=["obstructs"], decided_on=ends.replace(year=ends.year - 2), term_ends_on=ends
    )
    address = f"/court/listings/{listing.pk}/extend/"
    assert "延长纳入期限" in text(desk, f"/court/listings/{listing.pk}/")
    assert f"3年，至{ends.year + 3}年" in text(desk, address)
    assert desk.post(address, {"years": "", "ground": "", "document_number": "", "happened_on": ""}).status_code == 422
    given = {"years": "1", "ground": "暴力抗拒", "document_number": "决定2号", "happened_on": "2026-11-18"}
    assert desk.post(address, given).status_code == 302
    page = text(desk, f"/court/listings/{listing.pk}/")
    assert "延长期限" in page and "期限届满日：" in page and "extended" not in page
    other = builders.make_listing(court=court, circumstances=["evades"], decided_on=TODAY, term_ends_on=ends)
    assert "有多项失信行为的" in text(desk, f"/court/listings/{other.pk}/extend/")
    assert "<form class" not in text(desk, f"/court/listings/{other.pk}/extend/").split("<main")[1]


def test_while_information_is_verified_the_next_act_is_to_end_that(desk, court):
    listing = builders.make_listing(court=court, status="suspended")
    page = text(desk, f"/court/listings/{listing.pk}/")
    primary = page.split("button-primary button-wide")[1].split("</a>")[0]
    assert "恢复措施" in primary


def test_the_page_of_a_listing_shows_the_warning_served(desk, court):
    listing = builders.make_listing("王试例", court=court, case_number=CASE)
    Listing.objects.filter(pk=listing.pk).update(case_key="2020|鲁0116|执|1")
    address = f"/court/listings/{listing.pk}/"
    assert "没有登记过" in text(desk, address)
    desk.post("/court/notices/", NOTICE)
    assert "2026年11月18日随执行通知书送达" in text(desk, address)


def test_an_ended_listing_is_found_and_its_contents_are_in_the_archive(desk, court, clerk):
    listing = builders.make_listing("欧阳试例", court=court, obligation="偿还司徒某借款")
    listings.correct_listing(
        listing_id=listing.pk, corrections={"obligation": "偿还司空某借款"}, by=clerk, at=NOW, **EXIT
    )
    listings.shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT)
    page = text(desk, f"/court/listings/{listing.pk}/")
    assert "已屏蔽" in page and "查阅档案" in page
    assert listing.id_masked in page  # namesakes are told apart
    for hidden in ("司徒", "司空"):
        assert hidden not in page
    assert "欧阳试例" not in text(desk, "/court/listings/")
    assert "欧阳试例" in text(desk, "/court/listings/?status=shielded")
    archive = text(desk, "/court/archive/")
    assert listing.case_number in archive and "欧＊＊＊" in archive and "欧阳" not in archive
    assert listing.case_number in text(desk, "/court/archive/", {"case_number": listing.case_number})
    assert "没有已退出的条目" in text(desk, "/court/archive/", {"case_number": "（2020）鲁0116执99999号"})
    assert desk.post("/court/archive/", {"case_number": "看不清"}).status_code == 422


def test_the_archive_opens_with_a_reason_and_remembers_it(desk, court, clerk):
    listing = builders.make_listing("欧阳试例", court=court, obligation="偿还司徒某借款")
    address = f"/court/archive/{listing.pk}/"
    assert desk.get(address).status_code == 404  # still listed
    listings.revoke_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT)
    closed = text(desk, address)
    assert "查阅事由" in closed and "司徒" not in closed and "欧阳" not in closed and "自始无效" in closed
    assert desk.post(address, {"reason": ""}).status_code == 422
    assert not AuditEntry.objects.filter(verb="look_into_archive").exists()
    opened = text(desk, address, {"reason": "纪检调阅"})
    assert "偿还司徒某借款" in opened and "欧阳试例" in opened and "本次查阅已记录" in opened
    assert AuditEntry.objects.get(verb="look_into_archive").after == {"reason": "纪检调阅"}


def test_another_courts_archive_notices_and_grace_are_not_there(desk, court, clerk):
    listing = builders.make_listing(court=court)
    listings.shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **EXIT)
    desk.post("/court/notices/", NOTICE)
    desk.post("/court/grace/", GRACE)
    stranger = Client()
    user = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    stranger.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/court/notices/", "/court/grace/", "/court/archive/"):
        assert CASE not in text(stranger, address) and listing.case_number not in text(stranger, address)
    assert stranger.post(f"/court/archive/{listing.pk}/", {"reason": "核查"}).status_code == 404
