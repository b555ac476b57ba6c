"""Where changes may be pushed to, how a push is signed, and how long one waits."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from registry.rules.webhooks import (
    PushProblem,
    Target,
    is_given_up,
    may_connect,
    pause_after,
    problem_of_status,
    read_target,
    signature,
)

HOSTS = ("hook.example.gov.cn", "other.gov.cn:8443", "127.0.0.1", "LOCALHOST", "::1")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hook.example.gov.cn/in", Target("hook.example.gov.cn", 443, "/in", True)),
        ("https://HOOK.example.gov.cn:443", Target("hook.example.gov.cn", 443, "/", True)),
        ("https://hook.example.gov.cn./in?to=1&x=2#part", Target("hook.example.gov.cn", 443, "/in?to=1&x=2", True)),
        ("https://other.gov.cn:8443/a", Target("other.gov.cn", 8443, "/a", True)),
        ("http://127.0.0.1:9/x", Target("127.0.0.1", 9, "/x", False)),
        ("http://localhost/", Target("localhost", 80, "/", False)),
        ("http://[::1]:9/", Target("::1", 9, "/", False)),
    ],
)
def test_an_allowed_address_becomes_a_target(url: str, target: Target) -> None:
    assert read_target(url, hosts=HOSTS, loopback=True) == target


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", PushProblem.URL_UNREADABLE),
        ("hook.example.gov.cn/in", PushProblem.URL_UNREADABLE),
        ("ftp://hook.example.gov.cn/", PushProblem.URL_UNREADABLE),
        ("https:///in", PushProblem.URL_UNREADABLE),
        ("https://[::1/", PushProblem.URL_UNREADABLE),
        ("https://hook.example.gov.cn:99999/", PushProblem.URL_UNREADABLE),
        ("https://hook.example.gov.cn/路径", PushProblem.URL_UNREADABLE),
        ("https://hook.example.gov.cn/a b", PushProblem.URL_UNREADABLE),
        ("https://hook.example.gov.cn/a\r\nX-Evil: 1", PushProblem.URL_UNREADABLE),
        ("https://user:word@hook.example.gov.cn/", PushProblem.WITH_CREDENTIALS),
        ("https://hook.example.gov.cn@evil.example/", PushProblem.WITH_CREDENTIALS),
        ("http://hook.example.gov.cn/in", PushProblem.NOT_HTTPS),
        ("https://evil.example/", PushProblem.HOST_NOT_ALLOWED),
        ("https://sub.hook.example.gov.cn/", PushProblem.HOST_NOT_ALLOWED),
        ("https://hook.example.gov.cn:8443/", PushProblem.HOST_NOT_ALLOWED),
        ("https://other.gov.cn/", PushProblem.HOST_NOT_ALLOWED),
        ("https://2130706433/", PushProblem.HOST_NOT_ALLOWED),
        ("https://169.254.169.254/latest", PushProblem.HOST_NOT_ALLOWED),
        ("http://127.0.0.2/", PushProblem.HOST_NOT_ALLOWED),
    ],
)
def test_any_other_address_is_refused_with_its_reason(url: str, problem: PushProblem) -> None:
    assert read_target(url, hosts=HOSTS, loopback=True) is problem


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/"])
def test_outside_trials_this_machine_is_no_target_even_if_listed(url: str) -> None:
    assert read_target(url, hosts=HOSTS, loopback=False) is PushProblem.HOST_NOT_ALLOWED


def test_without_allowed_hosts_nothing_is_pushed() -> None:
    for url in ("https://hook.example.gov.cn/", "http://127.0.0.1/"):
        assert read_target(url, hosts=(), loopback=True) is PushProblem.HOST_NOT_ALLOWED


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("10.1.2.3", True),
        ("172.16.0.9", True),
        ("192.168.1.1", True),
        ("93.184.216.34", True),
        ("2001:db8::1", True),
        ("fd00::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("fe80::1%eth0", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("255.255.255.255", False),
    ],
)
def test_where_a_name_may_lead(address: str, may: bool) -> None:
    assert may_connect(address, loopback=False) is may


def test_in_trials_the_loopback_may_be_connected_to_and_nothing_else_more() -> None:
    assert may_connect("127.0.0.1", loopback=True) and may_connect("::ffff:127.0.0.1", loopback=True)
    assert not may_connect("169.254.169.254", loopback=True)


def test_pauses_double_from_a_minute_to_six_hours_and_after_the_twelfth_it_is_over() -> None:
    minutes = [pause_after(n) / timedelta(minutes=1) for n in range(1, 13)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert [is_given_up(n) for n in (0, 1, 11, 12, 13)] == [False, False, False, True, True]
    assert pause_after(10_000) == timedelta(hours=6) and pause_after(0) == timedelta(minutes=1)


def test_the_signature_is_the_documented_one() -> None:
    expected = hmac.new(b"0f" * 32, b'1790000000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature("0f" * 32, 1_790_000_000, b'{"a":1}') == f"sha256={expected}"


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (200, None),
        (204, None),
        (299, None),
        (301, PushProblem.REDIRECTED),
        (307, PushProblem.REDIRECTED),
        (100, PushProblem.REFUSED),
        (400, PushProblem.REFUSED),
        (410, PushProblem.REFUSED),
        (503, PushProblem.REFUSED),
    ],
)
def test_only_2xx_is_a_delivery(status: int, problem: PushProblem | None) -> None:
    assert problem_of_status(status) is problem
