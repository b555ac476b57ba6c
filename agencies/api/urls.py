"""The units' API."""

from django.urls import path

from agencies import converters  # noqa: F401 <receipt:…> in the addresses below
from agencies.api import checks, enforcements, recalls, repairs

urlpatterns = [
    path("checks/", checks.ChecksView.as_view(), name="api_checks"),
    path("checks/bulk/", checks.BulkChecksView.as_view(), name="api_checks_bulk"),
    path("checks/<receipt:receipt>/", checks.CheckDetailView.as_view(), name="api_check_detail"),
    path("verify/<receipt:receipt>/", checks.VerifyView.as_view(), name="api_verify"),
    path("enforcements/", enforcements.EnforcementsView.as_view(), name="api_enforcements"),
    path(
        "enforcements/<uuid:enforcement_id>/",
        enforcements.EnforcementDetailView.as_view(),
        name="api_enforcement_detail",
    ),
    path(
        "enforcements/<uuid:enforcement_id>/release/",
        enforcements.EnforcementReleaseView.as_view(),
        name="api_enforcement_release",
    ),
    path(
        "enforcements/<uuid:enforcement_id>/retain/",
        enforcements.EnforcementRetainView.as_view(),
        name="api_enforcement_retain",
    ),
    path("releases/", enforcements.ReleasesView.as_view(), name="api_releases"),
    path("releases/<uuid:duty_id>/", enforcements.ReleaseDetailView.as_view(), name="api_release_detail"),
    path(
        "releases/<uuid:duty_id>/acknowledge/",
        enforcements.ReleaseAcknowledgeView.as_view(),
        name="api_release_acknowledge",
    ),
    path("recalls/", recalls.RecallsView.as_view(), name="api_recalls"),
    path(
        "recalls/<uuid:recall_id>/acknowledge/", recalls.RecallAcknowledgeView.as_view(), name="api_recall_acknowledge"
    ),
    path("repair-decisions/", repairs.RepairDecisionsView.as_view(), name="api_repair_decisions"),
    path("repair-decisions/<uuid:decision_id>/allow/", repairs.RepairAllowView.as_view(), name="api_repair_allow"),
    path("repair-decisions/<uuid:decision_id>/refuse/", repairs.RepairRefuseView.as_view(), name="api_repair_refuse"),
]
