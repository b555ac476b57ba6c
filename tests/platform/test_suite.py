"""The suite's own ground: real servers, real browser."""

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


def test_the_browser_reaches_the_site(page, axe) -> None:
    assert page.goto("/healthz").status == 200
    assert page.evaluate("navigator.language") == "zh-CN"
