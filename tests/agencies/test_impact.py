"""Before a batch is approved, the court sees which units would have to let go of what."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.impact import measures_to_start, releases_to_come
from agencies.models import User
from registry.models import Batch, BatchRow, Listing, MissingListing
from tests.agencies import acts
from tests.builders import NOW, make_agency, make_clerk, make_court, make_listing, make_staff
from tests.feedback.builders import make_enforcement, make_measure

pytestmark = pytest.mark.django_db


def a_batch(**facts: Any) -> Batch:
    clerk = User.objects.filter(role="clerk").first() or make_clerk()
    return Batch.objects.create(
        court=make_court(),
        file_name="名单.csv",
        file_size=1,
        file_sha256="0" * 64,
        uploaded_by=clerk,
        uploaded_at=NOW,
        **facts,
    )


def removal(batch: Batch, listing: Listing, n: int, verdict: str = "remove") -> BatchRow:
    return BatchRow.objects.create(
        batch=batch,
        row_number=n,
        operation="shield",
        verdict=verdict,
        listing=listing,
        kind="person",
        name=listing.name,
        content_digest=b"0" * 32,
        new_listing_id=uuid4(),
        new_subject_id=uuid4(),
    )


def test_measures_in_force_against_what_would_end_are_counted_by_unit() -> None:
    finance, civil = make_agency(), make_agency("莱芜区民政局")
    staff, other = make_staff("finance", finance), make_staff("civil", civil)
    four, five = make_measure("4"), make_measure("5")
    ending, staying = make_listing(), make_listing()
    make_enforcement(finance, staff, ending, four)
    make_enforcement(finance, staff, ending, five)
    make_enforcement(civil, other, ending, four)
    make_enforcement(civil, other, ending, five, decision="not_applied", reason="不适用")
    make_enforcement(civil, other, staying, four)
    batch = a_batch()
    removal(batch, ending, 2)
    removal(batch, staying, 3, verdict="rejected")
    assert releases_to_come(batch) == {
        "measures_ending": 3,
        "units_affected": 2,
        "units": [
            {"unit": "莱芜区财政局", "measures_ending": 2},
            {"unit": "莱芜区民政局", "measures_ending": 1},
        ],
        "rows_ending_many": [{"row": 2, "listing": str(ending.pk), "measures_ending": 3}],
    }


def test_a_batch_without_removals_ends_nothing() -> None:
    batch = a_batch()
    assert releases_to_come(batch) == {
        "measures_ending": 0,
        "units_affected": 0,
        "units": [],
        "rows_ending_many": [],
    }
    assert measures_to_start(batch) == {"measures_starting": 0, "units_starting": 0, "units": []}


def test_what_a_whole_list_does_not_name_ends_measures_too() -> None:
    finance = make_agency()
    staff, missing = make_staff("finance", finance), make_listing()
    for number in ("4", "5", "6"):
        make_enforcement(finance, staff, missing, make_measure(number))
    batch = a_batch(mode="snapshot", exit_ground="terminated", exit_document="文号", exit_on=NOW.date())
    MissingListing.objects.create(batch=batch, listing=missing)
    found = releases_to_come(batch)
    assert (found["measures_ending"], found["units_affected"]) == (3, 1)
    assert found["rows_ending_many"] == [{"row": None, "listing": str(missing.pk), "measures_ending": 3}]


def added(batch: Batch, n: int, kind: str) -> None:
    BatchRow.objects.create(
        batch=batch,
        row_number=n,
        operation="add",
        verdict="add",
        kind=kind,
        name="王试例",
        content_digest=b"0" * 32,
        new_listing_id=uuid4(),
        new_subject_id=uuid4(),
    )


def test_measures_to_start_are_counted_by_unit_and_kind() -> None:
    acts.make_measure("4", units=("区财政局", "区民政局"))
    acts.make_measure("5", units=("区财政局",), party_kinds=["unit"])
    acts.make_measure("6", units=("区财政局",), reaches=["legal_representative"])
    acts.make_measure("7", units=("区财政局",), names_target="no")  # under review: nobody is bound by it
    acts.make_measure("8", units=("区住建局",))
    make_agency(units=("区财政局",))
    make_agency("莱芜区民政局", units=("区民政局",))
    make_agency("莱芜区教育局", units=("区教育局",))
    batch = a_batch()
    for n, kind in enumerate(("person", "person", "unit"), 2):
        added(batch, n, kind)
    assert measures_to_start(batch) == {
        "measures_starting": 7,
        "units_starting": 2,
        "units": [
            {"unit": "莱芜区财政局", "measures_starting": 4, "per_person": 1, "per_unit": 2},
            {"unit": "莱芜区民政局", "measures_starting": 3, "per_person": 1, "per_unit": 1},
        ],
    }


def test_the_impact_costs_the_same_for_one_row_and_thirty_and_for_many_units() -> None:
    finance = make_agency(units=("区财政局",))
    staff, measure = make_staff("finance", finance), acts.make_measure("4")

    def cost(rows: int) -> int:
        batch = a_batch()
        for n in range(rows):
            added(batch, 2 + n, "person")
            listing = make_listing()
            make_enforcement(finance, staff, listing, measure)
            removal(batch, listing, 1000 + n)
        with CaptureQueriesContext(connection) as queries:
            assert measures_to_start(batch)["measures_starting"] >= rows
            assert releases_to_come(batch)["measures_ending"] == rows
        return len(queries)

    first = cost(1)
    for n in range(5):
        make_agency(f"莱芜区第{n}局", units=("区财政局",))
    assert cost(30) == first
