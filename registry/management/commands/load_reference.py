"""manage.py load_reference: the shipped regions, courts and deadlines."""

from typing import Any

from django.core.management.base import BaseCommand

from registry.services.reference import load_reference_data


class Command(BaseCommand):
    help = "载入或更新随平台提供的地区、法院和期限规则；可重复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        counts = load_reference_data()
        self.stdout.write(f"地区 {counts['regions']}，法院 {counts['courts']}，期限 {counts['deadlines']}")
