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

__all__ = [
    "Agency",
    "ApiKey",
    "Check",
    "Enforcement",
    "EnforcementTransition",
    "HitMeasure",
    "Matter",
    "ReleaseDuty",
    "ReleaseDutyTransition",
    "Retention",
    "User",
]
