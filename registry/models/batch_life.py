"""What the life of a batch beyond its rows leaves behind: entries a whole list does not name, and its reversal."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from registry.choices import IdentifierType, ListingStatus, ReversalRefusal, ReversalVerdict, RowVerdict
from registry.models.batches import Batch, Change
from registry.models.listings import Listing


class MissingListing(models.Model):
    """A live listing that no row of a snapshot names: leaves the list when the batch is applied. Rewritten by plans."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="missing", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        verbose_name = verbose_name_plural = "全量名单的缺漏条目"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "listing"], name="missing_listing_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}：{self.listing_id}"


class RemarkBlock(models.Model):
    """How many rows of a stretch of a batch carry a remark, by verdict and code: counted by the plan, so that a page of
    the rows with one remark starts where they are, whatever the size of the batch (registry.problems)."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    verdict = models.CharField("结论", max_length=9, choices=RowVerdict)
    code = models.CharField("问题", max_length=40)
    block = models.IntegerField("段")  # row numbers from block * SIZE on, SIZE of them
    rows = models.IntegerField("行数")
    remarks = models.IntegerField("条数")

    SIZE: ClassVar[int] = 1_000

    class Meta:
        verbose_name = verbose_name_plural = "批次问题分布"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "verdict", "code", "block"], name="remark_block_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}：{self.verdict} {self.code} {self.block}"


class ListWrite(models.Model):
    """A transaction that wrote a table which plans read: its number, left by triggers (migration plan_marks)."""

    xact = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = verbose_name_plural = "名单写入"

    def __str__(self) -> str:
        return str(self.xact)


class PriorState(models.Model):
    """How a listing stood before a batch ended it or changed its identity, as far as its changes do not say it.

    Kept for the batch's reversal only, at most as long as that is open (registry.rules.reversal); no check reads it.
    The arrays are match keys side by side; `relations` is null beside the keys of the listed subject itself.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=ListingStatus)
    name_key = models.CharField(max_length=200)
    id_type = models.CharField(max_length=30, choices=IdentifierType, blank=True)
    id_masked = models.CharField(max_length=60, blank=True)
    id_is_masked = models.BooleanField(default=False)
    digests = ArrayField(models.BinaryField(max_length=16), default=list)
    kinds = ArrayField(models.SmallIntegerField(), default=list)
    roles = ArrayField(models.CharField(max_length=24), default=list)
    relations = ArrayField(models.UUIDField(null=True), default=list)

    class Meta:
        verbose_name = verbose_name_plural = "批次改动前的状态"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "listing"], name="prior_state_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}：{self.listing_id}"


class ReversalRow(models.Model):
    """What became of one change of a batch that was taken back.

    Refused: `code` says why and `blocking_change` which later change stands in the way, where one does. Reversed:
    `new_listing` is the new episode of a listing that the batch had ended.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="reversal_rows", db_index=False)
    change = models.OneToOneField(Change, models.PROTECT, related_name="reversal")
    row_number = models.IntegerField("行号", null=True)  # null: an entry that a snapshot did not name
    verdict = models.CharField("结果", max_length=8, choices=ReversalVerdict)
    code = models.CharField("原因", max_length=20, choices=ReversalRefusal, blank=True)
    blocking_change = models.ForeignKey(Change, models.PROTECT, null=True, related_name="+", db_index=False)
    new_listing = models.ForeignKey(Listing, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = verbose_name_plural = "批次撤回明细"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["batch", "verdict", "id"], name="reversal_row_of_verdict"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(verdict="reversed", code="", blocking_change__isnull=True)
                | (Q(verdict="refused", new_listing__isnull=True) & ~Q(code="")),
                name="reversal_row_refusal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}：{self.get_verdict_display()}"
