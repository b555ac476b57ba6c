"""Who may call the registry's part of the API.

A key is anything with `scopes`; a session has none and may do what its operator may do. Keys and operators
themselves live in a higher app.
"""

from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import NotAllowed
from registry.access import COURT_ROLES

KEY_SCOPE = "list"
RECORDS_SCOPE = "records"
EVERYBODY = frozenset({*COURT_ROLES, "agency_staff", "credit_office", "administrator"})


class MayUseList(BasePermission):
    """The operator's role is among the view's `allowed_roles`, and a key carries the scope `list`.

    Raises NotAllowed `role_required` or `scope_required`; without a sign-in the answer is 401. What may be seen
    beyond that is the scoped querysets' business.
    """

    key_scope = KEY_SCOPE

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user or not user.is_authenticated:
            return False
        if getattr(user, "role", "") not in view.allowed_roles:
            raise NotAllowed("您的角色不能使用此接口。", code="role_required")
        scopes = getattr(request.auth, "scopes", None)
        if scopes is not None and self.key_scope not in scopes:
            raise NotAllowed("此密钥的范围不包括此接口。", code="scope_required")
        return True


class CourtView(APIView):
    """What only a court may call."""

    allowed_roles: ClassVar[frozenset[str]] = COURT_ROLES
    permission_classes = (MayUseList,)


class SharedView(CourtView):
    """What every signed-in role may call, each within what it may see."""

    allowed_roles = EVERYBODY


def caller(request: Request) -> Any:
    """The operator behind a request that `MayUseList` let through (registry.access.Operator)."""
    return request.user


class MayTakeRecords(MayUseList):
    """As `MayUseList`, with a key of the scope `records`: whole listings leave the platform here."""

    key_scope = RECORDS_SCOPE
