"""Who follows the list through its feed, how far they are, and what is pushed to them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.ids import uuid7
from registry.choices import DeliveryStatus, SubscriberKind
from registry.querysets import SubscriberQuerySet, WebhookDeliveryQuerySet

LINES_PER_DELIVERY = 1_000


class Subscriber(models.Model):
    """A system that keeps a copy of the list: another platform, a unit's own system, a site that republishes.

    `secret` (64 hexadecimal digits) is shown once; it signs what is pushed and seals what is handed over in full.
    `start_number` is the feed's number when the subscriber joined: what ended before concerns no copy of theirs.
    `last_number` and `last_hash` are the last place where their copy agreed with the feed; an acknowledgement that
    does not agree makes `in_step` false and leaves them. `sent_number` is the last line cut into a delivery.
    """

    name = models.CharField("名称", max_length=100, unique=True)
    kind = models.CharField("类别", max_length=11, choices=SubscriberKind)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="subscriber", verbose_name="账号"
    )
    purpose = models.CharField("用途", max_length=200, blank=True)
    webhook_url = models.CharField("推送地址", max_length=500, blank=True)
    secret = EncryptedTextField("共享密钥")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("登记时间")
    start_number = models.BigIntegerField("登记时的变更号", default=0)
    last_number = models.BigIntegerField("已同步至", default=0)
    last_hash = models.CharField(max_length=64, blank=True)
    in_step = models.BooleanField("一致", null=True, blank=True)
    acked_at = models.DateTimeField("最近回执", null=True, blank=True)
    sent_number = models.BigIntegerField("已推送至", default=0)

    objects: ClassVar[SubscriberQuerySet] = SubscriberQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "订阅方"
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=SubscriberKind.values), name="subscriber_kind_is_known"),
            models.CheckConstraint(
                condition=Q(acked_at__isnull=True, in_step__isnull=True)
                | Q(acked_at__isnull=False, in_step__isnull=False),
                name="subscriber_ack_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SubscriberAck(models.Model):
    """A subscriber's word about its copy: the number and running hash it reported, and whether they were ours."""

    id = models.BigAutoField(primary_key=True)
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, related_name="acks", verbose_name="订阅方")
    at = models.DateTimeField("时间")
    number = models.BigIntegerField("所报号")
    hash = models.CharField("所报摘要", max_length=64, blank=True)
    in_step = models.BooleanField("一致")
    last = models.BigIntegerField("当时最新号")

    class Meta:
        verbose_name = verbose_name_plural = "同步回执"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subscriber", "-id"], name="ack_of_subscriber"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} @ {self.number}"


class WebhookDelivery(models.Model):
    """The lines `from_number`…`to_number` on their way to a subscriber's address, in one POST.

    A subscriber has one delivery under way at most, so that lines arrive in order: the next is cut when this one is
    delivered or skipped. `next_at` is moved on before each attempt: a worker that dies in it leaves a repeat.
    `last_status` is the receiver's HTTP status, `last_error` a word of ours where there was none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, related_name="deliveries", verbose_name="订阅方")
    from_number = models.BigIntegerField("起")
    to_number = models.BigIntegerField("止")
    status = models.CharField("状态", max_length=9, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次推送")
    last_status = models.PositiveSmallIntegerField("应答状态码", null=True, blank=True)
    last_error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField("创建时间")
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    reason = models.CharField("跳过原因", max_length=500, blank=True)

    objects: ClassVar[WebhookDeliveryQuerySet] = WebhookDeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "变更推送"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], name="webhook_delivery_due", condition=Q(status="pending")),
            models.Index(fields=["subscriber", "-id"], name="webhook_delivery_of_subscriber"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="webhook_delivery_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(from_number__gt=0)
                & Q(to_number__gte=F("from_number"))
                & Q(to_number__lt=F("from_number") + LINES_PER_DELIVERY),
                name="webhook_delivery_spans_a_thousand",
            ),
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=Q(status__in=["pending", "dead"]),
                name="webhook_delivery_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "dead"], done_at__isnull=True)
                | Q(status__in=["delivered", "skipped"], done_at__isnull=False),
                name="webhook_delivery_done_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(status="skipped") | ~Q(reason=""), name="webhook_delivery_skip_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_number}–{self.to_number} → {self.subscriber_id}"
