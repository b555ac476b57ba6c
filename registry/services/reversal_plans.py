"""The plan of a reversal as a page shows it: judging every change of a large batch takes seconds, so it is kept."""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.cache import cache
from django.utils.timezone import localdate
from redis.exceptions import RedisError

from registry.models import Batch, Change
from registry.services.reversal import ReversalPlan, plan_reversal

logger = logging.getLogger(__name__)
KEPT_SECONDS = 600


def standing_plan(batch: Batch, *, at: datetime) -> ReversalPlan:
    """`plan_reversal`, kept until the list changes, or the day. The decision itself judges anew."""
    last = Change.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"reversal-plan:{batch.pk}:{batch.status}:{last}:{localdate(at)}"
    try:
        kept: ReversalPlan | None = cache.get(key)
        if kept is None:
            kept = plan_reversal(batch, at=at)
            cache.set(key, kept, timeout=KEPT_SECONDS)
    except RedisError:
        logger.warning("cache unreachable, the plan of reversing batch %s is made anew", batch.pk)
        return plan_reversal(batch, at=at)
    return kept
