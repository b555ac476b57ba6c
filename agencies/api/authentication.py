"""`Authorization: Bearer <key>` (contract.md §3)."""

from typing import Any

from django.utils.timezone import localdate, now
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from agencies.models import ApiKey, User
from agencies.services.accounts import usable_key


class ApiKeyAuthentication(BaseAuthentication):
    """The operator on whose behalf a key was issued; the key itself becomes `request.auth`.

    Every key, well formed or not, costs one digest and one indexed look-up, so that the time says nothing about it.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = usable_key(text.strip(), now())
        if key is None:
            raise AuthenticationFailed
        today = localdate()
        if key.last_used_on != today:
            ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI description names the key."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "接口密钥，在“我的账户”页签发。"}
