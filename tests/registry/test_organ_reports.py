"""Reports upward: marked by the listing court, approved by a second person, watermarked, recorded, gone in a week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate
from openpyxl import load_workbook

from agencies.models import User
from core.audit import AuditEntry
from core.errors import Conflict, IllegalMove, InvalidInput, NotAllowed, NotFound
from registry.models import Court, DebtorMark, Listing, OrganReport, RegionRule, RulePack
from registry.rules import organ_reports as rules
from registry.services.debtor_marks import clear_category, set_category
from registry.services.organ_reports import (
    approve_report,
    every_of,
    record_sending,
    refuse_report,
    request_report,
    take_report,
)
from tests import builders
from tests.agencies import acts
from tests.builders import NOW, TODAY
from tests.registry.test_pages_listings import signed_in, text

pytestmark = pytest.mark.django_db

UNIT_CODE = "91370116MA3TEXT184"


@pytest.fixture
def deputy(court: Court) -> Listing:
    return builders.make_listing("郑代表", court=court, publishable=False, performed_part="=1+1")


@pytest.fixture
def enterprise(court: Court) -> Listing:
    return builders.make_listing("济南试例国资公司", UNIT_CODE, court=court, kind="unit")


def mark(listing: Listing, category: str, by: User, **given: Any) -> DebtorMark:
    return set_category(listing_id=listing.pk, category=category, by=by, at=NOW, **{"basis": "代表名册", **given})


def ask(by: User, body: str = "congress", **given: Any) -> OrganReport:
    assert by.agency is not None and by.agency.court is not None
    words = {"period": "2026Q4", "recipient": "莱芜区人大常委会", "purpose": "第四季度报告", **given}
    return request_report(court=by.agency.court, body=body, by=by, at=NOW, **words)


def approved(clerk: User, reviewer: User, **given: Any) -> OrganReport:
    return approve_report(report_id=ask(clerk, **given).pk, by=reviewer, at=NOW)


def test_a_mark_stands_once_and_is_cleared_once(clerk: User, deputy: Listing) -> None:
    stands = mark(deputy, "congress_deputy", clerk)
    with pytest.raises(Conflict):
        mark(deputy, "congress_deputy", clerk)
    with pytest.raises(InvalidInput):
        clear_category(mark_id=stands.pk, reason=" ", by=clerk, at=NOW)
    clear_category(mark_id=stands.pk, reason="换届后不再担任", by=clerk, at=NOW)
    with pytest.raises(IllegalMove):
        clear_category(mark_id=stands.pk, reason="换届", by=clerk, at=NOW)
    mark(deputy, "congress_deputy", clerk)
    verbs = AuditEntry.objects.filter(target_type__endswith="debtormark").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["set_debtor_category", "clear_debtor_category", "set_debtor_category"]


@pytest.mark.parametrize("category", rules.DebtorCategory)
def test_only_what_fits_the_kind_can_be_marked(
    clerk: User, deputy: Listing, enterprise: Listing, category: rules.DebtorCategory
) -> None:
    for listing in (deputy, enterprise):
        if rules.kind_of(category) == listing.kind:
            assert mark(listing, category.value, clerk).category == category
        else:
            with pytest.raises(InvalidInput) as refused:
                mark(listing, category.value, clerk)
            assert refused.value.errors[0].code == "category_unfit"


def test_a_mark_has_a_basis_and_no_identifier_in_it(clerk: User, deputy: Listing) -> None:
    with pytest.raises(InvalidInput):
        mark(deputy, "congress_deputy", clerk, basis=" ")
    number = builders.person_id()
    assert number not in mark(deputy, "congress_deputy", clerk, basis=f"名册 {number}").basis


def test_what_has_ended_is_not_marked(clerk: User, deputy: Listing) -> None:
    acts.end(deputy)
    with pytest.raises(IllegalMove) as refused:
        mark(deputy, "congress_deputy", clerk)
    assert refused.value.code == "listing_ended"


def test_nobody_else_marks_asks_decides_or_takes(clerk: User, reviewer: User, court: Court, deputy: Listing) -> None:
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    Court.objects.filter(pk=court.pk).update(upper=upper)
    stands = mark(deputy, "congress_deputy", clerk)
    report = ask(clerk)
    for stranger in (builders.make_reviewer("upper", upper), builders.make_staff(), builders.make_office()):
        for act in (
            lambda who: mark(deputy, "congress_deputy", who),
            lambda who: clear_category(mark_id=stands.pk, reason="x", by=who, at=NOW),
            lambda who: request_report(
                court=court, body="congress", period="2026Q4", recipient="x", purpose="y", by=who, at=NOW
            ),
            lambda who: approve_report(report_id=report.pk, by=who, at=NOW),
            lambda who: take_report(report_id=report.pk, by=who, at=NOW),
        ):
            with pytest.raises(NotFound):
                act(stranger)


def test_the_upper_court_reports_for_the_courts_below_it(clerk: User, court: Court, deputy: Listing) -> None:
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    Court.objects.filter(pk=court.pk).update(upper=upper)
    mark(deputy, "congress_deputy", clerk)
    assert ask(builders.make_clerk("upper", upper)).rows_count == 1


def test_who_asks_does_not_approve_and_a_clerk_never_does(
    clerk: User, reviewer: User, court: Court, deputy: Listing
) -> None:
    mark(deputy, "congress_deputy", clerk)
    own, other = ask(reviewer), builders.make_clerk("clerk3", court)
    for act in (approve_report, refuse_report):
        for by, code in ((reviewer, "four_eyes"), (other, "role_required")):
            with pytest.raises(NotAllowed) as refused:
                act(report_id=own.pk, reason="x", by=by, at=NOW)
            assert refused.value.code == code
    second = builders.make_reviewer("reviewer3", court)
    assert approve_report(report_id=own.pk, by=second, at=NOW).status == "approved"
    for act in (approve_report, refuse_report):
        with pytest.raises(IllegalMove):
            act(report_id=own.pk, reason="x", by=second, at=NOW)


def test_a_refused_report_never_leaves(clerk: User, reviewer: User, deputy: Listing) -> None:
    mark(deputy, "congress_deputy", clerk)
    report = ask(clerk)
    with pytest.raises(InvalidInput):
        refuse_report(report_id=report.pk, reason=" ", by=reviewer, at=NOW)
    refuse_report(report_id=report.pk, reason="接收单位有误", by=reviewer, at=NOW)
    with pytest.raises(IllegalMove) as refused:
        take_report(report_id=report.pk, by=clerk, at=NOW)
    assert refused.value.code == "not_approved"
    assert ask(clerk).status == "requested"  # asked for anew


def test_a_report_waits_once(clerk: User, deputy: Listing) -> None:
    mark(deputy, "congress_deputy", clerk)
    ask(clerk)
    with pytest.raises(Conflict):
        ask(clerk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"recipient": " "}, "recipient"),
        ({"purpose": ""}, "purpose"),
        ({"period": "2019Q1"}, "period"),
        ({"body": "press"}, "body"),
        ({"body": "cppcc"}, "body"),  # nothing marked
    ],
)
def test_a_report_names_whom_when_and_what_for(clerk: User, deputy: Listing, given: dict[str, str], field: str) -> None:
    mark(deputy, "congress_deputy", clerk)
    with pytest.raises(InvalidInput) as refused:
        ask(clerk, **given)
    assert [each.field for each in refused.value.errors] == [field]


def test_more_rows_than_a_report_holds_are_refused(
    clerk: User, deputy: Listing, court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LARGEST", 1)
    mark(deputy, "congress_deputy", clerk)
    one_more = mark(builders.make_listing("王代表", court=court), "congress_deputy", clerk)
    with pytest.raises(InvalidInput) as refused:
        ask(clerk)
    assert refused.value.code == "too_many_rows"
    clear_category(mark_id=one_more.pk, reason="误认", by=clerk, at=NOW)
    assert ask(clerk).rows_count == 1


def test_a_period_holds_what_was_listed_by_its_end(clerk: User, court: Court, deputy: Listing) -> None:
    mark(deputy, "congress_deputy", clerk)
    with pytest.raises(InvalidInput) as refused:
        ask(clerk, period="2026Q3")
    assert refused.value.code == "nothing_to_report"
    Listing.objects.filter(pk=deputy.pk).update(listed_at=NOW - timedelta(days=60))
    assert ask(clerk, period="2026Q3").rows_count == 1


def test_the_region_says_how_often(court: Court) -> None:
    assert every_of(court) == "quarter"
    pack = RulePack.objects.create(region=court.region, title="试例")
    RegionRule.objects.create(pack=pack, key="organ_reports.every", value="month", citation="试例文件")
    assert every_of(court) == "month"


def test_the_workbook_is_watermarked_masked_and_holds_no_formula(
    clerk: User, reviewer: User, deputy: Listing, court: Court
) -> None:
    number = builders.person_id(born="19870605")
    member = builders.make_listing("孙委员", number, court=court)
    mark(deputy, "congress_deputy", clerk, basis="=cmd|' /C calc'!A0")
    mark(member, "cppcc_member", clerk)
    report = approved(clerk, reviewer)
    book = load_workbook(take_report(report_id=report.pk, by=reviewer, at=NOW))
    assert book.sheetnames == ["人大代表"]
    rows = [[str(cell.value or "") for cell in line] for line in book["人大代表"].iter_rows()]
    assert rows[0][0].startswith(
        "莱芜区人民法院 · reviewer · 2026-11-20 10:00:00 · 用途：第四季度报告 · 接收单位：莱芜区人大常委会"
    )
    assert rules.CITATION in rows[1][0] and "2026年第四季度" in rows[1][0]
    line = dict(zip(rows[2], rows[3], strict=True))
    assert (line["被执行人"], line["身份类别"], line["是否公开"]) == ("郑代表", "人大代表", "不公开")
    assert line["证件号码（已脱敏）"] == deputy.id_masked and "*" in deputy.id_masked
    assert len(rows) == 4 and "孙委员" not in str(rows)
    for cells in book["人大代表"].iter_rows():
        for cell in cells:
            assert cell.data_type != "f" and not str(cell.value or "").startswith(("=", "+", "@"))


def test_every_sheet_carries_the_watermark(clerk: User, reviewer: User, enterprise: Listing) -> None:
    mark(enterprise, "state_owned_enterprise", clerk)
    report = approved(clerk, reviewer, body="discipline", recipient="区纪委监委")
    book = load_workbook(take_report(report_id=report.pk, by=clerk, at=NOW))
    assert book.sheetnames == ["党政机关", "人民团体", "社会组织", "国有企业"]
    for sheet in book:
        assert "clerk · 2026-11-20" in str(sheet["A1"].value) and "接收单位：区纪委监委" in str(sheet["A1"].value)
    assert "没有在列的被执行人" in str(book["党政机关"]["A2"].value)
    assert book["国有企业"]["B4"].value == "济南试例国资公司"


def test_only_the_two_take_it_for_seven_days_and_each_time_is_recorded(
    clerk: User, reviewer: User, court: Court, deputy: Listing
) -> None:
    mark(deputy, "congress_deputy", clerk)
    waiting = ask(clerk)
    with pytest.raises(IllegalMove):
        take_report(report_id=waiting.pk, by=clerk, at=NOW)
    approve_report(report_id=waiting.pk, by=reviewer, at=NOW)
    third = builders.make_reviewer("reviewer3", court)
    with pytest.raises(NotAllowed) as refused:
        take_report(report_id=waiting.pk, by=third, at=NOW)
    assert refused.value.code == "requester_or_approver"
    last = NOW + timedelta(days=7) - timedelta(seconds=1)
    for by, at in ((clerk, NOW), (reviewer, last)):
        take_report(report_id=waiting.pk, by=by, at=at).close()
    with pytest.raises(IllegalMove) as over:
        take_report(report_id=waiting.pk, by=clerk, at=NOW + timedelta(days=7))
    assert over.value.code == "report_expired"
    looks = AuditEntry.objects.filter(verb="export_organ_report", target_id=str(waiting.pk)).order_by("id")
    assert [look.after for look in looks] == [
        {"rows": 1, "left_out": 0, "body": "congress", "recipient": "莱芜区人大常委会", "purpose": "第四季度报告"}
    ] * 2


def test_what_was_not_approved_or_has_left_since_does_not_go_out(
    clerk: User, reviewer: User, court: Court, deputy: Listing
) -> None:
    stays = builders.make_listing("留代表", court=court)
    wrong = mark(builders.make_listing("误代表", court=court), "congress_deputy", clerk)
    for listing in (deputy, stays):
        mark(listing, "congress_deputy", clerk)
    report = approved(clerk, reviewer)
    mark(builders.make_listing("后代表", court=court), "congress_deputy", clerk)
    acts.end(deputy)
    clear_category(mark_id=wrong.pk, reason="同名误认", by=clerk, at=NOW)
    sheet = load_workbook(take_report(report_id=report.pk, by=clerk, at=NOW))["人大代表"]
    assert [sheet.cell(line, 2).value for line in range(4, sheet.max_row + 1)] == ["留代表"]
    assert "2条未列入" in str(sheet["A2"].value)


def test_what_was_sent_when_is_kept(clerk: User, reviewer: User, deputy: Listing) -> None:
    mark(deputy, "congress_deputy", clerk)
    waiting = ask(clerk)
    sending: dict[str, Any] = {"report_id": waiting.pk, "document_number": "莱法〔2026〕9号", "by": clerk, "at": NOW}
    with pytest.raises(IllegalMove):
        record_sending(sent_on=TODAY, **sending)
    approve_report(report_id=waiting.pk, reason="属实", by=reviewer, at=NOW)
    for day in (None, TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            record_sending(sent_on=day, **sending)
    assert record_sending(sent_on=TODAY, **sending).status == "sent"
    with pytest.raises(IllegalMove):
        record_sending(sent_on=TODAY, **sending)
    steps = waiting.transitions.order_by("id").values_list("from_status", "to_status", "by", "reason")
    assert list(steps) == [
        ("", "requested", clerk.pk, "第四季度报告"),
        ("requested", "approved", reviewer.pk, "属实"),
        ("approved", "sent", clerk.pk, "2026-11-20报送莱芜区人大常委会，莱法〔2026〕9号"),
    ]
    verbs = AuditEntry.objects.filter(target_id=str(waiting.pk)).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["request_organ_report", "approve_organ_report", "send_organ_report"]


def test_the_pages_mark_ask_approve_take_and_record(clerk: User, reviewer: User, deputy: Listing) -> None:
    desk: Client = signed_in(clerk)
    address = reverse("listing_categories", args=[deputy.pk])
    assert address in text(desk, f"/court/listings/{deputy.pk}/")
    assert desk.post(address, {"category": "state_owned_enterprise", "basis": "x"}).status_code == 422
    assert desk.post(address, {"category": "congress_deputy", "basis": builders.person_id()}).status_code == 422
    assert desk.post(address, {"category": "congress_deputy", "basis": "名册"}).status_code == 302
    page = text(desk, reverse("organ_reports"))
    for words in ("依法不宜公开", "本地区没有规定", "其中不宜公开 1 条", rules.CITATION):
        assert words in page
    asked = {"body": "congress", "period": "nonsense", "recipient": "区人大常委会", "purpose": "季报"}
    assert desk.post(reverse("organ_reports"), asked).status_code == 422
    asked["period"] = rules.period_at(localdate(), rules.Every.QUARTER).code
    assert desk.post(reverse("organ_reports"), {**asked, "body": "cppcc"}).status_code == 422
    assert desk.post(reverse("organ_reports"), asked).status_code == 302
    report = OrganReport.objects.get()
    here = reverse("organ_report", args=[report.pk])
    assert "另一名复核人" in text(desk, here) and "含不宜公开的人员" in text(desk, here)
    assert desk.post(reverse("organ_report_approve", args=[report.pk])).status_code == 403
    assert desk.post(reverse("organ_report_xlsx", args=[report.pk])).status_code == 409
    second = signed_in(reviewer)
    assert second.post(reverse("organ_report_refuse", args=[report.pk])).status_code == 422
    assert second.post(reverse("organ_report_approve", args=[report.pk])).status_code == 302
    taken = second.post(reverse("organ_report_xlsx", args=[report.pk]))
    assert "no-store" in taken["Cache-Control"] and b"".join(taken)[:2] == b"PK"
    sent = reverse("organ_report_sent", args=[report.pk])
    assert desk.post(sent, {"document_number": "", "sent_on": ""}).status_code == 422
    assert desk.post(sent, {"document_number": "九号", "sent_on": localdate().isoformat()}).status_code == 302
    assert "九号" in text(desk, reverse("organ_reports"))
    clear = reverse("category_clear", args=[DebtorMark.objects.get().pk])
    assert desk.post(clear, {"reason": ""}).status_code == 422
    assert desk.post(clear, {"reason": "换届"}).status_code == 302
    assert "换届" in text(desk, address)
