"""manage.py import_list FILE --court CODE [--approve-as USERNAME]: the upload pipeline without a browser or worker.

A whole list: --snapshot --exit-ground GROUND --exit-document NUMBER --exit-on DAY. One of several sheets: --sheet NAME.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from core.errors import DomainError
from registry.choices import BatchMode, BatchStatus, ExitGround
from registry.models import Batch, BatchRow, Court
from registry.services import batches, reading

BUSY = {BatchStatus.QUEUED, BatchStatus.READING, BatchStatus.APPLYING}
MOST_PROBLEMS = 20
TITLES = {
    "rows": "行数",
    "add": "新增",
    "update": "变更",
    "remove": "退出",
    "unchanged": "无变化",
    "rejected": "不予入库",
    "repaired": "已修正",
}


class Command(BaseCommand):
    help = "导入名单文件：打印比对结果；加 --approve-as 才入库。上传人默认为该院的第一个经办人。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--court", required=True, help="法院代字，如 鲁0116")
        parser.add_argument("--upload-as", default="", help="上传人账号")
        parser.add_argument("--approve-as", default="", help="复核人账号（不能是上传人）")
        parser.add_argument("--note", default="")
        parser.add_argument("--sheet", default="", help="工作簿有多张名单时，读取哪一张")
        parser.add_argument("--snapshot", action="store_true", help="文件是本院的全部名单，缺漏的条目退出")
        parser.add_argument("--exit-ground", default="", choices=ExitGround.values, help="全量：缺漏条目的退出原因")
        parser.add_argument("--exit-document", default="", help="全量：缺漏条目的退出依据文号")
        parser.add_argument("--exit-on", type=date.fromisoformat, help="全量：缺漏条目的退出日期，如 2026-11-20")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except DomainError as error:
            said = "".join(problem.detail for problem in error.errors) or error.detail or error.title
            raise CommandError(f"{said}（{error.code}）") from None

    def _import(self, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"没有文件 {path}。")
        court = Court.objects.filter(code=options["court"]).first()
        if court is None:
            raise CommandError(f"没有代字为 {options['court']} 的法院。")
        batch = batches.upload_batch(
            court=court,
            file=path,
            file_name=path.name,
            note=options["note"],
            by=self._uploader(court, options["upload_as"], options["approve_as"]),
            at=now(),
            mode=batches.Mode(
                BatchMode.SNAPSHOT if options["snapshot"] else BatchMode.CHANGES,
                options["exit_ground"],
                options["exit_document"],
                options["exit_on"],
            ),
            sheet=options["sheet"],
        )
        if batch.awaits_sheet:
            raise CommandError(f"工作簿有多张名单：{'、'.join(batch.sheets)}，请用 --sheet 指明（批次 {batch.pk}）。")
        batch = self._settled(batch, lambda: reading.read_batch(batch.pk, at=now()))
        self._print_plan(batch)
        if not options["approve_as"] or batch.status != BatchStatus.PREVIEWED:
            return
        batches.approve_batch(batch_id=batch.pk, by=self._user(options["approve_as"]), at=now())
        batch = self._settled(batch, lambda: batches.apply_batch(batch.pk, at=now()))
        self.stdout.write(f"{batch.get_status_display()}{'：' + batch.failure if batch.failure else ''}")
        if batch.status != BatchStatus.APPLIED:
            raise SystemExit(1)

    def _settled(self, batch: Batch, work: Callable[[], Batch]) -> Batch:
        """Do the work here, or wait for the worker that was quicker."""
        batch = work()
        while batch.status in BUSY:
            time.sleep(0.2)
            batch = work()
        return batch

    def _print_plan(self, batch: Batch) -> None:
        if batch.status == BatchStatus.FAILED:
            raise CommandError(f"{batch.failure}（{batch.failure_code}）")
        self.stdout.write(f"批次 {batch.pk}：{batch.get_status_display()}")
        for name, title in TITLES.items():
            self.stdout.write(f"  {title}：{getattr(batch, f'count_{name}')}")
        if batch.mode == BatchMode.SNAPSHOT:
            self.stdout.write(f"  缺漏：{batch.count_missing}")
        rejected = BatchRow.objects.filter(batch=batch, verdict="rejected").order_by("row_number")
        for row in rejected.only("row_number", "problems")[:MOST_PROBLEMS]:
            for problem in row.problems:
                if problem["severity"] == "error":
                    self.stdout.write(
                        f"  第{row.row_number}行 {problem['column']} {problem['code']}：{problem['detail']}"
                    )
        if batch.count_rejected > MOST_PROBLEMS:
            self.stdout.write(f"  …… 其余 {batch.count_rejected - MOST_PROBLEMS} 行略")

    def _uploader(self, court: Court, username: str, approver: str) -> Any:
        if username:
            return self._user(username)
        users = get_user_model().objects.filter(agency__court=court, is_active=True, role__in=["clerk", "reviewer"])
        found = users.exclude(username=approver).select_related("agency").order_by("role", "pk").first()
        if found is None:
            raise CommandError("该院没有可以上传名单的账号，请用 --upload-as 指定。")
        return found

    def _user(self, username: str) -> Any:
        found = get_user_model().objects.select_related("agency").filter(username=username).first()
        if found is None:
            raise CommandError(f"没有账号 {username}。")
        return found
