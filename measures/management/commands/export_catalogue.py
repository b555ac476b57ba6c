"""manage.py export_catalogue: the whole catalogue as JSON on standard output (contract.md §1)."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.timezone import localdate

from measures.services.catalogue import export


class Command(BaseCommand):
    help = "把全部文件和现行措施以 JSON 写到标准输出。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(export(localdate()), ensure_ascii=False, indent=2))
