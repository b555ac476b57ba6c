"""Who owes a report and who is late, in every combination."""

from datetime import date, timedelta

import pytest

from feedback.rules.standing import NOTHING_OWED, owes, standing

DUE = date(2026, 12, 7)
DAY = timedelta(days=1)


@pytest.mark.parametrize("status", [None, "draft"])
@pytest.mark.parametrize(("today", "is_late"), [(DUE - DAY, False), (DUE, False), (DUE + DAY, True)])
def test_what_was_not_submitted_is_missing_and_late_when_the_last_day_is_over(status, today, is_late):
    found = standing(status=status, first_submitted_on=None, due_on=DUE, today=today)
    assert (found.state, found.is_outstanding, found.is_late) == ("missing", True, is_late)


@pytest.mark.parametrize("status", ["submitted", "returned", "accepted"])
@pytest.mark.parametrize(("submitted", "is_late"), [(DUE - DAY, False), (DUE, False), (DUE + DAY, True)])
@pytest.mark.parametrize("today", [DUE + DAY, DUE + 60 * DAY])
def test_the_first_submission_decides_whether_it_was_late(status, submitted, is_late, today):
    found = standing(status=status, first_submitted_on=submitted, due_on=DUE, today=today)
    assert (found.state, found.is_outstanding, found.is_late) == (status, status == "returned", is_late)


@pytest.mark.parametrize("status", [None, "draft"])
def test_a_unit_is_not_late_with_what_it_does_not_owe(status):
    found = standing(status=status, first_submitted_on=None, due_on=DUE, today=DUE + DAY, is_owed=False)
    assert found == NOTHING_OWED


def test_what_was_submitted_stands_even_where_nothing_was_owed():
    assert standing(status="accepted", first_submitted_on=DUE, due_on=DUE, today=DUE, is_owed=False).state == "accepted"


@pytest.mark.parametrize(("joined_on", "owed"), [(None, False), (DUE - DAY, True), (DUE, True), (DUE + DAY, False)])
def test_a_unit_owes_the_reports_of_the_periods_it_was_here_for(joined_on, owed):
    assert owes(joined_on=joined_on, period_ends_on=DUE) is owed
