"""A listing's life in a real browser: warned, given grace, held to its term, let go, looked up in the archive."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.models import GracePeriod, Listing, RiskNotice
from tests import builders
from tests.builders import another_person_id

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"wide": 1440, "phone": 390}


def test_a_listing_is_warned_of_given_grace_held_to_its_term_and_found_in_the_archive(
    page: "Page", sign_in: Callable[..., None], axe: Callable[..., None], screenshots: Path
) -> None:
    court = builders.make_court()
    clerk = builders.make_clerk(court=court)
    sign_in(page, clerk)

    def good(name: str) -> None:
        axe(page)
        for size, width in SIZES.items():
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} at {width}"
            page.screenshot(path=screenshots / f"life-{name}-{size}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})

    page.goto("/court/notices/")
    page.get_by_label("案号").fill("（2020）鲁0116执1号")
    page.get_by_label("姓名或名称").fill("王试例")
    page.get_by_label("送达日期").fill("2026-11-02")
    page.get_by_label("文书文号").fill("（2020）鲁0116执1号执行通知书")
    page.get_by_role("button", name="登记").click()
    page.get_by_text("已登记。").wait_for()
    assert RiskNotice.objects.count() == 1
    good("notices")

    page.goto("/court/grace/")
    good("grace-form")
    page.get_by_label("案号").fill("（2020）鲁0116执1号")
    page.get_by_label("姓名或名称").fill("王试例")
    page.get_by_label("证件号码").fill(another_person_id())
    page.get_by_label("宽限期起算日").fill("2026-11-03")
    page.get_by_label("2个月").check()
    page.get_by_label("准予宽限的文书文号").fill("（2020）鲁0116执1号宽限通知")
    page.get_by_label("已作出纳入决定，宽限期满次日自动生效").check()
    page.get_by_label("决定书文号").fill("（2020）鲁0116执1号决定书")
    page.get_by_label("决定日期").fill("2026-11-03")
    page.get_by_label("以伪造证据、暴力、威胁等方法妨碍、抗拒执行").check()
    page.get_by_role("button", name="登记").click()
    page.get_by_text("已登记宽限期。").wait_for()
    good("grace")
    waiting = GracePeriod.objects.get().listing
    assert waiting is not None
    page.get_by_role("link", name="王试例").click()
    page.get_by_text("次日自动生效").wait_for()
    good("pending")

    listing = builders.make_listing(
        "钱在列", court=court, circumstances=["obstructs", "evades"], decided_on=date(2026, 1, 5),
        term_ends_on=date(2028, 1, 5), obligation="偿还借款本金五十万元及利息", performance="none",
        published_on=date(2026, 1, 8), decision_number="（2026）鲁0116执9号决定书",
    )  # fmt: skip
    page.goto(f"/court/listings/{listing.pk}/")
    page.get_by_text("由法院决定提前删除").wait_for()
    basis = page.locator("details", has=page.locator("summary", has_text="依据")).first
    basis.locator("summary").focus()
    page.keyboard.press("Enter")
    assert basis.get_attribute("open") is not None
    good("listing")
    page.get_by_role("link", name="延长纳入期限").click()
    page.get_by_label("1年，至2029年1月5日").check()
    page.get_by_label("理由").fill("暴力抗拒执行，情节严重")
    page.get_by_label("决定书文号").fill("（2026）鲁0116执9号决定书之二")
    page.get_by_label("决定日期").fill("2026-11-02")
    good("extend")
    page.get_by_role("button", name="确认延长").click()
    page.get_by_text("已延长").wait_for()
    page.get_by_text("延长期限", exact=True).wait_for()
    page.get_by_role("link", name="屏蔽（退出名单）").click()
    good("shield")
    page.get_by_label("积极履行或主动纠正").check()
    page.get_by_label("依据文号").fill("（2026）鲁0116执9号决定书之三")
    page.get_by_label("日期").fill("2026-11-03")
    page.get_by_role("button", name="确认屏蔽").click()
    page.get_by_text("已屏蔽，相关单位将收到解除通知。").wait_for()
    good("ended")
    assert "偿还借款本金五十万元" not in page.content()
    page.get_by_role("link", name="查阅档案").click()
    page.get_by_label("查阅事由").fill("信访核查")
    good("archive-reason")
    page.get_by_role("button", name="查阅").click()
    page.get_by_text("偿还借款本金五十万元").wait_for()
    good("archive-open")
    page.goto("/court/archive/")
    page.get_by_text("钱＊").wait_for()
    good("archive")
    assert Listing.objects.get(pk=listing.pk).exit_ground == "early_removal"
