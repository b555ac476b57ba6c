"""Letters to a person's unit instead of publication: only where nothing is published, once, acknowledged once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from agencies.models import User
from core.audit import AuditEntry
from core.errors import Conflict, IllegalMove, InvalidInput, NotFound
from registry.models import Court, EmployerLetter, Listing
from registry.services.letters import acknowledge_letter, send_letter
from tests import builders
from tests.agencies import acts
from tests.builders import NOW, TODAY
from tests.registry.test_pages_listings import signed_in, text

pytestmark = pytest.mark.django_db

LETTER: dict[str, Any] = {
    "unit_name": "莱芜区试例学校",
    "document_number": "（2026）鲁0116执函1号",
    "sent_on": TODAY,
    "at": NOW,
}


@pytest.fixture
def hidden(court: Court) -> Listing:
    return builders.make_listing("郑内部", court=court, publishable=False)


def send(listing: Listing, by: User, **given: Any) -> EmployerLetter:
    return send_letter(listing_id=listing.pk, by=by, **{**LETTER, **given})


def test_a_letter_is_sent_once_to_a_unit_and_acknowledged_once(clerk: User, hidden: Listing) -> None:
    letter = send(hidden, clerk)
    with pytest.raises(Conflict):
        send(hidden, clerk, document_number="二号")
    receipt: dict[str, Any] = {"letter_id": letter.pk, "acknowledgement": "办公室收，已谈话。", "by": clerk, "at": NOW}
    with pytest.raises(InvalidInput):
        acknowledge_letter(acknowledged_on=TODAY - timedelta(days=1), **receipt)
    assert acknowledge_letter(acknowledged_on=TODAY, **receipt).acknowledged_on == TODAY
    with pytest.raises(IllegalMove):
        acknowledge_letter(acknowledged_on=TODAY, **receipt)
    assert list(AuditEntry.objects.filter(target_id=str(letter.pk)).order_by("id").values_list("verb", flat=True)) == [
        "send_letter",
        "acknowledge_letter",
    ]


@pytest.mark.parametrize(("facts", "code"), [({"publishable": True}, "letter_not_needed"), ({}, "listing_ended")])
def test_what_is_public_or_over_needs_no_letter(clerk: User, court: Court, facts: dict[str, Any], code: str) -> None:
    listing = builders.make_listing(court=court, **{"publishable": False, **facts})
    if code == "listing_ended":
        acts.end(listing)
    with pytest.raises(IllegalMove) as refused:
        send(listing, clerk)
    assert refused.value.code == code


def test_a_unit_behind_a_company_gets_no_letter(clerk: User, court: Court) -> None:
    company = builders.make_listing("试例公司", "91370116MA3TEXT184", court=court, kind="unit", publishable=False)
    with pytest.raises(IllegalMove):
        send(company, clerk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"unit_name": " "}, "unit_name"),
        ({"document_number": ""}, "document_number"),
        ({"sent_on": None}, "sent_on"),
        ({"sent_on": TODAY + timedelta(days=1)}, "sent_on"),
    ],
)
def test_a_letter_names_its_unit_number_and_day(
    clerk: User, hidden: Listing, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(hidden, clerk, **given)
    assert [each.field for each in refused.value.errors] == [field]


def test_no_other_court_not_even_the_upper_one_sends_or_sees_it(clerk: User, court: Court, hidden: Listing) -> None:
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    Court.objects.filter(pk=court.pk).update(upper=upper)
    letter = send(hidden, clerk)
    for stranger in (builders.make_clerk("upper", upper), builders.make_staff(), builders.make_office()):
        with pytest.raises(NotFound):
            send(hidden, stranger, unit_name="另一单位")
        assert not EmployerLetter.objects.editable_by(stranger).filter(pk=letter.pk).exists()


def test_the_letter_is_printed_and_its_receipt_recorded(clerk: User, hidden: Listing) -> None:
    desk: Client = signed_in(clerk)
    address = reverse("listing_letters", args=[hidden.pk])
    assert address in text(desk, f"/court/listings/{hidden.pk}/")
    bad = desk.post(address, {"unit_name": builders.person_id(), "document_number": "1", "sent_on": "2999-01-01"})
    assert bad.status_code == 422
    today = localdate().isoformat()
    sent = {"unit_name": "莱芜区试例学校", "document_number": "（2026）鲁0116执函1号", "sent_on": today}
    assert desk.post(address, sent).status_code == 302
    letter = EmployerLetter.objects.get()
    page = text(desk, reverse("employer_letter", args=[letter.pk]))
    for words in ("莱芜区试例学校", "郑内部", hidden.case_number, "不向社会公布", hidden.id_masked):
        assert words in page
    receipt = {"acknowledged_on": today, "acknowledgement": "办公室收"}
    assert desk.post(reverse("employer_letter", args=[letter.pk]), receipt).status_code == 302
    assert "办公室收" in text(desk, reverse("employer_letter", args=[letter.pk]))
    assert "尚未签收" not in text(desk, address)


def test_a_public_listing_offers_no_letter(clerk: User, court: Court) -> None:
    public = builders.make_listing(court=court)
    desk = signed_in(clerk)
    address = reverse("listing_letters", args=[public.pk])
    assert address not in text(desk, f"/court/listings/{public.pk}/")
    assert "无须通报" in text(desk, address)
    assert desk.post(address, {"unit_name": "x", "document_number": "1", "sent_on": "2026-01-05"}).status_code == 409
