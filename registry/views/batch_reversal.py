"""Taking an applied batch back: what would come back and what stays, the decision, and what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, IllegalMove, InvalidInput
from registry import batch_presenters as presenters
from registry.batch_forms import BatchReverseForm
from registry.choices import BatchStatus
from registry.models import Batch
from registry.reversal_rows import RefusedChanges
from registry.rules.batch_acts import Act
from registry.rules.reversal import is_too_old
from registry.services import reversal
from registry.services.reversal_plans import standing_plan
from registry.views.batch_pages import visible
from registry.views.guards import CourtRequest, for_court

PAGE = 50


@for_court
@require_http_methods(["GET", "HEAD", "POST"])
def batch_reversal(request: CourtRequest, batch_id: UUID) -> HttpResponse:
    """The plan of a reversal with its decision, or its result; there is none of a batch that never was in."""
    if request.method != "POST":
        return _show(request, visible(request, batch_id), BatchReverseForm())
    batch: Any = get_object_or_404(Batch.objects.decidable_by(request.user).with_people(), pk=batch_id)
    form = BatchReverseForm(request.POST)
    if not form.is_valid() and presenters.acts(batch, request.user).get(Act.REVERSE.value):
        return _show(request, batch, form, status=422)
    reason, document = (form.cleaned_data.get(name, "") for name in ("reason", "document_number"))
    try:
        taken = reversal.reverse_batch(
            batch_id=batch.pk, by=request.user, at=now(), reason=reason, document_number=document
        )
    except (Conflict, IllegalMove, InvalidInput) as refusal:
        fresh = visible(request, batch_id)
        return _show(request, fresh, form, refusal=refusal.detail, status=refusal.status)
    if taken.status == BatchStatus.REVERSED:
        messages.success(request, f"已撤回 {taken.count_reversed:,} 项改动，相关单位会收到通知。")
        return redirect("batch_reversal", batch.pk)
    messages.success(request, "已决定撤回，正在处理。")
    return redirect("batch_detail", batch.pk)


def _show(
    request: CourtRequest, batch: Any, form: BatchReverseForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    at, is_done = now(), batch.reversed_at is not None
    is_in = batch.applied_at is not None
    is_old = is_in and not is_done and is_too_old(localdate(batch.applied_at), localdate(at))
    context: dict[str, Any] = {
        "batch": batch,
        "form": form,
        "refusal": refusal,
        "is_in": is_in,
        "is_done": is_done,
        "is_running": presenters.is_running(batch),
        "is_old": is_old,
        "is_uploader": batch.uploaded_by_id == request.user.pk,
        "may": presenters.acts(batch, request.user).get(Act.REVERSE.value, False),
    }
    if is_in and not is_old and not context["is_running"]:
        plan = standing_plan(batch, at=at)
        stays: Any = _Known(RefusedChanges(batch, at=at), plan.kept)
        pages: Paginator[Any] = Paginator(stays, PAGE)
        context |= {
            "plan": plan,
            "page": pages.get_page(request.GET.get("page")),
            **presenters.reversal(plan, is_done=is_done),
        }
    return render(request, "registry/batch_reversal.html", context, status=status)


class _Known:
    """A long list whose length is known already: a paginator need not have it counted."""

    ordered = True

    def __init__(self, found: RefusedChanges, length: int) -> None:
        self._found, self._length = found, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, key: slice) -> list[dict[str, Any]]:
        return self._found[key] if self._length else []


urls = [path("court/batches/<uuid:batch_id>/reversal/", batch_reversal, name="batch_reversal")]
