"""What `doctor` and `/readyz` look at whatever the apps add: settings, servers, processes, queues, calendar."""

import redis
from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import localdate, now
from kombu import Connection
from kombu.exceptions import OperationalError

from config import heartbeat
from core import calendar
from core.chain import chained_models
from core.doctor import check
from core.models import OutboxDelivery, OutboxEvent


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
    except DatabaseError as error:
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


@check("outbox")
def outbox_is_empty() -> tuple[bool, str]:
    """Dead letters are bad; what waits is only told."""
    waiting = OutboxEvent.objects.filter(relayed_at=None).count()
    waiting += OutboxDelivery.objects.filter(done_at=None, dead_at=None).count()
    dead = OutboxDelivery.objects.exclude(dead_at=None)
    if count := dead.count():
        consumers = "、".join(sorted(set(dead.values_list("consumer", flat=True)[:1000])))
        return False, f"有 {count} 条事件多次投递失败（{consumers}），请查明原因后重新投递；另有 {waiting} 条等待投递"
    return True, f"没有投递失败的事件，{waiting} 条等待投递"


@check("chains")
def chains_are_numbered() -> tuple[bool, str]:
    """Rows wait for their number for seconds, not minutes."""
    pending = {
        model._meta.verbose_name: model.objects.filter(number=None, recorded_at__lt=now() - heartbeat.PATIENCE).count()
        for model in chained_models()
    }
    late = "、".join(f"{name} {count} 条" for name, count in pending.items() if count)
    return (False, f"超过两分钟仍未编号：{late}") if late else (True, "审计链与变更流均已编号")


@check("calendar")
def years_are_known() -> tuple[bool, str]:
    """The State Council announces next year's holidays in November: until then its deadlines are provisional."""
    this_year = localdate().year
    if not calendar.is_known(this_year):
        return False, f"缺少 {this_year} 年的节假日安排，全部期限只能暂估；请按运维手册载入"
    if not calendar.is_known(this_year + 1):
        return True, f"{this_year} 年节假日安排已载入；{this_year + 1} 年尚未公布或未载入，跨年期限标为暂估"
    return True, f"{this_year}、{this_year + 1} 年节假日安排均已载入"
