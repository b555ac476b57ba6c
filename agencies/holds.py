"""Which ended listings the units still need whole."""

from collections.abc import Sequence
from uuid import UUID

from agencies.choices import DutyStatus
from agencies.models import Enforcement, ReleaseDuty


def still_felt(listing_ids: Sequence[UUID]) -> set[UUID]:
    """Those against which something is in force or lawfully kept, or whose release is not done."""
    live = Enforcement.objects.live().filter(listing__in=listing_ids).values_list("listing_id", flat=True)
    open_duties = ReleaseDuty.objects.filter(listing__in=listing_ids, status=DutyStatus.DUE)
    return {*live, *open_duties.values_list("listing_id", flat=True)}
