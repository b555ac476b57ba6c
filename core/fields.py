"""A text that the database holds encrypted."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from core.crypto import decrypt, encrypt

if TYPE_CHECKING:
    TextInPython = models.Field[str | None, str | None]
else:
    TextInPython = models.Field


class EncryptedTextField(TextInPython):
    """Text in Python, authenticated ciphertext (bytea) in the database.

    It cannot be searched or sorted by: every look-up but `isnull` raises FieldError.
    Keep a `blind_index` beside it where it must be found.
    """

    description = "Encrypted text"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bytea"

    def get_internal_type(self) -> str:
        return "BinaryField"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        return None if value is None else decrypt(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return encrypt(value) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted and cannot be searched")
