"""Pages of feedback and reports."""

from django.urls import path

from feedback.views import credit_office, feedback, reports, review

urlpatterns = [
    path("agency/feedback/", feedback.agency_feedback, name="agency_feedback"),
    path("agency/feedback/<uuid:enforcement_id>/", feedback.feedback_create, name="feedback_create"),
    path("court/feedback/", feedback.court_feedback, name="court_feedback"),
    path("agency/reports/", reports.agency_reports, name="agency_reports"),
    path("agency/reports/create/", reports.report_create, name="report_create"),
    path("reports/<uuid:report_id>/", reports.report_detail, name="report_detail"),
    path("reports/<uuid:report_id>/edit/", reports.report_edit, name="report_edit"),
    path("reports/<uuid:report_id>/submit/", reports.report_submit, name="report_submit"),
    path("reports/<uuid:report_id>/report.xlsx", reports.report_xlsx, name="report_xlsx"),
    path("reports/<uuid:report_id>/return/", review.report_return, name="report_return"),
    path("reports/<uuid:report_id>/accept/", review.report_accept, name="report_accept"),
    path("credit-office/", credit_office.credit_dashboard, name="credit_dashboard"),
    path("credit-office/reports/", credit_office.credit_reports, name="credit_reports"),
]
