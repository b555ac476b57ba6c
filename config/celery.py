"""The Celery application and what beat runs."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A run that could not start before the next one is due is dropped: each does all the work there is.
app.conf.beat_schedule = {
    "core.sequence_chains": {"task": "core.sequence_chains", "schedule": 5.0, "options": {"expires": 5}},
    "core.sweep": {"task": "core.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "core.prune_idempotency": {"task": "core.prune_idempotency", "schedule": 3600.0, "options": {"expires": 3600}},
}
