"""The platform's settings, all from the environment (README, 运维)."""

from pathlib import Path

from config import environment as env

BASE_DIR = env.BASE_DIR
VAR_DIR = env.var_dir()

DATABASE_URL = env.read("DATABASE_URL")
REDIS_URL = env.read("REDIS_URL")
EMBEDDED = DATABASE_URL is None

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.key("SECRET_KEY", embedded=EMBEDDED)
ID_KEY = env.key("ID_KEY", embedded=EMBEDDED)
DATA_KEY = env.key("DATA_KEY", embedded=EMBEDDED)
# Earlier DATA_KEYs, comma separated: still read, no longer written with.
DATA_KEY_PREVIOUS = tuple(key for key in (env.read("DATA_KEY_PREVIOUS") or "").split(",") if key)
# "aes-gcm" + "hmac-sha256", or "sm4-gcm" + "hmac-sm3" where commercial cryptography is assessed (GB/T 39786).
CIPHER = env.read("CIPHER", "aes-gcm")
BLIND_INDEX = env.read("BLIND_INDEX", "hmac-sha256")
ALLOWED_HOSTS = (env.read("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]") or "").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in (env.read("CSRF_TRUSTED_ORIGINS") or "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core",
    "registry",
    "measures",
    "agencies",
    "feedback",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.RequestIdMiddleware",
    "registry.api.headers.ListVersionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.DomainErrorMiddleware",
    "config.refused_methods.RefusedMethodMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.csp_nonce",
                "config.navigation.navigation",
                "registry.context_processors.list_version",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
        },
    },
]

DATABASES = {
    "default": {
        **env.database(DATABASE_URL or env.embedded_database_url()),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.read("TEST_DATABASE_NAME", "test_app")},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = REDIS_URL or env.embedded_redis_url()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.cache_url(BROKER_URL),
        "KEY_PREFIX": "jdp",
    }
}

AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 9}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "agencies.access.client_address"
AXES_USERNAME_CALLABLE = "agencies.access.lockout_name"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600  # a working day
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("HTTPS_ONLY", default=not EMBEDDED and not DEBUG)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 365 * 86_400 if SESSION_COOKIE_SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Working days and holidays of years later than the shipped calendar (core/holidays.yaml shows the form).
HOLIDAYS_FILE = env.read("HOLIDAYS_FILE")

# Working days after the end of a month within which a unit's report is due, where no rule pack says otherwise.
REPORT_DUE_DAYS = 5

# Hosts of the platforms that may be followed, comma separated. None: no platform is followed.
SOURCE_HOSTS = tuple(host for host in (env.read("SOURCE_HOSTS") or "").split(",") if host)
# Under which the watched folders lie. What has been taken from them is kept for so many days.
SOURCES_DIR = Path(env.read("SOURCES_DIR") or VAR_DIR / "sources")
SOURCES_KEEP_DAYS = 7

# Hosts that changes may be pushed to, comma separated: `name` for its port 443, or `name:port`. None: no pushing.
WEBHOOK_HOSTS = tuple(host for host in (env.read("WEBHOOK_HOSTS") or "").split(",") if host)
# For trials on one machine: a loopback address among them may be plain http on any port.
WEBHOOK_LOOPBACK = env.flag("WEBHOOK_LOOPBACK", default=DEBUG)

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.read("STATIC_ROOT") or VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "uploads",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Parties' evidence, encrypted; outside of everything that is served.
EVIDENCE_DIR = VAR_DIR / "evidence"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# One policy without inline scripts or styles; the nonce is for htmx's own script tag.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agencies.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.TextJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.Pagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.KeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        # An approval system asks in bursts: 200 a second and key, on average over a minute.
        "key": env.read("RATE_KEY", "12000/min"),
        "public": env.read("RATE_PUBLIC", "60/min"),
        "sign_in": env.read("RATE_SIGN_IN", "30/min"),
    },
    # Without a trusted proxy X-Forwarded-For is the caller's own word.
    "NUM_PROXIES": 1 if env.flag("BEHIND_PROXY") else 0,
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "URL_FORMAT_OVERRIDE": None,  # `?format=xlsx` belongs to the views that offer it
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "失信被执行人联合惩戒平台 API",
    "DESCRIPTION": "核查、名单批次、变更流、措施目录、执行与解除、反馈与报告。",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # fields called kind, role and status hold different vocabularies in different places
    "ENUM_NAME_OVERRIDES": {
        "AskedRole": "agencies.choices.AskedRole",
        "BatchStatus": "registry.choices.BatchStatus",
        "DutyStatus": "agencies.choices.DutyStatus",
        "EnforcementStatus": "agencies.choices.EnforcementStatus",
        "ReportStatus": "feedback.choices.ReportStatus",
        "ChangeKind": "registry.choices.ChangeKind",
        "ListedRole": "registry.choices.Role",
        "ListingStatus": "registry.choices.ListingStatus",
        "PartyKind": "registry.choices.PartyKind",
        "CheckOutcome": "agencies.choices.Outcome",
        "ExitGround": "registry.choices.ExitGround",
        "NoticeChannel": "registry.choices.NoticeChannel",
        "RemedyChannel": "registry.choices.RemedyChannel",
        "RemedyOutcome": "registry.choices.RemedyOutcome",
        "RevokeGround": "registry.api.remedy_shapes.WRONG_GROUNDS",
        "ShieldGround": "registry.api.remedy_shapes.GROUNDS",
        "RelationRole": "registry.choices.RelationRole",
        "RemedyStatus": "registry.choices.RemedyStatus",
        "RepairDecisionStatus": "agencies.choices.RepairDecisionStatus",
    },
}

CELERY_BROKER_URL = BROKER_URL
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # above the longest task; the job rows in the database are the truth anyway
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "max_retries": 1,  # a request never hangs on a broker that is down: the sweep relays later
}
CELERY_BEAT_SCHEDULER = "config.celery:HeartbeatScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "core.logging.LineFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.read("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "axes": {"level": "ERROR"},  # it would log user names typed into the wrong box
    },
}
# Error pages and reports never carry what was posted: it may hold an identifier.
DEFAULT_EXCEPTION_REPORTER_FILTER = "core.logging.NothingPostedFilter"
