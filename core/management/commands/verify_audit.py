"""Walks every chain: the audit entries and whatever else is numbered and hashed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from core import chain


class Command(BaseCommand):
    help = "校验审计链与变更流：先编号未编号的记录，再逐条核对；发现问题时退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        broken = False
        for model in chain.chained_models():
            chain.sequence(model)
            report = chain.verify(model)
            if report.is_intact:
                self.stdout.write(f"{report.table}：{report.checked} 条，完好")
            else:
                broken = True
                self.stdout.write(f"{report.table}：第 {report.first_bad} 号起不可信（{report.problem}）")
        if broken:
            sys.exit(1)
