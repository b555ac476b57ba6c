"""Pages of the court's work place and the public search."""

from django.urls import path

from registry.views import batches, home, life, listing_acts, listings, public

urlpatterns = [
    path("court/", home.court_home, name="court_home"),
    path("court/batches/", batches.court_batches, name="court_batches"),
    path("court/batches/upload/", batches.batch_upload, name="batch_upload"),
    path("court/batches/template.xlsx", batches.batch_template, name="batch_template"),
    path("court/batches/<uuid:batch_id>/", batches.batch_detail, name="batch_detail"),
    path("court/batches/<uuid:batch_id>/progress/", batches.batch_progress, name="batch_progress"),
    path("court/batches/<uuid:batch_id>/rows/<int:row_number>/", batches.batch_row, name="batch_row"),
    path("court/batches/<uuid:batch_id>/approve/", batches.batch_approve, name="batch_approve"),
    path("court/batches/<uuid:batch_id>/refuse/", batches.batch_refuse, name="batch_refuse"),
    path("court/batches/<uuid:batch_id>/problems.xlsx", batches.batch_problems_xlsx, name="batch_problems_xlsx"),
    path("court/listings/", listings.court_listings, name="court_listings"),
    path("court/listings/<uuid:listing_id>/", listings.listing_detail, name="listing_detail"),
    *(
        path(f"court/listings/<uuid:listing_id>/{act}/", listing_acts.listing_act, {"act": act}, name=f"listing_{act}")
        for act in listing_acts.DESKS
    ),
    *life.urls,
    path("public/search/", public.public_search, name="public_search"),
]
