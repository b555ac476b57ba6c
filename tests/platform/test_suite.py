"""The suite's own ground: real servers, real browser."""

import pytest
from django.db import InternalError, connection
from django.test import Client

from core import doctor


def test_the_process_says_it_is_alive(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_without_a_worker_the_platform_is_not_ready(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": True, "migrations": True, "broker": True, "worker": False}


def test_with_a_worker_the_platform_is_ready(client: Client, celery_worker) -> None:
    assert client.get("/readyz").status_code == 200


def test_a_killed_worker_comes_back(celery_worker) -> None:
    celery_worker.kill()
    assert celery_worker.process.poll() is not None
    celery_worker.start()
    assert celery_worker.process.poll() is None


def test_a_check_that_raises_is_bad_and_its_text_stays_inside(monkeypatch) -> None:
    def broken() -> tuple[bool, str]:
        raise ValueError("370116199001010000")

    monkeypatch.setitem(doctor.CHECKS, "broken", broken)
    (finding,) = doctor.run(["broken"])
    assert not finding.ok
    assert finding.sentence == "检查未能完成（ValueError）"


def test_the_flush_empties_what_a_test_may_not(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id int)")
        cursor.execute(
            "CREATE FUNCTION kept_refuses() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
        )
        cursor.execute("CREATE TRIGGER kept BEFORE TRUNCATE ON kept EXECUTE FUNCTION kept_refuses()")
        try:
            cursor.execute("INSERT INTO kept VALUES (1)")
            with pytest.raises(InternalError, match="append-only"):
                cursor.execute("TRUNCATE kept")
            connection.ops.execute_sql_flush(["TRUNCATE kept"])
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone() == (0,)
            cursor.execute("SHOW session_replication_role")
            assert cursor.fetchone() == ("origin",)
        finally:
            cursor.execute("DROP TABLE kept; DROP FUNCTION kept_refuses")


def test_the_browser_reaches_the_site(page) -> None:
    assert page.goto("/healthz").status == 200
    assert page.evaluate("navigator.language") == "zh-CN"


def test_the_accessibility_check_can_fail(page, axe) -> None:
    page.goto("/healthz")
    with pytest.raises(AssertionError, match="html-has-lang"):
        axe(page)


def test_a_signed_in_browser_has_the_users_session(page, sign_in, django_user_model) -> None:
    sign_in(page, django_user_model.objects.create(username="visitor", role="administrator"))
    assert "sessionid" in {cookie["name"] for cookie in page.context.cookies()}
