"""Who may call what: a view names the roles and the key scope, and whoever names none lets nobody in."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from agencies.models import ApiKey
from core.errors import NotAllowed


class MayCall(BasePermission):
    """The operator's role is among the view's `allowed_roles`, and the key, if one is used, has its `key_scope`.

    Raises NotAllowed `role_required` or `scope_required`. Without a sign-in the answer is 401.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user or not user.is_authenticated:
            return False
        if user.role not in getattr(view, "allowed_roles", frozenset()):
            raise NotAllowed("您的角色不能使用此接口。", code="role_required")
        scope = getattr(view, "key_scope", None)
        if scope is None or (isinstance(request.auth, ApiKey) and scope not in request.auth.scopes):
            raise NotAllowed("此密钥的范围不包括该接口。", code="scope_required")
        return True
