"""Values of the list that every page may show."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import now

from registry.models import Change


def list_version(request: HttpRequest) -> dict[str, Any]:
    """`list_version`, the number of the newest published change, and `list_as_of`, when it was read.

    Read once and only by pages that show it; never cached, so that no page names a version older than its answer.
    """
    return {"list_version": SimpleLazyObject(Change.objects.last_number), "list_as_of": now()}
