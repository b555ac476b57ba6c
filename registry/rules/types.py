"""Plain value types the rules speak in: no Django, no database.

`registry.choices` puts Chinese labels on the enumerations that are stored.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple


class PartyKind(StrEnum):
    """Natural person, or legal person / other organisation (法释〔2017〕7号 art. 6)."""

    PERSON = "person"
    UNIT = "unit"


class Sex(StrEnum):
    """GB/T 2261.1."""

    UNKNOWN = "0"
    MALE = "1"
    FEMALE = "2"
    UNSPECIFIED = "9"


class IdentifierType(StrEnum):
    """What kind of document an identifier belongs to (domain.md §3)."""

    RESIDENT_ID = "resident_id"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGN_PERMANENT_RESIDENT = "foreign_permanent_resident"
    USCC = "uscc"
    ORG_CODE = "org_code"
    PASSPORT = "passport"
    TRAVEL_PERMIT_HK_MACAO = "travel_permit_hk_macao"
    TRAVEL_PERMIT_TAIWAN = "travel_permit_taiwan"
    BUSINESS_REG_NO = "business_reg_no"
    OTHER = "other"


UNIT_IDENTIFIERS = frozenset({IdentifierType.USCC, IdentifierType.ORG_CODE, IdentifierType.BUSINESS_REG_NO})


class Circumstance(StrEnum):
    """Why somebody is listed: 法释〔2017〕7号 art. 1 (1)-(6), and the wordings of older rows."""

    ABLE_BUT_REFUSES = "able_but_refuses"
    OBSTRUCTS = "obstructs"
    EVADES = "evades"
    ASSET_REPORT_BREACH = "asset_report_breach"
    CONSUMPTION_ORDER_BREACH = "consumption_order_breach"
    SETTLEMENT_REFUSED = "settlement_refused"
    LEGACY_OTHER = "legacy_other"


class Performance(StrEnum):
    """How much of the obligation has been performed (履行情况)."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    UNKNOWN = "unknown"


class ExitGround(StrEnum):
    """Why a listing ends (法释〔2017〕7号 arts. 2, 9, 10); articles in `registry.choices`."""

    PERFORMED = "performed"
    SETTLEMENT_PERFORMED = "settlement_performed"
    CREDITOR_REQUEST = "creditor_request"
    NO_ASSETS_FOUND = "no_assets_found"
    RETRIAL_OR_BANKRUPTCY = "retrial_or_bankruptcy"
    NON_ENFORCEMENT = "non_enforcement"
    TERMINATED = "terminated"
    TERM_EXPIRED = "term_expired"
    EARLY_REMOVAL = "early_removal"
    WRONGLY_LISTED = "wrongly_listed"
    OTHER = "other"


class RowOperation(StrEnum):
    """What a row of a list file asks for (操作)."""

    ADD = "add"
    UPDATE = "update"
    SHIELD = "shield"
    REVOKE = "revoke"


class SourceKind(StrEnum):
    """A watched folder of list files, or the change feed of another instance of this platform (design.md §3)."""

    FOLDER = "folder"
    PLATFORM = "platform"


class ProblemSeverity(StrEnum):
    """`error` leaves the row out, `warning` and `repaired` accept it."""

    ERROR = "error"
    WARNING = "warning"
    REPAIRED = "repaired"


class ProblemCode(StrEnum):
    """Stable codes of everything a list file can be told about."""

    # identifiers
    ID_MISSING = "id_missing"
    ID_CHECKSUM = "id_checksum"
    ID_FLOAT = "id_float"
    ID_MASKED = "id_masked"
    ID_LENGTH = "id_length"
    ID_BIRTH_DATE = "id_birth_date"
    ID_UNRECOGNISED = "id_unrecognised"
    ID_UNVERIFIABLE = "id_unverifiable"
    ID_SEVERAL = "id_several"
    ID_KIND_MISMATCH = "id_kind_mismatch"
    ID_AREA_UNKNOWN = "id_area_unknown"
    ID_NORMALISED = "id_normalised"
    ID_UPGRADED = "id_upgraded"
    USCC_CHECKSUM = "uscc_checksum"
    USCC_CHARACTER = "uscc_character"
    USCC_CATEGORY = "uscc_category"
    ORG_CODE_CHECKSUM = "org_code_checksum"
    # the party
    NAME_MISSING = "name_missing"
    NAME_PLACEHOLDER = "name_placeholder"
    NAME_CLEANED = "name_cleaned"
    NAME_ALIAS = "name_alias"
    NAME_MASKED = "name_masked"
    KIND_UNKNOWN = "kind_unknown"
    KIND_INFERRED = "kind_inferred"
    SEX_UNREADABLE = "sex_unreadable"
    AGE_IMPLAUSIBLE = "age_implausible"
    SEX_AGE_INCONSISTENT = "sex_age_inconsistent"
    MINOR = "minor"
    REPRESENTATIVE_OF_PERSON = "representative_of_person"
    # the case
    COURT_UNREADABLE = "court_unreadable"
    COURT_NOT_YOURS = "court_not_yours"
    COURT_NAME_MISMATCH = "court_name_mismatch"
    CASE_NUMBER_MISSING = "case_number_missing"
    CASE_NUMBER_UNREADABLE = "case_number_unreadable"
    CASE_NUMBER_NORMALISED = "case_number_normalised"
    DATE_UNREADABLE = "date_unreadable"
    DATE_IMPLAUSIBLE = "date_implausible"
    DATE_ORDER = "date_order"
    DATE_NORMALISED = "date_normalised"
    PERFORMANCE_UNKNOWN = "performance_unknown"
    CIRCUMSTANCE_UNKNOWN = "circumstance_unknown"
    CIRCUMSTANCE_MISSING = "circumstance_missing"
    PUBLISHABLE_UNREADABLE = "publishable_unreadable"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_CLEANED = "text_cleaned"
    IDENTIFIER_IN_TEXT = "identifier_in_text"
    # the operation and its place among the other rows
    OPERATION_UNKNOWN = "operation_unknown"
    EXIT_WITHOUT_REASON = "exit_without_reason"
    EXIT_GROUND_UNKNOWN = "exit_ground_unknown"
    DUPLICATE_ROW = "duplicate_row"
    CONFLICTING_ROWS = "conflicting_rows"
    UNKNOWN_LISTING = "unknown_listing"
    AMBIGUOUS_LISTING = "ambiguous_listing"
    ALREADY_EXITED = "already_exited"
    TERM_STILL_RUNS = "term_still_runs"
    TERM_OVER = "term_over"
    TERM_INCONSISTENT = "term_inconsistent"
    GRACE_RUNNING = "grace_running"
    RELATED_PERSON = "related_person"
    RELISTED_TOO_SOON = "relisted_too_soon"
    MIRRORED = "mirrored"
    # the file
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_REPEATED = "column_repeated"
    ROW_MALFORMED = "row_malformed"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    FOOTERS_LEFT_OUT = "footers_left_out"
    HIDDEN_ROWS_READ = "hidden_rows_read"
    SHEETS_NOT_READ = "sheets_not_read"


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark on one cell.

    `column` is the header as contract.md §2 prints it ("" = the whole row). `detail` and `suggestion` are stored and
    shown, so they never hold a person's identifier in clear.
    """

    column: str
    code: ProblemCode
    severity: ProblemSeverity
    detail: str
    suggestion: str = ""

    def softened(self) -> "Problem":
        """The same remark as a warning: for cells whose loss does not cost the row."""
        return replace(self, severity=ProblemSeverity.WARNING) if self.severity is ProblemSeverity.ERROR else self


class Identified(NamedTuple):
    """An identifier text, read.

    `canonical` is the full normalised identifier, "" where there is none (missing, masked, unusable).
    `mask_prefix`/`mask_suffix` are the visible ends of a masked one; the number of stars says nothing (domain.md §2.4).
    `masked_display` is what pages may show. `problem` is an error, `warnings` and `repairs` accept the identifier.
    """

    type: IdentifierType | None
    canonical: str = ""
    masked_display: str = ""
    is_masked: bool = False
    mask_prefix: str = ""
    mask_suffix: str = ""
    repairs: tuple[Problem, ...] = ()
    problem: Problem | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def is_full(self) -> bool:
        """A whole identifier that passed its checks."""
        return bool(self.canonical) and self.problem is None

    @property
    def is_missing(self) -> bool:
        return not self.canonical and not self.is_masked and self.problem is None


NOBODY = Identified(type=None)


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """One text under which a party can be found; the caller blind-indexes `text`.

    kind: "rid" (resident id and residence permits), "uscc", "org", "mask", or the identifier type for other documents.
    `is_derived`: taken out of another identifier (the organisation code inside a USCC), not stated by the source.
    """

    kind: str
    text: str
    is_derived: bool = False


class CaseNumber(NamedTuple):
    """A case number, read (domain.md §2.5).

    `key` is "year|court|type|serial" without leading zeros; `court_code` like 鲁0116 ("" for the legacy form, whose
    court and type cannot be told apart); `display` the canonical writing; `trailing` what stood after 号.
    """

    raw: str
    key: str
    court_code: str
    display: str
    trailing: str = ""
    is_legacy: bool = False
