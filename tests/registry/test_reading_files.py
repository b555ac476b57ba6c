"""Whole files: the sheet that is chosen, what is counted, and that nothing stays of what is refused."""

import gc
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from openpyxl import Workbook

from core.errors import IllegalMove, InvalidInput, NotFound
from core.models import AuditEntry
from registry.imports.columns import COLUMNS, header_of
from registry.imports.sample import sample_rows
from registry.models import Batch, BatchRow, ReceivedRows
from registry.services import batches, jobs, reading
from tests import builders
from tests.builders import NOW
from tests.registry.test_imports_workbooks import by_hand, head, with_sheets

KEYS = [*COLUMNS]


def rows_of(seed: int, rows: int) -> list[list[Any]]:
    """A header and synthetic rows, as a sheet has them."""
    header = [header_of(key) for key in KEYS]
    return [header, *[[row.get(key, "") for key in KEYS] for row in sample_rows(rows, seed)]]


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    monkeypatch.setattr(jobs, "enqueue_on_commit", lambda task, batch_id: found.append((task, batch_id)))
    monkeypatch.setattr(jobs, "enqueue", lambda task, batch_id: found.append((task, batch_id)))
    return found


@pytest.fixture
def send(court, clerk):
    def send(path: Path, **given: Any) -> Batch:
        return batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=clerk, at=NOW, **given)

    return send


@pytest.fixture
def two_lists(tmp_path: Path) -> Path:
    return with_sheets(tmp_path, ("封面", [["封面"]]), ("一月", rows_of(1, 3)), ("二月", rows_of(2, 5)))


# --- several sheets ---------------------------------------------------------------------------------------------------


def test_of_several_lists_none_is_read_before_one_is_chosen(send, two_lists, clerk, queued):
    batch = send(two_lists)
    assert (batch.status, batch.sheets, batch.sheet, batch.awaits_sheet) == ("queued", ["一月", "二月"], "", True)
    assert reading.read_batch(batch.pk, at=NOW).status == "queued"
    assert batches.sweep_batches(at=NOW + batches.QUEUE_GRACE * 9) == 0
    assert queued == []
    with pytest.raises(InvalidInput) as caught:
        reading.choose_sheet(batch_id=batch.pk, sheet="封面", by=clerk, at=NOW)
    assert caught.value.code == "sheet_unknown"
    reading.choose_sheet(batch_id=batch.pk, sheet="二月", by=clerk, at=NOW)
    assert queued == [(jobs.READ, batch.pk)]
    assert batches.sweep_batches(at=NOW + batches.QUEUE_GRACE * 9) == 1
    batch = reading.read_batch(batch.pk, at=NOW)
    assert (batch.status, batch.count_add) == ("previewed", 5)
    assert [(each["code"], "一月" in each["detail"]) for each in batch.file_problems] == [("sheets_not_read", True)]
    assert AuditEntry.objects.filter(verb="choose_sheet", after={"sheet": "二月"}).count() == 1
    with pytest.raises(IllegalMove):
        reading.choose_sheet(batch_id=batch.pk, sheet="一月", by=clerk, at=NOW)


def test_a_sheet_is_chosen_once_and_by_the_own_court(send, two_lists, clerk, queued):
    batch = send(two_lists)
    stranger = builders.make_clerk("clerk2", court=builders.make_court(code="鲁0104", name="槐荫区人民法院"))
    with pytest.raises(NotFound):
        reading.choose_sheet(batch_id=batch.pk, sheet="一月", by=stranger, at=NOW)
    reading.choose_sheet(batch_id=batch.pk, sheet="一月", by=clerk, at=NOW)
    with pytest.raises(IllegalMove):
        reading.choose_sheet(batch_id=batch.pk, sheet="一月", by=clerk, at=NOW)
    assert len(queued) == 1


def test_an_upload_may_say_the_sheet_at_once(send, two_lists, queued):
    batch = send(two_lists, sheet="二月")
    assert (batch.sheet, batch.awaits_sheet, queued) == ("二月", False, [(jobs.READ, batch.pk)])
    assert reading.read_batch(batch.pk, at=NOW).count_add == 5
    with pytest.raises(InvalidInput) as caught:
        send(two_lists, sheet="三月")
    assert caught.value.code == "sheet_unknown"


def test_a_single_list_needs_no_choice(send, tmp_path, queued):
    batch = send(with_sheets(tmp_path, ("封面", [["封面"]]), ("名单", rows_of(1, 3))))
    assert (batch.sheet, batch.sheets, len(queued)) == ("名单", [], 1)


def test_the_page_offers_the_sheets_and_takes_the_choice(send, two_lists, clerk, queued):
    batch = send(two_lists)
    browser = Client()
    browser.force_login(clerk)
    page = browser.get(f"/court/batches/{batch.pk}/").content.decode()
    assert 'value="一月"' in page
    assert "排队等待读取" not in page
    address = f"/court/batches/{batch.pk}/sheet/"
    assert "没有这个工作表" in browser.post(address, {"sheet": "九月"}, follow=True).content.decode()
    assert "已选定工作表" in browser.post(address, {"sheet": "一月"}, follow=True).content.decode()
    batch.refresh_from_db()
    assert batch.sheet == "一月"


# --- what is counted --------------------------------------------------------------------------------------------------


def test_titles_footers_and_hidden_rows_are_told_and_every_row_is_counted(send, tmp_path, queued):
    work = Workbook()
    sheet = work.worksheets[0]
    sheet.append(["莱芜区人民法院失信被执行人名单（2026年11月）"])
    sheet.merge_cells("A1:H1")
    for row in rows_of(3, 4):
        sheet.append(row)
    for line in ([], ["合计", 4], ["制表人：", "王试例"]):
        sheet.append(line)
    sheet.row_dimensions[4].hidden = True
    path = tmp_path / "名单.xlsx"
    work.save(path)
    batch = reading.read_batch(send(path).pk, at=NOW)
    assert (batch.count_rows, batch.count_add, batch.rows_read) == (4, 4, 4)
    assert [each["code"] for each in batch.file_problems] == ["footers_left_out", "hidden_rows_read"]
    assert list(batch.rows.order_by("row_number").values_list("row_number", flat=True)) == [3, 4, 5, 6]


def test_a_formula_without_its_value_leaves_its_row_out(send, tmp_path, queued):
    rows = rows_of(4, 3)
    rows[2][KEYS.index("case_number")] = '="（2020）鲁0116执"&ROW()&"号"'
    batch = reading.read_batch(send(with_sheets(tmp_path, ("名单", rows))).pk, at=NOW)
    assert (batch.count_rows, batch.count_add, batch.count_rejected) == (3, 2, 1)
    problems = batch.rows.get(verdict="rejected").problems
    assert ("formula_without_value", "案号") in {(each["code"], each["column"]) for each in problems}


# --- nothing stays ----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))


def left_behind() -> tuple[int, int, int, list[Path], list[Path]]:
    folder = Path(default_storage.path("batches"))
    stored = list(folder.iterdir()) if folder.is_dir() else []
    temporary = list(Path(tempfile.gettempdir()).glob("upload-*"))
    return Batch.objects.count(), BatchRow.objects.count(), ReceivedRows.objects.count(), stored, temporary


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 999, b"<html>"])
def test_nothing_stays_of_a_file_that_is_refused_at_the_door(send, tmp_path, content):
    before = left_behind()
    path = tmp_path / "名单.xlsx"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        send(path)
    assert caught.value.detail.endswith("。")
    assert left_behind() == before
    assert AuditEntry.objects.get(verb="refuse_file").after == {"code": caught.value.code}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hands", [1, 2])
def test_nothing_stays_of_a_file_that_proves_broken_far_inside(tmp_path, queued, monkeypatch, hands):
    court = builders.make_court()
    monkeypatch.setattr("registry.imports.workbook_safety.TESTED_AT_ONCE", 0)
    monkeypatch.setattr(reading, "_hands_for", lambda path: hands)
    monkeypatch.setattr(reading, "CHUNKS_PER_COMMIT", 1)
    before = left_behind()
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>{n * 7919}</v></c></row>' for n in range(2, 60_000))
    path = by_hand(tmp_path, head() + rows)
    with zipfile.ZipFile(path) as archive:
        packed = archive.getinfo("xl/worksheets/sheet1.xml").compress_size
    data = bytearray(path.read_bytes())
    at = data.index(b"xl/worksheets/sheet1.xml") + packed // 2
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    clerk = builders.make_clerk(court=court)
    batch = batches.upload_batch(court=court, file=path, file_name=path.name, note="", by=clerk, at=NOW)
    batch = reading.read_batch(batch.pk, at=NOW)
    assert (batch.status, batch.failure_code, batch.file_path) == ("failed", "file_broken", "")
    batch.delete()
    gc.collect()
    assert left_behind() == before


def test_a_header_without_rows_is_refused_when_it_is_read(send, tmp_path, queued):
    batch = reading.read_batch(send(with_sheets(tmp_path, ("名单", rows_of(1, 0)))).pk, at=NOW)
    assert (batch.status, batch.failure_code, batch.failure) == ("failed", "file_no_rows", "表头之下没有数据行。")
