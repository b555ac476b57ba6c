"""Which worksheet of an upload is the list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from core.errors import IllegalMove, InvalidInput
from registry.models import Batch
from registry.services import reading
from registry.views.batch_pages import show, visible
from registry.views.guards import CourtRequest, for_court


@for_court
@require_POST
def batch_sheet(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """Choose among several sheets that each carry a list; the chosen one is read. Too late or not there is said on the
    batch's page."""
    batch = get_object_or_404(Batch.objects.decidable_by(request.user), pk=batch_id)
    try:
        reading.choose_sheet(batch_id=batch.pk, sheet=request.POST.get("sheet", ""), by=request.user, at=now())
    except (IllegalMove, InvalidInput) as refusal:
        return show(request, visible(request, batch_id), refusal=refusal.detail, status=refusal.status)
    messages.success(request, "已选定工作表，正在读取。")
    return redirect("batch_detail", batch.pk)


urls = [path("court/batches/<uuid:batch_id>/sheet/", batch_sheet, name="batch_sheet")]
