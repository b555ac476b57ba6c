"""Where the list comes from by itself: courts look on, the administrator sets sources up and decides about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, InvalidInput
from registry import source_presenters as presenters
from registry.choices import RunKind, SourceKind, SourceStatus
from registry.models import Court, Listing, Source, SourceItem
from registry.services import sources
from registry.services.upstream import OutOfStep
from registry.source_forms import FolderForm, KeysForm, PlatformForm
from registry.views.guards import CourtRequest, for_administrator, for_court

PAGE = 30
SHOWN = 20
DIFFERENCES_SHOWN = 50


@for_court
@require_safe
def court_sources(request: CourtRequest) -> HttpResponse:
    """The court's watched folders with the files taken from them, and the platforms whose list stands here."""
    visible = Source.objects.visible_to(request.user).select_related("court", "account")
    folders = visible.filter(kind=SourceKind.FOLDER)
    at = now()
    context = {
        "folders": presenters.rows(folders, at),
        "platforms": presenters.rows(visible.filter(kind=SourceKind.PLATFORM), at),
        "items": SourceItem.objects.visible_to(request.user).select_related("source", "batch")[:SHOWN],
        "at": at,
    }
    return render(request, "registry/court_sources.html", context)


@for_administrator
@require_safe
def source_list(request: CourtRequest) -> HttpResponse:
    """All sources; what needs attention stands in the state."""
    found = Source.objects.editable_by(request.user).select_related("court").order_by("kind", "name")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "registry/sources.html", {"page": page, "rows": presenters.rows(page.object_list, now())})


@for_administrator
@require_http_methods(["GET", "HEAD", "POST"])
def source_watch(request: CourtRequest) -> HttpResponse:
    """Watch a folder."""
    form = FolderForm(request.POST or None, courts=Court.objects.order_by("code"))
    return _create(request, form, sources.watch_folder, "监视文件夹", "放入的名单文件会自动报送，等待批准。")


@for_administrator
@require_http_methods(["GET", "HEAD", "POST"])
def source_follow(request: CourtRequest) -> HttpResponse:
    """Follow another platform."""
    form = PlatformForm(request.POST or None)
    return _create(request, form, sources.follow_platform, "同步上级平台", "已开始同步，从变更流的第 1 号读起。")


def _create(request: CourtRequest, form: Form, service: Callable[..., Source], title: str, done: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            source = service(by=request.user, at=now(), **form.cleaned_data)
        except (InvalidInput, Conflict) as refusal:
            for problem in refusal.errors:
                form.add_error(problem.field, problem.detail)
            if not refusal.errors:
                form.add_error(None, refusal.detail)
        else:
            messages.success(request, done)
            return redirect("source_detail", source.pk)
    context = {"form": form, "title": title}
    return render(request, "registry/source_create.html", context, status=422 if form.errors else 200)


@for_administrator
@require_safe
def source_detail(request: CourtRequest, source_id: int) -> HttpResponse:
    """How one source is doing, what it brought, and what can be decided about it."""
    return _detail(request, _editable(request, source_id))


def _detail(
    request: CourtRequest, source: Source, keys_form: KeysForm | None = None, status: int = 200
) -> HttpResponse:
    is_platform = source.kind == SourceKind.PLATFORM
    compared = source.runs.filter(kind=RunKind.COMPARE, status="done").first() if is_platform else None
    waiting = compared if compared is not None and compared.differences and compared.approved_at is None else None
    listing_ids = [UUID(each["listing"]) for each in waiting.differences[:DIFFERENCES_SHOWN]] if waiting else []
    held = dict(Listing.objects.visible_to(request.user).filter(pk__in=listing_ids).values_list("pk", "case_number"))
    context = {
        "source": source,
        "badge": presenters.state_of(source, now()),
        "facts": presenters.facts(source),
        "runs": presenters.runs(source.runs.all()[:SHOWN]),
        "items": source.items.select_related("batch")[:SHOWN],
        "is_platform": is_platform,
        "waiting": waiting,
        "differences": presenters.differences(waiting, {str(k): v for k, v in held.items()}, DIFFERENCES_SHOWN)
        if waiting
        else [],
        "may_wake": source.status != SourceStatus.ACTIVE and source.stop_code != OutOfStep.code,
        "keys_form": keys_form or KeysForm(),
    }
    return render(request, "registry/source_detail.html", context, status=status)


def _act(service: Callable[..., Any], done: str) -> Callable[..., HttpResponseBase]:
    @for_administrator
    @require_POST
    def view(request: CourtRequest, source_id: int) -> HttpResponse:
        source = _editable(request, source_id)
        service(source_id=source.pk, by=request.user, at=now())
        messages.success(request, done)
        return redirect("source_detail", source.pk)

    return view


source_pause = _act(sources.pause_source, "已暂停，已有的名单保持不变。")
source_wake = _act(sources.wake_source, "已恢复，马上轮到。")
source_resync = _act(sources.resync_source, "将从名单快照重新同步，完成后接着跟随变更流。")
source_compare = _act(sources.compare_soon, "下一轮即核对，完成后结果显示在本页。")
source_repair = _act(sources.approve_repair, "已批准，下一轮按上级平台的记录更正。")


@for_administrator
@require_POST
def source_keys(request: CourtRequest, source_id: int) -> HttpResponse:
    """New keys for a platform; what was typed is not shown again."""
    source = _editable(request, source_id)
    form = KeysForm(request.POST)
    if form.is_valid():
        try:
            sources.change_keys(source_id=source.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as refusal:
            for problem in refusal.errors:
                form.add_error(problem.field, problem.detail)
        else:
            messages.success(request, "密钥已更换。")
            return redirect("source_detail", source.pk)
    return _detail(request, source, form, status=422)


def _editable(request: CourtRequest, source_id: int) -> Source:
    found = Source.objects.editable_by(request.user).select_related("court", "account")
    source: Source = get_object_or_404(found, pk=source_id)
    return source
