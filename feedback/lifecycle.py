"""Which state a report may move to."""

from core.errors import IllegalMove
from feedback.choices import ReportStatus

MOVES: dict[ReportStatus, frozenset[ReportStatus]] = {
    ReportStatus.DRAFT: frozenset({ReportStatus.SUBMITTED}),
    ReportStatus.SUBMITTED: frozenset({ReportStatus.RETURNED, ReportStatus.ACCEPTED}),
    ReportStatus.RETURNED: frozenset({ReportStatus.SUBMITTED}),
    ReportStatus.ACCEPTED: frozenset(),
}


def require_move(current: str, wanted: str) -> None:
    """Raise IllegalMove unless the table allows the move."""
    if ReportStatus(wanted) not in MOVES[ReportStatus(current)]:
        raise IllegalMove(f"“{ReportStatus(current).label}”的报告不能变为“{ReportStatus(wanted).label}”。")
