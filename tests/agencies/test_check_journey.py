"""The check desk in a real browser, by keyboard, with an accessibility check of every page."""

import pytest

from agencies.models import Check
from tests.agencies.builders import make_matter, make_measure
from tests.builders import make_listing, make_relation, make_staff, person_id

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


def shoot(page, screenshots, name: str) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways at {width}"
        page.screenshot(path=screenshots / f"{name}-{size}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_clerk_checks_by_keyboard_and_prints_a_receipt_that_anybody_can_verify(page, axe, screenshots):
    staff = make_staff()
    make_matter(staff, "政府采购供应商资格审查", make_measure("4", units_conflict="正文为区财政局，附录为行政审批局"))
    make_measure("5", effect="reference", title="补贴性资金支持审慎性参考")
    make_measure("14", names_target="no", title="重点项目退出")
    make_listing("王试例", person_id())

    page.goto("/")
    axe(page)
    page.get_by_label("用户名").fill("finance")
    page.get_by_label("密码").fill("demo-2026-test")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agency/")
    axe(page)
    shoot(page, screenshots, "check")

    assert page.evaluate("document.activeElement.name") == "name"
    page.keyboard.type("王试例")
    page.keyboard.press("Tab")
    page.keyboard.type(person_id())
    page.keyboard.press("Tab")
    page.keyboard.type("2026-采-0117")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agency/checks/C*/")
    assert page.get_by_role("status").first.inner_text().startswith("命中失信被执行人名单")
    assert person_id() not in page.content()
    axe(page)
    shoot(page, screenshots, "check-hit")
    page.emulate_media(media="print")
    page.screenshot(path=screenshots / "check-hit-print.png", full_page=True)
    page.emulate_media(media="screen")

    receipt = Check.objects.get().receipt
    page.goto("/agency/checks/")
    axe(page)
    shoot(page, screenshots, "checks")

    page.context.clear_cookies()
    page.goto(f"/verify/{receipt}/")
    assert page.get_by_text("回执有效").is_visible()
    axe(page)
    shoot(page, screenshots, "verify")


def test_the_other_answers_look_like_what_they_are(page, axe, sign_in, screenshots):
    staff = make_staff()
    company = make_listing("测试公司", "91370116MA3TEXT184", kind="unit")
    make_relation(company, "李关联", person_id(born="19800101"))
    make_listing("王试例", f"{person_id()[:10]}****{person_id()[-4:]}")
    make_listing("赵核实", person_id(born="19700101"), status="suspended")
    sign_in(page, staff)
    answers = [
        ("name", "王试例", "", "缺少证件号码"),
        ("possible", "王试例", person_id(), "不能确定"),
        ("suspended", "赵核实", person_id(born="19700101"), "暂不适用措施"),
        ("note", "李关联", person_id(born="19800101"), "未命中"),
    ]
    for name, who, number, words in answers:
        page.goto("/agency/")
        page.get_by_label("姓名或名称").fill(who)
        page.get_by_label("证件号码").first.fill(number)
        page.get_by_label("办件号").fill("2026-1")
        page.get_by_role("button", name="核查", exact=True).click()
        page.wait_for_url("**/agency/checks/C*/")
        assert words in page.get_by_role("status").first.inner_text()
        axe(page)
        shoot(page, screenshots, f"check-{name}")
    page.goto("/agency/")
    page.get_by_label("姓名或名称").fill("王试例")
    page.get_by_label("证件号码").first.fill("370116199001010019")
    page.get_by_label("办件号").fill("2026-1")
    page.keyboard.press("Enter")
    page.get_by_text("校验位不符").first.wait_for()
    axe(page)
    shoot(page, screenshots, "check-invalid")
    page.goto("/account/")
    axe(page)
    shoot(page, screenshots, "account")
