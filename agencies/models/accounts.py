"""Units, their operators, and their keys."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agencies.choices import AgencyKind, KeyScope, UserRole
from agencies.querysets import AgencyQuerySet
from measures.models import Measure, NamedUnit
from registry.models import Court, Region


class Agency(models.Model):
    """A unit that takes part: one account per unit (一单位一账户), with named operators beneath."""

    name = models.CharField("单位名称", max_length=100, unique=True)
    kind = models.CharField("类别", max_length=15, choices=AgencyKind)
    region = models.ForeignKey(Region, models.PROTECT, related_name="agencies", verbose_name="地区")
    court = models.OneToOneField(Court, models.PROTECT, null=True, blank=True, related_name="agency")
    named_units = models.ManyToManyField(
        NamedUnit, blank=True, related_name="agencies", verbose_name="对应文件所列单位"
    )
    is_active = models.BooleanField("启用", default=True)

    objects: ClassVar[AgencyQuerySet] = AgencyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering: ClassVar[list[str]] = ["region", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=AgencyKind.values), name="agency_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="court", court__isnull=False) | (~Q(kind="court") & Q(court__isnull=True)),
                name="agency_court_has_its_court",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.select_related("agency__court", "agency__region").get(username=username)


class User(AbstractBaseUser):
    """A named operator of a unit; an administrator belongs to none."""

    username = models.CharField("账号", max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    display_name = models.CharField("姓名", max_length=60)
    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="operators",
        verbose_name="单位",
    )
    role = models.CharField("角色", max_length=15, choices=UserRole)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "操作员"
        ordering: ClassVar[list[str]] = ["username"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(role__in=UserRole.values), name="user_role_is_known"),
            models.CheckConstraint(
                condition=Q(role="administrator", agency__isnull=True)
                | (~Q(role="administrator") & Q(agency__isnull=False)),
                name="user_belongs_to_a_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class ApiKey(models.Model):
    """A key for another system, acting as one operator within `scopes`; only its SHA-256 is stored."""

    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys")
    prefix = models.CharField("前缀", max_length=12, unique=True)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=KeyScope), verbose_name="范围")
    purpose = models.CharField("用途", max_length=200, blank=True)
    created_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("到期时间", null=True, blank=True)
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)
    last_used_on = models.DateField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(scopes__len=0), name="api_key_has_scopes"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Matter(models.Model):
    """A business item of a unit (事项), such as 政府采购供应商资格审查, with the measures it triggers."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="matters", verbose_name="单位")
    code = models.CharField("事项编码", max_length=60)
    name = models.CharField("事项名称", max_length=200)
    measures = models.ManyToManyField(Measure, related_name="matters", verbose_name="触发措施")
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering: ClassVar[list[str]] = ["agency", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="matter_code_is_unique_in_its_unit"),
            models.UniqueConstraint(fields=["agency", "name"], name="matter_name_is_unique_in_its_unit"),
        ]

    def __str__(self) -> str:
        return self.name
