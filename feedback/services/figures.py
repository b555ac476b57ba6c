"""A unit's figures for a period, counted from the ledger: nobody types them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from agencies.choices import Decision, DutyStatus, Outcome
from agencies.models import Agency, Check, Enforcement, HitMeasure, ReleaseDuty
from agencies.services.recalls import void_hits
from feedback.rules.periods import SHANGHAI, Period
from registry.choices import ListingStatus


def compute(agency: Agency, period: Period) -> dict[str, Any]:
    """The figures of a report, as plain JSON:

    `checks` (total and by outcome), `hits` (checks with a hit), `decisions` (applied, not_applied), `by_measure`
    (measure, number, document, title, hits, applied, not_applied), `not_applied` (reasons with their count),
    `releases` (opened, done, on_time, late, open: duties that arose in the period, as they stand now).
    A fixed number of queries, whatever the size of the ledger.
    """
    starts, ends = period.instants
    checks = _checks(agency, starts, ends)
    enforcements = Enforcement.objects.valid().filter(agency=agency, recorded_at__gte=starts, recorded_at__lt=ends)
    decisions = enforcements.aggregate(
        applied=Count("id", filter=Q(decision=Decision.APPLIED)),
        not_applied=Count("id", filter=Q(decision=Decision.NOT_APPLIED)),
    )
    reasons = (
        enforcements.filter(decision=Decision.NOT_APPLIED)
        .values("reason")
        .annotate(count=Count("id"))
        .order_by("-count", "reason")
    )
    return {
        "checks": checks,
        "hits": checks["hit"],
        "decisions": decisions,
        "by_measure": _by_measure(agency, starts, ends),
        "not_applied": [{"reason": row["reason"], "count": row["count"]} for row in reasons],
        "releases": _releases(agency, starts, ends),
    }


def _checks(agency: Agency, starts: datetime, ends: datetime) -> dict[str, int]:
    rows = (
        Check.objects.filter(agency=agency, checked_at__gte=starts, checked_at__lt=ends)
        .order_by()
        .values("outcome")
        .annotate(count=Count("id"))
    )
    by_outcome = {row["outcome"]: row["count"] for row in rows}
    if void := void_hits([agency.pk], starts, ends).get(agency.pk, 0):  # revoked: as if never listed
        by_outcome[Outcome.HIT] -= void
        by_outcome[Outcome.CLEAR] = by_outcome.get(Outcome.CLEAR, 0) + void
    return {
        "total": sum(by_outcome.values()),
        **{outcome.value: by_outcome.get(outcome.value, 0) for outcome in Outcome if outcome != Outcome.INVALID},
    }


def _by_measure(agency: Agency, starts: datetime, ends: datetime) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    named = {
        "number": F("measure__number"),
        "document": F("measure__document__doc_number"),
        "title": F("measure__title"),
        "position": F("measure__position"),
    }
    hits = (
        HitMeasure.objects.filter(
            check_record__agency=agency, check_record__checked_at__gte=starts, check_record__checked_at__lt=ends
        )
        .exclude(listing__status=ListingStatus.REVOKED)
        .order_by()
        .values("measure_id", **named)
        .annotate(hits=Count("check_record", distinct=True))
    )
    decided = (
        Enforcement.objects.valid()
        .filter(agency=agency, recorded_at__gte=starts, recorded_at__lt=ends)
        .order_by()
        .values("measure_id", **named)
        .annotate(
            applied=Count("id", filter=Q(decision=Decision.APPLIED)),
            not_applied=Count("id", filter=Q(decision=Decision.NOT_APPLIED)),
        )
    )
    found: list[Mapping[str, Any]] = [*hits, *decided]
    for row in found:
        key = str(row["measure_id"])
        entry = rows.setdefault(
            key,
            {
                "measure": key,
                "number": row["number"],
                "document": row["document"],
                "title": row["title"],
                "position": row["position"],
                "hits": 0,
                "applied": 0,
                "not_applied": 0,
            },
        )
        entry.update({name: row[name] for name in ("hits", "applied", "not_applied") if name in row})
    return sorted(rows.values(), key=lambda entry: (entry["document"], entry["position"]))


def _releases(agency: Agency, starts: datetime, ends: datetime) -> dict[str, int]:
    duties = ReleaseDuty.objects.filter(agency=agency, opened_at__gte=starts, opened_at__lt=ends).annotate(
        done_on=TruncDate("done_at", tzinfo=SHANGHAI)
    )
    done = Q(status=DutyStatus.DONE)
    figures: dict[str, int] = duties.aggregate(
        opened=Count("id"),
        done=Count("id", filter=done),
        on_time=Count("id", filter=done & Q(done_on__lte=F("due_on"))),
        late=Count("id", filter=done & Q(done_on__gt=F("due_on"))),
        open=Count("id", filter=~done),
    )
    return figures
