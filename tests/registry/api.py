"""A caller of the API with a key."""

from typing import Any

from django.test import Client

from agencies.models import ApiKey, User
from agencies.services.accounts import key_digest
from tests.builders import NOW


class Answer:
    """A response; streamed ones are read on demand."""

    def __init__(self, response: Any) -> None:
        self.response = response

    def __getattr__(self, name: str) -> Any:
        return getattr(self.response, name)

    def __getitem__(self, header: str) -> str:
        return str(self.response[header])

    def content_of(self) -> bytes:
        return b"".join(self.response.streaming_content)


def key_for(user: User, *, scopes: list[str] | None = None) -> str:
    """A key of the user with these scopes, by default `list`."""
    text = f"jdp_{user.username}_{'-'.join(scopes or ['list'])}"
    ApiKey.objects.create(
        user=user,
        prefix=f"{user.username}-{len(scopes or [])}"[:12],
        digest=key_digest(text),
        scopes=scopes or ["list"],
        created_at=NOW,
    )
    return text


class Caller:
    """A program that calls with a key."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}"})

    def get(self, address: str) -> Answer:
        return Answer(self.client.get(address))

    def post(self, address: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        return Answer(self.client.post(address, body, content_type="application/json", headers=headers))

    def upload(self, address: str, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
        return Answer(self.client.post(address, fields, headers=headers))
