"""What has to be true before the platform starts: migrated, catalogue loaded, demo data there, static files collected.

Run as `python -m config.prepare` by the supervisor, in a process of its own.
"""

import os

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    print("执行数据库迁移……", flush=True)
    call_command("migrate", interactive=False, verbosity=1)
    print("载入措施目录……", flush=True)
    call_command("load_catalogue")
    if settings.EMBEDDED:
        print("写入演示数据……", flush=True)
        call_command("seed_demo", force=True)
    print("汇集静态文件……", flush=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)


if __name__ == "__main__":
    try:
        main()
    except ImproperlyConfigured as error:
        raise SystemExit(f"设置有误：{error}") from None
