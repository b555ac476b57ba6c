"""What somebody sees who opens the address of a form that is only sent."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import builders

pytestmark = pytest.mark.django_db


def test_the_address_of_a_form_opens_a_page_that_says_where_to_go() -> None:
    client = Client()
    client.force_login(builders.make_office())
    answer = client.get(reverse("subscriber_register"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "不能直接打开" in answer.content.decode()


def test_the_api_keeps_its_own_answer() -> None:
    answer = Client().delete("/api/v1/documents/")
    assert answer["Content-Type"].startswith("application/problem+json")
