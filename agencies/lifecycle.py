"""Which state an enforcement and a release duty may move to."""

from agencies.choices import DutyStatus, EnforcementStatus, RecallStatus
from core.errors import IllegalMove

ENFORCEMENT_MOVES: dict[EnforcementStatus, frozenset[EnforcementStatus]] = {
    EnforcementStatus.IN_FORCE: frozenset({EnforcementStatus.RELEASED, EnforcementStatus.RETAINED}),
    EnforcementStatus.RETAINED: frozenset({EnforcementStatus.RELEASED}),
    EnforcementStatus.RELEASED: frozenset(),
    EnforcementStatus.NOT_APPLIED: frozenset(),
}
DUTY_MOVES: dict[DutyStatus, frozenset[DutyStatus]] = {
    DutyStatus.DUE: frozenset({DutyStatus.DONE}),
    DutyStatus.DONE: frozenset(),
}
RECALL_MOVES: dict[RecallStatus, frozenset[RecallStatus]] = {
    RecallStatus.TOLD: frozenset({RecallStatus.ACKNOWLEDGED}),
    RecallStatus.ACKNOWLEDGED: frozenset(),
}


def may_move_enforcement(current: str, wanted: str) -> bool:
    """Whether the table allows the move; a status never moves to itself."""
    return EnforcementStatus(wanted) in ENFORCEMENT_MOVES[EnforcementStatus(current)]


def require_enforcement_move(current: str, wanted: str) -> None:
    """Raise IllegalMove unless the table allows the move."""
    if not may_move_enforcement(current, wanted):
        raise IllegalMove(f"“{EnforcementStatus(current).label}”的执行不能变为“{EnforcementStatus(wanted).label}”。")


def require_duty_move(current: str, wanted: str) -> None:
    """Raise IllegalMove unless the table allows the move: a duty is done once."""
    if DutyStatus(wanted) not in DUTY_MOVES[DutyStatus(current)]:
        raise IllegalMove("这项解除任务已经办结。")


def require_recall_move(current: str, wanted: str) -> None:
    """Raise IllegalMove unless the table allows the move: a recall is acknowledged once."""
    if RecallStatus(wanted) not in RECALL_MOVES[RecallStatus(current)]:
        raise IllegalMove("这份撤销通知已经确认。")
