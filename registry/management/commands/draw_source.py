"""manage.py draw_source ID: one turn of a source of the list, without a worker."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.timezone import now

from registry.models import Source
from registry.services import drawing


class Command(BaseCommand):
    help = "轮到一次：收取名单来源的文件或同步上级平台的变更。不写编号时轮遍所有到时的来源。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=int, nargs="?", help="来源编号")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = (
            [options["source"]] if options["source"] else list(Source.objects.due(now()).values_list("pk", flat=True))
        )
        failed = False
        for source_id in chosen:
            for run in drawing.draw(source_id, at=now()):
                counts = "，".join(f"{name} {value}" for name, value in run.counts.items())
                self.stdout.write(
                    f"{run.source} {run.get_kind_display()}：{run.get_status_display()} {run.error or counts}"
                )
                failed = failed or run.status != "done"
        if failed:
            raise SystemExit(1)
