"""One upload: where it stands, what it would change, row by row, and what a whole list leaves out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from core import audit
from registry import batch_presenters as presenters
from registry.batch_forms import (
    BatchApproveForm,
    BatchCancelForm,
    BatchConfirmForm,
    BatchExportForm,
    BatchRefuseForm,
    BatchRowsForm,
)
from registry.batch_row_presenters import row_cells, row_problems, whole_row_problems
from registry.choices import RowVerdict
from registry.models import Batch, BatchRow, Listing
from registry.problems import codes_of, rows_with
from registry.search import read_key
from registry.services import progress
from registry.views.guards import CourtRequest, for_court

PAGE = 50


@for_court
@require_safe
def batch_detail(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """Where the batch stands, what it would change, row by row, and the decision on it."""
    return show(request, visible(request, batch_id))


@for_court
@require_safe
def batch_progress(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The moving part of the page; asked for without htmx, the whole page."""
    batch = visible(request, batch_id)
    if request.headers.get("HX-Request") != "true":
        return show(request, batch)
    if not presenters.is_running(batch):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "components/progress.html", presenters.progress(batch, progress.of(batch)))


@for_court
@require_safe
def batch_row(request: CourtRequest, batch_id: UUID, row_number: int) -> HttpResponse:
    """One row: as received beside as read. What was received is opened for the uploading court only, and on record."""
    batch = visible(request, batch_id)
    row = get_object_or_404(batch.rows.select_related("court", "listing__court"), row_number=row_number)
    is_own = batch.court_id == request.user.agency.court_id
    if is_own:
        audit.record(verb="open_batch_row", target=batch, by=request.user, at=now(), after={"row": row_number})
    context = {
        "batch": batch,
        "row": row,
        "listing": row.listing or _standing_for(request, row),
        "is_own": is_own,
        "cells": row_cells(row, with_raw=is_own),
        "whole_row": whole_row_problems(row),
    }
    return render(request, "registry/batch_row.html", context)


def _standing_for(request: CourtRequest, row: BatchRow) -> Listing | None:
    """The listing that an unchanged row repeats, where the plan did not write it down: by number, by organisation code,
    or by the name where one side has no full number; None where that does not leave just one."""
    if row.verdict != RowVerdict.UNCHANGED:
        return None
    standing = Listing.objects.visible_to(request.user).live().filter(court=row.court_id, case_key=row.case_key)
    same_name = Q(name_key=row.name_key, kind=row.kind)
    ways = [Q(subject__key=row.subject_key)]
    ways += [Q(subject__alt_key=row.alt_key)] if row.alt_key is not None else []
    ways += [same_name if not row.is_identified else same_name & Q(subject__is_identified=False)]
    for way in ways:
        found = list(standing.filter(way).select_related("court")[:2])
        if found:
            return found[0] if len(found) == 1 else None
    return None


@for_court
@require_safe
def batch_missing(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The listings that a whole list does not name, read by key."""
    batch = visible(request, batch_id)
    after = read_key(request.GET.get("after", ""))
    found = batch.missing.select_related("listing__court").order_by("listing_id")
    lines = list((found.filter(listing_id__gt=after) if after else found)[: PAGE + 1])
    context = {
        "batch": batch,
        "snapshot": presenters.snapshot(batch),
        "listings": [each.listing for each in lines[:PAGE]],
        "next_key": lines[PAGE - 1].listing_id if len(lines) > PAGE else "",
    }
    return render(request, "registry/batch_missing.html", context)


def visible(request: CourtRequest, batch_id: UUID) -> Any:
    """A batch that the reader may see, with its people and its place in the queue; 404 for every other."""
    return get_object_or_404(Batch.objects.visible_to(request.user).with_people(), pk=batch_id)


def show(request: CourtRequest, batch: Any, *, refusal: str = "", status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a batch (`visible`); `forms` are those that came back with errors, `refusal` a sentence why an act
    was not done."""
    person = request.user
    verdict = request.GET.get("verdict", "")
    if verdict not in RowVerdict.values:
        verdict = presenters.first_verdict(batch)
    context: dict[str, Any] = {
        "batch": batch,
        "refusal": refusal,
        "steps": presenters.steps(batch),
        "events": presenters.batch_events(batch),
        "waits": presenters.waits_for(batch, person),
        "is_own": batch.court_id == person.agency.court_id,
        "is_uploader": batch.uploaded_by_id == person.pk,
        "is_cancelled": presenters.is_cancelled(batch),
        "may": presenters.acts(batch, person),
        "progress": presenters.progress(batch, progress.of(batch)) if presenters.is_running(batch) else None,
        "snapshot": presenters.snapshot(batch),
        "impact": presenters.impact(batch),
        "approve_form": BatchApproveForm(batch=batch),
        "confirm_form": BatchConfirmForm(batch=batch),
        "refuse_form": BatchRefuseForm(auto_id="refuse_%s"),
        "cancel_form": BatchCancelForm(auto_id="cancel_%s"),
        "export_form": BatchExportForm(),
        "has_rows": presenters.has_rows(batch),
        "tabs": presenters.verdict_tabs(batch, verdict),
        "verdict": verdict,
        "verdict_label": RowVerdict(verdict).label,
        **_rows(request, batch, verdict),
        **forms,
    }
    return render(request, "registry/batch_detail.html", context, status=status)


def _rows(request: CourtRequest, batch: Batch, verdict: str) -> dict[str, Any]:
    """One page of the rows of a verdict, read by row number."""
    if not presenters.has_rows(batch):
        return {"rows": [], "next_key": "", "filter_form": None}
    codes = codes_of(batch, verdict)
    form = BatchRowsForm(request.GET or None, codes=codes)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    text = request.GET.get("after", "")
    after = int(text[:9]) if text.isdecimal() else 0
    if code:
        found = rows_with(batch, verdict, code, after=after, limit=PAGE + 1)
    else:
        found = batch.rows.filter(verdict=verdict, row_number__gt=after).order_by("row_number")[: PAGE + 1]
    rows = list(found.defer("id_value", "representative_id_value"))
    shown = rows[:PAGE]
    return {
        "rows": [{"row": row, "problems": row_problems(row)} for row in shown],
        "next_key": shown[-1].row_number if len(rows) > PAGE else "",
        "filter_form": form if codes else None,
        "code": code,
    }


urls = [
    path("court/batches/<uuid:batch_id>/", batch_detail, name="batch_detail"),
    path("court/batches/<uuid:batch_id>/progress/", batch_progress, name="batch_progress"),
    path("court/batches/<uuid:batch_id>/rows/<int:row_number>/", batch_row, name="batch_row"),
    path("court/batches/<uuid:batch_id>/missing/", batch_missing, name="batch_missing"),
]
