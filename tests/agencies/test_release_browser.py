"""Acts and releases in a real browser, at desk and at phone width."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from agencies.models import ReleaseDuty
from agencies.services.enforcement import retain_enforcement
from agencies.services.releases import acknowledge_duty, open_release_duties
from tests.agencies.acts import apply, end, make_check, make_measure, make_release_rule
from tests.builders import NOW, make_agency, make_clerk, make_listing, make_office, make_staff

WIDTHS = {"desk": 1440, "phone": 390}


@pytest.fixture
def cast(transactional_db):
    """Two units, three measures, five listings: in force, awaiting a record, kept, late and due."""
    make_release_rule(3, "working")
    staff = make_staff()
    housing = make_staff("housing", make_agency("莱芜区住房和城乡建设局", units=("区住建局",)))
    measure = make_measure(units=("区财政局", "区住建局"))
    grant = make_measure("5", "依法依规限制获取补贴性资金和社会保障资金支持")
    first, kept, late, due, waiting = (make_listing(f"{name}试例") for name in "王李赵陈林")
    act = apply(staff, first, measure, matter="政府采购供应商资格审查", reason="资格审查未予通过")
    apply(staff, first, grant, decision="not_applied", reason="本次未申请补贴")
    assert staff.agency is not None
    assert housing.agency is not None
    check = make_check(staff.agency, staff, waiting, measure)
    retained = apply(staff, kept, measure)
    for listing in (late, due):
        apply(staff, listing, measure)
        apply(housing, listing, measure)
    open_release_duties(change_ids=[end(listing).pk for listing in (kept, late, due)], at=NOW)
    retain_enforcement(
        enforcement_id=retained.pk,
        legal_basis="《中华人民共和国政府采购法》第二十二条",
        until=localdate() + timedelta(days=90),
        by=staff,
        at=NOW,
    )
    acknowledge_duty(
        duty_id=staff.agency.release_duties.get(listing=due).pk, statement="已恢复供应商资格", by=staff, at=NOW
    )
    ReleaseDuty.objects.open().filter(listing=late).update(due_on=localdate() - timedelta(days=9))
    ReleaseDuty.objects.open().filter(listing=due).update(due_on=localdate() + timedelta(days=4))
    duty = staff.agency.release_duties.get(listing=late)
    form = f"{reverse('enforcement_create')}?check={check.receipt}&measure={measure.pk}&listing={waiting.pk}"
    return {
        staff: {
            "enforcements": reverse("agency_enforcements"),
            "enforcement-choose": reverse("enforcement_create"),
            "enforcement-form": form,
            "enforcement": reverse("enforcement_detail", args=[act.pk]),
            "releases": reverse("agency_releases"),
            "release": reverse("release_acknowledge", args=[duty.pk]),
        },
        make_clerk(court=late.court): {"court-releases": reverse("court_releases")},
        make_office(): {
            "credit-releases": f"{reverse('credit_releases')}?status=late",
            "units": reverse("credit_units"),
            "unit": reverse("credit_unit", args=[housing.agency_id]),
        },
    }


@pytest.mark.parametrize("device", WIDTHS)
def test_every_page_is_accessible_and_fits(page, sign_in, axe, screenshots, cast, device):
    page.set_viewport_size({"width": WIDTHS[device], "height": 900})
    for user, addresses in cast.items():
        sign_in(page, user)
        for name, address in addresses.items():
            assert page.goto(address).status == 200
            page.screenshot(path=screenshots / f"{name}-{device}.png", full_page=True)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


def test_a_unit_lets_go_of_what_it_selected(page, sign_in, cast):
    staff = next(iter(cast))
    sign_in(page, staff)
    page.goto(reverse("agency_releases"))
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="选中的已全部解除").click()
    page.get_by_text("已办结 1 项解除任务。").wait_for()
    assert not ReleaseDuty.objects.editable_by(staff).open().exists()


def test_a_unit_records_an_act(page, sign_in, cast):
    staff, addresses = next(iter(cast.items()))
    sign_in(page, staff)
    page.goto(addresses["enforcement-choose"])
    page.get_by_role("link", name="第4项").click()
    page.get_by_role("button", name="登记").click()
    page.get_by_role("link", name="本单位文书文号").wait_for()
    page.get_by_label("本单位文书文号").fill("莱财采〔2026〕2号")
    page.get_by_role("button", name="登记").click()
    page.get_by_text("已登记。名单退出时，平台会提醒本单位解除。").wait_for()
