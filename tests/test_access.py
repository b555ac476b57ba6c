"""Who may enter where: one line per address, for pages and API. An address without a line fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import World

pytestmark = pytest.mark.django_db

COURT = frozenset({"clerk", "reviewer"})
STAFF = frozenset({"agency_staff"})
ADMINISTRATOR = frozenset({"administrator"})
OFFICE = ADMINISTRATOR | {"credit_office"}
SIGNED_IN = COURT | STAFF | OFFICE
EVERYBODY = SIGNED_IN | {"anonymous"}
# The same roles in another court, another unit of the region, and the credit office of another region.
STRANGERS = {"stranger_reviewer": "reviewer", "stranger_staff": "agency_staff", "stranger_office": "credit_office"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Target = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """`may`: roles that enter; `writes`: those that enter by other methods than GET (None: the same);
    `strangers`: those of other houses that enter too (None: as their role does); `target`: the address's parts,
    always of the first house."""

    may: frozenset[str]
    methods: tuple[str, ...] = ("GET",)
    target: Target = lambda world: {}
    strangers: frozenset[str] | None = None
    writes: frozenset[str] | None = None

    def admits(self, actor: str, method: str) -> bool:
        if actor in STRANGERS and self.strangers is not None and actor not in self.strangers:
            return False
        may = self.may if self.writes is None or method == "GET" else self.writes
        return STRANGERS.get(actor, actor) in may


NOBODY: frozenset[str] = frozenset()
GET, POST, FORM = ("GET",), ("POST",), ("GET", "POST")


def batch(world: World) -> dict[str, Any]:
    return {"batch_id": world.batch.pk}


def listing(world: World) -> dict[str, Any]:
    return {"listing_id": world.listing.pk}


def enforcement(world: World) -> dict[str, Any]:
    return {"enforcement_id": world.enforcement.pk}


def duty(world: World) -> dict[str, Any]:
    return {"duty_id": world.duty.pk}


def recall(world: World) -> dict[str, Any]:
    return {"recall_id": world.recall.pk}


def draft(world: World) -> dict[str, Any]:
    return {"report_id": world.draft.pk}


def submitted(world: World) -> dict[str, Any]:
    return {"report_id": world.submitted.pk}


def source(world: World) -> dict[str, Any]:
    return {"source_id": world.platform.pk}


def receipt(world: World) -> dict[str, Any]:
    return {"receipt": world.check.receipt}


def measure(world: World) -> dict[str, Any]:
    return {"measure_id": world.measure.pk}


def subscriber(world: World) -> dict[str, Any]:
    return {"subscriber_id": world.subscriber.pk}


def delivery(world: World) -> dict[str, Any]:
    return {"delivery_id": world.delivery.pk}


def document(world: World) -> dict[str, Any]:
    return {"document_id": world.measure.document_id}


def remedy(world: World) -> dict[str, Any]:
    return {"remedy_id": world.objection.pk}


def reconsideration(world: World) -> dict[str, Any]:
    return {"remedy_id": world.reconsideration.pk}


def organ_report(world: World) -> dict[str, Any]:
    return {"report_id": world.organ_report.pk}


def exit_request(world: World) -> dict[str, Any]:
    return {"remedy_id": world.exit_request.pk}


def decision(world: World) -> dict[str, Any]:
    return {"decision_id": world.repair_decision.pk}


ROUTES: dict[str, Route] = {
    # the platform
    "healthz": Route(EVERYBODY),
    "readyz": Route(EVERYBODY),
    "api_schema": Route(EVERYBODY),
    "api_docs": Route(EVERYBODY),
    # accounts
    "home": Route(EVERYBODY),
    "admin_desk": Route(ADMINISTRATOR),
    "operator_create": Route(ADMINISTRATOR, POST),
    "operator_deactivate": Route(ADMINISTRATOR, POST, lambda w: {"user_id": w.stranger_staff.pk}),
    "sign_in": Route(EVERYBODY, FORM),
    "sign_out": Route(EVERYBODY, POST),
    "account": Route(SIGNED_IN),
    "account_issue_key": Route(SIGNED_IN, POST),
    "account_revoke_key": Route(STAFF, POST, lambda w: {"key_id": w.api_key.pk}, NOBODY),
    "account_password": Route(SIGNED_IN, POST),
    # the public
    "public_search": Route(EVERYBODY, FORM),
    "verify_receipt": Route(EVERYBODY, GET, receipt),
    "verify_qr": Route(EVERYBODY, GET, receipt),
    "api_verify": Route(EVERYBODY, GET, receipt),
    # the catalogue is published law
    "catalogue": Route(EVERYBODY),
    "catalogue_document": Route(EVERYBODY, GET, document),
    "catalogue_units": Route(EVERYBODY),
    "catalogue_unit": Route(EVERYBODY, GET, lambda w: {"unit_id": w.named_unit.pk}),
    "catalogue_effects": Route(EVERYBODY),
    "catalogue_measure": Route(EVERYBODY, GET, measure),
    "catalogue_compare": Route(EVERYBODY),
    "api_documents": Route(SIGNED_IN),
    "api_document": Route(SIGNED_IN, GET, document),
    "api_measures": Route(SIGNED_IN),
    "api_measure": Route(SIGNED_IN, GET, measure),
    # the court
    "court_home": Route(COURT),
    "court_batches": Route(COURT),
    "batch_upload": Route(COURT, FORM),
    "batch_template": Route(COURT),
    "batch_detail": Route(COURT, GET, batch, NOBODY),
    "batch_progress": Route(COURT, GET, batch, NOBODY),
    "batch_row": Route(COURT, GET, lambda w: {**batch(w), "row_number": 3}, NOBODY),
    "batch_approve": Route(frozenset({"reviewer"}), POST, batch, NOBODY),
    "batch_refuse": Route(COURT, POST, batch, NOBODY),
    "batch_missing": Route(COURT, GET, batch, NOBODY),
    "batch_confirm": Route(frozenset({"clerk"}), POST, batch, NOBODY),
    "batch_cancel": Route(COURT, POST, batch, NOBODY),
    "batch_reversal": Route(COURT, FORM, batch, NOBODY, writes=frozenset({"reviewer"})),
    "batch_sheet": Route(COURT, POST, batch, NOBODY),
    "batch_problems_xlsx": Route(COURT, POST, batch, NOBODY),
    "court_listings": Route(COURT, FORM),
    "listing_detail": Route(COURT, GET, listing, NOBODY),
    "listing_shield": Route(COURT, FORM, listing, NOBODY),
    "listing_revoke": Route(COURT, FORM, listing, NOBODY),
    "listing_correct": Route(COURT, FORM, listing, NOBODY),
    "listing_extend": Route(COURT, FORM, listing, NOBODY),
    "listing_suspend": Route(COURT, FORM, listing, NOBODY),
    "listing_resume": Route(COURT, FORM, listing, NOBODY),
    "court_notices": Route(COURT, FORM),
    "court_grace": Route(COURT, FORM),
    "court_archive": Route(COURT, FORM),
    "archive_listing": Route(COURT, FORM, lambda w: {"listing_id": w.ended_listing.pk}, NOBODY),
    "court_releases": Route(COURT),
    "court_feedback": Route(COURT),
    "api_batches": Route(COURT, FORM),
    "api_batch": Route(COURT | {"administrator"}, GET, batch, NOBODY),
    "api_batch_problems": Route(COURT, GET, batch, NOBODY),
    "api_batch_approve": Route(frozenset({"reviewer"}), POST, batch, NOBODY),
    "api_batch_refuse": Route(COURT, POST, batch, NOBODY),
    "api_batch_reverse": Route(frozenset({"reviewer"}), POST, batch, NOBODY),
    "api_batch_cancel": Route(COURT, POST, batch, NOBODY),
    "api_batch_confirm": Route(COURT, POST, batch, NOBODY),
    "api_batch_reversal": Route(COURT, GET, batch, NOBODY),
    "api_batch_sheet": Route(COURT, POST, batch, NOBODY),
    "api_listings_search": Route(SIGNED_IN, POST),
    "api_listing": Route(SIGNED_IN, GET, listing, frozenset({"stranger_staff", "stranger_office"})),
    "api_listing_shield": Route(COURT, POST, listing, NOBODY),
    "api_listing_revoke": Route(COURT, POST, listing, NOBODY),
    "api_listing_correct": Route(COURT, POST, listing, NOBODY),
    "api_listing_extend": Route(COURT, POST, listing, NOBODY),
    "api_listing_suspend": Route(COURT, POST, listing, NOBODY),
    "api_listing_resume": Route(COURT, POST, listing, NOBODY),
    "api_listing_open": Route(COURT, POST, lambda w: {"listing_id": w.ended_listing.pk}, NOBODY),
    "api_risk_notices": Route(COURT, FORM),
    "api_grace_periods": Route(COURT, FORM),
    "api_changes": Route(SIGNED_IN),
    "api_changes_snapshot": Route(SIGNED_IN),
    "api_changes_ack": Route(SIGNED_IN, POST),
    # remedies: the executing court and the unit whose counter took it, nobody else
    "court_remedies": Route(COURT),
    "remedy_choose": Route(COURT, FORM),
    "objection_create": Route(COURT, FORM, listing, NOBODY),
    "exit_request_create": Route(COURT, FORM, listing, NOBODY),
    "repair_create": Route(COURT, FORM, lambda w: {"listing_id": w.ended_listing.pk}, NOBODY),
    "reconsideration_create": Route(COURT, FORM, lambda w: {"remedy_id": w.rejected.pk}, NOBODY),
    "remedy_act": Route(COURT, FORM, lambda w: {**remedy(w), "kind": "objection", "verb": "reject"}, NOBODY),
    "remedy_detail": Route(COURT | STAFF, GET, lambda w: {**remedy(w), "kind": "objection"}, NOBODY),
    "evidence_add": Route(COURT | STAFF, POST, lambda w: {**remedy(w), "kind": "objection"}, NOBODY),
    "evidence_download": Route(COURT | STAFF, GET, lambda w: {"evidence_id": w.evidence.pk}, NOBODY),
    "listing_letters": Route(COURT, FORM, lambda w: {"listing_id": w.letter.listing_id}, NOBODY),
    "employer_letter": Route(COURT, FORM, lambda w: {"letter_id": w.letter.pk}, NOBODY),
    # reports upward: the court that asked, nobody above it or elsewhere
    "listing_categories": Route(COURT, FORM, listing, NOBODY),
    "category_clear": Route(COURT, POST, lambda w: {"mark_id": w.mark.pk}, NOBODY),
    "organ_reports": Route(COURT, FORM),
    "organ_report": Route(COURT, GET, organ_report, NOBODY),
    "organ_report_approve": Route(frozenset({"reviewer"}), POST, organ_report, NOBODY),
    "organ_report_refuse": Route(frozenset({"reviewer"}), POST, organ_report, NOBODY),
    "organ_report_xlsx": Route(COURT, POST, organ_report, NOBODY),
    "organ_report_sent": Route(COURT, POST, organ_report, NOBODY),
    "agency_objections": Route(STAFF),
    "agency_objection_create": Route(STAFF, FORM),
    "agency_repairs": Route(STAFF),
    "agency_repair_create": Route(STAFF, FORM),
    "repair_decide": Route(STAFF, FORM, decision, NOBODY),
    "api_objections": Route(COURT | STAFF, FORM),
    "api_objection": Route(COURT | STAFF, GET, remedy, NOBODY),
    "api_objection_accept": Route(COURT, POST, remedy, NOBODY),
    "api_objection_uphold": Route(COURT, POST, remedy, NOBODY),
    "api_objection_reject": Route(COURT, POST, remedy, NOBODY),
    "api_objection_withdraw": Route(COURT, POST, remedy, NOBODY),
    "api_objection_serve": Route(COURT, POST, remedy, NOBODY),
    "api_reconsiderations": Route(COURT | STAFF, FORM),
    "api_reconsideration": Route(COURT, GET, reconsideration, NOBODY),
    "api_reconsideration_uphold": Route(COURT, POST, reconsideration, NOBODY),
    "api_reconsideration_dismiss": Route(COURT, POST, reconsideration, NOBODY),
    "api_reconsideration_withdraw": Route(COURT, POST, reconsideration, NOBODY),
    "api_reconsideration_serve": Route(COURT, POST, reconsideration, NOBODY),
    "api_exit_requests": Route(COURT | STAFF, FORM),
    "api_exit_request": Route(COURT, GET, exit_request, NOBODY),
    "api_exit_request_grant": Route(COURT, POST, exit_request, NOBODY),
    "api_exit_request_refuse": Route(COURT, POST, exit_request, NOBODY),
    "api_exit_request_withdraw": Route(COURT, POST, exit_request, NOBODY),
    "api_exit_request_serve": Route(COURT, POST, exit_request, NOBODY),
    "api_repairs": Route(COURT | STAFF, FORM),
    "api_repair": Route(COURT | STAFF, GET, lambda w: {"remedy_id": w.repair.pk}, NOBODY),
    "api_evidence_create": Route(COURT | STAFF, POST, lambda w: {**remedy(w), "kind": "objections"}, NOBODY),
    "api_evidence": Route(COURT | STAFF, GET, lambda w: {"evidence_id": w.evidence.pk}, NOBODY),
    "api_repair_decisions": Route(SIGNED_IN),
    "api_repair_allow": Route(STAFF, POST, decision, NOBODY),
    "api_repair_refuse": Route(STAFF, POST, decision, NOBODY),
    "court_feed": Route(COURT),
    # the list's sources
    "court_sources": Route(COURT),
    "sources": Route(ADMINISTRATOR),
    "source_watch": Route(ADMINISTRATOR, FORM),
    "source_follow": Route(ADMINISTRATOR, FORM),
    "source_detail": Route(ADMINISTRATOR, GET, source),
    "source_pause": Route(ADMINISTRATOR, POST, source),
    "source_wake": Route(ADMINISTRATOR, POST, source),
    "source_resync": Route(ADMINISTRATOR, POST, source),
    "source_compare": Route(ADMINISTRATOR, POST, source),
    "source_repair": Route(ADMINISTRATOR, POST, source),
    "source_keys": Route(ADMINISTRATOR, POST, source),
    # whole records leave for subscribers only: finance is one, the administrator's account is a platform's
    "api_records": Route(STAFF | ADMINISTRATOR, POST, strangers=NOBODY),
    "api_records_state": Route(ADMINISTRATOR),
    "subscribers": Route(OFFICE),
    "subscriber_register": Route(OFFICE, POST),
    "subscriber_detail": Route(OFFICE, GET, subscriber),
    "subscriber_webhook": Route(OFFICE, POST, subscriber),
    "subscriber_secret": Route(OFFICE, POST, subscriber),
    "subscriber_switch": Route(OFFICE, POST, subscriber),
    "delivery_replay": Route(OFFICE, POST, delivery),
    "delivery_skip": Route(OFFICE, POST, delivery),
    # the unit
    "agency_check": Route(STAFF, FORM),
    "agency_checks": Route(STAFF),
    "agency_check_detail": Route(STAFF, GET, receipt, NOBODY),
    "agency_enforcements": Route(STAFF),
    "enforcement_create": Route(STAFF, FORM),
    "enforcement_detail": Route(SIGNED_IN, GET, enforcement, NOBODY),
    "enforcement_release": Route(STAFF, POST, enforcement, NOBODY),
    "enforcement_retain": Route(STAFF, POST, enforcement, NOBODY),
    "agency_releases": Route(STAFF),
    "releases_acknowledge": Route(STAFF, POST),
    "release_acknowledge": Route(STAFF, FORM, duty, NOBODY),
    "recall_acknowledge": Route(STAFF, POST, recall, NOBODY),
    "agency_feedback": Route(STAFF),
    "feedback_create": Route(STAFF, FORM, enforcement, NOBODY),
    "agency_reports": Route(STAFF),
    "report_create": Route(STAFF, POST),
    "report_detail": Route(STAFF | OFFICE, GET, submitted, NOBODY),
    "report_edit": Route(STAFF, FORM, draft, NOBODY),
    "report_submit": Route(STAFF, POST, draft, NOBODY),
    "report_xlsx": Route(STAFF | OFFICE, GET, submitted, NOBODY),
    "api_checks": Route(STAFF, POST),
    "api_checks_bulk": Route(STAFF, POST),
    "api_check_detail": Route(STAFF, GET, receipt, NOBODY),
    "api_enforcements": Route(SIGNED_IN, FORM, writes=STAFF),
    "api_enforcement_detail": Route(SIGNED_IN, GET, enforcement, NOBODY),
    "api_enforcement_release": Route(STAFF, POST, enforcement, NOBODY),
    "api_enforcement_retain": Route(STAFF, POST, enforcement, NOBODY),
    "api_releases": Route(SIGNED_IN),
    "api_release_detail": Route(SIGNED_IN, GET, duty, NOBODY),
    "api_release_acknowledge": Route(STAFF, POST, duty, NOBODY),
    "api_recalls": Route(SIGNED_IN),
    "api_recall_acknowledge": Route(STAFF, POST, recall, NOBODY),
    "api_feedback": Route(SIGNED_IN - {"administrator"}, FORM),
    "api_reports": Route(STAFF | {"credit_office"}, FORM),
    "api_report": Route(STAFF | {"credit_office"}, ("GET", "PATCH"), submitted, NOBODY, writes=STAFF),
    "api_report_submit": Route(STAFF, POST, draft, NOBODY),
    # the credit office
    "credit_dashboard": Route(OFFICE),
    "credit_releases": Route(OFFICE),
    "credit_units": Route(OFFICE),
    "credit_unit": Route(OFFICE, GET, lambda w: {"unit_id": w.unit.pk}, NOBODY),
    "credit_reports": Route(OFFICE),
    "report_return": Route(frozenset({"credit_office"}), POST, submitted, NOBODY),
    "report_accept": Route(frozenset({"credit_office"}), POST, submitted, NOBODY),
    "api_report_return": Route(frozenset({"credit_office"}), POST, submitted, NOBODY),
    "api_report_accept": Route(frozenset({"credit_office"}), POST, submitted, NOBODY),
}
ACTORS = ("anonymous", *sorted(SIGNED_IN), *STRANGERS)


def named_routes() -> Iterator[str]:
    """The name of every address that the platform answers; one without a name fails."""

    def walk(patterns: list[Any]) -> Iterator[str]:
        for each in patterns:
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns)
            else:
                assert isinstance(each, URLPattern) and each.name, f"{each} has no name"
                yield each.name

    return walk(get_resolver().url_patterns)


def browser(world: World, actor: str, *, checks_csrf: bool = False) -> Client:
    """The browser of the operator who plays this part; for the anonymous nobody's."""
    by_role = {"agency_staff": "finance", "credit_office": "office"}
    user = None if actor == "anonymous" else getattr(world, by_role.get(actor, actor))
    return world.browser(user, checks_csrf=checks_csrf)


def ask(client: Client, world: World, name: str, method: str) -> Any:
    """A request without contents: enough to learn who is let in."""
    url = reverse(name, kwargs=ROUTES[name].target(world))
    if url.startswith("/api/") and method != "GET" and name != "api_batches":
        return client.generic(method, url, '{"reason": "核对"}', content_type="application/json")
    return client.generic(method, url) if method != "POST" else client.post(url)


def is_sign_in(response: Any) -> bool:
    return response.status_code == 302 and response.url.startswith(reverse("sign_in"))


def is_refused(response: Any) -> bool:
    return response.status_code in {401, 403, 404} or (is_sign_in(response) and "next=" in response.url)


def test_every_address_has_a_line() -> None:
    assert set(ROUTES) ^ set(named_routes()) == set()


@pytest.mark.parametrize("name", ROUTES)
def test_only_those_on_the_line_enter(name: str, world: World) -> None:
    route = ROUTES[name]
    wrong = []
    actors = ACTORS if route.may != EVERYBODY else ("anonymous", "agency_staff")
    for method in route.methods:
        for actor in actors:
            response = ask(browser(world, actor), world, name, method)
            if (response.status_code >= 500 and name != "readyz") or is_refused(response) is route.admits(
                actor, method
            ):
                wrong.append(f"{method} {actor}: {response.status_code}")
            elif actor == "anonymous" and not route.admits(actor, method):
                is_api = response.wsgi_request.path.startswith("/api/")
                assert response.status_code == 401 if is_api else is_sign_in(response)
    assert not wrong, "; ".join(wrong)


@pytest.mark.parametrize("name", ROUTES)
def test_no_other_method_is_answered(name: str, world: World) -> None:
    route = ROUTES[name]
    actors = ("anonymous", "agency_staff", *ACTORS)  # where others only read, staff would write
    actor = next(actor for actor in actors if route.admits(actor, route.methods[-1]))
    answered = {method for method in METHODS if ask(browser(world, actor), world, name, method).status_code != 405}
    assert answered == set(route.methods)


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if {"POST", "PATCH"} & set(route.methods)])
def test_a_session_cannot_be_used_from_another_site(name: str, world: World) -> None:
    route = ROUTES[name]
    actor = next(actor for actor in ACTORS if route.admits(actor, route.methods[-1]) and actor != "anonymous")
    client = browser(world, actor, checks_csrf=True)
    for method in set(route.methods) - {"GET"}:
        response = ask(client, world, name, method)
        assert response.status_code == 403
        assert "CSRF" in response.content.decode() or response.json()["code"] == "permission_denied"
