"""Release tasks on the desks of the unit, the court and the credit office."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from agencies.models import ReleaseDuty
from agencies.services.releases import acknowledge_duty, open_release_duties
from tests.agencies.acts import apply, end, make_measure
from tests.builders import NOW, make_agency, make_clerk, make_court, make_listing, make_office, make_staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
TYPED = {"statement": "已恢复供应商资格", "document_number": ""}


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def measure(staff):
    return make_measure(units=("区财政局", "区住建局"))


@pytest.fixture
def entered(client, staff):
    client.force_login(staff, backend=BACKEND)
    return client


def make_duty(staff, measure, name="王试例", days=3):
    """A duty whose last day lies `days` from today."""
    listing = make_listing(name)
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    ReleaseDuty.objects.filter(listing=listing).update(due_on=localdate() + timedelta(days=days))
    return ReleaseDuty.objects.get(listing=listing)


def test_what_is_late_comes_first(entered, staff, measure):
    make_duty(staff, measure)
    assert "还剩" in entered.get(reverse("agency_releases")).content.decode()
    make_duty(staff, measure, "李试例", days=-9)
    body = entered.get(reverse("agency_releases")).content.decode()
    assert "李试例" in body
    assert "已逾期" in body
    assert "王试例" not in body


def test_no_tasks_is_said_so(entered):
    assert "没有需要解除的措施" in entered.get(reverse("agency_releases")).content.decode()


def test_one_task_is_acknowledged(entered, staff, measure):
    duty = make_duty(staff, measure)
    address = reverse("release_acknowledge", args=[duty.pk])
    assert entered.get(address).status_code == 200
    assert entered.post(address, {"statement": ""}).status_code == 422
    assert entered.post(address, TYPED).status_code == 302
    assert entered.post(address, TYPED).status_code == 409
    assert "已恢复供应商资格" in entered.get(address).content.decode()


def test_selected_tasks_are_acknowledged(entered, staff, measure):
    duties = [make_duty(staff, measure, name) for name in ("王试例", "李试例", "赵试例")]
    entered.post(reverse("releases_acknowledge"), {"duty": [str(duty.pk) for duty in duties[:2]], **TYPED})
    assert set(ReleaseDuty.objects.open()) == {duties[2]}


@pytest.mark.parametrize("typed", [{}, {"duty": "x", **TYPED}])
def test_nothing_selected_changes_nothing(entered, staff, measure, typed):
    make_duty(staff, measure)
    answer = entered.post(reverse("releases_acknowledge"), typed, follow=True)
    assert "没有选中任何解除任务" in answer.content.decode()
    assert ReleaseDuty.objects.open().count() == 1


def test_a_selection_without_statement_changes_nothing(entered, staff, measure):
    duty = make_duty(staff, measure)
    entered.post(reverse("releases_acknowledge"), {"duty": str(duty.pk), "statement": ""})
    assert ReleaseDuty.objects.open().count() == 1


def test_another_units_task_is_not_found(client, staff, measure):
    duty = make_duty(staff, measure)
    client.force_login(make_staff("civil", make_agency("莱芜区民政局")), backend=BACKEND)
    address = reverse("release_acknowledge", args=[duty.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, TYPED).status_code == 404
    assert client.post(reverse("releases_acknowledge"), {"duty": str(duty.pk), **TYPED}).status_code == 404
    duty.refresh_from_db()
    assert duty.status == "due"


def test_the_court_sees_how_many_have_released_and_who_is_late(client, staff, measure):
    housing = make_staff("housing", make_agency("莱芜区住建局", units=("区住建局",)))
    listing = make_listing()
    apply(staff, listing, measure)
    apply(housing, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    acknowledge_duty(duty_id=staff.agency.release_duties.get().pk, statement="已解除", by=staff, at=NOW)
    ReleaseDuty.objects.open().update(due_on=localdate() - timedelta(days=9))
    client.force_login(make_clerk(court=listing.court), backend=BACKEND)
    body = client.get(reverse("court_releases")).content.decode()
    assert "1/2 已解除" in body
    assert reverse("listing_detail", args=[listing.pk]) in body
    assert "莱芜区住建局" in body
    assert "莱芜区财政局" not in body
    assert "已逾期" in body
    acknowledge_duty(duty_id=ReleaseDuty.objects.open().get().pk, statement="已解除", by=housing, at=NOW)
    assert "2/2 已解除" in client.get(reverse("court_releases"), {"status": "done"}).content.decode()


def test_another_court_sees_nothing_of_it(client, staff, measure):
    make_duty(staff, measure)
    client.force_login(make_clerk("clerk2", make_court("鲁0104", "槐荫区人民法院")), backend=BACKEND)
    assert "王试例" not in client.get(reverse("court_releases")).content.decode()


def test_the_credit_office_opens_the_rows_behind_a_number(client, staff, measure):
    late = make_duty(staff, measure, days=-9)
    make_duty(staff, measure, "李试例")
    client.force_login(make_office(), backend=BACKEND)
    answer = client.get(reverse("credit_releases"))
    assert [(each.late, each.due, each.done) for each in answer.context["units"]] == [(1, 1, 0)]
    rows = client.get(reverse("credit_releases"), {"unit": staff.agency_id, "status": "late"}).context["rows"]
    assert [row.duty for row in rows] == [late]
    assert client.get(reverse("credit_releases"), {"unit": "x", "status": "late"}).status_code == 404


def test_the_credit_office_looks_at_its_units(client, staff, measure):
    make_duty(staff, measure, days=-9)
    client.force_login(make_office(), backend=BACKEND)
    unit = client.get(reverse("credit_units")).context["page"][0]
    assert (unit.operator_count, unit.measure_count, unit.open_count, unit.late_count) == (1, 1, 1, 1)
    body = client.get(reverse("credit_unit", args=[unit.pk])).content.decode()
    assert "区财政局" in body
    assert "依法依规限制参加政府采购活动" in body
    assert client.get(reverse("credit_unit", args=[0])).status_code == 404


def test_the_list_of_units_costs_the_same_for_one_and_twenty(client, staff, measure, django_assert_max_num_queries):
    client.force_login(make_office(), backend=BACKEND)
    with django_assert_max_num_queries(7):
        client.get(reverse("credit_units"))
    for n in range(20):
        make_agency(f"莱芜区第{n}局", units=(f"第{n}局",))
    with django_assert_max_num_queries(7):
        client.get(reverse("credit_units"))


@pytest.mark.parametrize("name", ["agency_releases", "court_releases", "credit_releases", "credit_units"])
def test_every_desk_is_for_its_own_role(client, staff, name):
    desk = {"agency": staff, "court": make_clerk(), "credit": make_office()}
    for role, user in desk.items():
        client.force_login(user, backend=BACKEND)
        wanted = 200 if name.startswith(role) else 403
        assert client.get(reverse(name)).status_code == wanted
