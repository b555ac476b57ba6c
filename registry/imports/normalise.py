"""One raw row → one normalised row: every cell read, every repair and every doubt said (contract.md §2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from registry.imports.cells import (
    clean_again,
    clean_text,
    read_age,
    read_circumstances,
    read_exit_ground,
    read_kind,
    read_operation,
    read_performance,
    read_sex,
    read_yes,
    suggest_operation,
    text_of,
)
from registry.imports.columns import header_of
from registry.imports.courts import CourtScope
from registry.imports.rows import NormalisedRow
from registry.imports.texts import mask_names, read_texts, too_long
from registry.rules.case_numbers import read_case_number, suggest_case_number
from registry.rules.dates import is_plain, read_date
from registry.rules.identifiers import birth_date, read_identifier
from registry.rules.matching import is_bearing_consistent
from registry.rules.names import Name, fold, looks_like_unit, read_name
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
LONGEST_NAME = 200
LONGEST_COURT = 100
LONGEST_DATE = 40
LONGEST_WORD = 200
LONGEST_CASE_NUMBER = 100
LONGEST_CIRCUMSTANCES = 1000

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

_EXITS = frozenset({RowOperation.SHIELD, RowOperation.REVOKE})

Cells = Mapping[str, object]


@lru_cache(maxsize=4096)
def _remark(key: str, code: ProblemCode, severity: ProblemSeverity, detail: str, suggestion: str = "") -> Problem:
    return Problem(header_of(key), code, severity, detail, suggestion)


def normalise_row(cells: Cells, *, court: CourtScope, today: date, row_number: int) -> NormalisedRow:
    """Read one row of a list file; never raises on what a cell holds.

    `cells` are raw values by column key (`registry.imports.columns.COLUMNS`), `court` the uploader's court and those
    below it, `today` the day in Beijing.
    """
    row = NormalisedRow(row_number)
    problems: list[Problem] = []
    _read_operation(row, cells, problems)
    read_texts(row, cells, problems)
    _read_dates(row, cells, today, problems)
    _read_party(row, cells, today, problems)
    _read_bearing(row, cells, today, problems)
    _read_representative(row, cells, today, problems)
    _read_case(row, cells, court, problems)
    _read_conduct(row, cells, problems)
    _read_exit(row, problems)
    mask_names(row, problems)
    if problems:
        row.problems = tuple(problems)
    return row


def _text(value: object) -> str:
    return value if value.__class__ is str else text_of(value)  # type: ignore[return-value]


def _word(value: object) -> str:
    """A cell of a closed vocabulary; its readers remember what they have read, so nothing long goes there."""
    return _text(value)[:LONGEST_WORD]


def _clean(value: object) -> str:
    """`clean_text` of a column that says the same thing many times."""
    return clean_again(value) if value.__class__ is str else clean_text(value)  # type: ignore[arg-type]


def _read_operation(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    text = _word(cells.get("operation"))
    operation = read_operation(text)
    if operation is None:
        detail = "操作只能是新增、变更、屏蔽或撤销。"
        hint = suggest_operation(text)
        problems.append(_remark("operation", ProblemCode.OPERATION_UNKNOWN, _ERROR, detail, hint))
    row.operation = operation or RowOperation.ADD


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
    read = _read_day_again if value.__class__ is str and len(value) <= LONGEST_DATE else _read_day  # type: ignore[arg-type]
    day, fault, is_rewritten = read(value, today, may_be_future)
    if fault is not None:
        problems.append(_remark(key, fault.code, fault.severity, fault.detail, fault.suggestion))
    elif is_rewritten:
        problems.append(_remark(key, ProblemCode.DATE_NORMALISED, _REPAIRED, "日期已统一为年-月-日。"))
    return day


def _read_day(value: object, today: date, may_be_future: bool) -> tuple[date | None, Problem | None, bool]:
    found = read_date(value, today=today, may_be_future=may_be_future)
    if isinstance(found, Problem):
        return None, found, False
    return found, None, found is not None and not is_plain(value)


_read_day_again = lru_cache(maxsize=65536)(_read_day)


def _read_party(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    has_pinyin = _read_name(row, cells, problems)
    kind_text = _word(cells.get("kind"))
    stated = read_kind(kind_text)
    named_like_unit = stated is None and bool(row.name) and looks_like_unit(row.name)
    expected = stated or (PartyKind.UNIT if named_like_unit else None)
    identified = read_identifier(cells.get("identifier"), kind=expected, today=today)
    row.identified = identified
    if identified.repairs or identified.warnings:
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
    if has_pinyin and row.kind is PartyKind.PERSON:
        detail = "姓名中夹有拼音，疑为生僻字打不出。"
        problems.append(_remark("name", ProblemCode.NAME_PLACEHOLDER, _WARNING, detail, "请对照证件补正"))


def _read_name(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> bool:
    """Whether the name holds pinyin, which only matters for a person."""
    raw = _text(cells.get("name"))
    text = clean_text(raw)
    if not text:
        problems.append(_remark("name", ProblemCode.NAME_MISSING, _ERROR, "姓名或名称为空。"))
        return False
    name = read_name(text)
    row.name, row.name_key, row.aliases = name.display, name.key, name.aliases
    if len(name.display) > LONGEST_NAME or len(name.key) > LONGEST_NAME:
        problems.append(too_long("name", LONGEST_NAME))
    if name.display is not raw or name.has_placeholder or name.is_masked or not name.key:
        _judge_name(row, name, raw, problems)
    return name.has_pinyin


def _judge_name(row: NormalisedRow, name: Name, raw: str, problems: list[Problem]) -> None:
    if not name.key:
        problems.append(_remark("name", ProblemCode.NAME_MISSING, _ERROR, "姓名或名称没有可读的文字。"))
    if name.aliases:
        row.aliases = tuple(alias for alias in name.aliases if len(fold(alias)) <= LONGEST_NAME)
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
    sex = read_sex(_word(cells.get("sex")))
    if sex is None:
        problems.append(_remark("sex", ProblemCode.SEX_UNREADABLE, _WARNING, "性别无法识别，按未知处理。"))
    row.sex = sex or Sex.UNKNOWN
    age_text = _clean(cells.get("age"))
    row.age = read_age(age_text[:LONGEST_WORD])
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
    if born is not None and day.year - born.year > ADULT_AT:
        return
    if born is not None and (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < ADULT_AT:
        detail = "被执行人未满十八周岁，不得纳入（法释〔2017〕7号第四条）。"
        problems.append(_remark("identifier", ProblemCode.MINOR, _ERROR, detail))
    elif born is None and row.age is not None and row.age < ADULT_AT:
        detail = "所填年龄未满十八周岁，请核对；未成年人不得纳入。"
        problems.append(_remark("age", ProblemCode.AGE_IMPLAUSIBLE, _WARNING, detail))


def _read_representative(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    """Kept as a relation of a unit; trouble with its identifier costs the relation's strength, not the row."""
    said, value = cells.get("representative_name"), cells.get("representative_identifier")
    if said is None and value is None:
        return
    text = clean_text(said)
    if row.kind is PartyKind.PERSON:
        if text:
            detail = "自然人不应有法定代表人或负责人，未采用。"
            problems.append(_remark("representative_name", ProblemCode.REPRESENTATIVE_OF_PERSON, _WARNING, detail))
        return
    if text:
        _read_representative_name(row, text, problems)
    if value is not None:
        identified = row.representative_identified = read_identifier(value, kind=PartyKind.PERSON, today=today)
        fault = () if identified.problem is None else (identified.problem.softened(),)
        remarks = (*identified.repairs, *identified.warnings, *fault)
        problems += [replace(remark, column=header_of("representative_identifier")) for remark in remarks]


def _read_representative_name(row: NormalisedRow, text: str, problems: list[Problem]) -> None:
    name = read_name(text)
    row.representative_name, row.representative_name_key = name.display, name.key
    if len(name.display) > LONGEST_NAME or len(name.key) > LONGEST_NAME:
        problems.append(too_long("representative_name", LONGEST_NAME))
    if name.has_placeholder:
        detail = "姓名含占位符，疑为生僻字丢失。"
        problems.append(_remark("representative_name", ProblemCode.NAME_PLACEHOLDER, _WARNING, detail))


def _read_case(row: NormalisedRow, cells: Cells, court: CourtScope, problems: list[Problem]) -> None:
    raw = _text(cells.get("case_number"))
    row.case_number_raw = raw
    row.court_text = _clean(cells.get("court"))
    if len(row.court_text) > LONGEST_COURT:
        problems.append(too_long("court", LONGEST_COURT))
    text = clean_text(raw)
    if not text:
        problems.append(_remark("case_number", ProblemCode.CASE_NUMBER_MISSING, _ERROR, "案号为空。"))
        return
    if len(text) > LONGEST_CASE_NUMBER:
        problems.append(too_long("case_number", LONGEST_CASE_NUMBER))
    case = read_case_number(text)
    if case is None:
        problems.append(
            _remark(
                "case_number", ProblemCode.CASE_NUMBER_UNREADABLE, _ERROR, "案号无法识别。", suggest_case_number(text)
            )
        )
        return
    row.case_number, row.case_key = case.display, case.key
    if case.display != raw:
        detail = "案号的括号、空格、前导零已统一。"
        problems.append(_remark("case_number", ProblemCode.CASE_NUMBER_NORMALISED, _REPAIRED, detail))
    answer = court.resolve(case.court_code, row.court_text)
    row.court_code = answer.code
    if answer.problems:
        problems += answer.problems


def _read_conduct(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    performance = read_performance(_word(cells.get("performance")))
    if performance is None:
        problems.append(_remark("performance", ProblemCode.PERFORMANCE_UNKNOWN, _WARNING, "履行情况无法识别。"))
    else:
        row.performance = performance
    text = _clean(cells.get("circumstances"))
    if len(text) > LONGEST_CIRCUMSTANCES:
        problems.append(too_long("circumstances", LONGEST_CIRCUMSTANCES))
    row.circumstances_text = text
    row.circumstances, has_unknown = read_circumstances(text[:LONGEST_CIRCUMSTANCES])
    if has_unknown:
        detail = "失信情形不在法定六项之内，按“其他”留存原文。"
        problems.append(_remark("circumstances", ProblemCode.CIRCUMSTANCE_UNKNOWN, _WARNING, detail))
    elif not row.circumstances and row.operation is RowOperation.ADD:
        problems.append(_remark("circumstances", ProblemCode.CIRCUMSTANCE_MISSING, _WARNING, "失信行为具体情形为空。"))
    if fault := row.term_ends_on and stated_term_fault(row.circumstances, row.decided_on, row.term_ends_on):
        problems.append(_remark("term_ends_on", ProblemCode.TERM_INCONSISTENT, _WARNING, *fault))
    unpublishable = read_yes(_word(cells.get("unpublishable")))
    if unpublishable is None:
        detail = "是否不宜公开无法识别，先按不宜公开处理。"
        problems.append(_remark("unpublishable", ProblemCode.PUBLISHABLE_UNREADABLE, _WARNING, detail, "请填是或否"))
    row.publishable = unpublishable is False


def _read_exit(row: NormalisedRow, problems: list[Problem]) -> None:
    """屏蔽 and 撤销 need a ground, a document and a day (contract.md §2); who has left already is no addition."""
    if row.exit_ground_text:
        row.exit_ground = read_exit_ground(row.exit_ground_text[:LONGEST_CIRCUMSTANCES])
    if row.operation not in _EXITS:
        if row.operation is RowOperation.ADD and (row.exit_on or row.exit_ground):
            key = "exit_on" if row.exit_on else "exit_ground"
            detail = "操作为新增，却填有退出日期或退出原因：已退出的不能新增。"
            hint = "已退出的，操作填屏蔽或撤销；再次纳入的，请清空退出各列"
            problems.append(_remark(key, ProblemCode.OPERATION_UNKNOWN, _ERROR, detail, hint))
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
