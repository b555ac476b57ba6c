"""Addresses of the catalogue's API, beneath /api/v1/."""

from django.urls import path

from measures.api import views

urlpatterns = [
    path("documents/", views.DocumentList.as_view(), name="api_documents"),
    path("documents/<int:document_id>/", views.DocumentDetail.as_view(), name="api_document"),
    path("measures/", views.MeasureList.as_view(), name="api_measures"),
    path("measures/<uuid:measure_id>/", views.MeasureDetail.as_view(), name="api_measure"),
]
