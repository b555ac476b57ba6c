"""Pages of the court's work place and the public search."""

from django.urls import path

from registry.views import (
    batch_acts,
    batch_pages,
    batch_reversal,
    batch_sheets,
    batches,
    home,
    life,
    listing_acts,
    listings,
    public,
    remedies,
    remedy_acts,
    sources,
    subscribers,
)

urlpatterns = [
    path("court/", home.court_home, name="court_home"),
    *batches.urls,
    *batch_pages.urls,
    *batch_acts.urls,
    *batch_reversal.urls,
    path("court/listings/", listings.court_listings, name="court_listings"),
    path("court/listings/<uuid:listing_id>/", listings.listing_detail, name="listing_detail"),
    *(
        path(f"court/listings/<uuid:listing_id>/{act}/", listing_acts.listing_act, {"act": act}, name=f"listing_{act}")
        for act in listing_acts.DESKS
    ),
    *life.urls,
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
    *batch_sheets.urls,
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
    path("court/sources/", sources.court_sources, name="court_sources"),
    path("admin-desk/sources/", sources.source_list, name="sources"),
    path("admin-desk/sources/folder/", sources.source_watch, name="source_watch"),
    path("admin-desk/sources/platform/", sources.source_follow, name="source_follow"),
    path("admin-desk/sources/<int:source_id>/", sources.source_detail, name="source_detail"),
    path("admin-desk/sources/<int:source_id>/pause/", sources.source_pause, name="source_pause"),
    path("admin-desk/sources/<int:source_id>/wake/", sources.source_wake, name="source_wake"),
    path("admin-desk/sources/<int:source_id>/resync/", sources.source_resync, name="source_resync"),
    path("admin-desk/sources/<int:source_id>/compare/", sources.source_compare, name="source_compare"),
    path("admin-desk/sources/<int:source_id>/repair/", sources.source_repair, name="source_repair"),
    path("admin-desk/sources/<int:source_id>/keys/", sources.source_keys, name="source_keys"),
]
