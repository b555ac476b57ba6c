"""The Celery application and what beat runs."""

import os
import time
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from celery.schedules import crontab
from celery.signals import heartbeat_sent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HEARTBEAT_SECONDS = 5

app = Celery("platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A run that could not start before the next one is due is dropped: each does all the work there is.
app.conf.beat_schedule = {
    "core.sequence_chains": {"task": "core.sequence_chains", "schedule": 5.0, "options": {"expires": 5}},
    "core.sweep": {"task": "core.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "core.prune_idempotency": {"task": "core.prune_idempotency", "schedule": 3600.0, "options": {"expires": 3600}},
    "agencies.end_retentions": {"task": "agencies.end_retentions", "schedule": crontab(hour=0, minute=20)},
    "agencies.open_missing_duties": {"task": "agencies.open_missing_duties", "schedule": crontab(hour=1, minute=10)},
    "agencies.tell_of_recent_revocations": {
        "task": "agencies.tell_of_recent_revocations",
        "schedule": crontab(hour=1, minute=20),
    },
    "registry.sweep_batches": {"task": "registry.sweep_batches", "schedule": 30.0, "options": {"expires": 30}},
    "registry.drop_orphan_files": {"task": "registry.drop_orphan_files", "schedule": crontab(minute=40)},
    "registry.draw_due_sources": {"task": "registry.draw_due_sources", "schedule": 30.0, "options": {"expires": 30}},
    "registry.forget_old_runs": {"task": "registry.forget_old_runs", "schedule": crontab(hour=3, minute=50)},
    "registry.forget_prior_states": {"task": "registry.forget_prior_states", "schedule": crontab(hour=3, minute=30)},
    "registry.push_changes": {"task": "registry.push_changes", "schedule": 5.0, "options": {"expires": 5}},
    "registry.activate_pending": {"task": "registry.activate_pending", "schedule": crontab(hour=0, minute=5)},
    "registry.erase_archived": {"task": "registry.erase_archived", "schedule": crontab(hour=2, minute=30)},
    "registry.expire_listings": {"task": "registry.expire_listings", "schedule": crontab(hour=0, minute=10)},
    "registry.notify_remedies": {"task": "registry.notify_remedies", "schedule": crontab(hour=6, minute=30)},
    "registry.drop_orphan_evidence": {"task": "registry.drop_orphan_evidence", "schedule": crontab(hour=2, minute=40)},
}


class Pulse:
    """Writes one process's sign of life, at most every `HEARTBEAT_SECONDS`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._last: float | None = None

    def write(self) -> None:
        if self._last is not None and time.monotonic() - self._last < HEARTBEAT_SECONDS:
            return
        import redis
        from django.utils.timezone import now

        from config import heartbeat

        try:
            heartbeat.write(self.name, at=now())
        except redis.RedisError as error:
            # A cache that is down must not stop beat or a worker: the missing heartbeat tells.
            import structlog

            structlog.get_logger(__name__).warning(
                "heartbeat_not_written", process=self.name, error=type(error).__name__
            )
            return
        self._last = time.monotonic()


class HeartbeatScheduler(PersistentScheduler):
    """Celery's own scheduler, which also says that it is alive.

    Written by beat itself and not by a task: a task would wait behind a long
    import and report a beat that is well as dead.
    """

    pulse = Pulse("beat")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        self.pulse.write()
        return min(float(super().tick(*args, **kwargs)), HEARTBEAT_SECONDS)


_worker_pulse = Pulse("worker")


@heartbeat_sent.connect
def _worker_is_alive(**_: Any) -> None:
    _worker_pulse.write()
