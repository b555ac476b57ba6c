"""The table of legal moves, whole."""

from itertools import product

import pytest

from core.errors import IllegalMove
from registry.choices import ListingStatus as S
from registry.lifecycle import LIVE, may_move, require_move

LEGAL = {
    (S.PENDING, S.ACTIVE), (S.PENDING, S.SHIELDED), (S.PENDING, S.REVOKED),
    (S.ACTIVE, S.SUSPENDED), (S.ACTIVE, S.SHIELDED), (S.ACTIVE, S.REVOKED), (S.ACTIVE, S.EXPIRED),
    (S.SUSPENDED, S.ACTIVE), (S.SUSPENDED, S.SHIELDED), (S.SUSPENDED, S.REVOKED), (S.SUSPENDED, S.EXPIRED),
}  # fmt: skip


@pytest.mark.parametrize(("current", "wanted"), list(product(S, S)))
def test_exactly_the_legal_moves_are_allowed(current: S, wanted: S) -> None:
    assert may_move(current, wanted) is ((current, wanted) in LEGAL)
    if (current, wanted) in LEGAL:
        require_move(current.value, wanted.value)
    else:
        with pytest.raises(IllegalMove):
            require_move(current.value, wanted.value)


def test_live_listings_are_those_that_can_still_move() -> None:
    assert set(LIVE) == {S.PENDING, S.ACTIVE, S.SUSPENDED}
