"""Pages of the court's work place and the public search."""

from django.urls import path

from registry.views import batches, home, listing_acts, listings, public, remedies, remedy_acts, subscribers

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
    path("court/feed/", subscribers.court_feed, name="court_feed"),
    path("credit-office/subscribers/", subscribers.subscriber_list, name="subscribers"),
    path("credit-office/subscribers/register/", subscribers.subscriber_register, name="subscriber_register"),
    path("credit-office/subscribers/<int:subscriber_id>/", subscribers.subscriber_detail, name="subscriber_detail"),
    path(
        "credit-office/subscribers/<int:subscriber_id>/webhook/",
        subscribers.subscriber_webhook,
        name="subscriber_webhook",
    ),
    path(
        "credit-office/subscribers/<int:subscriber_id>/secret/",
        subscribers.subscriber_secret,
        name="subscriber_secret",
    ),
    path(
        "credit-office/subscribers/<int:subscriber_id>/switch/",
        subscribers.subscriber_switch,
        name="subscriber_switch",
    ),
    path("credit-office/deliveries/<uuid:delivery_id>/replay/", subscribers.delivery_replay, name="delivery_replay"),
    path("credit-office/deliveries/<uuid:delivery_id>/skip/", subscribers.delivery_skip, name="delivery_skip"),
    path("public/search/", public.public_search, name="public_search"),
    path("court/remedies/", remedies.court_remedies, name="court_remedies"),
    path("court/remedies/new/", remedies.remedy_choose, name="remedy_choose"),
    path("court/listings/<uuid:listing_id>/objection/", remedies.objection_create, name="objection_create"),
    path("court/listings/<uuid:listing_id>/exit-request/", remedies.exit_request_create, name="exit_request_create"),
    path("court/listings/<uuid:listing_id>/repair/", remedies.repair_create, name="repair_create"),
    path(
        "court/remedies/<uuid:remedy_id>/reconsideration/",
        remedies.reconsideration_create,
        name="reconsideration_create",
    ),
    path("court/remedies/<slug:kind>/<uuid:remedy_id>/<slug:verb>/", remedy_acts.remedy_act, name="remedy_act"),
    path("remedies/<slug:kind>/<uuid:remedy_id>/", remedy_acts.remedy_detail, name="remedy_detail"),
    path("remedies/<slug:kind>/<uuid:remedy_id>/evidence/", remedy_acts.evidence_add, name="evidence_add"),
    path("remedies/evidence/<uuid:evidence_id>/download/", remedy_acts.evidence_download, name="evidence_download"),
]
