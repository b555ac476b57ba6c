"""The addresses of the remedies: a list, a record and its acts for each kind, and their evidence."""

from typing import Any

from django.urls import URLPattern, path

from registry.api import objections as views

KINDS: tuple[tuple[str, str, Any, Any, dict[str, Any]], ...] = (
    (
        "objections",
        "objection",
        views.ObjectionsView,
        views.ObjectionView,
        {
            "accept": views.ObjectionAcceptView,
            "uphold": views.ObjectionUpholdView,
            "reject": views.ObjectionRejectView,
            "withdraw": views.ObjectionWithdrawView,
            "serve": views.ObjectionServeView,
        },
    ),
    (
        "reconsiderations",
        "reconsideration",
        views.ReconsiderationsView,
        views.ReconsiderationView,
        {
            "uphold": views.ReconsiderationUpholdView,
            "dismiss": views.ReconsiderationDismissView,
            "withdraw": views.ReconsiderationWithdrawView,
            "serve": views.ReconsiderationServeView,
        },
    ),
    (
        "exit-requests",
        "exit_request",
        views.ExitRequestsView,
        views.ExitRequestView,
        {
            "grant": views.ExitRequestGrantView,
            "refuse": views.ExitRequestRefuseView,
            "withdraw": views.ExitRequestWithdrawView,
            "serve": views.ExitRequestServeView,
        },
    ),
    ("repairs", "repair", views.RepairsView, views.RepairView, {}),
)


def of_kind(folder: str, name: str, collection: Any, record: Any, acts: dict[str, Any]) -> list[URLPattern]:
    return [
        path(f"{folder}/", collection.as_view(), name=f"api_{name}s"),
        path(f"{folder}/<uuid:remedy_id>/", record.as_view(), name=f"api_{name}"),
        *(
            path(f"{folder}/<uuid:remedy_id>/{verb}/", view.as_view(), name=f"api_{name}_{verb}")
            for verb, view in acts.items()
        ),
    ]


urlpatterns = [
    *(address for kind in KINDS for address in of_kind(*kind)),
    path("<slug:kind>/<uuid:remedy_id>/evidence/", views.EvidenceUploadView.as_view(), name="api_evidence_create"),
    path("evidence/<uuid:evidence_id>/", views.EvidenceView.as_view(), name="api_evidence"),
]
