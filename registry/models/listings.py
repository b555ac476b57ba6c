"""Who is listed, why, by which court, until when."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.ids import uuid7
from registry.choices import (
    ExitGround,
    IdentifierType,
    KeyKind,
    ListingStatus,
    PartyKind,
    Performance,
    RelationRole,
    Role,
    Sex,
)
from registry.lifecycle import LIVE
from registry.models.places import Court
from registry.querysets import ListingQuerySet


class Subject(models.Model):
    """A person or unit on the list.

    `key` is the 16-byte keyed digest of the full identifier; a subject without one (masked or missing) has the digest
    of its court, case and folded name instead, so that it is nobody else. `alt_key` is the digest of a unit's
    organisation code, which a unified social credit code contains (domain.md §3 C).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("类型", max_length=6, choices=PartyKind)
    name = models.CharField("姓名或名称", max_length=200)
    name_key = models.CharField(max_length=200)
    key = models.BinaryField(max_length=16, unique=True)
    alt_key = models.BinaryField(max_length=16, null=True, blank=True)
    is_identified = models.BooleanField("有完整证件号码", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "主体"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["alt_key"],
                name="subject_by_org_code",
                condition=Q(alt_key__isnull=False),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=PartyKind.values), name="subject_kind_is_known"),
            models.CheckConstraint(condition=~Q(name=""), name="subject_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SubjectName(models.Model):
    """A name that a subject has borne (曾用名, or the name before a correction); a unit keeps its code when renamed."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="former_names")
    name = models.CharField("曾用名", max_length=200)
    name_key = models.CharField(max_length=200)
    known_since = models.DateField("记录日期")

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subject", "name_key"], name="subject_name_is_kept_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """A full identifier of a subject: encrypted, findable only through its keyed digest, shown only masked."""

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="identifiers", db_constraint=False)
    type = models.CharField("证件类型", max_length=30, choices=IdentifierType)
    value = EncryptedTextField("证件号码")
    digest = models.BinaryField(max_length=16)
    masked = models.CharField("脱敏号码", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "证件"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["digest", "type"], name="identifier_belongs_to_one_subject"),
            models.CheckConstraint(
                condition=Q(type__in=IdentifierType.values),
                name="identifier_type_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.masked


class ListingFacts(models.Model):
    """What a court publishes of a listing (法释〔2017〕7号 art. 6), shared by the list and its uploads."""

    kind = models.CharField("被执行人类型", max_length=6, choices=PartyKind)
    name = models.CharField("姓名或名称", max_length=200)
    name_key = models.CharField(max_length=200)
    id_type = models.CharField("证件类型", max_length=30, choices=IdentifierType, blank=True)
    id_masked = models.CharField("证件号码", max_length=60, blank=True)
    id_is_masked = models.BooleanField("证件号码已脱敏", default=False)
    sex = models.CharField("性别", max_length=1, choices=Sex, default=Sex.UNKNOWN)
    age = models.PositiveSmallIntegerField("年龄", null=True, blank=True)
    area = models.CharField("省份", max_length=50, blank=True)
    case_number = models.CharField("案号", max_length=100)
    case_key = models.CharField(max_length=100)
    filed_on = models.DateField("立案时间", null=True, blank=True)
    basis_number = models.CharField("执行依据文号", max_length=200, blank=True)
    basis_issuer = models.CharField("作出执行依据单位", max_length=200, blank=True)
    obligation = models.TextField("生效法律文书确定的义务", blank=True)
    performance = models.CharField("履行情况", max_length=7, choices=Performance, default=Performance.UNKNOWN)
    performed_part = models.TextField("已履行部分", blank=True)
    unperformed_part = models.TextField("未履行部分", blank=True)
    circumstances = ArrayField(models.CharField(max_length=30), default=list, verbose_name="失信行为具体情形")
    published_on = models.DateField("发布时间", null=True, blank=True)
    decision_number = models.CharField("决定书文号", max_length=100, blank=True)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    term_ends_on = models.DateField("期限届满日", null=True, blank=True)
    publishable = models.BooleanField("可公开", default=True)
    # SHA-256 of the published facts, to tell "unchanged" from "changed" without comparing columns.
    content_digest = models.BinaryField(max_length=32)

    class Meta:
        abstract = True


class Listing(ListingFacts):
    """One stay of one subject on the list (失信名单条目): court, case, decision. A re-listing is a new episode."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(
        Subject, models.PROTECT, related_name="listings", verbose_name="主体", db_constraint=False
    )
    court = models.ForeignKey(
        Court, models.PROTECT, related_name="listings", verbose_name="执行法院", db_index=False, db_constraint=False
    )
    status = models.CharField("状态", max_length=10, choices=ListingStatus, default=ListingStatus.ACTIVE)
    listed_at = models.DateTimeField("入库时间")
    changed_at = models.DateTimeField("最近变更")
    exit_ground = models.CharField("退出原因", max_length=30, choices=ExitGround, blank=True)
    exit_ground_text = models.CharField("退出原因说明", max_length=500, blank=True)
    exit_document = models.CharField("退出依据文号", max_length=100, blank=True)
    exit_on = models.DateField("退出日期", null=True, blank=True)
    erased_at = models.DateTimeField("个人信息消除时间", null=True, blank=True)
    batch = models.ForeignKey(
        "registry.Batch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="listings",
        db_index=False,
        db_constraint=False,
    )
    # Mirrored from another platform: its feed's last line about this listing that stands here.
    source = models.ForeignKey(
        "registry.Source",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="listings",
        db_index=False,
        db_constraint=False,
    )
    source_number = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[ListingQuerySet] = ListingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "名单条目"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["court", "case_key"], name="listing_of_case"),
            models.Index(
                fields=["name_key"],
                name="listing_active_name",
                condition=Q(status="active"),
            ),
            models.Index(
                fields=["term_ends_on"],
                name="listing_term_to_expire",
                condition=Q(status__in=["active", "suspended"], term_ends_on__isnull=False),
            ),
            models.Index(fields=["source", "id"], name="listing_mirrored", condition=Q(source__isnull=False)),
            models.Index(
                fields=["court", "exit_on"],
                name="listing_in_archive",
                condition=Q(exit_on__isnull=False),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subject", "court", "case_key"],
                condition=Q(status__in=sorted(LIVE)),
                name="listing_lives_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ListingStatus.values),
                name="listing_status_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["shielded", "revoked"])
                | (~Q(exit_ground="") & ~Q(exit_document="") & Q(exit_on__isnull=False)),
                name="listing_exit_has_ground",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["shielded", "revoked", "expired"]) | Q(exit_on__isnull=True),
                name="listing_live_has_no_exit",
            ),
            models.CheckConstraint(
                condition=~Q(status="expired") | Q(term_ends_on__isnull=False),
                name="listing_expired_had_a_term",
            ),
            models.CheckConstraint(
                condition=Q(term_ends_on__isnull=True)
                | Q(decided_on__isnull=True)
                | Q(term_ends_on__gt=F("decided_on")),
                name="listing_term_after_decision",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(exit_on__isnull=False),
                name="listing_erased_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True, source_number__isnull=True)
                | Q(source__isnull=False, source_number__isnull=False),
                name="listing_mirrored_is_numbered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.case_number}"


class Relation(models.Model):
    """A person behind a listed unit, with dates. Never a listing: measures reach them only through this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="relations", verbose_name="名单条目", db_constraint=False
    )
    role = models.CharField("身份", max_length=24, choices=RelationRole)
    name = models.CharField("姓名", max_length=200)
    name_key = models.CharField(max_length=200)
    id_type = models.CharField("证件类型", max_length=30, choices=IdentifierType, blank=True)
    id_value = EncryptedTextField("证件号码", null=True, blank=True)
    id_masked = models.CharField("脱敏号码", max_length=60, blank=True)
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)
    # The batches that wrote the row and that ended it, for their reversal.
    batch = models.ForeignKey("registry.Batch", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    ended_by = models.ForeignKey(
        "registry.Batch", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "关联人员"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(role__in=RelationRole.values), name="relation_role_is_known"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="relation_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["listing", "role", "name_key"],
                condition=Q(until__isnull=True),
                name="relation_stands_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_role_display()}）"


class MatchKey(models.Model):
    """The one table that answers every identity question: a keyed digest, the listing it leads to, and in which role.

    Rows exist only while the listing is live; leaving the list deletes them in the same transaction.
    """

    id = models.BigAutoField(primary_key=True)
    digest = models.BinaryField(max_length=16)
    kind = models.SmallIntegerField(choices=KeyKind)
    role = models.CharField(max_length=24, choices=Role)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="match_keys", db_constraint=False)
    relation = models.ForeignKey(
        Relation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="match_keys",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "匹配键"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest"], name="match_key_by_digest"),
            models.Index(fields=["relation"], name="match_key_of_relation", condition=Q(relation__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="match_key_role_is_known"),
            models.CheckConstraint(
                condition=Q(role="subject", relation__isnull=True) | (~Q(role="subject") & Q(relation__isnull=False)),
                name="match_key_relation_has_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} → {self.listing_id}"
