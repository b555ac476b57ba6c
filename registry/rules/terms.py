"""How long a listing lasts, when its term may be extended, on which ground it may leave (法释〔2017〕7号 arts. 2, 10).

Days are whole days in Beijing. A term's last day still counts: the listing ends the day after.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from registry.rules.types import Circumstance, ExitGround

LISTED = "法释〔2017〕7号"
TERM_YEARS = 2  # art. 2 para. 1
EXTENSIONS = (1, 2, 3)  # years, art. 2 para. 1
LONGEST_YEARS = TERM_YEARS + EXTENSIONS[-1]

WITH_TERM = frozenset(
    {
        Circumstance.OBSTRUCTS,
        Circumstance.EVADES,
        Circumstance.ASSET_REPORT_BREACH,
        Circumstance.CONSUMPTION_ORDER_BREACH,
        Circumstance.SETTLEMENT_REFUSED,
    }
)
# Art. 10 para. 1 (1)-(7). Para. 2: they do not apply to a listing with a term.
ARTICLE_10 = frozenset(
    {
        ExitGround.PERFORMED,
        ExitGround.SETTLEMENT_PERFORMED,
        ExitGround.CREDITOR_REQUEST,
        ExitGround.NO_ASSETS_FOUND,
        ExitGround.RETRIAL_OR_BANKRUPTCY,
        ExitGround.NON_ENFORCEMENT,
        ExitGround.TERMINATED,
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not be done: a stable code, the sentence that names the rule, and the field it concerns."""

    code: str
    detail: str
    field: str = ""


def has_term(circumstances: Collection[str]) -> bool:
    """Circumstances (2)-(6) carry a term; (1) alone has none and ends through art. 10."""
    return bool(WITH_TERM & set(circumstances))


def term_end(circumstances: Collection[str], decided_on: date, extension_years: int = 0) -> date | None:
    """The last day of the term: two years from the decision and what it was extended by; None where there is none."""
    return years_later(decided_on, TERM_YEARS + extension_years) if has_term(circumstances) else None


def term_runs(circumstances: Collection[str], term_ends_on: date | None, today: date) -> bool:
    """Whether a term binds today. A term stated for circumstance (1) alone binds nobody: the law gives it none."""
    return term_ends_on is not None and term_ends_on >= today and set(circumstances) != {Circumstance.ABLE_BUT_REFUSES}


def may_leave(
    ground: str, *, term_ends_on: date | None, circumstances: Collection[str], today: date, in_effect: bool = True
) -> Refusal | None:
    """Whether a listing may leave the list on this ground; None where it may.

    While a term runs, performance and the other grounds of art. 10 para. 1 do not end the listing: the court may
    decide its early removal (art. 2 para. 2). A listing that never took effect (`in_effect` false) is held by none.
    """
    runs = in_effect and term_runs(circumstances, term_ends_on, today)
    if runs and ground in ARTICLE_10 | {ExitGround.TERM_EXPIRED}:
        return Refusal(
            "term_still_runs",
            f"该条目的纳入期限到{term_ends_on}才届满。有期限的条目不因履行完毕自动退出（{LISTED}第十条第二款），"
            "由法院决定提前删除：请选“积极履行或主动纠正，决定提前删除”（第二条第二款）。",
            "ground",
        )
    if ground == ExitGround.EARLY_REMOVAL and set(circumstances) == {Circumstance.ABLE_BUT_REFUSES}:
        return Refusal(
            "no_term",
            f"仅因有履行能力而拒不履行被纳入的，没有纳入期限，不适用提前删除；请按{LISTED}第十条第一款选择原因。",
            "ground",
        )
    return None


def may_extend(
    years: int, *, circumstances: Collection[str], decided_on: date | None, term_ends_on: date | None, today: date
) -> Refusal | None:
    """Whether a running term may be extended by so many years; None where it may.

    Art. 2 para. 1: where violence or threats obstruct enforcement and the case is serious, or there are several
    defaults, by one to three years. Whether the case is serious is for the court to say in its decision.
    """
    if years not in EXTENSIONS:
        return Refusal("years_unknown", f"可以延长一年至三年（{LISTED}第二条第一款）。", "years")
    if term_ends_on is None or not has_term(circumstances):
        return Refusal("no_term", f"该条目没有纳入期限，不能延长（{LISTED}第二条第一款）。")
    if term_ends_on < today:
        return Refusal("term_over", f"纳入期限已于{term_ends_on}届满，不能再延长（{LISTED}第十条第二款）。")
    if Circumstance.OBSTRUCTS not in circumstances and len(set(circumstances) & DEFAULTS) < 2:
        return Refusal(
            "not_extendable",
            f"以暴力、威胁方法妨碍、抗拒执行情节严重，或者有多项失信行为的，才可以延长（{LISTED}第二条第一款）。",
        )
    if decided_on is None:
        return Refusal("decision_day_missing", "决定日期没有记载，无法计算期限；请先更正决定日期。")
    if extended_end(term_ends_on, years) > years_later(decided_on, LONGEST_YEARS):
        return Refusal(
            "term_too_long",
            f"延长总共不超过三年：期限最迟到{years_later(decided_on, LONGEST_YEARS)}（{LISTED}第二条第一款）。",
            "years",
        )
    return None


DEFAULTS = frozenset(Circumstance) - {Circumstance.LEGACY_OTHER}


def extended_end(term_ends_on: date, years: int) -> date:
    """The new last day of an extended term."""
    return years_later(term_ends_on, years)


def stated_term_fault(
    circumstances: Collection[str], decided_on: date | None, term_ends_on: date | None
) -> tuple[str, str] | None:
    """A stated term that the rule does not give: (sentence, suggestion); None where it fits or nothing can be said.

    Fits: two years from the decision, or three to five years; a day less is how some courts count.
    """
    if term_ends_on is None:
        return None
    if set(circumstances) == {Circumstance.ABLE_BUT_REFUSES}:
        return (
            f"仅因有履行能力而拒不履行被纳入的，没有纳入期限（{LISTED}第二条），所填期限不作数。",
            "请删去期限届满日，或补报其他失信情形",
        )
    if decided_on is None or term_ends_on <= decided_on or not has_term(circumstances):
        return None
    usual = years_later(decided_on, TERM_YEARS)
    day = timedelta(days=1)
    is_usual = usual - day <= term_ends_on <= usual
    is_extended = (
        years_later(decided_on, TERM_YEARS + 1) - day <= term_ends_on <= years_later(decided_on, LONGEST_YEARS)
    )
    if is_usual or is_extended:
        return None
    return (
        f"期限为自决定之日起二年，可以延长一年至三年（{LISTED}第二条第一款），所填期限届满日与此不符。",
        f"按二年计算，期限届满日应为{usual}",
    )


def years_later(day: date, years: int) -> date:
    """The corresponding day, or the month's last day where there is none (29 February)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
