"""The court's uploads on the screen: send, preview, decide, correct."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate
from openpyxl import load_workbook

from agencies.models import User
from core.models import AuditEntry
from registry.imports.reader import open_list
from registry.models import Batch, Court
from registry.services import reading
from tests import builders
from tests.registry.builders import SHIELD, row

pytestmark = pytest.mark.django_db

BAD_ID = "370116199001010009"


@pytest.fixture
def as_clerk(client: Client, clerk: User) -> Client:
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_reviewer(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def csv_file(text: str, name: str = "名单.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


GOOD = "被执行人姓名或名称,证件号码,案号\n王试例,,（2020）鲁0116执1号\n"


def test_the_desk_offers_the_upload_and_shows_what_waits(
    as_reviewer: Client, as_clerk: Client, upload: Callable[..., Batch]
) -> None:
    batch = upload(row())
    for desk, heading in ((as_reviewer, "等待您复核"), (as_clerk, "我上传的，正在办理")):
        page = desk.get("/court/").content.decode()
        assert heading in page
        assert f"/court/batches/{batch.pk}/" in page
        assert "/court/batches/upload/" in page


def test_the_desk_of_a_fresh_court_says_what_to_do(as_clerk: Client) -> None:
    page = as_clerk.get("/court/").content.decode()
    assert "没有待办事项" in page


def test_terms_that_end_soon_stand_on_the_desk(as_clerk: Client, court: Court) -> None:
    soon = builders.make_listing("周将满", court=court, term_ends_on=localdate() + timedelta(days=10))
    builders.make_listing("吴尚早", court=court, term_ends_on=localdate() + timedelta(days=90))
    page = as_clerk.get("/court/").content.decode()
    assert soon.name in page
    assert "还剩 10 天" in page
    assert "吴尚早" not in page


@pytest.mark.parametrize("address", ["/court/", "/court/batches/", "/court/batches/upload/", "/court/listings/"])
def test_court_pages_are_for_courts(address: str, client: Client) -> None:
    assert client.get(address).status_code == 302
    assert signed_in(builders.make_staff()).get(address).status_code == 403
    assert signed_in(builders.make_office()).get(address).status_code == 403


def test_an_uploaded_file_becomes_a_queued_batch(as_clerk: Client, court: Court) -> None:
    response = as_clerk.post("/court/batches/upload/", {"file": csv_file(GOOD), "note": "第一批"})
    batch = Batch.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/court/batches/{batch.pk}/"
    assert (batch.court, batch.status, batch.note) == (court, "queued", "第一批")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "文件是空的"), ("甲,乙\n1,2\n", "找不到表头")],
)
def test_a_file_that_is_no_list_is_refused_beside_the_field(as_clerk: Client, text: str, sentence: str) -> None:
    response = as_clerk.post("/court/batches/upload/", {"file": csv_file(text)})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Batch.objects.exists()


def test_a_note_never_holds_an_identifier(as_clerk: Client) -> None:
    response = as_clerk.post("/court/batches/upload/", {"file": csv_file(GOOD), "note": f"见 {builders.person_id()}"})
    assert response.status_code == 422
    assert "不能填写完整的证件号码" in response.content.decode()


def test_the_template_is_read_back_as_a_list_file(as_clerk: Client, tmp_path: Path) -> None:
    response = as_clerk.get("/court/batches/template.xlsx")
    path = tmp_path / "模板.xlsx"
    path.write_bytes(response.content)
    assert len(open_list(path).table.header.known) > 20


def test_a_plan_shows_counts_rows_problems_and_impact(as_reviewer: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row(), row(证件号码=BAD_ID, 案号="（2020）鲁0116执2号"))
    page = as_reviewer.get(f"/court/batches/{batch.pk}/").content.decode()
    assert "待批准" in page
    assert "校验" in page
    assert "批准，一次生效" in page
    assert BAD_ID not in page
    added = as_reviewer.get(f"/court/batches/{batch.pk}/?verdict=add").content.decode()
    assert "王试例" in added


def test_rows_can_be_narrowed_to_one_problem(as_reviewer: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(
        row(证件号码=BAD_ID, 被执行人姓名或名称="钱错号"),
        row(案号="不是案号", 被执行人姓名或名称="孙错案"),
    )
    page = as_reviewer.get(f"/court/batches/{batch.pk}/?verdict=rejected&code=id_checksum").content.decode()
    assert "钱错号" in page
    assert "孙错案" not in page


def test_rows_are_paged_by_row_number(
    as_reviewer: Client, upload: Callable[..., Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.views.batch_pages.PAGE", 2)
    batch = upload(*(row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 6)))
    first = as_reviewer.get(f"/court/batches/{batch.pk}/?verdict=add").content.decode()
    assert "after=3" in first
    last = as_reviewer.get(f"/court/batches/{batch.pk}/?verdict=add&after=5").content.decode()
    assert "第 6 行" in last
    assert "第 5 行" not in last


def test_progress_is_a_part_for_htmx_and_a_page_for_everybody_else(as_clerk: Client, court: Court) -> None:
    as_clerk.post("/court/batches/upload/", {"file": csv_file(GOOD)})
    batch = Batch.objects.get()
    address = f"/court/batches/{batch.pk}/progress/"
    part = as_clerk.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'hx-get="{address}"' in part
    page = as_clerk.get(address).content.decode()
    assert "<html" in page
    assert "排队等待读取" in page
    reading.read_batch(batch.pk, at=builders.NOW)
    done = as_clerk.get(address, headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"


def test_a_row_shows_raw_beside_read_with_identifiers_masked(as_clerk: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row(证件号码=BAD_ID, 备注栏="转自旧系统"))
    page = as_clerk.get(f"/court/batches/{batch.pk}/rows/2/").content.decode()
    assert BAD_ID not in page
    assert "370116********0009" in page
    assert "转自旧系统" in page
    assert AuditEntry.objects.filter(verb="open_batch_row", target_id=str(batch.pk)).exists()
    assert as_clerk.get(f"/court/batches/{batch.pk}/rows/99/").status_code == 404


def test_an_upper_court_reads_the_plan_but_not_the_raw_row(court: Court, upload: Callable[..., Batch]) -> None:
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    Court.objects.filter(pk=court.pk).update(upper=upper)
    batch = upload(row(备注栏="只给本院看"))
    client = signed_in(builders.make_reviewer("upper", upper))
    page = client.get(f"/court/batches/{batch.pk}/rows/2/").content.decode()
    assert "王试例" in page
    assert "只给本院看" not in page
    assert client.post(f"/court/batches/{batch.pk}/approve/").status_code == 404
    assert client.post(f"/court/batches/{batch.pk}/problems.xlsx", {"purpose": "correct"}).status_code == 404


def test_another_courts_batch_is_not_there(upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    clerk2 = signed_in(builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院")))
    for address in ("", "progress/", "rows/2/"):
        assert clerk2.get(f"/court/batches/{batch.pk}/{address}").status_code == 404
    for address in ("approve/", "refuse/", "problems.xlsx"):
        assert clerk2.post(f"/court/batches/{batch.pk}/{address}").status_code == 404
    assert str(batch.pk) not in clerk2.get("/court/batches/").content.decode()


def test_a_second_person_approves_and_the_uploader_cannot(
    as_clerk: Client, as_reviewer: Client, upload: Callable[..., Batch]
) -> None:
    batch = upload(row())
    refused = as_clerk.post(f"/court/batches/{batch.pk}/approve/")
    assert refused.status_code == 403
    assert "上传人不能" in refused.content.decode()
    assert as_reviewer.post(f"/court/batches/{batch.pk}/approve/", {"reason": "无误"}).status_code == 302
    batch.refresh_from_db()
    assert batch.status == "applying"
    assert as_reviewer.post(f"/court/batches/{batch.pk}/approve/").status_code == 409


def test_an_unusual_batch_asks_for_its_number_of_rows(as_reviewer: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row(), row(案号="（2020）鲁0116执2号"))
    Batch.objects.filter(pk=batch.pk).update(impact={**batch.impact, "is_unusual": True})
    address = f"/court/batches/{batch.pk}/approve/"
    for typed in ("", "3"):
        response = as_reviewer.post(address, {"confirm_rows": typed})
        assert response.status_code == 422
    batch.refresh_from_db()
    assert batch.status == "previewed"
    assert as_reviewer.post(address, {"confirm_rows": "2"}).status_code == 302


def test_a_batch_goes_back_with_a_reason_only(as_reviewer: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    address = f"/court/batches/{batch.pk}/refuse/"
    assert as_reviewer.post(address, {"reason": ""}).status_code == 422
    assert as_reviewer.post(address, {"reason": "第二行重复"}).status_code == 302
    page = as_reviewer.get(f"/court/batches/{batch.pk}/").content.decode()
    assert "第二行重复" in page


def test_the_marked_up_workbook_names_its_reader_and_can_be_uploaded_again(
    as_clerk: Client, clerk: User, upload: Callable[..., Batch], tmp_path: Path
) -> None:
    batch = upload(row(证件号码=BAD_ID, 被执行人姓名或名称="=HYPERLINK(1)", 履行情况="+1"), row())
    response = as_clerk.post(f"/court/batches/{batch.pk}/problems.xlsx", {"purpose": "correct"})
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    sheet = load_workbook(BytesIO(content)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert clerk.username in str(lines[0][0])
    assert "更正后重新上传" in str(lines[0][0])
    assert len(lines) == 3
    assert BAD_ID in lines[2]
    assert "'=HYPERLINK(1)" in lines[2]
    assert "'+1" in lines[2]
    assert not any(str(cell or "").startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    path = tmp_path / "改.xlsx"
    path.write_bytes(content)
    assert [each.cells["identifier"] for each in open_list(path).rows] == [BAD_ID]
    entry = AuditEntry.objects.get(verb="export_batch_problems")
    assert entry.after == {"purpose": "更正后重新上传", "rows": 1}


def test_the_workbook_is_not_given_without_a_purpose_or_by_get(as_clerk: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row(证件号码=BAD_ID))
    address = f"/court/batches/{batch.pk}/problems.xlsx"
    assert as_clerk.post(address, {"purpose": "看看"}).status_code == 422
    assert as_clerk.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(batch.uploaded_by, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(address, {"purpose": "correct"}).status_code == 403


def test_the_applied_batch_tells_its_history(as_clerk: Client, bring_in: Callable[..., Batch]) -> None:
    batch = bring_in(row())
    page = as_clerk.get(f"/court/batches/{batch.pk}/").content.decode()
    for word in ("已生效", "全部生效", "上传", "reviewer"):
        assert word in page
    assert "批准，一次生效" not in page


def test_exits_stand_under_their_tab(
    as_clerk: Client, bring_in: Callable[..., Batch], upload: Callable[..., Batch]
) -> None:
    there = row()
    bring_in(there)
    batch = upload({**there, **SHIELD})
    page = as_clerk.get(f"/court/batches/{batch.pk}/?verdict=remove").content.decode()
    assert "王试例" in page
    detail = as_clerk.get(f"/court/batches/{batch.pk}/rows/2/").content.decode()
    assert "对应名单条目" in detail


def test_batches_are_filtered_by_status(as_clerk: Client, upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    assert str(batch.pk) in as_clerk.get("/court/batches/?status=previewed").content.decode()
    assert str(batch.pk) not in as_clerk.get("/court/batches/?status=applied").content.decode()


def test_the_list_of_batches_and_a_plan_cost_the_same_for_one_and_thirty(
    as_clerk: Client, upload: Callable[..., Batch]
) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_clerk.get(address).status_code == 200
        return len(queries)

    batch = upload(row())
    few = cost("/court/batches/"), cost(f"/court/batches/{batch.pk}/"), cost("/court/")
    big = upload(*(row(案号=f"（2020）鲁0116执{n}号") for n in range(1, 31)))
    for _ in range(5):
        upload(row())
    many = cost("/court/batches/"), cost(f"/court/batches/{big.pk}/"), cost("/court/")
    assert few == many
