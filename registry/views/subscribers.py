"""Who is in step with the feed: the credit office looks after the subscribers, the courts look on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST, require_safe

from core.errors import Conflict, InvalidInput
from registry import subscriber_presenters as presenters
from registry.models import Listing, Subscriber, WebhookDelivery
from registry.services import feed, subscribers, webhooks
from registry.services.followers import followers, late_removals
from registry.services.subscribers import Registered
from registry.subscriber_forms import SkipForm, SubscriberForm, WebhookForm
from registry.views.guards import CourtRequest, for_court, for_office

PAGE = 30
SHOWN = 20
LATE_SHOWN = 50


def _list(
    request: CourtRequest, form: SubscriberForm | None = None, issued: Registered | None = None, status: int = 200
) -> HttpResponse:
    everybody = Subscriber.objects.editable_by(request.user).select_related("account").order_by("-is_active", "name")
    page = Paginator(everybody, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": _rows(list(page.object_list)),
        "last": feed.last_number(),
        "at": now(),
        "form": form or SubscriberForm(),
        "issued": issued,
    }
    return render(request, "registry/subscribers.html", context, status=status)


def _rows(shown: Sequence[Subscriber]) -> list[dict[str, Any]]:
    return presenters.follower_rows(followers(shown, today=localdate()), now())


@for_office
@require_safe
def subscriber_list(request: CourtRequest) -> HttpResponse:
    """Everybody who follows the feed, with lag and arrears; and the form for a new one."""
    return _list(request)


@for_office
@require_POST
def subscriber_register(request: CourtRequest) -> HttpResponse:
    """The answer itself shows the secret: in clear it is stored nowhere, so there is nothing to redirect to."""
    form = SubscriberForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        issued = subscribers.register_subscriber(by=request.user, at=now(), **form.cleaned_data)
    except (InvalidInput, Conflict) as refusal:
        for problem in refusal.errors:
            form.add_error(problem.field, problem.detail)
        if not refusal.errors:
            form.add_error(None, refusal.detail)
        return _list(request, form, status=refusal.status)
    return _list(request, issued=issued)


def _detail(
    request: CourtRequest,
    subscriber_id: int,
    *,
    webhook_form: WebhookForm | None = None,
    issued: Registered | None = None,
    status: int = 200,
) -> HttpResponse:
    subscriber = _editable(request, subscriber_id)
    today = localdate()
    [row] = _rows([subscriber])
    late = late_removals([subscriber], today=today, limit=LATE_SHOWN)
    deliveries = subscriber.deliveries.order_by("-from_number", "-id")[:SHOWN]
    context = {
        "subscriber": subscriber,
        "row": row,
        "last": feed.last_number(),
        "at": now(),
        "facts": presenters.subscriber_facts(subscriber),
        "late": presenters.late_rows(late, today),
        "deliveries": presenters.delivery_rows(deliveries),
        "acks": subscriber.acks.all()[:SHOWN],
        "webhook_form": webhook_form or WebhookForm(initial={"webhook_url": subscriber.webhook_url}),
        "skip_form": SkipForm(),
        "issued": issued,
    }
    return render(request, "registry/subscriber_detail.html", context, status=status)


@for_office
@require_safe
def subscriber_detail(request: CourtRequest, subscriber_id: int) -> HttpResponse:
    """One follower: how far it is, what it still owes, what was pushed to it, what it has confirmed."""
    return _detail(request, subscriber_id)


@for_office
@require_POST
def subscriber_webhook(request: CourtRequest, subscriber_id: int) -> HttpResponse:
    subscriber = _editable(request, subscriber_id)
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            subscribers.set_webhook(subscriber_id=subscriber.pk, by=request.user, at=now(), **form.cleaned_data)
        except InvalidInput as refusal:
            for problem in refusal.errors:
                form.add_error(problem.field, problem.detail)
        else:
            messages.success(request, "推送地址已更改。")
            return redirect("subscriber_detail", subscriber.pk)
    return _detail(request, subscriber_id, webhook_form=form, status=422)


@for_office
@require_POST
def subscriber_secret(request: CourtRequest, subscriber_id: int) -> HttpResponse:
    """A new secret, shown in this answer and never again."""
    subscriber = _editable(request, subscriber_id)
    issued = subscribers.rotate_secret(subscriber_id=subscriber.pk, by=request.user, at=now())
    return _detail(request, subscriber_id, issued=issued)


@for_office
@require_POST
def subscriber_switch(request: CourtRequest, subscriber_id: int) -> HttpResponse:
    """Disable a follower, or let it take part again (`active`: 1)."""
    subscriber = _editable(request, subscriber_id)
    is_active = request.POST.get("active") == "1"
    subscribers.set_active(subscriber_id=subscriber.pk, is_active=is_active, by=request.user, at=now())
    messages.success(request, f"{subscriber.name}已{'启用' if is_active else '停用'}。")
    return redirect("subscriber_detail", subscriber.pk)


@for_office
@require_POST
def delivery_replay(request: CourtRequest, delivery_id: UUID) -> HttpResponse:
    delivery = _delivery(request, delivery_id)
    webhooks.replay_delivery(delivery_id=delivery.pk, by=request.user, at=now())
    messages.success(request, f"第 {delivery.from_number}–{delivery.to_number} 号将立即重新推送。")
    return redirect("subscriber_detail", delivery.subscriber_id)


@for_office
@require_POST
def delivery_skip(request: CourtRequest, delivery_id: UUID) -> HttpResponse:
    delivery = _delivery(request, delivery_id)
    form = SkipForm(request.POST)
    if not form.is_valid():
        for problem in form.errors.get("reason", []):
            messages.error(request, f"未跳过：{problem}")
        return redirect("subscriber_detail", delivery.subscriber_id)
    webhooks.skip_delivery(delivery_id=delivery.pk, by=request.user, at=now(), **form.cleaned_data)
    messages.success(request, "已跳过，后面的变更继续推送；跳过的部分请对方自行读取变更流。")
    return redirect("subscriber_detail", delivery.subscriber_id)


@for_court
@require_safe
def court_feed(request: CourtRequest) -> HttpResponse:
    """Who has the court's latest removals, and which of its own nobody has confirmed in time."""
    today = localdate()
    everybody = list(Subscriber.objects.visible_to(request.user).active().select_related("account"))
    own = Listing.objects.visible_to(request.user)
    late = late_removals(everybody, today=today, limit=LATE_SHOWN, listings=own)
    context = {
        "rows": _rows(everybody),
        "last": feed.last_number(),
        "at": now(),
        "late": presenters.late_rows(late, today),
    }
    return render(request, "registry/court_feed.html", context)


def _editable(request: CourtRequest, subscriber_id: int) -> Subscriber:
    found = Subscriber.objects.editable_by(request.user).select_related("account")
    subscriber: Subscriber = get_object_or_404(found, pk=subscriber_id)
    return subscriber


def _delivery(request: CourtRequest, delivery_id: UUID) -> WebhookDelivery:
    delivery: WebhookDelivery = get_object_or_404(WebhookDelivery.objects.editable_by(request.user), pk=delivery_id)
    return delivery
