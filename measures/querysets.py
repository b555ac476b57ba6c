"""Named reads of the catalogue."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    pass


def _in_force(prefix: str, day: date) -> Q:
    return Q(**{f"{prefix}in_force_from__lte": day}) & (
        Q(**{f"{prefix}in_force_to__isnull": True}) | Q(**{f"{prefix}in_force_to__gte": day})
    )


class DocumentQuerySet(models.QuerySet["Document"]):
    def in_force_on(self, day: date) -> Self:
        """Documents that apply on that day."""
        return self.filter(_in_force("", day))


class MeasureQuerySet(models.QuerySet["Measure"]):
    def in_force_on(self, day: date) -> Self:
        """Measures that apply on that day, in documents that apply on that day."""
        return self.filter(_in_force("", day) & _in_force("document__", day))

    def with_everything(self) -> Self:
        """What a measure's full description reads, in a fixed number of queries."""
        return self.select_related("document__region").prefetch_related(
            "responsibilities__unit", "legal_bases__provision__law"
        )
