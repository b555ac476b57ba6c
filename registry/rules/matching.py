"""Whether a question and a listing are about the same subject (domain.md §3, rules A-K).

Precision beats recall: a false hit restricts an innocent person. Only `MatchLevel.IDENTIFIER` may act by itself.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.rules.types import Identified, IdentifierType, PartyKind, Sex


class MatchLevel(StrEnum):
    """identifier: the same subject; candidate: a person must confirm; different: shown not to be; none: no word."""

    IDENTIFIER = "identifier"
    CANDIDATE = "candidate"
    DIFFERENT = "different"
    NONE = "none"


class IdentifierRelation(StrEnum):
    """How two identifiers stand to each other."""

    EQUAL = "equal"
    UPGRADED = "upgraded"  # 15 digits and the 18 they became
    ORG_IN_USCC = "org_in_uscc"
    MASK_COMPATIBLE = "mask_compatible"
    MASK_INCOMPATIBLE = "mask_incompatible"
    SAME_TYPE_DIFFERENT = "same_type_different"
    DIFFERENT_TYPES = "different_types"
    NONE = "none"  # one of them is missing or unusable


class NameRelation(StrEnum):
    """How two folded names stand to each other."""

    EQUAL = "equal"
    FORMER = "former"  # equal to a name in the other's history
    DIFFERENT = "different"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about a question and a listing.

    `is_same_kind`: both persons or both units. `is_consistent`: sex and birth year do not contradict each other
    (unknown does not contradict). `has_alias_record`: an official correction or alias says the two identifiers are one
    subject's.
    """

    identifiers: IdentifierRelation
    names: NameRelation
    is_same_kind: bool = True
    is_consistent: bool = True
    is_same_case: bool = False
    has_alias_record: bool = False


_SAME = frozenset({IdentifierRelation.EQUAL, IdentifierRelation.UPGRADED, IdentifierRelation.ORG_IN_USCC})
_SAME_NAME = frozenset({NameRelation.EQUAL, NameRelation.FORMER})


def _same_unless_renamed(evidence: Evidence) -> MatchLevel:
    """An equal identifier under another name must be confirmed; a former name or no name takes nothing away."""
    return MatchLevel.CANDIDATE if evidence.names is NameRelation.DIFFERENT else MatchLevel.IDENTIFIER


def related_subjects_are_different(evidence: Evidence) -> MatchLevel | None:
    """A unit and its legal representative, a 个体工商户 and its 经营者 are two subjects (domain.md §3 I)."""
    return None if evidence.is_same_kind else MatchLevel.DIFFERENT


def equal_identifiers_are_the_same(evidence: Evidence) -> MatchLevel | None:
    """Full valid identifiers equal after normalisation (domain.md §3 A); renaming does not matter (J)."""
    return _same_unless_renamed(evidence) if evidence.identifiers is IdentifierRelation.EQUAL else None


def upgraded_identifiers_are_the_same(evidence: Evidence) -> MatchLevel | None:
    """15 digits that convert to the 18 (domain.md §3 B)."""
    return _same_unless_renamed(evidence) if evidence.identifiers is IdentifierRelation.UPGRADED else None


def organisation_code_inside_uscc_is_the_same(evidence: Evidence) -> MatchLevel | None:
    """Organisation code = USCC characters 9-17 (domain.md §3 C); renaming does not matter (J)."""
    return _same_unless_renamed(evidence) if evidence.identifiers is IdentifierRelation.ORG_IN_USCC else None


def recorded_alias_is_the_same(evidence: Evidence) -> MatchLevel | None:
    """Other documents of one person or unit, and old business registration numbers, only meet through an explicit
    record (domain.md §3 D, K; exception of H)."""
    meets = evidence.identifiers in {IdentifierRelation.DIFFERENT_TYPES, IdentifierRelation.SAME_TYPE_DIFFERENT}
    return _same_unless_renamed(evidence) if evidence.has_alias_record and meets else None


def two_full_identifiers_of_one_type_are_different(evidence: Evidence) -> MatchLevel | None:
    """Whatever the names, and whatever the case (domain.md §3 H)."""
    return MatchLevel.DIFFERENT if evidence.identifiers is IdentifierRelation.SAME_TYPE_DIFFERENT else None


def incompatible_masks_are_different(evidence: Evidence) -> MatchLevel | None:
    """Visible ends that differ belong to two identifiers (domain.md §3 H, §2.4)."""
    return MatchLevel.DIFFERENT if evidence.identifiers is IdentifierRelation.MASK_INCOMPATIBLE else None


def masked_identifier_with_name_is_a_candidate(evidence: Evidence) -> MatchLevel | None:
    """Compatible ends, the same name, sex and birth year consistent: probable, never automatic (domain.md §3 E)."""
    if evidence.identifiers is not IdentifierRelation.MASK_COMPATIBLE or evidence.names not in _SAME_NAME:
        return None
    return MatchLevel.CANDIDATE if evidence.is_consistent else None


def same_case_and_name_is_a_candidate(evidence: Evidence) -> MatchLevel | None:
    """The same court and case and the same name, no comparable identifier (domain.md §3 F)."""
    return MatchLevel.CANDIDATE if evidence.is_same_case and evidence.names in _SAME_NAME else None


def a_name_alone_is_nothing(evidence: Evidence) -> MatchLevel | None:
    """A person is not punished for a namesake (domain.md §3 G)."""
    del evidence
    return MatchLevel.NONE


RULES: tuple[Callable[[Evidence], MatchLevel | None], ...] = (
    related_subjects_are_different,
    equal_identifiers_are_the_same,
    upgraded_identifiers_are_the_same,
    organisation_code_inside_uscc_is_the_same,
    recorded_alias_is_the_same,
    two_full_identifiers_of_one_type_are_different,
    incompatible_masks_are_different,
    masked_identifier_with_name_is_a_candidate,
    same_case_and_name_is_a_candidate,
    a_name_alone_is_nothing,
)


def level(evidence: Evidence) -> MatchLevel:
    """The first rule of `RULES` that has something to say."""
    return next(found for rule in RULES if (found := rule(evidence)) is not None)


# --- gathering evidence -----------------------------------------------------------------------------------------------

_RESIDENT = frozenset({IdentifierType.RESIDENT_ID, IdentifierType.RESIDENCE_PERMIT})


def relate_identifiers(asked: Identified, listed: Identified) -> IdentifierRelation:
    """Compare two read identifiers. 15-digit ones are already converted by reading; EQUAL covers them."""
    if asked.is_full and listed.is_full:
        return _relate_full(asked, listed)
    if asked.is_masked and listed.is_full:
        return _relate_mask(asked, listed.canonical)
    if listed.is_masked and asked.is_full:
        return _relate_mask(listed, asked.canonical)
    if asked.is_masked and listed.is_masked:
        width = min(len(asked.mask_prefix), len(listed.mask_prefix))
        tail = min(len(asked.mask_suffix), len(listed.mask_suffix))
        agrees = asked.mask_prefix[:width] == listed.mask_prefix[:width] and (
            tail == 0 or asked.mask_suffix[-tail:] == listed.mask_suffix[-tail:]
        )
        return _compatible(agrees, width + tail)
    return IdentifierRelation.NONE


def _relate_full(asked: Identified, listed: Identified) -> IdentifierRelation:
    if asked.canonical == listed.canonical and (asked.type == listed.type or {asked.type, listed.type} <= _RESIDENT):
        return IdentifierRelation.EQUAL
    if asked.type == listed.type or {asked.type, listed.type} <= _RESIDENT:
        # free forms carry no issuer or nationality: two texts may be two documents of one person
        return (
            IdentifierRelation.DIFFERENT_TYPES
            if asked.type is IdentifierType.OTHER
            else IdentifierRelation.SAME_TYPE_DIFFERENT
        )
    for code, uscc in ((asked, listed), (listed, asked)):
        if code.type is IdentifierType.ORG_CODE and uscc.type is IdentifierType.USCC:
            is_inside = uscc.canonical[8:17] == code.canonical
            return IdentifierRelation.ORG_IN_USCC if is_inside else IdentifierRelation.SAME_TYPE_DIFFERENT
    return IdentifierRelation.DIFFERENT_TYPES


MASK_VISIBLE = 10  # shorter visible ends than 6 + 4 say too little


def _relate_mask(masked: Identified, full: str) -> IdentifierRelation:
    agrees = full.startswith(masked.mask_prefix) and full.endswith(masked.mask_suffix)
    return _compatible(agrees, len(masked.mask_prefix) + len(masked.mask_suffix))


def _compatible(agrees: bool, visible: int) -> IdentifierRelation:
    if not agrees:
        return IdentifierRelation.MASK_INCOMPATIBLE
    return IdentifierRelation.MASK_COMPATIBLE if visible >= MASK_VISIBLE else IdentifierRelation.NONE


def relate_names(asked_key: str, listed_key: str, former_keys: Collection[str] = ()) -> NameRelation:
    """Compare folded names; `former_keys` is the listed subject's name history."""
    if not asked_key or not listed_key:
        return NameRelation.MISSING
    if asked_key == listed_key:
        return NameRelation.EQUAL
    return NameRelation.FORMER if asked_key in former_keys else NameRelation.DIFFERENT


def is_bearing_consistent(
    identified: Identified, *, sex: Sex | str = Sex.UNKNOWN, age: int | None = None, published_on: date | None = None
) -> bool:
    """Whether sex and age on a listing fit a resident identifier; the birth year is published year − age ± 1.

    Only what both sides state can contradict; a masked identifier gives at most its birth year.
    """
    digits = identified.canonical or identified.mask_prefix
    if identified.type not in _RESIDENT or len(digits) < 10:
        return True
    born = int(digits[6:10]) if digits[6:10].isdigit() else None
    if age and published_on and born and abs(published_on.year - age - born) > 1:
        return False
    sequence_end = identified.canonical[16:17] or (identified.mask_suffix[-2:-1] if identified.is_masked else "")
    if sex in {Sex.MALE, Sex.FEMALE} and sequence_end.isdigit():
        return (int(sequence_end) % 2 == 1) == (sex == Sex.MALE)
    return True


def evidence_of(
    asked_kind: PartyKind | str,
    asked: Identified,
    asked_name_key: str,
    listed_kind: PartyKind | str,
    listed: Identified,
    listed_name_key: str,
    *,
    former_name_keys: Collection[str] = (),
    sex: Sex | str = Sex.UNKNOWN,
    age: int | None = None,
    published_on: date | None = None,
    is_same_case: bool = False,
    has_alias_record: bool = False,
) -> Evidence:
    """Everything `level` needs about one question and one listing; sex, age and day are the listing's."""
    return Evidence(
        identifiers=relate_identifiers(asked, listed),
        names=relate_names(asked_name_key, listed_name_key, former_name_keys),
        is_same_kind=asked_kind == listed_kind,
        is_consistent=is_bearing_consistent(asked, sex=sex, age=age, published_on=published_on),
        is_same_case=is_same_case,
        has_alias_record=has_alias_record,
    )
