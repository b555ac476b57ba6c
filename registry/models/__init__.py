"""Who is listed, why, by which court, until when; identity and matching."""

from registry.models.batch_life import MissingListing, PriorState, ReversalRow
from registry.models.batches import Batch, BatchRow, BatchTransition, Change
from registry.models.listings import (
    Identifier,
    Listing,
    MatchKey,
    Relation,
    Subject,
    SubjectName,
)
from registry.models.places import Court, DeadlineRule, Region, RulePack

__all__ = [
    "Batch",
    "BatchRow",
    "BatchTransition",
    "Change",
    "Court",
    "DeadlineRule",
    "Identifier",
    "Listing",
    "MatchKey",
    "MissingListing",
    "PriorState",
    "Region",
    "Relation",
    "ReversalRow",
    "RulePack",
    "Subject",
    "SubjectName",
]
