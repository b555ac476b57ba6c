"""Who may do what to a batch, whole lists, unusual sizes, reversals: every case of the rules' tables."""

import itertools
from datetime import date, timedelta

import pytest

from registry.choices import BatchStatus, ReversalRefusal
from registry.rules import snapshot, unusual
from registry.rules.batch_acts import Act, Denial, denial
from registry.rules.reversal import (
    CORRECTED,
    KINDS,
    LISTED,
    REVOKED,
    RULES,
    SHIELDED,
    ChangeFacts,
    Refusal,
    is_reversible,
    is_too_old,
    refusal,
)
from registry.rules.snapshot import Snapshot, SnapshotRefusal
from registry.rules.unusual import Size, Unusual

OPEN = {
    Act.APPROVE: {"previewed"},
    Act.REFUSE: {"previewed"},
    Act.CANCEL: {"queued", "reading", "previewed"},
    Act.CONFIRM: {"previewed"},
    Act.REVERSE: {"applied"},
}
# act → what the uploader (clerk or reviewer), another clerk, another reviewer get before the state is looked at
PEOPLE = {
    Act.APPROVE: (Denial.FOUR_EYES, Denial.FOUR_EYES, Denial.ROLE_REQUIRED, None),
    Act.REFUSE: (None, None, Denial.ROLE_REQUIRED, None),
    Act.CANCEL: (None, None, Denial.ROLE_REQUIRED, None),
    Act.CONFIRM: (None, None, Denial.NOT_UPLOADER, Denial.NOT_UPLOADER),
    Act.REVERSE: (Denial.FOUR_EYES, Denial.FOUR_EYES, Denial.ROLE_REQUIRED, None),
}
WHO = ((True, "clerk"), (True, "reviewer"), (False, "clerk"), (False, "reviewer"))


@pytest.mark.parametrize(("act", "who", "status"), list(itertools.product(Act, range(4), BatchStatus.values)))
def test_every_act_by_everybody_in_every_state(act, who, status):
    is_uploader, role = WHO[who]
    expected = PEOPLE[act][who]
    if expected is None and status not in OPEN[act]:
        expected = Denial.ILLEGAL_MOVE
    assert denial(act, is_uploader=is_uploader, role=role, status=status) is expected


# --- whole lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "live", "needed"),
    [
        (0, 0, False), (0, 100, False), (1, 100, False), (5, 100, False), (6, 100, True), (1, 20, False), (1, 19, True),
        (50, 1_000, False), (51, 1_000, True), (1, 0, True), (10, 10, True),
    ],
)  # fmt: skip
def test_more_than_a_twentieth_of_the_list_needs_confirmation(missing, live, needed):
    assert snapshot.needs_confirmation(missing=missing, live=live) is needed


@pytest.mark.parametrize(
    ("is_snapshot", "unreadable", "much", "is_confirmed", "typed"),
    list(itertools.product((False, True), (0, 1), (False, True), (False, True), (None, 10, 11))),
)
def test_when_a_batch_may_be_approved(is_snapshot, unreadable, much, is_confirmed, typed):
    facts = Snapshot(is_snapshot, 10, unreadable, 100, 6 if much else 5, is_confirmed)
    expected: SnapshotRefusal | None
    if is_snapshot and unreadable:
        expected = SnapshotRefusal.UNREADABLE_ROWS
    elif is_snapshot and much and not is_confirmed:
        expected = SnapshotRefusal.CONFIRMATION_NEEDED
    elif is_snapshot and much and typed is None:
        expected = SnapshotRefusal.ROWS_NEEDED
    else:
        expected = SnapshotRefusal.ROWS_MISMATCH if typed == 11 else None
    assert snapshot.refusal(facts, typed) is expected


# --- unusual ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "usual", "ending", "missing", "live", "found"),
    [
        (5, None, 0, 0, 0, ()),
        (1_000_000, None, 0, 0, 0, ()),  # the first batch is no more unusual than any other
        (20, 1, 0, 0, 0, ()),
        (21, 1, 0, 0, 0, (Unusual.MANY_ROWS,)),
        (300, 100, 0, 0, 1_000, ()),
        (301, 100, 0, 0, 1_000, (Unusual.MANY_ROWS,)),
        (100, 100, 19, 0, 19, ()),
        (100, 100, 20, 0, 100, ()),
        (100, 100, 20, 0, 99, (Unusual.ENDS_MUCH,)),
        (100, 100, 0, 5, 100, ()),
        (100, 100, 0, 6, 100, (Unusual.MUCH_MISSING,)),
        (100, 100, 10, 11, 100, (Unusual.ENDS_MUCH, Unusual.MUCH_MISSING)),
        (400, 100, 50, 50, 100, (Unusual.MANY_ROWS, Unusual.ENDS_MUCH, Unusual.MUCH_MISSING)),
    ],
)
def test_what_is_unusual(rows, usual, ending, missing, live, found):
    assert unusual.reasons(Size(rows, usual, ending, missing, live)) == found


@pytest.mark.parametrize(
    ("sizes", "middle"), [([], None), ([7], 7), ([9, 1], 9), ([3, 1, 2], 2), ([4, 1, 3, 2], 3), ([1] * 9 + [90], 1)]
)
def test_the_usual_size_is_the_middle_one(sizes, middle):
    assert unusual.median(sizes) == middle


# --- reversal ---------------------------------------------------------------------------------------------------------

FACTS = [each.value for each in Refusal]
STANDS_IN_THE_WAY = {  # kind → what does, the first first
    LISTED: ["changed_since"],
    CORRECTED: ["changed_since", "identity_completed", "not_kept"],
    SHIELDED: ["changed_since", "lives_again", "was_pending", "term_over", "not_kept"],
    REVOKED: ["changed_since", "lives_again", "was_pending", "term_over", "not_kept"],
}


CHANGES = list(itertools.product(sorted(KINDS), itertools.product((False, True), repeat=6)))


@pytest.mark.parametrize(("kind", "facts"), CHANGES)
def test_every_change_meets_every_circumstance(kind, facts):
    given = dict(zip(FACTS, facts, strict=True))
    expected = next((name for name in STANDS_IN_THE_WAY[kind] if given[name]), None)
    assert refusal(ChangeFacts(kind, **given)) == expected


def test_every_refusal_has_a_rule_and_words():
    assert {rule.refusal for rule in RULES} == set(Refusal)
    assert ReversalRefusal.values == [each.value for each in Refusal]


@pytest.mark.parametrize(("days", "refusals", "may"), [
    (0, [None], True), (365, [None, Refusal.CHANGED_SINCE], True), (366, [None], False),
    (0, [Refusal.CHANGED_SINCE], False), (0, [], False),
])  # fmt: skip
def test_a_batch_goes_back_within_a_year_when_anything_of_it_does(days, refusals, may):
    applied = date(2026, 1, 1)
    assert is_reversible(applied, applied + timedelta(days=days), refusals) is may
    assert is_too_old(applied, applied + timedelta(days=days)) is (days > 365)
