"""Who is in step with the feed and by how much they lag, and which removals republishers have not confirmed in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils.timezone import get_current_timezone, localdate

from registry.choices import SubscriberKind
from registry.models import Change, DeadlineRule, Region, Subscriber, WebhookDelivery
from registry.querysets import ChangeQuerySet, ListingQuerySet
from registry.services import feed
from registry.services.deadlines import DueDate, due_under

REPUBLISH = "republish.delete"
NATIONAL = "000000"
MANY = 1_000  # arrears are counted so far and no further
LOOK_BACK = 400  # days; a longer limit is nobody's, and then nothing is late


@dataclass(frozen=True, slots=True)
class Follower:
    """A subscriber and its lag: `behind` lines, the oldest of them standing since `waiting_since`.

    `late_removals` counts to `MANY` at most.
    """

    subscriber: Subscriber
    behind: int
    waiting_since: datetime | None
    delivery: WebhookDelivery | None
    late_removals: int


@dataclass(frozen=True, slots=True)
class LateRemoval:
    """A removal that these republishers should have confirmed by `due.on`."""

    change: Change
    due: DueDate
    owed_by: tuple[Subscriber, ...]


class RepublishLimits:
    """The limit within which republishers delete, region by region: the nearest rule's, at last the national one."""

    def __init__(self, today: date) -> None:
        rules = {
            each.pack.region_id: each for each in DeadlineRule.objects.filter(key=REPUBLISH).select_related("pack")
        }
        above = dict(Region.objects.values_list("code", "parent_id"))
        self.rules = {code: rule for code in above if (rule := _nearest(code, above, rules)) is not None}
        self._cuts = {rule.pk: _last_day_in_arrears(rule, today) for rule in rules.values()}

    def overdue(self) -> Q:
        """Changes so old that their limit is over."""
        condition = Q(pk__isnull=True)
        for pk, last_day in self._cuts.items():
            regions = [code for code, rule in self.rules.items() if rule.pk == pk]
            before = datetime.combine(last_day + timedelta(days=1), time.min, get_current_timezone())
            condition |= Q(listing__court__region_id__in=regions, at__lt=before)
        return condition

    def due(self, change: Change) -> DueDate:
        """When a removal of the feed had to be confirmed; it starts on the day of its line."""
        return due_under(self.rules[change.listing.court.region_id], localdate(change.at))


def followers(subscribers: Sequence[Subscriber], *, today: date) -> list[Follower]:
    """The subscribers with their lag and arrears, in the order given. The same queries for one and for a hundred."""
    last = feed.last_number()
    next_numbers = [each.last_number + 1 for each in subscribers]
    standing = dict(Change.objects.filter(number__in=next_numbers).values_list("number", "recorded_at"))
    under_way = {
        each.subscriber_id: each for each in WebhookDelivery.objects.under_way().filter(subscriber__in=subscribers)
    }
    late = _late_counts(subscribers, RepublishLimits(today))
    return [
        Follower(
            subscriber=each,
            behind=max(last - each.last_number, 0),
            waiting_since=standing.get(each.last_number + 1),
            delivery=under_way.get(each.pk),
            late_removals=late.get(each.pk, 0),
        )
        for each in subscribers
    ]


def late_removals(
    republishers: Sequence[Subscriber], *, today: date, limit: int, listings: ListingQuerySet | None = None
) -> list[LateRemoval]:
    """Removals that at least one of these republishers has not confirmed in time, the oldest first.

    With `listings` only those of them.
    """
    owing = [each for each in republishers if each.kind == SubscriberKind.REPUBLISHER and each.is_active]
    if not owing:
        return []
    limits = RepublishLimits(today)
    confirmed = {each.pk: max(each.last_number, each.start_number) for each in owing}
    late = _removals(limits).filter(number__gt=min(confirmed.values()))
    if listings is not None:
        late = late.filter(listing__in=listings)
    found = late.select_related("listing__court").order_by("number")[:limit]
    return [
        LateRemoval(
            change=change,
            due=limits.due(change),
            owed_by=tuple(each for each in owing if confirmed[each.pk] < (change.number or 0)),
        )
        for change in found
    ]


def _removals(limits: RepublishLimits) -> ChangeQuerySet:
    return Change.objects.removals_from_publication().filter(limits.overdue())


def _late_counts(subscribers: Sequence[Subscriber], limits: RepublishLimits) -> dict[int, int]:
    confirmed = Greatest(OuterRef("last_number"), OuterRef("start_number"))
    owed = _removals(limits).filter(number__gt=confirmed).order_by("number").values("pk")[:MANY]
    count = Func(ArraySubquery(owed), function="cardinality", output_field=IntegerField())
    rows = Subscriber.objects.republishers().active().filter(pk__in=[each.pk for each in subscribers])
    return dict(rows.annotate(late=count).values_list("pk", "late"))


def _nearest(code: str, above: Mapping[str, str | None], rules: Mapping[str, DeadlineRule]) -> DeadlineRule | None:
    here: str | None = code
    for _ in range(5):
        if here is None or here in rules:
            break
        here = above.get(here)
    return rules.get(here or NATIONAL, rules.get(NATIONAL))


def _last_day_in_arrears(rule: DeadlineRule, today: date) -> date:
    """The latest day of a removal whose limit has passed: due before today."""
    for back in range(1, LOOK_BACK):
        if due_under(rule, today - timedelta(days=back)).on < today:
            return today - timedelta(days=back)
    return date(1970, 1, 1)
