"""One raw row → one normalised row: every cell read, every repair and every doubt said (contract.md §2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from registry.imports.cells import (
    clean_text,
    read_age,
    read_circumstances,
    read_exit_ground,
    read_kind,
    read_operation,
    read_performance,
    read_sex,
    read_yes,
    text_of,
)
from registry.imports.columns import header_of
from registry.imports.courts import CourtScope
from registry.imports.rows import NormalisedRow
from registry.rules.case_numbers import read_case_number
from registry.rules.dates import is_plain, read_date
from registry.rules.identifiers import birth_date, read_identifier, with_masked_numbers
from registry.rules.matching import is_bearing_consistent
from registry.rules.names import looks_like_unit, read_name
from registry.rules.terms import stated_term_fault
from registry.rules.types import (
    UNIT_IDENTIFIERS,
    ExitGround,
    Identified,
    IdentifierType,
    PartyKind,
    Problem,
    ProblemCode,
    ProblemSeverity,
    RowOperation,
    Sex,
)

ADULT_AT = 18
OLDEST_AGE = 120
LONGEST = {
    "name": 200, "representative_name": 200, "court": 100, "area": 50, "case_number": 100, "basis_number": 200,
    "basis_issuer": 200, "decision_number": 100, "exit_document": 100, "exit_ground": 500, "circumstances": 1000,
}  # fmt: skip

_ERROR = ProblemSeverity.ERROR
_WARNING = ProblemSeverity.WARNING
_REPAIRED = ProblemSeverity.REPAIRED
_PERSONAL = frozenset(
    {
        IdentifierType.RESIDENT_ID,
        IdentifierType.RESIDENCE_PERMIT,
        IdentifierType.FOREIGN_PERMANENT_RESIDENT,
        IdentifierType.PASSPORT,
        IdentifierType.TRAVEL_PERMIT_HK_MACAO,
        IdentifierType.TRAVEL_PERMIT_TAIWAN,
    }
)

Cells = Mapping[str, object]


@lru_cache(maxsize=4096)
def _remark(key: str, code: ProblemCode, severity: ProblemSeverity, detail: str, suggestion: str = "") -> Problem:
    return Problem(header_of(key), code, severity, detail, suggestion)


def normalise_row(cells: Cells, *, court: CourtScope, today: date, row_number: int) -> NormalisedRow:
    """Read one row of a list file; never raises on what a cell holds.

    `cells` are raw values by column key (`registry.imports.columns.COLUMNS`), `court` the uploader's court and those
    below it, `today` the day in Beijing.
    """
    row = NormalisedRow(row_number=row_number)
    problems: list[Problem] = []
    _read_operation(row, cells, problems)
    _read_texts(row, cells, problems)
    _read_dates(row, cells, today, problems)
    _read_party(row, cells, today, problems)
    _read_bearing(row, cells, today, problems)
    _read_representative(row, cells, today, problems)
    _read_case(row, cells, court, problems)
    _read_conduct(row, cells, problems)
    _read_exit(row, cells, problems)
    _mask_numbers(row, problems)
    row.problems = tuple(problems)
    return row


def _read_operation(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    text = text_of(cells.get("operation"))
    operation = read_operation(text)
    if operation is None:
        detail = "操作只能是新增、变更、屏蔽或撤销。"
        problems.append(_remark("operation", ProblemCode.OPERATION_UNKNOWN, _ERROR, detail))
    row.operation = operation or RowOperation.ADD


def _read_texts(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    row.court_text = clean_text(cells.get("court"))
    row.area = clean_text(cells.get("area"))
    row.basis_number = clean_text(cells.get("basis_number"))
    row.basis_issuer = clean_text(cells.get("basis_issuer"))
    row.obligation = clean_text(cells.get("obligation"))
    row.performed_part = clean_text(cells.get("performed_part"))
    row.unperformed_part = clean_text(cells.get("unperformed_part"))
    row.decision_number = clean_text(cells.get("decision_number"))
    for key, most in LONGEST.items():
        value = cells.get(key)
        if isinstance(value, str) and len(value) > most:
            detail = f"“{header_of(key)}”超过{most}字，可能是列错位。"
            problems.append(_remark(key, ProblemCode.TEXT_TOO_LONG, _ERROR, detail))


_FREE_TEXTS = {
    "area": "area", "basis_number": "basis_number", "basis_issuer": "basis_issuer", "obligation": "obligation",
    "performed_part": "performed_part", "unperformed_part": "unperformed_part", "decision_number": "decision_number",
    "exit_document": "exit_document", "exit_ground_text": "exit_ground",
}  # fmt: skip


def _mask_numbers(row: NormalisedRow, problems: list[Problem]) -> None:
    """Texts are kept in clear: no resident identifier may stand in them. The raw row keeps it, encrypted."""
    for attribute, key in _FREE_TEXTS.items():
        text = getattr(row, attribute)
        masked = with_masked_numbers(text)
        if masked != text:
            setattr(row, attribute, masked)
            detail = "文字中的证件号码已脱敏，原文只在加密的原始行中。"
            problems.append(_remark(key, ProblemCode.IDENTIFIER_IN_TEXT, _WARNING, detail))
    row.aliases = tuple(alias for alias in row.aliases if with_masked_numbers(alias) == alias)
    if (masked := with_masked_numbers(row.name)) != row.name:
        row.name, row.name_key = masked, ""
        detail = "姓名或名称里有证件号码。"
        problems.append(_remark("name", ProblemCode.IDENTIFIER_IN_TEXT, _ERROR, detail, "请移到“证件号码”列"))
    if with_masked_numbers(row.representative_name) != row.representative_name:
        row.representative_name = row.representative_name_key = ""
        detail = "姓名里有证件号码，未采用。"
        hint = "请移到“法定代表人或负责人证件号码”列"
        problems.append(_remark("representative_name", ProblemCode.IDENTIFIER_IN_TEXT, _WARNING, detail, hint))


def _read_dates(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    row.filed_on = _date(cells, "filed_on", today, problems)
    row.published_on = _date(cells, "published_on", today, problems)
    row.decided_on = _date(cells, "decided_on", today, problems)
    row.term_ends_on = _date(cells, "term_ends_on", today, problems, may_be_future=True)
    row.exit_on = _date(cells, "exit_on", today, problems)
    start = row.decided_on or row.published_on
    if row.term_ends_on and start and row.term_ends_on <= start:
        problems.append(_remark("term_ends_on", ProblemCode.DATE_ORDER, _ERROR, "期限届满日应晚于决定日期。"))
    if row.filed_on and start and start < row.filed_on:
        problems.append(_remark("filed_on", ProblemCode.DATE_ORDER, _WARNING, "立案时间晚于决定或发布时间，请核对。"))
    if row.exit_on and start and row.exit_on < start:
        problems.append(_remark("exit_on", ProblemCode.DATE_ORDER, _WARNING, "退出日期早于决定或发布时间，请核对。"))


def _date(cells: Cells, key: str, today: date, problems: list[Problem], *, may_be_future: bool = False) -> date | None:
    value = cells.get(key)
    if value is None:
        return None
    found = read_date(value, today=today, may_be_future=may_be_future)
    if isinstance(found, Problem):
        problems.append(_remark(key, found.code, found.severity, found.detail, found.suggestion))
        return None
    if found is not None and not is_plain(value):
        problems.append(_remark(key, ProblemCode.DATE_NORMALISED, _REPAIRED, "日期已统一为年-月-日。"))
    return found


def _read_party(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    _read_name(row, cells, problems)
    kind_text = text_of(cells.get("kind"))
    stated = read_kind(kind_text)
    named_like_unit = stated is None and bool(row.name) and looks_like_unit(row.name)
    expected = stated or (PartyKind.UNIT if named_like_unit else None)
    identified = read_identifier(cells.get("identifier"), kind=expected, today=today)
    row.identified = identified
    problems += identified.repairs
    problems += identified.warnings
    if identified.problem is not None:
        problems.append(identified.problem)
    elif identified.is_missing:
        detail = "证件号码为空，只能提示疑似，不能认定同一主体。"
        problems.append(_remark("identifier", ProblemCode.ID_MISSING, _WARNING, detail, "请补报证件号码"))
    row.kind = stated or _infer_kind(identified, named_like_unit, cells)
    if row.kind is None and identified.problem is None:  # else the row is left out for the reason that matters
        detail = "被执行人类型为空，又无法由证件号码或名称判断。"
        problems.append(_remark("kind", ProblemCode.KIND_UNKNOWN, _ERROR, detail, "请填自然人或单位"))
    elif stated is None and (clean_text(kind_text) or not identified.type):
        detail = f"按证件号码或名称判断为{'自然人' if row.kind is PartyKind.PERSON else '单位'}。"
        problems.append(_remark("kind", ProblemCode.KIND_INFERRED, _WARNING, detail))
    _check_kind(row, identified, problems)


def _read_name(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    raw = text_of(cells.get("name"))
    text = clean_text(raw)
    if not text:
        problems.append(_remark("name", ProblemCode.NAME_MISSING, _ERROR, "姓名或名称为空。"))
        return
    name = read_name(text)
    row.name, row.name_key, row.aliases = name.display, name.key, name.aliases
    if not name.key:
        problems.append(_remark("name", ProblemCode.NAME_MISSING, _ERROR, "姓名或名称没有可读的文字。"))
    if name.aliases:
        detail = "括号内的原名或曾用名已单列。"
        problems.append(_remark("name", ProblemCode.NAME_ALIAS, _REPAIRED, detail))
    elif name.display != raw:
        detail = "姓名或名称的空格、间隔号或不可见字符已规范。"
        problems.append(_remark("name", ProblemCode.NAME_CLEANED, _REPAIRED, detail))
    if name.has_placeholder:
        detail = "姓名或名称含问号、方框等占位符，疑为生僻字丢失。"
        problems.append(_remark("name", ProblemCode.NAME_PLACEHOLDER, _WARNING, detail, "请对照证件补正"))
    if name.is_masked:
        problems.append(_remark("name", ProblemCode.NAME_MASKED, _WARNING, "姓名或名称疑已脱敏。", "请补报全名"))


def _infer_kind(identified: Identified, named_like_unit: bool, cells: Cells) -> PartyKind | None:
    """The identifier tells; then the name; then whether there is a representative or a sex."""
    if named_like_unit or identified.type in UNIT_IDENTIFIERS:
        return PartyKind.UNIT
    if identified.type in _PERSONAL:
        return PartyKind.PERSON
    if clean_text(cells.get("representative_name")):
        return PartyKind.UNIT
    return PartyKind.PERSON if clean_text(cells.get("sex")) else None


def _check_kind(row: NormalisedRow, identified: Identified, problems: list[Problem]) -> None:
    if row.kind is PartyKind.UNIT and identified.type in _PERSONAL:
        detail = "单位的代码列里是自然人的证件号码。"
        hint = "如是法定代表人的证件，请移到“法定代表人或负责人证件号码”列"
        problems.append(_remark("identifier", ProblemCode.ID_KIND_MISMATCH, _ERROR, detail, hint))
    elif row.kind is PartyKind.PERSON and identified.type in UNIT_IDENTIFIERS:
        detail = "自然人的证件列里是单位的代码。"
        hint = "个体工商户与其经营者是两个主体，请核对被执行人是哪一个"
        problems.append(_remark("identifier", ProblemCode.ID_KIND_MISMATCH, _ERROR, detail, hint))


def _read_bearing(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    """Sex and age of a person, held against the identifier; nobody under eighteen (法释〔2017〕7号 art. 4)."""
    if row.kind is not PartyKind.PERSON:
        return
    sex = read_sex(text_of(cells.get("sex")))
    if sex is None:
        problems.append(_remark("sex", ProblemCode.SEX_UNREADABLE, _WARNING, "性别无法识别，按未知处理。"))
    row.sex = sex or Sex.UNKNOWN
    age_text = clean_text(cells.get("age"))
    row.age = read_age(age_text)
    if age_text and ((row.age is None and age_text != "0") or (row.age is not None and row.age > OLDEST_AGE)):
        row.age = None
        problems.append(_remark("age", ProblemCode.AGE_IMPLAUSIBLE, _WARNING, "年龄不合常理，未采用。"))
    identified = row.identified
    if not is_bearing_consistent(identified, sex=row.sex, age=row.age, published_on=row.published_on):
        detail = "性别或年龄与证件号码不一致，请核对。"
        problems.append(_remark("identifier", ProblemCode.SEX_AGE_INCONSISTENT, _WARNING, detail))
    if row.operation not in {RowOperation.ADD, RowOperation.UPDATE}:
        return
    born = birth_date(identified.canonical)
    day = row.decided_on or row.published_on or today
    if born is not None and (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < ADULT_AT:
        detail = "被执行人未满十八周岁，不得纳入（法释〔2017〕7号第四条）。"
        problems.append(_remark("identifier", ProblemCode.MINOR, _ERROR, detail))
    elif born is None and row.age is not None and row.age < ADULT_AT:
        detail = "所填年龄未满十八周岁，请核对；未成年人不得纳入。"
        problems.append(_remark("age", ProblemCode.AGE_IMPLAUSIBLE, _WARNING, detail))


def _read_representative(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    """Kept as a relation of a unit; trouble with its identifier costs the relation's strength, not the row."""
    text = clean_text(cells.get("representative_name"))
    value = cells.get("representative_identifier")
    if not text and value is None:
        return
    if row.kind is PartyKind.PERSON:
        if text:
            detail = "自然人不应有法定代表人或负责人，未采用。"
            problems.append(_remark("representative_name", ProblemCode.REPRESENTATIVE_OF_PERSON, _WARNING, detail))
        return
    name = read_name(text) if text else None
    if name is not None:
        row.representative_name, row.representative_name_key = name.display, name.key
        if name.has_placeholder:
            detail = "姓名含占位符，疑为生僻字丢失。"
            problems.append(_remark("representative_name", ProblemCode.NAME_PLACEHOLDER, _WARNING, detail))
    identified = read_identifier(value, kind=PartyKind.PERSON, today=today)
    header = header_of("representative_identifier")
    problems += [replace(remark, column=header) for remark in (*identified.repairs, *identified.warnings)]
    if identified.problem is not None:
        problems.append(replace(identified.problem.softened(), column=header))
    row.representative_identified = identified


def _read_case(row: NormalisedRow, cells: Cells, court: CourtScope, problems: list[Problem]) -> None:
    raw = text_of(cells.get("case_number"))
    row.case_number_raw = raw
    text = clean_text(raw)
    if not text:
        problems.append(_remark("case_number", ProblemCode.CASE_NUMBER_MISSING, _ERROR, "案号为空。"))
        return
    case = read_case_number(text)
    if case is None:
        hint = "请写成（2020）鲁0116执1234号的样子"
        problems.append(_remark("case_number", ProblemCode.CASE_NUMBER_UNREADABLE, _ERROR, "案号无法识别。", hint))
        return
    row.case_number, row.case_key = case.display, case.key
    if case.display != raw:
        detail = "案号的括号、空格、前导零已统一。"
        problems.append(_remark("case_number", ProblemCode.CASE_NUMBER_NORMALISED, _REPAIRED, detail))
    answer = court.resolve(case.court_code, row.court_text)
    row.court_code = answer.code
    problems += answer.problems


def _read_conduct(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    performance = read_performance(text_of(cells.get("performance")))
    if performance is None:
        problems.append(_remark("performance", ProblemCode.PERFORMANCE_UNKNOWN, _WARNING, "履行情况无法识别。"))
    else:
        row.performance = performance
    text = clean_text(cells.get("circumstances"))
    row.circumstances_text = text
    row.circumstances, has_unknown = read_circumstances(text)
    if has_unknown:
        detail = "失信情形不在法定六项之内，按“其他”留存原文。"
        problems.append(_remark("circumstances", ProblemCode.CIRCUMSTANCE_UNKNOWN, _WARNING, detail))
    elif not row.circumstances and row.operation is RowOperation.ADD:
        problems.append(_remark("circumstances", ProblemCode.CIRCUMSTANCE_MISSING, _WARNING, "失信行为具体情形为空。"))
    if fault := row.term_ends_on and stated_term_fault(row.circumstances, row.decided_on, row.term_ends_on):
        problems.append(_remark("term_ends_on", ProblemCode.TERM_INCONSISTENT, _WARNING, *fault))
    unpublishable = read_yes(text_of(cells.get("unpublishable")))
    if unpublishable is None:
        detail = "是否不宜公开无法识别，先按不宜公开处理。"
        problems.append(_remark("unpublishable", ProblemCode.PUBLISHABLE_UNREADABLE, _WARNING, detail, "请填是或否"))
    row.publishable = unpublishable is False


def _read_exit(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    """屏蔽 and 撤销 need a ground, a document and a day (contract.md §2)."""
    row.exit_ground_text = clean_text(cells.get("exit_ground"))
    row.exit_document = clean_text(cells.get("exit_document"))
    row.exit_ground = read_exit_ground(row.exit_ground_text)
    if row.operation not in {RowOperation.SHIELD, RowOperation.REVOKE}:
        return
    missing = [
        header_of(key)
        for key, value in (
            ("exit_ground", row.exit_ground),
            ("exit_document", row.exit_document),
            ("exit_on", row.exit_on),
        )
        if not value
    ]
    if missing:
        detail = f"屏蔽和撤销须写明退出原因、退出依据文号和退出日期，缺{'、'.join(missing)}。"
        problems.append(Problem(missing[0], ProblemCode.EXIT_WITHOUT_REASON, _ERROR, detail))
    elif row.exit_ground is ExitGround.OTHER:
        detail = "退出原因不在法定各项之内，按“其他”留存原文。"
        problems.append(_remark("exit_ground", ProblemCode.EXIT_GROUND_UNKNOWN, _WARNING, detail))
