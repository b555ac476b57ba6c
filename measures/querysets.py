"""Named reads of the catalogue."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

if TYPE_CHECKING:  # ruff does not see the names in the quoted base classes
    from measures.models import Document, Measure  # noqa: F401


def _in_force(prefix: str, day: date) -> Q:
    return Q(**{f"{prefix}in_force_from__lte": day}) & (
        Q(**{f"{prefix}in_force_to__isnull": True}) | Q(**{f"{prefix}in_force_to__gte": day})
    )


class DocumentQuerySet(models.QuerySet["Document"]):
    def in_force_on(self, day: date) -> Self:
        """Documents that apply on that day."""
        return self.filter(_in_force("", day))

    def with_counts(self, day: date) -> Self:
        """Adds what the overview counts among the versions of that day: `measure_count`, `review_count`,
        `conflict_count`, `incentive_count`."""
        standing = _in_force("measures__", day)
        return self.annotate(
            measure_count=Count("measures", filter=standing),
            review_count=Count("measures", filter=standing & Q(measures__under_review=True)),
            conflict_count=Count(
                "measures",
                filter=standing & (~Q(measures__units_conflict="") | ~Q(measures__wording_conflict="")),
            ),
            incentive_count=Count("measures", filter=standing & Q(measures__incentive=True)),
        )


class MeasureQuerySet(models.QuerySet["Measure"]):
    def in_force_on(self, day: date) -> Self:
        """Measures that apply on that day, in documents that apply on that day."""
        return self.filter(_in_force("", day) & _in_force("document__", day))

    def current_on(self, day: date) -> Self:
        """The version of each measure that stands on that day, whether or not its document still applies."""
        return self.filter(_in_force("", day))

    def naming_unit(self, name: str) -> Self:
        """Measures whose body or appendix names a unit of that name, or of a name that holds it."""
        return self._with_some("responsibilities", unit__name__contains=name)

    def naming(self, unit_id: int) -> Self:
        """Measures whose body or appendix names this unit."""
        return self._with_some("responsibilities", unit=unit_id)

    def resting_on(self, law: str) -> Self:
        """Measures that cite a law: its key, its document number, or part of its title."""
        return self._with_some(
            "legal_bases",
            Q(provision__law__key=law)
            | Q(provision__law__document_number=law)
            | Q(provision__law__title__contains=law.strip("《》")),
        )

    def coded(self, code: str) -> Self:
        """Measures of a unified code, as their first or a further one."""
        return self.filter(Q(code=code) | Q(also_codes__contains=[code]))

    def containing(self, words: str) -> Self:
        """Measures with every one of the words in title, wording, number or code."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(title__icontains=word)
                | Q(text__icontains=word)
                | Q(appendix_title__icontains=word)
                | Q(number=word)
                | Q(code__iexact=word)
            )
        return found

    def flagged(self, flag: str) -> Self:
        """Measures that need a second look: `under_review`, `conflict` (body against appendix) or `incentive`."""
        if flag == "conflict":
            return self.exclude(units_conflict="", wording_conflict="")
        return self.filter(**{flag: True})

    def in_printed_order(self) -> Self:
        return self.order_by("document__source", "document_id", "position", "version")

    def _with_some(self, related: str, *conditions: Q, **fields: object) -> Self:
        model = self.model._meta.get_field(related).related_model
        assert isinstance(model, type)  # a reverse relation of this very model, not a string
        rows = model._default_manager
        return self.filter(Exists(rows.filter(*conditions, measure=OuterRef("pk"), **fields)))

    def with_everything(self) -> Self:
        """What a measure's full description reads, in a fixed number of queries."""
        return self.select_related("document__region").prefetch_related(
            "responsibilities__unit", "legal_bases__provision__law"
        )
