"""The remedies in a real browser: recorded, decided, reconsidered, repaired; every page accessible, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.timezone import localdate

from agencies.services.repairs import open_repair_decisions
from registry.models import Court, CreditRepair, Listing, Objection
from registry.services.reference import load_reference_data
from tests import builders
from tests.agencies import acts
from tests.builders import NOW
from tests.registry.remedies import SCAN

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_remedy_goes_its_whole_way(
    page: Page, sign_in: Callable[..., None], axe: Callable[..., None], tmp_path: Path, screenshots: Path, settings: Any
) -> None:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    load_reference_data()
    court = Court.objects.get(code="闽01")
    clerk, upper = (
        builders.make_clerk(court=court),
        builders.make_reviewer("upper", Court.objects.get(code="闽")),
    )
    listing = builders.make_listing("王试例", court=court, performance="none")
    staff = builders.make_staff()
    enforcement = acts.apply(staff, listing, acts.make_measure())
    today = localdate().isoformat()

    def as_(user: Any) -> None:
        page.context.clear_cookies()
        sign_in(page, user)

    def good(address: str, name: str) -> None:
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)
            page.screenshot(path=screenshots / f"remedies-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})

    def fill(**given: str) -> None:
        for field, value in given.items():
            page.locator(f"#id_{field}").fill(value)

    # the unit's counter refers an objection to its measure
    as_(staff)
    good("/agency/objections/", "unit-empty")
    page.goto(f"/agency/enforcements/{enforcement.pk}/")
    page.get_by_role("link", name="登记异议并移送法院").click()
    good(page.url, "unit-form")
    fill(ground="措施与本事项无关", received_on=today)
    page.get_by_role("button", name="登记并移送").click()
    page.get_by_text("已登记并移送").wait_for()
    good("/agency/objections/", "unit-list")

    # the court records one to the listing, with a scan
    as_(clerk)
    good("/court/remedies/", "list")
    page.locator("details.citation summary").first.focus()
    page.keyboard.press("Enter")
    page.locator("details.citation p").first.wait_for()
    page.get_by_role("link", name="登记", exact=True).click()
    fill(name="王试例")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="登记异议").click()
    good(page.url, "form")
    scan = tmp_path / "收据.pdf"
    scan.write_bytes(SCAN)
    fill(ground="从未收到执行通知", received_on=today, served_on="2026-01-05")
    page.set_input_files("input[type=file]", scan)
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_text("只作标记，照常受理").wait_for()
    objection = Objection.objects.get(about="listing")
    good(f"/remedies/objection/{objection.pk}/", "detail")
    with page.expect_download() as download:
        page.get_by_role("link", name="收据.pdf").click()
    assert Path(download.value.path()).read_bytes() == SCAN
    good(f"/court/remedies/objection/{objection.pk}/uphold/", "uphold")
    page.goto(f"/court/remedies/objection/{objection.pk}/reject/")
    fill(reason="理由不成立", document_number="（2026）闽01执异1号", decided_on=today, served_on=today)
    page.get_by_role("button", name="确认驳回").click()
    page.get_by_role("link", name="登记复议").click()
    fill(ground="不服驳回决定", received_on=today)
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_text("由上一级法院审查").first.wait_for()

    # the upper court finds for the party, and the listing is gone
    as_(upper)
    good("/court/remedies/", "upper")
    page.get_by_role("link", name="复议", exact=True).click()
    page.get_by_role("link", name="支持复议").click()
    page.get_by_label("屏蔽（退出名单）").check()
    page.locator("#id_exit_ground").select_option("performed")
    fill(reason="已经履行", document_number="（2026）闽执复1号", decided_on=today)
    page.get_by_role("button", name="确认支持并处理条目").click()
    page.get_by_text("名单条目已同时处理").wait_for()
    assert Listing.objects.get().status == "shielded"

    # afterwards the person asks for repair, and the unit decides
    as_(clerk)
    page.goto(f"/court/listings/{listing.pk}/")
    page.get_by_role("link", name="登记信用修复申请").click()
    fill(ground="已履行并承诺", received_on=today)
    page.get_by_role("button", name="登记", exact=True).click()
    repair = CreditRepair.objects.get()
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    as_(staff)
    good("/agency/repairs/", "repairs")
    page.get_by_role("link", name="王试例").click()
    good(page.url, "repair")
    page.get_by_label("允许修复", exact=True).check()
    fill(reason="符合条件", document_number="莱财信修〔2026〕1号", decided_on=today)
    page.get_by_role("button", name="登记本单位的决定").click()
    page.get_by_text("随条目公布").wait_for()
    good(f"/remedies/repair/{repair.pk}/", "repaired")
