"""The whole story in five windows (design.md §4): court, unit, credit office and the public, with a real worker.

Every page on the way is checked for accessibility and for its width, and leaves its picture in test-output/.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.timezone import localdate
from openpyxl import load_workbook

from tests.builders import person_id
from tests.cast import PERSON_NUMBER, make_world
from tests.journeys.conftest import TELEPHONE, WAIT, Desks, until
from tests.services import CeleryWorker

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = person_id(born="19850101")
TODAY = localdate()


def test_from_the_file_to_the_accepted_report(
    stage: None, celery_worker: CeleryWorker, desks: Desks, list_file: Callable[..., Path], tmp_path: Path
) -> None:
    clerk, reviewer, finance = desks.open("clerk"), desks.open("reviewer"), desks.open("finance")
    office, public = desks.open("office"), desks.open(width=TELEPHONE)

    upload_a_list(desks, clerk, list_file({"证件号码": NUMBER}, {"被执行人姓名或名称": "孙笔误", "案号": "不清楚"}))
    approve_it(desks, reviewer)
    receipt = check_an_applicant(desks, finance)
    record_what_was_done(desks, finance)
    tell_the_court(desks, finance, clerk)
    shield_the_listing(desks, clerk)
    let_go(desks, finance)
    see_that_all_have_let_go(desks, clerk)
    report(desks, finance)
    send_it_back(desks, office)
    mend_it(desks, finance)
    accept_it(desks, office, tmp_path)
    verify(desks, public, receipt)


def upload_a_list(desks: Desks, clerk: Page, file: Path) -> None:
    desks.look(clerk, "01-court")
    clerk.goto("/court/batches/upload/")
    desks.look(clerk, "02-upload")
    clerk.get_by_label("名单文件").set_input_files(file)
    clerk.get_by_label("说明").fill("十一月第二批")
    clerk.get_by_role("button", name="上传并预览").click()
    clerk.get_by_role("heading", name="批准之后").wait_for(timeout=WAIT * 1000)
    shows(clerk, "您是上传人，须由本院另一位复核人批准")
    assert clerk.get_by_role("button", name="批准，一次生效").count() == 0
    desks.look(clerk, "03-preview")
    clerk.get_by_role("link", name=re.compile("不予入库|有问题")).first.click()
    shows(clerk, "案号无法识别")
    desks.look(clerk, "04-rejected-rows")


def approve_it(desks: Desks, reviewer: Page) -> None:
    reviewer.goto("/court/")
    desks.look(reviewer, "05-reviewer")
    reviewer.get_by_role("link", name=re.compile("名单.xlsx")).first.click()
    reviewer.get_by_label("复核意见").fill("已逐项核对")
    reviewer.get_by_role("button", name="批准，一次生效").click()
    reviewer.get_by_text("本批次的改动已全部入库").wait_for(timeout=WAIT * 1000)
    desks.look(reviewer, "06-applied")


def check_an_applicant(desks: Desks, finance: Page) -> str:
    desks.look(finance, "07-check")
    finance.get_by_label("姓名或名称", exact=False).first.fill("王试例")
    finance.get_by_label("证件号码", exact=False).first.fill(NUMBER)
    finance.get_by_label("办件号").fill("2026-采-0117")
    finance.get_by_label("办理事项").select_option(label="政府采购供应商资格审查")
    finance.get_by_role("button", name="核查", exact=True).click()
    finance.wait_for_url(re.compile("/agency/checks/C"))
    assert "命中" in finance.locator(".outcome-answer").inner_text()
    finance.get_by_role("heading", name="莱芜区信用办〔2020〕17号 第4项").wait_for()
    shows(finance, "中华人民共和国政府采购法")
    assert NUMBER not in finance.content()
    assert NUMBER not in finance.url
    desks.look(finance, "08-hit")
    finance.emulate_media(media="print")
    code = finance.get_by_alt_text("验证本回执的二维码")
    assert code.is_visible() and code.evaluate("image => image.naturalWidth > 0")
    finance.screenshot(path=desks.pictures / f"{desks.story}-09-printed.png", full_page=True)
    finance.emulate_media(media="screen")
    return finance.url.rstrip("/").rsplit("/", 1)[-1]


def record_what_was_done(desks: Desks, finance: Page) -> None:
    finance.get_by_role("link", name=re.compile("登记执行.*第4项")).click()
    desks.look(finance, "10-enforcement-form")
    finance.get_by_label("已实施").check()
    finance.get_by_label("本单位文书文号").fill("莱财采〔2026〕1号")
    finance.get_by_role("button", name="登记", exact=True).click()
    finance.wait_for_url(re.compile(r"/agency/enforcements/[0-9a-f-]{36}/$"))
    shows(finance, "实施中")
    desks.look(finance, "11-enforcement")


def tell_the_court(desks: Desks, finance: Page, clerk: Page) -> None:
    finance.get_by_role("link", name="向法院反馈").click()
    finance.get_by_label("反馈内容").fill("已限制其参加政府采购活动。")
    desks.look(finance, "12-feedback")
    finance.get_by_role("button", name="发给法院").click()
    clerk.goto("/court/feedback/")
    shows(clerk, "已限制其参加政府采购活动。")
    desks.look(clerk, "13-court-feedback")


def shield_the_listing(desks: Desks, clerk: Page) -> None:
    clerk.goto("/court/listings/")
    clerk.get_by_label("姓名或名称").fill("王试例")
    clerk.get_by_role("button", name=re.compile("查询|搜索")).click()
    desks.look(clerk, "14-listings")
    clerk.get_by_role("link", name=re.compile("王试例")).click()
    desks.look(clerk, "15-listing")
    clerk.get_by_role("link", name=re.compile("屏蔽")).first.click()
    clerk.locator("[name=ground][value=performed]").check()
    clerk.get_by_label("依据文号").fill("（2020）鲁0116执1号之一")
    clerk.get_by_label("日期").fill(TODAY.isoformat())
    desks.look(clerk, "16-shield")
    clerk.get_by_role("button", name="确认屏蔽").click()
    shows(clerk, "已屏蔽，相关单位将收到解除通知。")
    desks.look(clerk, "17-shielded")


def let_go(desks: Desks, finance: Page) -> None:
    def duty_is_there() -> bool:
        finance.goto("/agency/releases/")
        return finance.get_by_role("link", name=re.compile("第4项")).count() > 0

    until(duty_is_there)
    desks.look(finance, "18-duties")
    finance.get_by_role("link", name=re.compile("第4项")).first.click()
    finance.get_by_label("办理说明").fill("已恢复其参加政府采购活动的资格。")
    desks.look(finance, "19-duty")
    finance.get_by_role("button", name="已全部解除，办结").click()
    finance.goto("/agency/releases/?status=done")
    finance.get_by_role("link", name=re.compile("第4项")).wait_for()


def see_that_all_have_let_go(desks: Desks, clerk: Page) -> None:
    clerk.goto("/court/releases/?status=done")
    shows(clerk, "1/1 已解除")
    desks.look(clerk, "20-court-releases")


def report(desks: Desks, finance: Page) -> None:
    finance.goto("/agency/reports/")
    desks.look(finance, "21-reports")
    finance.get_by_role("button", name="建立本月报告").click()
    finance.goto("/agency/reports/")
    finance.get_by_role("link", name=re.compile("继续填写")).first.click()
    facts = re.sub(r"\s+", "", finance.get_by_role("complementary").inner_text())
    assert "核查1次" in facts and "命中1次" in facts and "已实施1项" in facts and "1/1项办结" in facts
    finance.get_by_label("工作情况").fill("本月对政府采购供应商逐一核查。")
    desks.look(finance, "22-report-form")
    finance.get_by_role("button", name="保存").click()
    desks.look(finance, "23-report")
    finance.get_by_role("button", name="提交信用办").click()
    shows(finance, "已提交")


def send_it_back(desks: Desks, office: Page) -> None:
    office.goto("/credit-office/")
    desks.look(office, "24-dashboard")
    open_the_report(office)
    office.get_by_label("审核意见").fill("请补充典型案例。")
    desks.look(office, "25-review")
    office.get_by_role("button", name="退回修改").click()


def open_the_report(office: Page) -> None:
    office.goto("/credit-office/reports/")
    office.get_by_label("报告期").select_option(label=f"{TODAY.year}年{TODAY.month}月")
    office.get_by_role("button", name="查看", exact=True).click()
    office.locator('main a[href^="/reports/"]').first.click()
    office.wait_for_url(re.compile("/reports/[0-9a-f-]{36}/"))


def mend_it(desks: Desks, finance: Page) -> None:
    finance.goto("/agency/reports/")
    finance.get_by_role("link", name=re.compile("按意见修改")).click()
    shows(finance, "请补充典型案例。")
    finance.get_by_label("典型案例").fill("某供应商在核查后主动履行了全部义务。")
    finance.get_by_role("button", name="保存").click()
    finance.get_by_role("button", name="提交信用办").click()
    desks.look(finance, "26-resubmitted")


def accept_it(desks: Desks, office: Page, folder: Path) -> None:
    open_the_report(office)
    office.get_by_role("button", name="通过", exact=True).click()
    shows(office, "已通过")
    desks.look(office, "27-accepted")
    with office.expect_download() as download:
        office.get_by_role("link", name="下载表格").click()
    file = folder / "报告.xlsx"
    download.value.save_as(file)
    cells = {str(cell.value) for sheet in load_workbook(file) for line in sheet.iter_rows() for cell in line}
    assert any("莱芜区财政局" in cell for cell in cells)
    assert not any(NUMBER in cell for cell in cells)


def verify(desks: Desks, public: Page, receipt: str) -> None:
    public.goto(f"/verify/{receipt}/")
    shows(public, "回执有效")
    shows(public, "此后情况有变化")
    assert "王试例" not in public.content()
    desks.look(public, "28-verified")
    public.goto("/public/search/")
    desks.look(public, "29-public-search")
    public.get_by_label("姓名或名称").fill("王试例")
    public.get_by_label("证件号码").fill(NUMBER)
    public.get_by_role("button", name=re.compile("查询")).click()
    assert "（2020）鲁0116执1号" not in public.content()
    desks.look(public, "30-public-answer")


# --- variants ----------------------------------------------------------------


def test_a_check_needs_no_mouse(page: Page, sign_in: Any, axe: Any, tmp_path: Path) -> None:
    sign_in(page, make_world(tmp_path).finance)
    page.goto("/agency/")
    keys = page.keyboard
    assert focused(page, "name") == "name"
    keys.type("王试例")
    press_until(page, "id_number")
    keys.type(PERSON_NUMBER)
    press_until(page, "case_reference")
    keys.type("2026-采-0118")
    keys.press("Enter")
    page.wait_for_url(re.compile("/agency/checks/C"))
    assert "命中" in page.locator(".outcome-answer").inner_text()
    keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "跳到正文"
    keys.press("Enter")
    for _ in range(40):
        keys.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("登记执行"):
            break
    shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert shown != "none"
    keys.press("Enter")
    page.wait_for_url(re.compile("/agency/enforcements/new/"))
    axe(page)


def test_a_check_needs_no_scripts(desks: Desks, tmp_path: Path, sign_in: Any) -> None:
    world = make_world(tmp_path)
    page = desks.open(java_script_enabled=False)
    page.context.add_cookies(
        [{"name": "sessionid", "value": world.sessions[world.finance.username], "url": desks.address}]
    )
    page.goto("/agency/")
    page.get_by_label("姓名或名称").first.fill("王试例")
    page.get_by_label("证件号码").first.fill(PERSON_NUMBER)
    page.get_by_label("办件号").fill("2026-采-0119")
    page.get_by_role("button", name="核查", exact=True).click()
    assert "命中" in page.locator(".outcome-answer").inner_text()
    page.get_by_role("link", name=re.compile("登记执行.*第4项")).click()
    page.get_by_label("本单位文书文号").wait_for()


def shows(page: Page, text: str) -> None:
    """The words are there to be read, now or as soon as the page is."""
    page.get_by_text(text).filter(visible=True).first.wait_for()


def focused(page: Page, attribute: str) -> str:
    found: str = page.evaluate(f"document.activeElement.getAttribute('{attribute}') || ''")
    return found


def press_until(page: Page, name: str) -> None:
    """Tab on to the field of this name."""
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page, "name") == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab")
