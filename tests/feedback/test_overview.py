"""The credit office's figures equal the rows behind them, unit by unit."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Check, Enforcement, ReleaseDuty, User
from feedback.models import Report
from feedback.rules.periods import period, previous, reportable
from feedback.services.deadlines import report_due
from feedback.services.overview import checks_by_month, overview, reports_to_review, unit_reports, units_of
from feedback.services.reports import create_report, review_report, submit_report, write_report
from registry.models import DeadlineRule, RulePack
from tests.builders import NOW, TODAY, make_agency, make_listing, make_office, make_region, make_staff
from tests.feedback.builders import make_check, make_duty, make_enforcement, make_measure

pytestmark = pytest.mark.django_db
NOVEMBER = period("2026-11")
LATER = NOW + timedelta(days=30)


@pytest.fixture
def office() -> User:
    return make_office()


@pytest.fixture
def units() -> list[tuple[Agency, User]]:
    names = ("莱芜区财政局", "莱芜区民政局", "莱芜区住房和城乡建设局")
    made = [(unit, make_staff(f"staff{n}", unit)) for n, unit in enumerate(map(make_agency, names))]
    User.objects.update(created_at=NOW - timedelta(days=400))
    return made


def fill(unit: Agency, user: User, rows: int = 1) -> None:
    """`rows` of each thing in November, and one of each in October."""
    measure = make_measure(number=str(unit.pk))
    for _ in range(rows):
        make_check(unit, user)
        make_check(unit, user, outcome="hit")
        make_enforcement(unit, user, make_listing(), measure)
        make_enforcement(unit, user, make_listing(), measure, decision="not_applied", reason="不适用")
        make_duty(unit, make_listing(), measure, due_on=TODAY, done_at=NOW)
        make_duty(unit, make_listing(), measure, due_on=TODAY - timedelta(days=1), done_at=NOW)
        make_duty(unit, make_listing(), measure, due_on=TODAY)
        make_duty(unit, make_listing(), measure, due_on=TODAY - timedelta(days=1))
    earlier = NOW - timedelta(days=40)
    make_check(unit, user, outcome="hit", at=earlier)
    make_enforcement(unit, user, make_listing(), measure, at=earlier)


def submitted(user: User, *, at=NOW) -> Report:
    report = create_report(period=NOVEMBER, by=user, at=at)
    write_report(report_id=report.pk, narrative="情况", typical_case="", by=user, at=at)
    return submit_report(report_id=report.pk, by=user, at=at)


def test_every_number_equals_the_rows_of_the_units_it_opens(office, units):
    fill(units[0][0], units[0][1], rows=2)
    fill(*units[1])
    elsewhere = make_agency("槐荫区财政局", region=make_region("370104", "槐荫区"))
    fill(elsewhere, make_staff("elsewhere", elsewhere))

    seen = overview(office, NOVEMBER, TODAY)

    mine = [unit for unit, _ in units]
    assert [row.agency for row in seen.units] == mine
    starts, ends = NOVEMBER.instants
    for row in seen.units:
        checks = Check.objects.filter(agency=row.agency, checked_at__gte=starts, checked_at__lt=ends)
        decided = Enforcement.objects.filter(agency=row.agency, recorded_at__gte=starts, recorded_at__lt=ends)
        duties = ReleaseDuty.objects.filter(agency=row.agency)
        assert row.figures.checks == checks.count()
        assert row.figures.hits == checks.filter(outcome="hit").count()
        assert row.figures.applied == decided.filter(decision="applied").count()
        assert row.figures.not_applied == decided.filter(decision="not_applied").count()
        assert row.figures.opened == duties.count()
        assert row.figures.open == duties.open().count()
        assert row.figures.overdue == duties.late_on(TODAY).count()
        assert row.figures.on_time + row.figures.late == duties.filter(status="done").count()
    total = seen.total
    assert (total.checks, total.hits, total.applied, total.not_applied) == (6, 3, 3, 3)
    assert (total.opened, total.on_time, total.late, total.open, total.overdue) == (12, 3, 3, 6, 3)
    assert [row.agency for row in seen.silent] == [units[2][0]]


def test_the_months_of_the_chart_add_up_to_the_months_themselves(office, units):
    fill(units[0][0], units[0][1], rows=2)
    periods = reportable(TODAY, 3)
    months = checks_by_month(office, periods)
    assert list(months) == [one.code for one in periods]
    assert months == {one.code: overview(office, one, TODAY).total.checks for one in periods}
    assert months["2026-11"] == 4
    assert months["2026-10"] == 1


def test_the_overview_costs_the_same_for_one_unit_and_many(office, units):
    counts = []
    for more in (0, 5):
        for n in range(more):
            unit = make_agency(f"莱芜区第{n}局")
            staff = make_staff(f"more{n}", unit)
            fill(unit, staff)
            submitted(staff)
        with CaptureQueriesContext(connection) as queries:
            overview(office, NOVEMBER, TODAY)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_office_sees_who_reported_who_must_mend_and_who_is_late(office, units):
    first, second = units[0][1], units[1][1]
    submitted(first)
    returned = submitted(second, at=LATER)
    review_report(report_id=returned.pk, accept=False, remarks="补充", by=office, at=LATER)
    create_report(period=NOVEMBER, by=units[2][1], at=NOW)  # a draft, which is nobody's business

    rows = unit_reports(office, units_of(office), NOVEMBER, LATER.date())

    assert [(row.standing.state, row.standing.is_late) for row in rows] == [
        ("submitted", False),
        ("returned", True),
        ("missing", True),
    ]
    assert rows[2].report is None
    assert reports_to_review(office) == {"2026-11": 1}


def test_a_report_mended_after_the_last_day_was_in_time_when_its_first_submission_was(office, units):
    user = units[0][1]
    report = submitted(user)
    review_report(report_id=report.pk, accept=False, remarks="补充", by=office, at=NOW)
    submit_report(report_id=report.pk, by=user, at=LATER)
    row = unit_reports(office, units_of(office), NOVEMBER, LATER.date())[0]
    assert (row.standing.state, row.standing.is_late) == ("submitted", False)


def test_a_unit_owes_nothing_for_the_months_before_it_had_an_operator(office, units):
    User.objects.filter(agency=units[0][0]).update(created_at=LATER)
    make_agency("莱芜区审计局")  # without operators
    rows = unit_reports(office, units_of(office), NOVEMBER, LATER.date())
    assert [(row.standing.state, row.standing.is_late) for row in rows] == [
        ("not_owed", False),
        ("missing", True),
        ("missing", True),
        ("not_owed", False),
    ]
    assert len(overview(office, NOVEMBER, LATER.date()).missing) == 2


def test_without_a_rule_a_report_is_due_on_the_fifth_working_day(settings):
    due = report_due(make_region(), NOVEMBER)
    assert (due.on, due.citation) == (date(2026, 12, 7), "平台配置")
    settings.REPORT_DUE_DAYS = 3
    assert report_due(make_region(), NOVEMBER).on == date(2026, 12, 3)


def test_the_rule_of_the_region_decides_when_a_report_is_due():
    region = make_region()
    assert region.parent is not None
    pack = RulePack.objects.create(region=region.parent, title="市级")
    DeadlineRule.objects.create(pack=pack, key="report.monthly", amount=10, unit="calendar", citation="市信用办通知")
    due = report_due(region, NOVEMBER)
    assert (due.on, due.citation) == (date(2026, 12, 10), "市信用办通知")
    assert report_due(region, previous(NOVEMBER)).on == date(2026, 11, 10)
