"""Addresses of feedback and reports, under `/api/v1/`."""

from django.urls import path

from feedback.api import views

urlpatterns = [
    path("feedback/", views.FeedbackList.as_view(), name="api_feedback"),
    path("reports/", views.ReportList.as_view(), name="api_reports"),
    path("reports/<uuid:report_id>/", views.ReportDetail.as_view(), name="api_report"),
    path("reports/<uuid:report_id>/submit/", views.ReportSubmit.as_view(), name="api_report_submit"),
    path("reports/<uuid:report_id>/return/", views.ReportReturn.as_view(), name="api_report_return"),
    path("reports/<uuid:report_id>/accept/", views.ReportAccept.as_view(), name="api_report_accept"),
]
