"""The shipped catalogue, loaded."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from measures.imports.files import Catalogue, read_catalogue
from measures.services.loader import LoadReport, load_catalogue
from tests.builders import NOW

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    return read_catalogue()


@pytest.fixture
def loaded(db: None, shipped: Catalogue) -> LoadReport:
    """The whole shipped catalogue in the database."""
    return load_catalogue(catalogue=shipped, by="system", at=NOW)


@pytest.fixture(scope="module")
def loaded_once(
    django_db_setup: None, django_db_blocker: "DjangoDbBlocker", shipped: Catalogue
) -> Iterator[LoadReport]:
    """The same for all tests of a module, which only read or undo what they change (`db`)."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_catalogue(catalogue=shipped, by="system", at=NOW)
        transaction.set_rollback(True)
