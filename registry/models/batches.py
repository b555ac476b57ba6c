"""Uploads of the list, their plans, and the feed of what changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.chain import ChainedRow
from core.fields import EncryptedTextField
from core.ids import uuid7
from core.models import Transition
from registry.choices import (
    BatchMode,
    BatchStatus,
    ChangeKind,
    ExitGround,
    RowOperation,
    RowVerdict,
)
from registry.models.listings import Listing, ListingFacts
from registry.models.places import Court
from registry.querysets import BatchQuerySet, ChangeQuerySet
from registry.rules.snapshot import needs_confirmation


class Batch(models.Model):
    """One uploaded list file: read in the background, planned, approved by a second person, applied as a whole.

    `mode` snapshot: the file is the court's whole list, and what it does not name (`count_missing`, of `count_live`
    listings) leaves the list on the ground, document and day given at upload. While an applied batch is taken back it
    is `applying` with `is_reversing`, and `reversed` afterwards.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    court = models.ForeignKey(Court, models.PROTECT, related_name="batches", verbose_name="法院")
    status = models.CharField("状态", max_length=10, choices=BatchStatus, default=BatchStatus.QUEUED)
    file_name = models.CharField("文件名", max_length=255)
    file_path = models.CharField(max_length=255, blank=True)
    file_size = models.BigIntegerField("文件大小")
    file_sha256 = models.CharField(max_length=64)
    # Names of the sheets that each carry a list, where there are several; `sheet` is the one that is read.
    sheets = models.JSONField("可选工作表", default=list)
    sheet = models.CharField("工作表", max_length=100, blank=True)
    note = models.TextField("说明", blank=True)
    mode = models.CharField("报送方式", max_length=8, choices=BatchMode, default=BatchMode.CHANGES)
    exit_ground = models.CharField("缺漏条目的退出原因", max_length=30, choices=ExitGround, blank=True)
    exit_document = models.CharField("缺漏条目的退出依据文号", max_length=100, blank=True)
    exit_on = models.DateField("缺漏条目的退出日期", null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="uploaded_batches",
        verbose_name="上传人",
    )
    uploaded_at = models.DateTimeField("上传时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decided_batches",
        verbose_name="复核人",
    )
    decided_at = models.DateTimeField("复核时间", null=True, blank=True)
    decision_reason = models.TextField("复核意见", blank=True)
    applied_at = models.DateTimeField("入库时间", null=True, blank=True)
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    rows_read = models.IntegerField("已读行数", default=0)
    count_rows = models.IntegerField("行数", default=0)
    count_add = models.IntegerField("新增", default=0)
    count_update = models.IntegerField("变更", default=0)
    count_remove = models.IntegerField("退出", default=0)
    count_unchanged = models.IntegerField("无变化", default=0)
    count_rejected = models.IntegerField("不予入库", default=0)
    count_repaired = models.IntegerField("已修正", default=0)
    count_missing = models.IntegerField("缺漏条目", default=0)
    count_live = models.IntegerField("比对时在列条目", default=0)
    impact = models.JSONField("影响", default=dict)
    # How the remarks fall, counted by the plan: {"remarks": all of them, verdict: {code: rows}}
    problem_counts = models.JSONField("问题分布", default=dict)
    # What the plan rests on (registry.services.plan_basis); empty: nothing is known, it is made again
    plan_basis = models.JSONField(default=dict)
    # Remarks on the file as a whole: [{"column", "code", "severity", "detail", "suggestion"}]
    file_problems = models.JSONField("文件问题", default=list)
    # Seconds: read, normalise, crypto, copy (work of all processes), reading (from start to end), plan, apply
    timings = models.JSONField("用时（秒）", default=dict)
    failure_code = models.CharField("失败代码", max_length=40, blank=True)
    failure = models.TextField("失败原因", blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    is_reversing = models.BooleanField("正在撤回", default=False)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    reversal_asked_at = models.DateTimeField("决定撤回时间", null=True, blank=True)
    reversal_reason = models.TextField("撤回理由", blank=True)
    reversal_document = models.CharField("撤回依据文号", max_length=100, blank=True)
    reversed_at = models.DateTimeField("撤回时间", null=True, blank=True)
    count_reversed = models.IntegerField("已撤回变更", default=0)
    count_kept = models.IntegerField("未能撤回的变更", default=0)

    objects: ClassVar[BatchQuerySet] = BatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "名单批次"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["court", "-id"], name="batch_of_court"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=BatchStatus.values), name="batch_status_is_known"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("uploaded_by")) | Q(status="refused"),
                name="batch_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["applying", "applied", "reversed"]) | Q(decided_by__isnull=False),
                name="batch_applied_was_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["previewed", "applying", "applied"])
                | Q(
                    count_rows=F("count_add")
                    + F("count_update")
                    + F("count_remove")
                    + F("count_unchanged")
                    + F("count_rejected")
                ),
                name="batch_counts_every_row",
            ),
            models.CheckConstraint(condition=Q(mode__in=BatchMode.values), name="batch_mode_is_known"),
            models.CheckConstraint(
                condition=Q(mode="changes", exit_ground="", exit_document="", exit_on__isnull=True, count_missing=0)
                | (Q(mode="snapshot", exit_on__isnull=False) & ~Q(exit_ground="") & ~Q(exit_document="")),
                name="batch_snapshot_has_exit",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by=F("uploaded_by"), confirmed_at__isnull=False, mode="snapshot"),
                name="batch_confirmed_by_uploader",
            ),
            models.CheckConstraint(
                condition=Q(is_reversing=False) | Q(status="applying", applied_at__isnull=False),
                name="batch_reverses_what_was_applied",
            ),
            models.CheckConstraint(
                condition=Q(is_reversing=False) & ~Q(status="reversed")
                | Q(reversed_by__isnull=False, reversal_asked_at__isnull=False) & ~Q(reversal_reason=""),
                name="batch_reversal_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(reversed_by__isnull=True) | ~Q(reversed_by=F("uploaded_by")),
                name="batch_reversal_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status="reversed")
                | Q(
                    reversed_at__isnull=False,
                    count_reversed=F("count_add")
                    + F("count_update")
                    + F("count_remove")
                    + F("count_missing")
                    - F("count_kept"),
                ),
                name="batch_reversal_counts_every_change",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}（{self.get_status_display()}）"

    @property
    def needs_confirmation(self) -> bool:
        """Whether the uploader has to confirm, and the approver to type the rows (registry.rules.snapshot)."""
        return self.mode == BatchMode.SNAPSHOT and needs_confirmation(missing=self.count_missing, live=self.count_live)

    @property
    def awaits_sheet(self) -> bool:
        """Several sheets carry a list, and nobody has said which one is meant."""
        return bool(self.sheets) and not self.sheet


class BatchTransition(Transition):
    """History of a batch."""

    record = models.ForeignKey(Batch, models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = "批次历史"


class BatchRow(ListingFacts):
    """One row of an upload, normalised, with the plan's verdict. Staging: written by COPY, planned and applied by SQL.

    The arrays of digests stand beside the arrays of their kinds. What was received stands in `ReceivedRows`. `listing`
    is what the plan found; `new_listing_id` what an addition will be.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows", db_index=False, db_constraint=False)
    row_number = models.IntegerField("行号")
    operation = models.CharField("操作", max_length=6, choices=RowOperation, blank=True)
    verdict = models.CharField("结论", max_length=9, choices=RowVerdict, blank=True)
    court = models.ForeignKey(Court, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    subject_key = models.BinaryField(max_length=16, null=True)
    alt_key = models.BinaryField(max_length=16, null=True)
    is_identified = models.BooleanField(default=False)
    id_value = EncryptedTextField(null=True)
    key_digests = ArrayField(models.BinaryField(max_length=16), default=list)
    key_kinds = ArrayField(models.SmallIntegerField(), default=list)
    aliases = ArrayField(models.CharField(max_length=200), default=list)
    representative_name = models.CharField("法定代表人或负责人姓名", max_length=200, blank=True)
    representative_name_key = models.CharField(max_length=200, blank=True)
    representative_id_type = models.CharField(max_length=30, blank=True)
    representative_id_value = EncryptedTextField(null=True)
    representative_id_masked = models.CharField(max_length=60, blank=True)
    representative_digests = ArrayField(models.BinaryField(max_length=16), default=list)
    representative_kinds = ArrayField(models.SmallIntegerField(), default=list)
    exit_ground = models.CharField("退出原因", max_length=30, choices=ExitGround, blank=True)
    exit_ground_text = models.CharField("退出原因说明", max_length=500, blank=True)
    exit_document = models.CharField("退出依据文号", max_length=100, blank=True)
    exit_on = models.DateField("退出日期", null=True, blank=True)
    problems = models.JSONField("问题", default=list)
    is_repaired = models.BooleanField(default=False)
    listing = models.ForeignKey(
        Listing, models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    new_listing_id = models.UUIDField()
    new_subject_id = models.UUIDField()

    class Meta:
        verbose_name = verbose_name_plural = "批次行"
        ordering: ClassVar[list[str]] = ["row_number"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["batch", "verdict", "row_number"], name="batch_row_of_verdict"),
            models.Index(fields=["listing"], name="batch_row_of_listing", condition=Q(listing__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "row_number"], name="batch_row_stands_once"),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(verdict__in=RowVerdict.values),
                name="batch_row_verdict_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_number} 行"


class ReceivedRows(models.Model):
    """Rows of an upload as they stand in the file, in blocks: one ciphertext, because they may hold identifiers.

    The text is JSON: `header`, the cells of the header, and `rows`, pairs of a row's number and its cells.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="received")
    first_row = models.IntegerField()
    last_row = models.IntegerField()
    content = EncryptedTextField()

    class Meta:
        verbose_name = verbose_name_plural = "收到的行"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "first_row"], name="received_rows_stand_once"),
        ]

    def __str__(self) -> str:
        return f"第 {self.first_row}—{self.last_row} 行"


class Change(ChainedRow):
    """One published change of one listing: its history, and a line of the numbered feed (contract.md §3).

    `before` and `after` hold changed facts that are not identifiers. The row is written in the transaction of the
    change itself, without a number; the sequencer numbers it after commit.
    """

    kind = models.CharField("变更", max_length=10, choices=ChangeKind)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="changes", db_index=False, db_constraint=False)
    at = models.DateTimeField("时间")
    happened_on = models.DateField("事实日期", null=True, blank=True)
    ground = models.CharField("理由", max_length=500, blank=True)
    document_number = models.CharField("依据文号", max_length=100, blank=True)
    before = models.JSONField("变更前", default=dict)
    after = models.JSONField("变更后", default=dict)
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="changes", db_index=False, db_constraint=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人",
        db_index=False,
        db_constraint=False,
    )

    objects: ClassVar[ChangeQuerySet] = ChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(ChainedRow.Meta):
        verbose_name = verbose_name_plural = "变更"
        indexes: ClassVar[list[models.Index]] = [
            *ChainedRow.Meta.indexes,
            models.Index(fields=["listing", "id"], name="change_of_listing"),
            models.Index(
                fields=["batch"],
                name="change_of_batch",
                condition=Q(batch__isnull=False),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *ChainedRow.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="change_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.listing_id}"

    def chain_content(self) -> str:
        """What the feed's running hash covers: kind, listing and time in UTC (contract.md §3)."""
        return f"{self.kind}\n{self.listing_id}\n{self.at.isoformat()}"
