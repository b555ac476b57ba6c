"""Uploads of the list: send, watch, look at the plan, decide, and correct what could not go in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit
from core.errors import DomainError
from registry import presenters
from registry.choices import BatchStatus, RowVerdict
from registry.forms import BatchApproveForm, BatchExportForm, BatchRefuseForm, BatchRowsForm, BatchUploadForm
from registry.imports.columns import COLUMNS
from registry.imports.template import template_workbook
from registry.models import Batch
from registry.problems import codes_of
from registry.services import batches, exports, progress
from registry.views.guards import CourtRequest, for_court

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@for_court
@require_safe
def court_batches(request: CourtRequest) -> HttpResponse:
    """The court's uploads and those of the courts below it, newest first."""
    found = Batch.objects.visible_to(request.user).with_people()
    status = request.GET.get("status", "")
    if status in BatchStatus.values:
        found = found.filter(status=status)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "tabs": presenters.status_tabs(status), "status": status}
    return render(request, "registry/court_batches.html", context)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def batch_upload(request: CourtRequest) -> HttpResponse:
    """Take a list file; a file that cannot be one is refused with the reason beside the field."""
    form = BatchUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = batches.upload_batch(
                court=request.user.agency.court,
                file=file,
                file_name=file.name,
                note=form.cleaned_data["note"],
                by=request.user,
                at=now(),
            )
        except DomainError as refusal:
            form.add_error("file", refusal.detail or refusal.title)
        else:
            messages.success(request, "文件已收到，正在读取。读取完成后即可预览，现在还没有改动名单。")
            return redirect("batch_detail", batch.pk)
    columns = [{"header": header, "others": "、".join(others[:3])} for header, others in COLUMNS.values()]
    context = {"form": form, "columns": columns}
    return render(request, "registry/batch_upload.html", context, status=422 if form.errors else 200)


@for_court
@require_safe
def batch_template(request: CourtRequest) -> HttpResponse:
    """An empty list file with every column explained."""
    return HttpResponse(
        template_workbook(),
        content_type=XLSX,
        headers={"Content-Disposition": "attachment; filename*=UTF-8''%E5%90%8D%E5%8D%95%E6%A8%A1%E6%9D%BF.xlsx"},
    )


@for_court
@require_safe
def batch_detail(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """Where the batch stands, what it would change, row by row, and the decision on it."""
    return _show(request, _visible(request, batch_id))


@for_court
@require_safe
def batch_progress(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The moving part of the page; asked for without htmx, the whole page."""
    batch = _visible(request, batch_id)
    if request.headers.get("HX-Request") != "true":
        return _show(request, batch)
    if not presenters.is_running(batch):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "components/progress.html", presenters.progress(batch, progress.of(batch)))


@for_court
@require_safe
def batch_row(request: CourtRequest, batch_id: UUID, row_number: int) -> HttpResponse:
    """One row: as received beside as read. What was received is opened for the uploading court only, and on record."""
    batch = _visible(request, batch_id)
    row = get_object_or_404(batch.rows.select_related("court", "listing__court"), row_number=row_number)
    is_own = batch.court_id == request.user.agency.court_id
    if is_own:
        audit.record(verb="open_batch_row", target=batch, by=request.user, at=now(), after={"row": row_number})
    context = {
        "batch": batch,
        "row": row,
        "is_own": is_own,
        "cells": presenters.row_cells(row, with_raw=is_own),
        "whole_row": presenters.whole_row_problems(row),
    }
    return render(request, "registry/batch_row.html", context)


@for_court
@require_POST
def batch_approve(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The second pair of eyes; the service holds the four-eyes rule."""
    batch = get_object_or_404(Batch.objects.decidable_by(request.user), pk=batch_id)
    form = BatchApproveForm(request.POST, batch=batch)
    if not form.is_valid():
        return _show(request, batch, approve_form=form, status=422)
    batches.approve_batch(
        batch_id=batch.pk,
        by=request.user,
        at=now(),
        reason=form.cleaned_data["reason"],
        rows=form.cleaned_data.get("confirm_rows"),
    )
    messages.success(request, "已批准，正在入库。")
    return redirect("batch_detail", batch.pk)


@for_court
@require_POST
def batch_refuse(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """Send a batch back with a reason; nothing of it enters the list."""
    batch = get_object_or_404(Batch.objects.decidable_by(request.user), pk=batch_id)
    form = BatchRefuseForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, refuse_form=form, status=422)
    batches.refuse_batch(batch_id=batch.pk, by=request.user, at=now(), reason=form.cleaned_data["reason"])
    messages.success(request, "已退回，名单没有任何改动。")
    return redirect("batch_detail", batch.pk)


@for_court
@require_POST
def batch_problems_xlsx(request: CourtRequest, batch_id: UUID) -> HttpResponseBase:
    """The rejected rows as a workbook to correct; only for the court that uploaded them."""
    batch = get_object_or_404(Batch.objects.decidable_by(request.user), pk=batch_id)
    form = BatchExportForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, export_form=form, status=422)
    purpose = dict(form.fields["purpose"].choices)[form.cleaned_data["purpose"]]  # type: ignore[attr-defined]
    file = exports.export_problems(batch=batch, purpose=purpose, by=request.user, at=now())
    name = f"批次{localdate():%Y%m%d}-不予入库.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _visible(request: CourtRequest, batch_id: UUID) -> Batch:
    batch: Batch = get_object_or_404(Batch.objects.visible_to(request.user).with_people(), pk=batch_id)
    return batch


def _show(
    request: HttpRequest,
    batch: Batch,
    *,
    approve_form: BatchApproveForm | None = None,
    refuse_form: BatchRefuseForm | None = None,
    export_form: BatchExportForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person: Any = request.user
    verdict = request.GET.get("verdict", "")
    if verdict not in RowVerdict.values:
        verdict = presenters.first_verdict(batch)
    is_own = batch.court_id == person.agency.court_id
    context: dict[str, Any] = {
        "batch": batch,
        "steps": presenters.steps(batch),
        "events": presenters.batch_events(batch),
        "is_own": is_own,
        "is_uploader": batch.uploaded_by_id == person.pk,
        "is_reviewer": person.role == "reviewer",
        "progress": presenters.progress(batch, progress.of(batch)) if presenters.is_running(batch) else None,
        "impact": presenters.impact(batch.impact),
        "approve_form": approve_form or BatchApproveForm(batch=batch),
        "refuse_form": refuse_form or BatchRefuseForm(),
        "export_form": export_form or BatchExportForm(),
        "tabs": presenters.verdict_tabs(batch, verdict),
        "verdict": verdict,
        "verdict_label": RowVerdict(verdict).label,
        **_rows(request, batch, verdict),
    }
    return render(request, "registry/batch_detail.html", context, status=status)


def _rows(request: HttpRequest, batch: Batch, verdict: str) -> dict[str, Any]:
    """One page of the rows of a verdict, read by row number."""
    if batch.status in {BatchStatus.QUEUED, BatchStatus.READING, BatchStatus.FAILED}:
        return {"rows": [], "next_key": "", "filter_form": None}
    codes = codes_of(batch, verdict)
    form = BatchRowsForm(request.GET or None, codes=codes)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    after = request.GET.get("after", "")
    found = batch.rows.filter(verdict=verdict).defer("id_value", "representative_id_value")
    if code:
        found = found.filter(problems__contains=[{"code": code}])
    if after.isdecimal():
        found = found.filter(row_number__gt=int(after[:9]))
    rows = list(found.order_by("row_number")[: PAGE + 1])
    shown = rows[:PAGE]
    return {
        "rows": [{"row": row, "problems": presenters.row_problems(row)} for row in shown],
        "next_key": shown[-1].row_number if len(rows) > PAGE else "",
        "filter_form": form if codes else None,
    }
