"""From an answer to the record of what was done."""

import re

import pytest
from django.urls import reverse

from agencies.models import Check
from tests.agencies.builders import ask, make_measure
from tests.builders import make_listing, make_staff, person_id

pytestmark = pytest.mark.django_db


def test_a_measure_in_the_answer_leads_to_the_record_of_its_decision(client):
    staff = make_staff()
    measure = make_measure()
    listing = make_listing("王试例", person_id())
    check: Check = ask(staff, "王试例", person_id())
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("agency_check_detail", args=[check.receipt])).content.decode()
    links = re.findall(r'href="([^"]*enforcements[^"]*measure=[^"]*)"', page)
    assert [link.replace("&amp;", "&").split("?")[1] for link in links] == [
        f"check={check.receipt}&measure={measure.pk}&listing={listing.pk}"
    ]
    assert client.get(links[0].replace("&amp;", "&")).status_code == 200
