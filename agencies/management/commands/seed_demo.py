"""`seed_demo`: the demonstration's regions, courts, units, accounts and list; idempotent (contract.md §1)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from agencies.services import demo
from registry.services.reference import load_reference_data


class Command(BaseCommand):
    help = "写入演示用的地区、法院、单位、账号和名单；可重复运行。仅限 DEBUG 或 --force。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="在非调试环境写入演示数据")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["force"]):
            raise CommandError("演示数据只写入调试环境；确需写入请加 --force。")
        at = timezone.now()
        load_reference_data()
        made = demo.seed_accounts(at=at)
        matters = demo.seed_matters()
        batch = demo.seed_list(at=at)
        self.stdout.write(f"账号：新建 {len(made)} 个，密码 {demo.PASSWORD}；事项 {matters} 项。")
        self.stdout.write(f"名单：入库 {batch.count_add} 条。" if batch else "名单：已有演示名单，未重复入库。")
