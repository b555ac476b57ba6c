"""A reference that is checked once per statement holds what a foreign key would hold (docs/decisions/0012)."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from registry.models import Identifier, Subject

pytestmark = pytest.mark.django_db(transaction=True)

DELETE = "DELETE FROM registry_subject WHERE id = %s"


@pytest.fixture
def other() -> Iterator[BaseDatabaseWrapper]:
    """Another session, which does not wait long."""
    session = connection.copy()
    with session.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    yield session
    session.close()


def somebody() -> Subject:
    return Subject.objects.create(kind="person", name="王试例", name_key="王试例", key=b"one subject's key"[:16])


def number_of(subject: Subject) -> Identifier:
    return Identifier(subject=subject, type="resident_id", value="x", digest=b"a number's digest"[:16], masked="x")


def test_a_parent_cannot_go_while_a_row_that_names_it_is_being_written(other: BaseDatabaseWrapper) -> None:
    subject = somebody()
    with transaction.atomic():
        number_of(subject).save()
        with other.cursor() as cursor, pytest.raises(OperationalError, match="lock timeout"):
            cursor.execute(DELETE, [subject.pk])
    with other.cursor() as cursor, pytest.raises(IntegrityError, match="still named"):
        cursor.execute(DELETE, [subject.pk])
    assert Identifier.objects.get().subject == subject


def test_a_row_cannot_name_a_parent_that_is_on_its_way_out(other: BaseDatabaseWrapper) -> None:
    subject = somebody()
    with transaction.atomic():
        Subject.objects.filter(pk=subject.pk).delete()
        with other.cursor() as cursor, pytest.raises(OperationalError, match="lock timeout"):
            cursor.execute(
                "INSERT INTO registry_identifier (subject_id, type, value, digest, masked)"
                " VALUES (%s, 'resident_id', '', '', '')",
                [subject.pk],
            )
