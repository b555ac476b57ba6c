"""Named reads of the list; every page and call starts from a scoped one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models
from django.db.models import Case, F, Func, IntegerField, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now, TruncDate

from registry.access import COURT_ROLES, Person, of_court
from registry.choices import (
    BatchStatus,
    ChangeKind,
    DeliveryStatus,
    ListingStatus,
    PartyKind,
    SourceKind,
    SourceStatus,
    SubscriberKind,
)
from registry.rules.snapshot import CONFIRM_ABOVE_PERCENT

if TYPE_CHECKING:  # ruff does not see the names in the quoted base classes
    from registry.models import (  # noqa: F401
        Batch,
        Change,
        Court,
        GracePeriod,
        Listing,
        RiskNotice,
        Source,
        SourceItem,
        Subscriber,
        WebhookDelivery,
    )


# When the work that an applying batch waits for was decided on.
_DUE_SINCE = Case(When(is_reversing=True, then=F("reversal_asked_at")), default=F("decided_at"))


class _QueuePlace(Func):
    """How many batches are ahead: in reading, of all courts in the order of upload (those that wait for the choice of
    a sheet are in no line); in applying, of the same court."""

    output_field = IntegerField()
    template = """(CASE
        WHEN registry_batch.status = 'queued' AND (registry_batch.sheet <> '' OR registry_batch.sheets = '[]')
        THEN (SELECT count(*) FROM registry_batch o
            WHERE o.status IN ('queued', 'reading') AND o.id < registry_batch.id
              AND (o.sheet <> '' OR o.sheets = '[]'))
        WHEN registry_batch.status = 'applying' THEN (SELECT count(*) FROM registry_batch o
            WHERE o.status = 'applying' AND o.court_id = registry_batch.court_id
              AND (CASE WHEN o.is_reversing THEN o.reversal_asked_at ELSE o.decided_at END, o.id)
                < (CASE WHEN registry_batch.is_reversing THEN registry_batch.reversal_asked_at
                        ELSE registry_batch.decided_at END, registry_batch.id)) END)"""


_QUEUE_PLACE = _QueuePlace()


class CourtQuerySet(models.QuerySet["Court"]):
    def speaking_for(self, person: Person) -> Self:
        """The person's court and the courts below it."""
        return self.filter(of_court(person, ""))


class ListingQuerySet(models.QuerySet["Listing"]):
    def visible_to(self, person: Person) -> Self:
        """A court sees its own and those below it; others what is in effect, a unit only what is published of it.

        Before a listing takes effect nobody else hears of it (法发〔2019〕35号), when it has ended nobody finds it.
        """
        if person.role in COURT_ROLES:
            return self.filter(of_court(person, "court"))
        in_effect = self.filter(status__in=[ListingStatus.ACTIVE, ListingStatus.SUSPENDED])
        if person.role in {"credit_office", "administrator"}:
            return in_effect
        return in_effect.filter(publishable=True)

    def followed_by(self, person: Person) -> Self:
        """What may be read by who knows its id, from the feed or an act of theirs: also that it ended, and how."""
        if person.role in COURT_ROLES:
            return self.visible_to(person)
        known = self.exclude(status=ListingStatus.PENDING)
        return known if person.role in {"credit_office", "administrator"} else known.filter(publishable=True)

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

    def with_grace_over(self, day: date) -> Self:
        """Decided listings whose grace ended before that day."""
        return self.filter(status=ListingStatus.PENDING, grace__ends_on__lt=day)

    def with_term_over(self, day: date) -> Self:
        """Live listings whose term ended before that day; a mirrored one ends where it was listed."""
        return self.filter(
            Q(term_ends_on__lt=day),
            status__in=[ListingStatus.ACTIVE, ListingStatus.SUSPENDED],
            source=None,
        )


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, person: Person) -> Self:
        """Batches of the person's court and of the courts below it; no other court's (design.md §6, 8)."""
        if person.role == "administrator":
            return self
        return self.filter(of_court(person, "court"))

    def with_people(self) -> Self:
        """What a line of a list shows."""
        return self.select_related("court", "uploaded_by", "decided_by", "confirmed_by", "reversed_by").annotate(
            queue_place=_QUEUE_PLACE
        )

    def in_line(self) -> Self:
        """Approved batches and those to be taken back, in the order in which that was decided."""
        return self.order_by(_DUE_SINCE, "pk")

    def ahead_of(self, batch: Batch) -> Self:
        """Batches of the same court that were approved, or asked to be taken back, earlier and are not done."""
        since = batch.reversal_asked_at if batch.is_reversing else batch.decided_at
        return self.alias(since=_DUE_SINCE).filter(
            Q(since__lt=since) | Q(since=since, pk__lt=batch.pk), court_id=batch.court_id, status=BatchStatus.APPLYING
        )

    def waiting_for(self, person: Person) -> Self:
        """Planned and waiting for this person's decision: not their own uploads."""
        return self.decidable_by(person).filter(status=BatchStatus.PREVIEWED).exclude(uploaded_by_id=person.pk)

    def needing(self, person: Person) -> Self:
        """Of the batches of their court, what does not go on without this person: a decision on another's upload, a
        confirmation of their own, a choice of the sheet."""
        above = F("count_missing") * 100 - F("count_live") * CONFIRM_ABOVE_PERCENT
        unconfirmed = Q(mode="snapshot", confirmed_at=None, count_missing__gt=0, above__gt=0)
        waits = Q(status=BatchStatus.QUEUED, sheet="") & ~Q(sheets=[])
        waits |= Q(status=BatchStatus.PREVIEWED, uploaded_by_id=person.pk) & unconfirmed
        if person.role == "reviewer":
            waits |= Q(status=BatchStatus.PREVIEWED) & ~Q(uploaded_by_id=person.pk) & ~unconfirmed
        return self.alias(above=above).filter(waits)

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


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, person: Person) -> Self:
        """The administrator sees all; a court its own folders and those of the courts below it, and the platforms."""
        if person.role == "administrator":
            return self
        if person.role not in COURT_ROLES:
            return self.none()
        return self.filter(of_court(person, "court") | Q(kind=SourceKind.PLATFORM))

    def editable_by(self, person: Person) -> Self:
        """Only the administrator sets sources up."""
        return self if person.role == "administrator" else self.none()

    def due(self, at: datetime) -> Self:
        """Whose turn has come."""
        return self.filter(status=SourceStatus.ACTIVE, next_at__lte=at)


class PartyOfCaseQuerySet(models.QuerySet[Any]):
    def visible_to(self, person: Person) -> Self:
        """What a court has recorded, it and the courts above it see."""
        return self.filter(of_court(person, "court"))

    def about(self, listing: Listing) -> Self:
        """Recorded of the party of this listing, in its case: by number where both are known, else by name."""
        same_name = Q(name_key=listing.name_key)
        if listing.kind == PartyKind.PERSON and listing.subject.is_identified:
            same_name &= Q(subject_key__isnull=True)
        return self.filter(
            Q(subject_key=listing.subject.key) | same_name,
            court_id=listing.court_id,
            case_key=listing.case_key,
            kind=listing.kind,
        )


class RiskNoticeQuerySet(PartyOfCaseQuerySet):
    """Warnings served."""


class GracePeriodQuerySet(PartyOfCaseQuerySet):
    def running_on(self, day: date) -> Self:
        """Begun and not over."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class SourceItemQuerySet(models.QuerySet["SourceItem"]):
    def visible_to(self, person: Person) -> Self:
        """Files of the folders that the person may see."""
        return self if person.role == "administrator" else self.filter(of_court(person, "source__court"))


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


class EmployerLetterQuerySet(models.QuerySet[Any]):
    def editable_by(self, person: Person) -> Self:
        """The listing court alone: what must not be published is not shown around either."""
        if person.role not in COURT_ROLES or person.agency is None or person.agency.court_id is None:
            return self.none()
        return self.filter(listing__court_id=person.agency.court_id)


class DebtorMarkQuerySet(models.QuerySet[Any]):
    def editable_by(self, person: Person) -> Self:
        """The listing court alone marks its debtors."""
        if person.role not in COURT_ROLES or person.agency is None or person.agency.court_id is None:
            return self.none()
        return self.filter(listing__court_id=person.agency.court_id)

    def visible_to(self, person: Person) -> Self:
        """The listing court, and the court above that reports for those below it; nobody else."""
        return self.filter(of_court(person, "listing__court"))

    def standing(self) -> Self:
        """Not cleared, and the listing is on the list."""
        in_effect = [ListingStatus.ACTIVE, ListingStatus.SUSPENDED]
        return self.filter(cleared_at=None, listing__status__in=in_effect)


class OrganReportQuerySet(models.QuerySet[Any]):
    def editable_by(self, person: Person) -> Self:
        """The reporting court alone."""
        if person.role not in COURT_ROLES or person.agency is None or person.agency.court_id is None:
            return self.none()
        return self.filter(court_id=person.agency.court_id)

    def with_people(self) -> Self:
        """What a line of the page shows."""
        return self.select_related("court", "requested_by", "decided_by")
