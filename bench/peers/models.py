"""The list as one plain table with the identifier in clear, as it is usually built."""

from typing import ClassVar

from django.db import models


class PlainListing(models.Model):
    name = models.CharField(max_length=200)
    id_number = models.CharField(max_length=18, db_index=True)
    kind = models.CharField(max_length=10)
    sex = models.CharField(max_length=10, blank=True)
    age = models.IntegerField(null=True, blank=True)
    court = models.CharField(max_length=100)
    area = models.CharField(max_length=50)
    case_number = models.CharField(max_length=100, db_index=True)
    filed_on = models.DateField(null=True)
    basis_number = models.CharField(max_length=200)
    obligation = models.TextField()
    performance = models.CharField(max_length=20)
    circumstances = models.CharField(max_length=200)
    published_on = models.DateField(null=True)
    status = models.CharField(max_length=10, default="active")

    objects: ClassVar[models.Manager["PlainListing"]]

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return self.name
