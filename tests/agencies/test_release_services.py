"""Duties open by themselves, once, and close when the unit has let go."""

import time
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from agencies.consumers import open_duties_of_changes
from agencies.models import Enforcement, ReleaseDuty
from agencies.services.enforcement import release_enforcement, retain_enforcement
from agencies.services.releases import (
    acknowledge_duty,
    acknowledge_many,
    open_missing_duties,
    open_release_duties,
    release_deadline,
)
from agencies.tasks import end_retentions
from agencies.tasks import open_missing_duties as open_missing_duties_task
from core import outbox
from core.errors import IllegalMove, InvalidInput, NotFound
from core.models import AuditEntry, OutboxEvent
from registry.models import Batch, Change, Listing
from registry.services.listings import shield_listing
from tests.agencies.acts import apply, end, make_measure, make_release_rule
from tests.agencies.test_enforcement_services import raced
from tests.builders import NOW, TODAY, make_agency, make_clerk, make_court, make_listing, make_region, make_staff

BASIS = "《中华人民共和国政府采购法》第二十二条"
DONE = {"statement": "已恢复供应商资格", "document_number": "莱财采〔2026〕9号"}


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def housing(db):
    return make_staff("housing", make_agency("莱芜区住建局", units=("区住建局",)))


@pytest.fixture
def measure(staff):
    return make_measure(units=("区财政局", "区住建局"))


@pytest.fixture
def listing(db):
    return make_listing()


@pytest.mark.parametrize("kind", ["shielded", "revoked", "expired"])
def test_every_ending_opens_one_duty_per_unit_listing_and_measure(staff, housing, measure, listing, kind):
    other = make_measure("5")
    for user, what, matter in (
        (staff, measure, "甲项目"),
        (staff, measure, "乙项目"),
        (staff, other, ""),
        (housing, measure, ""),
    ):
        apply(user, listing, what, matter=matter)
    apply(staff, make_listing("李试例"), measure)
    change = end(listing, kind)
    assert open_release_duties(change_ids=[change.pk], at=NOW) == 3
    found = set(ReleaseDuty.objects.values_list("agency", "listing", "measure"))
    assert found == {
        (staff.agency_id, listing.pk, measure.pk),
        (staff.agency_id, listing.pk, other.pk),
        (housing.agency_id, listing.pk, measure.pk),
    }


@pytest.mark.parametrize("kind", ["listed", "corrected", "suspended", "resumed"])
def test_no_other_change_opens_a_duty(staff, measure, listing, kind):
    apply(staff, listing, measure)
    change = Change.objects.create(kind=kind, listing=listing, at=NOW)
    assert open_release_duties(change_ids=[change.pk], at=NOW) == 0
    assert open_missing_duties(at=NOW) == 0


def test_what_was_not_applied_or_is_released_needs_no_release(staff, measure, listing):
    apply(staff, listing, measure, decision="not_applied", reason="不在办理范围")
    release_enforcement(enforcement_id=apply(staff, listing, measure).pk, by=staff, at=NOW)
    assert open_release_duties(change_ids=[end(listing).pk], at=NOW) == 0


def test_the_consumer_may_run_twice(staff, measure, listing):
    apply(staff, listing, measure)
    with transaction.atomic():
        event = outbox.emit("listing.changed", changes=[end(listing).pk])
    open_duties_of_changes(event)
    open_duties_of_changes(event)
    duty = ReleaseDuty.objects.get()
    assert [step.to_status for step in duty.transitions.all()] == ["due"]
    assert AuditEntry.objects.filter(verb="open_release_duties").count() == 1


def test_a_batch_is_answered_as_a_whole(staff, measure):
    court = make_court()
    clerk = make_clerk(court=court)
    batch = Batch.objects.create(
        court=court, file_name="名单.xlsx", file_size=1, file_sha256="0" * 64, uploaded_by=clerk, uploaded_at=NOW
    )
    for _ in range(3):
        listing = make_listing()
        apply(staff, listing, measure)
        Listing.objects.filter(pk=listing.pk).update(
            status="shielded", exit_ground="performed", exit_document="1号", exit_on=TODAY
        )
        Change.objects.create(kind="shielded", listing=listing, at=NOW, batch=batch)
    with transaction.atomic():
        event = outbox.emit("listing.changed", batch=str(batch.pk))
    open_duties_of_changes(event)
    assert ReleaseDuty.objects.open().count() == 3


def test_it_costs_the_same_for_one_listing_and_twenty(staff, measure, django_assert_max_num_queries):
    changes = []
    for _ in range(20):
        listing = make_listing()
        apply(staff, listing, measure)
        changes.append(end(listing).pk)
    with django_assert_max_num_queries(16):
        assert open_release_duties(change_ids=changes[:1], at=NOW) == 1
    with django_assert_max_num_queries(16):
        assert open_release_duties(change_ids=changes, at=NOW) == 19


def test_the_clock_starts_on_the_day_of_the_change_in_shanghai(staff, measure, listing):
    rule = make_release_rule(3, "working")
    apply(staff, listing, measure)
    late_evening = datetime.fromisoformat("2026-09-22T23:30:00+08:00")
    open_release_duties(change_ids=[end(listing, at=late_evening).pk], at=NOW)
    duty = ReleaseDuty.objects.get()
    assert (duty.due_on, duty.due_is_provisional, duty.due_citation) == (date(2026, 9, 28), False, rule.citation)


def test_the_national_limit_applies_where_the_region_has_none(db):
    make_region()
    make_release_rule(1, "working", region_code="000000")
    assert release_deadline(make_region(), TODAY).on == date(2026, 11, 23)


def test_a_missing_limit_keeps_nobody_restricted(db):
    assert release_deadline(make_region(), TODAY).on == date(2026, 11, 23)


def test_a_year_without_calendar_makes_the_limit_provisional(db):
    make_release_rule(3, "working")
    assert release_deadline(make_region(), date(2027, 3, 1)).provisional


def test_acknowledging_releases_everything_of_the_duty(staff, measure, listing):
    for matter in ("甲项目", "乙项目"):
        apply(staff, listing, measure, matter=matter)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = acknowledge_duty(duty_id=ReleaseDuty.objects.get().pk, by=staff, at=NOW, **DONE)
    assert (duty.status, duty.outcome, duty.done_by, duty.done_at) == ("done", "released", staff, NOW)
    assert not Enforcement.objects.live().exists()
    assert OutboxEvent.objects.filter(topic="enforcement.released").count() == 2
    with pytest.raises(IllegalMove):
        acknowledge_duty(duty_id=duty.pk, by=staff, at=NOW, **DONE)


def test_a_failure_while_acknowledging_leaves_the_duty_due(staff, measure, listing, monkeypatch):
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = ReleaseDuty.objects.get()
    monkeypatch.setattr("agencies.services.lifting.outbox.emit", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        acknowledge_duty(duty_id=duty.pk, by=staff, at=NOW, **DONE)
    duty.refresh_from_db()
    assert (duty.status, Enforcement.objects.get().status) == ("due", "in_force")
    assert not AuditEntry.objects.filter(verb="close_release_duty").exists()


def test_a_statement_is_required(staff, measure, listing):
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    with pytest.raises(InvalidInput) as error:
        acknowledge_duty(duty_id=ReleaseDuty.objects.get().pk, statement=" ", by=staff, at=NOW)
    assert error.value.code == "statement_required"


def test_another_units_duty_is_not_found(staff, housing, measure, listing):
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = ReleaseDuty.objects.get()
    for call in (
        lambda: acknowledge_duty(duty_id=duty.pk, by=housing, at=NOW, **DONE),
        lambda: acknowledge_many(duty_ids=[duty.pk], by=housing, at=NOW, **DONE),
    ):
        with pytest.raises(NotFound):
            call()
    duty.refresh_from_db()
    assert duty.status == "due"


def test_many_are_acknowledged_and_those_done_are_left(staff, measure):
    for _ in range(3):
        listing = make_listing()
        apply(staff, listing, measure)
        open_release_duties(change_ids=[end(listing).pk], at=NOW)
    ids = list(ReleaseDuty.objects.values_list("pk", flat=True))
    acknowledge_duty(duty_id=ids[0], statement="先解除", by=staff, at=NOW)
    assert {duty.pk for duty in acknowledge_many(duty_ids=ids, by=staff, at=NOW, **DONE)} == set(ids[1:])
    assert ReleaseDuty.objects.get(pk=ids[0]).statement == "先解除"
    assert not Enforcement.objects.live().exists()


def test_keeping_closes_the_duty_as_retained(staff, measure, listing):
    enforcement = apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    retain_enforcement(
        enforcement_id=enforcement.pk, legal_basis=BASIS, until=TODAY + timedelta(days=30), by=staff, at=NOW
    )
    duty = ReleaseDuty.objects.get()
    assert (duty.status, duty.outcome) == ("done", "retained")


def test_what_was_to_be_kept_of_a_revoked_listing_must_be_released(staff, measure, listing):
    enforcement = apply(staff, listing, measure)
    retain_enforcement(
        enforcement_id=enforcement.pk, legal_basis=BASIS, until=TODAY + timedelta(days=30), by=staff, at=NOW
    )
    open_release_duties(change_ids=[end(listing, "revoked").pk], at=NOW)
    acknowledge_duty(duty_id=ReleaseDuty.objects.get().pk, by=staff, at=NOW, **DONE)
    enforcement.refresh_from_db()
    assert enforcement.status == "released"


def test_what_was_to_be_kept_of_a_shielded_listing_opens_no_duty(staff, measure, listing):
    enforcement = apply(staff, listing, measure)
    retain_enforcement(
        enforcement_id=enforcement.pk, legal_basis=BASIS, until=TODAY + timedelta(days=30), by=staff, at=NOW
    )
    assert open_release_duties(change_ids=[end(listing).pk], at=NOW) == 0


def test_a_duty_is_late_from_the_day_after_its_last(staff, measure, listing):
    make_release_rule(1, "working")
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = ReleaseDuty.objects.get()
    assert not ReleaseDuty.objects.late_on(duty.due_on).exists()
    assert ReleaseDuty.objects.late_on(duty.due_on + timedelta(days=1)).get() == duty
    acknowledge_duty(duty_id=duty.pk, by=staff, at=NOW, **DONE)
    assert not ReleaseDuty.objects.late_on(duty.due_on + timedelta(days=1)).exists()


def test_the_net_finds_what_no_event_announced(staff, measure, listing):
    apply(staff, listing, measure)
    end(listing)
    open_missing_duties_task()
    assert open_missing_duties(at=NOW) == 0
    assert ReleaseDuty.objects.get().listing == listing


def test_the_nightly_task_ends_what_was_kept(staff, measure, listing):
    enforcement = apply(staff, listing, measure)
    retain_enforcement(
        enforcement_id=enforcement.pk,
        legal_basis=BASIS,
        until=date(2001, 1, 2),
        by=staff,
        at=datetime.fromisoformat("2001-01-01T10:00:00+08:00"),
    )
    end_retentions()
    enforcement.refresh_from_db()
    assert enforcement.status == "released"


@pytest.mark.django_db(transaction=True)
def test_two_consumers_at_once_open_one_duty():
    staff, listing, measure = make_staff(), make_listing(), make_measure()
    apply(staff, listing, measure)
    change = end(listing)
    call = lambda: open_release_duties(change_ids=[change.pk], at=NOW)  # noqa: E731
    assert sorted(raced(call, call)) == [0, 1]
    assert ReleaseDuty.objects.get().transitions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_acknowledging_and_releasing_at_once_end_in_one_release():
    staff, listing, measure = make_staff(), make_listing(), make_measure()
    enforcement = apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = ReleaseDuty.objects.get()
    results = raced(
        lambda: acknowledge_duty(duty_id=duty.pk, by=staff, at=NOW, **DONE),
        lambda: release_enforcement(enforcement_id=enforcement.pk, by=staff, at=NOW),
    )
    assert sum(isinstance(result, IllegalMove) for result in results) == 1
    duty.refresh_from_db()
    assert (duty.status, enforcement.transitions.count()) == ("done", 2)


def test_a_shielded_listing_reaches_the_unit_through_a_real_worker(celery_worker):
    staff, listing, measure = make_staff(), make_listing(), make_measure()
    apply(staff, listing, measure)
    shield_listing(
        listing_id=listing.pk,
        ground="performed",
        document_number="（2020）鲁0116执1号之一",
        happened_on=TODAY,
        by=make_clerk(court=listing.court),
        at=NOW,
    )
    for _ in range(100):
        if ReleaseDuty.objects.exists():
            break
        time.sleep(0.1)
    assert ReleaseDuty.objects.get().agency == staff.agency, celery_worker.output()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "gone"}, "duty_done_is_dated|duty_status_is_known"),
        ({"status": "done"}, "duty_done_is_dated"),
        ({"done_at": NOW}, "duty_done_is_dated"),
    ],
)
def test_the_table_dates_what_is_done(staff, measure, listing, changes, constraint):
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReleaseDuty.objects.update(**changes)


def test_the_table_holds_a_duty_once(staff, measure, listing):
    apply(staff, listing, measure)
    open_release_duties(change_ids=[end(listing).pk], at=NOW)
    duty = ReleaseDuty.objects.get()
    duty.pk = None
    duty._state.adding = True
    with pytest.raises(IntegrityError, match="duty_arises_once"), transaction.atomic():
        ReleaseDuty.objects.bulk_create([duty])
