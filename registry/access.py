"""What the list needs to know of the person who asks; the person itself lives in a higher app."""

from __future__ import annotations

from typing import Protocol

from django.db.models import Q

from core.audit import Account


class Unit(Protocol):
    name: str
    court_id: int | None
    region_id: str


class Person(Protocol):
    """A signed-in operator: role and unit (`agencies.User`)."""

    pk: int
    role: str
    agency_id: int | None

    @property
    def agency(self) -> Unit | None: ...


class Operator(Person, Account, Protocol):
    """A person who acts: also somebody the audit can name."""


COURT_ROLES = frozenset({"clerk", "reviewer"})


def of_court(person: Person, path: str) -> Q:
    """Rows of the person's court or of a court below it (three levels); nothing for anybody else."""
    if person.role not in COURT_ROLES or person.agency is None or person.agency.court_id is None:
        return Q(pk__isnull=True)
    court = person.agency.court_id
    prefix = f"{path}__" if path else ""
    own = f"{path}_id" if path else "id"
    return Q(**{own: court}) | Q(**{f"{prefix}upper_id": court}) | Q(**{f"{prefix}upper__upper_id": court})
