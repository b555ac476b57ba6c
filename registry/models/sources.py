"""Where parts of the list come from by themselves: watched folders, and other instances of this platform."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from registry.choices import ItemStatus, RunKind, RunStatus, SourceKind, SourceStatus
from registry.models.batches import Batch
from registry.models.places import Court
from registry.querysets import SourceItemQuerySet, SourceQuerySet


class Source(models.Model):
    """A folder whose list files are uploaded for a court, or a platform whose changes are followed.

    Folder: `path` beneath SOURCES_DIR, `court`, and the `account` that uploads; with `is_full` each file is the whole
    list of the court. Platform: `base_url`, the `credential` (an API key there) and the shared `secret` that opens
    what is handed over in full; `last_number` and `last_hash` are the last line of its feed that stands here. While
    `is_resyncing` the whole list is taken over anew: `resync_after` is the last listing of the pages done,
    `resync_number` the line to go on from. `state_hash` is the hash both sides had when they were last compared.
    """

    name = models.CharField("名称", max_length=100, unique=True)
    kind = models.CharField("类别", max_length=8, choices=SourceKind)
    status = models.CharField("状态", max_length=7, choices=SourceStatus, default=SourceStatus.ACTIVE)
    stop_code = models.CharField(max_length=40, blank=True)
    stop_reason = models.CharField("停止原因", max_length=300, blank=True)
    every_minutes = models.PositiveSmallIntegerField("间隔（分钟）", default=5)
    created_at = models.DateTimeField("建立时间")
    next_at = models.DateTimeField("下次")
    failures = models.PositiveSmallIntegerField("连续失败次数", default=0)
    last_run_at = models.DateTimeField("最近一次", null=True, blank=True)
    last_success_at = models.DateTimeField("最近成功", null=True, blank=True)
    court = models.ForeignKey(Court, models.PROTECT, null=True, blank=True, related_name="sources", verbose_name="法院")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送账号"
    )
    path = models.CharField("文件夹", max_length=200, blank=True)
    is_full = models.BooleanField("每个文件都是全量名单", default=False)
    base_url = models.CharField("平台地址", max_length=200, blank=True)
    credential = EncryptedTextField("接口密钥", null=True, blank=True)
    secret = EncryptedTextField("共享密钥", null=True, blank=True)
    last_number = models.BigIntegerField("已同步至", default=0)
    last_hash = models.CharField(max_length=64, blank=True)
    acked_at = models.DateTimeField("最近回执", null=True, blank=True)
    is_resyncing = models.BooleanField("正在重新同步", default=False)
    resync_number = models.BigIntegerField(null=True, blank=True)
    resync_hash = models.CharField(max_length=64, blank=True)
    resync_after = models.UUIDField(null=True, blank=True)
    compare_at = models.DateTimeField("下次核对", null=True, blank=True)
    compared_at = models.DateTimeField("最近核对", null=True, blank=True)
    difference_count = models.IntegerField("核对差异", default=0)
    state_hash = models.CharField("名单校验值", max_length=64, blank=True)

    objects: ClassVar[SourceQuerySet] = SourceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "名单来源"
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(
                    Q(kind="folder", court__isnull=False, account__isnull=False, base_url="") & ~Q(path="")
                    | Q(kind="platform", court__isnull=True, account__isnull=True, path="", is_full=False)
                    & ~Q(base_url="")
                    & Q(credential__isnull=False, secret__isnull=False)
                ),
                name="source_says_where",
            ),
            models.CheckConstraint(condition=Q(status__in=SourceStatus.values), name="source_status_is_known"),
            models.CheckConstraint(condition=~Q(status="stopped") | ~Q(stop_reason=""), name="source_stop_has_reason"),
            models.CheckConstraint(condition=Q(every_minutes__gt=0), name="source_comes_round"),
            models.UniqueConstraint(fields=["path"], condition=~Q(path=""), name="source_folder_is_watched_once"),
            models.UniqueConstraint(
                fields=["base_url"], condition=~Q(base_url=""), name="source_platform_is_followed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SourceRun(models.Model):
    """One run that did something or failed; quiet turns leave only the source's times.

    `counts` holds whole numbers by name, `differences` what a comparison found, [{"listing", "kind"}]; once a person
    has approved them they are put right, by a run of their own, and `settled_at` says when.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, models.CASCADE, related_name="runs", verbose_name="来源")
    kind = models.CharField("类别", max_length=7, choices=RunKind)
    status = models.CharField("结果", max_length=10, choices=RunStatus, default=RunStatus.RUNNING)
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    counts = models.JSONField("数量", default=dict)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField("原因", max_length=300, blank=True)
    repeats = models.PositiveIntegerField("重复次数", default=0)
    differences = models.JSONField("差异", default=list)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    settled_at = models.DateTimeField("更正时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "来源运行记录"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["source", "-id"], name="source_run_of_source")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=RunKind.values), name="source_run_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status="running", ended_at__isnull=True)
                | Q(status__in=["done", "failed", "broken_off"], ended_at__isnull=False),
                name="source_run_ends",
            ),
            models.UniqueConstraint(fields=["source"], condition=Q(status="running"), name="source_run_is_alone"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True, settled_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False, kind="compare"),
                name="source_run_repair_was_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.status}"


class SourceItem(models.Model):
    """A file that lay in a watched folder: taken once by its content, uploaded as a batch or turned away."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, models.CASCADE, related_name="items", verbose_name="来源")
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField("文件名", max_length=255)
    taken_at = models.DateTimeField("收取时间")
    status = models.CharField("结果", max_length=8, choices=ItemStatus)
    reason = models.CharField("原因", max_length=300, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批次")

    objects: ClassVar[SourceItemQuerySet] = SourceItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "来源文件"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "sha256"], name="source_item_is_taken_once"),
            models.CheckConstraint(
                condition=Q(status="uploaded", batch__isnull=False)
                | Q(status="rejected", batch__isnull=True) & ~Q(reason=""),
                name="source_item_says_what_became_of_it",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
