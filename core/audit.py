"""Who did what to which record, when: append-only and chained, explicit calls only."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.chain import ChainedRow
from core.ids import request_id
from core.privacy import refuse_identifiers


class Account(Protocol):
    """Anything that signs in."""

    @property
    def pk(self) -> Any: ...

    def get_username(self) -> str: ...


Actor = Account | str  # a label such as "system" where nobody signed in


class AuditEntry(ChainedRow):
    """One deed. `before` and `after` hold fields that are not personal; rows are never changed or removed."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_label = models.TextField()
    verb = models.TextField()
    target_type = models.TextField(default="", blank=True)
    target_id = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    request_id = models.TextField(default="", blank=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    objects: ClassVar[models.Manager["AuditEntry"]]

    class Meta(ChainedRow.Meta):
        indexes = [
            *ChainedRow.Meta.indexes,
            models.Index(fields=["target_type", "target_id", "-id"], name="auditentry_of_target"),
            models.Index(fields=["actor", "-id"], name="auditentry_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.target_type} {self.target_id}"

    def chain_content(self) -> str:
        return json.dumps(
            [
                self.id,
                self.actor_id,
                self.actor_label,
                self.verb,
                self.target_type,
                self.target_id,
                self.at.astimezone(UTC).isoformat(),
                self.recorded_at.astimezone(UTC).isoformat(),
                self.request_id,
                self.before,
                self.after,
            ],
            ensure_ascii=False,
            sort_keys=True,
        )


def record(
    *,
    verb: str,
    target: models.Model | None,
    by: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry in the caller's transaction.

    Raises ValueError when `before` or `after` has a key that names an identifier or
    a value that looks like one (design §6, 7).
    """
    refuse_identifiers(before)
    refuse_identifiers(after)
    account = None if isinstance(by, str) else by
    return AuditEntry.objects.create(
        actor_id=account.pk if account else None,
        actor_label=by if isinstance(by, str) else by.get_username() or "anonymous",
        verb=verb,
        target_type=target._meta.label_lower if target else "",
        target_id=str(target.pk) if target else "",
        at=at,
        request_id=request_id.get(),
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
    )


_refusals: ContextVar[list[dict[str, Any]] | None] = ContextVar("refusals", default=None)


def record_refusal(**entry: Any) -> None:
    """`record` for something refused: it stands although the refusal rolls the caller's transaction back."""
    kept = _refusals.get()
    if kept is None:
        record(**entry)
    else:
        kept.append(entry)


@contextmanager
def refusals_outlive_rollback() -> Iterator[None]:
    """Around a transaction that a refusal undoes: what `record_refusal` was given is written after its end."""
    kept: list[dict[str, Any]] = []
    token = _refusals.set(kept)
    try:
        yield
    finally:
        _refusals.reset(token)
        for entry in kept:
            record(**entry)
