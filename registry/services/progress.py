"""How far the applying of a batch is. It happens in one transaction, which cannot show its own progress: the cache
does, and nothing depends on it."""

from __future__ import annotations

import logging
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from registry.choices import BatchStatus
from registry.models import Batch

logger = logging.getLogger(__name__)
KEPT_SECONDS = 3600


def report(batch_id: UUID, done: int, steps: int) -> None:
    """So many of the steps of applying are done."""
    try:
        cache.set(_key(batch_id), done * 100 // steps, timeout=KEPT_SECONDS)
    except RedisError:
        logger.warning("cache unreachable, progress of batch %s is not shown", batch_id)


def of(batch: Batch) -> int:
    """Percent of what the batch is going through: being read, or applied."""
    if batch.status != BatchStatus.APPLYING:
        return batch.progress
    try:
        return int(cache.get(_key(batch.pk)) or 0)
    except RedisError:
        return batch.progress


def clear(batch_id: UUID) -> None:
    """Forget the progress of an earlier turn."""
    try:
        cache.delete(_key(batch_id))
    except RedisError:
        logger.warning("cache unreachable, progress of batch %s is not cleared", batch_id)


def _key(batch_id: UUID) -> str:
    return f"batch-progress:{batch_id}"
