"""Uploads of the list: send, and find again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from registry import batch_presenters as presenters
from registry.batch_forms import BatchUploadForm
from registry.choices import BatchStatus
from registry.imports.columns import COLUMNS
from registry.imports.template import template_workbook
from registry.models import Batch
from registry.services import batches
from registry.services.exports import XLSX
from registry.views.guards import CourtRequest, for_court

PAGE = 50


@for_court
@require_safe
def court_batches(request: CourtRequest) -> HttpResponse:
    """The court's uploads and those of the courts below it, newest first."""
    found = Batch.objects.visible_to(request.user)
    mine = Batch.objects.decidable_by(request.user).needing(request.user)
    status = request.GET.get("status", "")
    if status == presenters.MINE:
        found = mine
    elif status in BatchStatus.values:
        found = found.filter(status=status)
    page = Paginator(found.with_people(), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": presenters.lines(page.object_list, request.user),
        "tabs": presenters.status_tabs(status, mine=mine.count()),
        "status": status,
    }
    return render(request, "registry/court_batches.html", context)


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def batch_upload(request: CourtRequest) -> HttpResponse:
    """Take a list file; a file that cannot be one is refused with the reason beside the field."""
    form = BatchUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        batch = _upload(request, form)
        if batch is not None:
            said = (
                "请选择名单所在的工作表。"
                if batch.awaits_sheet
                else "正在读取。读取完成后即可预览，现在还没有改动名单。"
            )
            messages.success(request, f"文件已收到，{said}")
            return redirect("batch_detail", batch.pk)
    columns = [{"header": header, "others": "、".join(others[:3])} for header, others in COLUMNS.values()]
    context = {"form": form, "columns": columns}
    return render(request, "registry/batch_upload.html", context, status=422 if form.errors else 200)


def _upload(request: CourtRequest, form: BatchUploadForm) -> Batch | None:
    """The batch; None after writing into the form why the file or what was said of it is refused."""
    given = form.cleaned_data
    try:
        return batches.upload_batch(
            court=request.user.agency.court,
            file=given["file"],
            file_name=given["file"].name,
            note=given["note"],
            by=request.user,
            at=now(),
            mode=form.as_mode(),
            sheet=given["sheet"].strip(),
        )
    except DomainError as refusal:
        for problem in refusal.errors:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        if not refusal.errors:
            field = "sheet" if refusal.code == "sheet_unknown" and given["sheet"] else "file"
            form.add_error(field, refusal.detail or refusal.title)
    return None


@for_court
@require_safe
def batch_template(request: CourtRequest) -> HttpResponse:
    """An empty list file with every column explained."""
    return HttpResponse(
        template_workbook(),
        content_type=XLSX,
        headers={"Content-Disposition": "attachment; filename*=UTF-8''%E5%90%8D%E5%8D%95%E6%A8%A1%E6%9D%BF.xlsx"},
    )


urls = [
    path("court/batches/", court_batches, name="court_batches"),
    path("court/batches/upload/", batch_upload, name="batch_upload"),
    path("court/batches/template.xlsx", batch_template, name="batch_template"),
]
