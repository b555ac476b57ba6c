"""`manage.py make_sample FILE --rows N --seed S [--dirty SHARE]`: a synthetic list batch."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.imports.sample import sample_rows, write_sample


class Command(BaseCommand):
    help = "生成一份合成的名单文件（.xlsx或.csv），人员号码的顺序码均为000"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--rows", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--dirty", type=float, default=0.0, help="带缺陷的行所占比例，0到1")
        parser.add_argument("--court", default="鲁0116")
        parser.add_argument("--court-name", default="莱芜区人民法院")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.suffix.lower() not in {".xlsx", ".csv"}:
            raise CommandError("文件名须以.xlsx或.csv结尾。")
        if options["rows"] < 0 or not 0 <= options["dirty"] <= 1:
            raise CommandError("行数不能为负，缺陷比例须在0与1之间。")
        rows = sample_rows(
            options["rows"],
            options["seed"],
            options["dirty"],
            court=options["court"],
            court_name=options["court_name"],
        )
        self.stdout.write(f"{path}：{write_sample(path, rows)}行")
