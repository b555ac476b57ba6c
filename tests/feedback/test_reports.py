"""A report's figures come from the ledger; its way is draft, submitted, returned or accepted."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, User
from core.errors import Conflict, IllegalMove, InvalidInput, NotAllowed
from core.models import AuditEntry, OutboxEvent
from feedback.models import Report
from feedback.rules.periods import period
from feedback.services.feedback import send_feedback
from feedback.services.figures import compute
from feedback.services.reports import create_report, review_report, submit_report, write_report
from tests.builders import NOW, TODAY, make_agency, make_listing, make_office, make_staff
from tests.feedback.builders import make_check, make_duty, make_enforcement, make_hit, make_measure

pytestmark = pytest.mark.django_db
NOVEMBER = period("2026-11")


@pytest.fixture
def finance() -> Agency:
    return make_agency(units=("区财政局",))


@pytest.fixture
def staff(finance: Agency) -> User:
    return make_staff("finance", finance)


@pytest.fixture
def office() -> User:
    return make_office()


def test_the_figures_count_this_unit_and_this_period_only(finance: Agency, staff: User) -> None:
    other = make_agency("莱芜区民政局")
    stranger = make_staff("civil", other)
    measure = make_measure()
    listing, ended = make_listing(), make_listing(status="active")
    for at in (NOW, NOW - timedelta(days=40)):
        make_hit(make_check(finance, staff, outcome="hit", at=at), listing, measure)
    make_check(finance, staff)
    make_check(other, stranger, outcome="hit")
    make_enforcement(finance, staff, listing, measure)
    make_enforcement(finance, staff, ended, measure, decision="not_applied", reason="未达到限制条件")
    make_enforcement(other, stranger, listing, measure)
    make_duty(finance, listing, measure, due_on=TODAY, done_at=NOW)
    make_duty(finance, ended, measure, due_on=TODAY - timedelta(days=1), done_at=NOW)
    make_duty(finance, make_listing(), measure, due_on=TODAY)

    figures = compute(finance, NOVEMBER)

    assert figures["checks"] == {"total": 2, "clear": 1, "hit": 1, "possible": 0, "suspended": 0}
    assert figures["hits"] == 1
    assert figures["decisions"] == {"applied": 1, "not_applied": 1}
    assert [(row["number"], row["hits"], row["applied"], row["not_applied"]) for row in figures["by_measure"]] == [
        ("4", 1, 1, 1)
    ]
    assert figures["not_applied"] == [{"reason": "未达到限制条件", "count": 1}]
    assert figures["releases"] == {"opened": 3, "done": 2, "on_time": 1, "late": 1, "open": 1}


def test_the_figures_cost_the_same_for_one_and_for_many(finance: Agency, staff: User) -> None:
    measure = make_measure()
    counts = []
    for rows in (1, 20):
        for _ in range(rows):
            make_hit(make_check(finance, staff, outcome="hit"), make_listing(), measure)
        with CaptureQueriesContext(connection) as queries:
            compute(finance, NOVEMBER)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_report_goes_out_comes_back_and_is_accepted(staff: User, office: User) -> None:
    report = create_report(period=NOVEMBER, by=staff, at=NOW)
    assert report.status == "draft"
    write_report(report_id=report.pk, narrative="本月核查……", typical_case="", by=staff, at=NOW)
    assert submit_report(report_id=report.pk, by=staff, at=NOW).status == "submitted"
    returned = review_report(report_id=report.pk, accept=False, remarks="请补充典型案例。", by=office, at=NOW)
    assert returned.status == "returned"
    write_report(report_id=report.pk, narrative="本月核查……", typical_case="某案……", by=staff, at=NOW)
    submit_report(report_id=report.pk, by=staff, at=NOW)
    accepted = review_report(report_id=report.pk, accept=True, remarks="", by=office, at=NOW)

    assert accepted.status == "accepted"
    assert [step.to_status for step in accepted.transitions.all()] == [
        "draft",
        "submitted",
        "returned",
        "submitted",
        "accepted",
    ]
    assert OutboxEvent.objects.filter(topic__startswith="report.").count() == 5
    assert AuditEntry.objects.filter(target_id=str(report.pk)).count() == 7


def test_a_period_has_one_report(staff: User) -> None:
    create_report(period=NOVEMBER, by=staff, at=NOW)
    with pytest.raises(Conflict) as refused:
        create_report(period=NOVEMBER, by=staff, at=NOW)
    assert refused.value.code == "report_exists"
    assert Report.objects.count() == 1


def test_a_period_to_come_cannot_be_reported(staff: User) -> None:
    with pytest.raises(InvalidInput):
        create_report(period=period("2026-12"), by=staff, at=NOW)


def test_an_empty_report_is_not_submitted(staff: User) -> None:
    report = create_report(period=NOVEMBER, by=staff, at=NOW)
    with pytest.raises(InvalidInput) as refused:
        submit_report(report_id=report.pk, by=staff, at=NOW)
    assert [problem.field for problem in refused.value.errors] == ["narrative"]


def test_a_return_says_what_to_mend(staff: User, office: User) -> None:
    report = create_report(period=NOVEMBER, by=staff, at=NOW)
    write_report(report_id=report.pk, narrative="情况", typical_case="", by=staff, at=NOW)
    submit_report(report_id=report.pk, by=staff, at=NOW)
    with pytest.raises(InvalidInput):
        review_report(report_id=report.pk, accept=False, remarks="  ", by=office, at=NOW)
    review_report(report_id=report.pk, accept=True, remarks="", by=office, at=NOW)
    with pytest.raises(IllegalMove):
        review_report(report_id=report.pk, accept=False, remarks="晚了", by=office, at=NOW)
    with pytest.raises(IllegalMove):
        write_report(report_id=report.pk, narrative="改", typical_case="", by=staff, at=NOW)


def test_only_the_unit_writes_and_only_the_office_reviews(staff: User, office: User) -> None:
    stranger = make_staff("civil", make_agency("莱芜区民政局"))
    report = create_report(period=NOVEMBER, by=staff, at=NOW)
    with pytest.raises(NotAllowed):
        write_report(report_id=report.pk, narrative="越权", typical_case="", by=stranger, at=NOW)
    with pytest.raises(NotAllowed):
        create_report(period=NOVEMBER, by=office, at=NOW)
    write_report(report_id=report.pk, narrative="情况", typical_case="", by=staff, at=NOW)
    with pytest.raises(NotAllowed):
        submit_report(report_id=report.pk, by=stranger, at=NOW)
    submit_report(report_id=report.pk, by=staff, at=NOW)
    with pytest.raises(NotAllowed):
        review_report(report_id=report.pk, accept=True, remarks="", by=staff, at=NOW)


def test_the_office_does_not_see_drafts_and_units_not_each_other(staff: User, office: User) -> None:
    stranger = make_staff("civil", make_agency("莱芜区民政局"))
    report = create_report(period=NOVEMBER, by=staff, at=NOW)
    assert not Report.objects.visible_to(office).exists()
    assert not Report.objects.visible_to(stranger).exists()
    write_report(report_id=report.pk, narrative="情况", typical_case="", by=staff, at=NOW)
    submit_report(report_id=report.pk, by=staff, at=NOW)
    assert Report.objects.visible_to(office).get() == report


def test_feedback_reaches_the_listing_court_and_never_changes(finance: Agency, staff: User) -> None:
    listing = make_listing()
    enforcement = make_enforcement(finance, staff, listing, make_measure())
    feedback = send_feedback(enforcement_id=enforcement.pk, content="已限制参加采购。", by=staff, at=NOW)
    assert feedback.court_id == listing.court_id
    with pytest.raises(IntegrityError), transaction.atomic():
        type(feedback).objects.filter(pk=feedback.pk).update(content="改")
    with pytest.raises(InvalidInput):
        send_feedback(enforcement_id=enforcement.pk, content=" ", by=staff, at=NOW)
    with pytest.raises(NotAllowed):
        send_feedback(
            enforcement_id=enforcement.pk,
            content="越权",
            by=make_staff("civil", make_agency("莱芜区民政局")),
            at=NOW,
        )
