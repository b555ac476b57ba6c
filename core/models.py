"""The tables of core, and the abstract history row of every state machine."""

from django.conf import settings
from django.db import models

from core.audit import AuditEntry
from core.idempotency import IdempotencyRecord
from core.outbox import OutboxDelivery, OutboxEvent

__all__ = ["AuditEntry", "IdempotencyRecord", "OutboxDelivery", "OutboxEvent", "Transition"]


class Transition(models.Model):
    """One step of a record from one status to another; `by` is null where the platform itself moved it."""

    id = models.BigAutoField(primary_key=True)
    from_status = models.TextField(blank=True)
    to_status = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(default="", blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
