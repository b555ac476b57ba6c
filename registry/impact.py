"""What approving a batch would set in motion, as far as each floor can tell.

A higher app registers a function in its AppConfig.ready(); what it returns stands in `batch.impact` under its name.
"""

from collections.abc import Callable
from typing import Any

from registry.models import Batch

Impact = Callable[[Batch], dict[str, Any]]
_functions: dict[str, Impact] = {}


def register(name: str, function: Impact) -> None:
    """Add a part to the impact of every plan; `function` reads the batch's rows and writes nothing."""
    if _functions.setdefault(name, function) is not function:
        raise ValueError(f"impact already has a part named {name}")


def of_higher_floors(batch: Batch) -> dict[str, Any]:
    """Every registered part, by name."""
    return {name: function(batch) for name, function in _functions.items()}
