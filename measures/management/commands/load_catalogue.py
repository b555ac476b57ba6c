"""manage.py load_catalogue: load or update the shipped documents."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from core.errors import InvalidInput
from measures.imports.files import DIRECTORY, read_catalogue
from measures.services.loader import load_catalogue


class Command(BaseCommand):
    help = "载入或更新措施目录；重复执行不会改变已载入的内容。逐文件打印措施数和差异。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--directory", type=Path, default=DIRECTORY, help="目录文件所在文件夹")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            catalogue = read_catalogue(options["directory"])
        except InvalidInput as error:
            for problem in error.errors:
                self.stderr.write(f"{problem.field}：{problem.detail}")
            raise CommandError(f"目录文件有 {len(error.errors)} 处错误，未载入") from error
        report = load_catalogue(catalogue=catalogue, by="system", at=now())
        for document in report.documents:
            self.stdout.write(
                f"{document.doc_number}：{document.total} 项，新增 {len(document.added)}，"
                f"变更 {len(document.changed)}，撤回 {len(document.withdrawn)}"
            )
            for label, numbers in (("变更", document.changed), ("撤回", document.withdrawn)):
                if numbers:
                    self.stdout.write(f"  {label}：{'、'.join(numbers)}")
        total = sum(document.total for document in report.documents)
        self.stdout.write(f"合计 {total} 项措施，{report.laws} 部法律文件，复核结论变动 {len(report.reviewed)} 项")
        self.stdout.write(f"目录版本 {report.version}{'' if report.is_changed else '（内容没有变化）'}")
