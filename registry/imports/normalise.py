"""One raw row → one normalised row: every cell read, every repair and every doubt said (contract.md §2)."""

from datetime import date
from functools import lru_cache

from registry.imports.cells import (
    clean_cell,
    clean_text,
    read_circumstances,
    read_exit_ground,
    read_operation,
    read_performance,
    read_yes,
    suggest_operation,
    text_of,
    word_of,
)
from registry.imports.columns import header_of
from registry.imports.courts import CourtScope
from registry.imports.party import read_bearing, read_party, read_representative
from registry.imports.remarks import ERROR, REPAIRED, WARNING, Cells, remark, too_long
from registry.imports.rows import NormalisedRow
from registry.imports.texts import mask_names, read_texts
from registry.rules.case_numbers import read_case_number, suggest_case_number
from registry.rules.dates import is_plain, read_date
from registry.rules.terms import stated_term_fault
from registry.rules.types import ExitGround, Problem, ProblemCode, RowOperation

LONGEST_COURT = 100
LONGEST_DATE = 40
LONGEST_CASE_NUMBER = 100
LONGEST_CIRCUMSTANCES = 1000

_EXITS = frozenset({RowOperation.SHIELD, RowOperation.REVOKE})


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
    read_party(row, cells, today, problems)
    read_bearing(row, cells, today, problems)
    read_representative(row, cells, today, problems)
    _read_case(row, cells, court, problems)
    _read_conduct(row, cells, problems)
    _read_exit(row, problems)
    mask_names(row, problems)
    if problems:
        row.problems = tuple(problems)
    return row


def _read_operation(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    text = word_of(cells.get("operation"))
    operation = read_operation(text)
    if operation is None:
        detail = "操作只能是新增、变更、屏蔽或撤销。"
        hint = suggest_operation(text)
        problems.append(remark("operation", ProblemCode.OPERATION_UNKNOWN, ERROR, detail, hint))
    row.operation = operation or RowOperation.ADD


def _read_dates(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    row.filed_on = _date(cells, "filed_on", today, problems)
    row.published_on = _date(cells, "published_on", today, problems)
    row.decided_on = _date(cells, "decided_on", today, problems)
    row.term_ends_on = _date(cells, "term_ends_on", today, problems, may_be_future=True)
    row.exit_on = _date(cells, "exit_on", today, problems)
    start = row.decided_on or row.published_on
    if row.term_ends_on and start and row.term_ends_on <= start:
        problems.append(remark("term_ends_on", ProblemCode.DATE_ORDER, ERROR, "期限届满日应晚于决定日期。"))
    if row.filed_on and start and start < row.filed_on:
        problems.append(remark("filed_on", ProblemCode.DATE_ORDER, WARNING, "立案时间晚于决定或发布时间，请核对。"))
    if row.exit_on and start and row.exit_on < start:
        problems.append(remark("exit_on", ProblemCode.DATE_ORDER, WARNING, "退出日期早于决定或发布时间，请核对。"))


def _date(cells: Cells, key: str, today: date, problems: list[Problem], *, may_be_future: bool = False) -> date | None:
    value = cells.get(key)
    if value is None:
        return None
    read = _read_day_again if value.__class__ is str and len(value) <= LONGEST_DATE else _read_day
    day, fault, is_rewritten = read(value, today, may_be_future)
    if fault is not None:
        problems.append(remark(key, fault.code, fault.severity, fault.detail, fault.suggestion))
    elif is_rewritten:
        problems.append(remark(key, ProblemCode.DATE_NORMALISED, REPAIRED, "日期已统一为年-月-日。"))
    return day


def _read_day(value: object, today: date, may_be_future: bool) -> tuple[date | None, Problem | None, bool]:
    found = read_date(value, today=today, may_be_future=may_be_future)
    if isinstance(found, Problem):
        return None, found, False
    return found, None, found is not None and not is_plain(value)


_read_day_again = lru_cache(maxsize=65536)(_read_day)


def _read_case(row: NormalisedRow, cells: Cells, court: CourtScope, problems: list[Problem]) -> None:
    raw = text_of(cells.get("case_number"))
    row.case_number_raw = raw
    row.court_text = clean_cell(cells.get("court"))
    if len(row.court_text) > LONGEST_COURT:
        problems.append(too_long("court", LONGEST_COURT))
    text = clean_text(raw)
    if not text:
        problems.append(remark("case_number", ProblemCode.CASE_NUMBER_MISSING, ERROR, "案号为空。"))
        return
    if len(text) > LONGEST_CASE_NUMBER:
        problems.append(too_long("case_number", LONGEST_CASE_NUMBER))
    case = read_case_number(text)
    if case is None:
        problems.append(
            remark(
                "case_number", ProblemCode.CASE_NUMBER_UNREADABLE, ERROR, "案号无法识别。", suggest_case_number(text)
            )
        )
        return
    row.case_number, row.case_key = case.display, case.key
    if case.display != raw:
        detail = "案号的括号、空格、前导零已统一。"
        problems.append(remark("case_number", ProblemCode.CASE_NUMBER_NORMALISED, REPAIRED, detail))
    answer = court.resolve(case.court_code, row.court_text)
    row.court_code = answer.code
    if answer.problems:
        problems += answer.problems


def _read_conduct(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> None:
    performance = read_performance(word_of(cells.get("performance")))
    if performance is None:
        problems.append(remark("performance", ProblemCode.PERFORMANCE_UNKNOWN, WARNING, "履行情况无法识别。"))
    else:
        row.performance = performance
    text = clean_cell(cells.get("circumstances"))
    if len(text) > LONGEST_CIRCUMSTANCES:
        problems.append(too_long("circumstances", LONGEST_CIRCUMSTANCES))
    row.circumstances_text = text
    row.circumstances, has_unknown = read_circumstances(text[:LONGEST_CIRCUMSTANCES])
    if has_unknown:
        detail = "失信情形不在法定六项之内，按“其他”留存原文。"
        problems.append(remark("circumstances", ProblemCode.CIRCUMSTANCE_UNKNOWN, WARNING, detail))
    elif not row.circumstances and row.operation is RowOperation.ADD:
        problems.append(remark("circumstances", ProblemCode.CIRCUMSTANCE_MISSING, WARNING, "失信行为具体情形为空。"))
    if fault := row.term_ends_on and stated_term_fault(row.circumstances, row.decided_on, row.term_ends_on):
        problems.append(remark("term_ends_on", ProblemCode.TERM_INCONSISTENT, WARNING, *fault))
    unpublishable = read_yes(word_of(cells.get("unpublishable")))
    if unpublishable is None:
        detail = "是否不宜公开无法识别，先按不宜公开处理。"
        problems.append(remark("unpublishable", ProblemCode.PUBLISHABLE_UNREADABLE, WARNING, detail, "请填是或否"))
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
            problems.append(remark(key, ProblemCode.OPERATION_UNKNOWN, ERROR, detail, hint))
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
        problems.append(Problem(missing[0], ProblemCode.EXIT_WITHOUT_REASON, ERROR, detail))
    elif row.exit_ground is ExitGround.OTHER:
        detail = "退出原因不在法定各项之内，按“其他”留存原文。"
        problems.append(remark("exit_ground", ProblemCode.EXIT_GROUND_UNKNOWN, WARNING, detail))
