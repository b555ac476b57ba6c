"""Addresses of the catalogue's pages."""

from django.urls import path

from measures.views import catalogue

urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/documents/<int:document_id>/", catalogue.catalogue_document, name="catalogue_document"),
    path("catalogue/units/", catalogue.catalogue_units, name="catalogue_units"),
    path("catalogue/units/<int:unit_id>/", catalogue.catalogue_unit, name="catalogue_unit"),
    path("catalogue/effects/", catalogue.catalogue_effects, name="catalogue_effects"),
    path("catalogue/measures/<uuid:measure_id>/", catalogue.catalogue_measure, name="catalogue_measure"),
    path("catalogue/compare/", catalogue.catalogue_compare, name="catalogue_compare"),
]
