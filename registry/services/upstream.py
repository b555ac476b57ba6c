"""Another instance of this platform, spoken to over its API (contract.md §3): its feed, its records, its state.

Only hosts named in the setting SOURCE_HOSTS are called, over https or on this machine itself; redirects are not
followed, proxies of the environment not used, answers bounded in size and time. Nothing of an answer enters a log.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings

from core import chain
from core.errors import DomainError
from registry.choices import ChangeKind
from registry.services.feed import WITHHELD
from registry.services.records import MOST_RECORDS

TIMEOUT = 20  # seconds
MOST_BYTES = 64 * 1024 * 1024
LINES = 1_000
STATES = 1_000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class UpstreamDown(DomainError):
    """It does not answer, or not sensibly: trying later helps."""

    code, status, title = "upstream_down", 503, "上级平台没有应答"


class UpstreamRefuses(DomainError):
    """It answers, but not us: the key, its scope or the registration there must be put right by a person."""

    code, status, title = "upstream_refuses", 403, "上级平台拒绝了请求"


class OutOfStep(DomainError):
    """Its feed is not the one whose copy stands here: nothing more may be taken over from it."""

    code, status, title = "out_of_step", 409, "变更流对不上"


class NotOurProtocol(DomainError):
    """An answer that says something else than agreed: two versions that do not fit, or a damaged one."""

    code, status, title = "not_understood", 502, "上级平台的应答无法识别"


def not_a_platform_there() -> UpstreamRefuses:
    """It shows us less than a platform may have."""
    return UpstreamRefuses(
        "上级平台没有提供全部变更或记录；请确认本平台在那里登记为“平台”类订阅方。", code="records_withheld"
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of its feed."""

    number: int
    kind: str
    listing_id: UUID
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in order; `last` is the newest number of its whole feed."""

    lines: tuple[Line, ...]
    last: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page of its live listings, seen at least as of `number` with the running hash `hash`."""

    number: int
    hash: str
    listing_ids: tuple[UUID, ...]
    has_more: bool


def address_problem(base_url: str) -> str:
    """Why an address may not be called, as a sentence; empty when it may."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "地址格式有误。"
    if parts.scheme not in {"https", "http"} or not host or parts.username or parts.query or parts.fragment:
        return "请填写形如 https://平台域名 的地址。"
    if host not in settings.SOURCE_HOSTS:
        return "该主机不在允许的上级平台名单（SOURCE_HOSTS）内，请由部署人员加入。"
    if parts.scheme == "http" and host not in LOOPBACK:
        return "上级平台须使用 https。"
    return ""


class Upstream:
    """One platform, with the key that was issued to us there. Use as a context: the connection is kept meanwhile."""

    def __init__(self, base_url: str, credential: str) -> None:
        problem = address_problem(base_url)
        if problem:
            raise UpstreamRefuses(problem, code="host_not_allowed")
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "", parts.port
        self._root = f"{parts.path.rstrip('/')}/api/v1/"
        self._is_plain = parts.scheme == "http"
        self._credential = credential
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Upstream:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # --- what it is asked ---

    def changes(self, *, after: int) -> Page:
        """Lines after a number, at most a thousand."""
        answer = self._call("GET", f"changes/?{urlencode({'after': after, 'limit': LINES})}")
        with _understanding():
            if any(each["kind"] == WITHHELD for each in answer["changes"]):
                raise not_a_platform_there()
            lines = tuple(
                Line(
                    number=int(each["number"]),
                    kind=ChangeKind(each["kind"]).value,
                    listing_id=UUID(each["listing"]),
                    at=datetime.fromisoformat(each["at"]),
                    hash=str(each["hash"]),
                )
                for each in answer["changes"]
            )
            return Page(lines, int(answer["last"]), bool(answer["has_more"]))

    def records(self, listing_ids: Sequence[UUID]) -> tuple[list[dict[str, Any]], list[UUID]]:
        """Whole records, asked for 200 at a time, and those it keeps back: unknown there, or not for us."""
        found: list[dict[str, Any]] = []
        withheld: list[UUID] = []
        for start in range(0, len(listing_ids), MOST_RECORDS):
            part = [str(each) for each in listing_ids[start : start + MOST_RECORDS]]
            answer = self._call("POST", "records/", {"listings": part})
            with _understanding():
                if {each["listing"] for each in answer["records"]} | set(answer["withheld"]) != set(part):
                    raise NotOurProtocol("上级平台提供的记录与所要的不符。")
                found += answer["records"]
                withheld += [UUID(each) for each in answer["withheld"]]
        return found, withheld

    def snapshot(self, *, after: UUID | None) -> Snapshot:
        """The live listings after one, at most a thousand, with the line of its feed at which they stand."""
        query = {"limit": LINES} if after is None else {"limit": LINES, "after": str(after)}
        answer = self._call("GET", f"changes/snapshot/?{urlencode(query)}")
        with _understanding():
            listing_ids = tuple(UUID(each["id"]) for each in answer["listings"])
            return Snapshot(int(answer["number"]), str(answer["hash"]), listing_ids, bool(answer["has_more"]))

    def states(self, *, after: UUID | None) -> tuple[list[tuple[str, str]], bool]:
        """(listing, digest) of the live listings after one, at most a thousand, and whether there are more."""
        query = {"limit": STATES} if after is None else {"limit": STATES, "after": str(after)}
        answer = self._call("GET", f"records/state/?{urlencode(query)}")
        with _understanding():
            pairs = [(str(UUID(each["listing"])), str(each["digest"])) for each in answer["listings"]]
            return pairs, bool(answer["has_more"])

    def acknowledge(self, *, number: int, hash: str) -> bool:  # noqa: A002 contract.md §3 names it so
        """Tell it where our copy stands; whether it is its own copy at that number."""
        answer = self._call("POST", "changes/ack/", {"number": number, "hash": hash})
        with _understanding():
            return bool(answer["in_step"])

    # --- how it is asked ---

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._credential}", "Accept": "application/json"}
        data = None if body is None else json.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        is_fresh = self._connection is None
        try:
            status, text = self._send(method, path, data, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            self._close()
            if is_fresh:
                raise UpstreamDown("上级平台中断了连接，稍后自动重试。") from error
            status, text = self._again(method, path, data, headers)  # a kept connection may have gone stale
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise UpstreamDown("上级平台连接不上，稍后自动重试。") from error
        return _answer(status, text)

    def _again(self, method: str, path: str, data: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            return self._send(method, path, data, headers)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise UpstreamDown("上级平台连接不上，稍后自动重试。") from error

    def _send(self, method: str, path: str, data: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            if self._is_plain:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
            else:
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=context)
        self._connection.request(method, self._root + path, data, dict(headers))
        response = self._connection.getresponse()
        text = response.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            self._close()
            raise NotOurProtocol("上级平台的应答超出限度。")
        return response.status, text


def _answer(status: int, text: bytes) -> Any:
    if status in {401, 403, 404}:
        raise UpstreamRefuses(f"上级平台拒绝了请求（{status}），请核对接口密钥、范围和在那里的登记。")
    if status == 429 or status >= 500:
        raise UpstreamDown(f"上级平台暂不可用（{status}），稍后自动重试。")
    if status != 200:
        raise NotOurProtocol(f"上级平台的应答（{status}）不是约定的内容。")
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotOurProtocol("上级平台的应答不是约定的内容。") from error


class _understanding:  # noqa: N801 reads as a statement
    """Turns an answer of another shape than agreed into NotOurProtocol."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, (KeyError, TypeError, ValueError, AttributeError)):
            raise NotOurProtocol("上级平台的应答不是约定的内容。") from error


def follow(lines: Sequence[Line], *, number: int, hash: str) -> tuple[int, str]:  # noqa: A002 contract.md §3 names it so
    """Number and running hash after the lines, computed here from what stood at `number`. Raises OutOfStep where a
    number is missing or a hash is another: the feed was cut, changed, or restored from an older state."""
    running = hash or chain.GENESIS
    for line in lines:
        if line.number != number + 1:
            raise OutOfStep(f"上级平台的变更流缺第 {number + 1} 号。")
        running = chain.next_hash(running, line.number, f"{line.kind}\n{line.listing_id}\n{_utc(line.at)}")
        if running != line.hash:
            raise OutOfStep(f"上级平台变更流第 {line.number} 号的校验值与本平台的副本不符。")
        number = line.number
    return number, running


def _utc(at: datetime) -> str:
    """As `Change.chain_content` writes it."""
    return at.astimezone(UTC).isoformat()
