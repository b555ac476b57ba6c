"""`enforcements/` over HTTP."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import Enforcement
from registry.models import Listing
from tests.agencies.acts import apply, end, make_check, make_measure
from tests.builders import TODAY, make_agency, make_clerk, make_listing, make_office, make_staff

BASIS = "《中华人民共和国政府采购法》第二十二条"
BACKEND = "django.contrib.auth.backends.ModelBackend"
ALL = reverse("api_enforcements")


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


def post(client, address, body=None, **headers):
    return client.post(address, body or {}, content_type="application/json", headers=headers)


def body_of(measure, **given):
    return {
        "measure": str(measure.pk),
        "decision": "applied",
        "document_number": "莱财采〔2026〕1号",
        "effective_from": "2026-11-20",
        **given,
    }


def test_an_act_is_recorded_from_a_receipt(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure)
    answer = post(entered, ALL, body_of(measure, check=check.receipt, matter="政府采购", effective_to=None))
    assert answer.status_code == 201, answer.content.decode()
    body = answer.json()
    assert (body["check"], body["listing"], body["measure"]) == (check.receipt, str(listing.pk), str(measure.pk))
    assert (body["status"], body["matter"], body["retention"]) == ("in_force", "政府采购", None)
    assert entered.get(reverse("api_enforcement_detail", args=[body["id"]])).json() == body


def test_an_act_is_recorded_from_a_listing(entered, listing, measure):
    answer = post(entered, ALL, body_of(measure, listing=str(listing.pk)))
    assert (answer.status_code, answer.json()["check"]) == (201, None)


def test_the_same_key_records_once(entered, listing, measure):
    body = body_of(measure, listing=str(listing.pk))
    first, second = (post(entered, ALL, body, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == second.json()
    assert Enforcement.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"decision": "maybe"}, 400, "invalid", "decision"),
        ({"measure": "x"}, 400, "invalid", "measure"),
        ({"effective_from": "明天"}, 400, "invalid", "effective_from"),
        ({"measure": "7a0c4f9e-0000-5000-8000-000000000000"}, 422, "measure_unknown", "measure"),
        ({"listing": "7a0c4f9e-0000-5000-8000-000000000000"}, 422, "listing_unknown", "listing"),
        ({"listing": None}, 422, "listing_unknown", "listing"),
        ({"check": "C20261120-AAAAAAAA"}, 422, "check_unknown", "check"),
        ({"document_number": ""}, 422, "document_number_required", "document_number"),
        ({"effective_from": None}, 422, "effective_from_required", "effective_from"),
        ({"effective_to": "2020-01-01"}, 422, "effective_to_before_from", "effective_to"),
        ({"decision": "not_applied"}, 422, "reason_required", "reason"),
    ],
)
def test_what_is_wrong_is_named(entered, listing, measure, changes, status, code, field):
    answer = post(entered, ALL, body_of(measure, listing=str(listing.pk)) | changes)
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["code"], body["errors"][0]["field"]) == (status, code, field)
    assert not Enforcement.objects.exists()


@pytest.mark.parametrize("status", ["suspended", "shielded"])
def test_a_listing_that_is_not_active_is_refused(entered, listing, measure, status):
    if status == "suspended":
        Listing.objects.filter(pk=listing.pk).update(status=status)
    else:
        end(listing)
    answer = post(entered, ALL, body_of(measure, listing=str(listing.pk)))
    assert answer.status_code == 409
    assert answer.json()["code"] in {"listing_suspended", "listing_ended"}


def test_a_receipt_that_met_several_listings_asks_which(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure)
    other = make_listing()
    check.hit_measures.create(listing=other, measure=measure, role="subject", advice="refuse")
    answer = post(entered, ALL, body_of(measure, check=check.receipt))
    assert answer.json()["errors"][0]["code"] == "listing_ambiguous"
    answer = post(entered, ALL, body_of(measure, check=check.receipt, listing=str(other.pk)))
    assert answer.json()["listing"] == str(other.pk)


def test_a_receipt_that_does_not_name_the_measure_is_refused(entered, staff, listing, measure):
    check = make_check(staff.agency, staff, listing, make_measure("5"))
    answer = post(entered, ALL, body_of(measure, check=check.receipt))
    assert answer.json()["errors"][0]["code"] == "check_does_not_name_it"


def test_an_act_is_released_once(entered, staff, listing, measure):
    address = reverse("api_enforcement_release", args=[apply(staff, listing, measure).pk])
    assert post(entered, address, {"reason": "已履行"}).json()["status"] == "released"
    again = post(entered, address)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_an_act_is_kept_with_basis_and_end(entered, staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    end(listing)
    address = reverse("api_enforcement_retain", args=[enforcement.pk])
    refused = post(entered, address)
    assert refused.status_code == 422
    assert {error["code"] for error in refused.json()["errors"]} == {"legal_basis_required", "until_required"}
    assert post(entered, address, {"legal_basis": BASIS, "until": "某日"}).status_code == 400
    until = str(TODAY + timedelta(days=9999))
    kept = post(entered, address, {"legal_basis": BASIS, "until": until}).json()
    assert (kept["status"], kept["retention"]) == ("retained", {"legal_basis": BASIS, "until": until})


def test_the_list_is_filtered_and_paginated(entered, staff, listing, measure):
    apply(staff, listing, measure)
    apply(staff, make_listing(), measure, decision="not_applied", reason="不在办理范围")
    body = entered.get(ALL, {"status": "in_force"}).json()
    assert (body["count"], [row["listing"] for row in body["results"]]) == (1, [str(listing.pk)])
    assert entered.get(ALL).json()["count"] == 2
    assert entered.get(ALL, {"status": "x"}).status_code == 400


def test_another_unit_finds_nothing(client, staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    client.force_login(make_staff("civil", make_agency("莱芜区民政局")), backend=BACKEND)
    assert client.get(ALL).json()["count"] == 0
    assert client.get(reverse("api_enforcement_detail", args=[enforcement.pk])).status_code == 404
    assert post(client, reverse("api_enforcement_release", args=[enforcement.pk])).status_code == 404
    kept = {"legal_basis": BASIS, "until": "2099-01-01"}
    assert post(client, reverse("api_enforcement_retain", args=[enforcement.pk]), kept).status_code == 404


def test_courts_and_offices_read_but_do_not_act(client, staff, listing, measure):
    apply(staff, listing, measure)
    for user in (make_clerk(court=listing.court), make_office()):
        client.force_login(user, backend=BACKEND)
        assert client.get(ALL).json()["count"] == 1
        assert post(client, ALL, body_of(measure, listing=str(listing.pk))).status_code == 403


def test_without_sign_in_or_scope_nobody_enters(client, db, staff):
    from agencies.models import ApiKey
    from agencies.services.accounts import key_digest
    from tests.builders import NOW

    assert client.get(ALL).status_code == 401
    ApiKey.objects.create(
        user=staff, prefix="test0001", digest=key_digest("jdp_test"), scopes=["check"], created_at=NOW
    )
    refused = client.get(ALL, headers={"Authorization": "Bearer jdp_test"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_required")
    ApiKey.objects.update(scopes=["enforce"])
    assert client.get(ALL, headers={"Authorization": "Bearer jdp_test"}).status_code == 200


def test_the_list_costs_the_same_for_one_and_thirty(entered, staff, measure, django_assert_max_num_queries):
    apply(staff, make_listing(), measure)
    with django_assert_max_num_queries(6):
        entered.get(ALL)
    for _ in range(29):
        apply(staff, make_listing(), measure)
    with django_assert_max_num_queries(6):
        entered.get(ALL)
