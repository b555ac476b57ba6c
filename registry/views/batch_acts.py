"""What people decide on an upload: approve, confirm, send back, call off, take the rejected rows away to correct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST

from core.errors import Conflict, IllegalMove, InvalidInput
from registry.batch_forms import (
    BatchApproveForm,
    BatchCancelForm,
    BatchConfirmForm,
    BatchExportForm,
    BatchRefuseForm,
)
from registry.models import Batch
from registry.rules.batch_acts import Act, denial
from registry.services import batches, exports
from registry.services.exports import XLSX
from registry.views.batch_pages import show, visible
from registry.views.guards import CourtRequest, for_court


@for_court
@require_POST
def batch_approve(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The second pair of eyes; the service holds the four-eyes rule."""
    batch = _decidable(request, batch_id)
    form = BatchApproveForm(request.POST, batch=batch)
    if not form.is_valid() and _may(Act.APPROVE, request, batch):
        return show(request, batch, approve_form=form, status=422)
    given = form.cleaned_data
    return _act(
        request,
        batch,
        lambda: batches.approve_batch(
            batch_id=batch.pk,
            by=request.user,
            at=now(),
            reason=given.get("reason", ""),
            rows=given.get("confirm_rows"),
        ),
        "已批准，正在入库。",
    )


@for_court
@require_POST
def batch_confirm(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The uploader stands by a whole list that ends much."""
    batch = _decidable(request, batch_id)
    form = BatchConfirmForm(request.POST, batch=batch)
    if not form.is_valid() and _may(Act.CONFIRM, request, batch):
        return show(request, batch, confirm_form=form, status=422)
    rows = form.cleaned_data.get("confirm_rows", 0)
    return _act(
        request,
        batch,
        lambda: batches.confirm_batch(batch_id=batch.pk, rows=rows, by=request.user, at=now()),
        "已确认，等待复核人批准。",
    )


@for_court
@require_POST
def batch_refuse(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """Send a batch back with a reason; nothing of it enters the list."""
    batch = _decidable(request, batch_id)
    form = BatchRefuseForm(request.POST, auto_id="refuse_%s")
    if not form.is_valid() and _may(Act.REFUSE, request, batch):
        return show(request, batch, refuse_form=form, status=422)
    reason = form.cleaned_data.get("reason", "")
    return _act(
        request,
        batch,
        lambda: batches.refuse_batch(batch_id=batch.pk, by=request.user, at=now(), reason=reason),
        "已退回，名单没有任何改动。",
    )


@for_court
@require_POST
def batch_cancel(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """Call a batch off before anybody approves it; file and rows go."""
    batch = _decidable(request, batch_id)
    form = BatchCancelForm(request.POST, auto_id="cancel_%s")
    if not form.is_valid() and _may(Act.CANCEL, request, batch):
        return show(request, batch, cancel_form=form, status=422)
    reason = form.cleaned_data.get("reason", "")
    return _act(
        request,
        batch,
        lambda: batches.cancel_batch(batch_id=batch.pk, by=request.user, at=now(), reason=reason),
        "已取消，名单没有任何改动。",
    )


@for_court
@require_POST
def batch_problems_xlsx(request: CourtRequest, batch_id: UUID) -> HttpResponseBase:
    """The rejected rows as a workbook to correct; only for the court that uploaded them."""
    batch = _decidable(request, batch_id)
    form = BatchExportForm(request.POST)
    if not form.is_valid():
        return show(request, batch, export_form=form, status=422)
    purpose = dict(form.fields["purpose"].choices)[form.cleaned_data["purpose"]]  # type: ignore[attr-defined]
    file = exports.export_problems(batch=batch, purpose=purpose, by=request.user, at=now())
    name = f"批次{localdate():%Y%m%d}-不予入库.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _decidable(request: CourtRequest, batch_id: UUID) -> Any:
    """A batch of the reader's own court; 404 for every other."""
    return get_object_or_404(Batch.objects.decidable_by(request.user).with_people(), pk=batch_id)


def _may(act: Act, request: CourtRequest, batch: Batch) -> bool:
    """Whether the form matters: who may not do it, or not now, hears that from the service first."""
    person = request.user
    return denial(act, is_uploader=batch.uploaded_by_id == person.pk, role=person.role, status=batch.status) is None


def _act(request: CourtRequest, batch: Batch, act: Callable[[], object], done: str) -> HttpResponse:
    """Do it and go on to the batch's page. What cannot be done now, because somebody was quicker or something has to
    come first, is said on that page as it stands; what this person may never do stays an error page."""
    try:
        act()
    except (Conflict, IllegalMove, InvalidInput) as refusal:
        return show(request, visible(request, batch.pk), refusal=refusal.detail, status=refusal.status)
    messages.success(request, done)
    return redirect("batch_detail", batch.pk)


urls = [
    path("court/batches/<uuid:batch_id>/approve/", batch_approve, name="batch_approve"),
    path("court/batches/<uuid:batch_id>/confirm/", batch_confirm, name="batch_confirm"),
    path("court/batches/<uuid:batch_id>/refuse/", batch_refuse, name="batch_refuse"),
    path("court/batches/<uuid:batch_id>/cancel/", batch_cancel, name="batch_cancel"),
    path("court/batches/<uuid:batch_id>/problems.xlsx", batch_problems_xlsx, name="batch_problems_xlsx"),
]
