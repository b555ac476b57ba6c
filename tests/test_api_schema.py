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
from registry.models import Batch, Change, Court, Listing
from registry.services.batches import apply_batch, approve_batch
from registry.services.listings import suspend_listing
from tests.builders import NOW, TODAY, another_person_id, make_court
from tests.cast import PERSON_NUMBER, World
from tests.registry.builders import row, write_list
from tests.registry.remedies import SCAN

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/"
DAY = {"document_number": "（2020）鲁0116执8号之一", "happened_on": TODAY.isoformat()}
PARTY = {"case_number": "（2026）鲁0116执1号", "kind": "person", "name": "王试例", "document_number": "通知书"}
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


def choose_sheet(world: World, of: Callable[[User | None], Caller]) -> Any:
    Batch.objects.filter(pk=world.batch.pk).update(status="queued", sheets=["一月", "二月"], sheet="")
    return of(world.clerk)("POST", f"batches/{world.batch.pk}/sheet/", {"sheet": "二月"})


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


def applied(world: World) -> Any:
    """The world's batch, approved and applied; its id."""
    approve_batch(batch_id=world.batch.pk, by=world.reviewer, at=NOW)
    return apply_batch(world.batch.pk, at=NOW).pk


def confirm(world: World, of: Callable[[User | None], Caller]) -> Any:
    Batch.objects.filter(pk=world.batch.pk).update(
        mode="snapshot", exit_ground="terminated", exit_document="文号", exit_on=TODAY, count_live=10, count_missing=2
    )
    return of(world.clerk)("POST", f"batches/{world.batch.pk}/confirm/", {"rows": world.batch.count_rows})


def refused_changes(world: World, of: Callable[[User | None], Caller]) -> Any:
    batch = applied(world)
    added = Change.objects.get(batch=batch)
    suspend_listing(listing_id=added.listing_id, ground="核实", happened_on=TODAY, by=world.clerk, at=NOW)
    return of(world.clerk)("GET", f"batches/{batch}/reversal/")


DECISION = {"reason": "经审查。", "document_number": "（2026）鲁0116执异1号", "decided_on": TODAY.isoformat()}
RECEIVED = {"ground": "从未收到通知", "channel": "counter", "received_on": TODAY.isoformat()}
SERVED = {"served_on": TODAY.isoformat()}
WITHDRAWN = {"reason": "书面撤回"}


def on(path: str, body: Any, *, first: tuple[str, Any] | None = None) -> Operation:
    """An act on one of the world's remedies: `objection/uphold` is `POST objections/{objection}/uphold/`."""

    def call(world: World, of: Callable[[User | None], Caller]) -> Any:
        name, _, verb = path.partition("/")
        folder = {"exit_request": "exit-requests"}.get(name, f"{name}s")
        address = f"{folder}/{getattr(world, name).pk}/"
        if first is not None:
            of(world.clerk)("POST", f"{address}{first[0]}/", first[1])
        return of(world.clerk)("POST" if verb else "GET", f"{address}{verb}/" if verb else address, body)

    return call


def decide(verb: str) -> Operation:
    return lambda w, of: of(w.finance)("POST", f"repair-decisions/{w.repair_decision.pk}/{verb}/", DECISION)


def reconsider(world: World, of: Callable[[User | None], Caller]) -> Any:
    Court.objects.filter(pk=world.court.pk).update(upper=make_court("鲁01", "济南市中级人民法院"))
    return of(world.clerk)("POST", "reconsiderations/", {"objection": str(world.rejected.pk), **RECEIVED})


def add_evidence(world: World, of: Callable[[User | None], Caller]) -> Any:
    path = f"objections/{world.objection.pk}/evidence/"
    return of(world.finance).send_file(path, file=SimpleUploadedFile("收据.pdf", SCAN))


def apply_again(world: World, of: Callable[[User | None], Caller]) -> Any:
    decide("allow")(world, of)
    return of(world.clerk)("POST", "repairs/", {"listing": str(world.ended_listing.pk), **RECEIVED})


def extend(world: World, of: Callable[[User | None], Caller]) -> Any:
    Listing.objects.filter(pk=world.listing.pk).update(
        circumstances=["obstructs"], decided_on=TODAY, term_ends_on=TODAY.replace(year=TODAY.year + 2)
    )
    return act(world, of, "extend", ground="暴力抗拒执行，情节严重", years=1)


OPERATIONS: dict[str, Operation] = {
    "batches_list": lambda w, of: of(w.clerk)("GET", "batches/"),
    "batches_create": upload,
    "batches_retrieve": lambda w, of: of(w.reviewer)("GET", f"batches/{w.batch.pk}/"),
    "batches_sheet": choose_sheet,
    "batches_problems": lambda w, of: of(w.clerk)("GET", f"batches/{w.batch.pk}/problems/"),
    "batches_approve": lambda w, of: of(w.reviewer)("POST", f"batches/{w.batch.pk}/approve/", {"reason": "已核对"}),
    "batches_refuse": lambda w, of: of(w.reviewer)("POST", f"batches/{w.batch.pk}/refuse/", {"reason": "案号有误"}),
    "batches_cancel": lambda w, of: of(w.clerk)("POST", f"batches/{w.batch.pk}/cancel/", {"reason": "传错了"}),
    "batches_confirm": confirm,
    "batches_reverse": lambda w, of: of(w.reviewer)("POST", f"batches/{applied(w)}/reverse/", {"reason": "整批有误"}),
    "batches_reversal": refused_changes,
    "listings_search": lambda w, of: of(w.clerk)("POST", "listings/search/", {"name": "王试例"}),
    "listings_retrieve": lambda w, of: of(w.clerk)("GET", f"listings/{w.unit_listing.pk}/"),
    "listings_shield": lambda w, of: act(w, of, "shield", ground="performed"),
    "listings_revoke": lambda w, of: act(w, of, "revoke", ground="wrongly_listed"),
    "listings_correct": lambda w, of: act(w, of, "correct", ground="录入有误", corrections={"obligation": "偿还本金"}),
    "listings_extend": extend,
    "listings_suspend": lambda w, of: act(w, of, "suspend", ground="正在核实"),
    "listings_resume": resume,
    "listings_open": lambda w, of: of(w.clerk)("POST", f"listings/{w.ended_listing.pk}/open/", {"reason": "信访核查"}),
    "risk_notices_list": lambda w, of: of(w.clerk)("GET", "risk-notices/"),
    "risk_notices_create": lambda w, of: of(w.clerk)(
        "POST", "risk-notices/", {**PARTY, "served_on": TODAY.isoformat(), "channel": "notice"}
    ),
    "grace_periods_list": lambda w, of: of(w.clerk)("GET", "grace-periods/"),
    "grace_periods_create": lambda w, of: of(w.clerk)(
        "POST", "grace-periods/", {**PARTY, "starts_on": TODAY.isoformat(), "months": 1}
    ),
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
OPERATIONS |= {
    "objections_list": lambda w, of: of(w.finance)("GET", "objections/?state=open"),
    "objections_create": lambda w, of: of(w.clerk)("POST", "objections/", {"listing": str(w.listing.pk), **RECEIVED}),
    "objections_retrieve": on("objection", None),
    "objections_accept": on("objection/accept", {}),
    "objections_uphold": on("objection/uphold", DECISION),
    "objections_reject": on("objection/reject", DECISION),
    "objections_withdraw": on("objection/withdraw", WITHDRAWN),
    "objections_serve": on("objection/serve", SERVED, first=("reject", DECISION)),
    "reconsiderations_list": lambda w, of: of(w.clerk)("GET", "reconsiderations/"),
    "reconsiderations_create": lambda w, of: reconsider(w, of),
    "reconsiderations_retrieve": on("reconsideration", None),
    "reconsiderations_uphold": on("reconsideration/uphold", DECISION),
    "reconsiderations_dismiss": on("reconsideration/dismiss", DECISION),
    "reconsiderations_withdraw": on("reconsideration/withdraw", WITHDRAWN),
    "reconsiderations_serve": on("reconsideration/serve", SERVED, first=("dismiss", DECISION)),
    "exit_requests_list": lambda w, of: of(w.clerk)("GET", "exit-requests/"),
    "exit_requests_create": lambda w, of: of(w.clerk)(
        "POST", "exit-requests/", {"listing": str(w.listing.pk), "exit_ground": "terminated", **RECEIVED}
    ),
    "exit_requests_retrieve": on("exit_request", None),
    "exit_requests_grant": on("exit_request/grant", DECISION),
    "exit_requests_refuse": on("exit_request/refuse", DECISION),
    "exit_requests_withdraw": on("exit_request/withdraw", WITHDRAWN),
    "exit_requests_serve": on("exit_request/serve", SERVED, first=("refuse", DECISION)),
    "repairs_list": lambda w, of: of(w.clerk)("GET", "repairs/"),
    "repairs_create": apply_again,
    "repairs_retrieve": on("repair", None),
    "repair_decisions_list": lambda w, of: of(w.office)("GET", "repair-decisions/"),
    "repair_decisions_allow": decide("allow"),
    "repair_decisions_refuse": decide("refuse"),
    "evidence_create": add_evidence,
    "evidence_retrieve": lambda w, of: of(w.clerk)("GET", f"evidence/{w.evidence.pk}/"),
}
# Answered with a file, not with JSON.
FILES = {"evidence_retrieve"}
# Documented, and answered today with a refusal.
REFUSED_TODAY: dict[str, tuple[int, str]] = {}


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
    if operation_id in FILES:
        return
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
