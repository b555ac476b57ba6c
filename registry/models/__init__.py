"""Who is listed, why, by which court, until when; identity and matching."""

from registry.models.batch_life import MissingListing, PriorState, ReversalRow
from registry.models.batches import Batch, BatchRow, BatchTransition, Change
from registry.models.life import GracePeriod, RiskNotice
from registry.models.batches import Batch, BatchRow, BatchTransition, Change, ReceivedRows
from registry.models.listings import (
    Identifier,
    Listing,
    MatchKey,
    Relation,
    Subject,
    SubjectName,
)
from registry.models.places import Court, DeadlineRule, Region, RulePack
from registry.models.subscribers import Subscriber, SubscriberAck, WebhookDelivery

__all__ = [
    "Batch",
    "BatchRow",
    "BatchTransition",
    "Change",
    "Court",
    "DeadlineRule",
    "GracePeriod",
    "Identifier",
    "Listing",
    "MatchKey",
    "ReceivedRows",
    "Region",
    "Relation",
    "RiskNotice",
    "MissingListing",
    "PriorState",
    "Region",
    "Relation",
    "ReversalRow",
    "RulePack",
    "Subject",
    "SubjectName",
    "Subscriber",
    "SubscriberAck",
    "WebhookDelivery",
]
