"""The same POST with the same Idempotency-Key happens once and is answered alike (24 hours)."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from core.errors import Conflict
from core.fields import EncryptedTextField

KEPT = timedelta(hours=24)


class IdempotencyRecord(models.Model):
    """The answer to one creating POST, stored with what it created: a crash leaves neither."""

    id = models.BigAutoField(primary_key=True)
    actor = models.TextField()
    key = models.TextField()
    path = models.TextField()
    request_digest = models.BinaryField(max_length=32)
    status_code = models.PositiveSmallIntegerField(null=True)
    body = EncryptedTextField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["IdempotencyRecord"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key", "path"], name="idempotencyrecord_key_used_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotencyrecord_by_age")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.path}"


def claim(*, actor: str, key: str, path: str, digest: bytes) -> IdempotencyRecord:
    """The record of this request, locked; fresh (`status_code` None) or answered before.

    Waits for a concurrent duplicate to commit or fail. Raises Conflict
    `idempotency_key_reused` when the key came with another request.
    """
    IdempotencyRecord.objects.bulk_create(
        [IdempotencyRecord(actor=actor, key=key, path=path, request_digest=digest)], ignore_conflicts=True
    )
    record = IdempotencyRecord.objects.select_for_update().get(actor=actor, key=key, path=path)
    if bytes(record.request_digest) != digest:
        raise Conflict("同一 Idempotency-Key 已用于另一请求。", code="idempotency_key_reused")
    return record


def prune(*, at: datetime) -> int:
    """Forget the answers older than 24 hours; return how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=at - KEPT).delete()[0]
