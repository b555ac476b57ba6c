"""Who may read the catalogue through the API: everybody who signs in; a key needs the scope for it."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.errors import NotAllowed

SCOPE = "catalogue"


class MayReadCatalogue(BasePermission):
    """A signed-in operator of any role; a key only with the scope `catalogue` (else `scope_required`)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        scopes = getattr(request.auth, "scopes", None)
        if scopes is not None and SCOPE not in scopes:
            raise NotAllowed("此密钥的范围不包括该接口。", code="scope_required")
        return True
