"""Uploads of the list over HTTP (contract.md §3)."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.models import User
from core import chain
from core.models import AuditEntry, IdempotencyRecord
from registry.models import Batch, Change, Court, Listing
from registry.services import batches, listings, reading
from tests import builders
from tests.builders import NOW, TODAY
from tests.registry.api import Caller, key_for
from tests.registry.builders import row, write_list

pytestmark = pytest.mark.django_db

BATCHES = "/api/v1/batches/"
GOOD = "被执行人姓名或名称,证件号码,案号\n王试例,,（2020）鲁0116执1号\n"
BAD_ID = "370116199001010009"


def file(text: str = GOOD, name: str = "名单.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


@pytest.fixture
def as_clerk(clerk: User) -> Caller:
    return Caller(key_for(clerk))


@pytest.fixture
def as_reviewer(reviewer: User) -> Caller:
    return Caller(key_for(reviewer))


def test_a_file_is_taken_and_queued(as_clerk: Caller, court: Court) -> None:
    response = as_clerk.upload(BATCHES, file=file(), note="第一批")
    batch = Batch.objects.get()
    assert response.status_code == 201
    assert response.json() == {"id": str(batch.pk), "status": "queued"}
    assert batch.court == court


def test_the_same_upload_with_the_same_key_happens_once(as_clerk: Caller) -> None:
    first = as_clerk.upload(BATCHES, file=file(), headers={"Idempotency-Key": "batch-1"})
    again = as_clerk.upload(BATCHES, file=file(), headers={"Idempotency-Key": "batch-1"})
    other = as_clerk.upload(
        BATCHES, file=file(GOOD + "甲,,（2020）鲁0116执2号\n"), headers={"Idempotency-Key": "batch-1"}
    )
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert Batch.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [("甲,乙\n1,2\n", "名单.csv", "file_no_header"), ("PK\x03\x04", "名单.xlsx", None)],
)
def test_a_file_that_is_no_list_is_refused_with_its_code(as_clerk: Caller, text: str, name: str, code: str) -> None:
    response = as_clerk.upload(BATCHES, file=file(text, name))
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"].startswith(code or "file_")
    assert response.json()["detail"]
    assert not Batch.objects.exists()
    assert AuditEntry.objects.filter(verb="refuse_file").exists()


def test_a_refusal_under_an_idempotency_key_leaves_its_audit_entry_and_nothing_else(as_clerk: Caller) -> None:
    response = as_clerk.upload(BATCHES, file=file("甲,乙\n1,2\n"), headers={"Idempotency-Key": "broken-1"})
    assert (response.status_code, response.json()["code"]) == (422, "file_no_header")
    assert AuditEntry.objects.filter(verb="refuse_file").count() == 1
    assert not IdempotencyRecord.objects.exists()
    assert not Batch.objects.exists()


def test_an_upload_without_a_file_is_malformed(as_clerk: Caller) -> None:
    response = as_clerk.upload(BATCHES, note="没有文件")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["file"]
    json_body = as_clerk.post(BATCHES, {"note": "x"})
    assert json_body.status_code == 415


def test_without_a_key_or_role_or_scope_nobody_uploads(clerk: User) -> None:
    assert Client().post(BATCHES, {"file": file()}).status_code == 401
    staff = Caller(key_for(builders.make_staff())).upload(BATCHES, file=file())
    assert (staff.status_code, staff.json()["code"]) == (403, "role_required")
    narrow = Caller(key_for(clerk, scopes=["catalogue"])).upload(BATCHES, file=file())
    assert (narrow.status_code, narrow.json()["code"]) == (403, "scope_required")
    assert not Batch.objects.exists()


def test_a_session_serves_as_well_as_a_key(clerk: User) -> None:
    client = Client()
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(BATCHES).status_code == 200


def test_a_planned_batch_tells_counts_and_impact(as_clerk: Caller, upload: Callable[..., Batch]) -> None:
    batch = upload(row(), row(证件号码=BAD_ID, 案号="（2020）鲁0116执2号"))
    body = as_clerk.get(f"{BATCHES}{batch.pk}/").json()
    assert body["status"] == "previewed"
    assert body["progress"] == 100
    assert body["counts"] == {
        "rows": 2, "add": 1, "update": 0, "remove": 0, "unchanged": 0, "rejected": 1, "repaired": 0,
        "missing": 0,
    }  # fmt: skip
    assert body["impact"]["listings_starting"] == 1
    assert (body["uploaded_by"], body["approved_by"]) == ("clerk", None)


def test_batches_are_listed_in_pages(as_clerk: Caller, upload: Callable[..., Batch]) -> None:
    made = [str(upload(row()).pk) for _ in range(3)]
    body = as_clerk.get(f"{BATCHES}?page_size=2").json()
    assert body["count"] == 3
    assert [each["id"] for each in body["results"]] == made[:0:-1]
    assert as_clerk.get(f"{BATCHES}?status=applied").json()["count"] == 0
    assert as_clerk.get(f"{BATCHES}?status=gone").status_code == 422


def test_problems_are_told_cell_by_cell(as_clerk: Caller, upload: Callable[..., Batch]) -> None:
    batch = upload(
        row(备注栏="x"),
        row(证件号码=BAD_ID, 案号="不是案号"),
        row(案号="（2020）鲁0116执00３号"),
    )
    address = f"{BATCHES}{batch.pk}/problems/"
    body = as_clerk.get(address).json()
    found = {(each["row"], each["column"], each["code"]) for each in body["results"]}
    assert (None, "备注栏", "column_unknown") in found
    assert (3, "证件号码", "id_checksum") in found
    assert (3, "案号", "case_number_unreadable") in found
    assert any(each["row"] == 4 and each["severity"] == "repaired" for each in body["results"])
    assert set(body["results"][0]) == {"row", "column", "code", "severity", "detail", "suggestion"}
    assert BAD_ID not in str(body)
    pages = [as_clerk.get(f"{address}?page_size=1&page={n}").json()["results"][0] for n in range(1, body["count"] + 1)]
    assert pages == body["results"]


def test_the_workbook_of_problems_is_for_the_court_alone(
    as_clerk: Caller, court: Court, upload: Callable[..., Batch]
) -> None:
    batch = upload(row(证件号码=BAD_ID, 被执行人姓名或名称="@坏名"))
    address = f"{BATCHES}{batch.pk}/problems/?format=xlsx"
    response = as_clerk.get(address)
    sheet = load_workbook(BytesIO(response.content_of())).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert "clerk" in str(lines[0][0])
    assert BAD_ID in lines[2]
    assert "'@坏名" in lines[2]
    assert AuditEntry.objects.filter(verb="export_batch_problems").exists()
    upper = builders.make_court("鲁01", "济南市中级人民法院")
    Court.objects.filter(pk=court.pk).update(upper=upper)
    above = Caller(key_for(builders.make_reviewer("upper", upper)))
    assert above.get(f"{BATCHES}{batch.pk}/problems/").status_code == 200
    assert above.get(address).status_code == 404
    assert as_clerk.get(f"{BATCHES}{batch.pk}/problems/?format=pdf").status_code == 422
    assert as_clerk.get(f"{address}&purpose=fun").status_code == 422


def test_four_eyes_then_role_then_state(
    as_clerk: Caller, as_reviewer: Caller, court: Court, upload: Callable[..., Batch]
) -> None:
    batch = upload(row())
    address = f"{BATCHES}{batch.pk}/approve/"
    own = as_clerk.post(address, {"reason": "可以"})
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    other_clerk = Caller(key_for(builders.make_clerk("clerk-b", court))).post(address, {})
    assert (other_clerk.status_code, other_clerk.json()["code"]) == (403, "role_required")
    approved = as_reviewer.post(address, {"reason": "已核对"})
    assert approved.status_code == 200
    assert (approved.json()["status"], approved.json()["approved_by"]) == ("applying", "reviewer")
    again = as_reviewer.post(address, {})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_refusing_needs_a_reason(as_reviewer: Caller, upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    address = f"{BATCHES}{batch.pk}/refuse/"
    missing = as_reviewer.post(address, {})
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (400, "reason")
    assert as_reviewer.post(address, {"reason": f"见{builders.person_id()}"}).status_code == 400
    refused = as_reviewer.post(address, {"reason": "第二行重复"})
    assert (refused.status_code, refused.json()["status"]) == (200, "refused")
    assert refused.json()["decision_reason"] == "第二行重复"
    assert refused.json()["approved_by"] is None


def test_a_batch_is_cancelled(as_clerk: Caller, upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    response = as_clerk.post(f"{BATCHES}{batch.pk}/cancel/", {})
    assert (response.status_code, response.json()["status"]) == (200, "refused")
    assert response.json()["failure"]["code"] == "cancelled"
    again = as_clerk.post(f"{BATCHES}{batch.pk}/cancel/", {"reason": "传错了"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_a_batch_says_its_place_in_the_line(as_reviewer: Caller, upload: Callable[..., Batch]) -> None:
    first, second = upload(row()), upload(row())
    assert as_reviewer.post(f"{BATCHES}{first.pk}/approve/", {"reason": ""}).json()["queue_place"] == 0
    answer = as_reviewer.post(f"{BATCHES}{second.pk}/approve/", {"reason": "", "rows": 1}).json()
    assert (answer["status"], answer["queue_place"], answer["progress"]) == ("applying", 1, 0)
    assert [each["queue_place"] for each in as_reviewer.get(BATCHES).json()["results"]] == [1, 0]


def test_a_number_of_rows_that_is_given_is_checked(as_reviewer: Caller, upload: Callable[..., Batch]) -> None:
    response = as_reviewer.post(f"{BATCHES}{upload(row()).pk}/approve/", {"reason": "", "rows": 7})
    assert (response.status_code, response.json()["code"]) == (422, "rows_mismatch")


def test_a_whole_list_is_sent_confirmed_and_approved(
    as_clerk: Caller, as_reviewer: Caller, bring_in: Callable[..., Batch], tmp_path: Path
) -> None:
    mine, gone = row(), row(案号="（2020）鲁0116执2号")
    bring_in(mine, gone)
    content = write_list(tmp_path / "全.csv", [mine]).read_text(encoding="utf-8")
    bare = as_clerk.upload(BATCHES, file=file(content), mode="snapshot")
    assert (bare.status_code, [each["field"] for each in bare.json()["errors"]]) == (
        422,
        ["exit_ground", "exit_document", "exit_on"],
    )
    sent = as_clerk.upload(
        BATCHES,
        file=file(content),
        mode="snapshot",
        exit_ground="terminated",
        exit_document="（2026）鲁0116执结1号",
        exit_on="2026-11-18",
    )
    batch = reading.read_batch(UUID(sent.json()["id"]), at=NOW)
    shown = as_reviewer.get(f"{BATCHES}{batch.pk}/").json()
    assert (shown["mode"], shown["counts"]["missing"], shown["counts"]["rows"]) == ("snapshot", 1, 1)
    assert shown["confirmation"] == {"needed": True, "by": None, "at": None}
    early = as_reviewer.post(f"{BATCHES}{batch.pk}/approve/", {"reason": "", "rows": 1})
    assert (early.status_code, early.json()["code"]) == (409, "confirmation_needed")
    wrong = as_reviewer.post(f"{BATCHES}{batch.pk}/confirm/", {"rows": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_uploader")
    assert as_clerk.post(f"{BATCHES}{batch.pk}/confirm/", {}).status_code == 400
    confirmed = as_clerk.post(f"{BATCHES}{batch.pk}/confirm/", {"rows": 1})
    assert (confirmed.status_code, confirmed.json()["confirmation"]["by"]) == (200, "clerk")
    assert as_reviewer.post(f"{BATCHES}{batch.pk}/approve/", {"reason": "", "rows": 1}).status_code == 200
    batches.apply_batch(batch.pk, at=NOW)
    assert Listing.objects.get(case_number=gone["案号"]).exit_ground == "terminated"


def test_an_applied_batch_is_taken_back(
    as_reviewer: Caller, as_clerk: Caller, bring_in: Callable[..., Batch], clerk: User
) -> None:
    batch = bring_in(row(), row(案号="（2020）鲁0116执2号"))
    touched = Listing.objects.get(case_number="（2020）鲁0116执2号")
    listings.suspend_listing(listing_id=touched.pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
    chain.sequence(Change)
    expected = {"reversible": 1, "revoked": 1, "corrected": 0, "listed_anew": 0, "refused": 1}
    line = {
        "row": 3,
        "listing": str(touched.pk),
        "case_number": "（2020）鲁0116执2号",
        "kind": "listed",
        "code": "changed_since",
        "detail": "该条目之后又有变更（第3号变更，暂停，2026-11-20），请逐条处理。",
        "blocking": {"number": 3, "kind": "suspended", "listing": str(touched.pk), "on": "2026-11-20"},
    }
    plan = as_clerk.get(f"{BATCHES}{batch.pk}/reversal/").json()
    assert (plan["counts"], plan["count"], plan["results"]) == (expected, 1, [line])
    refused = as_clerk.post(f"{BATCHES}{batch.pk}/reverse/", {"reason": "有误"})
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    silent = as_reviewer.post(f"{BATCHES}{batch.pk}/reverse/", {"reason": " "})
    assert (silent.status_code, silent.json()["code"]) == (422, "reason_required")
    done = as_reviewer.post(f"{BATCHES}{batch.pk}/reverse/", {"reason": "报送有误"})
    assert (done.status_code, done.json()["status"]) == (200, "reversed")
    said = {key: done.json()["reversal"][key] for key in ("by", "reason", "reversed", "refused")}
    assert said == {"by": "reviewer", "reason": "报送有误", "reversed": 1, "refused": 1}
    after = as_clerk.get(f"{BATCHES}{batch.pk}/reversal/").json()
    assert (after["counts"], after["results"]) == (expected, [line])
    again = as_reviewer.post(f"{BATCHES}{batch.pk}/reverse/", {"reason": "报送有误"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


def test_what_was_never_applied_has_no_reversal(as_clerk: Caller, upload: Callable[..., Batch]) -> None:
    response = as_clerk.get(f"{BATCHES}{upload(row()).pk}/reversal/")
    assert (response.status_code, response.json()["code"]) == (409, "illegal_move")


def test_the_plan_of_a_reversal_costs_the_same_for_one_and_thirty(
    as_clerk: Caller, bring_in: Callable[..., Batch], clerk: User
) -> None:
    def cost(rows: int, case: int) -> int:
        batch = bring_in(*(row(案号=f"（2020）鲁0116执{case + n}号") for n in range(rows)))
        for each in Listing.objects.filter(batch=batch):
            listings.suspend_listing(listing_id=each.pk, ground="核实", happened_on=TODAY, by=clerk, at=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert as_clerk.get(f"{BATCHES}{batch.pk}/reversal/").json()["count"] == rows
        return len(queries)

    as_clerk.get(BATCHES)  # the day's first use of a key is noted
    assert cost(1, 100) == cost(30, 200)


def test_another_courts_batch_is_not_there(upload: Callable[..., Batch]) -> None:
    batch = upload(row())
    other = builders.make_court("鲁0104", "槐荫区人民法院")
    reviewer2 = Caller(key_for(builders.make_reviewer("reviewer2", other)))
    assert reviewer2.get(f"{BATCHES}{batch.pk}/").status_code == 404
    assert reviewer2.get(f"{BATCHES}{batch.pk}/problems/").status_code == 404
    assert reviewer2.get(f"{BATCHES}{batch.pk}/problems/?format=xlsx").status_code == 404
    assert reviewer2.get(f"{BATCHES}{batch.pk}/reversal/").status_code == 404
    for verb in ("approve", "refuse", "reverse", "cancel", "confirm"):
        response = reviewer2.post(f"{BATCHES}{batch.pk}/{verb}/", {"reason": "x"})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert reviewer2.get(BATCHES).json()["count"] == 0


def test_listing_batches_and_problems_costs_the_same_for_one_and_thirty(
    as_clerk: Caller, upload: Callable[..., Batch]
) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_clerk.get(address).status_code == 200
        return len(queries)

    as_clerk.get(BATCHES)  # the day's first use of a key is noted
    one = upload(row(证件号码=BAD_ID))
    few = cost(BATCHES), cost(f"{BATCHES}{one.pk}/problems/")
    many = upload(*(row(证件号码=BAD_ID, 案号=f"（2020）鲁0116执{n}号") for n in range(30)))
    for _ in range(4):
        upload(row())
    assert few == (cost(BATCHES), cost(f"{BATCHES}{many.pk}/problems/"))


def test_an_empty_file_is_refused_with_its_code_and_an_audit_entry(as_clerk: Caller) -> None:
    response = as_clerk.upload(BATCHES, file=file("", "空.csv"))
    assert (response.status_code, response.json()["code"]) == (422, "file_empty")
    assert AuditEntry.objects.get(verb="refuse_file").after == {"code": "file_empty"}
