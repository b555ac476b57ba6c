"""Recording, releasing and keeping on a real database."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction

from agencies.models import Enforcement, Matter, Retention
from agencies.services.enforcement import end_retentions, record_enforcement, release_enforcement, retain_enforcement
from agencies.services.releases import open_release_duties
from core.errors import Conflict, IllegalMove, InvalidInput, NotAllowed, NotFound
from core.models import AuditEntry, OutboxEvent
from registry.models import Listing
from tests.agencies.acts import apply, end, make_check, make_measure
from tests.builders import NOW, TODAY, make_agency, make_clerk, make_listing, make_relation, make_staff, person_id

BASIS = "《中华人民共和国政府采购法》第二十二条"


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def stranger(db):
    return make_staff("civil", make_agency("莱芜区民政局", units=("区民政局",)))


@pytest.fixture
def measure(staff):
    return make_measure()


@pytest.fixture
def listing(db):
    return make_listing()


def code_of(error):
    return error.value.code


def test_an_act_is_recorded_with_history_audit_and_announcement(staff, listing, measure):
    enforcement = apply(staff, listing, measure, reason="供应商资格审查未予通过")
    assert (enforcement.status, enforcement.party_name) == ("in_force", listing.name)
    assert [(step.from_status, step.to_status, step.by) for step in enforcement.transitions.all()] == [
        ("", "in_force", staff)
    ]
    assert AuditEntry.objects.get(verb="record_enforcement").target_id == str(enforcement.pk)
    assert OutboxEvent.objects.get(topic="enforcement.recorded").payload == {"enforcement": str(enforcement.pk)}


def test_the_same_act_stands_once(staff, listing, measure):
    apply(staff, listing, measure)
    with pytest.raises(Conflict) as error:
        apply(staff, listing, measure)
    assert code_of(error) == "enforcement_stands_once"
    assert Enforcement.objects.count() == 1


def test_the_same_measure_may_be_applied_in_another_matter(staff, listing, measure):
    apply(staff, listing, measure, matter="甲项目")
    apply(staff, listing, measure, matter="乙项目")
    assert Enforcement.objects.live().count() == 2


def test_after_release_it_may_be_applied_again(staff, listing, measure):
    release_enforcement(enforcement_id=apply(staff, listing, measure).pk, by=staff, at=NOW)
    assert apply(staff, listing, measure).status == "in_force"


def test_a_failure_leaves_nothing_behind(staff, listing, measure, monkeypatch):
    monkeypatch.setattr("agencies.services.enforcement.outbox.emit", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        apply(staff, listing, measure)
    assert not Enforcement.objects.exists()
    assert not AuditEntry.objects.filter(verb="record_enforcement").exists()


@pytest.mark.parametrize(
    ("status", "code"),
    [("suspended", "listing_suspended"), ("shielded", "listing_ended"), ("revoked", "listing_ended")],
)
def test_no_measure_is_applied_to_a_listing_that_is_not_active(staff, measure, status, code):
    listing = make_listing()
    if status == "suspended":
        Listing.objects.filter(pk=listing.pk).update(status=status)
    else:
        end(listing, status)
    with pytest.raises(Conflict) as error:
        apply(staff, listing, measure)
    assert code_of(error) == code
    assert not Enforcement.objects.exists()


@pytest.mark.parametrize(("days", "is_over"), [(-1, True), (0, False), (1, False)])
def test_no_measure_is_applied_once_the_term_is_over_even_before_the_nightly_expiry(staff, measure, days, is_over):
    listing = make_listing(term_ends_on=TODAY + timedelta(days=days))
    if is_over:
        with pytest.raises(Conflict) as error:
            apply(staff, listing, measure)
        assert code_of(error) == "listing_ended"
    else:
        apply(staff, listing, measure)
    assert Enforcement.objects.exists() is not is_over


def test_a_measure_under_review_may_only_be_recorded_as_not_applied(staff, listing):
    doubtful = make_measure("5", names_target="no")
    with pytest.raises(Conflict) as error:
        apply(staff, listing, doubtful)
    assert code_of(error) == "measure_under_review"
    left_out = apply(
        staff, listing, doubtful, decision="not_applied", document_number="", effective_from=None, reason="依据复核中"
    )
    assert left_out.status == "not_applied"


def test_another_units_measure_is_refused(staff, listing):
    with pytest.raises(Conflict) as error:
        apply(staff, listing, make_measure("7", units=("区住建局",)))
    assert code_of(error) == "measure_not_binding"


def test_a_registered_matter_binds_to_its_own_measures_only(staff, listing, measure):
    matter = Matter.objects.create(agency=staff.agency, code="CG-1", name="政府采购供应商资格审查")
    matter.measures.add(make_measure("6"))
    with pytest.raises(Conflict) as error:
        apply(staff, listing, measure, matter="CG-1")
    assert code_of(error) == "measure_not_binding"
    matter.measures.add(measure)
    assert apply(staff, listing, measure, matter="CG-1").matter_text == "政府采购供应商资格审查"


def test_an_incentive_is_refused(staff, listing):
    with pytest.raises(Conflict) as error:
        apply(staff, listing, make_measure("8", incentive=True, reaches=[]))
    assert code_of(error) == "measure_is_incentive"


def test_only_an_operator_of_the_unit_records(staff, stranger, listing, measure):
    clerk = make_clerk()
    for other in (stranger, clerk):
        with pytest.raises(NotAllowed) as error:
            record_enforcement(
                agency=staff.agency,
                by=other,
                at=NOW,
                listing=listing,
                measure=measure,
                decision="not_applied",
                reason="试",
            )
        assert code_of(error) == "not_an_operator"


def test_several_omissions_are_named_together(staff, listing, measure):
    with pytest.raises(InvalidInput) as error:
        apply(staff, listing, measure, document_number=" ", effective_from=None)
    assert [problem.field for problem in error.value.errors] == ["document_number", "effective_from"]


def test_an_act_on_a_check_falls_on_its_applicant(staff, listing, measure):
    check = make_check(staff.agency, staff, listing, measure, role="legal_representative")
    enforcement = apply(staff, listing, measure, check=check)
    assert (enforcement.role, enforcement.party_name) == ("legal_representative", check.subject_name)
    assert enforcement.party_id_masked == check.subject_id_masked


def test_a_check_that_does_not_name_the_measure_proves_nothing(staff, listing, measure):
    check = make_check(staff.agency, staff, listing, make_measure("9"))
    with pytest.raises(InvalidInput) as error:
        apply(staff, listing, measure, check=check)
    assert [problem.code for problem in error.value.errors] == ["check_does_not_name_it"]


def test_another_units_check_is_not_found(staff, stranger, listing, measure):
    check = make_check(stranger.agency, stranger, listing, measure)
    with pytest.raises(NotFound):
        apply(staff, listing, measure, check=check)


def test_a_related_person_is_reached_only_where_the_wording_says_so(staff, measure):
    unit = make_listing("试例贸易有限公司", "", kind="unit")
    relation = make_relation(unit)
    with pytest.raises(InvalidInput) as error:
        apply(staff, unit, measure, role=relation.role, party_name=relation.name)
    assert code_of(error) == "measure_does_not_reach_party"
    wide = make_measure("10", reaches=["subject", "legal_representative"])
    assert apply(staff, unit, wide, role=relation.role, party_name=relation.name).party_name == relation.name


def test_an_unknown_related_person_is_refused(staff, measure):
    unit = make_listing("试例贸易有限公司", "", kind="unit")
    with pytest.raises(InvalidInput) as error:
        apply(staff, unit, measure, role="principal", party_name="无此人")
    assert [problem.code for problem in error.value.errors] == ["relation_unknown"]


def test_a_release_is_dated_and_happens_once(staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    released = release_enforcement(enforcement_id=enforcement.pk, by=staff, at=NOW, reason="已履行")
    assert (released.status, released.released_at, released.release_reason) == ("released", NOW, "已履行")
    with pytest.raises(IllegalMove):
        release_enforcement(enforcement_id=enforcement.pk, by=staff, at=NOW)
    assert OutboxEvent.objects.filter(topic="enforcement.released").count() == 1


def test_another_unit_cannot_find_the_record(staff, stranger, listing, measure):
    enforcement = apply(staff, listing, measure)
    with pytest.raises(NotFound):
        release_enforcement(enforcement_id=enforcement.pk, by=stranger, at=NOW)
    with pytest.raises(NotFound):
        retain_enforcement(
            enforcement_id=enforcement.pk, legal_basis=BASIS, until=TODAY + timedelta(days=9), by=stranger, at=NOW
        )


def test_what_is_kept_ends_by_itself_the_day_after(staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    end(listing)
    until = TODAY + timedelta(days=30)
    retain_enforcement(enforcement_id=enforcement.pk, legal_basis=BASIS, until=until, by=staff, at=NOW)
    assert end_retentions(today=until, at=NOW) == 0
    assert end_retentions(today=until + timedelta(days=1), at=NOW) == 1
    assert end_retentions(today=until + timedelta(days=1), at=NOW) == 0
    enforcement.refresh_from_db()
    assert enforcement.status == "released"
    assert [step.by for step in enforcement.transitions.all()] == [staff, staff, None]
    assert Retention.objects.get().until == until


@pytest.mark.parametrize(
    ("basis", "days", "code"),
    [("", 9, "legal_basis_required"), (BASIS, 0, "until_not_ahead"), (BASIS, None, "until_required")],
)
def test_nothing_is_kept_without_basis_and_end(staff, listing, measure, basis, days, code):
    enforcement = apply(staff, listing, measure)
    until = None if days is None else TODAY + timedelta(days=days)
    with pytest.raises(InvalidInput) as error:
        retain_enforcement(enforcement_id=enforcement.pk, legal_basis=basis, until=until, by=staff, at=NOW)
    assert [problem.code for problem in error.value.errors] == [code]
    enforcement.refresh_from_db()
    assert enforcement.status == "in_force"


def test_nothing_of_a_revoked_listing_is_kept(staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    end(listing, "revoked")
    with pytest.raises(Conflict) as error:
        retain_enforcement(
            enforcement_id=enforcement.pk, legal_basis=BASIS, until=TODAY + timedelta(days=9), by=staff, at=NOW
        )
    assert code_of(error) == "listing_revoked"


def test_no_identifier_is_kept_in_what_was_typed(staff, listing, measure):
    number = person_id()
    enforcement = apply(staff, listing, measure, reason=f"证件 {number}", matter=number, document_number=number)
    assert number not in enforcement.reason + enforcement.matter_text
    assert number not in str(AuditEntry.objects.get(verb="record_enforcement").after)
    released = release_enforcement(enforcement_id=enforcement.pk, by=staff, at=NOW, reason=number)
    assert released.release_reason == "[已隐去]"


def raced(*calls):
    """Run the calls at the same time, each on its own connection; what they returned or raised."""
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index, call):
        try:
            barrier.wait(10)
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_record_it_once():
    staff, listing, measure = make_staff(), make_listing(), make_measure()
    results = raced(*[lambda: apply(staff, listing, measure)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Enforcement"]
    assert Enforcement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_happen_once():
    staff, listing, measure = make_staff(), make_listing(), make_measure()
    enforcement = apply(staff, listing, measure)
    call = lambda: release_enforcement(enforcement_id=enforcement.pk, by=staff, at=NOW)  # noqa: E731
    assert sorted(type(result).__name__ for result in raced(call, call)) == ["Enforcement", "IllegalMove"]
    assert enforcement.transitions.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_act_waits_for_a_listing_that_is_just_ending():
    staff, listing, measure = make_staff(), make_listing(), make_measure()
    holds, ends = threading.Event(), threading.Event()

    def court():
        with transaction.atomic():
            Listing.objects.select_for_update().get(pk=listing.pk)
            holds.set()
            ends.wait(2)
            end(listing)

    def unit():
        holds.wait(10)
        threading.Timer(0.3, ends.set).start()
        return apply(staff, listing, measure)

    results = raced(court, unit)
    assert isinstance(results[1], Conflict)
    assert not Enforcement.objects.exists()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "gone"}, "enforcement_status_is_known"),
        ({"status": "not_applied"}, "enforcement_status_follows_decision"),
        ({"decision": "not_applied", "status": "not_applied", "reason": ""}, "enforcement_not_applied_has_reason"),
        ({"document_number": ""}, "enforcement_applied_has_document"),
        ({"effective_to": TODAY - timedelta(days=1)}, "enforcement_ends_after_it_begins"),
        ({"status": "released", "released_at": None}, "enforcement_release_is_dated"),
    ],
)
def test_the_table_refuses_what_the_law_refuses(staff, listing, measure, changes, constraint):
    enforcement = apply(staff, listing, measure)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Enforcement.objects.filter(pk=enforcement.pk).update(**changes)


def test_the_table_holds_an_act_once(staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    enforcement.pk = None
    enforcement._state.adding = True
    with pytest.raises(IntegrityError, match="enforcement_stands_once"), transaction.atomic():
        Enforcement.objects.bulk_create([enforcement])


def test_the_table_keeps_nothing_without_a_basis(staff, listing, measure):
    enforcement = apply(staff, listing, measure)
    with pytest.raises(IntegrityError, match="retention_has_legal_basis"), transaction.atomic():
        Retention.objects.create(enforcement=enforcement, legal_basis="", until=TODAY, recorded_at=NOW, user=staff)


def test_releasing_one_by_one_closes_the_duty_with_the_last(staff, listing, measure):
    first, second = (apply(staff, listing, measure, matter=matter) for matter in ("甲项目", "乙项目"))
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = staff.agency.release_duties.get()
    release_enforcement(enforcement_id=first.pk, by=staff, at=NOW)
    duty.refresh_from_db()
    assert duty.status == "due"
    release_enforcement(enforcement_id=second.pk, by=staff, at=NOW)
    duty.refresh_from_db()
    assert (duty.status, duty.outcome) == ("done", "released")
