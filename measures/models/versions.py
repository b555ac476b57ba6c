"""Which state of the catalogue is loaded."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class CatalogueVersion(models.Model):
    """One load that changed the catalogue; the newest row says which state is current.

    Its key is never used twice, so it names a state of the whole catalogue (措施目录版本).
    """

    loaded_at = models.DateTimeField("载入时间")
    digest = models.CharField("内容摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "目录版本"
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"第{self.pk}版"
