"""Fixtures for the whole suite: real PostgreSQL, real broker, real worker, real browser.

| fixture | gives |
|---|---|
| `db`, `transactional_db` | pytest-django's, on the suite's PostgreSQL |
| `celery_worker` | a running worker: `.kill()`, `.start()`, `.output()`; brings `transactional_db` |
| `live_server` | pytest-django's: the site over HTTP |
| `page` | a Chromium page whose base address is the live server; a script error or a CSP violation fails the test |
| `sign_in` | `sign_in(page, user)` without the form |
| `axe` | `axe(page)` fails on WCAG 2 A/AA violations |
| `screenshots` | the directory `test-output/` |
| `world` | courts, units and what lies on their desks (tests/cast.py), built once per module |
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as examples

from tests import services

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page
    from pytest_django.plugin import DjangoDbBlocker

    from config.embedded import Valkey
    from tests.cast import World

# How long an example takes says something of the machine, not of the rule: speed lives in the benchmark.
examples.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("suite")

# Playwright's loop runs in the main thread, where Django would refuse synchronous queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

OUTPUT = services.ROOT / "test-output"
_failed = pytest.StashKey[bool]()


# --- servers ---------------------------------------------------------------


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """The suite's PostgreSQL, unless DATABASE_URL names another."""
    if not services.OWN_DATABASE:
        yield
        return
    server = services.database_server()
    server.prepare()
    server.start()
    yield
    server.stop()


@pytest.fixture(scope="session", autouse=True)
def broker_server() -> Iterator["Valkey | None"]:
    """The suite's broker and cache, unless REDIS_URL names another."""
    if not services.OWN_BROKER:
        yield None
        return
    server = services.broker_server()
    server.prepare()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: None) -> None:
    """pytest-django's hook before it makes the test database: the server has to be there."""


@pytest.fixture(autouse=True)
def _empty_cache(broker_server: Any) -> None:
    """No test sees another's throttle counts or heartbeats."""
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _flush_past_append_only_triggers() -> Iterator[None]:
    """Let the flush between transactional tests empty append-only tables.

    Those refuse TRUNCATE by a trigger, and rightly. Only the flush's own
    transaction switches ordinary triggers off (`session_replication_role`);
    every statement of a test meets them.
    """
    original = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        original(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield


@pytest.fixture
def celery_worker(transactional_db: None) -> Iterator[services.CeleryWorker]:
    """A running worker with an empty queue before it."""
    from config.celery import app

    app.control.purge()
    worker = services.CeleryWorker(str(connection.settings_dict["NAME"]))
    worker.start()
    yield worker
    worker.stop()
    app.control.purge()


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: "DjangoDbBlocker", tmp_path_factory: pytest.TempPathFactory
) -> Iterator["World"]:
    """Built once for a module; its tests, marked `django_db`, each undo what they change."""
    from tests import cast

    with django_db_blocker.unblock(), cast.lasting(tmp_path_factory.mktemp("world")) as world:
        yield world


# --- browser ---------------------------------------------------------------


@pytest.fixture(scope="session")
def screenshots() -> Path:
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.chromium(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser", live_server: Any, request: pytest.FixtureRequest, screenshots: Path) -> Iterator["Page"]:
    context = browser.new_context(
        base_url=live_server.url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1280, "height": 800},
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    problems: list[str] = []

    def console(message: "ConsoleMessage") -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", console)
    yield page
    if request.node.stash.get(_failed, False):
        page.screenshot(path=screenshots / f"failed-{request.node.name}.png", full_page=True)
    context.close()
    assert not problems, f"the page's scripts or policy failed: {problems}"


@pytest.fixture
def sign_in() -> Callable[["Page", Any], None]:
    """Give the page's browser a session of `user`, as after the sign-in form."""

    def sign_in(page: "Page", user: Any) -> None:
        from django.conf import settings

        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        name = settings.SESSION_COOKIE_NAME
        base = page.evaluate("location.origin") if page.url.startswith("http") else None
        if base is None:
            page.goto("/healthz")
            base = page.evaluate("location.origin")
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])

    return sign_in


@pytest.fixture
def axe() -> Callable[["Page"], None]:
    """Fail on violations of WCAG 2.x A and AA in the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    checker = Axe()
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}

    def check(page: "Page") -> None:
        results = checker.run(page, options=options)
        assert results.violations_count == 0, results.generate_report()

    return check


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report
