"""The three states in which pages and API show release duties: `late` is a matter of the day, not of the row."""

from datetime import date

from django.db.models import Count, Q, QuerySet

from agencies.choices import DutyStatus
from agencies.models import ReleaseDuty


def in_state(duties: QuerySet[ReleaseDuty], state: str, today: date) -> QuerySet[ReleaseDuty]:
    """`late`, `due` (not late) or `done`; anything else leaves the duties as they are."""
    return {
        "late": duties.filter(status=DutyStatus.DUE, due_on__lt=today),
        "due": duties.filter(status=DutyStatus.DUE, due_on__gte=today),
        "done": duties.filter(status=DutyStatus.DONE).order_by("-done_at", "-pk"),
    }.get(state, duties)


def count_states(duties: QuerySet[ReleaseDuty], today: date) -> dict[str, int]:
    """How many are late, due, done and altogether, in one query."""
    return duties.order_by().aggregate(
        late=Count("pk", filter=Q(status=DutyStatus.DUE, due_on__lt=today)),
        due=Count("pk", filter=Q(status=DutyStatus.DUE, due_on__gte=today)),
        done=Count("pk", filter=Q(status=DutyStatus.DONE)),
        all=Count("pk"),
    )
