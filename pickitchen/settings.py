"""Every setting, from the environment, with working local values. `.env.example` explains each variable."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import environ
from celery.schedules import crontab

from apps.core import log_format, session_limits
from pickitchen import error_reports
from pickitchen.openapi_description import DESCRIPTION
from pickitchen.process_name import process_name

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- Where this runs -------------------------------------------------------------------------------------------------

ENVIRONMENT = env.str("ENVIRONMENT", default="local")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="insecure-local-secret-key-that-production-refuses-to-start-with")
# While the key is changed: what the ones before signed or locked up is still taken.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ADMIN_PATH = env.str("ADMIN_PATH", default="admin").strip("/")
# Of the release; readiness, errors and metrics tell them.
RELEASE_VERSION = env.str("RELEASE_VERSION", default="development")
RELEASE_COMMIT = env.str("RELEASE_COMMIT", default="")

# --- Django ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Its templates stand before the theme's, and the theme's before Django's.
    "apps.backoffice",
    "unfold.apps.BasicAppConfig",
    "apps.backoffice.apps.BackofficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "apps.core",
    "apps.staff",
    "apps.remoteconfig",
    "apps.accounts",
    "apps.points",
    "apps.emoji",
    "apps.billing",
]

MIDDLEWARE = [
    "apps.core.request_id.RequestIdMiddleware",
    "apps.core.request_metrics.RequestMetricsMiddleware",
    "apps.core.request_log.RequestLogMiddleware",
    # What they tell browsers stands on whatever answers further in.
    "apps.core.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.languages.LanguageMiddleware",
    "apps.core.api_paths.ApiPathMiddleware",
    "apps.core.throttling.RateLimitHeadersMiddleware",
    "apps.core.cross_origin.CrossOriginMiddleware",
    "apps.core.staff_pages.StaticFilesMiddleware",
    "apps.core.security_headers.HostMiddleware",
    "apps.core.node_beforehand.NodeBeforehandMiddleware",
    "apps.remoteconfig.gate.GateMiddleware",
    "apps.core.staff_pages.StaffSessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "apps.core.staff_pages.StaffAuthenticationMiddleware",
    "apps.core.staff_pages.StaffMessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "pickitchen.urls"
WSGI_APPLICATION = "pickitchen.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.staff.backend.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "nickname")},
    },
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Whether staff prove a second factor to log in; production insists.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=True)
# What authenticator apps call us.
STAFF_ISSUER = "PicKitchen" if PRODUCTION else f"PicKitchen {ENVIRONMENT}"
# Points that one member of staff may move in a day without a second one.
STAFF_POINTS_ALONE = env.int("STAFF_POINTS_ALONE", default=10_000)
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "apps.backoffice.formats"
STATIC_URL = "/static/"
# Collected into the image for production; found in the packages elsewhere.
STATIC_ROOT = BASE_DIR / "var" / "static" if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Staff's pages only: an app that called us without TLS must notice, and its request has been seen anyway.
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [rf"^(?!{ADMIN_PATH}/)"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# security.W021: browsers' preload lists are for whole domains; whoever owns the domain decides.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Only staff have sessions; apps/staff/sessions.py ends them sooner when they are idle.
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
# Browsers take a name that begins so from this very host over TLS alone.
SESSION_COOKIE_NAME = "__Host-staff" if PRODUCTION else "staff"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrftoken"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None

# --- The back-office --------------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "PicKitchen",
    "SITE_HEADER": "PicKitchen",
    "SITE_SUBHEADER": "Back-office",
    "SITE_SYMBOL": "mood",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}backoffice/favicon.svg"}],
    "ENVIRONMENT": "apps.backoffice.sidebar.environment",
    "DASHBOARD_CALLBACK": "apps.backoffice.dashboard.shown",
    "STYLES": [f"{STATIC_URL}backoffice/backoffice.css"],
    "SIDEBAR": {"show_search": True, "navigation": "apps.backoffice.sidebar.navigation"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .02 40)",
            "100": "oklch(94% .04 40)",
            "200": "oklch(89% .08 40)",
            "300": "oklch(82% .12 40)",
            "400": "oklch(73% .17 38)",
            "500": "oklch(66% .19 36)",
            "600": "oklch(57% .19 34)",
            "700": "oklch(49% .17 33)",
            "800": "oklch(42% .14 33)",
            "900": "oklch(37% .11 33)",
            "950": "oklch(26% .08 33)",
        },
    },
}

# --- PostgreSQL ------------------------------------------------------------------------------------------------------

DATABASE = env.db_url("DATABASE_URL", default="postgresql://postgres@127.0.0.1:5432/pickitchen")
# Between us and PostgreSQL, in transaction mode: docs/connections.md.
DATABASE_VIA_PGBOUNCER = env.bool("DATABASE_VIA_PGBOUNCER", default=False)
# 0: each thread keeps one connection, which is all it can use.
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=0)
DATABASES = {
    "default": {
        **DATABASE,
        "ENGINE": "apps.core.postgres",
        # Both are needed for connections that outlive a request or a task; a pool sees to it itself.
        "CONN_MAX_AGE": 0 if DATABASE_POOL_SIZE else 600,
        "CONN_HEALTH_CHECKS": True,
        # The next statement of a session may go to another server process.
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_VIA_PGBOUNCER,
        "OPTIONS": {
            "connect_timeout": 3,
            # What is asked often is planned once (apps/core/postgres/direct.py); behind PgBouncer the next asker may be
            # another server process.
            "server_side_binding": not DATABASE_VIA_PGBOUNCER,
            "prepare_threshold": None,
            # A peer that is gone without a word is noticed within a minute idle, within half of one in a statement.
            **{"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3},
            "tcp_user_timeout": 30_000,
            "application_name": f"pickitchen {process_name()}",
            **({} if DATABASE_VIA_PGBOUNCER else {"options": session_limits.as_options(process_name())}),
            **({"pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 3}} if DATABASE_POOL_SIZE else {}),
            **DATABASE.get("OPTIONS", {}),
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis and Celery ------------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A Redis that refuses (it has no memory left) is as good as one that is away: a worker waits for it, and does not end.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # A request rings and goes on; pickitchen/celery.py gives workers and beat more time.
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# What is at work for longer is interrupted, and what does not notice is killed; some tasks have limits of their own.
CELERY_TASK_SOFT_TIME_LIMIT = env.int("TASK_INTERRUPTED_SECONDS", default=60)
CELERY_TASK_TIME_LIMIT = env.int("TASK_KILLED_SECONDS", default=90)
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
# Asked to stop, a worker finishes what it is at, and hands back what takes longer; shorter than its engine waits.
WORKER_FINISHES_SECONDS = env.float("WORKER_FINISHES_SECONDS", default=30.0)
CELERY_DB_REUSE_MAX = 1000
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "pickitchen.scheduler:Scheduler"
HEARTBEAT_FILE = env.str("HEARTBEAT_FILE", default="")
EMOJI_SWEEP_SECONDS = env.float("EMOJI_SWEEP_SECONDS", default=2.0)
BILLING_SWEEP_SECONDS = env.float("BILLING_SWEEP_SECONDS", default=5.0)
# Events that come closer upon each other to one process are left to the workers.
BILLING_BURST_SECONDS = env.float("BILLING_BURST_SECONDS", default=0.05)
CELERY_BEAT_SCHEDULE = {
    "emoji: ring the bell for every due task": {
        "task": "apps.emoji.tasks.ring_due",
        "schedule": timedelta(seconds=EMOJI_SWEEP_SECONDS),
        # A tick that waited longer is stale: the next one does the same work. Clocks of two machines differ by less.
        "options": {"expire_seconds": 60},
    },
    "emoji: remove photos and clips whose time is over": {
        "task": "apps.emoji.tasks.remove_objects",
        "schedule": timedelta(minutes=2),
        "options": {"expire_seconds": 120},
    },
    "core: forget old idempotency keys": {
        "task": "apps.core.tasks.forget_idempotency_keys",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 1800},
    },
    "accounts: open again what was suspended for a time": {
        "task": "apps.accounts.tasks.lift_suspensions",
        "schedule": timedelta(minutes=10),
        "options": {"expire_seconds": 300},
    },
    "accounts: build the exports nobody has begun": {
        "task": "apps.accounts.tasks.build_due_exports",
        "schedule": timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
    "accounts: forget ended sessions": {
        "task": "apps.accounts.tasks.forget_ended_sessions",
        "schedule": crontab(minute="10", hour="2"),
        "options": {"expire_seconds": 3600},
    },
    "accounts: forget who asked for it": {
        "task": "apps.accounts.tasks.carry_out_deletions",
        "schedule": timedelta(minutes=5),
        "options": {"expire_seconds": 240},
    },
    "staff: send what staff are told by mail": {
        "task": "apps.staff.tasks.send_letters",
        "schedule": timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
    "backoffice: count the days for the dashboard": {
        "task": "apps.backoffice.tasks.count_days",
        "schedule": crontab(minute="20"),
        "options": {"expire_seconds": 1800},
    },
    "points: grant the weekly reward": {
        "task": "apps.points.tasks.grant_weekly_reward",
        # Hourly, because a weekly entry that is missed is missed for good; the ledger makes it weekly.
        "schedule": crontab(minute="5"),
        "options": {"expire_seconds": 1800},
    },
    "points: expire granted points": {
        "task": "apps.points.tasks.expire_points",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 1800},
    },
    "core: check the invariants": {
        "task": "apps.core.tasks.check_invariants",
        "schedule": crontab(minute="30", hour="3"),
        "options": {"expire_seconds": 3600},
    },
    "billing: process what has not been processed": {
        "task": "apps.billing.tasks.process_waiting_events",
        # However long it has waited: somebody has paid.
        "schedule": timedelta(seconds=BILLING_SWEEP_SECONDS),
    },
    "billing: ask RevenueCat about overdue subscriptions": {
        "task": "apps.billing.tasks.reconcile_overdue_subscriptions",
        "schedule": timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
}

# --- Mail to staff ---------------------------------------------------------------------------------------------------

MAIL = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = MAIL["EMAIL_BACKEND"]
EMAIL_HOST = MAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="pickitchen@localhost")

# --- REST API --------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.authentication.DeviceTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.json_media.OrjsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.core.json_media.AnyFormNegotiation",
    "DEFAULT_PARSER_CLASSES": ["apps.core.json_media.OrjsonParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.NewestFirstPagination",
    "DEFAULT_SCHEMA_CLASS": "pickitchen.openapi.ProblemAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.throttling.BucketThrottle"],
    "EXCEPTION_HANDLER": "apps.core.exception_handler.problem_response",
    "UNAUTHENTICATED_USER": None,
    # Neither a description of each view by OPTIONS nor an answer in another form by ?format=.
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    # The renderer writes moments, all in one way.
    "DATETIME_FORMAT": None,
}

# Web pages of these origins may call the API; apps need none.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_PREFLIGHT_MAX_AGE = 600
CORS_ALLOW_HEADERS = [
    *("accept", "accept-language", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match"),
    *("x-app-platform", "x-app-version", "x-request-id"),
]
CORS_EXPOSE_HEADERS = [
    *("ETag", "Idempotent-Replayed", "Location", "Retry-After", "X-Request-ID"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
]

# Proxies of ours before this server, each appending to X-Forwarded-For whom it saw.
NUM_PROXIES = env.int("NUM_PROXIES", default=0)
RATE_LIMITS_ENABLED = env.bool("RATE_LIMITS_ENABLED", default=True)
RATE_LIMITS = env.dict("RATE_LIMITS", default={})

# Newest first; accounts/signing_keys.py reads them.
JWT_SIGNING_KEYS = env.list(
    "JWT_SIGNING_KEYS", default=["local:aW5zZWN1cmUtbG9jYWwtand0LXNpZ25pbmcta2V5LXRoYXQtcHJvZHVjdGlvbi1yZWZ1c2Vz"]
)
# What accounts/access_token.py lets simplejwt do.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=60),
    "SIGNING_KEY": "",
    "ISSUER": "pickitchen",
    "AUDIENCE": "pickitchen-app",
    "LEEWAY": 10,
}

# The description of the API, and the page that shows it.
DOCS_FOR_STAFF_ONLY = env.bool("DOCS_FOR_STAFF_ONLY", default=PRODUCTION)
SPECTACULAR_SETTINGS = {
    "TITLE": "PicKitchen API",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": ["rest_framework.authentication.SessionAuthentication"],
    "SERVE_PERMISSIONS": ["apps.core.docs_access.MayReadDocs"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayRequestDuration": True},
    # Operations are grouped by the first word after it.
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # A sentence that is missing in the description must not stop production; a test looks.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "ENUM_NAME_OVERRIDES": {
        "EmojiTaskStatus": "apps.emoji.models.Status",
        "EmojiTaskStage": "apps.emoji.models.Stage",
        "ExportStatusEnum": "apps.accounts.models.DataExport.Status",
    },
}

# --- Ids -------------------------------------------------------------------------------------------------------------

SNOWFLAKE_NODE_ID = env.int("SNOWFLAKE_NODE_ID", default=None)

# --- Device login ----------------------------------------------------------------------------------------------------

DEVICE_ID_PEPPER = env.str("DEVICE_ID_PEPPER", default="insecure-local-device-id-pepper-that-production-refuses")
# bind, compat or strict; accounts/device_login.py says what each lets in.
DEVICE_AUTH_MODE = env.str("DEVICE_AUTH_MODE", default="bind")
_compat_until = env.str("DEVICE_COMPAT_UNTIL", default="")
DEVICE_COMPAT_UNTIL = datetime.fromisoformat(_compat_until).replace(tzinfo=UTC) if _compat_until else None

ACCOUNT_DELETION_DAYS = env.int("ACCOUNT_DELETION_DAYS", default=14)
# Told to who is suspended.
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="")

# --- Vendors ---------------------------------------------------------------------------------------------------------

# Hosts of one's own network that may be spoken to without TLS in production.
PLAIN_HTTP_HOSTS = env.list("PLAIN_HTTP_HOSTS", default=[])

# --- Remote config ---------------------------------------------------------------------------------------------------

REMOTE_CONFIG_FILE = env.str("REMOTE_CONFIG_FILE", default="")
REMOTE_CONFIG_REFRESH_SECONDS = env.float("REMOTE_CONFIG_REFRESH_SECONDS", default=2.0)
NACOS_SERVER_ADDRESSES = env.list("NACOS_SERVER_ADDRESSES", default=[])
NACOS_NAMESPACE = env.str("NACOS_NAMESPACE", default="")
NACOS_GROUP = env.str("NACOS_GROUP", default="DEFAULT_GROUP")
NACOS_DATA_ID = env.str("NACOS_DATA_ID", default="pickitchen.json")
NACOS_USERNAME = env.str("NACOS_USERNAME", default="")
NACOS_PASSWORD = env.str("NACOS_PASSWORD", default="")
NACOS_API_VERSION = env.str("NACOS_API_VERSION", default="auto")

# --- Emoji -----------------------------------------------------------------------------------------------------------

ALIYUN_EMOJI_MOCK = env.bool("ALIYUN_EMOJI_MOCK", default=not PRODUCTION)
DASHSCOPE_API_KEY = env.str("DASHSCOPE_API_KEY", default="")
# More accounts beside it, by name.
DASHSCOPE_ACCOUNTS: dict[str, str] = env.dict("DASHSCOPE_ACCOUNTS", default={})
# What one account may do: vendor, rate-limit page. One emoji runs at a time, another waits in the vendor's queue.
DASHSCOPE_DETECTIONS_PER_SECOND = env.float("DASHSCOPE_DETECTIONS_PER_SECOND", default=1.0)
DASHSCOPE_SUBMISSIONS_PER_SECOND = env.float("DASHSCOPE_SUBMISSIONS_PER_SECOND", default=1.0)
DASHSCOPE_LOOK_UPS_PER_SECOND = env.float("DASHSCOPE_LOOK_UPS_PER_SECOND", default=20.0)
DASHSCOPE_PLACES = env.int("DASHSCOPE_PLACES", default=2)
# Of the workers, on all machines, and the web processes: what each may do of it while Redis cannot count for all.
PROVIDER_PROCESSES = env.int("PROVIDER_PROCESSES", default=8)
DASHSCOPE_BASE_URL = env.str("DASHSCOPE_BASE_URL", default="https://dashscope.aliyuncs.com/api/v1")
DASHSCOPE_RESULT_HOST_SUFFIX = env.str("DASHSCOPE_RESULT_HOST_SUFFIX", default=".aliyuncs.com")
# One call, and the fetching of one clip, from the first byte to the last.
DASHSCOPE_CALL_SECONDS = env.float("DASHSCOPE_CALL_SECONDS", default=15.0)
DASHSCOPE_DOWNLOAD_SECONDS = env.float("DASHSCOPE_DOWNLOAD_SECONDS", default=60.0)
# An account that does not work is tried again so often.
PROVIDER_PROBE_SECONDS = env.float("PROVIDER_PROBE_SECONDS", default=30.0)
# Photos live in OSS when a bucket is named, else in a local folder.
OSS_BUCKET = env.str("OSS_BUCKET", default="")
OSS_REGION = env.str("OSS_REGION", default="cn-beijing")
OSS_ENDPOINT = env.str("OSS_ENDPOINT", default="https://oss-cn-beijing.aliyuncs.com")
OSS_PUBLIC_ENDPOINT = env.str("OSS_PUBLIC_ENDPOINT", default="")
OSS_PUBLIC_ENDPOINT_IS_CNAME = env.bool("OSS_PUBLIC_ENDPOINT_IS_CNAME", default=False)
OSS_ACCESS_KEY_ID = env.str("OSS_ACCESS_KEY_ID", default="")
OSS_ACCESS_KEY_SECRET = env.str("OSS_ACCESS_KEY_SECRET", default="")
OSS_SILENT_SECONDS = env.float("OSS_SILENT_SECONDS", default=20.0)
# One call, to the last byte of its answer.
OSS_CALL_SECONDS = env.float("OSS_CALL_SECONDS", default=30.0)
OSS_DIR_PREFIX = env.str("OSS_DIR_PREFIX", default="photos/").strip("/")
OSS_RESULT_PREFIX = env.str("OSS_RESULT_PREFIX", default="results/").strip("/")
OSS_AVATAR_PREFIX = env.str("OSS_AVATAR_PREFIX", default="avatars/").strip("/")
LOCAL_PHOTO_DIR = Path(env.str("LOCAL_PHOTO_DIR", default=str(BASE_DIR / "var" / "photos")))
EMOJI_LEASE_SECONDS = env.int("EMOJI_LEASE_SECONDS", default=120)
# In the queue for a place at the provider: a VIP's lead, and the longest wait; the deadline runs from the place.
EMOJI_VIP_HEAD_START_SECONDS = env.int("EMOJI_VIP_HEAD_START_SECONDS", default=1800)
EMOJI_LONGEST_WAIT_SECONDS = env.int("EMOJI_LONGEST_WAIT_SECONDS", default=6 * 3600)
EMOJI_DEADLINE_SECONDS = env.int("EMOJI_DEADLINE_SECONDS", default=1800)
# A clip that is made and cannot be kept is fetched again for so long: the vendor has it for 24 hours.
EMOJI_LONGEST_SAVING_SECONDS = env.int("EMOJI_LONGEST_SAVING_SECONDS", default=20 * 3600)
# A step that failed is made again, each time after twice the wait.
EMOJI_MOST_RETRIES = env.int("EMOJI_MOST_RETRIES", default=8)
EMOJI_FIRST_WAIT_SECONDS = env.float("EMOJI_FIRST_WAIT_SECONDS", default=2.0)
# How long a submission may take to show in the provider's list, and how often one photo may be submitted at all.
EMOJI_ORPHAN_WINDOW_SECONDS = env.int("EMOJI_ORPHAN_WINDOW_SECONDS", default=60)
EMOJI_MOST_SUBMISSIONS = 2
# What may be spent at the provider in a day (UTC), 0 for no cap, and what the dearest clip costs: five seconds of video
# and a detection.
EMOJI_DAILY_CAP_CNY = Decimal(env.str("EMOJI_DAILY_CAP_CNY", default="0"))
EMOJI_CLIP_CNY = Decimal(env.str("EMOJI_CLIP_CNY", default="0.404"))
EMOJI_USUAL_SECONDS = env.float("EMOJI_USUAL_SECONDS", default=4.0 if ALIYUN_EMOJI_MOCK else 60.0)
EMOJI_POLL_SECONDS = env.float("EMOJI_POLL_SECONDS", default=1.0 if ALIYUN_EMOJI_MOCK else 15.0)

# Threads of one web process that may wait for a task to change; fewer than it has.
LONG_POLL_SEATS = env.int("LONG_POLL_SEATS", default=1)

# --- RevenueCat ------------------------------------------------------------------------------------------------------

REVENUECAT_WEBHOOK_SECRET = env.str("REVENUECAT_WEBHOOK_SECRET", default="")
# While a secret is changed, events with the one before are taken too.
REVENUECAT_WEBHOOK_SECRET_PREVIOUS = env.str("REVENUECAT_WEBHOOK_SECRET_PREVIOUS", default="")
REVENUECAT_SIGNING_KEY = env.str("REVENUECAT_SIGNING_KEY", default="")
REVENUECAT_SIGNATURE_HEADER = env.str("REVENUECAT_SIGNATURE_HEADER", default="X-RevenueCat-Webhook-Signature")
# Sync and reconciliation ask RevenueCat only when there is a key.
REVENUECAT_API_KEY = env.str("REVENUECAT_API_KEY", default="")
REVENUECAT_API_URL = env.str("REVENUECAT_API_URL", default="https://api.revenuecat.com/v1")

# --- Logs and errors -------------------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "console")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"structured": log_format.formatter(LOG_FORMAT, process_name())},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Several lines a second from the sweepers alone; metrics count jobs, and a job that fails is an error.
    "loggers": {
        name: {"level": "WARNING" if LOG_FORMAT == "json" else "NOTSET"}
        for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat")
    },
}
log_format.configure(LOG_FORMAT, process_name())

# Who may read /metrics; without a token nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Where the processes of this machine add up their counts.
METRICS_DIR = env.str("METRICS_DIR", default=str(BASE_DIR / "var" / "metrics"))
# Where a worker tells its metrics, host:port; nowhere without it.
METRICS_ADDRESS = env.str("METRICS_ADDRESS", default="")

SENTRY_DSN = env.str("SENTRY_DSN", default="")
error_reports.start(
    SENTRY_DSN,
    environment=ENVIRONMENT,
    release=f"pickitchen@{RELEASE_VERSION}" + (f"+{RELEASE_COMMIT}" if RELEASE_COMMIT else ""),
    process=process_name(),
)
