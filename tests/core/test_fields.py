"""A text that the database holds encrypted."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import F

from core.models import IdempotencyRecord

pytestmark = pytest.mark.django_db


def make(body: str | None) -> IdempotencyRecord:
    return IdempotencyRecord.objects.create(actor="a", key="k", path="/", request_digest=b"", body=body)


@pytest.mark.parametrize("body", ["密文", "", None])
def test_a_value_comes_back(body):
    assert IdempotencyRecord.objects.get(pk=make(body).pk).body == body


def test_the_database_sees_only_ciphertext_however_it_was_written():
    record = make("密文")
    IdempotencyRecord.objects.update(body="再密")
    record.body = "三密"
    IdempotencyRecord.objects.bulk_update([record], ["body"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM core_idempotencyrecord")
        stored = bytes(cursor.fetchone()[0])
    assert stored[0] == 1
    assert "密".encode() not in stored
    assert IdempotencyRecord.objects.values_list("body", flat=True).get() == "三密"


@pytest.mark.parametrize("lookup", ["body", "body__exact", "body__in", "body__contains", "body__gt", "body__upper"])
def test_it_cannot_be_searched(lookup):
    with pytest.raises(FieldError):
        IdempotencyRecord.objects.filter(**{lookup: ["x"] if lookup.endswith("in") else "x"})


def test_absence_can_be_asked_for_and_a_copy_is_read_alike():
    record = make(None)
    assert IdempotencyRecord.objects.filter(body__isnull=True).get() == record
    make_other = IdempotencyRecord.objects.create(actor="b", key="k", path="/", request_digest=b"", body="密")
    assert IdempotencyRecord.objects.filter(body__isnull=False).annotate(copy=F("body")).get().copy == "密"
    assert make_other.body == "密"
