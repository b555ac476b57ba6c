"""The table of acts, whole: every act in every state, and the moves that follow."""

from itertools import product

import pytest

from core.errors import IllegalMove
from registry.choices import ListingStatus as S
from registry.lifecycle import ACTS, ENDED, LIVE, MOVES, Act, may_act, require_act

LEGAL = {
    (S.PENDING, Act.ACTIVATE): S.ACTIVE,
    (S.PENDING, Act.CORRECT): None,
    (S.PENDING, Act.SHIELD): S.SHIELDED,
    (S.PENDING, Act.REVOKE): S.REVOKED,
    (S.ACTIVE, Act.SUSPEND): S.SUSPENDED,
    (S.ACTIVE, Act.CORRECT): None,
    (S.ACTIVE, Act.EXTEND): None,
    (S.ACTIVE, Act.SHIELD): S.SHIELDED,
    (S.ACTIVE, Act.REVOKE): S.REVOKED,
    (S.ACTIVE, Act.EXPIRE): S.EXPIRED,
    (S.SUSPENDED, Act.RESUME): S.ACTIVE,
    (S.SUSPENDED, Act.CORRECT): None,
    (S.SUSPENDED, Act.EXTEND): None,
    (S.SUSPENDED, Act.SHIELD): S.SHIELDED,
    (S.SUSPENDED, Act.REVOKE): S.REVOKED,
    (S.SUSPENDED, Act.EXPIRE): S.EXPIRED,
}


@pytest.mark.parametrize(("status", "act"), list(product(S, Act)))
def test_exactly_the_legal_acts_are_allowed(status: S, act: Act) -> None:
    assert may_act(status, act) is ((status, act) in LEGAL)
    if (status, act) in LEGAL:
        require_act(status.value, act)
        assert ACTS[act][1] is LEGAL[status, act]
    else:
        with pytest.raises(IllegalMove) as refused:
            require_act(status.value, act)
        assert status.label in refused.value.detail


@pytest.mark.parametrize(("current", "wanted"), list(product(S, S)))
def test_exactly_the_legal_moves_follow(current: S, wanted: S) -> None:
    assert (wanted in MOVES[current]) is any(to is wanted for (status, _), to in LEGAL.items() if status is current)


def test_live_listings_are_those_that_can_still_move() -> None:
    assert set(LIVE) == {S.PENDING, S.ACTIVE, S.SUSPENDED}
    assert set(ENDED) == {S.SHIELDED, S.REVOKED, S.EXPIRED}
    assert not any(may_act(status, act) for status in ENDED for act in Act)
