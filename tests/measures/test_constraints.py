"""What the catalogue's tables refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, models, transaction

from measures.models import Document, Law, LegalBasis, Measure, NamedUnit, Provision, Responsibility
from measures.services.loader import LoadReport

LAIWU = "莱芜区信用办〔2020〕17号"


def fourth() -> Measure:
    return Measure.objects.get(document__doc_number=LAIWU, number="4")


def change(**fields: Any) -> Callable[[], object]:
    return lambda: Measure.objects.filter(pk=fourth().pk).update(**fields)


def again(record: models.Model, **fields: Any) -> None:
    """Insert a copy."""
    record.pk = None
    for name, value in fields.items():
        setattr(record, name, value)
    record._state.adding = True
    record.save(force_insert=True)


REFUSED: dict[str, Callable[[], object]] = {
    "document_ends_after_it_begins": lambda: Document.objects.update(in_force_to=date(2000, 1, 1)),
    "named_unit_is_named_once_per_region": lambda: NamedUnit.objects.create(region_id="370116", name="区财政局"),
    "measure_is_numbered_once_per_version": lambda: again(fourth(), id=uuid4()),
    "measure_effect_is_known": change(effect="score"),
    "measure_stands_somewhere": change(in_body=False, in_appendix=False),
    "measure_ends_after_it_begins": change(in_force_to=date(2000, 1, 1)),
    "measure_review_has_reason": change(under_review=True, review_reason=""),
    "measure_incentive_reaches_no_defaulter": change(incentive=True),
    "responsibility_names_a_unit_once": lambda: again(Responsibility.objects.all()[0]),
    "responsibility_source_is_known": lambda: Responsibility.objects.update(source="margin"),
    "law_kind_is_known": lambda: Law.objects.update(kind="rumour"),
    "provision_stands_once_in_its_law": lambda: again(Provision.objects.all()[0]),
    "legal_basis_is_cited_once": lambda: again(LegalBasis.objects.all()[0]),
    "legal_basis_target_is_known": lambda: LegalBasis.objects.update(names_target="maybe"),
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_table_refuses(loaded: LoadReport, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        REFUSED[constraint]()


def test_every_constraint_of_the_catalogue_is_tripped() -> None:
    named = {
        constraint.name
        for model in (Document, NamedUnit, Measure, Responsibility, Law, Provision, LegalBasis)
        for constraint in model._meta.constraints
    }
    assert named == set(REFUSED)
