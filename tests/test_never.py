"""What must never happen (design.md §6), each tried at the outermost edge: what a person or another system would see.

No. 6's broker and no. 7's task payloads need processes: tests/test_never_in_processes.py. A worker that is killed in
the middle of a batch (no. 5): tests/registry/test_worker.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from agencies.models import Agency, ReleaseDuty, User
from agencies.services.releases import open_release_duties
from core import chain, outbox
from core.audit import AuditEntry
from core.logging import LineFormatter
from measures.models import CatalogueVersion, Measure, NamedUnit
from registry.models import Batch, Change, Court, Listing, MatchKey, Objection, Region
from registry.services import batches, listings
from tests import builders
from tests.agencies import acts
from tests.builders import NOW, TODAY, another_person_id, person_id
from tests.cast import PERSON_NUMBER, PERSONS, REPRESENTATIVE_NUMBER, UNIT_NUMBER, World
from tests.registry import remedies
from tests.registry.builders import row
from tests.registry.builders import upload as upload_list
from tests.test_access import ACTORS, EVERYBODY, ROUTES, ask, browser

pytestmark = pytest.mark.django_db

MASKED = PERSON_NUMBER[:6] + "********" + PERSON_NUMBER[-4:]
EXIT: dict[str, Any] = {"document_number": "（2020）鲁0116执7号之一", "happened_on": TODAY}


def call(world: World, user: User, method: str, path: str, body: Any = None) -> Any:
    client = Client(raise_request_exception=False, headers=world.bearer(user))
    return client.generic(method, f"/api/v1/{path}", "" if body is None else json.dumps(body), "application/json")


def check(world: World, name: str, number: str, kind: str = "person", **more: Any) -> Any:
    """The answer that the unit's system gets."""
    subject = {"kind": kind, "name": name, "id_number": number}
    response = call(world, world.finance, "POST", "checks/", {"subject": subject, "case_reference": "采-1", **more})
    assert response.status_code == 201, response.content
    return response.json()


def check_page(world: World, name: str, number: str) -> Any:
    """The page that the unit's operator gets."""
    form = {
        "kind": "person",
        "name": name,
        "id_number": number,
        "case_reference": "采-1",
        "token": "0" * 32,
        "related-TOTAL_FORMS": "0",
        "related-INITIAL_FORMS": "0",
    }
    response = world.browser(world.finance).post(reverse("agency_check"), form, follow=True)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def measures_of(answer: Any) -> list[Any]:
    return [measure for match in answer["matches"] for measure in match["measures"]]


# --- 1. names ---------------------------------------------------------------------------------------------------------

WEAK = [
    pytest.param("王试例", "", id="the name alone"),
    pytest.param("王试例", MASKED, id="a masked number"),
    pytest.param("别的人", PERSON_NUMBER, id="the number with another name"),
    pytest.param("王试例", another_person_id(), id="the name with another number"),
]


def test_the_name_with_the_number_is_a_hit(world: World) -> None:
    answer = check(world, "王试例", PERSON_NUMBER)
    assert answer["outcome"] == "hit"
    assert [measure["advice"] for measure in measures_of(answer)] == ["refuse"]
    assert "应予限制" in check_page(world, "王试例", PERSON_NUMBER)


@pytest.mark.parametrize(("name", "number"), WEAK)
def test_1_less_than_name_and_number_is_never_adverse(name: str, number: str, world: World) -> None:
    answer = check(world, name, number)
    assert answer["outcome"] in {"possible", "clear"}
    assert measures_of(answer) == []
    assert {match["level"] for match in answer["matches"]} <= {"candidate"}
    page = check_page(world, name, number)
    assert "应予限制" not in page and "命中失信被执行人名单" not in page
    assert page.count("登记执行") == 0


def test_1_a_listing_with_a_masked_number_is_at_most_possible(world: World) -> None:
    number = person_id(born="19750505")
    builders.make_listing("陈脱敏", number[:10] + "****" + number[-4:], court=world.court)
    answer = check(world, "陈脱敏", number)
    assert (answer["outcome"], measures_of(answer)) == ("possible", [])


# --- 2. what has ended ------------------------------------------------------------------------------------------------


def shield(world: World) -> None:
    listings.shield_listing(listing_id=world.listing.pk, ground="performed", by=world.clerk, at=NOW, **EXIT)


def revoke(world: World) -> None:
    listings.revoke_listing(listing_id=world.listing.pk, ground="wrongly_listed", by=world.clerk, at=NOW, **EXIT)


def suspend(world: World) -> None:
    listings.suspend_listing(listing_id=world.listing.pk, ground="核实", by=world.clerk, at=NOW, **EXIT)


def expire(world: World) -> None:
    Listing.objects.filter(pk=world.listing.pk).update(term_ends_on=TODAY - timedelta(days=1))
    assert listings.expire_listings(today=TODAY, at=NOW) == 1


@pytest.mark.parametrize(
    ("end", "outcome"), [(shield, "clear"), (revoke, "clear"), (expire, "clear"), (suspend, "suspended")]
)
def test_2_an_ended_or_suspended_listing_gives_no_measure(
    end: Callable[[World], None], outcome: str, world: World
) -> None:
    assert check(world, "王试例", PERSON_NUMBER)["outcome"] == "hit"
    end(world)
    answer = check(world, "王试例", PERSON_NUMBER)
    assert (answer["outcome"], measures_of(answer)) == (outcome, [])
    body = {"case_reference": "采-2", "subjects": [{"kind": "person", "name": "王试例", "id_number": PERSON_NUMBER}]}
    bulk = call(world, world.finance, "POST", "checks/bulk/", body).json()["results"]
    assert [(each["outcome"], measures_of({"matches": [], **each})) for each in bulk] == [(outcome, [])]
    page = check_page(world, "王试例", PERSON_NUMBER)
    assert "应予限制" not in page and "登记执行" not in page
    act = {
        "listing": str(world.listing.pk),
        "measure": str(world.measure.pk),
        "matter": "另一事项",
        "decision": "applied",
        "document_number": "莱财采〔2026〕9号",
        "effective_from": TODAY.isoformat(),
    }
    refused = call(world, world.finance, "POST", "enforcements/", act)
    assert refused.status_code in {404, 409, 422}, refused.content.decode()
    if outcome == "clear":
        assert not MatchKey.objects.filter(listing=world.listing).exists()


# --- 3. effects that do not refuse ------------------------------------------------------------------------------------


@pytest.fixture
def every_measure(world: World) -> list[Any]:
    """What the shipped documents mean for units that they name throughout, for a person and for a unit."""
    call_command("load_reference", verbosity=0, stdout=StringIO())
    call_command("load_catalogue", verbosity=0, stdout=StringIO())
    shown = []
    for region in Region.objects.filter(documents__isnull=False).distinct():
        agency = Agency.objects.create(name=f"{region.name}全能局", kind="agency", region=region)
        agency.named_units.set(NamedUnit.objects.filter(region=region))
        user = builders.make_user(f"all-{region.code}", "agency_staff", agency)
        for kind, name, number in (
            ("person", "王试例", PERSON_NUMBER),
            ("unit", "济南试例商贸有限公司", UNIT_NUMBER),
        ):
            subject = {"kind": kind, "name": name, "id_number": number}
            shown += measures_of(
                call(world, user, "POST", "checks/", {"subject": subject, "case_reference": "1"}).json()
            )
    return shown


def test_3_reference_review_and_measures_under_review_never_refuse(every_measure: list[Any]) -> None:
    stored = {str(measure.pk): measure for measure in Measure.objects.all()}
    assert {"restrict", "terminate", "reference", "review"} <= {measure["effect"] for measure in every_measure}
    for measure in every_measure:
        kept = stored[measure["id"]]
        assert not kept.incentive
        if measure["effect"] in {"reference", "review"}:
            assert measure["advice"] in {"weigh", "none"}, measure
        if kept.under_review:
            assert measure["advice"] == "none", measure
        if measure["advice"] == "refuse":
            effects = {measure["effect"], *(part["effect"] for part in kept.parts)}
            assert effects & {"restrict", "terminate", "honour"} and not effects & {"reference", "review"}, measure
            bases = [basis for basis in measure["legal_bases"] if basis["in_force"] or basis["successor"]]
            assert any(basis["names_target"] != "no" for basis in bases), measure
    assert [measure for measure in every_measure if stored[measure["id"]].under_review]


@pytest.mark.parametrize(
    "facts",
    [
        {"effect": "reference"},
        {"effect": "review"},
        {"under_review": True, "review_reason": "依据未指向失信被执行人"},
        {"effect": "restrict", "parts": [{"effect": "restrict", "text": ""}, {"effect": "reference", "text": ""}]},
    ],
)
def test_3_nor_does_the_page_show_one_as_a_refusal(facts: dict[str, Any], world: World) -> None:
    Measure.objects.filter(pk=world.measure.pk).update(**facts)
    CatalogueVersion.objects.create(loaded_at=NOW, digest="x")  # the next question reads the catalogue anew
    answer = check(world, "王试例", PERSON_NUMBER)
    assert answer["outcome"] == "hit"
    assert {measure["advice"] for measure in measures_of(answer)} <= {"weigh", "none"}
    assert measures_of(answer)
    assert "应予限制" not in check_page(world, "王试例", PERSON_NUMBER)


def test_3_a_measure_under_review_cannot_be_applied(world: World) -> None:
    Measure.objects.filter(pk=world.measure.pk).update(under_review=True, review_reason="依据未指向失信被执行人")
    act = {
        "check": world.check.receipt,
        "measure": str(world.measure.pk),
        "decision": "applied",
        "matter": "另一事项",
        "document_number": "莱财采〔2026〕9号",
        "effective_from": TODAY.isoformat(),
    }
    refused = call(world, world.finance, "POST", "enforcements/", act)
    assert (refused.status_code, refused.json()["code"]) == (409, "measure_under_review")


# --- 4. related persons -----------------------------------------------------------------------------------------------


def test_4_a_related_person_never_appears_as_listed(world: World) -> None:
    answer = check(world, "赵代表", REPRESENTATIVE_NUMBER)
    assert (answer["outcome"], answer["matches"]) == ("clear", [])
    assert [note["role"] for note in answer["notes"]] == ["legal_representative"]
    Measure.objects.filter(pk=world.measure.pk).update(reaches=["subject", "legal_representative"])
    CatalogueVersion.objects.create(loaded_at=NOW, digest="y")
    reached = check(world, "赵代表", REPRESENTATIVE_NUMBER)["matches"]
    assert {(match["role"], match["name"]) for match in reached} == {("legal_representative", "济南试例商贸有限公司")}
    assert not Listing.objects.filter(name="赵代表").exists()
    found = call(world, world.clerk, "POST", "listings/search/", {"name": "赵代表"}).json()
    assert found["results"] == []
    public = Client().post(reverse("public_search"), {"name": "赵代表", "id_number": REPRESENTATIVE_NUMBER})
    assert "（2020）" not in public.content.decode()


# --- 5. batches -------------------------------------------------------------------------------------------------------


def test_5_nobody_approves_their_own_batch(world: World, tmp_path: Path) -> None:
    own = upload_list(tmp_path, [row()], world.court, world.reviewer)
    refused = call(world, world.reviewer, "POST", f"batches/{own.pk}/approve/", {"reason": "自己看过了"})
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    page = world.browser(world.reviewer).post(reverse("batch_approve", args=[own.pk]), {"reason": "自己看过了"})
    assert page.status_code == 403
    own.refresh_from_db()
    assert own.status == "previewed"


def test_5_an_approved_batch_is_applied_once(world: World) -> None:
    before = Listing.objects.count()
    first = call(world, world.reviewer, "POST", f"batches/{world.batch.pk}/approve/", {"reason": "已核对"})
    again = call(world, world.reviewer, "POST", f"batches/{world.batch.pk}/approve/", {"reason": "再来一次"})
    assert (first.status_code, again.status_code) == (200, 409)
    for _ in range(3):
        batches.apply_batch(world.batch.pk, at=NOW)
    assert Listing.objects.count() == before + 1
    assert Change.objects.filter(batch=world.batch).count() == 1


def test_5_a_batch_is_never_half_applied(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def state() -> list[int]:
        return [model.objects.count() for model in (Listing, MatchKey, Change)]

    before = state()
    batches.approve_batch(batch_id=world.batch.pk, by=world.reviewer, at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "emit", lambda *args, **more: 1 / 0)
        with pytest.raises(batches.ApplyingFailed):
            batches.apply_batch(world.batch.pk, at=NOW)
    assert state() == before
    assert Batch.objects.get(pk=world.batch.pk).status == "failed"
    shown = world.browser(world.reviewer).get(reverse("batch_detail", args=[world.batch.pk])).content.decode()
    assert "没有任何改动" in shown


# --- 6. the feed ------------------------------------------------------------------------------------------------------


def test_6_every_change_of_the_list_is_a_line_of_the_feed_without_a_gap(world: World) -> None:
    batches.approve_batch(batch_id=world.batch.pk, by=world.reviewer, at=NOW)
    batches.apply_batch(world.batch.pk, at=NOW)
    suspend(world)
    listings.resume_listing(listing_id=world.listing.pk, ground="核实", by=world.clerk, at=NOW, **EXIT)
    shield(world)
    chain.sequence(Change)
    lines = call(world, world.finance, "GET", "changes/?after=0").json()["changes"]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    of_listing = [line["kind"] for line in lines if line["listing"] == str(world.listing.pk)]
    assert of_listing == ["suspended", "resumed", "shielded"]
    listed = set(Listing.objects.filter(batch=world.batch).values_list("pk", flat=True))
    assert {line["listing"] for line in lines if line["kind"] == "listed"} == {str(pk) for pk in listed}
    running = chain.GENESIS
    for line in lines:
        content = f"{line['kind']}\n{line['listing']}\n{datetime.fromisoformat(line['at']).astimezone(UTC).isoformat()}"
        running = chain.next_hash(running, line["number"], content)
        assert line["hash"] == running


# --- 7. identifiers ---------------------------------------------------------------------------------------------------


def everything_stored() -> list[tuple[str, str]]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [(table, text) for (text,) in cursor.fetchall()]
    return rows


def traces(number: str) -> tuple[str, ...]:
    """How a number would look in a text or a binary column, whole or as all that a mask should hide."""
    return number, number.lower(), number.encode().hex(), number[6:14] + number[14:]


def test_7_no_identifier_is_stored_in_clear(world: World, tmp_path: Path) -> None:
    number = another_person_id()
    broken = number[:-1] + ("0" if number[-1] != "0" else "1")
    batch = upload_list(tmp_path, [row(证件号码=number), row(证件号码=broken)], world.court, world.clerk)
    batches.approve_batch(batch_id=batch.pk, by=world.reviewer, at=NOW)
    batches.apply_batch(batch.pk, at=NOW)
    check(world, "王试例", PERSON_NUMBER, related=[{"role": "director", "name": "赵代表", "id_number": number}])
    check_page(world, "王试例", PERSON_NUMBER)
    call(world, world.clerk, "POST", "listings/search/", {"id_number": PERSON_NUMBER})
    Client().post(reverse("public_search"), {"name": "王试例", "id_number": PERSON_NUMBER})
    Client().post(reverse("sign_in"), {"username": number, "password": number})
    stored = everything_stored()
    assert len(stored) > 100
    for each in (*PERSONS, number, broken):
        assert {table for table, text in stored for trace in traces(each) if trace in text} == set()


def test_7_the_search_of_the_database_can_find_one(world: World) -> None:
    Listing.objects.filter(pk=world.listing.pk).update(obligation=f"号码{PERSON_NUMBER}")
    assert [table for table, text in everything_stored() if PERSON_NUMBER in text] == ["registry_listing"]


def test_7_no_page_and_no_answer_shows_an_identifier(world: World) -> None:
    """Every address, for everybody who may open it; `see` is what came."""
    seen = 0
    for name, route in ROUTES.items():
        if "GET" not in route.methods:
            continue
        for actor in ACTORS if route.may != EVERYBODY else ("anonymous",):
            response = ask(browser(world, actor), world, name, "GET")
            content = b"".join(response.streaming_content) if response.streaming else response.content
            seen += response.status_code == 200
            for number in PERSONS:
                assert number.encode() not in content, (name, actor)
                assert number not in f"{response.wsgi_request.get_full_path()} {response.headers}"
    assert seen > 100


def test_7_neither_an_error_page_nor_the_log_repeats_what_was_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError(f"no such thing: {PERSON_NUMBER}")

    monkeypatch.setattr("agencies.views.checks.check_party", fail)
    monkeypatch.setattr("agencies.api.checks.check_party", fail)
    form = {"kind": "person", "name": "王试例", "id_number": PERSON_NUMBER, "case_reference": "1", "token": "0" * 32}
    formset = {"related-TOTAL_FORMS": "0", "related-INITIAL_FORMS": "0"}
    page = world.browser(world.finance).post(reverse("agency_check"), {**form, **formset})
    subject = {"kind": "person", "name": "王试例", "id_number": PERSON_NUMBER}
    answer = call(world, world.finance, "POST", "checks/", {"subject": subject, "case_reference": "1"})
    log = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert (page.status_code, answer.status_code) == (500, 500)
    assert "RuntimeError" in log
    for text in (page.content.decode(), answer.content.decode(), log):
        assert PERSON_NUMBER not in text
    monkeypatch.undo()
    invalid = PERSON_NUMBER[:-1] + ("0" if PERSON_NUMBER[-1] != "0" else "1")
    subject["id_number"] = invalid
    refused = call(world, world.finance, "POST", "checks/", {"subject": subject, "case_reference": "1"})
    assert refused.status_code == 422
    assert invalid not in refused.content.decode()


def test_7_a_workbook_with_identifiers_names_its_purpose_and_reader(world: World) -> None:
    refused = call(world, world.stranger_reviewer, "GET", f"batches/{world.batch.pk}/problems/?format=xlsx")
    assert refused.status_code == 404
    before = AuditEntry.objects.count()
    response = call(world, world.clerk, "GET", f"batches/{world.batch.pk}/problems/?format=xlsx&purpose=correct")
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    texts = "".join(str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line)
    texts += "".join(str(part) for sheet in book for part in (sheet.oddFooter, sheet.oddHeader))
    assert "clerk" in texts and "更正" in texts
    assert AuditEntry.objects.count() == before + 1


# --- 8. other houses --------------------------------------------------------------------------------------------------


def test_8_a_unit_sees_nothing_of_another_units_checks_and_acts(world: World) -> None:
    stranger = world.stranger_staff
    for path in ("enforcements/", "releases/", "feedback/", "reports/"):
        mine = call(world, world.finance, "GET", path).json()
        assert mine["count"] > 0, path
        assert call(world, stranger, "GET", path).json()["count"] == 0, path
    window = world.browser(stranger)
    for name in ("agency_check", "agency_checks", "agency_enforcements", "agency_releases", "agency_feedback"):
        page = window.get(reverse(name)).content.decode()
        assert "王试例" not in page and world.check.receipt not in page and "钱已清" not in page, name
    assert "王试例" in world.browser(world.finance).get(reverse("agency_checks")).content.decode()


def test_8_not_even_the_credit_office_sees_whom_a_unit_asked_about(world: World) -> None:
    window = world.browser(world.office)
    pages = ("credit_dashboard", "credit_units", "credit_reports")
    addresses = [reverse(name) for name in pages] + [reverse("credit_unit", args=[world.unit.pk])]
    for address in addresses:
        response = window.get(address)
        assert response.status_code == 200
        assert world.check.receipt not in response.content.decode()


def test_8_a_court_sees_nothing_of_another_courts_batches_and_listings(world: World) -> None:
    stranger = world.stranger_reviewer
    assert call(world, stranger, "GET", "batches/").json()["count"] == 0
    assert call(world, stranger, "POST", "listings/search/", {"name": "王试例"}).json()["count"] == 0
    assert call(world, world.clerk, "POST", "listings/search/", {"name": "王试例"}).json()["count"] == 1
    window = world.browser(stranger)
    found = window.post(reverse("court_listings"), {"name": "王试例"}).content.decode()
    assert world.listing.case_number not in found
    for name in ("court_home", "court_batches", "court_releases", "court_feedback"):
        page = window.get(reverse(name)).content.decode()
        assert world.batch.file_name not in page and "钱已清" not in page, name


# --- 9. what is not for the public ------------------------------------------------------------------------------------


def public_page(name: str, number: str = "") -> str:
    """The public's answer, without what differs by itself."""
    page = Client().post(reverse("public_search"), {"name": name, "id_number": number}).content.decode()
    page = re.sub(r'csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"|nonce="[^"]*"', "", page)
    return page.replace(name, "某某")


def test_9_a_listing_unfit_for_publication_is_nowhere_in_public(world: World) -> None:
    number = person_id(born="20050505")
    hidden = builders.make_listing("周内部", number, court=world.court, publishable=False)
    nobody = public_page("周不在")
    assert public_page("周内部") == nobody
    assert public_page("周内部", number).replace(number, "") == public_page("周不在", number).replace(number, "")
    assert world.listing.case_number in public_page("王试例")
    for user in (world.finance, world.stranger_staff):
        assert call(world, user, "GET", f"listings/{hidden.pk}/").status_code == 404
        assert call(world, user, "POST", "listings/search/", {"name": "周内部"}).json()["count"] == 0
    assert call(world, world.clerk, "POST", "listings/search/", {"name": "周内部"}).json()["count"] == 1


# --- 10. deadlines ----------------------------------------------------------------------------------------------------


def test_10_a_deadline_beyond_the_calendar_is_shown_as_provisional(world: World) -> None:
    acts.make_release_rule(3, "working")
    far = datetime(2041, 9, 29, 2, 0, tzinfo=UTC)
    ReleaseDuty.objects.filter(pk=world.duty.pk).delete()
    Listing.objects.filter(pk=world.ended_listing.pk).update(changed_at=far)
    change = Change.objects.create(kind="shielded", listing=world.ended_listing, at=far)
    assert open_release_duties(change_ids=[change.pk], at=far) == 1
    duty = ReleaseDuty.objects.get(listing=world.ended_listing)
    assert duty.due_is_provisional
    page = world.browser(world.finance).get(reverse("agency_releases")).content.decode()
    assert "暂估" in page
    shown = call(world, world.finance, "GET", "releases/").json()["results"]
    assert [each["due_is_provisional"] for each in shown] == [True]


def test_10_a_deadline_within_the_calendar_is_not(world: World) -> None:
    assert world.duty.due_is_provisional is False
    assert "暂估" not in world.browser(world.finance).get(reverse("agency_releases")).content.decode()


# --- 11. late objections ----------------------------------------------------------------------------------------------


def objection(world: World, received: str, **more: Any) -> dict[str, Any]:
    sent = {"ground": "不应纳入", "channel": "counter", "received_on": received, **more}
    return {"listing": str(world.listing.pk), "served_on": "2026-01-05", **sent}


def test_11_a_late_objection_is_heard_and_marked(world: World) -> None:
    remedies.set_local(world.court.region_id)
    in_time = call(world, world.clerk, "POST", "objections/", objection(world, "2026-01-15"))
    late = call(world, world.clerk, "POST", "objections/", objection(world, "2026-11-20"))
    assert [(each.status_code, each.json()["late"]) for each in (in_time, late)] == [(201, False), (201, True)]
    assert "逾期提出" in world.browser(world.clerk).get(reverse("court_remedies")).content.decode()
    decision = {"reason": "成立", "document_number": "（2026）鲁0116执异9号", "decided_on": TODAY.isoformat()}
    upheld = call(world, world.clerk, "POST", f"objections/{late.json()['id']}/uphold/", decision)
    assert upheld.json()["status"] == "upheld"
    assert check(world, "王试例", PERSON_NUMBER)["outcome"] == "clear"


def test_11_no_page_and_no_unit_refuses_it_either(world: World) -> None:
    remedies.set_local(world.court.region_id)
    form = {key: value for key, value in objection(world, "2026-11-20", about="listing").items() if key != "listing"}
    page = world.browser(world.clerk).post(reverse("objection_create", args=[world.listing.pk]), form, follow=True)
    assert (page.status_code, page.redirect_chain != []) == (200, True)
    assert "逾期提出" in page.content.decode()
    form = {**form, "measure": "第4项"}
    address = f"{reverse('agency_objection_create')}?listing={world.listing.pk}"
    taken = world.browser(world.finance).post(address, form, follow=True).content.decode()
    assert "逾期提出" in taken and "已移送" in taken


def test_11_a_late_reconsideration_is_heard_and_marked(world: World) -> None:
    Court.objects.filter(pk=world.court.pk).update(upper=builders.make_court("鲁01", "济南市中级人民法院"))
    remedies.set_rules("370000", reconsideration__file=(10, "calendar"))
    Objection.objects.filter(pk=world.rejected.pk).update(
        received_on=TODAY - timedelta(days=90),
        decided_on=TODAY - timedelta(days=80),
        decision_served_on=TODAY - timedelta(days=80),
    )
    sent = {"objection": str(world.rejected.pk), "ground": "不服", "channel": "post", "received_on": TODAY.isoformat()}
    late = call(world, world.clerk, "POST", "reconsiderations/", sent)
    assert (late.status_code, late.json()["late"]) == (201, True)


# --- 12. the audit ----------------------------------------------------------------------------------------------------

TAMPERING = [
    "UPDATE core_auditentry SET actor_label = 'nobody' WHERE number = 2",
    "UPDATE core_auditentry SET at = at + interval '1 day' WHERE number = 2",
    "DELETE FROM core_auditentry WHERE number = 2",
    "UPDATE core_auditentry SET number = NULL, hash = '' WHERE number = 2",
    "UPDATE registry_change SET kind = 'listed' WHERE number = 1",
    "DELETE FROM registry_change WHERE number = 1",
]


def test_12_an_untouched_chain_is_intact(world: World) -> None:
    suspend(world)
    call_command("verify_audit", stdout=StringIO())


@pytest.mark.parametrize("statement", TAMPERING)
def test_12_tampering_with_the_audit_or_the_feed_is_found(statement: str, world: World) -> None:
    suspend(world)
    for model in chain.chained_models():
        chain.sequence(model)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # as somebody with all rights would
        cursor.execute(statement)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = origin")
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=said)
    assert ended.value.code == 1
    assert "不可信" in said.getvalue()
