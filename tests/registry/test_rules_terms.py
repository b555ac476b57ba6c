"""Terms of the law, table by table (法释〔2017〕7号 arts. 2 and 10)."""

from datetime import date, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import terms
from registry.rules.types import Circumstance, ExitGround

C = Circumstance
TODAY = date(2026, 11, 20)
DECIDED = date(2025, 5, 1)
ENDS = date(2027, 5, 1)
DAY = timedelta(days=1)
WITH_TERM = [C.OBSTRUCTS, C.EVADES, C.ASSET_REPORT_BREACH, C.CONSUMPTION_ORDER_BREACH, C.SETTLEMENT_REFUSED]
SETS = [set(each) for n in range(4) for each in combinations(C, n)]


@pytest.mark.parametrize("circumstances", SETS, ids=lambda found: "+".join(sorted(found)) or "none")
def test_circumstances_two_to_six_have_a_term_and_one_has_none(circumstances: set[C]) -> None:
    expected = any(each in WITH_TERM for each in circumstances)
    assert terms.has_term(circumstances) is expected
    assert terms.term_end(circumstances, DECIDED) == (ENDS if expected else None)
    assert terms.term_end(circumstances, DECIDED, 3) == (date(2030, 5, 1) if expected else None)


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2024, 2, 29), 2, date(2026, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2028, 12, 31)),
    ],
)
def test_a_year_ends_on_the_corresponding_day_or_at_the_months_end(start: date, years: int, end: date) -> None:
    assert terms.years_later(start, years) == end


@given(st.dates(date(2013, 10, 1), date(2090, 1, 1)), st.integers(0, 3))
def test_a_term_is_never_longer_than_five_years(start: date, extension: int) -> None:
    end = terms.term_end(["evades"], start, extension)
    assert end is not None
    assert timedelta(days=730) <= end - start <= timedelta(days=5 * 366)
    assert (end.month, end.day) in {(start.month, start.day), (2, 28)}


STATES = {
    "no term": (None, {C.ABLE_BUT_REFUSES}),
    "term of another circumstance": (ENDS, {C.EVADES}),
    "term beside circumstance one": (ENDS, {C.ABLE_BUT_REFUSES, C.OBSTRUCTS}),
    "term of an old wording": (ENDS, {C.LEGACY_OTHER}),
    "term without circumstance": (ENDS, set()),
    "last day": (TODAY, {C.EVADES}),
    "over": (TODAY - DAY, {C.EVADES}),
    "term of circumstance one alone": (ENDS, {C.ABLE_BUT_REFUSES}),
}
RUNNING = {
    "term of another circumstance",
    "term beside circumstance one",
    "term of an old wording",
    "term without circumstance",
    "last day",
}
HELD = {
    ExitGround.PERFORMED, ExitGround.SETTLEMENT_PERFORMED, ExitGround.CREDITOR_REQUEST, ExitGround.NO_ASSETS_FOUND,
    ExitGround.RETRIAL_OR_BANKRUPTCY, ExitGround.NON_ENFORCEMENT, ExitGround.TERMINATED, ExitGround.TERM_EXPIRED,
}  # fmt: skip


@pytest.mark.parametrize(("ground", "state", "in_effect"), list(product(ExitGround, STATES, (True, False))))
def test_every_ground_meets_every_term(ground: ExitGround, state: str, in_effect: bool) -> None:
    ends, circumstances = STATES[state]
    refusal = terms.may_leave(ground, term_ends_on=ends, circumstances=circumstances, today=TODAY, in_effect=in_effect)
    if ground in HELD and state in RUNNING and in_effect:
        assert refusal is not None and refusal.code == "term_still_runs"
        assert "第十条第二款" in refusal.detail and "由法院决定提前删除" in refusal.detail
    elif ground is ExitGround.EARLY_REMOVAL and circumstances == {C.ABLE_BUT_REFUSES}:
        assert refusal is not None and refusal.code == "no_term"
    else:
        assert refusal is None


@pytest.mark.parametrize(
    ("years", "circumstances", "decided", "ends", "code"),
    [
        *((years, {C.OBSTRUCTS}, DECIDED, ENDS, None) for years in (1, 2, 3)),
        *((years, {C.OBSTRUCTS}, DECIDED, ENDS, "years_unknown") for years in (-1, 0, 4)),
        (1, {C.EVADES}, DECIDED, ENDS, "not_extendable"),
        (1, {C.EVADES, C.LEGACY_OTHER}, DECIDED, ENDS, "not_extendable"),
        (1, {C.EVADES, C.ABLE_BUT_REFUSES}, DECIDED, ENDS, None),
        (1, {C.EVADES, C.SETTLEMENT_REFUSED}, DECIDED, ENDS, None),
        (1, {C.ABLE_BUT_REFUSES}, DECIDED, ENDS, "no_term"),
        (1, {C.OBSTRUCTS}, DECIDED, None, "no_term"),
        (1, set(), DECIDED, ENDS, "no_term"),
        (1, {C.OBSTRUCTS}, None, ENDS, "decision_day_missing"),
        (1, {C.OBSTRUCTS}, DECIDED, TODAY, None),
        (1, {C.OBSTRUCTS}, DECIDED, TODAY - DAY, "term_over"),
        (1, {C.OBSTRUCTS}, DECIDED, date(2029, 5, 1), None),
        (2, {C.OBSTRUCTS}, DECIDED, date(2029, 5, 1), "term_too_long"),
        (1, {C.OBSTRUCTS}, DECIDED, date(2030, 5, 1), "term_too_long"),
    ],
)
def test_who_may_be_held_longer(
    years: int, circumstances: set[C], decided: date | None, ends: date | None, code: str | None
) -> None:
    refusal = terms.may_extend(years, circumstances=circumstances, decided_on=decided, term_ends_on=ends, today=TODAY)
    assert (refusal.code if refusal else None) == code
    if refusal:
        assert refusal.detail.endswith("。")


@pytest.mark.parametrize(
    ("circumstances", "decided", "ends", "faulty"),
    [
        ({C.ABLE_BUT_REFUSES}, DECIDED, ENDS, True),
        ({C.ABLE_BUT_REFUSES}, DECIDED, None, False),
        ({C.EVADES}, DECIDED, ENDS, False),
        ({C.EVADES}, DECIDED, ENDS - DAY, False),
        ({C.EVADES}, DECIDED, ENDS + DAY, True),
        ({C.EVADES}, DECIDED, ENDS - 2 * DAY, True),
        ({C.EVADES}, DECIDED, date(2028, 4, 30), False),
        ({C.EVADES}, DECIDED, date(2028, 11, 1), False),
        ({C.EVADES}, DECIDED, date(2030, 5, 1), False),
        ({C.EVADES}, DECIDED, date(2030, 5, 2), True),
        ({C.EVADES}, None, ENDS, False),
        ({C.EVADES}, DECIDED, DECIDED, False),  # said as date_order
        (set(), DECIDED, date(2099, 1, 1), False),
        ({C.LEGACY_OTHER}, DECIDED, date(2099, 1, 1), False),
        ({C.EVADES}, DECIDED, None, False),
    ],
)
def test_a_stated_term_is_held_against_the_rule(
    circumstances: set[C], decided: date | None, ends: date | None, faulty: bool
) -> None:
    fault = terms.stated_term_fault(circumstances, decided, ends)
    assert (fault is not None) is faulty
    if fault and C.EVADES in circumstances:
        assert "2027-05-01" in fault[1]
