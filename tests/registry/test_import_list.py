"""A list brought in from the command line: one of several sheets, and the court's whole list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from agencies.models import User
from registry.models import Batch, Listing
from tests import builders
from tests.registry.builders import row, write_list

pytestmark = pytest.mark.django_db

WHOLE: dict[str, Any] = {
    "court": "鲁0116",
    "snapshot": True,
    "exit_ground": "terminated",
    "exit_document": "（2026）鲁0116执清1号",
    "exit_on": date(2026, 11, 19),
}


def two_sheets(path: Path) -> Path:
    book = Workbook(write_only=True)
    for number, title in enumerate(("第一庭", "第二庭"), start=1):
        sheet = book.create_sheet(title)
        line = row(被执行人姓名或名称=f"王{title}", 案号=f"（2020）鲁0116执{number}号")
        sheet.append(list(line))
        sheet.append(list(line.values()))
    book.save(path)
    return path


def test_the_sheet_that_is_named_is_read(tmp_path: Path, clerk: User, reviewer: User) -> None:
    path = str(two_sheets(tmp_path / "名单.xlsx"))
    call_command("import_list", path, court="鲁0116", approve_as="reviewer", sheet="第二庭")
    assert list(Listing.objects.values_list("name", flat=True)) == ["王第二庭"]


def test_several_sheets_and_none_named_is_said(tmp_path: Path, clerk: User) -> None:
    path = str(two_sheets(tmp_path / "名单.xlsx"))
    with pytest.raises(CommandError, match="第一庭、第二庭"):
        call_command("import_list", path, court="鲁0116")
    with pytest.raises(CommandError):
        call_command("import_list", path, court="鲁0116", sheet="第三庭")


def test_a_whole_list_lets_go_what_it_does_not_name(
    tmp_path: Path, clerk: User, reviewer: User, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 31)]
    call_command("import_list", str(write_list(tmp_path / "一.csv", rows)), court="鲁0116", approve_as="reviewer")
    assert Listing.objects.live().count() == 30
    path = str(write_list(tmp_path / "二.csv", rows[1:]))
    call_command("import_list", path, approve_as="reviewer", **WHOLE)
    assert "缺漏：1" in capsys.readouterr().out
    gone = Listing.objects.get(status="shielded")
    assert (gone.case_number, gone.exit_ground, gone.exit_document) == (
        "（2020）鲁0116执1号",
        "terminated",
        "（2026）鲁0116执清1号",
    )
    assert gone.exit_on == date(2026, 11, 19)
    assert Listing.objects.live().count() == 29


@pytest.mark.parametrize(
    "given",
    [{"exit_document": ""}, {"exit_ground": ""}, {"exit_on": None}, {"exit_on": date(2999, 1, 1)}, {"snapshot": False}],
)
def test_a_whole_list_says_why_the_rest_leaves(tmp_path: Path, clerk: User, given: dict[str, Any]) -> None:
    path = str(write_list(tmp_path / "名单.csv", [row()]))
    with pytest.raises(CommandError):
        call_command("import_list", path, **{**WHOLE, **given})
    assert not Batch.objects.exists()


def test_only_the_grounds_of_the_law_are_taken(tmp_path: Path, clerk: User) -> None:
    builders.make_court()
    path = str(write_list(tmp_path / "名单.csv", [row()]))
    with pytest.raises(CommandError):
        call_command("import_list", path, "--court", "鲁0116", "--snapshot", "--exit-ground", "mercy")
    with pytest.raises(CommandError):
        call_command("import_list", path, "--court", "鲁0116", "--snapshot", "--exit-on", "昨天")
