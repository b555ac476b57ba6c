"""A database of the first version is brought up to date with what it holds."""

import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from core.ids import uuid7
from registry.imports.received import read_raw
from registry.models import BatchRow

NAME = "upgraded"
FIRST = [("registry", "0002_append_only"), ("agencies", "0003_append_only"), ("core", "0001_initial")]


@pytest.fixture
def first_version(transactional_db: None) -> Iterator[None]:
    """The test's connection leads to a database as the first version left it."""
    before = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{NAME}" TEMPLATE template0')
    connection.close()
    connection.settings_dict["NAME"] = NAME
    MigrationExecutor(connection).migrate(FIRST)
    yield
    connection.close()
    connection.settings_dict["NAME"] = before
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
    connection.close()


def test_rows_as_received_survive_the_upgrade(first_version: None) -> None:
    apps = MigrationExecutor(connection).loader.project_state(FIRST).apps
    region = apps.get_model("registry", "Region").objects.create(code="370116", name="莱芜区")
    court = apps.get_model("registry", "Court").objects.create(code="鲁0116", name="莱芜区人民法院", region=region)
    clerk = apps.get_model("agencies", "User").objects.create(username="clerk", password="!", role="administrator")
    batch = apps.get_model("registry", "Batch").objects.create(
        id=uuid7(), court=court, file_name="名单.csv", file_size=1, uploaded_by=clerk, uploaded_at=now()
    )
    received: list[dict[str, dict[str, object]]] = [
        {"cells": {"name": "王试例", "case_number": "（2020）鲁0116执1号"}},
        {"cells": {"name": "李试例", "age": 41}, "extras": {"联系人": "经办人"}},
    ]
    rows = apps.get_model("registry", "BatchRow")
    for number, each in enumerate(received, 2):
        rows.objects.create(
            batch=batch,
            row_number=number,
            content_digest=b"",
            raw=json.dumps(each, ensure_ascii=False),
            new_listing_id=uuid7(),
            new_subject_id=uuid7(),
        )
    call_command("migrate", verbosity=0)
    opened = [read_raw(row) for row in BatchRow.objects.select_related("batch").order_by("row_number")]
    assert opened == [(received[0]["cells"], {}), (received[1]["cells"], {"联系人": "经办人"})]
