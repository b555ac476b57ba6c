"""The court, its people, and the way a list takes through the platform."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agencies.models import User
from registry.models import Batch, Court
from tests import builders
from tests.registry import builders as lists


@pytest.fixture(autouse=True)
def _own_uploads(request: pytest.FixtureRequest, tmp_path: Path, settings: object) -> None:
    """Uploads of a test stay with the test, unless a worker has to read them."""
    from django.core.files.storage import default_storage

    if "celery_worker" in request.fixturenames:
        return
    storage = {**settings.STORAGES}  # type: ignore[attr-defined]
    options = {**storage["default"]["OPTIONS"], "location": tmp_path / "uploads"}
    storage["default"] = {**storage["default"], "OPTIONS": options}
    settings.STORAGES = storage  # type: ignore[attr-defined]
    assert default_storage.path("x").startswith(str(tmp_path))


@pytest.fixture
def court(db: None) -> Court:
    return builders.make_court()


@pytest.fixture
def clerk(court: Court) -> User:
    return builders.make_clerk(court=court)


@pytest.fixture
def reviewer(court: Court) -> User:
    return builders.make_reviewer(court=court)


@pytest.fixture
def upload(tmp_path: Path, court: Court, clerk: User) -> Callable[..., Batch]:
    """rows → a batch that has been read and planned."""
    return lambda *rows, **given: lists.upload(tmp_path, rows, court, clerk, **given)


@pytest.fixture
def bring_in(upload: Callable[..., Batch], reviewer: User) -> Callable[..., Batch]:
    """rows → an applied batch."""

    def bring_in(*rows: Mapping[str, str]) -> Batch:
        return lists.apply(upload(*rows), reviewer)

    return bring_in
