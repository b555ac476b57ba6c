"""Which act may be done to a listing in which state, and which state it leads to (domain.md §1, entry state machine).

The table of acts is the law; the table of moves follows from it.
"""

from enum import StrEnum

from core.errors import IllegalMove
from registry.choices import ListingStatus

PENDING, ACTIVE, SUSPENDED = ListingStatus.PENDING, ListingStatus.ACTIVE, ListingStatus.SUSPENDED


class Act(StrEnum):
    """What can be done to a listing. A re-listing is a new listing, never an act on the old one."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    CORRECT = "correct"
    EXTEND = "extend"
    SHIELD = "shield"
    REVOKE = "revoke"
    EXPIRE = "expire"


# act: (states in which it may be done, state it leads to; None leaves the state as it is)
ACTS: dict[Act, tuple[frozenset[ListingStatus], ListingStatus | None]] = {
    Act.ACTIVATE: (frozenset({PENDING}), ACTIVE),
    Act.SUSPEND: (frozenset({ACTIVE}), SUSPENDED),
    Act.RESUME: (frozenset({SUSPENDED}), ACTIVE),
    Act.CORRECT: (frozenset({PENDING, ACTIVE, SUSPENDED}), None),
    Act.EXTEND: (frozenset({ACTIVE, SUSPENDED}), None),
    Act.SHIELD: (frozenset({PENDING, ACTIVE, SUSPENDED}), ListingStatus.SHIELDED),
    Act.REVOKE: (frozenset({PENDING, ACTIVE, SUSPENDED}), ListingStatus.REVOKED),
    Act.EXPIRE: (frozenset({ACTIVE, SUSPENDED}), ListingStatus.EXPIRED),
}
MOVES: dict[ListingStatus, frozenset[ListingStatus]] = {
    status: frozenset(to for states, to in ACTS.values() if to is not None and status in states)
    for status in ListingStatus
}
LIVE = frozenset(status for status, onward in MOVES.items() if onward)
ENDED = frozenset(ListingStatus) - LIVE

_VERBS = {
    Act.RESUME: "恢复措施",
    Act.CORRECT: "更正",
    Act.EXTEND: "延长期限",
}


def may_act(status: str, act: Act) -> bool:
    """Whether the table allows the act in this state."""
    return ListingStatus(status) in ACTS[act][0]


def require_local(source_id: int | None) -> None:
    """Raise IllegalMove `mirrored` for a listing that another platform keeps: it is changed there and follows here."""
    if source_id is not None:
        raise IllegalMove("该条目由上级平台同步而来，只能在上级平台办理，结果会自动同步。", code="mirrored")


def require_act(status: str, act: Act) -> None:
    """Raise IllegalMove unless the table allows the act in this state."""
    if may_act(status, act):
        return
    now, to = ListingStatus(status).label, ACTS[act][1]
    if act in _VERBS:
        raise IllegalMove(f"“{now}”的条目不能{_VERBS[act]}。")
    raise IllegalMove(f"“{now}”的条目不能变为“{ListingStatus(to).label if to else ''}”。")
