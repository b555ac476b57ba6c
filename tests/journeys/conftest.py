"""The stage of the journeys: the shipped regions, courts and documents, the demonstration's accounts, and a worker."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from agencies.models import User
from agencies.services.accounts import issue_key
from agencies.services.demo import PASSWORD, seed_accounts, seed_matters
from tests.registry.builders import row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

WAIT = 30  # seconds that a worker may take on a busy machine
DESKTOP, TELEPHONE = 1280, 390


@pytest.fixture
def stage(transactional_db: None) -> None:
    """Reference data, catalogue and accounts as after the first start, without a list."""
    call_command("load_reference", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    seed_accounts(at=now())
    seed_matters()


@pytest.fixture
def list_file(tmp_path: Path) -> Callable[..., Path]:
    """Rows by their cells → an .xlsx as a clerk would save it, with a heading above the columns."""

    def write(*rows: dict[str, Any]) -> Path:
        from openpyxl import Workbook

        made = [row(**each) for each in rows]
        headers = list(dict.fromkeys(header for each in made for header in each))
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["莱芜区人民法院失信被执行人名单"])
        sheet.append(headers)
        for each in made:
            sheet.append([each.get(header, "") for header in headers])
        path = tmp_path / "名单.xlsx"
        book.save(path)
        return path

    return write


def until(condition: Callable[[], Any], seconds: float = WAIT) -> Any:
    """What the condition gives as soon as it holds; fails when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(f"did not happen within {seconds} seconds")


# --- browser ---------------------------------------------------------------


@dataclass
class Desks:
    """One browser window for each person; `look` checks a page as it stands and keeps its picture."""

    browser: Browser
    address: str
    axe: Callable[[Page], None]
    pictures: Path
    story: str
    problems: list[str] = field(default_factory=list)
    windows: list[Page] = field(default_factory=list)

    def open(self, username: str = "", width: int = DESKTOP, **options: Any) -> Page:
        """A window in which this operator has signed in by the form; without a name the public's."""
        context = self.browser.new_context(
            base_url=self.address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": 844},
            **options,
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._listen)
        self.windows.append(page)
        if username:
            page.goto("/sign-in/")
            page.get_by_label("用户名").fill(username)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(re.compile(r"/(court|agency|credit-office)/$"))
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{message.location.get('url')}: {message.text}")

    def look(self, page: Page, name: str) -> None:
        """Accessible, not wider than its window; its picture goes to test-output."""
        self.axe(page)
        excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert excess <= 0, f"{name} is {excess} pixels too wide"
        page.screenshot(path=self.pictures / f"{self.story}-{name}.png", full_page=True)


@pytest.fixture
def desks(
    browser: Browser,
    live_server: Any,
    axe: Callable[[Page], None],
    screenshots: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Desks]:
    desks = Desks(browser, live_server.url, axe, screenshots, request.node.originalname.removeprefix("test_"))
    yield desks
    for number, page in enumerate(desks.windows):
        if request.node.stash.get(_failed_key(request), False):
            page.screenshot(path=screenshots / f"failed-{desks.story}-{number}.png", full_page=True)
        page.context.close()
    assert not desks.problems, f"the browser complained: {desks.problems}"


def _failed_key(request: pytest.FixtureRequest) -> Any:
    from tests.conftest import _failed

    return _failed


# --- API -------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class System:
    """Another system with the key of one operator."""

    address: str
    key: str = ""

    def __call__(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        """The parsed answer; fails on another status than expected."""
        answer = self.ask(method, path, None if body is None else json.dumps(body).encode(), "application/json")
        assert answer.status == expect, (method, path, answer.status, answer.body)
        return answer.body

    def send_file(self, path: str, file: Path, **fields: str) -> Any:
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + file.read_bytes() + b"\r\n")
        parts.append(f"--{boundary}--\r\n".encode())
        answer = self.ask("POST", path, b"".join(parts), f"multipart/form-data; boundary={boundary}")
        assert answer.status == 201, answer.body
        return answer.body

    def ask(self, method: str, path: str, body: bytes | None, content_type: str, **headers: str) -> Answer:
        url = path if path.startswith("http") else f"{self.address}/api/v1/{path}"
        request = Request(url, data=body, method=method, headers={"Content-Type": content_type, **headers})
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        try:
            with urlopen(request, timeout=30) as response:
                return Answer(response.status, _parsed(response.read()), dict(response.headers))
        except HTTPError as error:
            return Answer(error.code, _parsed(error.read()), dict(error.headers))


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


@pytest.fixture
def system(live_server: Any) -> Callable[[str], System]:
    """Username → that operator's system; "" has no key."""

    def system(username: str) -> System:
        if not username:
            return System(live_server.url)
        user = User.objects.get(username=username)
        return System(
            live_server.url, issue_key(user=user, purpose="测试", by=user, at=now(), rng=secrets.SystemRandom()).text
        )

    return system
