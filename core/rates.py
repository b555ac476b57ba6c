"""How often one caller may ask: fixed windows, counted in the cache's server."""

import hashlib
import logging
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from redis import Redis
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
        seen = int(_counters().incr(key))
        if seen == 1:  # nobody counts in this window again once it has ended
            _counters().expire(key, rate.seconds + 1)
    except RedisError:
        logger.warning("request of scope %s not counted", scope)
        return Count(rate.limit, rate.limit, reset, True)
    return Count(rate.limit, max(rate.limit - seen, 0), reset, seen <= rate.limit)


@cache
def _counters() -> Redis:
    """The cache's own server. Django's cache makes a client and three calls of every count."""
    client: Redis = Redis.from_url(str(settings.CACHES["default"]["LOCATION"]))
    return client
