#!/usr/bin/env python
"""Django's command line for the platform."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config.embedded import database_for

    try:
        with database_for(sys.argv):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(f"设置有误：{error}") from None


if __name__ == "__main__":
    main()
