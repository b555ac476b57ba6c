"""The court's batch pages in a real browser, for a clerk who has nothing but the pages; accessible, fit for a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook, load_workbook

from agencies.models import User
from registry.models import Batch, Court, Listing
from registry.services import batches, listings, reading
from tests import builders
from tests.registry import builders as lists
from tests.registry.builders import row, write_list

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
Look = Callable[[str], None]


@pytest.fixture
def look(page: Page, axe: Callable[[Page], None], screenshots: Path) -> Look:
    """name → the page as it stands is accessible and fits, on a desk and on a phone; pictures are kept."""

    def look(name: str) -> None:
        for view in (WIDE, NARROW):
            page.set_viewport_size(view)  # type: ignore[arg-type]
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, view)
            page.screenshot(path=screenshots / f"batches-{name}-{view['width']}.png", full_page=True)
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    return look


@pytest.fixture
def become(page: Page, sign_in: Callable[..., None]) -> Callable[[User], None]:
    def become(user: User) -> None:
        page.context.clear_cookies()
        sign_in(page, user)

    return become


def send(page: Page, path: Path) -> Batch:
    """Upload a file through the page; read it as the worker would."""
    page.goto("/court/batches/")
    page.get_by_role("link", name="上传名单").first.click()
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_text("文件已收到").wait_for()
    return Batch.objects.latest("pk")


def test_a_dirty_file_is_corrected_approved_by_the_second_person_and_taken_back(
    page: Page, become: Callable[[User], None], look: Look, court: Court, clerk: User, reviewer: User, tmp_path: Path
) -> None:
    become(clerk)
    page.goto("/court/batches/")
    look("list-empty")
    page.goto("/court/batches/upload/")
    look("upload")
    bad = row(
        证件号码="370116199001010009", 被执行人姓名或名称="钱错号", 案号="（2020）鲁0116执2号", 备注栏="转自旧系统"
    )
    dirty = [row(案号="（2020）鲁0116执1号"), bad, row(案号="看不清", 被执行人姓名或名称="孙错案")]
    batch = send(page, write_list(tmp_path / "名单.csv", dirty))
    page.get_by_text("排队等待读取").wait_for()
    look("queued")
    reading.read_batch(batch.pk, at=builders.NOW)
    page.get_by_text("您是上传人").wait_for()  # the moving part noticed by itself
    look("plan-uploader")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 2 行").click()
    path = tmp_path / "更正.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    columns = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, columns["证件号码"]).value = builders.another_person_id()  # type: ignore[arg-type]
    sheet.cell(4, columns["案号"]).value = "（2020）鲁0116执3号"  # type: ignore[arg-type]
    book.save(path)
    again = send(page, path)
    reading.read_batch(again.pk, at=builders.NOW)
    page.get_by_text("您是上传人").wait_for()
    assert "新纳入名单" in page.content()
    assert page.get_by_role("link", name="新纳入名单 2条，查看明细").is_visible()

    become(reviewer)
    page.goto("/court/batches/?status=mine")
    page.get_by_text("等您复核").first.wait_for()
    look("list-mine")
    page.get_by_role("link", name="更正.xlsx").click()
    look("plan-reviewer")
    page.get_by_role("button", name="批准，一次生效").click()
    page.get_by_text("已批准，正在入库。").wait_for()
    look("applying")
    batches.apply_batch(again.pk, at=builders.NOW)
    page.get_by_text("本批次的改动已全部入库").wait_for()
    look("applied")

    kept = Listing.objects.get(name="钱错号")
    listings.suspend_listing(
        listing_id=kept.pk,
        ground="核实身份",
        document_number="（2026）鲁0116执异1号",
        happened_on=builders.TODAY,
        by=reviewer,
        at=builders.NOW + timedelta(hours=1),
    )
    page.get_by_role("link", name="整批撤回…").click()
    page.get_by_text("之后又有变更").first.wait_for()
    look("reversal-plan")
    page.get_by_label("撤回理由").fill("整批报送有误")
    page.get_by_label("依据文号").fill("（2026）鲁0116执监1号")
    page.get_by_role("button", name="确认撤回 1 项").dblclick()
    page.get_by_role("heading", name="整批撤回的结果").wait_for()
    look("reversal-result")
    again.refresh_from_db()
    assert (again.status, again.count_reversed, again.count_kept) == ("reversed", 1, 1)
    assert Listing.objects.get(name="孙错案").status == "revoked"
    page.goto("/court/batches/")
    page.get_by_text("撤回 1 项，1 项未撤").wait_for()
    look("list")


def test_a_whole_list_that_leaves_much_out_takes_both_persons(
    page: Page, become: Callable[[User], None], look: Look, court: Court, clerk: User, reviewer: User, tmp_path: Path
) -> None:
    rows = [row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 31)]
    lists.apply(lists.upload(tmp_path, rows, court, clerk), reviewer)
    become(clerk)
    page.goto("/court/batches/upload/")
    page.set_input_files("input[type=file]", write_list(tmp_path / "全部名单.csv", rows[:26]))
    assert page.get_by_label("退出日期").is_hidden()
    page.get_by_label("全量：").check()
    page.get_by_label("退出日期").wait_for()
    look("upload-snapshot")
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_text("全量报送须填写这一项").first.wait_for()
    look("upload-snapshot-errors")
    page.set_input_files("input[type=file]", tmp_path / "全部名单.csv")
    page.get_by_label("没有提到的条目的退出原因").select_option("terminated")
    page.get_by_label("退出依据文号").fill("（2026）鲁0116执清1号")
    page.get_by_label("退出日期").fill("2026-11-18")
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_text("文件已收到").wait_for()
    batch = Batch.objects.latest("pk")
    reading.read_batch(batch.pk, at=builders.NOW)
    page.get_by_text("须您先确认").wait_for()
    look("snapshot-uploader")
    page.get_by_role("link", name="4 条没有在文件里提到").click()
    look("missing")
    page.go_back()
    page.get_by_label("请输入本批次的总行数").fill("25")
    page.get_by_role("button", name="确认这些条目退出").click()
    page.get_by_text("与本批次的总行数不一致").first.wait_for()
    page.get_by_label("请输入本批次的总行数").fill("26")
    page.get_by_role("button", name="确认这些条目退出").click()
    page.get_by_text("已确认，等待复核人批准").wait_for()

    become(reviewer)
    page.goto(f"/court/batches/{batch.pk}/")
    look("snapshot-reviewer")
    units = [{"unit": f"区第{n}局", "measures_starting": 40 - n, "per_person": 2, "per_unit": 3} for n in range(5)]
    ending = [{"unit": "区财政局", "measures_ending": 7}]
    row_ending_much = {"row": 2, "listing": str(Listing.objects.all()[0].pk), "measures_ending": 5}
    batch.impact |= {
        "same_name_collisions": 3,
        "starting": {"measures_starting": 190, "units_starting": 7, "units": units},
        "releases": {
            "measures_ending": 7,
            "units_affected": 1,
            "units": ending,
            "rows_ending_many": [row_ending_much, {**row_ending_much, "row": None}],
        },
    }
    Batch.objects.filter(pk=batch.pk).update(impact={**Batch.objects.get(pk=batch.pk).impact, **batch.impact})
    page.reload()
    page.get_by_text("各单位将开始和解除的措施").press("Enter")
    page.get_by_role("rowheader", name="区财政局").wait_for()
    look("impact")
    page.emulate_media(media="print")
    page.screenshot(path="test-output/batches-print.png", full_page=True)
    page.emulate_media(media="screen")
    page.get_by_label("请输入本批次的总行数").fill("26")
    page.get_by_role("button", name="批准，一次生效").click()
    page.get_by_text("已批准，正在入库。").wait_for()
    batches.apply_batch(batch.pk, at=builders.NOW)
    assert Listing.objects.filter(status="shielded").count() == 4


def test_one_of_two_lists_is_chosen_and_a_batch_called_off(
    page: Page, become: Callable[[User], None], look: Look, court: Court, clerk: User, tmp_path: Path
) -> None:
    book = Workbook()
    for sheet, name in ((book.active, "一月"), (book.create_sheet(), "二月")):
        assert sheet is not None
        sheet.title = name
        sheet.append(["被执行人姓名或名称", "证件号码", "案号"])
        sheet.append(["王试例", builders.another_person_id(), "（2020）鲁0116执1号"])
    book.save(tmp_path / "两张.xlsx")
    become(clerk)
    batch = send(page, tmp_path / "两张.xlsx")
    look("sheets")
    page.get_by_label("二月").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="读取这个工作表").press("Enter")
    page.get_by_text("已选定工作表").wait_for()
    page.get_by_text("取消本批次…").press("Enter")
    look("cancel")
    page.get_by_label("取消理由").fill("传错了文件")
    page.get_by_role("button", name="确认取消").dblclick()
    page.get_by_text("已取消，名单没有任何改动").first.wait_for()
    look("cancelled")
    batch.refresh_from_db()
    assert (batch.sheet, batch.status, batch.failure_code) == ("二月", "refused", "cancelled")
