"""The units' API."""

from django.urls import path

from agencies.api import checks

urlpatterns = [
    path("checks/", checks.ChecksView.as_view(), name="api_checks"),
    path("checks/bulk/", checks.BulkChecksView.as_view(), name="api_checks_bulk"),
    path("checks/<str:receipt>/", checks.CheckDetailView.as_view(), name="api_check_detail"),
    path("verify/<str:receipt>/", checks.VerifyView.as_view(), name="api_verify"),
]
