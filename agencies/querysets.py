"""Named reads of the units' records; every page and call starts from a scoped one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from agencies.choices import DutyStatus, EnforcementStatus, RecallStatus, RepairDecisionStatus, UserRole
from registry.choices import ListingStatus

if TYPE_CHECKING:  # ruff does not see the names in the quoted base classes
    from agencies.models import (  # noqa: F401
        Agency,
        Check,
        Enforcement,
        Recall,
        ReleaseDuty,
        RepairDecision,
        User,
    )


class AgencyQuerySet(models.QuerySet["Agency"]):
    def visible_to(self, user: User) -> Self:
        """Credit offices and administrators see the units of their region and below; others their own."""
        if user.role == UserRole.ADMINISTRATOR:
            return self
        if user.agency is not None and user.role == UserRole.CREDIT_OFFICE:
            return self.filter(in_region(user, "region"))
        return self.filter(pk=user.agency_id)


def in_region(user: User, path: str) -> Q:
    """Rows whose region is the user's unit's region or lies below it (three levels of GB/T 2260)."""
    if user.agency is None:
        return Q(pk__isnull=True)
    region = user.agency.region_id
    return (
        Q(**{f"{path}_id": region}) | Q(**{f"{path}__parent_id": region}) | Q(**{f"{path}__parent__parent_id": region})
    )


def of_unit(user: User, path: str = "agency") -> Q:
    """A unit sees its own rows, never another unit's; the credit office those of its region (design.md §6, 8)."""
    if user.role == UserRole.ADMINISTRATOR:
        return Q()
    if user.role == UserRole.CREDIT_OFFICE:
        return in_region(user, f"{path}__region")
    return Q(**{f"{path}_id": user.agency_id, f"{path}__isnull": False})


class CheckQuerySet(models.QuerySet["Check"]):
    def visible_to(self, user: User) -> Self:
        """Only the asking unit sees whom it asked about; not even the credit office does."""
        if user.agency_id is None:
            return self.none()
        return self.filter(agency_id=user.agency_id)

    def narrowed(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        outcome: str = "",
        operator: User | None = None,
    ) -> Self:
        """Checks made on these days (both included, Shanghai), with this outcome, by this operator."""
        wanted = self
        if since:
            wanted = wanted.filter(checked_at__date__gte=since)
        if until:
            wanted = wanted.filter(checked_at__date__lte=until)
        if outcome:
            wanted = wanted.filter(outcome=outcome)
        return wanted.filter(user=operator) if operator else wanted


class EnforcementQuerySet(models.QuerySet["Enforcement"]):
    def visible_to(self, user: User) -> Self:
        """The unit's own, those of the credit office's region, and a court's view of its own listings."""
        if user.role in {UserRole.CLERK, UserRole.REVIEWER} and user.agency is not None:
            return self.filter(listing__court_id=user.agency.court_id)
        return self.filter(of_unit(user))

    def editable_by(self, user: User) -> Self:
        if user.role != UserRole.AGENCY_STAFF:
            return self.none()
        return self.filter(agency_id=user.agency_id)

    def valid(self) -> Self:
        """Of listings that were valid: what rested on a revoked one counts nowhere."""
        return self.exclude(listing__status=ListingStatus.REVOKED)

    def live(self) -> Self:
        """Still felt by the person: in force, or retained past the listing's end."""
        return self.filter(status__in=[EnforcementStatus.IN_FORCE, EnforcementStatus.RETAINED])


class ReleaseDutyQuerySet(models.QuerySet["ReleaseDuty"]):
    def visible_to(self, user: User) -> Self:
        """The unit's own, those of the credit office's region, and a court's view of its own listings."""
        if user.role in {UserRole.CLERK, UserRole.REVIEWER} and user.agency is not None:
            return self.filter(listing__court_id=user.agency.court_id)
        return self.filter(of_unit(user))

    def editable_by(self, user: User) -> Self:
        if user.role != UserRole.AGENCY_STAFF:
            return self.none()
        return self.filter(agency_id=user.agency_id)

    def open(self) -> Self:
        return self.filter(status=DutyStatus.DUE)

    def late_on(self, day: date) -> Self:
        return self.open().filter(due_on__lt=day)


class RecallQuerySet(models.QuerySet["Recall"]):
    def visible_to(self, user: User) -> Self:
        """The unit's own, those of the credit office's region, and a court's view of its own listings."""
        if user.role in {UserRole.CLERK, UserRole.REVIEWER} and user.agency is not None:
            return self.filter(listing__court_id=user.agency.court_id)
        return self.filter(of_unit(user))

    def editable_by(self, user: User) -> Self:
        if user.role != UserRole.AGENCY_STAFF:
            return self.none()
        return self.filter(agency_id=user.agency_id)

    def open(self) -> Self:
        return self.filter(status=RecallStatus.TOLD)


class RepairDecisionQuerySet(models.QuerySet["RepairDecision"]):
    def visible_to(self, user: User) -> Self:
        """The unit's own, those of the credit office's region, and a court's view of its own listings."""
        if user.role in {UserRole.CLERK, UserRole.REVIEWER} and user.agency is not None:
            return self.filter(repair__listing__court_id=user.agency.court_id)
        return self.filter(of_unit(user))

    def editable_by(self, user: User) -> Self:
        if user.role != UserRole.AGENCY_STAFF:
            return self.none()
        return self.filter(agency_id=user.agency_id)

    def open(self) -> Self:
        return self.filter(status=RepairDecisionStatus.DUE)
