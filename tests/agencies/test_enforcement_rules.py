"""The rulebook of recording and keeping, exhaustively."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.choices import DutyStatus, EnforcementStatus
from agencies.lifecycle import may_move_enforcement, require_duty_move, require_enforcement_move
from agencies.rules.enforcement import Proposal, RetentionProposal, refusals, retention_refusals
from core.errors import IllegalMove
from registry.choices import ListingStatus

DAY = date(2026, 11, 20)
SOUND = Proposal(
    decision="applied",
    reason="",
    document_number="莱财采〔2026〕1号",
    effective_from=DAY,
    effective_to=None,
    listing_status="active",
)
KEPT = RetentionProposal(
    legal_basis="《公务员法》第二十六条", until=DAY + timedelta(days=1), today=DAY, listing_status="shielded"
)


def codes(act):
    return [refusal.code for refusal in refusals(act)]


def test_a_sound_act_is_not_refused():
    assert codes(SOUND) == []


OF_STATUS = {
    ListingStatus.PENDING: ["listing_pending"],
    ListingStatus.ACTIVE: [],
    ListingStatus.SUSPENDED: ["listing_suspended"],
    ListingStatus.SHIELDED: ["listing_ended"],
    ListingStatus.REVOKED: ["listing_ended"],
    ListingStatus.EXPIRED: ["listing_ended"],
}
FLAGS = list(product([True, False], repeat=5))


@pytest.mark.parametrize("status", ListingStatus)
def test_a_term_that_is_over_ends_an_active_listing_and_changes_no_other(status):
    applied = replace(SOUND, listing_status=status, is_term_over=True)
    assert codes(applied) == (OF_STATUS[status] or ["listing_ended"])


def expected(status, bound, incentive, review, in_force, reached):
    found = ["measure_is_incentive"] * incentive + ["measure_not_binding"] * (not bound)
    found += OF_STATUS[status]
    found += ["measure_not_in_force"] * (not in_force)
    found += ["measure_under_review"] * review
    return found + ["measure_does_not_reach_party"] * (not reached)


@pytest.mark.parametrize("status", ListingStatus)
@pytest.mark.parametrize(("bound", "incentive", "review", "in_force", "reached"), FLAGS)
def test_applied_needs_everything_to_be_right(status, bound, incentive, review, in_force, reached):
    act = replace(
        SOUND,
        listing_status=status,
        is_bound=bound,
        is_incentive=incentive,
        is_under_review=review,
        is_in_force=in_force,
        reaches_party=reached,
    )
    assert codes(act) == expected(status, bound, incentive, review, in_force, reached)


@pytest.mark.parametrize("status", ListingStatus)
@pytest.mark.parametrize(("bound", "incentive", "review", "in_force", "reached"), FLAGS)
def test_not_applied_needs_only_a_bound_measure_that_is_no_incentive(
    status, bound, incentive, review, in_force, reached
):
    act = replace(
        SOUND,
        decision="not_applied",
        reason="正在核实",
        document_number="",
        effective_from=None,
        listing_status=status,
        is_bound=bound,
        is_incentive=incentive,
        is_under_review=review,
        is_in_force=in_force,
        reaches_party=reached,
    )
    assert codes(act) == ["measure_is_incentive"] * incentive + ["measure_not_binding"] * (not bound)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"document_number": ""}, "document_number_required", "document_number"),
        ({"effective_from": None}, "effective_from_required", "effective_from"),
        ({"effective_to": DAY - timedelta(days=1)}, "effective_to_before_from", "effective_to"),
        ({"decision": "not_applied"}, "reason_required", "reason"),
    ],
)
def test_what_is_typed_is_refused_beside_its_field(changes, code, field):
    found = refusals(replace(SOUND, **changes))
    assert [(refusal.code, refusal.field) for refusal in found] == [(code, field)]


def test_an_act_may_end_on_the_day_it_begins():
    assert codes(replace(SOUND, effective_to=DAY)) == []


@given(st.dates(), st.dates())
def test_an_act_never_ends_before_it_begins(begins, ends):
    found = codes(replace(SOUND, effective_from=begins, effective_to=ends))
    assert found == (["effective_to_before_from"] if ends < begins else [])


@pytest.mark.parametrize("status", ListingStatus)
@pytest.mark.parametrize("basis", ["", "《公务员法》第二十六条"])
@pytest.mark.parametrize("until", [None, DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)])
def test_a_measure_is_kept_only_with_a_basis_and_an_end_ahead(status, basis, until):
    found = [
        refusal.code
        for refusal in retention_refusals(replace(KEPT, legal_basis=basis, until=until, listing_status=status))
    ]
    wanted = ["listing_revoked"] * (status == ListingStatus.REVOKED) + ["legal_basis_required"] * (not basis)
    if until is None:
        wanted.append("until_required")
    elif until <= DAY:
        wanted.append("until_not_ahead")
    assert found == wanted


LEGAL = {("in_force", "released"), ("in_force", "retained"), ("retained", "released")}


@pytest.mark.parametrize(("current", "wanted"), list(product(EnforcementStatus.values, repeat=2)))
def test_an_enforcement_moves_only_as_the_table_says(current, wanted):
    assert may_move_enforcement(current, wanted) == ((current, wanted) in LEGAL)
    if (current, wanted) not in LEGAL:
        with pytest.raises(IllegalMove):
            require_enforcement_move(current, wanted)


@pytest.mark.parametrize(("current", "wanted"), list(product(DutyStatus.values, repeat=2)))
def test_a_duty_is_done_once(current, wanted):
    if (current, wanted) == ("due", "done"):
        require_duty_move(current, wanted)
    else:
        with pytest.raises(IllegalMove):
            require_duty_move(current, wanted)
