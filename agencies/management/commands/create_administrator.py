"""`manage.py create_administrator USERNAME`: the first account of an installation."""

import os
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from agencies.choices import UserRole
from agencies.services import accounts
from core.errors import DomainError


class Command(BaseCommand):
    help = "建立系统管理员账户；密码取自环境变量 ADMINISTRATOR_PASSWORD，没有则询问"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--display-name", default="系统管理员", help="姓名")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            accounts.create_operator(
                username=options["username"],
                display_name=options["display_name"],
                role=UserRole.ADMINISTRATOR,
                agency=None,
                password=os.environ.get("ADMINISTRATOR_PASSWORD") or getpass("密码："),
                by="command line",
                at=now(),
            )
        except DomainError as error:
            raise CommandError(" ".join([error.detail, *(problem.detail for problem in error.errors)])) from error
        self.stdout.write(f"已建立系统管理员 {options['username']}。")
