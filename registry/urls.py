"""Pages of the court's work place and the public search."""

from django.urls import path

from registry.views import batches, home, listing_acts, listings, public, sources, subscribers

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
