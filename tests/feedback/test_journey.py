"""In a real browser: the unit reports, the office returns, the unit mends, the office accepts."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import localdate, now
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from feedback.models import Feedback, Report
from feedback.rules.periods import period_of
from tests.builders import make_agency, make_clerk, make_listing, make_office, make_staff
from tests.feedback.builders import make_check, make_duty, make_enforcement, make_hit, make_measure

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_report_from_the_unit_to_the_office_and_back(
    page: Page, sign_in: Callable[..., None], axe: Callable[[Page], None], tmp_path: Path
) -> None:
    finance = make_agency(units=("区财政局",))
    staff, office = make_staff("finance", finance), make_office()
    make_staff("civil", make_agency("莱芜区民政局"))
    measure, listing, at = make_measure(), make_listing(), now()
    make_check(finance, staff, at=at)
    make_hit(make_check(finance, staff, outcome="hit", at=at), listing, measure)
    make_enforcement(finance, staff, listing, measure, at=at)
    make_enforcement(finance, staff, make_listing(), measure, decision="not_applied", reason="未达条件", at=at)
    make_duty(finance, listing, measure, due_on=localdate() + timedelta(days=3))

    sign_in(page, staff)
    page.goto("/agency/reports/")
    axe(page)
    page.get_by_role("button", name="建立本月报告").click()
    page.get_by_label("工作情况").fill("本月对政府采购供应商逐一核查。")
    page.get_by_label("典型案例").fill("当事人370116199001010000拒不履行。")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("疑似证件号码")
    axe(page)
    page.get_by_label("典型案例").fill("张某某拒不履行，限制其参加采购后履行完毕。")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{period_of(localdate()).label}失信被执行人联合惩戒")
    expect(page.get_by_text("本期共核查 2 次，其中命中 1 次。")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="提交信用办").click()
    expect(page.get_by_text("报告已提交")).to_be_visible()

    sign_in(page, office)
    page.goto("/credit-office/")
    axe(page)
    page.get_by_role("link", name="审核报告（1）").click()
    axe(page)
    page.get_by_role("link", name=re.compile("审核.*莱芜区财政局")).click()
    page.get_by_role("button", name="退回修改").click()
    expect(page.get_by_role("alert")).to_contain_text("退回时请写明需要修改的内容")
    axe(page)
    page.get_by_label("审核意见").fill("请写明下一步打算。")
    page.get_by_role("button", name="退回修改").click()
    expect(page.get_by_text("已退回，单位会看到审核意见。")).to_be_visible()

    sign_in(page, staff)
    page.goto("/agency/reports/")
    page.get_by_role("link", name="按意见修改").click()
    expect(page.get_by_text("请写明下一步打算。")).to_be_visible()
    page.get_by_label("工作情况").fill("本月对政府采购供应商逐一核查。下一步核查补贴申请人。")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="提交信用办").click()

    sign_in(page, office)
    page.goto("/credit-office/")
    page.get_by_role("link", name="审核报告（1）").click()
    page.get_by_role("link", name=re.compile("审核.*莱芜区财政局")).click()
    page.get_by_role("button", name="通过").click()
    expect(page.get_by_text("报告已通过。")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载表格").click()
    path = tmp_path / "report.xlsx"
    download.value.save_as(path)
    sheet: Any = load_workbook(path).active
    assert "莱芜区信用办" in sheet["A2"].value
    assert Report.objects.get().status == "accepted"


def test_feedback_from_the_unit_to_the_court(
    page: Page, sign_in: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    finance = make_agency(units=("区财政局",))
    staff, listing = make_staff("finance", finance), make_listing("王试例")
    make_enforcement(finance, staff, listing, make_measure(), at=now())
    sign_in(page, staff)
    page.goto("/agency/feedback/")
    axe(page)
    page.get_by_role("link", name=re.compile("填写反馈.*王试例")).click()
    axe(page)
    page.get_by_label("反馈内容").fill("自即日起不列入政府采购供应商名单。")
    page.get_by_role("button", name="发给法院").click()
    expect(page.get_by_text("没有待反馈的执行")).to_be_visible()

    sign_in(page, make_clerk(court=listing.court))
    page.goto("/court/feedback/")
    expect(page.get_by_text("自即日起不列入政府采购供应商名单。")).to_be_visible()
    axe(page)
    assert Feedback.objects.count() == 1
