"""Signs of life of the background processes, kept in the cache."""

from datetime import datetime, timedelta

from django.core.cache import cache

WORKER = "worker"
BEAT = "beat"
STALE_AFTER_SECONDS = 20
PATIENCE = timedelta(minutes=2)


def write(name: str, *, at: datetime) -> None:
    """Say that process `name` is alive at `at`."""
    cache.set(f"heartbeat:{name}", at.isoformat(), timeout=STALE_AFTER_SECONDS * 10)


def age(name: str, *, at: datetime) -> float | None:
    """Seconds since the last sign of life, or None when there was none."""
    written = cache.get(f"heartbeat:{name}")
    return None if written is None else (at - datetime.fromisoformat(written)).total_seconds()
