"""The platform's checks of itself: `manage.py doctor` runs all, `/readyz` the vital ones.

An app adds its own in a module `doctor`, which the command imports:

    @doctor.check("日历年度")
    def years_are_known() -> tuple[bool, str]: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now
from kombu import Connection
from kombu.exceptions import OperationalError

from core import heartbeat

Check = Callable[[], tuple[bool, str]]
CHECKS: dict[str, Check] = {}


@dataclass(frozen=True)
class Finding:
    """What one check found: a Chinese sentence, and whether all is well."""

    name: str
    ok: bool
    sentence: str


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a name that `doctor` prints; it returns (ok, sentence)."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def run(names: Iterable[str] | None = None) -> list[Finding]:
    """Run the named checks, or all in the order of their registration.

    A check that raises counts as bad: its error's class is named, its text is not, it may quote data.
    """
    findings = []
    for name in CHECKS if names is None else names:
        try:
            ok, sentence = CHECKS[name]()
        except Exception as error:  # noqa: BLE001 - the finding reports it
            ok, sentence = False, f"检查未能完成（{type(error).__name__}）"
        findings.append(Finding(name, ok, sentence))
    return findings


@check("settings")
def settings_are_sound() -> tuple[bool, str]:
    problems = [problem.id or "?" for problem in checks.run_checks() if problem.level >= checks.ERROR]
    if problems:
        return False, f"设置检查未通过：{'、'.join(problems)}"
    if settings.EMBEDDED:
        return True, "设置正常（内置服务，密钥在 var/keys）"
    return True, "设置正常（外部数据库）"


@check("database")
def database_answers() -> tuple[bool, str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            row = cursor.fetchone()
    except Error as error:
        return False, f"数据库无法连接（{type(error).__name__}）"
    return True, f"PostgreSQL {row[0]}"


@check("migrations")
def migrations_are_applied() -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return (False, f"有 {len(waiting)} 个数据库迁移未执行") if waiting else (True, "数据库迁移已全部执行")


@check("broker")
def broker_answers() -> tuple[bool, str]:
    try:
        with Connection(settings.BROKER_URL, transport_options={"socket_connect_timeout": 2}) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
        cache.get("heartbeat:worker")
    except (redis.RedisError, OperationalError, OSError) as error:
        return False, f"消息队列无法连接（{type(error).__name__}）"
    return True, "消息队列与缓存可用"


def _is_alive(name: str, title: str) -> tuple[bool, str]:
    try:
        age = heartbeat.age(name, at=now())
    except redis.RedisError:
        return False, f"{title}状态未知：缓存无法连接"
    if age is None:
        return False, f"{title}没有心跳"
    return age < heartbeat.STALE_AFTER_SECONDS, f"{title}最近一次心跳在 {age:.0f} 秒前"


@check("worker")
def worker_is_alive() -> tuple[bool, str]:
    return _is_alive(heartbeat.WORKER, "后台任务进程")


@check("beat")
def beat_is_alive() -> tuple[bool, str]:
    return _is_alive(heartbeat.BEAT, "定时任务进程")
