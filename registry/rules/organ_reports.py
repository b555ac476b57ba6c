"""Which debtors a court reports upward, to whom, and how often (湛委办发电〔2019〕25号 二（十一）; domain.md §5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from registry.rules.types import PartyKind

CITATION = "湛委办发电〔2019〕25号二（十一）"
LARGEST = 2_000  # lines of one report: beyond that nobody reads it, and it would be a copy of the list
DAYS_OPEN = 7  # days after the approval during which the workbook can be taken
SHOWN_PERIODS = 8


class DebtorCategory(StrEnum):
    """What a debtor is, in the words of the document."""

    PARTY_OR_STATE_ORGAN = "party_or_state_organ"
    PEOPLES_ORGANISATION = "peoples_organisation"
    SOCIAL_ORGANISATION = "social_organisation"
    STATE_OWNED_ENTERPRISE = "state_owned_enterprise"
    CONGRESS_DEPUTY = "congress_deputy"
    CPPCC_MEMBER = "cppcc_member"


class OrganBody(StrEnum):
    """Who receives the report."""

    DISCIPLINE = "discipline"
    CONGRESS = "congress"
    CPPCC = "cppcc"


class Every(StrEnum):
    """How often: the document says 定期 and no number, so it is configured."""

    MONTH = "month"
    QUARTER = "quarter"


def body_of(category: DebtorCategory) -> OrganBody:
    """To whom a debtor is reported: deputies to their congress, members to their committee, the others to discipline.

    「将党政机关、人民团体、社会组织、国有企业……报告市纪委监委；人大代表……报告市人大常委会；政协委员……报告政协」
    """
    if category is DebtorCategory.CONGRESS_DEPUTY:
        return OrganBody.CONGRESS
    if category is DebtorCategory.CPPCC_MEMBER:
        return OrganBody.CPPCC
    return OrganBody.DISCIPLINE


def categories_of(body: OrganBody) -> list[DebtorCategory]:
    """What a body hears of, in the order of the document."""
    return [category for category in DebtorCategory if body_of(category) is body]


def kind_of(category: DebtorCategory) -> PartyKind:
    """Deputies and members are persons, the others units."""
    return PartyKind.UNIT if body_of(category) is OrganBody.DISCIPLINE else PartyKind.PERSON


def categories_for(kind: str) -> list[DebtorCategory]:
    """What a person, or a unit, can be marked as."""
    return [category for category in DebtorCategory if kind_of(category) == kind]


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """One month (`2026-11`) or quarter (`2026Q4`); both days belong to it."""

    code: str
    first: date
    last: date
    label: str


def period_at(day: date, every: Every) -> ReportPeriod:
    """The period that a day belongs to."""
    months = 3 if every is Every.QUARTER else 1
    month = (day.month - 1) // months * months + 1
    first = date(day.year, month, 1)
    last = date(day.year + (month + months > 12), (month + months - 1) % 12 + 1, 1) - timedelta(days=1)
    if every is Every.QUARTER:
        number = (month + 2) // 3
        return ReportPeriod(f"{day.year}Q{number}", first, last, f"{day.year}年第{'一二三四'[number - 1]}季度")
    return ReportPeriod(f"{day.year}-{month:02}", first, last, f"{day.year}年{month}月")


def periods(today: date, every: Every) -> Iterator[ReportPeriod]:
    """The period that runs and those before it, the newest first."""
    period = period_at(today, every)
    for _ in range(SHOWN_PERIODS):
        yield period
        period = period_at(period.first - timedelta(days=1), every)
