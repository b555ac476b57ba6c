"""Identifiers: any text a list file or a question holds, read into one canonical form (domain.md §2.4, §2.6, §3)."""

import math
import re
from datetime import date
from functools import lru_cache
from operator import mul

from registry.rules.slips import DIGIT_FOR, IN_ORG_CODE, IN_USCC, NOT_IN_USCC, likely_slip
from registry.rules.text import half_width, is_null
from registry.rules.types import (
    NOBODY,
    Identified,
    IdentifierType,
    IdentityKey,
    PartyKind,
    Problem,
    ProblemCode,
    ProblemSeverity,
)

COLUMN = "证件号码"

# GB 11643
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_ID_ZERO = 48 * sum(_ID_WEIGHTS)  # ord("0") times the weights
_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71,))
    for code in codes
)
_RESIDENCE_PERMIT_AREAS = ("810000", "820000", "830000")
OLDEST_AGE = 130

# GB 32100
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_CATEGORIES = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129",
    "8": "19", "9": "1239", "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip
# GB 11714
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CHECK = "0X987654321"  # index Σ mod 11: 11 − c, 10 → X, 11 → 0

_DASHES = str.maketrans("‐‑‒–—−﹣×✕хХΧχ＊●○■□•∗✱#", "-------XXXXXX*********")
_LABEL = re.compile(r"(?:居民)?(?:身份证|统一社会信用代码|组织机构代码|证件|证照|护照|营业执照)(?:号码|号|代码)?[:\s]*")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d{1,2}")
_SEPARATORS = re.compile(r"[,;、/|&+\n\r和及与]+|\s{2,}| ")
_WHOLE_ID = re.compile(r"\d{17}[\dX]|\d{15}|[0-9A-Z]{18}|[0-9A-Z]{8}-[0-9X]|[0-9A-Z]{9}|[A-Z]{3}\d{12}")
_MASKED = re.compile(r"([0-9A-Z]*?)(\*[0-9A-Z*]*\*|\*+|X{3,}|\?{2,})([0-9A-Z]*)")
_X_MASKED = re.compile(r"\d{6,}X{3,}\d*X?")
_PERSON_18 = re.compile(r"\d{17}[\dX]")
_CODE_18 = re.compile(r"[0-9A-Z]{18}")
_ORG = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_FOREIGN_OLD = re.compile(r"[A-Z]{3}\d{12}")
_PASSPORT = re.compile(r"[EGDSPK]\d{8}|E[A-Z]\d{7}")
_HK_MACAO = re.compile(r"[HM]\d{8}(?:\d{2})?")
_WHOLE_INSIDE = re.compile(r"(?<![0-9A-Z])(?:\d{17}[\dX]|\d{15}|[0-9A-Z]{18})(?![0-9A-Z])")
_FREE_FORM = re.compile(r"(?=.*\d)[0-9A-Z]{5,20}")
_FREE_TEXT = re.compile(r"[\u4e00-\u9fff]{1,8}字?第?[0-9A-Z-]{4,20}号?")

_E = ProblemSeverity.ERROR
_W = ProblemSeverity.WARNING
_R = ProblemSeverity.REPAIRED
_NORMALISED = Problem(COLUMN, ProblemCode.ID_NORMALISED, _R, "证件号码的全角、空格、连字符或大小写已规范。")
_UPGRADED = Problem(COLUMN, ProblemCode.ID_UPGRADED, _R, "15位身份证号码已换算为18位。")
_MASKED_WARNING = Problem(
    COLUMN, ProblemCode.ID_MASKED, _W, "证件号码已脱敏，只能提示疑似，不能认定同一主体。", "请补报完整证件号码"
)
_AREA_WARNING = Problem(COLUMN, ProblemCode.ID_AREA_UNKNOWN, _W, "证件号码前两位不是现行省级地址码，请核对。")
_FLOAT = Problem(
    COLUMN,
    ProblemCode.ID_FLOAT,
    _E,
    "证件号码被表格软件当作数值，末几位已丢失，无法恢复。",
    "请把该列设为文本格式后重新填写",
)
_SEVERAL = Problem(COLUMN, ProblemCode.ID_SEVERAL, _E, "一格内有多个证件号码。", "请每个主体单独成行")
_UNVERIFIABLE = Problem(COLUMN, ProblemCode.ID_UNVERIFIABLE, _W, "该类证件没有校验位，请人工核对。")

_INEXACT_FROM = 10**15  # a spreadsheet keeps 15 digits of a number


# --- checks of the three standards ---------------------------------------------------------------------------------


def resident_check_character(first17: str) -> str:
    """GB 11643 (ISO 7064 MOD 11-2)."""
    return _ID_CHECK[(sum(map(mul, _ID_WEIGHTS, first17.encode())) - _ID_ZERO) % 11]


def uscc_check_character(first17: str) -> str:
    """GB 32100; KeyError for characters outside its alphabet."""
    total = sum(map(mul, _USCC_WEIGHTS, [_USCC_VALUE[character] for character in first17]))
    return _USCC_ALPHABET[-total % 31]


def org_check_character(first8: str) -> str:
    """GB 11714."""
    return _ORG_CHECK[sum(map(mul, _ORG_WEIGHTS, [int(character, 36) for character in first8])) % 11]


def upgrade_15(number: str) -> str:
    """A 15-digit resident id as its 18-character successor."""
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + resident_check_character(first17)


@lru_cache(maxsize=65536)
def _birth_date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def birth_date(canonical: str) -> date | None:
    """Date of birth in an 18-character identifier of GB 11643 structure; None where it is no date."""
    return _birth_date(canonical[6:14]) if len(canonical) == 18 and canonical[6:14].isdigit() else None


def _is_valid_uscc(text: str) -> bool:
    if text[1] not in _USCC_CATEGORIES.get(text[0], "") or not text[2:8].isdigit():
        return False
    try:
        return uscc_check_character(text[:17]) == text[17]
    except KeyError:
        return False


# --- reading --------------------------------------------------------------------------------------------------------


def read_identifier(
    value: object,
    *,
    kind: PartyKind | None = None,
    stated: IdentifierType | None = None,
    today: date | None = None,
) -> Identified:
    """Read a cell or a typed identifier.

    `kind` and `stated` only decide between readings of an ambiguous text (15 digits, 9 characters, 18 digits that
    begin with 9); they never overrule a valid check character. `today` refuses births in the future and ages above 130.
    Missing values give an empty result without a problem.
    """
    if value.__class__ is str and len(value) == 18:
        clean = _read_clean(value, kind, stated, today)
        if clean is not None:
            return clean
    raw = _cell_text(value)
    text = _tidied(raw) if isinstance(raw, str) else raw
    if isinstance(text, Problem):
        return Identified(type=None, problem=text)
    if not text:
        return NOBODY
    if _is_run_together(text):
        return Identified(type=None, problem=_SEVERAL)
    if _is_masked(text):
        return _read_masked(text, kind)
    found = _read_whole(text, kind, stated, today)
    is_rewritten = text != raw or (found.canonical not in {"", raw} and not found.repairs)
    return _with_repair(found) if is_rewritten and found.problem is None else found


def _read_clean(
    text: str, kind: PartyKind | None, stated: IdentifierType | None, today: date | None
) -> Identified | None:
    """The common case without detours: 18 characters in canonical form that only one kind of party can carry."""
    if not text.isascii():
        return None
    if text[:17].isdigit() and (text[17] == "X" or text[17].isdigit()):
        if kind is PartyKind.UNIT or stated is IdentifierType.USCC or (kind is None and text[0] == "9"):
            return None
        if not _is_person(text, today):
            return None
        if text[0] in "123456" and text[:2] in _PROVINCES:
            return Identified(IdentifierType.RESIDENT_ID, text, f"{text[:6]}********{text[-4:]}")
        return _person(text)
    if kind is not PartyKind.PERSON and text.isalnum() and text.isupper() and _is_valid_uscc(text):
        return Identified(IdentifierType.USCC, text, text)
    return None


def _cell_text(value: object) -> str | Problem:
    """The characters of a cell, "" for an empty one; a number too long for a spreadsheet has lost its end."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return str(int(value)) if 0 <= value < _INEXACT_FROM and value.is_integer() else _FLOAT
    if isinstance(value, int) and value >= _INEXACT_FROM:
        return _FLOAT
    return str(value)


def _tidied(raw: str) -> str | Problem:
    """The identifier without what people and programs write around and into it; "" when the text says nothing."""
    if raw.isascii() and raw.isalnum() and (raw.isupper() or raw.isdigit()) and not raw.isalpha():
        return raw
    if is_null(raw):
        return ""
    text = half_width(raw).upper().translate(_DASHES).strip().lstrip("'`‘’\"").rstrip("'\"。.").strip()
    if not text[:1].isascii():
        text = _LABEL.sub("", text, count=1)
    if _SCIENTIFIC.fullmatch(text):
        return _FLOAT
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    if sum(_WHOLE_ID.fullmatch(part) is not None for part in _SEPARATORS.split(text)) > 1:
        return _SEVERAL
    return "".join(text.split())


def _is_run_together(text: str) -> bool:
    """Two whole identifiers without anything between them, the first of 18 characters."""
    return (
        len(text) in {33, 36}
        and _WHOLE_ID.fullmatch(text[:18]) is not None
        and _WHOLE_ID.fullmatch(text[18:]) is not None
    )


def _is_masked(text: str) -> bool:
    """Stars, question marks or X in the middle; X is also a letter of the codes of units."""
    if "*" in text or "??" in text:
        return True
    has_masking_x = "XXX" in text and _X_MASKED.fullmatch(text) is not None
    return has_masking_x and not (len(text) == 18 and _is_valid_uscc(text))


def _with_repair(found: Identified) -> Identified:
    return Identified(
        type=found.type,
        canonical=found.canonical,
        masked_display=found.masked_display,
        repairs=(_NORMALISED, *found.repairs),
        warnings=found.warnings,
    )


def _read_whole(text: str, kind: PartyKind | None, stated: IdentifierType | None, today: date | None) -> Identified:
    text = _without_idle_dashes(text)
    if _CODE_18.fullmatch(text):
        return _read_18(text, kind, stated, today)
    if len(text) == 15 and text.isdigit():
        return _read_15(text, kind, stated, today)
    if _ORG.fullmatch(text) and not _is_personal_document(text, kind, stated):
        return _read_org(text)
    document = _document_by_shape(text, stated)
    if document is IdentifierType.TRAVEL_PERMIT_TAIWAN and kind is PartyKind.UNIT:
        return _lost_zero(text)
    if document is not None:
        return _full(document, text, (_UNVERIFIABLE,))
    return _read_unknown(text, kind)


def _without_idle_dashes(text: str) -> str:
    """Dashes mean something in an organisation code and in free wording only."""
    if "-" not in text or _ORG.fullmatch(text):
        return text
    bare = text.replace("-", "")
    return bare if bare.isascii() and bare.isalnum() else text


def _document_by_shape(text: str, stated: IdentifierType | None) -> IdentifierType | None:
    """A document whose number has no check character."""
    if _FOREIGN_OLD.fullmatch(text):
        return IdentifierType.FOREIGN_PERMANENT_RESIDENT
    if _PASSPORT.fullmatch(text) or (stated is IdentifierType.PASSPORT and _FREE_FORM.fullmatch(text)):
        return IdentifierType.PASSPORT
    if _HK_MACAO.fullmatch(text):
        return IdentifierType.TRAVEL_PERMIT_HK_MACAO
    if len(text) == 8 and text.isdigit():
        return IdentifierType.TRAVEL_PERMIT_TAIWAN
    return None


def _read_unknown(text: str, kind: PartyKind | None) -> Identified:
    """A number of the wrong length, another document, or nothing that can be told."""
    length = len(text)
    if (length in {16, 17, 19, 20} and text.isdigit()) or (length == 17 and text[:16].isdigit()):
        detail = f"证件号码有{length}位，应为18位（旧身份证15位）。"
        is_headed = length == 17 and text[:2] in _PROVINCES and _birth_date(text[6:14]) is not None
        hint = "可能缺末位校验码，请对照证件补全" if is_headed else "请核对是否缺位或多位"
        return _wrong(ProblemCode.ID_LENGTH, detail, hint)
    if kind is PartyKind.UNIT and length in {16, 17, 19} and text.isalnum() and text.isascii():
        detail = f"统一社会信用代码应为18位，现为{length}位。"
        return _wrong(ProblemCode.ID_LENGTH, detail, "请核对是否缺位或多位")
    if kind is PartyKind.UNIT and text.isdigit() and length in {6, 7} and _is_org(text.zfill(9)):
        return _lost_zero(text)
    if not text.isascii() and _WHOLE_INSIDE.search(text):
        detail = "证件号码格里还有别的文字。"
        return _wrong(ProblemCode.ID_UNRECOGNISED, detail, "该格只填一个证件号码，其他文字移到别的列")
    if _FREE_FORM.fullmatch(text) or _FREE_TEXT.fullmatch(text):
        return _full(IdentifierType.OTHER, text, (_UNVERIFIABLE,))
    return _wrong(ProblemCode.ID_UNRECOGNISED, "证件号码无法识别。", "请核对证件号码")


def _is_personal_document(text: str, kind: PartyKind | None, stated: IdentifierType | None) -> bool:
    """Nine characters that are a passport or travel permit rather than an organisation code."""
    if kind is PartyKind.UNIT or "-" in text or stated is IdentifierType.ORG_CODE:
        return False
    if stated is not None or kind is PartyKind.PERSON:
        return True
    return _PASSPORT.fullmatch(text) is not None or _HK_MACAO.fullmatch(text) is not None


def _read_18(text: str, kind: PartyKind | None, stated: IdentifierType | None, today: date | None) -> Identified:
    is_person_shape = _PERSON_18.fullmatch(text) is not None
    is_uscc = _is_valid_uscc(text)
    if is_person_shape and _person_fault(text, today) is None:
        prefers_unit = kind is PartyKind.UNIT or stated is IdentifierType.USCC
        if not (is_uscc and (prefers_unit or (kind is None and stated is None and text[0] == "9"))):
            return _person(text)
    is_mistyped_person = kind is PartyKind.PERSON and is_person_shape and _birth_date(text[6:14]) is not None
    if is_uscc and not is_mistyped_person:  # one code in 31 fits by chance
        return _full(IdentifierType.USCC, text)
    looks_like_person = is_person_shape and (
        kind is PartyKind.PERSON
        or text[:2] in _PROVINCES
        or text[:6] in _RESIDENCE_PERMIT_AREAS
        or (kind is None and _birth_date(text[6:14]) is not None)
    )
    if looks_like_person or (kind is PartyKind.PERSON and text[:17].isdigit()):
        return Identified(type=None, problem=_person_fault(text, today))
    slip = _misread_person(text, today)
    if kind is PartyKind.PERSON or (slip and kind is None):
        detail = "证件号码含字母，身份证号码只有末位可以是X。"
        return _wrong(ProblemCode.ID_UNRECOGNISED, detail, slip or "请对照证件原件核对")
    return Identified(type=None, problem=_uscc_fault(text))


def _misread_person(text: str, today: date | None) -> str:
    """Letters in a resident id that look like digits."""
    illegal = {character: DIGIT_FOR.get(character, "") for character in text if not character.isdigit()}
    if text[17] == "X":
        illegal.pop("X", None)
    return likely_slip(text, lambda other: _is_person(other, today), {}, illegal) if illegal else ""


def _is_person(text: str, today: date | None) -> bool:
    """A resident identifier, or one of its structure, that can be one: a birth date, not in the future, and the check
    character."""
    born = _birth_date(text[6:14])
    return (
        born is not None
        and (today is None or (today.year - born.year <= OLDEST_AGE and born <= today))
        and _ID_CHECK[(sum(map(mul, _ID_WEIGHTS, text.encode())) - _ID_ZERO) % 11] == text[17]
    )


def _person_fault(text: str, today: date | None) -> Problem | None:
    if _is_person(text, today):
        return None
    if _lost_its_end(text):
        return _FLOAT
    born = _birth_date(text[6:14])
    slip = _misread_person(text, today) or likely_slip(
        text, lambda other: _PERSON_18.fullmatch(other) is not None and _is_person(other, today), {}, {}
    )
    if born is None or (today is not None and not (born <= today and today.year - born.year <= OLDEST_AGE)):
        detail = "证件号码中的出生日期不成立。"
        return Problem(COLUMN, ProblemCode.ID_BIRTH_DATE, _E, detail, slip or "请核对第7至14位")
    hint = slip or "请对照证件原件核对；前17位无误的，只是末位校验码写错"
    return Problem(COLUMN, ProblemCode.ID_CHECKSUM, _E, "证件号码校验位不符，至少有一位写错。", hint)


def _lost_its_end(text: str) -> bool:
    """The last three digits zeroed by a spreadsheet; sequence 000 is no damage but a synthetic number with a slip."""
    return text.endswith("000") and text[14] != "0"


def _person(text: str) -> Identified:
    if text[0] == "9":
        return _full(IdentifierType.FOREIGN_PERMANENT_RESIDENT, text)
    if text[:6] in _RESIDENCE_PERMIT_AREAS:
        return _full(IdentifierType.RESIDENCE_PERMIT, text)
    return _full(IdentifierType.RESIDENT_ID, text, () if text[:2] in _PROVINCES else (_AREA_WARNING,))


def _uscc_fault(text: str) -> Problem:
    has_illegal = any(character not in _USCC_VALUE for character in text)
    hint = likely_slip(text, _is_valid_uscc, IN_USCC, NOT_IN_USCC) or "请对照营业执照核对"
    if has_illegal:
        return Problem(COLUMN, ProblemCode.USCC_CHARACTER, _E, "统一社会信用代码不含字母I、O、S、V、Z。", hint)
    if text[1] not in _USCC_CATEGORIES.get(text[0], ""):
        return Problem(
            COLUMN, ProblemCode.USCC_CATEGORY, _E, "统一社会信用代码前两位（登记部门和机构类别）不成立。", hint
        )
    return Problem(COLUMN, ProblemCode.USCC_CHECKSUM, _E, "统一社会信用代码校验位不符，至少有一位写错。", hint)


def _read_15(text: str, kind: PartyKind | None, stated: IdentifierType | None, today: date | None) -> Identified:
    is_date = _birth_date("19" + text[6:12]) is not None
    wants_unit = kind is PartyKind.UNIT or stated is IdentifierType.BUSINESS_REG_NO
    wants_person = kind is PartyKind.PERSON or stated is IdentifierType.RESIDENT_ID
    if wants_unit or (not wants_person and not (is_date and text[:2] in _PROVINCES)):
        return _full(IdentifierType.BUSINESS_REG_NO, text)
    upgraded = upgrade_15(text)
    fault = _person_fault(upgraded, today)
    if fault is not None:
        return Identified(
            type=None,
            problem=Problem(COLUMN, ProblemCode.ID_BIRTH_DATE, _E, "证件号码中的出生日期不成立。", "请核对第7至12位"),
        )
    found = _person(upgraded)
    return Identified(
        type=found.type,
        canonical=upgraded,
        masked_display=found.masked_display,
        repairs=(_UPGRADED,),
        warnings=found.warnings,
    )


def _is_org(text: str) -> bool:
    return org_check_character(text[:8]) == text[8]


def _read_org(text: str) -> Identified:
    bare = text.replace("-", "")
    if not _is_org(bare):
        hint = likely_slip(bare, _is_org, IN_ORG_CODE, {}) or "请核对，或改填统一社会信用代码"
        return _wrong(ProblemCode.ORG_CODE_CHECKSUM, "组织机构代码校验位不符。", hint)
    return _full(IdentifierType.ORG_CODE, bare)


def _lost_zero(text: str) -> Identified:
    """A spreadsheet drops leading zeros of codes it takes for numbers."""
    detail = f"组织机构代码应为9位，现为{len(text)}位，可能丢失了开头的0。"
    zeros = 9 - len(text)
    hint = f"开头补{zeros}个0，校验位即相符，请核对后补上" if _is_org(text.zfill(9)) else "请核对代码"
    return _wrong(ProblemCode.ID_LENGTH, detail, hint)


def _read_masked(text: str, kind: PartyKind | None) -> Identified:
    match = _MASKED.fullmatch(text.replace("-", ""))
    if match is None:
        return _wrong(ProblemCode.ID_UNRECOGNISED, "证件号码无法识别。", "请核对证件号码")
    prefix, suffix = match[1], match[3]
    found: IdentifierType | None = None
    if kind is not PartyKind.UNIT and prefix[:6].isdigit() and len(prefix) >= 6:
        is_permit = prefix[:6] in _RESIDENCE_PERMIT_AREAS
        found = IdentifierType.RESIDENCE_PERMIT if is_permit else IdentifierType.RESIDENT_ID
    return Identified(
        type=found,
        masked_display=f"{prefix[:6]}********{suffix[-4:]}",
        is_masked=True,
        mask_prefix=prefix,
        mask_suffix=suffix,
        warnings=(_MASKED_WARNING,),
    )


def _full(found: IdentifierType, canonical: str, warnings: tuple[Problem, ...] = ()) -> Identified:
    return Identified(type=found, canonical=canonical, masked_display=display_mask(canonical, found), warnings=warnings)


def _wrong(code: ProblemCode, detail: str, suggestion: str) -> Identified:
    return Identified(type=None, problem=Problem(COLUMN, code, _E, detail, suggestion))


# --- showing and finding ----------------------------------------------------------------------------------------------

_IN_CLEAR = frozenset({IdentifierType.USCC, IdentifierType.ORG_CODE, IdentifierType.BUSINESS_REG_NO})
_RESIDENT = frozenset({IdentifierType.RESIDENT_ID, IdentifierType.RESIDENCE_PERMIT})


def display_mask(canonical: str, identifier_type: IdentifierType | str | None) -> str:
    """What pages and answers show: units in clear, persons first 6 and last 4, short documents first 2 and last 2."""
    if not canonical or identifier_type in _IN_CLEAR:
        return canonical
    if len(canonical) >= 15:
        return f"{canonical[:6]}********{canonical[-4:]}"
    return f"{canonical[:2]}****{canonical[-2:]}" if len(canonical) > 5 else "****"


def identity_keys(kind: PartyKind | str, identified: Identified, name_key: str = "") -> list[IdentityKey]:
    """The texts under which a party is found; the caller stores only their blind index.

    Persons: `rid:<18>` for resident ids and residence permits, `<type>:<canonical>` for other documents, and
    `mask:<first 10>|<last 4>|<folded name>` and `mask:<first 6>|<last 4>|<folded name>` (`name_key`), so that a masked
    listing and a full question meet as candidates. Units: `uscc:<18>` with the derived `org:<9>`, `org:<9>`, or
    `business_reg_no:<15>`. What a shared key is worth is decided in `registry.rules.matching`.
    """
    found = identified.type
    canonical = identified.canonical
    keys: list[IdentityKey] = []
    if canonical:
        if found in _RESIDENT:
            keys.append(IdentityKey("rid", f"rid:{canonical}"))
            if kind == PartyKind.PERSON:
                keys += _mask_keys(canonical, canonical, name_key)
        elif found == IdentifierType.USCC:
            keys.append(IdentityKey("uscc", f"uscc:{canonical}"))
            keys.append(IdentityKey("org", f"org:{canonical[8:17]}", is_derived=True))
        elif found == IdentifierType.ORG_CODE:
            keys.append(IdentityKey("org", f"org:{canonical}"))
        elif found is not None:
            keys.append(IdentityKey(str(found), f"{found}:{canonical}"))
    elif identified.is_masked and kind == PartyKind.PERSON:
        keys += _mask_keys(identified.mask_prefix, identified.mask_suffix, name_key)
    return keys


def _mask_keys(prefix: str, suffix: str, name_key: str) -> list[IdentityKey]:
    if not name_key or len(prefix) < 6 or len(suffix) < 4:
        return []
    short = f"mask:{prefix[:6]}|{suffix[-4:]}|{name_key}"
    if len(prefix) < 10:
        return [IdentityKey("mask", short)]
    # The short form is derived from the long one: two parties that both show ten digits must agree in all ten.
    return [
        IdentityKey("mask", f"mask:{prefix[:10]}|{suffix[-4:]}|{name_key}"),
        IdentityKey("mask", short, is_derived=True),
    ]


# --- identifiers where none belongs ---------------------------------------------------------------------------------

# The digits of a number may stand apart, and its check character in any writing.
_IN_TEXT = re.compile(r"(?<!\d)(?:\d(?:[ -]?\d){16}[ -]?(?:[XxＸｘ×ХхΧχ]|\d(?!\d))|\d{15}(?!\d))")
_OF_PERSONS = frozenset({IdentifierType.RESIDENT_ID, IdentifierType.RESIDENCE_PERMIT})


def with_masked_numbers(text: str) -> str:
    """`text` with every valid resident identifier in it masked; other long numbers stay as they are."""
    return _IN_TEXT.sub(_masked_number, text) if len(text) >= 15 else text


def _masked_number(match: re.Match[str]) -> str:
    found = read_identifier(match[0].replace(" ", "").replace("-", ""))
    return found.masked_display if found.is_full and found.type in _OF_PERSONS else match[0]
