"""Whole instances of the platform beside the suite's own: a database, keys and a real web server each.

A database is cloned from the suite's empty one. What a worker would do is done in this process, which steps `inside`
an instance: its database and its keys.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings
from django.db import connection
from django.test import override_settings

from agencies.models import User
from agencies.services.accounts import issue_key
from bench.place import Web
from config import processes
from registry.models import Court, Source
from registry.services import drawing, sources
from registry.services.subscribers import register_subscriber
from tests import builders, services
from tests.agencies.builders import RNG
from tests.builders import NOW


class Instance:
    """One platform. `number` makes its keys its own."""

    def __init__(self, number: int, folder: Path) -> None:
        self.name = f"platform_{number}"
        self.folder = folder / self.name
        self.folder.mkdir()
        self.id_key, self.data_key = f"{number:02}" * 32, f"{number + 50:02}" * 32
        self.web: Web | None = None

    def begin_anew(self) -> None:
        """An empty database; a web server that runs already finds it at its next request."""
        _copy_database(self.name)

    # --- its processes ---

    @property
    def environ(self) -> dict[str, str]:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.name}").geturl()
        return {
            **os.environ,
            "DATABASE_URL": url,
            "ID_KEY": self.id_key,
            "DATA_KEY": self.data_key,
            "VAR_DIR": str(self.folder),
            "SOURCE_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STATIC_ROOT": str(self.folder / "static"),
        }

    def serve(self) -> str:
        """Start gunicorn and give its address; after `kill` again at the same one."""
        if self.web is None:
            (self.folder / "static").mkdir(exist_ok=True)
            self.web = Web(self.name, "config.wsgi", self.environ, self.folder / "web.log")
        if self.web.process is None:
            self.web.start()
        return f"http://127.0.0.1:{self.web.port}"

    def kill(self) -> None:
        """SIGKILL for the web server and its workers, as when the machine goes away."""
        assert self.web is not None and self.web.process is not None
        processes.kill_group(self.web.process)
        self.web.process.wait()
        self.web.process = None

    def spawn_draw(self, source_id: int) -> subprocess.Popen[bytes]:
        """A worker's turn at a source, in a process of its own."""
        command = [sys.executable, "manage.py", "draw_source", str(source_id)]
        return subprocess.Popen(
            command, env=self.environ, cwd=services.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def stop(self) -> None:
        if self.web is not None and self.web.process is not None:
            processes.stop(self.web.process, with_signal=signal.SIGKILL, seconds=5)

    # --- stepping inside ---

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This process works on the instance's database with its keys."""
        before = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = self.name
        storages: dict[str, Any] = {**settings.STORAGES}
        options = {**storages["default"]["OPTIONS"], "location": self.folder / "uploads"}
        storages["default"] = {**storages["default"], "OPTIONS": options}
        changed: dict[str, Any] = {
            "ID_KEY": self.id_key,
            "DATA_KEY": self.data_key,
            "STORAGES": storages,
            "SOURCE_HOSTS": ("127.0.0.1",),
            "SOURCES_DIR": self.folder / "sources",
        }
        try:
            with override_settings(**changed):
                yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before

    def other_session(self) -> Any:
        """A connection of its own to the instance's database."""
        return psycopg2.connect(**(connection.get_connection_params() | {"dbname": self.name}))

    # --- who is there ---

    def people(self) -> tuple[Court, User, User]:
        """The court with its clerk and reviewer."""
        court = builders.make_court()
        return court, builders.make_clerk(court=court), builders.make_reviewer(court=court)

    def takes_on(self, follower: Instance, kind: str = "platform") -> tuple[str, str]:
        """Register the follower as a subscriber here; its key and secret. Step inside first."""
        account = builders.make_user(f"of-{follower.name}", "administrator")
        registered = register_subscriber(name=follower.name, kind=kind, username=account.username, by=account, at=NOW)
        registered.subscriber.purpose = "同步失信被执行人名单"
        registered.subscriber.save(update_fields=["purpose"])
        return issue_key(user=account, by=account, at=NOW, rng=RNG).text, registered.secret

    def follows(self, address: str, key: str, secret: str) -> Source:
        """Set up the source here. Step inside first."""
        administrator = builders.make_user("admin", "administrator")
        return sources.follow_platform(
            name="上级平台", base_url=address, credential=key, secret=secret, by=administrator, at=NOW
        )


def draw(source: Source, at: Any = NOW) -> list[Any]:
    """One turn, as a worker would take it. Step inside first."""
    return drawing.draw(source.pk, at=at)


def _copy_database(name: str) -> None:
    """A clone of the suite's empty database; whoever is still in that one from an earlier test is sent out of it."""
    template = connection.settings_dict["NAME"]
    connection.close()
    with _administering() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [template])
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop_database(name: str) -> None:
    with _administering() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _administering() -> Iterator[Any]:
    """A cursor of a connection to no database of ours, in autocommit."""
    admin = psycopg2.connect(**(connection.get_connection_params() | {"dbname": "postgres"}))
    admin.autocommit = True
    try:
        with admin.cursor() as cursor:
            yield cursor
    finally:
        admin.close()
