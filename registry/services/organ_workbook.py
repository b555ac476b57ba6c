"""The workbook of a report upward: a sheet for each category, the watermark on every one, no cell a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils.timezone import localtime
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from core.privacy import redact
from registry.choices import DebtorCategory
from registry.models import DebtorMark, OrganReport
from registry.rules import organ_reports as rules
from registry.services.exports import text_cell

HEADS = (
    "序号",
    "被执行人",
    "身份类别",
    "认定依据",
    "证件类型",
    "证件号码（已脱敏）",
    "执行法院",
    "案号",
    "立案时间",
    "履行情况",
    "已履行部分",
    "未履行部分",
    "决定书文号",
    "期限届满日",
    "名单状态",
    "是否公开",
)
_HEAD = PatternFill("solid", fgColor="E8EDF3")
_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Watermark:
    """Who took the workbook, when, what for, and for whom."""

    court: str
    taken_by: str
    at: datetime
    purpose: str
    recipient: str

    def __str__(self) -> str:
        when = f"{localtime(self.at):%Y-%m-%d %H:%M:%S}"
        words = f"{self.court} · {self.taken_by} · {when} · 用途：{self.purpose} · 接收单位：{self.recipient}"
        return f"{words} · 内部资料，含不公开信息，不得转送或公布"


def write_workbook(*, report: OrganReport, marks: Sequence[DebtorMark], gone: int, watermark: Watermark) -> IO[bytes]:
    """An open temporary file at its beginning. `marks` ordered by category, listings loaded; `gone` were left out."""
    book = Workbook(write_only=True)
    by_category = {key: list(group) for key, group in groupby(marks, key=lambda mark: mark.category)}
    for category in rules.categories_of(rules.OrganBody(report.body)):
        _sheet(book, DebtorCategory(category), by_category.get(category, []), report, gone, watermark)
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 the response closes it
    book.save(file)
    file.seek(0)
    return file


def _sheet(
    book: Workbook,
    category: DebtorCategory,
    marks: Sequence[DebtorMark],
    report: OrganReport,
    gone: int,
    watermark: Watermark,
) -> None:
    sheet: Any = book.create_sheet(str(category.label))
    sheet.freeze_panes = "C4"
    sheet.print_title_rows = "1:3"
    for index in range(1, len(HEADS) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = _WIDTH
    sheet.append([text_cell(sheet, str(watermark), font=Font(bold=True, color="8A1C1C"))])
    left_out = f"；申请之后已退出名单或取消标记的{gone}条未列入" if gone else ""
    said = f"{report.period_label}报{report.get_body_display()}，依据{rules.CITATION}{left_out}"
    sheet.append([text_cell(sheet, f"{said}。" if marks else f"{said}。本类没有在列的被执行人。")])
    sheet.append([text_cell(sheet, head, font=Font(bold=True), fill=_HEAD) for head in HEADS])
    for number, mark in enumerate(marks, start=1):
        sheet.append([text_cell(sheet, text) for text in _line(number, mark)])


def _line(number: int, mark: DebtorMark) -> list[str]:
    listing = mark.listing
    return [
        str(number),
        listing.name,
        mark.get_category_display(),
        redact(mark.basis),
        listing.get_id_type_display(),
        listing.id_masked,
        str(listing.court),
        listing.case_number,
        _day(listing.filed_on),
        listing.get_performance_display(),
        redact(listing.performed_part),
        redact(listing.unperformed_part),
        listing.decision_number,
        _day(listing.term_ends_on),
        listing.get_status_display(),
        "公开" if listing.publishable else "不公开",
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
