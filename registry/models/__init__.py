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
from registry.models.places import Court, DeadlineRule, Region, RulePack
from registry.models.sources import Source, SourceItem, SourceRun
from registry.models.subscribers import Subscriber, SubscriberAck, WebhookDelivery

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
    "Region",
    "Relation",
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
