"""What stops a start: in production a secret that everybody knows, a mock, an open door; anywhere plain nonsense."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import connections

from apps.core import throttling

# Each with its least length.
SECRETS = {"SECRET_KEY": 50, "DEVICE_ID_PEPPER": 32, "REVENUECAT_WEBHOOK_SECRET": 32}
# They may be empty.
OPTIONAL_SECRETS = {"REVENUECAT_WEBHOOK_SECRET_PREVIOUS": 32, "REVENUECAT_SIGNING_KEY": 32, "METRICS_TOKEN": 32}
KNOWN_TO_ALL = ("changethis", "change-me", "change-this", "secret", "password", "example", "insecure", "postgres", "")
KNOWN_BEGINNINGS = ("insecure", "django-insecure-", "changethis", "change-me", "example")
LEAST_DIFFERENT = 5
ENVIRONMENTS = ("local", "development", "test", "staging", "production")


@register(Tags.security)
def the_environment_is_a_known_one(**_: Any) -> list[CheckMessage]:
    """Of another name nothing of what is below would be looked at, also of `prod`."""
    if settings.ENVIRONMENT in ENVIRONMENTS:
        return []
    return [Error(f"ENVIRONMENT is none of {', '.join(ENVIRONMENTS)}", id="pk.E010")]


@register(Tags.security)
def production_has_real_secrets(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    given = {name: least for name, least in OPTIONAL_SECRETS.items() if getattr(settings, name)}
    required = SECRETS | given
    values = {name: str(getattr(settings, name)) for name in required}
    errors: list[CheckMessage] = [
        Error(f"{name} is missing, known to everybody, or shorter than {required[name]} characters", id="pk.E001")
        for name, value in values.items()
        if _is_weak(value, required[name])
    ]
    # What one of them signed is taken like what SECRET_KEY signs.
    errors += [
        Error("SECRET_KEY_FALLBACKS has a key that is short or known to everybody", id="pk.E001")
        for key in settings.SECRET_KEY_FALLBACKS
        if _is_weak(str(key), SECRETS["SECRET_KEY"])
    ]
    shared = len(set(values.values())) < len(values)
    return errors + ([Error("two secrets are equal", id="pk.E002")] if shared and not errors else [])


@register(Tags.security)
def production_is_not_a_rehearsal(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    rules = {
        "DEBUG is on": settings.DEBUG,
        "ALLOWED_HOSTS is empty or *": not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS,
        "ALIYUN_EMOJI_MOCK is on": settings.ALIYUN_EMOJI_MOCK,
        "DASHSCOPE_API_KEY is not set": not (settings.DASHSCOPE_API_KEY or settings.DASHSCOPE_ACCOUNTS),
        "OSS_BUCKET is not set: a local folder is no home for users' photos": not settings.OSS_BUCKET,
        "PUBLIC_BASE_URL is not https": not settings.PUBLIC_BASE_URL.startswith("https://"),
        "CORS lets every origin in": getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False),
        "CORS_ALLOWED_ORIGINS names one that is not https": any(
            not origin.startswith("https://") or "*" in origin for origin in settings.CORS_ALLOWED_ORIGINS
        ),
        "RATE_LIMITS_ENABLED is off": not settings.RATE_LIMITS_ENABLED,
    }
    return [Error(sentence, id="pk.E003") for sentence, broken in rules.items() if broken]


@register(Tags.security)
def production_talks_over_tls(**_: Any) -> list[CheckMessage]:
    """To vendors. A host of one's own network may be named in PLAIN_HTTP_HOSTS."""
    if not settings.PRODUCTION:
        return []
    return [
        Error(f"{name} is not https, and its host is not in PLAIN_HTTP_HOSTS", id="pk.E004")
        for name, url in _vendor_urls()
        if url and not url.startswith("https://") and urlsplit(url).hostname not in settings.PLAIN_HTTP_HOSTS
    ]


@register(Tags.security)
def servers_ask_for_a_password(**_: Any) -> list[CheckMessage]:
    """On this machine they may do without; one that everybody knows is none anywhere."""
    if not settings.PRODUCTION:
        return []
    database = settings.DATABASES["default"]
    host = str(database.get("HOST", ""))
    servers = {"DATABASE_URL": (host, str(database.get("PASSWORD", "")))} | {
        name: (urlsplit(url).hostname or "", urlsplit(url).password or "")
        for name, url in (("REDIS_URL", settings.REDIS_URL), ("CELERY_BROKER_URL", settings.CELERY_BROKER_URL))
    }
    messages: list[CheckMessage] = [
        Error(f"{name} has no password of its own, or one that everybody knows", id="pk.E006")
        for name, (where, password) in servers.items()
        if _is_weak(password, 1) and (password or not _is_here(where))
    ]
    if not _is_here(host) and database["OPTIONS"].get("sslmode") not in ("require", "verify-ca", "verify-full"):
        messages.append(Info("PostgreSQL runs elsewhere, and DATABASE_URL has no sslmode=require", id="pk.I006"))
    return messages


@register
def node_id_has_ten_bits(**_: Any) -> list[CheckMessage]:
    node = settings.SNOWFLAKE_NODE_ID
    return [] if node is None or 0 <= node <= 1023 else [Error("SNOWFLAKE_NODE_ID is not 0 to 1023", id="pk.E005")]


@register
def limits_can_be_read(**_: Any) -> list[CheckMessage]:
    try:
        throttling.limits_of("reads")
    except ValueError as error:
        return [Error(str(error), id="pk.E008")]
    return [] if settings.NUM_PROXIES >= 0 else [Error("NUM_PROXIES is below 0", id="pk.E008")]


@register(Tags.database)
def the_role_cannot_go_round_the_ledgers_trigger(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Looked at by `migrate` and `check --database default`."""
    if not settings.PRODUCTION or "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return [Warning("the database role is a superuser", id="pk.W007")] if row and row[0] else []


def _is_weak(value: str, least: int) -> bool:
    return (
        len(value) < least
        or len(set(value)) < min(LEAST_DIFFERENT, least)
        or value in KNOWN_TO_ALL
        or value.startswith(KNOWN_BEGINNINGS)
    )


def _vendor_urls() -> Iterator[tuple[str, str]]:
    for name in ("DASHSCOPE_BASE_URL", "OSS_ENDPOINT", "OSS_PUBLIC_ENDPOINT", "REVENUECAT_API_URL", "SENTRY_DSN"):
        yield name, getattr(settings, name)
    for address in settings.NACOS_SERVER_ADDRESSES:
        yield "NACOS_SERVER_ADDRESSES", address if "://" in address else f"http://{address}"


def _is_here(host: str) -> bool:
    """This machine; a folder is that of a Unix socket."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
