"""The unit's pages about its acts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import Enforcement
from registry.models import Listing
from tests.agencies.acts import apply, end, make_check, make_measure
from tests.builders import TODAY, make_agency, make_clerk, make_listing, make_office, make_staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
TYPED = {
    "decision": "applied",
    "document_number": "莱财采〔2026〕1号",
    "effective_from": "2026-11-20",
    "matter": "政府采购",
}


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def measure(staff):
    return make_measure()


@pytest.fixture
def listing(db):
    return make_listing()


@pytest.fixture
def entered(client, staff):
    client.force_login(staff, backend=BACKEND)
    return client


def form_of(check, listing, measure):
    return f"{reverse('enforcement_create')}?check={check.receipt}&measure={measure.pk}&listing={listing.pk}"


def test_the_list_shows_what_is_in_force_first(entered, staff, listing, measure):
    apply(staff, listing, measure)
    apply(staff, make_listing("李试例"), measure, decision="not_applied", reason="不在办理范围")
    body = entered.get(reverse("agency_enforcements")).content.decode()
    assert "王试例" in body
    assert "李试例" not in body
    assert "李试例" in entered.get(reverse("agency_enforcements"), {"status": "all"}).content.decode()


def test_the_list_is_filtered_by_measure_and_day(entered, staff, listing, measure):
    apply(staff, listing, measure)
    apply(staff, make_listing("李试例"), make_measure("5"))
    body = entered.get(reverse("agency_enforcements"), {"measure": str(measure.pk)}).content.decode()
    assert ("王试例" in body, "李试例" in body) == (True, False)
    body = entered.get(reverse("agency_enforcements"), {"since": str(TODAY + timedelta(days=1))}).content.decode()
    assert "没有符合条件的执行记录" in body


def test_an_empty_list_offers_the_next_step(entered):
    body = entered.get(reverse("agency_enforcements")).content.decode()
    assert body.count("登记执行") == 2
    assert "清除筛选" not in body


def test_a_filter_that_cannot_be_is_named(entered):
    assert entered.get(reverse("agency_enforcements"), {"since": "昨天"}).status_code == 422


def test_the_list_costs_the_same_for_one_and_thirty(entered, staff, measure, django_assert_max_num_queries):
    apply(staff, make_listing(), measure)
    entered.get(reverse("agency_enforcements"))
    with django_assert_max_num_queries(9):
        entered.get(reverse("agency_enforcements"))
    for _ in range(29):
        apply(staff, make_listing(), measure)
    with django_assert_max_num_queries(9):
        entered.get(reverse("agency_enforcements"))


def test_hits_that_await_a_record_are_offered(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure)
    assert check.receipt in entered.get(reverse("enforcement_create")).content.decode()
    apply(staff, listing, measure, check=check)
    assert "没有待登记的措施" in entered.get(reverse("enforcement_create")).content.decode()


def test_an_act_is_recorded_from_a_check(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure)
    address = form_of(check, listing, measure)
    assert entered.get(address).status_code == 200
    answer = entered.post(address, TYPED)
    enforcement = Enforcement.objects.get()
    assert answer.url == reverse("enforcement_detail", args=[enforcement.pk])
    assert (enforcement.check_record, enforcement.matter_text) == (check, "政府采购")


def test_an_act_is_recorded_from_a_listing(entered, listing, measure):
    address = f"{reverse('enforcement_create')}?measure={measure.pk}&listing={listing.pk}"
    entered.post(address, {"decision": "not_applied", "reason": "申请人已撤回"})
    assert Enforcement.objects.get().status == "not_applied"


def test_what_is_missing_stands_beside_its_field(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure)
    answer = entered.post(form_of(check, listing, measure), {"decision": "applied"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"document_number", "effective_from"}


def test_a_rule_that_says_no_is_read_on_the_form(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure)
    Listing.objects.filter(pk=listing.pk).update(status="suspended")
    answer = entered.post(form_of(check, listing, measure), TYPED)
    assert answer.status_code == 422
    assert "核实期间不得实施措施" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["measure=x", "measure={measure}", "measure={measure}&listing=x", "measure={measure}&check=x"]
)
def test_an_address_that_names_nothing_is_not_found(entered, measure, query):
    assert entered.get(f"{reverse('enforcement_create')}?{query.format(measure=measure.pk)}").status_code == 404


def test_a_record_is_released_once(entered, staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    address = reverse("enforcement_release", args=[enforcement.pk])
    assert entered.post(address, {"release-reason": ""}).status_code == 422
    assert entered.post(address, {"release-reason": "已履行"}).status_code == 302
    assert entered.post(address, {"release-reason": "已履行"}).status_code == 409
    assert "已解除" in entered.get(reverse("enforcement_detail", args=[enforcement.pk])).content.decode()


def test_a_record_is_kept_with_basis_and_end(entered, staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    end(listing)
    address = reverse("enforcement_retain", args=[enforcement.pk])
    assert entered.post(address, {"retain-legal_basis": "", "retain-until": ""}).status_code == 422
    refused = entered.post(address, {"retain-legal_basis": "某法第一条", "retain-until": "2020-01-01"})
    assert "保留截止日期须晚于今日" in refused.content.decode()
    assert entered.post(address, {"retain-legal_basis": "某法第一条", "retain-until": "2099-01-01"}).status_code == 302


def test_another_unit_does_not_find_the_record(client, staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    client.force_login(make_staff("civil", make_agency("莱芜区民政局")), backend=BACKEND)
    assert client.get(reverse("enforcement_detail", args=[enforcement.pk])).status_code == 404
    for name in ("enforcement_release", "enforcement_retain"):
        assert client.post(reverse(name, args=[enforcement.pk])).status_code == 404


def test_court_and_credit_office_read_but_do_not_act(client, staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    for user in (make_clerk(court=listing.court), make_office()):
        client.force_login(user, backend=BACKEND)
        body = client.get(reverse("enforcement_detail", args=[enforcement.pk])).content.decode()
        assert "确认解除" not in body
        assert client.post(reverse("enforcement_release", args=[enforcement.pk])).status_code == 403
        assert client.get(reverse("agency_enforcements")).status_code == 403


@pytest.mark.parametrize("name", ["agency_enforcements", "enforcement_create"])
def test_nobody_enters_without_signing_in(client, db, name):
    assert client.get(reverse(name)).status_code == 302
