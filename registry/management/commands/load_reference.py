"""manage.py load_reference: the shipped regions, courts, deadlines and procedural rules."""

from typing import Any

from django.core.management.base import BaseCommand

from registry.services.reference import load_reference_data


class Command(BaseCommand):
    help = "载入或更新随平台提供的地区、法院和期限规则；可重复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        counts = load_reference_data()
        words = {"regions": "地区", "courts": "法院", "deadlines": "期限", "rules": "程序规则"}
        self.stdout.write("，".join(f"{words[name]} {count}" for name, count in counts.items()))
