"""`releases/` over HTTP."""

import pytest
from django.urls import reverse

from agencies.models import Enforcement
from tests.agencies.acts import make_measure
from tests.agencies.test_release_pages import make_duty
from tests.builders import make_agency, make_clerk, make_court, make_staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
ALL = reverse("api_releases")


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def measure(staff):
    return make_measure()


@pytest.fixture
def entered(client, staff):
    client.force_login(staff, backend=BACKEND)
    return client


def post(client, duty, body=None):
    address = reverse("api_release_acknowledge", args=[duty.pk])
    return client.post(address, body or {}, content_type="application/json")


def test_due_late_and_done_are_told_apart(entered, staff, measure):
    late, due, done = (make_duty(staff, measure, days=days) for days in (-9, 3, 3))
    post(entered, done)
    for state, duty in (("late", late), ("due", due), ("done", done)):
        body = entered.get(ALL, {"status": state}).json()
        assert [(row["id"], row["status"]) for row in body["results"]] == [(str(duty.pk), state)]
    assert entered.get(ALL).json()["count"] == 3
    assert entered.get(ALL, {"status": "gone"}).status_code == 400


def test_a_duty_is_acknowledged_once(entered, staff, measure):
    duty = make_duty(staff, measure)
    answer = post(entered, duty, {"statement": "已恢复供应商资格", "document_number": "莱财采〔2026〕9号"})
    body = answer.json()
    assert answer.status_code == 200, body
    assert (body["status"], body["outcome"], body["statement"]) == ("done", "released", "已恢复供应商资格")
    assert not Enforcement.objects.live().exists()
    again = post(entered, duty)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_a_malformed_acknowledgement_is_refused(entered, staff, measure):
    assert post(entered, make_duty(staff, measure), {"statement": []}).status_code == 400


def test_one_duty_is_read(entered, staff, measure):
    duty = make_duty(staff, measure)
    body = entered.get(reverse("api_release_detail", args=[duty.pk])).json()
    assert (body["unit"], body["due_on"]) == (str(staff.agency), str(duty.due_on))


def test_another_unit_finds_nothing(client, staff, measure):
    duty = make_duty(staff, measure)
    client.force_login(make_staff("civil", make_agency("莱芜区民政局")), backend=BACKEND)
    assert client.get(ALL).json()["count"] == 0
    assert client.get(reverse("api_release_detail", args=[duty.pk])).status_code == 404
    assert post(client, duty).status_code == 404


def test_a_court_reads_the_duties_of_its_own_listings(client, staff, measure):
    duty = make_duty(staff, measure)
    client.force_login(make_clerk(court=duty.listing.court), backend=BACKEND)
    assert client.get(ALL).json()["count"] == 1
    assert post(client, duty).status_code == 403
    client.force_login(make_clerk("clerk2", make_court("鲁0104", "槐荫区人民法院")), backend=BACKEND)
    assert client.get(ALL).json()["count"] == 0
