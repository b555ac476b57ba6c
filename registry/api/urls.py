"""The registry's part of the API."""

from django.urls import path

from registry.api import batch_acts, batch_sheets, batches, changes, life, listing_acts, listings, records, remedy_urls

urlpatterns = [
    path("batches/", batches.BatchesView.as_view(), name="api_batches"),
    path("batches/<uuid:batch_id>/", batches.BatchView.as_view(), name="api_batch"),
    path("batches/<uuid:batch_id>/problems/", batches.BatchProblemsView.as_view(), name="api_batch_problems"),
    path("batches/<uuid:batch_id>/approve/", batch_acts.BatchApproveView.as_view(), name="api_batch_approve"),
    path("batches/<uuid:batch_id>/refuse/", batch_acts.BatchRefuseView.as_view(), name="api_batch_refuse"),
    path("batches/<uuid:batch_id>/reverse/", batch_acts.BatchReverseView.as_view(), name="api_batch_reverse"),
    path("batches/<uuid:batch_id>/cancel/", batch_acts.BatchCancelView.as_view(), name="api_batch_cancel"),
    path("batches/<uuid:batch_id>/confirm/", batch_acts.BatchConfirmView.as_view(), name="api_batch_confirm"),
    path("batches/<uuid:batch_id>/reversal/", batch_acts.BatchReversalView.as_view(), name="api_batch_reversal"),
    path("batches/<uuid:batch_id>/sheet/", batch_sheets.BatchSheetView.as_view(), name="api_batch_sheet"),
    path("listings/search/", listings.ListingSearchView.as_view(), name="api_listings_search"),
    path("listings/<uuid:listing_id>/", listings.ListingView.as_view(), name="api_listing"),
    *(
        path(f"listings/<uuid:listing_id>/{act}/", listing_acts.view_of(act).as_view(), name=f"api_listing_{act}")
        for act in listing_acts.CALLS
    ),
    *life.urls,
    path("changes/", changes.ChangesView.as_view(), name="api_changes"),
    path("changes/snapshot/", changes.ChangesSnapshotView.as_view(), name="api_changes_snapshot"),
    path("changes/ack/", changes.ChangesAckView.as_view(), name="api_changes_ack"),
    *remedy_urls.urlpatterns,
    path("records/", records.RecordsView.as_view(), name="api_records"),
    path("records/state/", records.RecordsStateView.as_view(), name="api_records_state"),
]
