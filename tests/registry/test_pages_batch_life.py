"""The pages on which an upload is called off, confirmed, taken back and looked through, whatever its size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate, now
from openpyxl import Workbook, load_workbook

from agencies.models import User
from registry.imports.reader import open_list
from registry.models import Batch, Court, Listing, RemarkBlock
from registry.services import batches, listings, reading
from registry.services.batches import Mode
from tests import builders
from tests.registry import builders as lists
from tests.registry.builders import SHIELD, row, write_list

pytestmark = pytest.mark.django_db

BAD_ID = "370116199001010009"
EXIT = {"exit_ground": "terminated", "exit_document": "（2026）鲁0116执清1号", "exit_on": "2026-11-18"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_clerk(clerk: User) -> Client:
    return signed_in(clerk)


@pytest.fixture
def as_reviewer(reviewer: User) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def whole_list(tmp_path: Path, court: Court, clerk: User) -> Callable[..., Batch]:
    """rows → a planned snapshot."""

    def whole_list(*rows: Any) -> Batch:
        path = write_list(tmp_path / "全部名单.csv", rows)
        mode = Mode("snapshot", "terminated", EXIT["exit_document"], localdate(builders.NOW))
        batch = batches.upload_batch(
            court=court, file=path, file_name=path.name, note="", by=clerk, at=builders.NOW, mode=mode
        )
        return reading.read_batch(batch.pk, at=builders.NOW)

    return whole_list


def page_of(client: Client, batch: Batch, rest: str = "") -> str:
    return client.get(f"/court/batches/{batch.pk}/{rest}").content.decode()


def csv(rows: int = 1, name: str = "名单.csv") -> SimpleUploadedFile:
    lines = "".join(f"王试例,,（2020）鲁0116执{n}号\n" for n in range(1, rows + 1))
    return SimpleUploadedFile(name, f"被执行人姓名或名称,证件号码,案号\n{lines}".encode(), "text/csv")


def some(count: int, **cells: Any) -> list[dict[str, str]]:
    return [row(案号=f"（2020）鲁0116执{n}号", **cells) for n in range(1, count + 1)]


# --- upload -----------------------------------------------------------------------------------------------------------


def test_a_whole_list_is_uploaded_with_the_exit_of_what_it_leaves_out(as_clerk: Client) -> None:
    given = {"mode": "snapshot", **EXIT}
    assert as_clerk.post("/court/batches/upload/", {"file": csv(), **given}).status_code == 302
    batch = Batch.objects.get()
    assert (batch.mode, batch.exit_ground, batch.exit_document) == ("snapshot", "terminated", EXIT["exit_document"])


@pytest.mark.parametrize("left_out", [*EXIT])
def test_a_whole_list_without_its_exit_is_sent_back_to_the_field(as_clerk: Client, left_out: str) -> None:
    given = {"mode": "snapshot", **EXIT, left_out: ""}
    response = as_clerk.post("/court/batches/upload/", {"file": csv(), **given})
    assert response.status_code == 422
    assert "全量报送须填写这一项" in response.content.decode()
    assert not Batch.objects.exists()


def test_what_was_typed_for_a_whole_list_is_forgotten_when_the_file_is_changes(as_clerk: Client) -> None:
    given = {"mode": "changes", **EXIT, "exit_on": "不是日期"}
    assert as_clerk.post("/court/batches/upload/", {"file": csv(), **given}).status_code == 302
    assert Batch.objects.get().exit_ground == ""


def two_lists(path: Path) -> SimpleUploadedFile:
    book = Workbook()
    for sheet, name in ((book.active, "一月"), (book.create_sheet(), "二月")):
        assert sheet is not None
        sheet.title = name
        sheet.append(["被执行人姓名或名称", "证件号码", "案号"])
        sheet.append(["王试例", "", "（2020）鲁0116执1号"])
    book.save(path)
    return SimpleUploadedFile("两张.xlsx", path.read_bytes())


def test_one_of_several_lists_is_chosen_and_only_once(as_clerk: Client, tmp_path: Path) -> None:
    as_clerk.post("/court/batches/upload/", {"file": two_lists(tmp_path / "两张.xlsx")})
    batch = Batch.objects.get()
    page = page_of(as_clerk, batch)
    assert "请选择工作表" in page
    assert "二月" in page
    assert "等您选择工作表" in as_clerk.get("/court/batches/?status=mine").content.decode()
    address = f"/court/batches/{batch.pk}/sheet/"
    assert as_clerk.post(address, {"sheet": "二月"}).status_code == 302
    assert as_clerk.post(address, {"sheet": "一月"}).status_code == 409
    batch.refresh_from_db()
    assert batch.sheet == "二月"


def test_a_sheet_that_is_not_there_is_said_beside_its_field(as_clerk: Client, tmp_path: Path) -> None:
    file = two_lists(tmp_path / "两张.xlsx")
    response = as_clerk.post("/court/batches/upload/", {"file": file, "sheet": "三月"})
    assert response.status_code == 422
    assert response.context["form"].errors["sheet"] == ["文件里没有这个工作表，或其中没有名单。"]


# --- the queue and calling off ----------------------------------------------------------------------------------------


def test_who_waits_hears_how_many_are_ahead(as_clerk: Client) -> None:
    for _ in range(3):
        as_clerk.post("/court/batches/upload/", {"file": csv()})
    last = Batch.objects.order_by("-pk")[0]
    assert "排队等待读取，前面还有 2 个批次" in page_of(as_clerk, last)
    part = as_clerk.get(f"/court/batches/{last.pk}/progress/", headers={"HX-Request": "true"}).content.decode()
    assert "前面还有 2 个批次" in part
    assert "前面还有 2 个批次" in as_clerk.get("/court/batches/").content.decode()


def test_the_progress_tells_reading_comparing_and_applying_apart(
    as_clerk: Client, upload: Callable[..., Batch]
) -> None:
    from registry.services import progress

    batch = upload(row())

    def at(**state: Any) -> str:
        Batch.objects.filter(pk=batch.pk).update(**state)
        return as_clerk.get(f"/court/batches/{batch.pk}/progress/", headers={"HX-Request": "true"}).content.decode()

    assert "正在读取名单文件，已读 5,000 行" in at(status="reading", progress=40, rows_read=5000)
    assert "已读完 9,000 行，正在与现有名单比对" in at(status="reading", progress=90, rows_read=9000)
    progress.report(batch.pk, 3, 10)
    decided = {"decided_by": builders.make_reviewer("r2", batch.court), "decided_at": now()}
    assert 'value="30"' in at(status="applying", **decided)


def test_the_uploader_calls_a_batch_off_once(as_clerk: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row(证件号码=BAD_ID), row(案号="（2020）鲁0116执2号"))
    assert "已读的行都会删除" in page_of(as_clerk, batch)
    address = f"/court/batches/{batch.pk}/cancel/"
    assert as_clerk.post(address, {"reason": "传错了文件"}).status_code == 302
    page = page_of(as_clerk, batch)
    for word in ("已取消，名单没有任何改动", "传错了文件"):
        assert word in page
    assert "各行结论" not in page
    assert not RemarkBlock.objects.exists()
    again = as_clerk.post(address)
    assert again.status_code == 409
    assert "只有尚未批准的批次可以取消" in again.content.decode()
    assert "已取消，名单没有任何改动" in again.content.decode()
    assert batch.transitions.filter(to_status="refused").count() == 1


def test_a_queued_batch_is_called_off_by_its_own_people_only(as_clerk: Client, court: Court) -> None:
    as_clerk.post("/court/batches/upload/", {"file": csv()})
    address = f"/court/batches/{Batch.objects.get().pk}/cancel/"
    assert signed_in(builders.make_clerk("other", court)).post(address).status_code == 403
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    assert signed_in(stranger).post(address).status_code == 404
    assert as_clerk.post(address).status_code == 302


def test_a_second_approval_shows_where_the_batch_stands(as_reviewer: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    address = f"/court/batches/{batch.pk}/approve/"
    assert as_reviewer.post(address).status_code == 302
    again = as_reviewer.post(address)
    assert again.status_code == 409
    for word in ("没有办理", "只有待批准的批次可以审核", "已批准，正在入库"):
        assert word in again.content.decode()
    assert batch.transitions.filter(to_status="applying").count() == 1


# --- whose turn it is -------------------------------------------------------------------------------------------------


def test_everybody_finds_what_waits_for_them(
    as_clerk: Client, as_reviewer: Client, bring_in: Callable[..., Batch], whole_list: Callable[..., Batch]
) -> None:
    bring_in(*some(3))
    batch = whole_list(row(案号="（2020）鲁0116执1号"))

    def mine(client: Client) -> str:
        return client.get("/court/batches/?status=mine").content.decode()

    assert "等您确认" in mine(as_clerk)
    assert "没有等您办理的批次" in mine(as_reviewer)
    assert "等上传人 clerk 确认" in as_reviewer.get("/court/batches/").content.decode()
    as_clerk.post(f"/court/batches/{batch.pk}/confirm/", {"confirm_rows": "1"})
    assert "等您复核" in mine(as_reviewer)
    assert "没有等您办理的批次" in mine(as_clerk)
    assert "等另一位复核人复核" in as_clerk.get("/court/batches/").content.decode()


# --- a whole list -----------------------------------------------------------------------------------------------------


def test_a_whole_list_that_ends_much_takes_both_persons(
    as_clerk: Client, as_reviewer: Client, bring_in: Callable[..., Batch], whole_list: Callable[..., Batch]
) -> None:
    rows = some(10)
    bring_in(*rows)
    batch = whole_list(*rows[:8])
    page = page_of(as_reviewer, batch)
    assert "2 条没有在文件里提到" in page
    assert "20.0%" in page
    assert "等上传人确认" in page
    approve, confirm = f"/court/batches/{batch.pk}/approve/", f"/court/batches/{batch.pk}/confirm/"
    early = as_reviewer.post(approve, {"confirm_rows": "8"})
    assert early.status_code == 409
    assert "须先由上传人确认" in early.content.decode()
    assert as_reviewer.post(confirm, {"confirm_rows": "8"}).status_code == 403
    assert as_clerk.post(confirm, {"confirm_rows": "10"}).status_code == 422
    assert as_clerk.post(confirm, {"confirm_rows": "8"}).status_code == 302
    assert as_reviewer.post(approve, {"confirm_rows": "10"}).status_code == 422
    assert as_reviewer.post(approve, {"confirm_rows": "8"}).status_code == 302
    batches.apply_batch(batch.pk, at=builders.NOW)
    assert Listing.objects.filter(status="shielded").count() == 2


def test_the_listings_left_out_are_paged_by_key(
    as_clerk: Client,
    bring_in: Callable[..., Batch],
    whole_list: Callable[..., Batch],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("registry.views.batch_pages.PAGE", 2)
    bring_in(*some(4))
    batch = whole_list(row(案号="（2020）鲁0116执1号"))
    left_out = list(batch.missing.order_by("listing_id").values_list("listing__case_number", flat=True))
    assert len(left_out) == 4  # another person in case 1
    first = page_of(as_clerk, batch, "missing/")
    assert [case in first for case in left_out] == [True, True, False, False]
    after = batch.missing.order_by("listing_id")[1].listing_id
    assert f"after={after}" in first
    second = page_of(as_clerk, batch, f"missing/?after={after}")
    assert [case in second for case in left_out] == [False, False, True, True]
    assert "已到末尾" in second
    assert as_clerk.get(f"/court/batches/{batch.pk}/missing/?after=x").status_code == 200


def test_a_file_of_changes_leaves_nothing_out(as_clerk: Client, upload: Callable[..., Batch]) -> None:
    assert "这是增量批次" in page_of(as_clerk, upload(row()), "missing/")


def test_unreadable_cases_stand_in_the_way_of_a_whole_list(
    as_clerk: Client, as_reviewer: Client, whole_list: Callable[..., Batch]
) -> None:
    batch = whole_list(row(), row(案号="看不清"))
    page = page_of(as_reviewer, batch)
    assert "暂时不能批准" in page
    assert "批准，一次生效" not in page
    refused = as_reviewer.post(f"/court/batches/{batch.pk}/approve/", {"confirm_rows": "2"})
    assert refused.status_code == 409
    assert "案号无法识别" in refused.content.decode()


# --- the reach of a plan ----------------------------------------------------------------------------------------------


def test_the_plan_names_units_namesakes_and_rows_that_end_much(
    as_reviewer: Client, upload: Callable[..., Batch]
) -> None:
    batch = upload(*some(2))
    listing = builders.make_listing("赵在列", court=batch.court)
    impact = {
        **batch.impact,
        "is_unusual": True,
        "unusual": ["many_rows", "ends_much"],
        "usual_rows": 1,
        "same_name_collisions": 4,
        "without_risk_notice": 2,
        "starting": {
            "measures_starting": 1200,
            "units_starting": 2,
            "units": [{"unit": "区财政局", "measures_starting": 1000, "per_person": 3, "per_unit": 4}],
        },
        "releases": {
            "measures_ending": 7,
            "units_affected": 1,
            "units": [{"unit": "区民政局", "measures_ending": 7}],
            "rows_ending_many": [
                {"row": 3, "listing": str(listing.pk), "measures_ending": 5},
                {"row": None, "listing": str(listing.pk), "measures_ending": 3},
            ],
        },
    }
    Batch.objects.filter(pk=batch.pk).update(impact=impact)
    page = page_of(as_reviewer, batch)
    for word in ("与在列人员同名", "未登记风险提示", "1,200", "区财政局", "另有 1 家单位", "区民政局", "通常约 1 行"):
        assert word in page
    assert f"/court/batches/{batch.pk}/rows/3/" in page
    assert f"/court/listings/{listing.pk}/" in page


# --- remarks ----------------------------------------------------------------------------------------------------------


def test_rows_with_a_remark_are_found_wherever_they_lie(
    as_reviewer: Client, upload: Callable[..., Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.views.batch_pages.PAGE", 2)
    monkeypatch.setattr(RemarkBlock, "SIZE", 2)
    rows = some(12)
    for bad in (2, 3, 7, 10, 11):
        rows[bad] = row(rows[bad], 证件号码=BAD_ID)
    rows[8] = row(rows[8], 发布时间="看不清")
    monkeypatch.setattr("registry.problems.COUNT_BLOCKS", _blocks_of(2))
    batch = upload(*rows)
    assert batch.problem_counts["rejected"] == {"id_checksum": 5, "date_unreadable": 1}

    def numbers(after: str) -> list[int]:
        found = as_reviewer.get(f"/court/batches/{batch.pk}/?verdict=rejected&code=id_checksum{after}").context
        return [each["row"].row_number for each in found["rows"]]

    assert [numbers(""), numbers("&after=5"), numbers("&after=12")] == [[4, 5], [9, 12], [13]]


def _blocks_of(size: int) -> str:
    from registry.problems import COUNT_BLOCKS

    return COUNT_BLOCKS.replace("/ 1000", f"/ {size}")


def test_remarks_are_counted_once_per_row_and_in_all(upload: Callable[..., Batch]) -> None:
    batch = upload(row(立案时间="看不清", 发布时间="看不清"), row(案号="（2020）鲁0116执2号"))
    assert batch.problem_counts["rejected"]["date_unreadable"] == 1
    remarks = sum(len(problems) for problems in batch.rows.values_list("problems", flat=True))
    assert batch.problem_counts["remarks"] == remarks
    block = RemarkBlock.objects.get(batch=batch, code="date_unreadable")
    assert (block.rows, block.remarks) == (1, 2)


def test_the_workbook_comes_back_corrected_and_goes_in(
    as_clerk: Client, upload: Callable[..., Batch], clerk: User, reviewer: User, tmp_path: Path
) -> None:
    good = builders.another_person_id()
    batch = upload(
        row(证件号码=BAD_ID, 生效法律文书确定的义务="=偿还本金", 备注栏="转自旧系统"),
        row(案号="看不清", 备注栏="第二条"),
        row(案号="（2020）鲁0116执3号"),
    )
    response = as_clerk.post(f"/court/batches/{batch.pk}/problems.xlsx", {"purpose": "correct"})
    path = tmp_path / "更正.xlsx"
    path.write_bytes(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    heads = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, heads["证件号码"]).value = good  # type: ignore[arg-type]
    sheet.cell(4, heads["案号"]).value = "（2020）鲁0116执2号"  # type: ignore[arg-type]
    book.save(path)
    batches.cancel_batch(batch_id=batch.pk, by=clerk, at=builders.NOW)

    as_clerk.post("/court/batches/upload/", {"file": SimpleUploadedFile("更正.xlsx", path.read_bytes())})
    again = Batch.objects.latest("pk")
    again = reading.read_batch(again.pk, at=builders.NOW)
    assert (again.status, again.count_rows, again.count_add, again.count_rejected) == ("previewed", 2, 2, 0)
    assert not [each for each in again.file_problems if each["severity"] == "error"]
    assert again.problem_counts.get("add", {}).get("row_malformed", 0) == 0
    lists.apply(again, reviewer)
    obligations = set(Listing.objects.values_list("obligation", flat=True))
    assert obligations == {"=偿还本金", "偿还借款本金"}
    assert [each.extras for each in open_list(path).rows]


# --- taking back ------------------------------------------------------------------------------------------------------


def test_a_batch_is_taken_back_by_a_second_person_who_sees_what_stays(
    as_clerk: Client, as_reviewer: Client, bring_in: Callable[..., Batch], reviewer: User
) -> None:
    batch = bring_in(*some(3))
    kept = Listing.objects.order_by("pk")[0]
    listings.suspend_listing(
        listing_id=kept.pk,
        ground="核实身份",
        document_number="（2026）鲁0116执异1号",
        happened_on=builders.TODAY,
        by=reviewer,
        at=builders.NOW + timedelta(hours=1),
    )
    address = f"/court/batches/{batch.pk}/reversal/"
    assert "整批撤回…" in page_of(as_reviewer, batch)
    assert "查看能否整批撤回" in page_of(as_clerk, batch)
    page = as_reviewer.get(address).content.decode()
    for word in ("确认撤回 2 项", "不能撤回的", "之后又有变更", "暂停", f"/court/listings/{kept.pk}/"):
        assert word in page
    assert "您是上传人" in as_clerk.get(address).content.decode()
    assert as_clerk.post(address, {"reason": "整批报送有误"}).status_code == 403
    assert as_reviewer.post(address, {"reason": ""}).status_code == 422
    given = {"reason": "整批报送有误", "document_number": "（2026）鲁0116执监1号"}
    assert as_reviewer.post(address, given).status_code == 302
    again = as_reviewer.post(address, given)
    assert again.status_code == 409
    for result in (as_reviewer.get(address).content.decode(), again.content.decode()):
        for word in ("整批撤回的结果", "没有撤回的", "（2026）鲁0116执监1号", "之后又有变更"):
            assert word in result
        assert "确认撤回" not in result
    batch.refresh_from_db()
    assert (batch.status, batch.count_reversed, batch.count_kept) == ("reversed", 2, 1)
    assert "撤回 2 项，1 项未撤" in as_clerk.get("/court/batches/").content.decode()
    assert Listing.objects.filter(status="revoked").count() == 2


def test_the_plan_of_a_reversal_follows_the_list(as_reviewer: Client, bring_in: Callable[..., Batch]) -> None:
    there = row()
    batch = bring_in(there)
    address = f"/court/batches/{batch.pk}/reversal/"
    assert "确认撤回 1 项" in as_reviewer.get(address).content.decode()
    bring_in({**there, **SHIELD})
    page = as_reviewer.get(address).content.decode()
    assert "没有可以撤回的" in page
    refused = as_reviewer.post(address, {"reason": "报送有误"})
    assert refused.status_code == 409
    assert Listing.objects.get().status == "shielded"


def test_there_is_nothing_to_take_back_before_or_long_after(
    as_reviewer: Client, upload: Callable[..., Batch], bring_in: Callable[..., Batch]
) -> None:
    assert "这个批次没有入库" in page_of(as_reviewer, upload(row()), "reversal/")
    old = bring_in(row(案号="（2020）鲁0116执2号"))
    Batch.objects.filter(pk=old.pk).update(applied_at=now() - timedelta(days=400))
    assert "入库已超过一年" in page_of(as_reviewer, old, "reversal/")


# --- cost -------------------------------------------------------------------------------------------------------------


def test_every_page_of_a_batch_costs_the_same_for_ten_rows_and_five_thousand(
    as_reviewer: Client, whole_list: Callable[..., Batch], bring_in: Callable[..., Batch], court: Court
) -> None:
    def dirty(many: int, court_case: int) -> list[dict[str, str]]:
        return [
            row(
                案号=f"（20{court_case}）鲁0116执{n}号",
                证件号码=BAD_ID if n % 3 == 0 else "",
                立案时间="2020/3/1" if n % 2 else "2020-03-01",
            )
            for n in range(1, many + 1)
        ]

    def costs(batch: Batch) -> dict[str, int]:
        found = {}
        pages = ["", "?verdict=add", "?verdict=add&code=date_normalised", "?verdict=rejected&code=id_checksum"]
        pages += ["?verdict=add&code=date_normalised&after=4", "?verdict=unchanged", "missing/", "reversal/", "rows/4/"]
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert as_reviewer.get(f"/court/batches/{batch.pk}/{page}").status_code == 200
            found[page] = len(queries)
        return found

    bring_in(*some(60))
    small = whole_list(*dirty(10, 18))
    as_reviewer.get(f"/court/batches/{small.pk}/")  # what a process reads once
    few = costs(small)
    big = whole_list(*dirty(5000, 19))
    assert big.count_rows == 5000
    assert big.count_missing >= 60
    assert costs(big) == few
