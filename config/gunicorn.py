"""The web server's settings (`gunicorn -c config/gunicorn.py config.wsgi`)."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
try:
    settings.SECRET_KEY  # noqa: B018 - a missing key stops the start here, with one sentence
except ImproperlyConfigured as problem:
    raise SystemExit(f"设置有误：{problem}") from None

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
# More threads than cores: a check waits for the disk, and waiting checks are committed together.
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True
errorlog = "-"
accesslog = None  # the platform's own log has one line per request, without what was asked
