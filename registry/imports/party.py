"""Who a row speaks of: name, kind, identifier, sex and age, and the representative of a unit."""

from dataclasses import replace
from datetime import date

from registry.imports.cells import LONGEST_WORD, clean_cell, clean_text, read_age, read_kind, read_sex, text_of, word_of
from registry.imports.columns import header_of
from registry.imports.remarks import ERROR, REPAIRED, WARNING, Cells, remark, too_long
from registry.imports.rows import NormalisedRow
from registry.rules.identifiers import birth_date, read_identifier
from registry.rules.matching import is_bearing_consistent
from registry.rules.names import Name, fold, looks_like_unit, read_name
from registry.rules.types import (
    UNIT_IDENTIFIERS,
    Identified,
    IdentifierType,
    PartyKind,
    Problem,
    ProblemCode,
    RowOperation,
    Sex,
)

ADULT_AT = 18
OLDEST_AGE = 120
LONGEST_NAME = 200
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


def read_party(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    """The name, the identifier, and what kind of party they are of."""
    has_pinyin = _read_name(row, cells, problems)
    kind_text = word_of(cells.get("kind"))
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
        problems.append(remark("identifier", ProblemCode.ID_MISSING, WARNING, detail, "请补报证件号码"))
    row.kind = stated or _infer_kind(identified, named_like_unit, cells)
    if row.kind is None and identified.problem is None:  # else the row is left out for the reason that matters
        detail = "被执行人类型为空，又无法由证件号码或名称判断。"
        problems.append(remark("kind", ProblemCode.KIND_UNKNOWN, ERROR, detail, "请填自然人或单位"))
    elif row.kind is not None and stated is None and (clean_text(kind_text) or not identified.type):
        detail = f"按证件号码或名称判断为{'自然人' if row.kind is PartyKind.PERSON else '单位'}。"
        problems.append(remark("kind", ProblemCode.KIND_INFERRED, WARNING, detail))
    _check_kind(row, identified, problems)
    if has_pinyin and row.kind is PartyKind.PERSON:
        detail = "姓名中夹有拼音，疑为生僻字打不出。"
        problems.append(remark("name", ProblemCode.NAME_PLACEHOLDER, WARNING, detail, "请对照证件补正"))


def _read_name(row: NormalisedRow, cells: Cells, problems: list[Problem]) -> bool:
    """Whether the name holds pinyin, which only matters for a person."""
    raw = text_of(cells.get("name"))
    text = clean_text(raw)
    if not text:
        problems.append(remark("name", ProblemCode.NAME_MISSING, ERROR, "姓名或名称为空。"))
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
        problems.append(remark("name", ProblemCode.NAME_MISSING, ERROR, "姓名或名称没有可读的文字。"))
        return
    if name.aliases:
        row.aliases = tuple(alias for alias in name.aliases if len(fold(alias)) <= LONGEST_NAME)
        detail = "括号内的原名或曾用名已单列。"
        problems.append(remark("name", ProblemCode.NAME_ALIAS, REPAIRED, detail))
    elif name.display != raw:
        detail = "姓名或名称的空格、间隔号或不可见字符已规范。"
        problems.append(remark("name", ProblemCode.NAME_CLEANED, REPAIRED, detail))
    if name.has_placeholder:
        detail = "姓名或名称含问号、方框等占位符，疑为生僻字丢失。"
        problems.append(remark("name", ProblemCode.NAME_PLACEHOLDER, WARNING, detail, "请对照证件补正"))
    if name.is_masked:
        problems.append(remark("name", ProblemCode.NAME_MASKED, WARNING, "姓名或名称疑已脱敏。", "请补报全名"))


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
        problems.append(remark("identifier", ProblemCode.ID_KIND_MISMATCH, ERROR, detail, hint))
    elif row.kind is PartyKind.PERSON and identified.type in UNIT_IDENTIFIERS:
        detail = "自然人的证件列里是单位的代码。"
        hint = "个体工商户与其经营者是两个主体，请核对被执行人是哪一个"
        problems.append(remark("identifier", ProblemCode.ID_KIND_MISMATCH, ERROR, detail, hint))


def read_bearing(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    """Sex and age of a person, held against the identifier; nobody under eighteen (法释〔2017〕7号 art. 4)."""
    if row.kind is not PartyKind.PERSON:
        return
    sex = read_sex(word_of(cells.get("sex")))
    if sex is None:
        problems.append(remark("sex", ProblemCode.SEX_UNREADABLE, WARNING, "性别无法识别，按未知处理。"))
    row.sex = sex or Sex.UNKNOWN
    age_text = clean_cell(cells.get("age"))
    row.age = read_age(age_text[:LONGEST_WORD])
    if age_text and ((row.age is None and age_text != "0") or (row.age is not None and row.age > OLDEST_AGE)):
        row.age = None
        problems.append(remark("age", ProblemCode.AGE_IMPLAUSIBLE, WARNING, "年龄不合常理，未采用。"))
    identified = row.identified
    if not is_bearing_consistent(identified, sex=row.sex, age=row.age, published_on=row.published_on):
        detail = "性别或年龄与证件号码不一致，请核对。"
        problems.append(remark("identifier", ProblemCode.SEX_AGE_INCONSISTENT, WARNING, detail))
    if row.operation not in {RowOperation.ADD, RowOperation.UPDATE}:
        return
    born = birth_date(identified.canonical)
    day = row.decided_on or row.published_on or today
    if born is not None and day.year - born.year > ADULT_AT:
        return
    if born is not None and (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < ADULT_AT:
        detail = "被执行人未满十八周岁，不得纳入（法释〔2017〕7号第四条）。"
        problems.append(remark("identifier", ProblemCode.MINOR, ERROR, detail))
    elif born is None and row.age is not None and row.age < ADULT_AT:
        detail = "所填年龄未满十八周岁，请核对；未成年人不得纳入。"
        problems.append(remark("age", ProblemCode.AGE_IMPLAUSIBLE, WARNING, detail))


def read_representative(row: NormalisedRow, cells: Cells, today: date, problems: list[Problem]) -> None:
    """Kept as a relation of a unit; trouble with its identifier costs the relation's strength, not the row."""
    said, value = cells.get("representative_name"), cells.get("representative_identifier")
    if said is None and value is None:
        return
    text = clean_text(said)
    if row.kind is PartyKind.PERSON:
        if text:
            detail = "自然人不应有法定代表人或负责人，未采用。"
            problems.append(remark("representative_name", ProblemCode.REPRESENTATIVE_OF_PERSON, WARNING, detail))
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
        problems.append(remark("representative_name", ProblemCode.NAME_PLACEHOLDER, WARNING, detail))
