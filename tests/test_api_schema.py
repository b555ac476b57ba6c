"""The description of the API is the API: every documented call is made, and its answer is of the documented shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from agencies.models import Enforcement, User
from core import chain
from core.chain import GENESIS
from registry.models import Change, Listing
from registry.services.listings import suspend_listing
from tests.builders import NOW, TODAY, another_person_id
from tests.cast import PERSON_NUMBER, World
from tests.registry.builders import row, write_list

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/"
DAY = {"document_number": "（2020）鲁0116执8号之一", "happened_on": TODAY.isoformat()}
SUBJECT = {"kind": "person", "name": "王试例", "id_number": PERSON_NUMBER}


@dataclass(frozen=True)
class Caller:
    """One operator's system, with its key."""

    world: World
    user: User | None

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = {} if self.user is None else self.world.bearer(self.user)
        data = None if body is None else json.dumps(body)
        client = Client(raise_request_exception=False, headers=headers)
        return client.generic(method, ROOT + path, data or "", content_type="application/json")

    def send_file(self, path: str, **fields: Any) -> Any:
        client = Client(raise_request_exception=False, headers=self.world.bearer(self.user) if self.user else {})
        return client.post(ROOT + path, fields)


Operation = Callable[[World, Callable[[User | None], Caller]], Any]


def upload(world: World, of: Callable[[User | None], Caller]) -> Any:
    with TemporaryDirectory() as folder:
        content = write_list(Path(folder) / "名单.csv", [row()]).read_bytes()
    return of(world.clerk).send_file("batches/", file=SimpleUploadedFile("名单.csv", content), note="十一月")


def resume(world: World, of: Callable[[User | None], Caller]) -> Any:
    suspend_listing(
        listing_id=world.listing.pk, ground="核实", document_number="1", happened_on=TODAY, by=world.clerk, at=NOW
    )
    return act(world, of, "resume", ground="核实无误")


def act(world: World, of: Callable[[User | None], Caller], verb: str, **body: Any) -> Any:
    return of(world.clerk)("POST", f"listings/{world.listing.pk}/{verb}/", {**DAY, **body})


def changes(world: World, of: Callable[[User | None], Caller]) -> Any:
    chain.sequence(Change)
    return of(world.finance)("GET", "changes/?after=0&limit=10")


def retain(world: World, of: Callable[[User | None], Caller]) -> Any:
    kept = Enforcement.objects.get(listing=world.ended_listing)
    until = date.today() + timedelta(days=30)
    body = {"legal_basis": "中华人民共和国政府采购法第七十七条", "until": until.isoformat()}
    return of(world.finance)("POST", f"enforcements/{kept.pk}/retain/", body)


def record(world: World, of: Callable[[User | None], Caller]) -> Any:
    body = {
        "check": world.check.receipt,
        "measure": str(world.measure.pk),
        "decision": "not_applied",
        "reason": "已终止",
    }
    return of(world.finance)("POST", "enforcements/", body)


def submit(world: World, of: Callable[[User | None], Caller]) -> Any:
    of(world.finance)("PATCH", f"reports/{world.draft.pk}/", {"narrative": "逐一核查。"})
    return of(world.finance)("POST", f"reports/{world.draft.pk}/submit/")


def extend(world: World, of: Callable[[User | None], Caller]) -> Any:
    Listing.objects.filter(pk=world.listing.pk).update(
        circumstances=["obstructs"], decided_on=TODAY, term_ends_on=TODAY.replace(year=TODAY.year + 2)
    )
    return act(world, of, "extend", ground="暴力抗拒执行，情节严重", years=1)


OPERATIONS: dict[str, Operation] = {
    "batches_list": lambda w, of: of(w.clerk)("GET", "batches/"),
    "batches_create": upload,
    "batches_retrieve": lambda w, of: of(w.reviewer)("GET", f"batches/{w.batch.pk}/"),
    "batches_problems": lambda w, of: of(w.clerk)("GET", f"batches/{w.batch.pk}/problems/"),
    "batches_approve": lambda w, of: of(w.reviewer)("POST", f"batches/{w.batch.pk}/approve/", {"reason": "已核对"}),
    "batches_refuse": lambda w, of: of(w.reviewer)("POST", f"batches/{w.batch.pk}/refuse/", {"reason": "案号有误"}),
    "batches_reverse": lambda w, of: of(w.reviewer)("POST", f"batches/{w.batch.pk}/reverse/", {"reason": "整批有误"}),
    "listings_search": lambda w, of: of(w.clerk)("POST", "listings/search/", {"name": "王试例"}),
    "listings_retrieve": lambda w, of: of(w.clerk)("GET", f"listings/{w.unit_listing.pk}/"),
    "listings_shield": lambda w, of: act(w, of, "shield", ground="performed"),
    "listings_revoke": lambda w, of: act(w, of, "revoke", ground="wrongly_listed"),
    "listings_correct": lambda w, of: act(w, of, "correct", ground="录入有误", corrections={"obligation": "偿还本金"}),
    "listings_extend": extend,
    "listings_suspend": lambda w, of: act(w, of, "suspend", ground="正在核实"),
    "listings_resume": resume,
    "changes_list": changes,
    "changes_snapshot": lambda w, of: of(w.finance)("GET", "changes/snapshot/"),
    "changes_ack": lambda w, of: of(w.finance)("POST", "changes/ack/", {"number": 0, "hash": GENESIS}),
    "records_retrieve": lambda w, of: of(w.administrator)(
        "POST", "records/", {"listings": [str(w.listing.pk), str(w.unit_listing.pk), str(w.ended_listing.pk)]}
    ),
    "records_state": lambda w, of: of(w.administrator)("GET", "records/state/?limit=2"),
    "documents_list": lambda w, of: of(w.clerk)("GET", "documents/"),
    "documents_read": lambda w, of: of(w.office)("GET", f"documents/{w.measure.document_id}/"),
    "measures_list": lambda w, of: of(w.finance)("GET", "measures/?unit=区财政局"),
    "measures_read": lambda w, of: of(w.finance)("GET", f"measures/{w.measure.pk}/"),
    "checks_create": lambda w, of: of(w.finance)(
        "POST", "checks/", {"subject": SUBJECT, "related": [], "matter": w.matter.name, "case_reference": "采-7"}
    ),
    "checks_bulk": lambda w, of: of(w.finance)(
        "POST",
        "checks/bulk/",
        {
            "case_reference": "采-8",
            "subjects": [
                SUBJECT,
                {"kind": "person", "name": "李无名", "id_number": another_person_id()},
                {"kind": "person", "name": "李无名", "id_number": "370116199001010009"},
            ],
        },
    ),
    "checks_retrieve": lambda w, of: of(w.finance)("GET", f"checks/{w.check.receipt}/"),
    "verify_retrieve": lambda w, of: of(None)("GET", f"verify/{w.check.receipt}/"),
    "enforcements_list": lambda w, of: of(w.office)("GET", "enforcements/"),
    "enforcements_create": record,
    "enforcements_retrieve": lambda w, of: of(w.clerk)("GET", f"enforcements/{w.enforcement.pk}/"),
    "enforcements_release": lambda w, of: of(w.finance)(
        "POST", f"enforcements/{w.enforcement.pk}/release/", {"reason": "已履行"}
    ),
    "enforcements_retain": retain,
    "releases_list": lambda w, of: of(w.office)("GET", "releases/"),
    "releases_retrieve": lambda w, of: of(w.finance)("GET", f"releases/{w.duty.pk}/"),
    "releases_acknowledge": lambda w, of: of(w.finance)(
        "POST", f"releases/{w.duty.pk}/acknowledge/", {"statement": "已恢复资格"}
    ),
    "recalls_list": lambda w, of: of(w.finance)("GET", "recalls/?status=told"),
    "recalls_acknowledge": lambda w, of: of(w.finance)(
        "POST", f"recalls/{w.recall.pk}/acknowledge/", {"statement": "已删去档案中的记载"}
    ),
    "feedback_list": lambda w, of: of(w.clerk)("GET", "feedback/"),
    "feedback_create": lambda w, of: of(w.finance)(
        "POST", "feedback/", {"enforcement": str(w.enforcement.pk), "content": "当事人已主动履行。"}
    ),
    "reports_list": lambda w, of: of(w.office)("GET", "reports/"),
    "reports_create": lambda w, of: of(w.finance)("POST", "reports/", {"period": "2026-09"}),
    "reports_retrieve": lambda w, of: of(w.office)("GET", f"reports/{w.submitted.pk}/"),
    "reports_partial_update": lambda w, of: of(w.finance)(
        "PATCH", f"reports/{w.draft.pk}/", {"narrative": "逐一核查。"}
    ),
    "reports_submit_create": submit,
    "reports_return_create": lambda w, of: of(w.office)(
        "POST", f"reports/{w.submitted.pk}/return/", {"remarks": "请补充案例"}
    ),
    "reports_accept_create": lambda w, of: of(w.office)("POST", f"reports/{w.submitted.pk}/accept/", {"remarks": ""}),
}
# Documented, and answered today with a refusal.
REFUSED_TODAY = {"batches_reverse": (409, "not_reversible")}


@cache
def document() -> dict[str, Any]:
    """The description that stands in the repository."""
    kept: dict[str, Any] = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    return kept


def documented() -> Iterator[tuple[str, str, str]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method, path


def responses(operation_id: str) -> dict[str, Any]:
    method, path = next((method, path) for found, method, path in documented() if found == operation_id)
    found: dict[str, Any] = document()["paths"][path][method]["responses"]
    return found


def strict(schema: Any) -> Any:
    """The schema, refusing members that it does not name."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        made.setdefault("additionalProperties", False)
    return made


def problems_of(content: dict[str, Any], answer: Any) -> list[str]:
    schema = strict({**content["schema"], "components": document()["components"]})
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(answer)]


def test_the_description_in_the_repository_is_the_generated_one(tmp_path: Path) -> None:
    generated = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(generated), validate=True, fail_on_warn=True)
    kept = settings.BASE_DIR / "docs" / "openapi.yaml"
    assert kept.read_text(encoding="utf-8").splitlines() == generated.read_text(encoding="utf-8").splitlines()


def test_every_documented_call_is_made_here() -> None:
    assert {found for found, _, _ in documented()} ^ set(OPERATIONS) == set()


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_the_answer_is_of_the_documented_shape(operation_id: str, world: World) -> None:
    answer = OPERATIONS[operation_id](world, lambda user: Caller(world, user))
    described = responses(operation_id)
    if operation_id in REFUSED_TODAY:
        status, code = REFUSED_TODAY[operation_id]
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    else:
        assert str(answer.status_code) == next(status for status in described if status.startswith("2")), answer.content
    content = described[str(answer.status_code)]["content"]
    kind = answer.headers["Content-Type"].split(";")[0]
    assert problems_of(content[kind], answer.json()) == []


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_answer_says_which_list_it_has_seen(operation_id: str, world: World) -> None:
    answer = OPERATIONS[operation_id](world, lambda user: Caller(world, user))
    assert answer.headers["X-List-Version"].isdigit()
    assert answer.headers["X-List-As-Of"]


def test_what_is_wrong_with_a_batch_comes_as_a_workbook_too(world: World) -> None:
    answer = Caller(world, world.clerk)("GET", f"batches/{world.batch.pk}/problems/?format=xlsx")
    assert answer.status_code == 200
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert "看不清" in {str(cell.value) for line in book.worksheets[0].iter_rows() for cell in line}


def test_a_wrong_answer_would_be_found() -> None:
    content = responses("verify_retrieve")["200"]["content"]["application/json"]
    assert problems_of(content, {"receipt": 1}) != []
    assert problems_of(content, {"unheard": "of"}) != []
