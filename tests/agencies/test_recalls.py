"""A revoked listing was never valid: everybody who was told of it is told so, and nothing counts it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from agencies.models import Check, Recall, RecallTransition
from agencies.services.recalls import acknowledge_recall, tell_of_recent_revocations, tell_of_revocations
from agencies.services.receipts import recheck
from core.errors import IllegalMove, InvalidInput, NotFound
from core.models import AuditEntry
from feedback.rules.periods import period
from feedback.services.figures import compute
from feedback.services.overview import overview
from registry.models import Change
from registry.services.listings import revoke_listing
from tests import builders
from tests.agencies.acts import apply, make_measure
from tests.agencies.builders import ask
from tests.builders import NOW, TODAY, another_person_id, make_listing, make_office, make_staff
from tests.registry.api import Caller, key_for

WRONG: dict[str, Any] = {"ground": "wrongly_listed", "document_number": "（2026）鲁0116执1号之一", "happened_on": TODAY}


def revoke(listing, clerk, at=NOW + timedelta(minutes=1)):
    revoke_listing(listing_id=listing.pk, by=clerk, at=at, **WRONG)
    return list(Change.objects.filter(listing=listing, kind="revoked").values_list("pk", flat=True))


@pytest.fixture
def clerk(db):
    return builders.make_clerk()


@pytest.fixture
def finance(db):
    return make_staff()


@pytest.fixture
def civil(db):
    return make_staff("civil", builders.make_agency("莱芜区民政局"))


def test_every_unit_that_was_told_or_acted_is_told_once(clerk, finance, civil):
    number, other = another_person_id(), another_person_id()
    listing, kept = make_listing("王试例", number), make_listing("钱在列", other)
    housing = make_staff("housing", builders.make_agency("莱芜区住房和城乡建设局", units=("区财政局",)))
    never = make_staff("never", builders.make_agency("莱芜区教育局"))
    ask(finance, "王试例", number)
    ask(finance, "王试例", number)
    ask(civil, "王某", number)  # the number with another name: only possible
    ask(never, "钱在列", other)
    apply(housing, listing, make_measure())
    changes = revoke(listing, clerk)
    assert tell_of_revocations(change_ids=changes, at=NOW) == 3
    assert tell_of_revocations(change_ids=changes, at=NOW) == 0
    assert {recall.agency.name for recall in Recall.objects.all()} == {
        "莱芜区财政局", "莱芜区民政局", "莱芜区住房和城乡建设局",
    }  # fmt: skip
    assert {recall.listing for recall in Recall.objects.all()} == {listing}
    assert RecallTransition.objects.count() == 3
    assert AuditEntry.objects.filter(verb="tell_of_revocations").count() == 3
    assert Recall.objects.all()[0].due_on > TODAY
    assert not Recall.objects.filter(listing=kept).exists()


def test_only_a_revocation_is_told(clerk, finance):
    from registry.services.listings import shield_listing

    number = another_person_id()
    listing = make_listing("王试例", number)
    ask(finance, "王试例", number)
    shield_listing(listing_id=listing.pk, by=clerk, at=NOW, **WRONG | {"ground": "performed"})
    assert tell_of_revocations(change_ids=list(Change.objects.values_list("pk", flat=True)), at=NOW) == 0


def test_a_check_that_came_too_late_for_the_event_is_found_by_the_net(clerk, finance):
    number = another_person_id()
    listing = make_listing("王试例", number)
    ask(finance, "王试例", number)
    revoke(listing, clerk)
    assert tell_of_recent_revocations(at=NOW + timedelta(days=1)) == 1
    assert tell_of_recent_revocations(at=NOW + timedelta(days=1)) == 0


def test_a_recall_is_acknowledged_once_by_its_unit(clerk, finance, civil):
    number = another_person_id()
    listing = make_listing("王试例", number)
    ask(finance, "王试例", number)
    tell_of_revocations(change_ids=revoke(listing, clerk), at=NOW)
    recall = Recall.objects.get()
    for by, words, error in ((civil, "已更正", NotFound), (clerk, "已更正", NotFound), (finance, " ", InvalidInput)):
        with pytest.raises(error):
            acknowledge_recall(recall_id=recall.pk, statement=words, by=by, at=NOW)
    done = acknowledge_recall(recall_id=recall.pk, statement=f"已删去 {number} 的记载", by=finance, at=NOW)
    assert (done.status, done.statement) == ("acknowledged", "已删去 [已隐去] 的记载")
    with pytest.raises(IllegalMove):
        acknowledge_recall(recall_id=recall.pk, statement="再次", by=finance, at=NOW)
    assert [step.to_status for step in recall.transitions.all()] == ["told", "acknowledged"]


def test_the_stored_answer_stands_and_is_marked_void(clerk, finance, civil, client):
    number = another_person_id()
    listing = make_listing("王试例", number)
    check = ask(finance, "王试例", number)
    answer = dict(check.answer)
    assert recheck(check=check, at=NOW).revoked == frozenset()
    revoke(listing, clerk)
    check.refresh_from_db()
    assert check.answer == answer
    assert recheck(check=check, at=NOW).revoked == {str(listing.pk)}
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/agency/checks/{check.receipt}/").content.decode()
    assert "该名单已撤销，自始无效" in page
    assert "王试例" in page
    body = Caller(key_for(finance, scopes=["check"])).get(f"/api/v1/checks/{check.receipt}/").json()
    assert body["now"] == {"outcome": "clear", "changed_since": True, "revoked": [str(listing.pk)]}
    public = client.get(f"/verify/{check.receipt}/").content.decode()
    assert "撤销" not in public  # that there ever was a listing is nobody else's business


def test_an_enforcement_of_a_revoked_listing_says_so(clerk, finance, client):
    listing = make_listing()
    enforcement = apply(finance, listing, make_measure())
    revoke(listing, clerk)
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    assert "该名单已撤销，自始无效" in client.get(f"/agency/enforcements/{enforcement.pk}/").content.decode()


def test_no_figure_counts_what_rested_on_a_revoked_listing(clerk, finance):
    number, other = another_person_id(), another_person_id()
    measure = make_measure()
    wrong, right, also = make_listing("王试例", number), make_listing("钱试例", other), make_listing("王试例", number)
    check = ask(finance, "王试例", number)
    ask(finance, "钱试例", other)
    apply(finance, wrong, measure, check=check)
    apply(finance, right, measure)
    november, office = period("2026-11"), make_office()
    before = compute(finance.agency, november)
    assert (before["hits"], before["decisions"]["applied"]) == (2, 2)
    tell_of_revocations(change_ids=revoke(wrong, clerk), at=NOW)
    one_left = compute(finance.agency, november)
    assert (one_left["hits"], one_left["decisions"]["applied"]) == (2, 1)  # the other listing of that check stands
    tell_of_revocations(change_ids=revoke(also, clerk), at=NOW)
    after = compute(finance.agency, november)
    assert after["checks"] == {"total": 2, "clear": 1, "hit": 1, "possible": 0, "suspended": 0}
    assert [(row["hits"], row["applied"]) for row in after["by_measure"]] == [(1, 1)]
    total = overview(office, november, TODAY).total
    assert (total.checks, total.hits, total.applied) == (2, 1, 1)
    assert Check.objects.filter(outcome="hit").count() == 2


def test_the_unit_sees_and_answers_on_its_release_page_and_by_api(clerk, finance, civil, client):
    number = another_person_id()
    listing = make_listing("王试例", number)
    ask(finance, "王试例", number)
    ask(civil, "王试例", number)
    tell_of_revocations(change_ids=revoke(listing, clerk), at=NOW)
    recall = Recall.objects.get(agency=finance.agency)
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    assert "撤销通知" in client.get("/agency/releases/").content.decode()
    address = f"/agency/recalls/{recall.pk}/acknowledge/"
    client.post(address, {"statement": ""})
    recall.refresh_from_db()
    assert recall.status == "told"
    client.post(address, {"statement": "已删去档案中的记载"})
    recall.refresh_from_db()
    assert (recall.status, recall.acknowledged_by) == ("acknowledged", finance)
    assert "撤销通知" not in client.get("/agency/releases/").content.decode()
    assert client.post(address, {"statement": "再次"}).status_code == 409
    program = Caller(key_for(civil, scopes=["enforce"]))
    (told,) = program.get("/api/v1/recalls/?status=told").json()["results"]
    assert (told["unit"], told["listing"], told["revoked_by"]) == (
        "莱芜区民政局", str(listing.pk), WRONG["document_number"],
    )  # fmt: skip
    assert program.get("/api/v1/recalls/?status=lost").status_code == 400
    answer = program.post(f"/api/v1/recalls/{told['id']}/acknowledge/", {})
    assert answer.status_code == 400
    answer = program.post(f"/api/v1/recalls/{told['id']}/acknowledge/", {"statement": "未据此办理"})
    assert (answer.status_code, answer.json()["status"]) == (200, "acknowledged")
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert "2 家全部确认" in client.get("/court/releases/").content.decode()


def test_a_rolled_back_telling_tells_nobody(clerk, finance):
    number = another_person_id()
    listing = make_listing("王试例", number)
    ask(finance, "王试例", number)
    changes = revoke(listing, clerk)
    with transaction.atomic():
        tell_of_revocations(change_ids=changes, at=NOW)
        transaction.set_rollback(True)
    assert not Recall.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_consumers_at_once_tell_each_unit_once():
    clerk, finance = builders.make_clerk(), make_staff()
    number = another_person_id()
    listing = make_listing("王试例", number)
    ask(finance, "王试例", number)
    changes = revoke(listing, clerk)
    start = threading.Barrier(2)

    def tell():
        try:
            start.wait()
            tell_of_revocations(change_ids=changes, at=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Recall.objects.count() == 1
    assert RecallTransition.objects.count() == 1
