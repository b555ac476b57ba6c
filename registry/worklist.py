"""All remedies of a court in one list by due date, whatever their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value

from registry.access import COURT_ROLES, Person
from registry.choices import RemedyKind
from registry.models import CreditRepair, ExitRequest, Objection, Reconsideration, RemedyNotice
from registry.models.remedies import Remedy

MODEL_OF: dict[str, type[Remedy]] = {
    RemedyKind.OBJECTION.value: Objection,
    RemedyKind.RECONSIDERATION.value: Reconsideration,
    RemedyKind.EXIT_REQUEST.value: ExitRequest,
    RemedyKind.REPAIR.value: CreditRepair,
}
RECENT, SHOWN = 50, 5
STATES = {"open": "待本院办理", "late": "本院已逾期", "below": "下级法院逾期", "closed": "已办结"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list: a state, one kind or all, one listing or all."""

    state: str = "open"
    kind: str = ""
    listing: UUID | None = None


def work(person: Person, wanted: Wanted, today: date) -> QuerySet[Any, Any]:
    """Rows (kind, id, due_on, received_on) of every kind in one query, the nearest limit first."""
    parts = [
        _of(MODEL_OF[kind], person, wanted, today)
        .order_by()
        .annotate(kind=Value(kind))
        .values_list("kind", "pk", "due_on", "received_on")
        for kind in (MODEL_OF if not wanted.kind else [wanted.kind])
    ]
    union: QuerySet[Any, Any] = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return union.order_by("-received_on", "pk") if wanted.state == "closed" else union.order_by("due_on", "pk")


def reminders(person: Person) -> list[tuple[RemedyNotice, Remedy]]:
    """The newest notices given to the person's court about what is still open, one of each matter."""
    if person.role not in COURT_ROLES or person.agency is None:
        return []
    given = RemedyNotice.objects.filter(court__agency=person.agency_id).select_related("court").order_by("-id")
    newest: dict[UUID, RemedyNotice] = {}
    for notice in given[:RECENT]:
        newest.setdefault(notice.record_id, notice)
    rows = [(notice.kind, notice.record_id) for notice in newest.values()]
    still_open = [remedy for remedy in fetch(rows) if remedy.due_on is not None]
    return [(newest[remedy.pk], remedy) for remedy in still_open][:SHOWN]


def fetch(rows: Sequence[tuple[Any, ...]]) -> list[Remedy]:
    """The remedies of some rows of `work`, in their order; one query for each kind among them."""
    found: dict[UUID, Remedy] = {}
    for kind in {row[0] for row in rows}:
        records: Any = MODEL_OF[kind].objects.all()
        found |= {each.pk: each for each in records.with_listing().filter(pk__in=[r[1] for r in rows if r[0] == kind])}
    return [found[row[1]] for row in rows]


def _of(model: type[Remedy], person: Person, wanted: Wanted, today: date) -> Any:
    rows: Any = model.objects.all()
    visible, mine = rows.visible_to(person), rows.decidable_by(person)
    if wanted.state == "closed":
        chosen = visible.filter(due_on__isnull=True)
    elif wanted.state == "below":
        chosen = visible.filter(due_on__lt=today).exclude(pk__in=mine.values("pk"))
    else:
        chosen = mine.open().filter(Q(due_on__lt=today) if wanted.state == "late" else Q())
    return chosen.filter(**{f"{rows.LISTING}_id": wanted.listing}) if wanted.listing else chosen
