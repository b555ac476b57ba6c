"""Synthetic list batches for demonstration, tests and benchmarks.

Synthetic persons use sequence code 000, which no real identifier has (and which reads as female); synthetic units use
organisation codes that begin with TX. The same seed gives the same rows.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from openpyxl import Workbook

from registry.imports.cells import escaped
from registry.imports.columns import COLUMNS, header_of
from registry.rules.identifiers import org_check_character, resident_check_character, uscc_check_character

Row = dict[str, str]

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲建国文斌婷宇浩凯鑫波辉健俊帆雪倩晨旭佳慧琳颖峰"
_PLACES = ("济南", "莱芜", "泰安", "淄博", "章丘", "鲁中", "钢城", "齐鲁")
_WORDS = "信诚恒泰隆盛瑞丰鼎源汇通嘉禾宏远博达润泽华兴金茂中和永昌"
_TRADES = ("商贸", "建材", "置业", "物流", "机械", "食品", "农业科技", "粉末冶金", "建筑工程", "餐饮管理")
_FORMS = ("有限公司", "有限公司", "有限责任公司", "股份有限公司", "农民专业合作社")
_CIRCUMSTANCES = (
    "有履行能力而拒不履行生效法律文书确定义务",
    "以伪造证据、暴力、威胁等方法妨碍、抗拒执行",
    "以虚假诉讼、虚假仲裁或者以隐匿、转移财产等方法规避执行",
    "违反财产报告制度",
    "违反限制消费令",
    "无正当理由拒不履行执行和解协议",
)
_BORN_FROM = date(1950, 1, 1)
_BIRTHDAYS = 18262  # 1950 … 1999
_AREAS = [f"37{city:02d}{county:02d}" for city in range(1, 18) for county in range(1, 31)]
_SPREAD = 2_750_159  # prime and coprime to the numbers it walks through: neighbours in a file are no neighbours in age
_BASE31 = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PERSON_SHARE = 0.7


def person_identifier(number: int) -> str:
    """The `number`-th synthetic resident identifier: right check character, sequence code 000."""
    place = number * _SPREAD % (_BIRTHDAYS * len(_AREAS))
    born = _BORN_FROM + timedelta(days=place % _BIRTHDAYS)
    first17 = f"{_AREAS[place // _BIRTHDAYS]}{born:%Y%m%d}000"
    return first17 + resident_check_character(first17)


def unit_identifier(number: int) -> str:
    """The `number`-th synthetic USCC: enterprise registered in 370116, organisation code TX……."""
    code, rest = "", number
    for _ in range(6):
        rest, digit = divmod(rest, 31)
        code = _BASE31[digit] + code
    first8 = f"TX{code}"
    first17 = f"91370116{first8}{org_check_character(first8)}"
    return first17 + uscc_check_character(first17)


def sample_rows(
    n: int,
    seed: int,
    dirty_share: float = 0.0,
    *,
    court: str = "鲁0116",
    court_name: str = "莱芜区人民法院",
    until: date = date(2026, 6, 30),
) -> Iterator[Row]:
    """`n` rows of mixed persons and units by column key; `dirty_share` of them carry one defect of domain.md §2.6."""
    rng = Random(seed)  # noqa: S311 the same rows every time: nothing secret is drawn
    start = seed % 1000 * 10_000_000
    for index in range(n):
        row = _clean_row(rng, start + index, index, court, court_name, until)
        if dirty_share and rng.random() < dirty_share:
            rng.choice(DEFECTS)(rng, row)
        yield row


def _clean_row(rng: Random, number: int, index: int, court: str, court_name: str, until: date) -> Row:
    published = until - timedelta(days=rng.randrange(5 * 365) * 4 // 5)
    decided = published - timedelta(days=rng.randrange(4))
    filed = decided - timedelta(days=rng.randrange(30, 400))
    circumstance = rng.choice(_CIRCUMSTANCES)
    row = {
        "operation": "新增",
        "court": court_name,
        "area": "山东",
        "case_number": f"（{filed.year}）{court}执{index + 1}号",
        "filed_on": filed.isoformat(),
        "basis_number": f"（{filed.year - 1}）{court}民初{rng.randrange(1, 9000)}号民事判决书",
        "basis_issuer": court_name,
        "obligation": f"偿还借款本金{rng.randrange(1, 500)}万元及利息。",
        "performance": rng.choice(("全部未履行", "全部未履行", "部分未履行")),
        "circumstances": circumstance,
        "published_on": published.isoformat(),
        "decision_number": f"（{decided.year}）{court}执{index + 1}号之一",
        "decided_on": decided.isoformat(),
        "unpublishable": "否",
    }
    if circumstance != _CIRCUMSTANCES[0]:
        # two years, extended by one to three where they would be over by now (法释〔2017〕7号 art. 2)
        terms = (decided + timedelta(days=365 * years) for years in (2, 3, 4, 5))
        row["term_ends_on"] = next(term for term in terms if term > until + timedelta(days=300)).isoformat()
    if rng.random() < PERSON_SHARE:
        identifier = person_identifier(number)
        age = published.year - int(identifier[6:10]) - (f"{published:%m%d}" < identifier[10:14])
        row |= {"kind": "自然人", "name": _person_name(rng), "identifier": identifier, "sex": "女", "age": str(age)}
    else:
        name = f"{rng.choice(_PLACES)}{''.join(rng.sample(_WORDS, 2))}{rng.choice(_TRADES)}{rng.choice(_FORMS)}"
        row |= {"kind": "单位", "name": name, "identifier": unit_identifier(number)}
        row["representative_name"] = _person_name(rng)
        if rng.random() < 0.8:
            row["representative_identifier"] = person_identifier(number + 5_000_000)
    return row


def _person_name(rng: Random) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))


# --- defects ----------------------------------------------------------------------------------------------------------

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
Defect = Callable[[Random, Row], None]


def _set(key: str, value: str) -> Defect:
    def defect(rng: Random, row: Row) -> None:
        row[key] = value

    return defect


def _change(key: str, change: Callable[[str], str]) -> Defect:
    def defect(rng: Random, row: Row) -> None:
        row[key] = change(row[key])

    return defect


def _chinese_date(text: str) -> str:
    return f"{int(text[:4])}年{int(text[5:7])}月{int(text[8:])}日"


def _damaged(text: str) -> str:
    return text[:-1] + ("1" if text[-1] != "1" else "2")


def _masked(rng: Random, row: Row) -> None:
    if row["kind"] == "自然人":
        row["identifier"] = f"{row['identifier'][:10]}****{row['identifier'][-4:]}"


def _representative_in_code_column(rng: Random, row: Row) -> None:
    if row["kind"] == "单位":
        row["identifier"] = person_identifier(rng.randrange(1_000_000))


def _exit_without_reason(rng: Random, row: Row) -> None:
    row["operation"] = rng.choice(("屏蔽", "撤销"))


DEFECTS: tuple[Defect, ...] = (
    _change("identifier", lambda text: text.translate(_FULL_WIDTH)),
    _change("identifier", lambda text: f" {text[:6]} {text[6:14]} {text[14:]}\u200b"),
    _change("identifier", str.lower),
    _change("identifier", _damaged),
    _change("identifier", lambda text: text[:-1]),
    _change("identifier", lambda text: f"{text},{person_identifier(7)}"),
    _set("identifier", "3.70116E+17"),
    _set("identifier", ""),
    _masked,
    _representative_in_code_column,
    _change("published_on", _chinese_date),
    _change("published_on", lambda text: text.replace("-", "/")),
    _change("filed_on", lambda text: text.replace("-", "")),
    _set("decided_on", "不清楚"),
    _set("filed_on", "0000-00-00"),
    _change("name", lambda text: f"{text[0]} {text[1:]}"),
    _change("name", lambda text: f"{text}□"),
    _change("name", lambda text: f"{text}（曾用名：{text[0]}小明）"),
    _set("name", "空"),
    _change("case_number", lambda text: text.replace("（", "(").replace("）", ")")),
    _set("case_number", "执行案件"),
    _change("court", lambda text: text.replace("人民", "人名")),
    _set("obligation", '支付货款"5 746 611.84元"，\n另付利息232万元'),
    _set("circumstances", "违反财产报告制度,其它规避执行，违反限制高消费令"),
    _set("performance", "暂无"),
    _set("age", "0"),
    _set("sex", "男性"),
    _exit_without_reason,
)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_sample(path: Path, rows: Iterable[Row]) -> int:
    """Write rows to .xlsx or .csv by extension; returns how many. Texts a spreadsheet would run are escaped."""
    if path.suffix.lower() == ".xlsx":
        return _write_xlsx(path, rows)
    if path.suffix.lower() == ".csv":
        return _write_csv(path, rows)
    raise ValueError("only .xlsx and .csv")


def _lines(rows: Iterable[Row]) -> Iterator[list[object]]:
    yield [header_of(key) for key in COLUMNS]
    for row in rows:
        yield [escaped(row.get(key, "")) for key in COLUMNS]


def _write_csv(path: Path, rows: Iterable[Row]) -> int:
    count = -1
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for line in _lines(rows):
            writer.writerow(line)
            count += 1
    return count


def _write_xlsx(path: Path, rows: Iterable[Row]) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    count = -1
    for line in _lines(rows):
        sheet.append([cell or None for cell in line])
        count += 1
    book.save(path)
    return count
