"""`manage.py issue_key USERNAME`: a new API key, printed once."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from agencies.models import User
from agencies.services import accounts
from core.errors import DomainError


class Command(BaseCommand):
    help = "签发一把接口密钥，只显示这一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--purpose", default="", help="用途")
        parser.add_argument("--days", type=int, default=None, help="有效天数，默认不限")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("没有这个用户名。")
        try:
            issued = accounts.issue_key(
                user=user,
                purpose=options["purpose"],
                days=options["days"],
                by="command line",
                at=now(),
                rng=secrets.SystemRandom(),
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(issued.text)
