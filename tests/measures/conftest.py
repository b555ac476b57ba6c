"""The shipped catalogue, loaded."""

import pytest

from measures.imports.files import Catalogue, read_catalogue
from measures.services.loader import LoadReport, load_catalogue
from tests.builders import NOW


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    return read_catalogue()


@pytest.fixture
def loaded(db: None, shipped: Catalogue) -> LoadReport:
    """The whole shipped catalogue in the database."""
    return load_catalogue(catalogue=shipped, by="system", at=NOW)
