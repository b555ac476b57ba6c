"""Who is listed, why, by which court, until when; identity and matching."""

from registry.models.batch_life import ListWrite, MissingListing, PriorState, ReversalRow
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
    "PriorState",
    "ReceivedRows",
    "Reconsideration",
    "ReconsiderationTransition",
    "Region",
    "RegionRule",
    "Relation",
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
