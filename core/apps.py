from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from core import calendar


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "核心"

    def ready(self) -> None:
        calendar.load_years(Path(__file__).parent / "holidays.yaml")
        if settings.HOLIDAYS_FILE:
            calendar.load_years(Path(settings.HOLIDAYS_FILE))
