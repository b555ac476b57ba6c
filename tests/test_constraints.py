"""The database refuses what the law refuses: every named constraint is tripped by a row that no service writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from agencies.choices import EnforcementStatus
from agencies.models import HitMeasure, Retention
from core.audit import AuditEntry
from core.idempotency import IdempotencyRecord
from core.outbox import OutboxDelivery, OutboxEvent
from measures.models import Law, LegalBasis, Provision, Responsibility
from registry.models import (
    BatchRow,
    Change,
    DeadlineRule,
    GracePeriod,
    Identifier,
    MatchKey,
    MeasureStay,
    MissingListing,
    PriorState,
    Region,
    RegionRule,
    RemarkBlock,
    RemedyNotice,
    RepairOutcome,
    ReversalRow,
    RiskNotice,
    RulePack,
    SourceItem,
    SourceRun,
    SubjectName,
)
from tests.builders import NOW, TODAY
from tests.cast import World

pytestmark = pytest.mark.django_db

OURS = {"core", "registry", "measures", "agencies", "feedback"}
YESTERDAY = TODAY - timedelta(days=1)


def put(record: models.Model) -> None:
    """Write a row as it stands, past every service."""
    type(record)._default_manager.bulk_create([record])


def again(record: models.Model, **changes: Any) -> None:
    """Write the same row a second time under a new key."""
    values = {each.attname: getattr(record, each.attname) for each in record._meta.concrete_fields}
    key = record._meta.pk
    assert key is not None
    values.pop(key.attname)
    if isinstance(key, models.UUIDField):
        values[key.attname] = uuid4()
    put(type(record)(**{**values, **changes}))


def mend(record: models.Model, **changes: Any) -> None:
    """Change a stored row, past every service."""
    assert type(record)._default_manager.filter(pk=record.pk).update(**changes) == 1


def pack(world: World) -> DeadlineRule:
    rules = RulePack.objects.create(region=world.court.region, title="期限")
    return DeadlineRule.objects.create(pack=rules, key="correct", amount=3, unit="working", citation="第九条")


def delivery() -> OutboxDelivery:
    event = OutboxEvent.objects.create(topic="tests.happened", payload={})
    return OutboxDelivery.objects.create(event=event, consumer="tests.see", next_attempt_at=NOW)


def taken_back(world: World) -> dict[str, Any]:
    """The facts of a batch that is in and out again."""
    return {
        "status": "reversed",
        "decided_by_id": world.reviewer.pk,
        "applied_at": NOW,
        "reversed_by_id": world.reviewer.pk,
        "reversal_asked_at": NOW,
        "reversal_reason": "有误",
        "reversed_at": NOW,
        "count_reversed": world.batch.count_add,
    }


SNAPSHOT = {"mode": "snapshot", "exit_ground": "terminated", "exit_document": "文号", "exit_on": TODAY}


def missing(world: World) -> MissingListing:
    return MissingListing.objects.create(batch=world.batch, listing=world.listing)


def prior(world: World) -> PriorState:
    return PriorState.objects.create(batch=world.batch, listing=world.listing, status="active", name_key="王")


def reversal_row(world: World, **facts: Any) -> ReversalRow:
    change = Change.objects.create(kind="listed", listing=world.listing, at=NOW, batch=world.batch)
    return ReversalRow(batch=world.batch, change=change, **facts)


def name_twice(record: models.Model, **changes: Any) -> None:
    put(record)
    again(record, **changes)


def stay(world: World, **given: Any) -> MeasureStay:
    facts = {"listing": world.listing, "region": world.court.region, "objection": world.objection, "citation": "依据"}
    return MeasureStay(**{**facts, "since": NOW, **given})


def reminder(world: World, **given: Any) -> RemedyNotice:
    facts = {"kind": "objection", "record_id": world.objection.pk, "notice": "reminder", "due_on": TODAY}
    return RemedyNotice(**{**facts, "court": world.court, "at": NOW, **given})


def of_case(model: Any, world: World, **facts: Any) -> Any:
    """A record of a party of a case, with what every such record has."""
    return model.objects.create(
        court=world.court,
        case_number="（2026）鲁0116执1号",
        case_key="2026|鲁0116|执|1",
        kind="person",
        name="王试例",
        name_key="王试例",
        document_number="（2026）鲁0116执1号通知书",
        recorded_by=world.clerk,
        recorded_at=NOW,
        **facts,
    )


def notice(world: World) -> Any:
    return of_case(RiskNotice, world, served_on=TODAY, channel="notice")


def grace(world: World) -> Any:
    return of_case(GracePeriod, world, starts_on=TODAY, months=1, ends_on=TODAY + timedelta(days=30))


def item(world: World, **given: Any) -> SourceItem:
    facts = {"file_name": "名单.csv", "sha256": "0" * 64, "status": "rejected", "reason": "空文件", "taken_at": NOW}
    return SourceItem(source=world.folder, **{**facts, **given})


VIOLATIONS: dict[str, Callable[[World], None]] = {
    # core
    "auditentry_numbered_is_hashed": lambda w: put(AuditEntry(actor_label="x", verb="x", at=NOW, number=9999)),
    "idempotencyrecord_key_used_once": lambda w: name_twice(
        IdempotencyRecord(actor="user:1", key="k", path="/", request_digest=b"", created_at=NOW)
    ),
    "outboxdelivery_once_per_consumer": lambda w: again(delivery()),
    "outboxdelivery_done_or_dead": lambda w: mend(delivery(), done_at=NOW, dead_at=NOW),
    # registry: places
    "region_code_has_six_digits": lambda w: put(Region(code="37011", name="莱芜区")),
    "region_is_not_its_own_parent": lambda w: mend(w.court.region, parent=w.court.region_id),
    "deadline_rule_stands_once_in_its_pack": lambda w: again(pack(w)),
    "deadline_rule_unit_is_known": lambda w: mend(pack(w), unit="lunar"),
    "deadline_rule_has_citation": lambda w: mend(pack(w), citation=""),
    "court_is_not_its_own_upper": lambda w: mend(w.court, upper=w.court.pk),
    # registry: the list
    "subject_kind_is_known": lambda w: mend(w.listing.subject, kind="ship"),
    "subject_has_name": lambda w: mend(w.listing.subject, name=""),
    "subject_name_is_kept_once": lambda w: name_twice(
        SubjectName(subject=w.listing.subject, name="王旧例", name_key="王旧例", known_since=TODAY)
    ),
    "identifier_belongs_to_one_subject": lambda w: again(
        Identifier.objects.get(subject=w.listing.subject), subject_id=w.ended_listing.subject_id
    ),
    "identifier_type_is_known": lambda w: mend(Identifier.objects.get(subject=w.listing.subject), type="card"),
    "listing_lives_once": lambda w: again(w.listing),
    "listing_status_is_known": lambda w: mend(w.listing, status="forgotten"),
    "listing_exit_has_ground": lambda w: mend(w.listing, status="revoked", exit_on=TODAY),
    "listing_live_has_no_exit": lambda w: mend(w.listing, exit_on=TODAY),
    "listing_expired_had_a_term": lambda w: mend(w.listing, status="expired"),
    "listing_term_after_decision": lambda w: mend(w.listing, decided_on=TODAY, term_ends_on=TODAY),
    "listing_erased_has_ended": lambda w: mend(w.listing, erased_at=NOW),
    # registry: before a listing
    "risk_notice_is_recorded_once": lambda w: again(notice(w)),
    "risk_notice_channel_is_known": lambda w: mend(notice(w), channel="pigeon"),
    "risk_notice_has_document": lambda w: mend(notice(w), document_number=""),
    "grace_period_is_granted_once": lambda w: again(grace(w)),
    "grace_period_is_one_to_three_months": lambda w: mend(grace(w), months=4),
    "grace_period_ends_after_it_begins": lambda w: mend(grace(w), ends_on=TODAY),
    "grace_period_has_document": lambda w: mend(grace(w), document_number=""),
    "relation_role_is_known": lambda w: mend(w.unit_listing.relations.get(), role="cousin"),
    "relation_ends_after_it_begins": lambda w: mend(w.unit_listing.relations.get(), since=TODAY, until=YESTERDAY),
    "relation_stands_once": lambda w: again(w.unit_listing.relations.get()),
    "match_key_role_is_known": lambda w: mend(w.unit_listing.match_keys.filter(relation__isnull=False)[0], role="aunt"),
    "match_key_relation_has_role": lambda w: mend(
        w.listing.match_keys.filter(relation=None)[0], role="legal_representative"
    ),
    # registry: remedies
    "region_rule_stands_once_in_its_pack": lambda w: name_twice(
        RegionRule(pack=pack(w).pack, key="x", value="yes", citation="y")
    ),
    "region_rule_has_citation": lambda w: put(RegionRule(pack=pack(w).pack, key="x", value="yes", citation="")),
    "objection_status_is_known": lambda w: mend(w.objection, status="lost"),
    "objection_open_has_due_day": lambda w: mend(w.objection, due_on=None),
    "objection_decision_is_documented": lambda w: mend(w.rejected, decision_number=""),
    "objection_about_is_known": lambda w: mend(w.objection, about="weather"),
    "objection_names_unit_and_measure": lambda w: mend(w.objection, unit_name=""),
    "objection_upheld_has_outcome": lambda w: mend(w.rejected, outcome="revoke"),
    "reconsideration_status_is_known": lambda w: mend(w.reconsideration, status="lost"),
    "reconsideration_open_has_due_day": lambda w: mend(w.reconsideration, due_on=None),
    "reconsideration_decision_is_documented": lambda w: mend(w.reconsideration, status="dismissed", due_on=None),
    "reconsideration_upheld_has_outcome": lambda w: mend(w.reconsideration, outcome="revoke"),
    "exit_request_status_is_known": lambda w: mend(w.exit_request, status="lost"),
    "exit_request_open_has_due_day": lambda w: mend(w.exit_request, due_on=None),
    "exit_request_decision_is_documented": lambda w: mend(w.exit_request, status="refused", due_on=None),
    "exit_request_ground_is_known": lambda w: mend(w.exit_request, exit_ground="mercy"),
    "exit_request_is_open_once_per_ground": lambda w: again(w.exit_request),
    "repair_status_is_known": lambda w: mend(w.repair, status="lost"),
    "repair_open_has_due_day": lambda w: mend(w.repair, due_on=None),
    "repair_is_open_once_per_listing": lambda w: again(w.repair),
    "repair_outcome_is_one_per_unit": lambda w: name_twice(
        RepairOutcome(
            repair=w.repair, unit_name="财政局", is_allowed=True, document_number="1", decided_on=TODAY, recorded_at=NOW
        )
    ),
    "measure_stay_ends_after_it_begins": lambda w: put(stay(w, until=NOW - timedelta(days=1))),
    "measure_stay_has_citation": lambda w: put(stay(w, citation="")),
    "evidence_belongs_to_one_remedy": lambda w: mend(w.evidence, repair=w.repair.pk),
    "employer_letter_is_sent_once_to_a_unit": lambda w: again(w.letter),
    "employer_letter_names_unit_and_number": lambda w: mend(w.letter, unit_name=""),
    "employer_letter_is_acknowledged_after_it_is_sent": lambda w: mend(w.letter, acknowledged_on=YESTERDAY),
    "debtor_mark_stands_once": lambda w: again(w.mark),
    "debtor_mark_category_is_known": lambda w: mend(w.mark, category="celebrity"),
    "debtor_mark_has_basis": lambda w: mend(w.mark, basis=""),
    "debtor_mark_is_cleared_with_reason": lambda w: mend(w.mark, cleared_at=NOW, cleared_by=w.clerk.pk),
    "organ_report_is_requested_once": lambda w: again(w.organ_report),
    "organ_report_body_is_known": lambda w: mend(w.organ_report, body="press"),
    "organ_report_status_is_known": lambda w: mend(
        w.organ_report, status="lost", decided_by=w.reviewer.pk, decided_at=NOW
    ),
    "organ_report_names_recipient_and_purpose": lambda w: mend(w.organ_report, purpose=""),
    "organ_report_four_eyes": lambda w: mend(w.organ_report, status="refused", decided_by=w.clerk.pk, decided_at=NOW),
    "organ_report_is_decided_by_somebody": lambda w: mend(w.organ_report, status="refused"),
    "organ_report_approved_expires": lambda w: mend(
        w.organ_report, status="approved", decided_by=w.reviewer.pk, decided_at=NOW
    ),
    "organ_report_sent_is_documented": lambda w: mend(
        w.organ_report, status="sent", decided_by=w.reviewer.pk, decided_at=NOW, expires_at=NOW
    ),
    "organ_report_row_stands_once": lambda w: again(w.organ_report.rows.get()),
    "remedy_notice_is_given_once": lambda w: name_twice(reminder(w)),
    "remedy_notice_kind_is_known": lambda w: put(reminder(w, notice="rumour")),
    "remedy_notice_remedy_is_known": lambda w: put(reminder(w, kind="prayer")),
    # registry: uploads and the feed
    "batch_status_is_known": lambda w: mend(w.batch, status="lost"),
    "batch_four_eyes": lambda w: mend(w.batch, decided_by=w.clerk.pk),
    "batch_applied_was_approved": lambda w: mend(w.batch, status="applied"),
    "batch_counts_every_row": lambda w: mend(w.batch, count_rows=w.batch.count_rows + 1),
    "batch_mode_is_known": lambda w: mend(w.batch, mode="whatever"),
    "batch_snapshot_has_exit": lambda w: mend(w.batch, mode="snapshot"),
    "batch_confirmed_by_uploader": lambda w: mend(w.batch, **SNAPSHOT, confirmed_by=w.reviewer.pk, confirmed_at=NOW),
    "batch_reverses_what_was_applied": lambda w: mend(
        w.batch, **{**taken_back(w), "status": "failed"}, is_reversing=True
    ),
    "batch_reversal_was_asked": lambda w: mend(w.batch, **{**taken_back(w), "reversal_reason": ""}),
    "batch_reversal_four_eyes": lambda w: mend(w.batch, reversed_by=w.clerk.pk),
    "batch_reversal_counts_every_change": lambda w: mend(w.batch, **{**taken_back(w), "count_reversed": 99}),
    "missing_listing_stands_once": lambda w: again(missing(w)),
    "remark_block_stands_once": lambda w: again(RemarkBlock.objects.filter(batch=w.batch)[0]),
    "prior_state_kept_once": lambda w: again(prior(w)),
    "reversal_row_refusal_has_reason": lambda w: put(reversal_row(w, verdict="refused")),
    "batch_row_stands_once": lambda w: again(BatchRow.objects.filter(batch=w.batch)[0]),
    "received_rows_stand_once": lambda w: again(w.batch.received.all()[0]),
    "batch_row_verdict_is_known": lambda w: mend(BatchRow.objects.filter(batch=w.batch)[0], verdict="maybe"),
    "change_numbered_is_hashed": lambda w: put(Change(kind="listed", listing=w.listing, at=NOW, number=9999)),
    "change_kind_is_known": lambda w: put(Change(kind="moved", listing=w.listing, at=NOW)),
    # registry: who follows the feed
    # registry: sources
    "listing_mirrored_is_numbered": lambda w: mend(w.listing, source=w.platform.pk),
    "source_says_where": lambda w: mend(w.folder, base_url="https://example.org"),
    "source_status_is_known": lambda w: mend(w.folder, status="asleep"),
    "source_stop_has_reason": lambda w: mend(w.folder, status="stopped"),
    "source_comes_round": lambda w: mend(w.folder, every_minutes=0),
    "source_folder_is_watched_once": lambda w: again(w.folder, name="乙"),
    "source_platform_is_followed_once": lambda w: again(w.platform, name="乙"),
    "source_item_is_taken_once": lambda w: name_twice(item(w)),
    "source_item_says_what_became_of_it": lambda w: put(item(w, reason="")),
    "source_run_kind_is_known": lambda w: mend(w.platform.runs.get(), kind="walk"),
    "source_run_ends": lambda w: mend(w.platform.runs.get(), ended_at=None),
    "source_run_is_alone": lambda w: name_twice(SourceRun(source=w.folder, kind="files", started_at=NOW)),
    "source_run_repair_was_approved": lambda w: mend(w.platform.runs.get(), approved_at=NOW),
    "subscriber_kind_is_known": lambda w: mend(w.subscriber, kind="press"),
    "subscriber_ack_is_dated": lambda w: mend(w.subscriber, in_step=None),
    "webhook_delivery_status_is_known": lambda w: mend(w.delivery, status="lost"),
    "webhook_delivery_spans_a_thousand": lambda w: mend(w.delivery, to_number=w.delivery.from_number + 1_000),
    "webhook_delivery_one_at_a_time": lambda w: again(w.delivery, status="pending"),
    "webhook_delivery_done_is_dated": lambda w: mend(w.delivery, done_at=NOW),
    "webhook_delivery_skip_has_reason": lambda w: mend(w.delivery, status="skipped", done_at=NOW),
    # measures
    "document_ends_after_it_begins": lambda w: mend(
        w.measure.document, in_force_to=w.measure.document.in_force_from - timedelta(days=1)
    ),
    "named_unit_is_named_once_per_region": lambda w: again(w.named_unit),
    "measure_is_numbered_once_per_version": lambda w: again(w.measure),
    "measure_effect_is_known": lambda w: mend(w.measure, effect="forbid"),
    "measure_stands_somewhere": lambda w: mend(w.measure, in_body=False, in_appendix=False),
    "measure_ends_after_it_begins": lambda w: mend(w.measure, in_force_to=w.measure.in_force_from - timedelta(days=1)),
    "measure_review_has_reason": lambda w: mend(w.measure, under_review=True, review_reason=""),
    "measure_incentive_reaches_no_defaulter": lambda w: mend(w.measure, incentive=True, reaches=["subject"]),
    "responsibility_names_a_unit_once": lambda w: again(Responsibility.objects.filter(measure=w.measure)[0]),
    "responsibility_source_is_known": lambda w: mend(
        Responsibility.objects.filter(measure=w.measure)[0], source="rumour"
    ),
    "law_kind_is_known": lambda w: mend(Law.objects.all()[0], kind="custom"),
    "provision_stands_once_in_its_law": lambda w: again(Provision.objects.all()[0]),
    "legal_basis_is_cited_once": lambda w: again(LegalBasis.objects.filter(measure=w.measure)[0]),
    "legal_basis_target_is_known": lambda w: mend(
        LegalBasis.objects.filter(measure=w.measure)[0], names_target="perhaps"
    ),
    # agencies
    "agency_kind_is_known": lambda w: mend(w.unit, kind="club"),
    "agency_court_has_its_court": lambda w: mend(w.unit, kind="court"),
    "user_role_is_known": lambda w: mend(w.finance, role="visitor"),
    "user_belongs_to_a_unit": lambda w: mend(w.finance, agency=None),
    "api_key_has_scopes": lambda w: mend(w.api_key, scopes=[]),
    "matter_code_is_unique_in_its_unit": lambda w: again(w.matter, name="另一事项"),
    "matter_name_is_unique_in_its_unit": lambda w: again(w.matter, code="other"),
    "check_outcome_is_known": lambda w: again(w.check, outcome="guilty", receipt="C20261120-AAAAAAAA"),
    "check_has_case_reference": lambda w: again(w.check, case_reference="", receipt="C20261120-AAAAAAAA"),
    "hit_measure_is_named_once": lambda w: again(HitMeasure.objects.filter(check_record=w.check)[0]),
    "enforcement_stands_once": lambda w: again(w.enforcement),
    "enforcement_status_is_known": lambda w: mend(w.enforcement, status="paused"),
    "enforcement_status_follows_decision": lambda w: mend(w.enforcement, status=EnforcementStatus.NOT_APPLIED),
    "enforcement_not_applied_has_reason": lambda w: mend(
        w.enforcement, decision="not_applied", status="not_applied", reason=""
    ),
    "enforcement_applied_has_document": lambda w: mend(w.enforcement, document_number=""),
    "enforcement_ends_after_it_begins": lambda w: mend(w.enforcement, effective_to=TODAY - timedelta(days=400)),
    "enforcement_release_is_dated": lambda w: mend(w.enforcement, status="released"),
    "duty_arises_once": lambda w: again(w.duty),
    "duty_status_is_known": lambda w: mend(w.duty, status="late"),
    "duty_done_is_dated": lambda w: mend(w.duty, status="done", outcome="released"),
    "recall_arises_once": lambda w: again(w.recall),
    "recall_status_is_known": lambda w: mend(w.recall, status="late"),
    "recall_acknowledgement_is_dated": lambda w: mend(w.recall, status="acknowledged", statement="已更正"),
    "retention_has_legal_basis": lambda w: put(
        Retention(enforcement=w.enforcement, legal_basis="", until=TODAY, recorded_at=NOW, user=w.finance)
    ),
    "repair_decision_arises_once": lambda w: again(w.repair_decision),
    "repair_decision_status_is_known": lambda w: mend(w.repair_decision, status="lost"),
    "repair_decision_is_documented": lambda w: mend(w.repair_decision, status="allowed"),
    # feedback
    "feedback_says_something": lambda w: again(w.feedback, content=""),
    "report_is_one_per_period": lambda w: again(w.draft),
    "report_status_is_known": lambda w: mend(w.draft, status="lost"),
    "report_ends_after_it_begins": lambda w: mend(w.draft, ends_on=w.draft.starts_on - timedelta(days=1)),
    "report_submission_is_dated": lambda w: mend(w.draft, status="submitted"),
    "report_return_has_remarks": lambda w: mend(w.submitted, status="returned", reviewed_by=w.office.pk, remarks=""),
    "report_review_has_reviewer": lambda w: mend(w.submitted, status="accepted"),
}


# Where another constraint refuses every such row too and PostgreSQL names that one first.
SHADOWED_BY = {
    "duty_status_is_known": "duty_done_is_dated",
    "objection_status_is_known": "objection_open_has_due_day",
    "reconsideration_status_is_known": "reconsideration_open_has_due_day",
    "exit_request_status_is_known": "exit_request_open_has_due_day",
    "repair_status_is_known": "repair_open_has_due_day",
    "repair_decision_status_is_known": "repair_decision_is_documented",
    "recall_status_is_known": "recall_acknowledgement_is_dated",
    "webhook_delivery_status_is_known": "webhook_delivery_done_is_dated",
}


def declared() -> dict[str, str]:
    """Constraint name → model, of all our models."""
    return {
        constraint.name: model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for constraint in model._meta.constraints
    }


def drop(constraint: str, of: str) -> None:
    """Without one constraint, for the rest of the test."""
    table = apps.get_model(declared()[of])._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def test_every_constraint_is_tripped_by_a_test_here() -> None:
    assert sorted(VIOLATIONS) == sorted(declared())


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses_and_names_the_constraint(name: str, world: World) -> None:
    if name in SHADOWED_BY:
        drop(SHADOWED_BY[name], name)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        VIOLATIONS[name](world)
    assert refused.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


APPEND_ONLY: dict[str, Callable[[World], models.Model]] = {
    "core_auditentry": lambda w: AuditEntry.objects.all()[0],
    "registry_change": lambda w: Change.objects.all()[0],
    "registry_subscriberack": lambda w: w.subscriber.acks.all()[0],
    "agencies_check": lambda w: w.check,
    "agencies_hitmeasure": lambda w: HitMeasure.objects.all()[0],
    "feedback_feedback": lambda w: w.feedback,
}


def test_every_append_only_table_is_tried_here() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_name = 'append_only'"
        )
        tables = {table for (table,) in cursor.fetchall()}
    assert tables == set(APPEND_ONLY)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_written_once_can_be_neither_changed_nor_removed(table: str, world: World) -> None:
    record = APPEND_ONLY[table](world)
    column = record._meta.concrete_fields[1].column
    for statement in (f"UPDATE {table} SET {column} = {column} WHERE id = %s", f"DELETE FROM {table} WHERE id = %s"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [record.pk])


# Name → table, column, parent. Checked for a whole statement at a time (docs/decisions/0012).
REFERENCES = {
    "batch_row_has_batch": ("registry_batchrow", "batch_id", "registry_batch"),
    "batch_row_has_court": ("registry_batchrow", "court_id", "registry_court"),
    "batch_row_has_listing": ("registry_batchrow", "listing_id", "registry_listing"),
    "listing_has_subject": ("registry_listing", "subject_id", "registry_subject"),
    "listing_has_court": ("registry_listing", "court_id", "registry_court"),
    "listing_has_batch": ("registry_listing", "batch_id", "registry_batch"),
    "listing_has_source": ("registry_listing", "source_id", "registry_source"),
    "identifier_has_subject": ("registry_identifier", "subject_id", "registry_subject"),
    "relation_has_listing": ("registry_relation", "listing_id", "registry_listing"),
    "match_key_has_listing": ("registry_matchkey", "listing_id", "registry_listing"),
    "match_key_has_relation": ("registry_matchkey", "relation_id", "registry_relation"),
    "change_has_listing": ("registry_change", "listing_id", "registry_listing"),
    "change_has_batch": ("registry_change", "batch_id", "registry_batch"),
    "change_has_author": ("registry_change", "by_id", "agencies_user"),
}


def named_by(world: World, table: str, column: str) -> tuple[Any, Any]:
    """A row that names a parent: its key and the parent's."""
    mend(world.listing, batch=world.batch.pk)
    mend(BatchRow.objects.filter(batch=world.batch)[0], listing=world.listing.pk)
    put(Change(kind="corrected", listing=world.listing, at=NOW, batch=world.batch, by=world.clerk))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1")
        found: tuple[Any, Any] = cursor.fetchone()
    return found


def nobody(parent: Any) -> Any:
    return uuid4() if isinstance(parent, UUID) else 987_654_321


def refused_as(statement: str, parameters: list[Any]) -> str | None:
    """The constraint that a statement breaks."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    name: str | None = refused.value.__cause__.diag.constraint_name  # type: ignore[union-attr]
    return name


def test_every_reference_that_is_checked_set_wise_is_tried_here() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE '%%\\_whole' AND prorettype = 'trigger'::regtype"
        )
        assert {name.removesuffix("_whole") for (name,) in cursor.fetchall()} == set(REFERENCES)


def without_constraint() -> set[tuple[str, str]]:
    """Foreign keys of the models that the database does not check by itself."""
    fields: list[Any] = [
        field for model in apps.get_models() if model._meta.app_label in OURS for field in model._meta.local_fields
    ]
    return {
        (field.model._meta.db_table, field.column)
        for field in fields
        if isinstance(field, models.ForeignKey) and not vars(field)["db_constraint"]
    }


def test_no_foreign_key_goes_unchecked() -> None:
    assert without_constraint() == {(table, column) for table, column, _ in REFERENCES.values()}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_row_that_names_nobody_is_not_written(name: str, world: World) -> None:
    table, column, _ = REFERENCES[name]
    key, parent = named_by(world, table, column)
    model = next(each for each in apps.get_models() if each._meta.db_table == table)
    record = model._default_manager.get(pk=key)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        again(record, **{column: nobody(parent), **_ALONE.get(table, {})})
    assert refused.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


# What keeps the copy of a row from breaking another rule first.
_ALONE: dict[str, dict[str, Any]] = {
    "registry_batchrow": {"row_number": 999_999},
    "registry_listing": {"case_key": "2020|鲁0116|执|999999"},
    "registry_identifier": {"digest": b"another digest 1"},
    "registry_relation": {"name_key": "另一人"},
    "registry_change": {"number": None, "hash": ""},
}


@pytest.mark.parametrize("name", [name for name, (table, *_) in REFERENCES.items() if table != "registry_change"])
def test_a_row_is_not_moved_to_nobody(name: str, world: World) -> None:
    table, column, _ = REFERENCES[name]
    key, parent = named_by(world, table, column)
    assert refused_as(f"UPDATE {table} SET {column} = %s WHERE id = %s", [nobody(parent), key]) == name


@pytest.mark.parametrize("name", REFERENCES)
def test_a_row_that_is_named_is_not_removed_and_keeps_its_key(name: str, world: World) -> None:
    table, column, parent = REFERENCES[name]
    _, key = named_by(world, table, column)
    with connection.cursor() as cursor:  # the references to the same parent that PostgreSQL checks itself come later
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    of_parent = {name for name, (_, _, other) in REFERENCES.items() if other == parent}
    assert refused_as(f"DELETE FROM {parent} WHERE id = %s", [key]) in of_parent
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {parent} SET id = %s WHERE id = %s", [nobody(key), key])


def test_a_whole_statement_is_refused_for_one_row(world: World) -> None:
    good = MatchKey.objects.filter(relation=None)[0]
    before = MatchKey.objects.count()
    keys = [MatchKey(digest=b"x" * 16, kind=1, role="subject", listing_id=good.listing_id) for _ in range(3)]
    keys[1].listing_id = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        MatchKey.objects.bulk_create(keys)
    assert MatchKey.objects.count() == before
