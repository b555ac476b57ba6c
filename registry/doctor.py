"""The list's checks of itself."""

from datetime import timedelta

from django.utils.timezone import localdate, now

from core.doctor import check
from registry.choices import BatchStatus, SourceStatus
from registry.models import Batch, Change, DeadlineRule, Source, Subscriber, WebhookDelivery
from registry.rules.sources import is_late
from registry.services.followers import followers

FEED_LAG = timedelta(seconds=60)
BATCH_STUCK = timedelta(minutes=30)


@check("feed")
def feed_is_numbered() -> tuple[bool, str]:
    oldest = Change.objects.filter(number=None).order_by("id").values_list("recorded_at", flat=True).first()
    last = Change.objects.last_number()
    if oldest is None:
        return True, f"变更流已编号至第 {last} 号"
    lag = now() - oldest
    return lag < FEED_LAG, f"变更流已编号至第 {last} 号，最早未编号的变更已等待 {lag.total_seconds():.0f} 秒"


@check("batches")
def batches_move() -> tuple[bool, str]:
    before = now() - BATCH_STUCK
    waiting = Batch.objects.filter(status__in=[BatchStatus.QUEUED, BatchStatus.READING], uploaded_at__lt=before)
    applying = Batch.objects.filter(status=BatchStatus.APPLYING, decided_at__lt=before)
    stuck = waiting.count() + applying.count()
    return not stuck, f"有 {stuck} 个批次超过半小时没有进展" if stuck else "名单批次无积压"


@check("deadlines")
def deadlines_are_loaded() -> tuple[bool, str]:
    national = DeadlineRule.objects.filter(pack__region_id="000000").count()
    return (
        national > 0,
        f"全国期限规则 {national} 项" if national else "没有全国期限规则，请运行 seed_demo 或载入基础数据",
    )


@check("sources")
def sources_come_in() -> tuple[bool, str]:
    at = now()
    watched = list(Source.objects.exclude(status=SourceStatus.PAUSED))
    stopped = [each.name for each in watched if each.status == SourceStatus.STOPPED]
    late = [
        each.name
        for each in watched
        if each.status == SourceStatus.ACTIVE
        and is_late(
            last_success=each.last_success_at,
            since=each.created_at,
            every=timedelta(minutes=each.every_minutes),
            at=at,
        )
    ]
    differing = [each.name for each in watched if each.difference_count]
    said = [
        f"{words}：{'、'.join(names)}"
        for words, names in (("已停止", stopped), ("逾时没有成功", late), ("核对有差异", differing))
        if names
    ]
    if said:
        return False, "名单来源" + "；".join(said)
    return True, f"名单来源 {len(watched)} 个，均正常" if watched else "没有名单来源"


@check("subscribers")
def subscribers_are_reached() -> tuple[bool, str]:
    """Dead letters are bad: they hold up what comes after them. Who is out of step or late is only told."""
    subscribers = list(Subscriber.objects.active())
    dead = WebhookDelivery.objects.dead().filter(subscriber__is_active=True).count()
    astray = sum(each.in_step is False for each in subscribers)
    late = sum(each.late_removals > 0 for each in followers(subscribers, today=localdate()))
    told = [f"{astray} 个与变更流不一致"] if astray else []
    told += [f"{late} 个转载网站逾期未确认删除"] if late else []
    said = f"；其中{'，'.join(told)}" if told else ""
    if dead:
        return False, f"有 {dead} 个订阅方的推送多次失败，后面的变更在等待，请在“谁已同步”页重新推送或跳过{said}"
    return True, f"订阅方 {len(subscribers)} 个，没有推送失败{said}"
