"""The workbook that courts download, fill in and upload (contract.md §2)."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from registry.imports.columns import COLUMNS, header_of

DATA_SHEET = "名单"
GUIDE_SHEET = "填写说明与示例"
PREPARED_ROWS = 5000

_REQUIRED = {"name": "必填", "case_number": "必填", "exit_ground": "屏蔽、撤销必填",
             "exit_document": "屏蔽、撤销必填", "exit_on": "屏蔽、撤销必填"}  # fmt: skip
_LISTS = {
    "operation": "新增,变更,屏蔽,撤销",
    "kind": "自然人,单位",
    "sex": "男,女",
    "performance": "全部未履行,部分未履行,全部已履行",
    "unpublishable": "是,否",
}
# key: (what to write, example)
_GUIDE = {
    "operation": ("不填按新增处理", "新增"),
    "kind": ("不填按证件号码判断", "自然人"),
    "name": ("证件上的全名；生僻字不要用问号代替", "张示例"),
    "identifier": ("身份证、统一社会信用代码等完整号码，单元格须为文本格式；脱敏号码只能提示疑似", "370116199001010000"),
    "sex": ("自然人填写", "女"),
    "age": ("发布时的周岁", "30"),
    "representative_name": ("单位填写", ""),
    "representative_identifier": ("缺号码时，对该人只能提示疑似", ""),
    "court": ("须为本院或下级法院", "莱芜区人民法院"),
    "area": ("", "山东"),
    "case_number": ("执行案号", "（2020）鲁0116执1234号"),
    "filed_on": ("日期写成2020-11-21的样子", "2020-08-03"),
    "basis_number": ("", "（2019）鲁0116民初567号民事判决书"),
    "basis_issuer": ("", "莱芜区人民法院"),
    "obligation": ("", "偿还借款本金10万元"),
    "performance": ("", "全部未履行"),
    "performed_part": ("", ""),
    "unperformed_part": ("", ""),
    "circumstances": ("法定六项，可多项，用逗号分开", "违反财产报告制度"),
    "published_on": ("", "2020-11-21"),
    "decision_number": ("纳入决定书的文号", "（2020）鲁0116执1234号之一"),
    "decided_on": ("决定书自作出之日起生效", "2020-11-20"),
    "term_ends_on": ("“有履行能力而拒不履行”一项没有期限，不填", "2022-11-20"),
    "unpublishable": ("默认否；是则不进入公开查询", "否"),
    "exit_ground": ("法释〔2017〕7号第二条、第九条、第十条所列原因", ""),
    "exit_document": ("", ""),
    "exit_on": ("", ""),
}  # fmt: skip

_HEAD_FILL = PatternFill("solid", fgColor="FFDCE6F1")
_EXAMPLE_FONT = Font(italic=True, color="FF7F7F7F")


def template_workbook() -> bytes:
    """The template as .xlsx: an empty list sheet with text format and choice lists, and a sheet that explains it.

    The example stands on the second sheet, marked as one, so that it can never be uploaded as a row.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = DATA_SHEET
    _fill_list_sheet(sheet)
    _fill_guide(book.create_sheet(GUIDE_SHEET))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill_list_sheet(sheet: Worksheet) -> None:
    sheet.append([header_of(key) for key in COLUMNS])
    sheet.freeze_panes = "A2"
    for position, key in enumerate(COLUMNS, start=1):
        letter = get_column_letter(position)
        cell = sheet.cell(row=1, column=position)
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
        sheet.column_dimensions[letter].width = max(14, 2 * len(header_of(key)) + 2)
        sheet.column_dimensions[letter].number_format = "@"
        if key in _LISTS:
            choice = DataValidation(type="list", formula1=f'"{_LISTS[key]}"', allow_blank=True)
            choice.error = "请从列表中选择"
            sheet.add_data_validation(choice)
            choice.add(f"{letter}2:{letter}{PREPARED_ROWS}")


def _fill_guide(sheet: Worksheet) -> None:
    sheet.append(["列", "是否必填", "填写要求", "示例（仅供参考，不会被读取）"])
    for key in COLUMNS:
        note, example = _GUIDE[key]
        sheet.append([header_of(key), _REQUIRED.get(key, ""), note, example])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
    for row in sheet.iter_rows(min_row=2):
        row[2].alignment = Alignment(wrap_text=True)
        row[3].font = _EXAMPLE_FONT
        row[3].number_format = "@"
    for letter, width in zip("ABCD", (28, 16, 60, 44), strict=True):
        sheet.column_dimensions[letter].width = width
