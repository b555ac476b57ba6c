"""Who is listed, why, by which court, until when; identity and matching."""

from registry.models.batch_life import ListWrite, MissingListing, PriorState, RemarkBlock, ReversalRow
from registry.models.batches import Batch, BatchRow, BatchTransition, Change, ReceivedRows
from registry.models.letters import EmployerLetter
from registry.models.life import GracePeriod, RiskNotice
from registry.models.listings import (
    Identifier,
    Listing,
    MatchKey,
    Relation,
    Subject,
    SubjectName,
)
from registry.models.organ_reports import DebtorMark, OrganReport, OrganReportRow, OrganReportTransition
from registry.models.places import Court, DeadlineRule, Region, RegionRule, RulePack
from registry.models.remedies import (
    CreditRepair,
    CreditRepairTransition,
    ExitRequest,
    ExitRequestTransition,
    Objection,
    ObjectionTransition,
    Reconsideration,
    ReconsiderationTransition,
)
from registry.models.remedy_records import Evidence, MeasureStay, RemedyNotice, RepairOutcome
from registry.models.sources import Source, SourceItem, SourceRun
from registry.models.subscribers import Subscriber, SubscriberAck, WebhookDelivery

__all__ = [
    "Batch",
    "BatchRow",
    "BatchTransition",
    "Change",
    "Court",
    "CreditRepair",
    "CreditRepairTransition",
    "DeadlineRule",
    "DebtorMark",
    "EmployerLetter",
    "Evidence",
    "ExitRequest",
    "ExitRequestTransition",
    "GracePeriod",
    "Identifier",
    "ListWrite",
    "Listing",
    "MatchKey",
    "MeasureStay",
    "MissingListing",
    "Objection",
    "ObjectionTransition",
    "OrganReport",
    "OrganReportRow",
    "OrganReportTransition",
    "PriorState",
    "ReceivedRows",
    "Reconsideration",
    "ReconsiderationTransition",
    "Region",
    "RegionRule",
    "Relation",
    "RemarkBlock",
    "RemedyNotice",
    "RepairOutcome",
    "ReversalRow",
    "RiskNotice",
    "RulePack",
    "Source",
    "SourceItem",
    "SourceRun",
    "Subject",
    "SubjectName",
    "Subscriber",
    "SubscriberAck",
    "WebhookDelivery",
]
