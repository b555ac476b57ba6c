"""The remedies against a listing: which steps they take, which clocks run, what an outcome does.

Sources: 法释〔2017〕7号 arts. 9-12 (national); 002 §四(二)3-6, 004 §四(二)3-4 (local). Days are counted elsewhere
(`core.calendar` through `registry.services.deadlines`); here only which limit starts on which day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RemedyKind(StrEnum):
    OBJECTION = "objection"
    RECONSIDERATION = "reconsideration"
    EXIT_REQUEST = "exit_request"
    REPAIR = "repair"


class RemedyStatus(StrEnum):
    """All states of all remedies; which of them a kind knows stands in `MOVES`."""

    RECEIVED = "received"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    FILED = "filed"
    UPHELD = "upheld"
    REJECTED = "rejected"
    DISMISSED = "dismissed"
    GRANTED = "granted"
    REFUSED = "refused"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


S = RemedyStatus
_RULED = frozenset({S.UPHELD, S.REJECTED, S.WITHDRAWN})
MOVES: Mapping[RemedyKind, Mapping[RemedyStatus, frozenset[RemedyStatus]]] = {
    RemedyKind.OBJECTION: {
        S.RECEIVED: frozenset({S.REFERRED, S.ACCEPTED}) | _RULED,
        S.REFERRED: frozenset({S.ACCEPTED}) | _RULED,
        S.ACCEPTED: _RULED,
        S.UPHELD: frozenset(),
        S.REJECTED: frozenset(),
        S.WITHDRAWN: frozenset(),
    },
    RemedyKind.RECONSIDERATION: {
        S.FILED: frozenset({S.UPHELD, S.DISMISSED, S.WITHDRAWN}),
        S.UPHELD: frozenset(),
        S.DISMISSED: frozenset(),
        S.WITHDRAWN: frozenset(),
    },
    RemedyKind.EXIT_REQUEST: {
        S.RECEIVED: frozenset({S.GRANTED, S.REFUSED, S.WITHDRAWN}),
        S.GRANTED: frozenset(),
        S.REFUSED: frozenset(),
        S.WITHDRAWN: frozenset(),
    },
    RemedyKind.REPAIR: {
        S.RECEIVED: frozenset({S.DECIDED, S.WITHDRAWN}),
        S.DECIDED: frozenset(),
        S.WITHDRAWN: frozenset(),
    },
}
OPEN = {kind: frozenset(status for status, onward in moves.items() if onward) for kind, moves in MOVES.items()}


def may_move(kind: RemedyKind, current: str, wanted: str) -> bool:
    """Whether the table allows the step; a state never leads to itself, and nothing leads out of a decision."""
    return RemedyStatus(wanted) in MOVES[kind].get(RemedyStatus(current), frozenset())


def is_open(kind: RemedyKind, status: str) -> bool:
    """Still to be decided."""
    return RemedyStatus(status) in OPEN[kind]


# --- clocks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dates:
    """The days on which limits start; None where the day is not known.

    `decision_served_on`: service of the decision on this remedy; for a reconsideration, of the decision it attacks.
    """

    received_on: date
    listing_served_on: date | None = None
    confirmed_on: date | None = None
    decision_served_on: date | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that runs: `key` of a deadline rule, the day it starts on (not counted), and whose rule it is.

    `is_local`: a document's target beside the law's own limit, never instead of it.
    """

    key: str
    label: str
    start: date
    is_local: bool = False


def limits_to_decide(kind: RemedyKind, status: str, dates: Dates) -> tuple[Limit, ...]:
    """Within what the remedy must be decided, local and national side by side; nothing once it is decided.

    Objection: 3日 from receipt (002, 004 §四(二)3), 15日 (art. 12). Reconsideration: 15日 (art. 12). Exit: 3日 (002,
    004 §四(二)4), three working days (art. 10), both from the day the fact was confirmed, or the request came in.
    Repair: no number in any source, configured.
    """
    if not is_open(kind, status):
        return ()
    start = dates.received_on
    if kind is RemedyKind.OBJECTION:
        return (
            Limit("objection.review.local", "异议审查（地方要求）", start, is_local=True),
            Limit("objection.review.national", "异议审查（法定期限）", start),
        )
    if kind is RemedyKind.RECONSIDERATION:
        return (Limit("reconsideration.decide", "复议决定（法定期限）", start),)
    if kind is RemedyKind.EXIT_REQUEST:
        start = dates.confirmed_on or start
        return (
            Limit("exit.local", "退出办理（地方要求）", start, is_local=True),
            Limit("exit.national", "退出办理（法定期限）", start),
        )
    return (Limit("repair.decide", "信用修复办理", start),)


def limits_to_file_next(kind: RemedyKind, status: str, dates: Dates) -> tuple[Limit, ...]:
    """What the party may still do against a decision: reconsideration within 10日 of its service (art. 12)."""
    if kind is RemedyKind.OBJECTION and status == S.REJECTED and dates.decision_served_on is not None:
        return (Limit("reconsideration.file", "申请复议（法定期限）", dates.decision_served_on),)
    return ()


def limits_to_file(kind: RemedyKind, dates: Dates) -> tuple[Limit, ...]:
    """The limits within which this remedy was to be filed: the first that a region has set counts, the others do not.

    Objection: 10日 from service of the listing decision (002, 004 §四(二)3), by local documents only: the law sets none
    (art. 11), so that elsewhere the platform reminds by a number of its own. Reconsideration: 10日 from service of the
    rejection (art. 12). Nothing where the day of service is not known.
    """
    if kind is RemedyKind.OBJECTION and dates.listing_served_on is not None:
        return (
            Limit("objection.local", "提出异议（地方要求）", dates.listing_served_on, is_local=True),
            Limit("objection.reminder", "提出异议（提示期限）", dates.listing_served_on, is_local=True),
        )
    if kind is RemedyKind.RECONSIDERATION and dates.decision_served_on is not None:
        return (Limit("reconsideration.file", "申请复议（法定期限）", dates.decision_served_on),)
    return ()


def is_late(filed_on: date, last_day: date | None, *, provisional: bool) -> bool:
    """Filed after the last day. A mark, never a ground for refusing (design.md §6, 11).

    No limit, no lateness; and nobody is late by a last day that is itself only an estimate.
    """
    return last_day is not None and not provisional and filed_on > last_day


# --- outcomes --------------------------------------------------------------------------------------------------------


class About(StrEnum):
    """What an objection attacks."""

    LISTING = "listing"
    MEASURE = "measure"


class Outcome(StrEnum):
    """What upholding does to the listing."""

    REVOKE = "revoke"
    SHIELD = "shield"
    CORRECT = "correct"
    NONE = "none"


def usual_outcome(about: About) -> Outcome:
    """理由成立的，予以撤销 (002 §四(二)3); a measure found wrong says nothing against the listing."""
    return Outcome.REVOKE if about is About.LISTING else Outcome.NONE


def refusal_of_outcome(about: About, outcome: Outcome, *, is_live: bool) -> tuple[str, str] | None:
    """Why this outcome cannot be, as (code, sentence); None where it can.

    A listing that has ended is not ended again; an objection to a live listing is not upheld without consequence.
    """
    if outcome is not Outcome.NONE and not is_live:
        return "listing_ended", "条目已经退出名单，不能再撤销、屏蔽或更正；请选择“名单不变”，并写明处理结果。"
    if outcome is Outcome.NONE and about is About.LISTING and is_live:
        return "outcome_required", "异议成立的，须撤销、屏蔽或更正名单条目。"
    return None


# --- reminders -------------------------------------------------------------------------------------------------------


class NoticeKind(StrEnum):
    REMINDER = "reminder"
    TO_REVIEWER = "to_reviewer"
    TO_UPPER_COURT = "to_upper_court"


REMIND_BEFORE = 2  # working days
ESCALATE_AFTER = 3  # working days past the last day, before the upper court hears of it; the platform's own number


def notices_due(days_left: int, *, is_open: bool, has_upper_court: bool) -> tuple[NoticeKind, ...]:
    """Which notices must stand `days_left` working days before the last day (negative when late).

    Run late, it says all that should have been said by now but the reminder, which is over.
    """
    if not is_open or days_left > REMIND_BEFORE:
        return ()
    if days_left >= 0:
        return (NoticeKind.REMINDER,)
    if days_left > -ESCALATE_AFTER or not has_upper_court:
        return (NoticeKind.TO_REVIEWER,)
    return (NoticeKind.TO_REVIEWER, NoticeKind.TO_UPPER_COURT)


# --- names -----------------------------------------------------------------------------------------------------------


def mask_name(name: str) -> str:
    """How an applicant is kept who is not the listed party itself: the first character, the rest starred."""
    kept = "".join(name.split())
    return f"{kept[0]}{'*' * min(len(kept) - 1, 3)}" if len(kept) > 1 else ("*" if kept else "")


# --- regional rules ---------------------------------------------------------------------------------------------------

STAY_RULE = "objection.suspends_measures"


def suspends_measures(about: About, value: str) -> bool:
    """Whether a region's rule stays the measures while information is verified (002 §四(二)3: yes; 004: not provided).

    Only an objection to a unit's measure does: the law gives an objection to the listing no such effect.
    """
    return about is About.MEASURE and value == "yes"
