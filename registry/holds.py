"""What keeps the archive of an ended listing from being erased, as far as each floor can tell.

A higher app registers a function in its AppConfig.ready(): of these listings, which are still needed.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

Hold = Callable[[Sequence[UUID]], set[UUID]]
_functions: dict[str, Hold] = {}


def register(name: str, function: Hold) -> None:
    """Add a reason to keep; `function` reads and writes nothing."""
    if _functions.setdefault(name, function) is not function:
        raise ValueError(f"holds already has a reason named {name}")


def held(listing_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the listings that any floor still needs."""
    return {listing_id for function in _functions.values() for listing_id in function(listing_ids)}
