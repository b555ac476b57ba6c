"""The pages of feedback and reports: who may, what they show, what they refuse."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now
from openpyxl import load_workbook

from agencies.models import Agency, User
from core.models import AuditEntry
from feedback.models import Feedback, Report
from feedback.rules.periods import period_of, previous
from feedback.services.feedback import send_feedback
from feedback.services.reports import create_report, submit_report, write_report
from tests.builders import (
    make_agency,
    make_clerk,
    make_court,
    make_listing,
    make_office,
    make_region,
    make_staff,
    make_user,
)
from tests.feedback.builders import make_check, make_enforcement, make_measure

pytestmark = pytest.mark.django_db
IDENTIFIER = "370116199001010000"


@pytest.fixture
def finance() -> Agency:
    return make_agency(units=("区财政局",))


@pytest.fixture
def staff(finance: Agency) -> User:
    return make_staff("finance", finance)


@pytest.fixture
def office() -> User:
    return make_office()


@pytest.fixture
def report(staff: User) -> Report:
    return create_report(period=period_of(localdate()), by=staff, at=now())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def handed_in(report: Report, by: User) -> Report:
    write_report(report_id=report.pk, narrative="本月逐一核查。", typical_case="", by=by, at=now())
    return submit_report(report_id=report.pk, by=by, at=now())


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


# --- feedback --------------------------------------------------------------


def test_a_unit_tells_the_court_and_the_court_reads_it(finance, staff):
    listing = make_listing("王试例")
    enforcement = make_enforcement(finance, staff, listing, make_measure())
    unit = signed_in(staff)
    assert "填写反馈" in unit.get(reverse("agency_feedback")).content.decode()

    address = reverse("feedback_create", args=[enforcement.pk])
    assert unit.get(address).status_code == 200
    sent = unit.post(address, {"content": "已限制参加采购。", "result": "已履行3万元"})
    assert sent.status_code == 302

    assert "没有待反馈的执行" in unit.get(reverse("agency_feedback")).content.decode()
    assert "已限制参加采购。" in unit.get(reverse("agency_feedback") + "?view=sent").content.decode()
    court = signed_in(make_clerk(court=listing.court))
    page = court.get(reverse("court_feedback")).content.decode()
    assert "已限制参加采购。" in page and "已履行3万元" in page and finance.name in page


@pytest.mark.parametrize("content", ["", "   ", f"当事人{IDENTIFIER}已限制"])
def test_feedback_without_words_or_with_an_identifier_is_refused_at_its_field(finance, staff, content):
    enforcement = make_enforcement(finance, staff, make_listing(), make_measure())
    answer = signed_in(staff).post(reverse("feedback_create", args=[enforcement.pk]), {"content": content})
    assert answer.status_code == 422
    assert 'id="id_content_error"' in answer.content.decode()
    assert not Feedback.objects.exists()


def test_another_units_enforcement_and_another_courts_feedback_are_not_there(finance, staff):
    enforcement = make_enforcement(finance, staff, make_listing(), make_measure())
    send_feedback(enforcement_id=enforcement.pk, content="只给本院", by=staff, at=now())
    stranger = signed_in(make_staff("civil", make_agency("莱芜区民政局")))
    assert stranger.get(reverse("feedback_create", args=[enforcement.pk])).status_code == 404
    other = make_court("鲁0104", "槐荫区人民法院", make_region("370104", "槐荫区"))
    assert "只给本院" not in signed_in(make_clerk("clerk2", other)).get(reverse("court_feedback")).content.decode()
    assert signed_in(make_clerk()).get(reverse("agency_feedback")).status_code == 403
    assert signed_in(staff).get(reverse("court_feedback")).status_code == 403


def test_the_court_filters_by_unit_and_by_day(finance, staff):
    civil = make_agency("莱芜区民政局")
    other = make_staff("civil", civil)
    measure, today = make_measure(), localdate()
    for user, unit, words, days in ((staff, finance, "甲反馈", 0), (other, civil, "乙反馈", 10)):
        enforcement = make_enforcement(unit, user, make_listing(), measure)
        send_feedback(enforcement_id=enforcement.pk, content=words, by=user, at=now() - timedelta(days=days))
    court = signed_in(make_clerk())

    def seen(**query) -> tuple[bool, bool]:
        page = court.get(reverse("court_feedback"), query).content.decode()
        return "甲反馈" in page, "乙反馈" in page

    assert seen() == (True, True)
    assert seen(unit=finance.pk) == (True, False)
    assert seen(since=today.isoformat()) == (True, False)
    assert seen(until=(today - timedelta(days=10)).isoformat()) == (False, True)
    assert court.get(reverse("court_feedback"), {"since": "昨天"}).status_code == 422


def test_lists_of_feedback_cost_the_same_for_one_row_and_twenty(finance, staff):
    unit, court, measure = signed_in(staff), signed_in(make_clerk()), make_measure()
    counts = []
    for rows in (1, 19):
        for _ in range(rows):
            make_enforcement(finance, staff, make_listing(), measure)
            told = make_enforcement(finance, staff, make_listing(), measure)
            send_feedback(enforcement_id=told.pk, content="情况", by=staff, at=now())
        addresses = [
            (unit, "agency_feedback", ""),
            (unit, "agency_feedback", "?view=sent"),
            (court, "court_feedback", ""),
        ]
        counts.append([queries_of(client, reverse(name) + query) for client, name, query in addresses])
    assert counts[0] == counts[1]


# --- the unit's reports ----------------------------------------------------


def test_a_unit_opens_this_months_report_once(staff):
    unit, code = signed_in(staff), period_of(localdate()).code
    assert "建立本月报告" in unit.get(reverse("agency_reports")).content.decode()
    first = unit.post(reverse("report_create"), {"period": code})
    report = Report.objects.get()
    assert first["Location"] == reverse("report_edit", args=[report.pk])
    again = unit.post(reverse("report_create"), {"period": code})
    assert again["Location"] == reverse("report_detail", args=[report.pk])
    page = unit.get(reverse("agency_reports")).content.decode()
    assert "建立本月报告" not in page and "继续填写" in page


@pytest.mark.parametrize("code", ["", "2026-13", "1999-01", "2999-01"])
def test_only_the_last_twelve_months_can_be_reported(staff, code):
    assert signed_in(staff).post(reverse("report_create"), {"period": code}).status_code == 422
    assert not Report.objects.exists()


def test_the_report_shows_figures_texts_and_history(finance, staff, report):
    make_check(finance, staff, outcome="hit", at=now())
    unit = signed_in(staff)
    saved = unit.post(
        reverse("report_edit", args=[report.pk]), {"narrative": "逐一核查。", "typical_case": "张某某一案。"}
    )
    assert saved["Location"] == reverse("report_detail", args=[report.pk])
    page = unit.get(saved["Location"]).content.decode()
    for words in ("本期共核查 1 次，其中命中 1 次", "逐一核查。", "张某某一案。", "建立报告", "提交信用办"):
        assert words in page


@pytest.mark.parametrize("field", ["narrative", "typical_case"])
def test_an_identifier_in_a_report_is_refused_at_its_field(staff, report, field):
    texts = {"narrative": "情况", "typical_case": "案例"} | {field: f"当事人 {IDENTIFIER[:6]} {IDENTIFIER[6:]}"}
    answer = signed_in(staff).post(reverse("report_edit", args=[report.pk]), texts)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    report.refresh_from_db()
    assert (report.narrative, report.typical_case) == ("", "")


def test_an_empty_report_is_not_submitted(staff, report):
    answer = signed_in(staff).post(reverse("report_submit", args=[report.pk]))
    assert answer.status_code == 422
    assert "请先填写工作情况" in answer.content.decode()


def test_a_submitted_report_is_no_longer_edited(staff, report):
    handed_in(report, staff)
    unit = signed_in(staff)
    assert unit.get(reverse("report_edit", args=[report.pk])).status_code == 404
    assert unit.post(reverse("report_submit", args=[report.pk])).status_code == 409


def test_the_units_list_costs_the_same_for_one_report_and_twelve(staff, report):
    unit = signed_in(staff)
    before = queries_of(unit, reverse("agency_reports"))
    current = period_of(localdate())
    for _ in range(11):
        current = previous(current)
        create_report(period=current, by=staff, at=now())
    assert queries_of(unit, reverse("agency_reports")) == before


# --- who may read, who reviews ---------------------------------------------


def test_a_report_is_there_for_its_unit_and_its_office_only(staff, office, report):
    detail, xlsx = reverse("report_detail", args=[report.pk]), reverse("report_xlsx", args=[report.pk])
    assert signed_in(office).get(detail).status_code == 404  # a draft
    handed_in(report, staff)
    assert signed_in(office).get(detail).status_code == 200
    region = make_region("370104", "槐荫区")
    far = make_user("far", "credit_office", make_agency("槐荫区信用办", kind="credit_office", region=region))
    stranger = make_staff("civil", make_agency("莱芜区民政局"))
    for user in (far, stranger):
        assert signed_in(user).get(detail).status_code == 404
        assert signed_in(user).get(xlsx).status_code == 404
    assert signed_in(far).post(reverse("report_accept", args=[report.pk])).status_code == 404
    assert signed_in(make_clerk()).get(detail).status_code == 403
    assert signed_in(staff).post(reverse("report_accept", args=[report.pk])).status_code == 403
    assert Client().get(detail).status_code == 302


def test_the_administrator_reads_and_changes_nothing(staff, report):
    handed_in(report, staff)
    desk = signed_in(make_user("admin", "administrator"))
    assert desk.get(reverse("credit_dashboard")).status_code == 200
    assert desk.get(reverse("credit_reports")).status_code == 200
    page = desk.get(reverse("report_detail", args=[report.pk])).content.decode()
    assert "退回修改" not in page and "提交信用办" not in page
    assert desk.post(reverse("report_accept", args=[report.pk])).status_code == 403
    assert desk.post(reverse("report_submit", args=[report.pk])).status_code == 403


def test_a_returned_report_offers_the_correction_first_and_then_the_submission(staff, office, report):
    handed_in(report, staff)
    signed_in(office).post(reverse("report_return", args=[report.pk]), {"remarks": "补充"})
    unit, detail = signed_in(staff), reverse("report_detail", args=[report.pk])
    assert "按意见修改" in unit.get(detail).content.decode()
    unit.post(reverse("report_edit", args=[report.pk]), {"narrative": "已补充。", "typical_case": ""})
    assert "按意见修改" not in unit.get(detail).content.decode()


def test_the_office_returns_with_remarks_and_accepts(staff, office, report):
    handed_in(report, staff)
    desk = signed_in(office)
    empty = desk.post(reverse("report_return", args=[report.pk]), {"remarks": " "})
    assert empty.status_code == 422
    assert 'id="id_remarks_error"' in empty.content.decode()
    assert desk.post(reverse("report_return", args=[report.pk]), {"remarks": "请补充典型案例。"}).status_code == 302
    unit = signed_in(staff)
    assert "请补充典型案例。" in unit.get(reverse("report_edit", args=[report.pk])).content.decode()
    assert unit.post(reverse("report_submit", args=[report.pk])).status_code == 302
    assert desk.post(reverse("report_accept", args=[report.pk]), {"remarks": ""}).status_code == 302
    report.refresh_from_db()
    assert report.status == "accepted"
    assert desk.post(reverse("report_accept", args=[report.pk]), {"remarks": ""}).status_code == 409


def test_the_workbook_names_its_taker_and_runs_nothing(finance, staff, report):
    measure = make_measure(title="@措施")
    reason = f"=HYPERLINK(1) {IDENTIFIER}"
    make_enforcement(finance, staff, make_listing(), measure, decision="not_applied", reason=reason, at=now())
    write_report(report_id=report.pk, narrative="=1+1", typical_case="+某案", by=staff, at=now())
    answer = signed_in(staff).get(reverse("report_xlsx", args=[report.pk]))
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    sheet: Any = load_workbook(BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [str(cell.value) for cell in cells]
    assert not [text for text in texts if text[0] in "=+-@"]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert {"'=1+1", "'+某案", "'@措施"} <= set(texts)
    assert not [text for text in texts if IDENTIFIER in text]
    mark = next(text for text in texts if text.startswith("用途："))
    assert finance.name in mark and staff.display_name in mark and f"{localdate():%Y-%m-%d}" in mark
    assert AuditEntry.objects.filter(verb="export_report", target_id=str(report.pk)).count() == 1


# --- the credit office -----------------------------------------------------


def test_the_dashboard_shows_the_region_and_opens_the_units_behind_a_number(finance, staff, office):
    make_agency("莱芜区民政局")
    far = make_agency("槐荫区财政局", region=make_region("370104", "槐荫区"))
    make_check(far, make_staff("far", far), at=now())
    for _ in range(3):
        make_check(finance, staff, outcome="hit", at=now())
    desk = signed_in(office)
    context = desk.get(reverse("credit_dashboard")).context
    assert context["total"].checks == 3
    assert [row.agency.name for row in context["rows"]] == ["莱芜区财政局", "莱芜区民政局"]
    for show, names in (("hits", ["莱芜区财政局"]), ("silent", ["莱芜区民政局"]), ("late", []), ("nonsense", None)):
        rows = desk.get(reverse("credit_dashboard"), {"show": show}).context["rows"]
        assert names is None or [row.agency.name for row in rows] == names
    earlier = desk.get(reverse("credit_dashboard"), {"period": previous(period_of(localdate())).code}).context
    assert earlier["total"].checks == 0
    assert desk.get(reverse("credit_dashboard"), {"period": "' OR 1=1"}).status_code == 200


def test_the_dashboard_names_no_person(finance, staff, office):
    listing = make_listing("不宜公开人", publishable=False)
    make_enforcement(finance, staff, listing, make_measure(), at=now())
    make_check(finance, staff, at=now())
    page = signed_in(office).get(reverse("credit_dashboard")).content.decode()
    assert "不宜公开人" not in page and "王试例" not in page and listing.case_number not in page
    assert listing.id_masked not in page


def test_only_the_office_opens_its_pages(staff):
    for user in (staff, make_clerk()):
        for name in ("credit_dashboard", "credit_reports"):
            assert signed_in(user).get(reverse(name)).status_code == 403


def test_the_list_of_reports_says_who_is_missing_and_who_is_late(staff, office, report):
    make_staff("civil", make_agency("莱芜区民政局"))
    User.objects.update(created_at=now() - timedelta(days=400))
    handed_in(report, staff)
    desk, code = signed_in(office), report.period

    def listed(state: str, period: str = code) -> list[tuple[str, bool]]:
        rows = desk.get(reverse("credit_reports"), {"period": period, "state": state}).context["rows"]
        return [(row.agency.name, row.standing.is_late) for row, _ in rows]

    assert listed("") == [("莱芜区财政局", False), ("莱芜区民政局", False)]
    assert listed("submitted") == [("莱芜区财政局", False)]
    assert listed("missing") == [("莱芜区民政局", False)]
    assert listed("accepted") == []
    long_ago = previous(previous(period_of(localdate()))).code
    assert listed("late", long_ago) == [("莱芜区财政局", True), ("莱芜区民政局", True)]
    assert report.period in str(desk.get(reverse("credit_reports"), {"period": long_ago}).context["elsewhere"])


def test_the_offices_pages_cost_the_same_for_two_units_and_eight(staff, office, report):
    handed_in(report, staff)
    desk, counts = signed_in(office), []
    for more in (1, 6):
        for n in range(more):
            other = make_staff(f"other{more}{n}", make_agency(f"莱芜区第{more}{n}局"))
            handed_in(create_report(period=period_of(localdate()), by=other, at=now()), other)
        query = f"?period={report.period}"
        counts.append([queries_of(desk, reverse(name) + query) for name in ("credit_dashboard", "credit_reports")])
    assert counts[0] == counts[1]
