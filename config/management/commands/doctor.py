"""manage.py doctor: one line per check; exit 1 when one is bad."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import autodiscover_modules

from core import doctor


class Command(BaseCommand):
    help = "逐项检查设置、数据库、消息队列、后台进程等，一项一行；有异常时退出码为 1。"
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        autodiscover_modules("doctor")
        findings = doctor.run()
        for finding in findings:
            style = self.style.SUCCESS if finding.ok else self.style.ERROR
            self.stdout.write(f"{style('正常' if finding.ok else '异常')}  {finding.name}：{finding.sentence}")
        if not all(finding.ok for finding in findings):
            raise SystemExit(1)
