"""Where changes may be pushed to, how a push is signed, and how long to wait before the next attempt."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from urllib.parse import urlsplit

ATTEMPTS = 12
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
HTTPS = 443


class PushProblem(Enum):
    """Why nothing was, or may be, sent: a stable word and its sentence."""

    URL_UNREADABLE = "url_unreadable", "不是完整的网址，应形如 https://主机/路径"
    NOT_HTTPS = "not_https", "只能推送到 https 地址"
    WITH_CREDENTIALS = "with_credentials", "网址里不能带用户名或密码"
    HOST_NOT_ALLOWED = "host_not_allowed", "该主机不在平台允许推送的主机之内，请部署人员核实后加入 WEBHOOK_HOSTS"
    ADDRESS_NOT_ALLOWED = "address_not_allowed", "主机名解析到了不允许的地址（本机、链路本地或组播）"
    UNRESOLVABLE = "unresolvable", "主机名无法解析"
    TIMED_OUT = "timed_out", "五秒内没有应答"
    TLS_FAILED = "tls_failed", "证书不受信任或加密连接失败"
    NOT_CONNECTED = "not_connected", "无法连接或连接中断"
    NOT_HTTP = "not_http", "应答不是 HTTP"
    REDIRECTED = "redirected", "对方要求转到别处，平台不跟随"
    REFUSED = "refused", "对方没有以 2xx 应答"

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Target:
    """Where a push goes: resolved and connected to by us, never followed elsewhere."""

    host: str
    port: int
    path: str
    is_secure: bool

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS if self.is_secure else 80) else f"{host}:{self.port}"


def read_target(url: str, *, hosts: Collection[str], loopback: bool) -> Target | PushProblem:
    """The target of an address, or why changes may not be pushed to it.

    `hosts`: the allowed hosts, `name` for its port 443 or `name:port`. With `loopback` (trials and tests) an allowed
    loopback address may also be plain http and have any port; without it no loopback name is a target at all.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return PushProblem.URL_UNREADABLE
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.scheme not in {"http", "https"} or not url.isascii() or any(c <= " " for c in url):
        return PushProblem.URL_UNREADABLE
    if parts.username is not None or parts.password is not None:
        return PushProblem.WITH_CREDENTIALS
    is_secure = parts.scheme == "https"
    port = port or (HTTPS if is_secure else 80)
    path = parts.path or "/"
    target = Target(host, port, f"{path}?{parts.query}" if parts.query else path, is_secure)
    allowed = {each.strip().lower() for each in hosts}
    if is_loopback(host):
        return target if loopback and host in allowed else PushProblem.HOST_NOT_ALLOWED
    if not is_secure:
        return PushProblem.NOT_HTTPS
    named = {f"{host}:{port}", host} if port == HTTPS else {f"{host}:{port}"}
    return target if named & allowed else PushProblem.HOST_NOT_ALLOWED


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_connect(address: str, *, loopback: bool) -> bool:
    """Whether a resolved address may be connected to: anything but this machine, its link, and groups.

    Private networks are allowed, for the receivers stand in the government's own network; which hosts are receivers
    is the allow-list's business.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback:
        return loopback
    is_reserved = ip.version == 4 and ip.is_reserved  # 240.0.0.0/4 with the broadcast address
    return not (ip.is_unspecified or ip.is_link_local or ip.is_multicast or is_reserved)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt (1-based) before the next: one minute, doubled each time, six hours."""
    doubled = min(max(attempts, 1) - 1, 20)  # far beyond the longest pause
    return min(FIRST_PAUSE * (1 << doubled), LONGEST_PAUSE)


def is_given_up(attempts: int) -> bool:
    """After the twelfth failure in vain nobody tries again by itself."""
    return attempts >= ATTEMPTS


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`X-Signature`: HMAC-SHA256 over `timestamp.body` with the secret's text as key, in hexadecimal digits."""
    signed = str(timestamp).encode() + b"." + body
    return "sha256=" + hmac.digest(secret.encode(), signed, "sha256").hex()


def problem_of_status(status: int) -> PushProblem | None:
    """None for 2xx; a redirect is not followed, all else is a refusal."""
    if 200 <= status < 300:
        return None
    return PushProblem.REDIRECTED if 300 <= status < 400 else PushProblem.REFUSED
