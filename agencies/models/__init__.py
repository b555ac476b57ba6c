"""Who acts: units and operators, checks, enforcement, release."""

from agencies.models.accounts import Agency, ApiKey, Matter, User
from agencies.models.checks import Check, HitMeasure
from agencies.models.enforcement import (
    Enforcement,
    EnforcementTransition,
    ReleaseDuty,
    ReleaseDutyTransition,
    Retention,
)
from agencies.models.recalls import Recall, RecallTransition
from agencies.models.repairs import RepairDecision, RepairDecisionTransition

__all__ = [
    "Agency",
    "ApiKey",
    "Check",
    "Enforcement",
    "EnforcementTransition",
    "HitMeasure",
    "Matter",
    "Recall",
    "RecallTransition",
    "ReleaseDuty",
    "ReleaseDutyTransition",
    "RepairDecision",
    "RepairDecisionTransition",
    "Retention",
    "User",
]
