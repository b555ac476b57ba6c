"""What must be true before a unit's act goes on record (design.md §1 and §6; domain.md §1).

`RULES` is the rulebook for recording, `RETENTION_RULES` the one for keeping a measure after the listing has ended.
One rule, one function; a rule returns the refusal or None. A refusal with a `field` is a matter of what was typed,
one without of what is on record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from agencies.choices import Decision
from registry.choices import ListingStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: stable code, a sentence in Chinese, and the field it concerns ("" = none)."""

    code: str
    detail: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An enforcement about to be recorded, with what is on record about its listing and its measure.

    `is_bound`: the measure binds the unit (in the matter given). `is_in_force`: measure and document apply on the day
    of recording. `is_term_over`: the listing's term has passed, whether or not its exit has been written yet.
    `is_stayed`: the unit's region stays the measures while an objection is heard. `reaches_party`: the wording extends
    to the role in which the party stands, or a check has found so.
    """

    decision: str
    reason: str
    document_number: str
    effective_from: date | None
    effective_to: date | None
    listing_status: str
    is_bound: bool = True
    is_incentive: bool = False
    is_under_review: bool = False
    is_in_force: bool = True
    is_term_over: bool = False
    is_stayed: bool = False
    reaches_party: bool = True

    @property
    def is_applied(self) -> bool:
        return self.decision == Decision.APPLIED


@dataclass(frozen=True, slots=True)
class RetentionProposal:
    """A measure about to be kept past the listing's end."""

    legal_basis: str
    until: date | None
    today: date
    listing_status: str


def incentive_is_no_discipline(act: Proposal) -> Refusal | None:
    """An incentive has nothing to do with a defaulter."""
    if act.is_incentive:
        return Refusal("measure_is_incentive", "这是激励措施，不能用于失信被执行人。")
    return None


def measure_binds_the_unit(act: Proposal) -> Refusal | None:
    """A unit acts only on measures for which its catalogue names it (design.md §1, legal)."""
    if not act.is_bound:
        return Refusal("measure_not_binding", "该措施不由本单位实施。")
    return None


def only_an_active_listing_is_acted_on(act: Proposal) -> Refusal | None:
    """Suspended, ended and pending listings produce no measure, nor one whose term is over (design.md §6, 2)."""
    if not act.is_applied:
        return None
    if act.listing_status == ListingStatus.ACTIVE:
        return Refusal("listing_ended", "该名单的期限已届满，不得再实施措施。") if act.is_term_over else None
    if act.listing_status == ListingStatus.SUSPENDED:
        return Refusal("listing_suspended", "该名单信息核实中，核实期间不得实施措施。")
    if act.listing_status == ListingStatus.PENDING:
        return Refusal("listing_pending", "该名单尚未生效，不得实施措施。")
    return Refusal("listing_ended", "该名单已退出，不得再实施措施。")


def stayed_measure_is_not_applied(act: Proposal) -> Refusal | None:
    """联合惩戒措施在信息核实期间暂不执行, where the region's document says so (002 §四(二)3)."""
    if act.is_applied and act.is_stayed:
        return Refusal("measure_stayed", "当事人对措施的异议正在核实，本地区规定核实期间暂不执行措施。")
    return None


def lapsed_measure_is_not_applied(act: Proposal) -> Refusal | None:
    """No measure without a document in force (design.md §1, legal)."""
    if act.is_applied and not act.is_in_force:
        return Refusal("measure_not_in_force", "该措施已不在施行期内，不得实施。")
    return None


def measure_under_review_is_not_applied(act: Proposal) -> Refusal | None:
    """A measure under legal review is shown, never enforced (design.md §3, measures; §6, 3)."""
    if act.is_applied and act.is_under_review:
        return Refusal("measure_under_review", "该措施的法律依据正在复核，不得据此实施；可登记为未实施并说明理由。")
    return None


def measure_reaches_the_party(act: Proposal) -> Refusal | None:
    """A measure reaches a related person only where its wording says so (domain.md §1)."""
    if act.is_applied and not act.reaches_party:
        return Refusal("measure_does_not_reach_party", "该措施的文字不及于此人的身份，不得对其实施。", "role")
    return None


def applied_has_a_document(act: Proposal) -> Refusal | None:
    """An act of a unit rests on a numbered document of its own."""
    if act.is_applied and not act.document_number:
        return Refusal("document_number_required", "已实施的，请填写本单位文书文号。", "document_number")
    return None


def applied_has_a_first_day(act: Proposal) -> Refusal | None:
    """Whoever is restricted can know since when."""
    if act.is_applied and act.effective_from is None:
        return Refusal("effective_from_required", "已实施的，请填写生效日期。", "effective_from")
    return None


def it_ends_after_it_begins(act: Proposal) -> Refusal | None:
    if act.effective_from and act.effective_to and act.effective_to < act.effective_from:
        return Refusal("effective_to_before_from", "截止日期不能早于生效日期。", "effective_to")
    return None


def not_applied_has_a_reason(act: Proposal) -> Refusal | None:
    """Whoever does not apply a measure says why (应查必查, 004 §二)."""
    if not act.is_applied and not act.reason:
        return Refusal("reason_required", "未实施的，请说明理由。", "reason")
    return None


def retention_has_a_basis(kept: RetentionProposal) -> Refusal | None:
    """A measure is kept only on a legal basis of its own (002 §四(二)5)."""
    return None if kept.legal_basis else Refusal("legal_basis_required", "请写明保留所依据的法律条款。", "legal_basis")


def retention_ends(kept: RetentionProposal) -> Refusal | None:
    """… and for a stated time, which lies ahead (002 §四(二)5)."""
    if kept.until is None:
        return Refusal("until_required", "请填写保留截止日期。", "until")
    return None if kept.until > kept.today else Refusal("until_not_ahead", "保留截止日期须晚于今日。", "until")


def nothing_outlives_a_revoked_listing(kept: RetentionProposal) -> Refusal | None:
    """A revoked listing was never valid: everything is lifted (domain.md §1, art. 9)."""
    if kept.listing_status == ListingStatus.REVOKED:
        return Refusal("listing_revoked", "该名单已被撤销，自始不应纳入，相关措施应全部解除，不得保留。")
    return None


RULES: tuple[Callable[[Proposal], Refusal | None], ...] = (
    incentive_is_no_discipline,
    measure_binds_the_unit,
    only_an_active_listing_is_acted_on,
    stayed_measure_is_not_applied,
    lapsed_measure_is_not_applied,
    measure_under_review_is_not_applied,
    measure_reaches_the_party,
    applied_has_a_document,
    applied_has_a_first_day,
    it_ends_after_it_begins,
    not_applied_has_a_reason,
)
RETENTION_RULES: tuple[Callable[[RetentionProposal], Refusal | None], ...] = (
    nothing_outlives_a_revoked_listing,
    retention_has_a_basis,
    retention_ends,
)


def refusals(act: Proposal) -> list[Refusal]:
    """Every rule that says no, in the order of the rulebook; empty: the act may be recorded."""
    return [refusal for rule in RULES if (refusal := rule(act))]


def retention_refusals(kept: RetentionProposal) -> list[Refusal]:
    """Every rule that says no to keeping the measure; empty: it may be kept."""
    return [refusal for rule in RETENTION_RULES if (refusal := rule(kept))]
