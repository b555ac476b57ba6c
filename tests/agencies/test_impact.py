"""Before a batch is approved, the court sees which units would have to let go of what."""

from uuid import uuid4

import pytest

from agencies.impact import releases_to_come
from registry.models import Batch, BatchRow, Listing
from tests.builders import NOW, make_agency, make_clerk, make_court, make_listing, make_staff
from tests.feedback.builders import make_enforcement, make_measure

pytestmark = pytest.mark.django_db


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
    batch = Batch.objects.create(
        court=make_court(),
        file_name="名单.csv",
        file_size=1,
        file_sha256="0" * 64,
        uploaded_by=make_clerk(),
        uploaded_at=NOW,
    )
    removal(batch, ending, 2)
    removal(batch, staying, 3, verdict="rejected")
    assert releases_to_come(batch) == {
        "measures_ending": 3,
        "units_affected": 2,
        "units": [
            {"unit": "莱芜区财政局", "measures_ending": 2},
            {"unit": "莱芜区民政局", "measures_ending": 1},
        ],
    }


def test_a_batch_without_removals_ends_nothing() -> None:
    batch = Batch.objects.create(
        court=make_court(),
        file_name="名单.csv",
        file_size=1,
        file_sha256="0" * 64,
        uploaded_by=make_clerk(),
        uploaded_at=NOW,
    )
    assert releases_to_come(batch) == {"measures_ending": 0, "units_affected": 0, "units": []}
