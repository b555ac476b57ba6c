"""Which state a listing may move to (domain.md §1, the entry state machine)."""

from core.errors import IllegalMove
from registry.choices import ListingStatus

MOVES: dict[ListingStatus, frozenset[ListingStatus]] = {
    ListingStatus.PENDING: frozenset({ListingStatus.ACTIVE, ListingStatus.SHIELDED, ListingStatus.REVOKED}),
    ListingStatus.ACTIVE: frozenset(
        {ListingStatus.SUSPENDED, ListingStatus.SHIELDED, ListingStatus.REVOKED, ListingStatus.EXPIRED}
    ),
    ListingStatus.SUSPENDED: frozenset(
        {ListingStatus.ACTIVE, ListingStatus.SHIELDED, ListingStatus.REVOKED, ListingStatus.EXPIRED}
    ),
    ListingStatus.SHIELDED: frozenset(),
    ListingStatus.REVOKED: frozenset(),
    ListingStatus.EXPIRED: frozenset(),
}
LIVE = frozenset(status for status, onward in MOVES.items() if onward)


def may_move(current: str, wanted: str) -> bool:
    """Whether the table allows the move; a status never moves to itself."""
    return ListingStatus(wanted) in MOVES[ListingStatus(current)]


def require_move(current: str, wanted: str) -> None:
    """Raise IllegalMove unless the table allows the move (a re-listing is a new listing, never a move back)."""
    if not may_move(current, wanted):
        raise IllegalMove(f"“{ListingStatus(current).label}”的条目不能变为“{ListingStatus(wanted).label}”。")


def require_local(source_id: int | None) -> None:
    """Raise IllegalMove `mirrored` for a listing that another platform keeps: it is changed there and follows here."""
    if source_id is not None:
        raise IllegalMove("该条目由上级平台同步而来，只能在上级平台办理，结果会自动同步。", code="mirrored")
