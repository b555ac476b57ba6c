"""The units' work in the background; `config.celery` says what runs when."""

from celery import shared_task
from django.utils.timezone import localdate, now

from agencies.services.enforcement import end_retentions as end_retentions_of
from agencies.services.recalls import tell_of_recent_revocations
from agencies.services.releases import open_missing_duties as open_every_missing_duty


@shared_task(name="agencies.end_retentions")
def end_retentions() -> None:
    """Release what was kept until a day that has passed (daily)."""
    at = now()
    end_retentions_of(today=localdate(at), at=at)


@shared_task(name="agencies.open_missing_duties")
def open_missing_duties() -> None:
    """Find ended listings whose measures nobody was told to release (daily)."""
    open_every_missing_duty(at=now())


@shared_task(name="agencies.tell_of_recent_revocations")
def tell_recent() -> None:
    """Find units that were told of a listing revoked these days and do not know of it (daily)."""
    tell_of_recent_revocations(at=now())
