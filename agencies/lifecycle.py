"""Which state an enforcement and a release duty may move to."""

from agencies.choices import DutyStatus, EnforcementStatus
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
