"""Named reads of feedback and reports; every page and call starts from a scoped one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from agencies.choices import UserRole
from agencies.querysets import of_unit
from feedback.choices import ReportStatus
from feedback.rules.periods import SHANGHAI

if TYPE_CHECKING:  # ruff does not see the names in the quoted base classes
    from agencies.models import Agency, User
    from feedback.models import Feedback, Report  # noqa: F401


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: User) -> Self:
        """The sending unit's own, what a court was sent, and those of the credit office's region."""
        if user.role in {UserRole.CLERK, UserRole.REVIEWER} and user.agency is not None:
            return self.filter(court_id=user.agency.court_id)
        return self.filter(of_unit(user))

    def with_enforcement(self) -> Self:
        """With everything that a line about it names."""
        return self.select_related("agency", "court", "user", "enforcement__listing", "enforcement__measure__document")

    def matching(
        self, *, unit: Agency | int | None = None, since: date | None = None, until: date | None = None
    ) -> Self:
        """From one unit, sent on or after and on or before a day of Shanghai time."""
        found = self if unit is None else self.filter(agency=unit)
        found = found if since is None else found.filter(sent_at__gte=datetime.combine(since, time.min, SHANGHAI))
        after = None if until is None else datetime.combine(until + timedelta(days=1), time.min, SHANGHAI)
        return found if after is None else found.filter(sent_at__lt=after)


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> Self:
        """A unit's own; the credit office sees what its region's units have submitted, not their drafts."""
        if user.role == UserRole.CREDIT_OFFICE:
            return self.filter(of_unit(user) & (~Q(status=ReportStatus.DRAFT) | Q(agency_id=user.agency_id)))
        return self.filter(of_unit(user))

    def with_history(self) -> Self:
        """With the steps and who took them."""
        return self.prefetch_related("transitions__by")

    def editable_by(self, user: User) -> Self:
        """The unit's own staff, while the report is a draft or has been returned."""
        if user.role != UserRole.AGENCY_STAFF:
            return self.none()
        return self.filter(
            agency_id=user.agency_id,
            status__in=[ReportStatus.DRAFT, ReportStatus.RETURNED],
        )
