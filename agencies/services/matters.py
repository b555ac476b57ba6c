"""The units' business items and the catalogue that they point into."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from agencies.models import Matter


@transaction.atomic
def follow_new_versions(*, replaced: Iterable[tuple[UUID, UUID]]) -> int:
    """Point every matter that triggers an old version of a measure to the new one; return how many were moved.

    May run twice: the second time there is nothing left to move.
    """
    through = Matter.measures.through
    moved = 0
    for old, new in replaced:
        matters = list(through.objects.filter(measure_id=old).values_list("matter_id", flat=True))
        through.objects.bulk_create(
            [through(matter_id=matter_id, measure_id=new) for matter_id in matters], ignore_conflicts=True
        )
        moved += through.objects.filter(measure_id=old).delete()[0]
    return moved
