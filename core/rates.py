"""How often one caller may ask: fixed windows, counted in the cache."""

import hashlib
import logging
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PERIODS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    limit: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """`600/min`, `10/s`, `5/hour`."""
        limit, _, period = text.partition("/")
        return cls(int(limit), PERIODS[period[0]])


@dataclass(frozen=True, slots=True)
class Count:
    """Where a caller stands: requests left in this window, seconds until the next."""

    limit: int
    remaining: int
    reset: int
    is_allowed: bool


def hit(scope: str, who: str, rate: Rate, now: float) -> Count:
    """Count one request of `who` in `scope`. A cache that does not answer lets everybody pass."""
    window = int(now // rate.seconds)
    reset = int((window + 1) * rate.seconds - now) + 1
    key = f"rate:{scope}:{window}:{hashlib.sha256(who.encode()).hexdigest()[:24]}"
    try:
        cache.add(key, 0, timeout=rate.seconds + 1)
        seen = cache.incr(key)
    except (RedisError, ValueError):  # ValueError: the window ended between the two calls
        logger.warning("request of scope %s not counted", scope)
        return Count(rate.limit, rate.limit, reset, True)
    return Count(rate.limit, max(rate.limit - seen, 0), reset, seen <= rate.limit)
