"""Remedies on paper: every step, every clock of domain.md §4, every outcome, every notice."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import DayType, deadline
from registry.rules import remedies as rules
from registry.rules.remedies import About, Dates, NoticeKind, Outcome, RemedyKind, RemedyStatus

LEGAL = {
    RemedyKind.OBJECTION: {
        ("received", "referred"),
        ("received", "accepted"),
        ("received", "upheld"),
        ("received", "rejected"),
        ("received", "withdrawn"),
        ("referred", "accepted"),
        ("referred", "upheld"),
        ("referred", "rejected"),
        ("referred", "withdrawn"),
        ("accepted", "upheld"),
        ("accepted", "rejected"),
        ("accepted", "withdrawn"),
    },
    RemedyKind.RECONSIDERATION: {("filed", "upheld"), ("filed", "dismissed"), ("filed", "withdrawn")},
    RemedyKind.EXIT_REQUEST: {("received", "granted"), ("received", "refused"), ("received", "withdrawn")},
    RemedyKind.REPAIR: {("received", "decided"), ("received", "withdrawn")},
}


@pytest.mark.parametrize("kind", RemedyKind)
def test_every_step_that_is_not_in_the_table_is_illegal(kind: RemedyKind) -> None:
    allowed = {
        (str(current), str(wanted))
        for current, wanted in product(RemedyStatus, RemedyStatus)
        if rules.may_move(kind, current, wanted)
    }
    assert allowed == LEGAL[kind]


@pytest.mark.parametrize("kind", RemedyKind)
def test_what_is_decided_stays_decided(kind: RemedyKind) -> None:
    ends = {status for status in rules.MOVES[kind] if not rules.is_open(kind, status)}
    assert ends
    assert not [step for step in LEGAL[kind] if step[0] in {str(end) for end in ends}]


# --- which clocks run -------------------------------------------------------------------------------------------------

DATES = Dates(date(2026, 11, 20), date(2026, 11, 1), date(2026, 11, 18), date(2026, 11, 30))
RUNNING: dict[tuple[RemedyKind, str], list[tuple[str, date, bool]]] = {
    (RemedyKind.OBJECTION, status): [
        ("objection.review.local", DATES.received_on, True),
        ("objection.review.national", DATES.received_on, False),
    ]
    for status in ("received", "referred", "accepted")
}
RUNNING[RemedyKind.RECONSIDERATION, "filed"] = [("reconsideration.decide", DATES.received_on, False)]
RUNNING[RemedyKind.EXIT_REQUEST, "received"] = [
    ("exit.local", date(2026, 11, 18), True),
    ("exit.national", date(2026, 11, 18), False),
]
RUNNING[RemedyKind.REPAIR, "received"] = [("repair.decide", DATES.received_on, False)]


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind in RemedyKind for status in rules.MOVES[kind]])
def test_local_and_national_clock_run_side_by_side_until_the_decision(kind: RemedyKind, status: str) -> None:
    found = [(each.key, each.start, each.is_local) for each in rules.limits_to_decide(kind, status, DATES)]
    assert found == RUNNING.get((kind, str(status)), [])


def test_an_exit_runs_from_the_request_where_the_fact_is_not_yet_confirmed() -> None:
    limits = rules.limits_to_decide(RemedyKind.EXIT_REQUEST, "received", Dates(date(2026, 11, 20)))
    assert {each.start for each in limits} == {date(2026, 11, 20)}


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind in RemedyKind for status in rules.MOVES[kind]])
def test_only_a_rejected_and_served_objection_opens_the_way_to_the_upper_court(kind: RemedyKind, status: str) -> None:
    opened = rules.limits_to_file_next(kind, status, DATES)
    is_rejected = kind is RemedyKind.OBJECTION and status == "rejected"
    assert [(each.key, each.start) for each in opened] == (
        [("reconsideration.file", date(2026, 11, 30))] if is_rejected else []
    )
    assert rules.limits_to_file_next(kind, status, Dates(date(2026, 11, 20))) == ()


def test_filing_is_limited_only_where_a_rule_says_so_and_its_start_is_known() -> None:
    unknown = Dates(date(2026, 11, 20))
    assert [rules.limits_to_file(kind, unknown) for kind in RemedyKind] == [()] * 4
    found = {kind: [each.key for each in rules.limits_to_file(kind, DATES)] for kind in RemedyKind}
    assert found == {
        RemedyKind.OBJECTION: ["objection.local", "objection.reminder"],
        RemedyKind.RECONSIDERATION: ["reconsideration.file"],
        RemedyKind.EXIT_REQUEST: [],
        RemedyKind.REPAIR: [],
    }


def test_a_region_without_a_limit_of_its_own_is_reminded_and_never_bound_by_law() -> None:
    local, reminder = rules.limits_to_file(RemedyKind.OBJECTION, DATES)
    assert local.start == reminder.start == DATES.listing_served_on
    assert "提示期限" in reminder.label
    assert not any("法定" in each.label for each in (local, reminder))


# --- the vectors of domain.md §4, as these clocks meet them -----------------------------------------------------------

VECTORS = [
    # start, days, unit, last day
    (date(2026, 9, 22), 3, DayType.WORKING, date(2026, 9, 28)),
    (date(2026, 9, 22), 3, DayType.CALENDAR, date(2026, 9, 28)),  # 09-25 is a holiday
    (date(2026, 9, 28), 3, DayType.WORKING, date(2026, 10, 8)),
    (date(2026, 9, 28), 3, DayType.CALENDAR, date(2026, 10, 8)),
    (date(2026, 9, 28), 15, DayType.CALENDAR, date(2026, 10, 13)),
    (date(2026, 9, 17), 3, DayType.WORKING, date(2026, 9, 21)),
    (date(2026, 9, 17), 3, DayType.CALENDAR, date(2026, 9, 20)),  # a make-up Sunday does not roll
    (date(2026, 2, 12), 3, DayType.WORKING, date(2026, 2, 24)),
    (date(2026, 2, 12), 10, DayType.CALENDAR, date(2026, 2, 24)),
    (date(2026, 11, 20), 3, DayType.WORKING, date(2026, 11, 25)),
    (date(2026, 11, 20), 3, DayType.CALENDAR, date(2026, 11, 23)),
]


@pytest.mark.parametrize(("start", "days", "unit", "last"), VECTORS)
def test_nobody_is_late_on_the_last_day_and_everybody_the_day_after(
    start: date, days: int, unit: DayType, last: date
) -> None:
    counted = deadline(start, days, unit)
    assert (counted.on, counted.provisional) == (last, False)
    assert not rules.is_late(last, counted.on, provisional=counted.provisional)
    assert rules.is_late(last + timedelta(days=1), counted.on, provisional=counted.provisional)


def test_nobody_is_late_by_an_estimate_or_by_no_limit_at_all() -> None:
    counted = deadline(date(2041, 9, 29), 10, DayType.CALENDAR)
    assert counted.provisional
    assert not rules.is_late(date(2041, 12, 31), counted.on, provisional=True)
    assert not rules.is_late(date(2041, 12, 31), None, provisional=False)


@given(st.dates(date(2020, 1, 1), date(2026, 10, 1)), st.integers(-40, 40))
def test_late_means_after_the_last_day_and_nothing_else(start: date, shift: int) -> None:
    last = deadline(start, 10, DayType.CALENDAR).on
    assert rules.is_late(last + timedelta(days=shift), last, provisional=False) is (shift > 0)


# --- outcomes ---------------------------------------------------------------------------------------------------------

REFUSED = {
    (About.LISTING, Outcome.NONE, True): "outcome_required",
    (About.LISTING, Outcome.REVOKE, False): "listing_ended",
    (About.LISTING, Outcome.SHIELD, False): "listing_ended",
    (About.LISTING, Outcome.CORRECT, False): "listing_ended",
    (About.MEASURE, Outcome.REVOKE, False): "listing_ended",
    (About.MEASURE, Outcome.SHIELD, False): "listing_ended",
    (About.MEASURE, Outcome.CORRECT, False): "listing_ended",
}


@pytest.mark.parametrize("case", list(product(About, Outcome, (True, False))))
def test_an_outcome_does_what_the_listing_allows(case: tuple[About, Outcome, bool]) -> None:
    about, outcome, is_live = case
    refusal = rules.refusal_of_outcome(about, outcome, is_live=is_live)
    assert (refusal[0] if refusal else None) == REFUSED.get(case)


def test_the_usual_outcome_can_always_be_had_while_the_listing_lives() -> None:
    assert {about: rules.usual_outcome(about) for about in About} == {
        About.LISTING: Outcome.REVOKE,
        About.MEASURE: Outcome.NONE,
    }
    for about in About:
        assert rules.refusal_of_outcome(about, rules.usual_outcome(about), is_live=True) is None


@pytest.mark.parametrize("about", About)
@pytest.mark.parametrize("value", ["yes", "no", ""])
def test_only_an_objection_to_a_measure_stays_measures_and_only_by_rule(about: About, value: str) -> None:
    assert rules.suspends_measures(about, value) is (about is About.MEASURE and value == "yes")


# --- notices ----------------------------------------------------------------------------------------------------------

R, V, U = NoticeKind.REMINDER, NoticeKind.TO_REVIEWER, NoticeKind.TO_UPPER_COURT
NOTICES = {3: (), 2: (R,), 1: (R,), 0: (R,), -1: (V,), -2: (V,), -3: (V, U), -30: (V, U)}


@pytest.mark.parametrize(("days_left", "expected"), NOTICES.items())
def test_who_hears_of_a_limit_when(days_left: int, expected: tuple[NoticeKind, ...]) -> None:
    assert rules.notices_due(days_left, is_open=True, has_upper_court=True) == expected
    assert rules.notices_due(days_left, is_open=False, has_upper_court=True) == ()
    assert U not in rules.notices_due(days_left, is_open=True, has_upper_court=False)


@pytest.mark.parametrize(
    ("name", "kept"), [("王试例", "王**"), ("王 试 例", "王**"), ("李", "*"), ("", ""), ("欧阳试例甲乙丙", "欧***")]
)
def test_an_applicants_name_is_kept_masked(name: str, kept: str) -> None:
    assert rules.mask_name(name) == kept
