"""Reading settings from the environment, and the places of the embedded default.

Used by the settings and by the supervisor, so it imports nothing of Django but
its error class: both must agree on where the sockets and the keys are.
"""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def read(name: str, default: str | None = None) -> str | None:
    """The value of `name`, or the content of the file that `name_FILE` names."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE 指向的文件无法读取：{error.strerror}") from error
    value = os.environ.get(name, "").strip()
    return value or default


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on."""
    value = read(name)
    return default if value is None else value.lower() in {"1", "true", "yes", "on"}


def var_dir() -> Path:
    """Where the embedded servers, the keys and the uploaded files live (`VAR_DIR`, default `var/`)."""
    return Path(read("VAR_DIR") or BASE_DIR / "var").resolve()


def socket_dir() -> Path:
    """A short private directory for the embedded servers' sockets.

    A socket's path may have 107 bytes at most, a checkout's path may be longer;
    so it lies in the temporary directory, under a name derived from `VAR_DIR`.
    """
    digest = hashlib.sha256(f"{os.getuid()}:{var_dir()}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"jdp-{digest}"


def embedded_database_url() -> str:
    return f"postgresql://app@/app?host={socket_dir()}"


def embedded_redis_url() -> str:
    return f"redis+socket://{socket_dir() / 'broker.sock'}?virtual_host=0"


def cache_url(broker_url: str) -> str:
    """The cache's address: the broker's server, but database 1, so that clearing the cache never empties the queue."""
    if url := read("CACHE_URL"):
        return url
    parts = urlsplit(broker_url)
    if parts.scheme == "redis+socket":  # redis-py spells a socket address `unix://`, kombu `redis+socket://`
        return f"unix://{parts.path}?db=1"
    return parts._replace(path="/1").geturl()


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a `postgresql://user:password@host:port/name?option=…` address."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL 必须以 postgresql:// 开头；本平台只支持 PostgreSQL。")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "app",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def key(name: str, *, embedded: bool) -> str:
    """A secret from the environment; on the embedded default one made at first use and kept under `var/keys/`."""
    if value := read(name):
        return value
    if not embedded:
        raise ImproperlyConfigured(f"生产环境缺少 {name}：请在环境变量 {name} 或 {name}_FILE 中提供。")
    path = var_dir() / "keys" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_hex(32), encoding="utf-8")
        try:
            os.link(temporary, path)  # two processes may start at once: the first one's key stands
        except FileExistsError:
            pass
        temporary.unlink()
    return path.read_text(encoding="utf-8").strip()
