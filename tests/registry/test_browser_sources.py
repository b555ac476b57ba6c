"""The pages of the sources in a browser: the administrator sets them up, the court looks on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.timezone import now

from registry.models import Batch, Source, SourceRun
from registry.services import drawing
from tests import builders
from tests.cast import follow_upper
from tests.registry.builders import row, write_list
from tests.registry.test_browser_court import overflow

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_folder_and_a_platform_are_set_up_and_watched_over(
    page: Page,
    sign_in: Callable[..., None],
    axe: Callable[..., None],
    screenshots: Path,
    tmp_path: Path,
    settings: Any,
) -> None:
    settings.SOURCES_DIR = tmp_path / "sources"
    court = builders.make_court()
    clerk = builders.make_clerk(court=court)
    administrator = builders.make_user("admin", "administrator")

    def good(address: str, name: str = "") -> None:
        page.goto(address)
        axe(page)
        assert overflow(page) <= 0, address
        for width in (1440, 390) if name else ():
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=screenshots / f"sources-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})

    sign_in(page, administrator)
    good("/admin-desk/sources/", "empty")
    page.get_by_role("link", name="监视文件夹").click()
    axe(page)
    page.get_by_label("名称").fill("审判系统每日导出")
    page.locator("input[name=path]").fill("../etc")
    page.get_by_label("法院").select_option(label=court.name)
    page.get_by_label("报送账号").fill(clerk.username)
    page.get_by_role("button", name="监视文件夹").click()
    page.get_by_role("alert").get_by_text("来源目录").wait_for()
    axe(page)
    page.locator("input[name=path]").fill("court-0116")
    page.get_by_role("button", name="监视文件夹").click()
    page.get_by_text("放入的名单文件会自动报送").wait_for()
    source = Source.objects.get()
    folder = settings.SOURCES_DIR / "court-0116"
    write_list(folder / "十一月.csv", [row(), row(案号="（2020）鲁0116执2号")])
    (folder / "空.csv").write_bytes(b"")
    drawing.draw(source.pk, at=now() + timedelta(seconds=30))
    good(f"/admin-desk/sources/{source.pk}/", "folder")
    page.get_by_role("button", name="暂停").click()
    page.get_by_text("已暂停，已有的名单保持不变。").wait_for()
    page.get_by_role("button", name="恢复").click()
    page.get_by_text("已恢复，马上轮到。").wait_for()

    good("/admin-desk/sources/platform/", "new")
    upper = follow_upper(administrator)
    SourceRun.objects.create(
        source=upper, kind="pull", status="failed", started_at=now(), ended_at=now(), repeats=3,
        error_code="upstream_down", error="上级平台连接不上，稍后自动重试。",
    )  # fmt: skip
    good("/admin-desk/sources/", "list")
    good(f"/admin-desk/sources/{upper.pk}/", "platform")
    page.get_by_text("按上级平台更正").click()
    page.get_by_role("button", name="批准更正").click()
    page.get_by_text("已批准，下一轮按上级平台的记录更正。").wait_for()
    Source.objects.filter(pk=upper.pk).update(
        status="stopped", stop_code="out_of_step", stop_reason="上级平台的变更流缺第 12 号。"
    )
    good(f"/admin-desk/sources/{upper.pk}/", "stopped")
    assert page.get_by_role("button", name="恢复").count() == 0
    page.get_by_text("重新同步…").click()
    page.get_by_role("button", name="确认重新同步").click()
    page.get_by_text("将从名单快照重新同步").wait_for()
    assert "5" * 64 not in page.content()

    page.context.clear_cookies()
    sign_in(page, clerk)
    good("/court/sources/", "court")
    page.get_by_role("link", name="十一月.csv").click()
    assert page.url.endswith(f"/court/batches/{Batch.objects.get().pk}/")
    mirrored = builders.make_listing("郑同步", court=court, source=upper, source_number=1)
    good(f"/court/listings/{mirrored.pk}/", "mirrored")
    page.get_by_text("只能在上级平台办理").wait_for()
    assert page.get_by_role("link", name="更正内容").count() == 0
