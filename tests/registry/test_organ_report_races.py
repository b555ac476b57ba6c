"""Two people at once: one mark, one waiting report, one decision."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from core.errors import DomainError
from registry.models import DebtorMark, OrganReport, OrganReportTransition
from registry.services.debtor_marks import set_category
from registry.services.organ_reports import approve_report, refuse_report, request_report
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def raced(*calls: Callable[[], object]) -> list[str]:
    """Each call on its own connection, started together: "done", or the code of the refusal."""
    start, said = threading.Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait(5)
            call()
            said.append("done")
        except DomainError as refusal:
            said.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(said)


def test_of_two_at_once_one_marks_one_asks_and_one_decides() -> None:
    court = builders.make_court()
    clerk, reviewer = builders.make_clerk(court=court), builders.make_reviewer(court=court)
    second = builders.make_reviewer("reviewer3", court)
    listing = builders.make_listing("郑代表", court=court)

    def mark() -> DebtorMark:
        return set_category(listing_id=listing.pk, category="congress_deputy", basis="名册", by=clerk, at=NOW)

    assert raced(mark, mark) == ["debtor_mark_stands_once", "done"]

    def ask() -> OrganReport:
        return request_report(
            court=court, body="congress", period="2026Q4", recipient="人大常委会", purpose="季报", by=clerk, at=NOW
        )

    assert raced(ask, ask) == ["done", "organ_report_is_requested_once"]
    report = OrganReport.objects.get()
    said = raced(
        lambda: approve_report(report_id=report.pk, by=reviewer, at=NOW),
        lambda: refuse_report(report_id=report.pk, reason="有误", by=second, at=NOW),
    )
    assert said == ["done", "illegal_move"]
    assert DebtorMark.objects.count() == 1
    assert OrganReportTransition.objects.filter(record=report).count() == 2
