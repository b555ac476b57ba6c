"""A list's way through the court in a real browser, every page accessible and fitting a phone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registry.models import Batch, Listing
from registry.services import batches, reading
from tests import builders
from tests.registry.builders import row, write_list

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def overflow(page: "Page") -> int:
    page.set_viewport_size({"width": 390, "height": 800})
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    return wider


def test_a_list_is_uploaded_previewed_approved_and_a_listing_shielded(
    page: "Page", sign_in: Callable[..., None], axe: Callable[..., None], tmp_path: Path
) -> None:
    court = builders.make_court()
    clerk, reviewer = builders.make_clerk(court=court), builders.make_reviewer(court=court)

    def good(address: str) -> None:
        page.goto(address)
        axe(page)
        assert overflow(page) <= 0, address

    sign_in(page, clerk)
    good("/court/")
    good("/court/batches/upload/")
    rows = [row(备注栏="转自旧系统"), row(证件号码="370116199001010009", 案号="（2020）鲁0116执2号")]
    page.set_input_files("input[type=file]", write_list(tmp_path / "名单.csv", rows))
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_text("排队等待读取").wait_for()
    batch = Batch.objects.get()
    reading.read_batch(batch.pk, at=builders.NOW)
    page.get_by_text("您是上传人").wait_for()  # the moving part noticed by itself
    address = f"/court/batches/{batch.pk}/"
    good(address)
    good(f"{address}rows/3/")
    with page.expect_download() as download:
        page.goto(address)
        page.get_by_role("button", name="下载 1 行").click()
    assert download.value.suggested_filename.endswith(".xlsx")

    page.context.clear_cookies()
    sign_in(page, reviewer)
    good(address)
    page.goto(address)
    page.get_by_role("button", name="批准，一次生效").click()
    page.get_by_text("已批准，正在入库。").wait_for()
    batches.apply_batch(batch.pk, at=builders.NOW)

    listing = Listing.objects.get()
    good("/court/batches/")
    good("/court/listings/")
    good(f"/court/listings/{listing.pk}/")
    good(f"/court/listings/{listing.pk}/correct/")
    good(f"/court/listings/{listing.pk}/shield/")
    page.get_by_label("已履行或已执行完毕").check()
    page.get_by_label("依据文号").fill("（2020）鲁0116执1号之二")
    page.get_by_label("日期").fill("2026-11-18")
    page.get_by_role("button", name="确认屏蔽").click()
    page.get_by_text("已屏蔽，相关单位将收到解除通知。").wait_for()


def test_anybody_searches_the_public_list(page: "Page", axe: Callable[..., Any]) -> None:
    builders.make_listing("赵公示")
    page.goto("/public/search/")
    page.get_by_label("姓名或名称").fill("赵公示")
    page.get_by_role("button", name="查询").click()
    page.get_by_text("同名不等于同一人").wait_for()
    axe(page)
    assert overflow(page) <= 0
    assert "赵公示" not in page.url
