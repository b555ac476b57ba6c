"""Named reads of the list; every page and call starts from a scoped one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models
from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from registry.access import COURT_ROLES, Person, of_court
from registry.choices import BatchStatus, ListingStatus

if TYPE_CHECKING:  # ruff does not see the names in the quoted base classes
    from registry.models import Batch, Change, Court, Listing  # noqa: F401


class CourtQuerySet(models.QuerySet["Court"]):
    def speaking_for(self, person: Person) -> Self:
        """The person's court and the courts below it."""
        return self.filter(of_court(person, ""))


class ListingQuerySet(models.QuerySet["Listing"]):
    def visible_to(self, person: Person) -> Self:
        """A court sees its own and those below it; a unit what is published; office and administrator all of it."""
        if person.role in COURT_ROLES:
            return self.filter(of_court(person, "court"))
        if person.role in {"credit_office", "administrator"}:
            return self
        return self.filter(publishable=True)

    def editable_by(self, person: Person) -> Self:
        """Only the listing court itself (design.md §6, 8)."""
        if person.role not in COURT_ROLES or person.agency is None:
            return self.none()
        return self.filter(court_id=person.agency.court_id)

    def active(self) -> Self:
        """Produces measures: neither suspended nor ended."""
        return self.filter(status=ListingStatus.ACTIVE)

    def live(self) -> Self:
        """Still on the list, even if measures are suspended while information is verified."""
        return self.filter(
            status__in=[
                ListingStatus.PENDING,
                ListingStatus.ACTIVE,
                ListingStatus.SUSPENDED,
            ]
        )

    def published(self) -> Self:
        """What the public may see: active, fit for publication (002 §三(一)), and its term not over."""
        return self.active().filter(publishable=True).exclude(term_ends_on__lt=TruncDate(Now()))

    def named(self, name_key: str) -> Self:
        """The folded name is this one, whole (registry.rules.names.fold)."""
        return self.filter(name_key=name_key)

    def borne_by(self, exact: bytes, digests: Collection[bytes]) -> Self:
        """Of the subject that bears this full identifier; `digests` may hold the organisation code inside it."""
        return self.filter(Q(subject__key__in=digests) | Q(subject__alt_key=exact))

    def with_parties(self) -> Self:
        """What a line of a list shows."""
        return self.select_related("court")

    def with_term_ending(self, today: date, *, days: int) -> Self:
        """On the list, with a term that ends from today on within so many days; the nearest first."""
        return self.live().filter(term_ends_on__range=(today, today + timedelta(days=days))).order_by("term_ends_on")

    def with_term_over(self, day: date) -> Self:
        """Live listings whose term ended before that day."""
        return self.filter(
            Q(term_ends_on__lt=day),
            status__in=[ListingStatus.ACTIVE, ListingStatus.SUSPENDED],
        )


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, person: Person) -> Self:
        """Batches of the person's court and of the courts below it; no other court's (design.md §6, 8)."""
        if person.role == "administrator":
            return self
        return self.filter(of_court(person, "court"))

    def with_people(self) -> Self:
        """What a line of a list shows."""
        return self.select_related("court", "uploaded_by", "decided_by")

    def waiting_for(self, person: Person) -> Self:
        """Planned and waiting for this person's decision: not their own uploads."""
        return self.decidable_by(person).filter(status=BatchStatus.PREVIEWED).exclude(uploaded_by_id=person.pk)

    def under_way(self) -> Self:
        """Neither in force nor given up."""
        return self.filter(
            status__in=[BatchStatus.QUEUED, BatchStatus.READING, BatchStatus.PREVIEWED, BatchStatus.APPLYING]
        )

    def decidable_by(self, person: Person) -> Self:
        """What a reviewer of the same court may decide on; the four eyes are checked by the service."""
        if person.role not in COURT_ROLES or person.agency is None:
            return self.none()
        return self.filter(court_id=person.agency.court_id)


class ChangeQuerySet(models.QuerySet["Change"]):
    def numbered(self) -> Self:
        """Lines of the feed, in order."""
        return self.filter(number__isnull=False).order_by("number")

    def last_number(self) -> int:
        """The number of the newest line of the feed, 0 before the first.

        Every answer of the API names it twice, and the ORM takes longer to write this statement than the database to
        answer it.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT max(number) FROM registry_change")
            return cursor.fetchone()[0] or 0


class RemedyQuerySet(models.QuerySet[Any]):
    """Objections, reconsiderations, exit requests and repairs: `LISTING` leads to the listing, `COURT` to the judge."""

    LISTING = "listing"
    COURT = "listing__court"

    def visible_to(self, person: Person) -> Self:
        """The two sides only: the executing court with its superiors, and the unit whose counter received it."""
        if person.role in COURT_ROLES:
            return self.filter(of_court(person, f"{self.LISTING}__court"))
        if person.role == "agency_staff" and person.agency_id is not None:
            return self.filter(recorded_by__agency_id=person.agency_id)
        return self.none()

    def decidable_by(self, person: Person) -> Self:
        """The court that decides; its superiors read."""
        if person.role not in COURT_ROLES or person.agency is None or person.agency.court_id is None:
            return self.none()
        return self.filter(**{f"{self.COURT}_id": person.agency.court_id})

    def open(self) -> Self:
        """Still to be decided."""
        return self.filter(due_on__isnull=False)

    def with_listing(self) -> Self:
        """What a line of a list shows."""
        return self.select_related(f"{self.LISTING}__court__region", "recorded_by__agency", "decided_by")


class ObjectionQuerySet(RemedyQuerySet):
    """Objections, with what followed from them."""

    def with_listing(self) -> Self:
        return super().with_listing().select_related("reconsideration", "stay__region")


class RepairQuerySet(RemedyQuerySet):
    """A repair is also the business of every unit that is asked about it."""

    def visible_to(self, person: Person) -> Self:
        if person.role != "agency_staff" or person.agency_id is None:
            return super().visible_to(person)
        asked = self.model._default_manager.filter(decisions__agency_id=person.agency_id).values("pk")
        return self.filter(Q(recorded_by__agency_id=person.agency_id) | Q(pk__in=asked))


class ReconsiderationQuerySet(RemedyQuerySet):
    """Decided by the upper court, which `court` names."""

    LISTING = "objection__listing"
    COURT = "court"

    def with_listing(self) -> Self:
        return super().with_listing().select_related("court__region")
