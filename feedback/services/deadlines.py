"""Until when a unit's report is due."""

from collections.abc import Sequence

from django.conf import settings

from core.calendar import DayType, deadline
from core.errors import NotFound
from feedback.rules.periods import Period
from registry.choices import DayKind
from registry.models import Region
from registry.services import deadlines
from registry.services.deadlines import DueDate

RULE = "report.monthly"


def report_due(region: Region, period: Period) -> DueDate:
    """The last day for the report of one period."""
    return reports_due(region, [period])[0]


def reports_due(region: Region, periods: Sequence[Period]) -> list[DueDate]:
    """The last days for the reports of several periods, each counted from its period's last day; one look-up.

    The region's rule `report.monthly`; where nobody has set one, REPORT_DUE_DAYS working days, because no source
    document gives a number (domain.md §5).
    """
    try:
        rule = deadlines.rule(region, RULE)
    except NotFound:
        return [_configured(period) for period in periods]
    return [deadlines.due_under(rule, period.ends_on) for period in periods]


def _configured(period: Period) -> DueDate:
    ends = deadline(period.ends_on, settings.REPORT_DUE_DAYS, DayType.WORKING)
    return DueDate(ends.on, ends.provisional, "平台配置", settings.REPORT_DUE_DAYS, DayKind.WORKING)
