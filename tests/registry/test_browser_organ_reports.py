"""A report upward in a real browser: marked, asked for, approved by a second person, taken, recorded."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from registry.models import OrganReport
from tests import builders

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"wide": 1440, "phone": 390}


def test_a_deputy_is_marked_reported_approved_and_sent(
    page: "Page", sign_in: Callable[..., None], axe: Callable[..., None], screenshots: Path
) -> None:
    court = builders.make_court()
    clerk, reviewer = builders.make_clerk(court=court), builders.make_reviewer(court=court)
    deputy = builders.make_listing("郑代表", court=court, publishable=False, performance="none")

    def good(name: str) -> None:
        axe(page)
        for size, width in SIZES.items():
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} at {width}"
            page.screenshot(path=screenshots / f"organ-{name}-{size}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})

    sign_in(page, clerk)
    page.goto("/court/organ-reports/")
    good("empty")
    page.goto(f"/court/listings/{deputy.pk}/")
    page.get_by_role("link", name="标记身份类别").click()
    page.get_by_label("人大代表").check()
    page.get_by_label("认定依据").fill("莱芜区人大常委会代表名册，2026年5月核对")
    good("mark-form")
    page.get_by_role("button", name="标记", exact=True).click()
    page.get_by_text("已标记，下次报告时列入。").wait_for()
    good("marked")
    page.goto("/court/organ-reports/")
    page.get_by_label("报送对象").select_option(label="人大常委会")
    page.get_by_label("接收单位").fill("莱芜区人大常委会")
    page.get_by_label("用途").fill("第四季度报告代表履行裁判的情况")
    good("request")
    page.get_by_role("button", name="申请，交复核人批准").click()
    page.get_by_text("须由另一名复核人批准").wait_for()
    good("waiting")
    address = page.url
    page.get_by_role("button", name="退出").first.click()
    sign_in(page, reviewer)
    page.goto(address)
    page.get_by_role("button", name="退回").click()
    page.get_by_text("请写明退回的理由").first.wait_for()
    good("refusal")
    page.goto(address)
    page.get_by_role("button", name="批准导出").click()
    page.get_by_text("已批准，七日内可以下载。").wait_for()
    good("approved")
    with page.expect_download() as taken:
        page.get_by_role("button", name="下载工作簿").click()
    sheet = load_workbook(BytesIO(Path(taken.value.path()).read_bytes()))["人大代表"]
    assert "reviewer" in str(sheet["A1"].value) and sheet["B4"].value == "郑代表"
    page.get_by_label("报送文号").fill("莱法〔2026〕9号")
    page.get_by_label("报送日期").fill(OrganReport.objects.get().requested_at.astimezone().date().isoformat())
    page.get_by_role("button", name="登记报送").click()
    page.get_by_text("报送已登记。").wait_for()
    good("sent")
    page.goto("/court/organ-reports/")
    good("list")
