"""Remedies on the screen: one work list by due date, every clock with its source, and the forms to decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from agencies.models import User
from core.audit import AuditEntry
from registry.models import Court, Evidence, ExitRequest, Listing, Objection, Reconsideration, RemedyNotice
from registry.services import remedy_notices
from tests import builders
from tests.agencies import acts
from tests.builders import NOW
from tests.registry import remedies
from tests.registry.remedies import SCAN, ask_for_repair, reconsider, reject, set_local, set_national, with_upper
from tests.registry.test_pages_listings import signed_in, text

pytestmark = pytest.mark.django_db

LIST = "/court/remedies/"


def object_to(listing: Listing, by: User) -> Objection:
    """Received today, as the pages count it."""
    return remedies.object_to(listing, by, received_on=localdate(), at=now())


def ask_to_leave(listing: Listing, by: User) -> ExitRequest:
    return remedies.ask_to_leave(listing, by, received_on=localdate(), at=now())


@pytest.fixture(autouse=True)
def _rules(db: None, settings: Any, tmp_path: Any) -> None:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    set_national()


@pytest.fixture
def listing(court: Court) -> Listing:
    return builders.make_listing("王试例", court=court, performance="none")


@pytest.fixture
def desk(clerk: User) -> Client:
    return signed_in(clerk)


def received(**more: Any) -> dict[str, Any]:
    return {"ground": "从未收到通知", "channel": "counter", "received_on": localdate().isoformat(), **more}


def decision(**more: Any) -> dict[str, Any]:
    given = {"reason": "经审查", "document_number": "（2026）鲁0116执异1号", "decided_on": localdate().isoformat()}
    return {**given, **more}


def test_all_kinds_stand_in_one_list_the_nearest_limit_first(desk: Client, clerk: User, court: Court) -> None:
    set_local("370116")
    ended = builders.make_listing("钱已清", court=court)
    acts.end(ended)
    first = ask_to_leave(builders.make_listing("李退出", court=court), clerk)
    object_to(builders.make_listing("孙异议", court=court), clerk)
    ask_for_repair(Listing.objects.get(pk=ended.pk), clerk, received_on=localdate(), at=now())
    ExitRequest.objects.filter(pk=first.pk).update(due_on=localdate())
    page = text(desk, LIST)
    places = [page.index(name) for name in ("李退出", "孙异议", "钱已清")]
    assert places == sorted(places)
    for words in ("地方要求", "法定期限", "依据 objection.review.local", "依据 objection.review.national", "共 3 件"):
        assert words in page
    only = text(desk, f"{LIST}?kind=exit_request")
    assert "李退出" in only and "孙异议" not in only
    assert "没有待办的事项" in text(desk, f"{LIST}?state=late")


def test_both_clocks_show_their_days_and_their_source_to_mouse_and_key(
    desk: Client, clerk: User, listing: Listing
) -> None:
    set_local("370116")
    object_to(listing, clerk)
    page = text(desk, LIST)
    assert page.count("还剩") == 2
    assert '<summary title="依据 objection.review.local">' in page
    assert "<p>依据 objection.review.local</p>" in page
    assert "暂估" not in page


def test_a_limit_beyond_the_calendar_says_that_it_is_an_estimate(desk: Client, clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    Objection.objects.filter(pk=objection.pk).update(received_on=NOW.replace(year=2041).date())
    assert "暂估" in text(desk, LIST)


def test_the_list_costs_the_same_for_one_and_thirty(desk: Client, clerk: User, court: Court) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(LIST).status_code == 200
        return len(queries)

    def add() -> None:
        object_to(builders.make_listing(court=court), clerk)
        ask_to_leave(builders.make_listing(court=court), clerk)

    add()
    few = cost()
    for _ in range(14):
        add()
    assert cost() == few


def test_from_the_list_a_listing_is_found_without_its_name_in_the_address(desk: Client, listing: Listing) -> None:
    page = text(desk, f"{LIST}new/", {"name": "王 试例", "case_number": ""})
    assert reverse("objection_create", args=[listing.pk]) in page
    assert desk.post(f"{LIST}new/", {}).status_code == 422
    assert "没有符合条件" in text(desk, f"{LIST}new/", {"name": "无此人"})


def test_the_page_of_a_listing_leads_to_its_remedies(desk: Client, listing: Listing) -> None:
    page = text(desk, f"/court/listings/{listing.pk}/")
    for name in ("objection_create", "exit_request_create"):
        assert reverse(name, args=[listing.pk]) in page
    assert f"{LIST}?listing={listing.pk}" in page


def test_an_objection_is_recorded_with_its_evidence_accepted_and_upheld(desk: Client, listing: Listing) -> None:
    form = received(about="listing", file=scan("收据.pdf"))
    response = desk.post(reverse("objection_create", args=[listing.pk]), form)
    objection = Objection.objects.get()
    detail = reverse("remedy_detail", args=["objection", objection.pk])
    assert (response.status_code, response["Location"]) == (302, detail)
    page = text(desk, detail)
    assert "收据.pdf" in page and "异议审查（法定期限）" in page
    act = lambda verb: reverse("remedy_act", args=["objection", objection.pk, verb])  # noqa: E731
    assert desk.post(act("accept")).status_code == 302
    assert 'value="revoke"' in text(desk, act("uphold"))
    assert desk.post(act("uphold"), decision(outcome="revoke")).status_code == 302
    listing.refresh_from_db()
    assert listing.status == "revoked"
    assert "已撤销" in text(desk, detail) and "成立" in text(desk, detail)
    again = desk.get(act("reject"))
    assert again.status_code == 409 and "不能变为" in again.content.decode()
    assert "王试例" in text(desk, f"{LIST}?state=closed")


def test_upholding_may_correct_only_what_is_wrong(desk: Client, clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    address = reverse("remedy_act", args=["objection", objection.pk, "uphold"])
    kept = {"facts-name": "王试例", "facts-performance": "none", "facts-publishable": "on"}
    unchanged = desk.post(address, {**decision(outcome="correct"), **kept})
    assert unchanged.status_code == 422
    assert "没有改动任何内容" in unchanged.content.decode()
    changed = {**kept, "facts-performance": "partial"}
    assert desk.post(address, {**decision(outcome="correct"), **changed}).status_code == 302
    listing.refresh_from_db()
    assert (listing.status, listing.performance) == ("active", "partial")


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"outcome": "shield"}, "请选择退出原因"),
        ({"outcome": "none"}, "须撤销、屏蔽或更正"),
        ({"outcome": "revoke", "reason": ""}, "必填"),
        ({"outcome": "revoke", "decided_on": "2999-01-01"}, "不能晚于今天"),
        ({"outcome": "revoke", "reason": builders.person_id()}, "不能填写完整的证件号码"),
    ],
)
def test_what_is_missing_stands_beside_its_field(
    desk: Client, clerk: User, listing: Listing, sent: dict[str, str], sentence: str
) -> None:
    objection = object_to(listing, clerk)
    response = desk.post(reverse("remedy_act", args=["objection", objection.pk, "uphold"]), decision(**sent))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    listing.refresh_from_db()
    assert listing.status == "active"


def test_a_rejection_served_opens_the_way_to_the_upper_court(desk: Client, court: Court, listing: Listing) -> None:
    upper = signed_in(builders.make_reviewer("upper", with_upper(court)))
    desk.post(reverse("objection_create", args=[listing.pk]), received(about="listing"))
    objection = Objection.objects.get()
    act = lambda verb: reverse("remedy_act", args=["objection", objection.pk, verb])  # noqa: E731
    assert desk.post(act("reject"), decision()).status_code == 302
    assert desk.post(act("serve"), {"served_on": localdate().isoformat()}).status_code == 302
    detail = reverse("remedy_detail", args=["objection", objection.pk])
    assert "申请复议（法定期限）" in text(desk, detail)
    assert upper.get(act("uphold")).status_code == 404
    address = reverse("reconsideration_create", args=[objection.pk])
    assert address in text(desk, detail)
    assert desk.post(address, received(ground="不服驳回")).status_code == 302
    found = Reconsideration.objects.get()
    assert address not in text(desk, detail)
    assert "王试例" in text(upper, LIST)
    assert "没有待办的事项" in text(desk, LIST)
    page = reverse("remedy_detail", args=["reconsideration", found.pk])
    assert "支持复议" in text(upper, page) and "支持复议" not in text(desk, page)
    uphold = reverse("remedy_act", args=["reconsideration", found.pk, "uphold"])
    assert upper.post(uphold, decision(outcome="revoke")).status_code == 302
    listing.refresh_from_db()
    assert listing.status == "revoked"


def test_an_exit_is_granted_and_shields(desk: Client, listing: Listing) -> None:
    form = received(exit_ground="performed", ground="已全部履行", confirmed_on=localdate().isoformat())
    assert desk.post(reverse("exit_request_create", args=[listing.pk]), form).status_code == 302
    request = ExitRequest.objects.get()
    twice = desk.post(reverse("exit_request_create", args=[listing.pk]), form)
    assert twice.status_code == 409 and "正在办理" in twice.content.decode()
    grant = reverse("remedy_act", args=["exit_request", request.pk, "grant"])
    assert desk.post(grant, decision()).status_code == 302
    listing.refresh_from_db()
    assert listing.status == "shielded"
    assert reverse("repair_create", args=[listing.pk]) in text(desk, f"/court/listings/{listing.pk}/")
    assert desk.post(reverse("repair_create", args=[listing.pk]), received()).status_code == 302


def test_what_is_late_below_is_shown_to_the_upper_court(court: Court, clerk: User, listing: Listing) -> None:
    upper = signed_in(builders.make_clerk("upper", with_upper(court)))
    objection = object_to(listing, clerk)
    Objection.objects.filter(pk=objection.pk).update(due_on=localdate() - timedelta(days=10))
    remedy_notices.notify_all(today=localdate(), at=NOW)
    assert set(RemedyNotice.objects.values_list("notice", flat=True)) == {"to_reviewer", "to_upper_court"}
    assert "王试例" in text(upper, f"{LIST}?state=below")
    assert "王试例" in text(signed_in(clerk), f"{LIST}?state=late")
    detail = text(upper, reverse("remedy_detail", args=["objection", objection.pk]))
    assert "逾期，报上一级法院" in detail
    assert "逾期，报上一级法院" in text(upper, "/court/")
    assert "逾期，报复核人" in text(signed_in(clerk), "/court/")
    remedies.reject(objection, clerk, decided_on=localdate(), served_on=None, at=now())
    assert "逾期，报复核人" not in text(signed_in(clerk), "/court/")


def test_what_does_not_exist_is_not_found(desk: Client, clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    for address in (
        reverse("remedy_detail", args=["prayer", objection.pk]),
        reverse("remedy_detail", args=["exit_request", objection.pk]),
        reverse("remedy_act", args=["objection", objection.pk, "pray"]),
        f"{LIST}?listing={objection.pk}",
    ):
        assert desk.get(address).status_code == 404, address


# --- evidence ---------------------------------------------------------------------------------------------------------


def scan(name: str, content: bytes = SCAN) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def test_evidence_is_added_downloaded_and_audited(desk: Client, clerk: User, listing: Listing) -> None:
    objection = object_to(listing, clerk)
    address = reverse("evidence_add", args=["objection", objection.pk])
    page = desk.post(address, {"file": scan("照片.png", b"\x89PNG\r\n\x1a\n....")}, follow=True).content.decode()
    assert "证据已加密保存" in page and "照片.png" in page
    bad = desk.post(address, {"file": scan("说明.docx", b"PK\x03\x04")}, follow=True).content.decode()
    assert "只收 PDF、JPEG 或 PNG" in bad
    row = Evidence.objects.get()
    answer = desk.get(reverse("evidence_download", args=[row.pk]))
    assert answer.content == b"\x89PNG\r\n\x1a\n...."
    assert (answer["Content-Disposition"][:10], answer["X-Content-Type-Options"]) == ("attachment", "nosniff")
    assert AuditEntry.objects.filter(verb="read_evidence", actor=clerk).count() == 1


def test_a_bad_file_in_the_form_records_nothing(desk: Client, listing: Listing) -> None:
    form = received(about="listing", file=scan("病毒.exe", b"MZ"))
    response = desk.post(reverse("objection_create", args=[listing.pk]), form)
    assert response.status_code == 422
    assert "只收 PDF、JPEG 或 PNG" in response.content.decode()
    assert not Objection.objects.exists()


def test_orphans_are_dropped_and_evidence_kept(desk: Client, clerk: User, listing: Listing, settings: Any) -> None:
    from registry.services.evidence import drop_orphans

    objection = object_to(listing, clerk)
    desk.post(reverse("evidence_add", args=["objection", objection.pk]), {"file": scan("收据.pdf")})
    lost = settings.EVIDENCE_DIR / "202601" / "lost"
    lost.parent.mkdir()
    lost.write_bytes(b"x")
    assert drop_orphans(at=NOW - timedelta(days=3)) == 0
    assert drop_orphans(at=NOW + timedelta(days=400)) == 1
    assert [path.name for path in settings.EVIDENCE_DIR.glob("*/*")] == [Evidence.objects.get().path[7:]]


# --- the units' counter -----------------------------------------------------------------------------------------------


def test_a_unit_refers_an_objection_from_its_own_record(
    listing: Listing, clerk: User, bring: Callable[[], tuple[Client, Any]]
) -> None:
    unit, enforcement = bring()
    address = f"{reverse('agency_objection_create')}?listing={listing.pk}&measure={enforcement.measure_id}"
    assert address.replace("&", "&amp;") in text(unit, reverse("enforcement_detail", args=[enforcement.pk]))
    assert "第4项" in text(unit, address)
    response = unit.post(address, received(measure="第4项 限制参加政府采购"), follow=True)
    assert "移送" in response.content.decode()
    assert "第4项 限制参加政府采购" in text(unit, reverse("agency_objections"))
    objection = Objection.objects.get()
    assert "已移送执行法院" in text(signed_in(clerk), LIST)
    stranger = signed_in(builders.make_staff("civil", builders.make_agency("莱芜区民政局")))
    assert stranger.get(reverse("remedy_detail", args=["objection", objection.pk])).status_code == 404
    assert "还没有移送的异议" in text(stranger, reverse("agency_objections"))


def test_an_unpublished_listing_is_known_only_to_units_that_have_met_it(
    listing: Listing, bring: Callable[[], tuple[Client, Any]]
) -> None:
    unit, _ = bring()
    Listing.objects.filter(pk=listing.pk).update(publishable=False)
    address = f"{reverse('agency_objection_create')}?listing={listing.pk}"
    stranger = signed_in(builders.make_staff("civil", builders.make_agency("莱芜区民政局")))
    assert unit.get(address).status_code == 200
    assert stranger.get(address).status_code == 404
    assert unit.post(address, received(measure="第4项")).status_code == 302
    Listing.objects.filter(pk=listing.pk).update(publishable=True)
    assert stranger.get(address).status_code == 200
    acts.end(listing)
    assert [each.get(address).status_code for each in (unit, stranger)] == [200, 200]


@pytest.fixture
def bring(listing: Listing) -> Callable[[], tuple[Client, Any]]:
    """A unit that has applied a measure to the listing: its browser and its record."""

    def bring() -> tuple[Client, Any]:
        staff = builders.make_staff()
        return signed_in(staff), acts.apply(staff, listing, acts.make_measure())

    return bring


def test_a_unit_decides_on_a_repair_for_itself(
    listing: Listing, clerk: User, bring: Callable[[], tuple[Client, Any]]
) -> None:
    from agencies.models import RepairDecision
    from agencies.services.repairs import open_repair_decisions

    unit, enforcement = bring()
    acts.end(listing)
    assert "登记信用修复申请" in text(unit, reverse("enforcement_detail", args=[enforcement.pk]))
    taken = unit.post(f"{reverse('agency_repair_create')}?listing={listing.pk}", received(has_commitment="on"))
    assert taken.status_code == 302
    assert "没有待决定的申请" in text(unit, reverse("agency_repairs"))
    repair = Listing.objects.get(pk=listing.pk).repairs.get()
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    page = text(unit, reverse("agency_repairs"))
    assert "王试例" in page and "还剩" in page
    own = RepairDecision.objects.get()
    address = reverse("repair_decide", args=[own.pk])
    assert unit.post(address, {"decision": "allowed"}).status_code == 422
    assert unit.post(address, decision(decision="allowed")).status_code == 302
    assert "允许修复" in text(unit, f"{reverse('agency_repairs')}?state=done")
    shown = text(signed_in(clerk), reverse("remedy_detail", args=["repair", repair.pk]))
    assert "莱芜区财政局" in shown and "允许修复" in shown
    assert unit.post(address, decision(decision="refused")).status_code == 409


def test_a_reconsideration_is_read_by_both_courts_and_nobody_else(court: Court, clerk: User, listing: Listing) -> None:
    upper = builders.make_reviewer("upper", with_upper(court))
    found = reconsider(reject(remedies.object_to(listing, clerk), clerk), clerk)
    address = reverse("remedy_detail", args=["reconsideration", found.pk])
    other = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    statuses = [signed_in(user).get(address).status_code for user in (clerk, upper, other, builders.make_staff())]
    assert statuses == [200, 200, 404, 404]
