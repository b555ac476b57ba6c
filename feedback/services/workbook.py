"""A report as a spreadsheet, with a line that says who took it, when and what for."""

from datetime import datetime
from io import BytesIO

from django.db import transaction
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from agencies.models import User
from core import audit
from feedback.models import Report
from feedback.presenters import sections_of, title_of
from feedback.rules.periods import SHANGHAI, period_of
from registry.imports.cells import escaped

PURPOSE = "联合惩戒工作报告的报送与审核"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = (28, 14, 48, 12, 12, 12)


@transaction.atomic
def export_report(*, report: Report, by: User, at: datetime) -> bytes:
    """The report as .xlsx; the taking is audited. Texts that a spreadsheet would run are escaped."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = report.period
    for column, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    mark = watermark(by, at)
    _line(sheet, title_of(report), bold=True)
    _line(sheet, mark)
    footer = sheet.oddFooter
    assert footer is not None
    footer.center.text = mark
    facts = (
        ("单位", report.agency.name),
        ("报告期", period_of(report.starts_on).label),
        ("状态", report.get_status_display()),
        ("数据截至", f"{report.figures_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("审核意见", report.remarks),
    )
    for label, value in facts:
        sheet.append([label, escaped(value)])
    for section in sections_of(report):
        sheet.append([])
        _line(sheet, section.heading, bold=True)
        for text in filter(None, (section.sentence, section.text)):
            _line(sheet, text)
        if section.rows:
            sheet.append(list(section.columns))
            for cell in sheet[sheet.max_row]:
                cell.font = Font(bold=True)
            for row in section.rows:
                sheet.append([escaped(value) for value in row])
    out = BytesIO()
    book.save(out)
    audit.record(verb="export_report", target=report, by=by, at=at)
    return out.getvalue()


def watermark(by: User, at: datetime) -> str:
    """Purpose, unit, operator, time."""
    unit = by.agency.name if by.agency else "平台"
    return f"用途：{PURPOSE}；单位：{unit}；导出人：{by.display_name}；时间：{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _line(sheet: Worksheet, text: str, *, bold: bool = False) -> None:
    """One text across the sheet."""
    sheet.append([escaped(text)])
    row = sheet.max_row
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(WIDTHS))
    cell = sheet.cell(row, 1)
    cell.font = Font(bold=bold)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    lines = sum(1 + len(line) // 60 for line in text.splitlines())
    sheet.row_dimensions[row].height = 16 * max(1, lines)
