"""Named reads of the list; every page and call starts from a scoped one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import connections, models
from django.db.models import Case, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now, TruncDate

from registry.access import COURT_ROLES, Person, of_court
from registry.choices import BatchStatus, ChangeKind, DeliveryStatus, ListingStatus, SubscriberKind

if TYPE_CHECKING:  # ruff does not see the names in the quoted base classes
    from registry.models import Batch, Change, Court, Listing, Subscriber, WebhookDelivery  # noqa: F401


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

    def announced(self) -> Self:
        """What the feed has announced and not ended: on the list, its decision in force."""
        return self.filter(status__in=[ListingStatus.ACTIVE, ListingStatus.SUSPENDED])

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

    def with_publication(self) -> Self:
        """`is_withdrawn`: the change took its listing out of publication."""
        was, is_now = KeyTextTransform("publishable", "before"), KeyTextTransform("publishable", "after")
        return self.alias(was=was, is_now=is_now).annotate(
            is_withdrawn=Case(When(was="true", is_now="false", then=Value(True)), default=Value(False))
        )

    def removals_from_publication(self) -> Self:
        """After which nobody may show the listing any more: it ended, or was taken out of publication."""
        ended = [ChangeKind.SHIELDED, ChangeKind.REVOKED, ChangeKind.EXPIRED]
        candidates = self.filter(kind__in=[*ended, ChangeKind.CORRECTED])  # the rest need not be looked into
        return candidates.with_publication().filter(Q(kind__in=ended, listing__publishable=True) | Q(is_withdrawn=True))

    def last_number(self) -> int:
        """The number of the newest line of the feed, 0 before the first.

        Every answer of the API names it twice, and the ORM takes longer to write this statement than the database to
        answer it.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT max(number) FROM registry_change")
            return cursor.fetchone()[0] or 0


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def active(self) -> Self:
        """Taking part."""
        return self.filter(is_active=True)

    def visible_to(self, person: Person) -> Self:
        """Credit office, administrator and courts see who is in step; nobody else does."""
        return self if person.role in {"credit_office", "administrator", *COURT_ROLES} else self.none()

    def editable_by(self, person: Person) -> Self:
        """The credit office and the administrator look after them."""
        return self if person.role in {"credit_office", "administrator"} else self.none()

    def of_account_or_unit(self, person: Person) -> Self:
        """Under the person's own account or another account of the same unit."""
        own = Q(account_id=person.pk)
        return self.filter(own if person.agency_id is None else own | Q(account__agency_id=person.agency_id))

    def republishers(self) -> Self:
        """Who shows the list to the public on its own pages."""
        return self.filter(kind=SubscriberKind.REPUBLISHER)

    def pushed_to(self) -> Self:
        """With an address that changes are pushed to."""
        return self.active().exclude(webhook_url="")


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def editable_by(self, person: Person) -> Self:
        """Whoever looks after the subscriber looks after what is pushed to it."""
        return self if person.role in {"credit_office", "administrator"} else self.none()

    def under_way(self) -> Self:
        """Neither delivered nor skipped: one per subscriber at most."""
        return self.filter(status__in=[DeliveryStatus.PENDING, DeliveryStatus.DEAD])

    def due(self, at: datetime) -> Self:
        """To be attempted now, the longest waiting first."""
        return self.filter(
            status=DeliveryStatus.PENDING,
            next_at__lte=at,
            subscriber__is_active=True,
            subscriber__webhook_url__gt="",
        ).order_by("next_at")

    def dead(self) -> Self:
        """Given up after the last attempt: they hold up what comes after them."""
        return self.filter(status=DeliveryStatus.DEAD)
