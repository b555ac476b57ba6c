"""Who is listed, why, by which court, until when; identity and matching."""

from registry.models.batches import Batch, BatchRow, BatchTransition, Change
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

__all__ = [
    "Batch",
    "BatchRow",
    "BatchTransition",
    "Change",
    "Court",
    "CreditRepair",
    "CreditRepairTransition",
    "DeadlineRule",
    "Evidence",
    "ExitRequest",
    "ExitRequestTransition",
    "Identifier",
    "Listing",
    "MatchKey",
    "MeasureStay",
    "Objection",
    "ObjectionTransition",
    "Reconsideration",
    "ReconsiderationTransition",
    "Region",
    "RegionRule",
    "Relation",
    "RemedyNotice",
    "RepairOutcome",
    "RulePack",
    "Subject",
    "SubjectName",
]
