"""Production does not start with what everybody knows."""

from base64 import b64encode
from contextlib import nullcontext
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from apps.emoji import backends

pytestmark = pytest.mark.django_db

REAL: dict[str, Any] = {
    "SECRET_KEY": "a real secret key for tests, fifty characters long ....",
    "DEVICE_ID_PEPPER": "a real pepper for tests, long enough to be one",
    "REVENUECAT_WEBHOOK_SECRET": "a real webhook secret for tests, long enough",
    "ALLOWED_HOSTS": ["api.example.com"],
    "PUBLIC_BASE_URL": "https://api.example.com",
    "ALIYUN_EMOJI_MOCK": False,
    "DASHSCOPE_API_KEY": "sk-test",
    "OSS_BUCKET": "photos",
    "OSS_ACCESS_KEY_ID": "an id for tests",
    "OSS_ACCESS_KEY_SECRET": "a secret for tests",
    "DEBUG": False,
    "RATE_LIMITS_ENABLED": True,
}
# As settings.py has them in production.
SECURE = {
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
    settings.PRODUCTION = True
    settings.JWT_SIGNING_KEYS = [f"one:{b64encode(b'a real signing key for tests, long enough').decode()}"]
    for name, value in (REAL | SECURE).items():
        setattr(settings, name, value)
    return settings


def deploy_check() -> None:
    """As every process does at its start."""
    call_command("check", deploy=True, fail_level="WARNING")


@pytest.mark.parametrize("name", ["prod", "Production", "production ", "live", ""])
def test_what_may_have_been_meant_as_production_does_not_start_as_something_else(settings: Any, name: str) -> None:
    """With secrets that everybody knows, and with whatever else is let through locally."""
    settings.ENVIRONMENT = name
    with pytest.raises(SystemCheckError, match=r"pk\.E010"):
        call_command("check")


@pytest.mark.parametrize("name", ["local", "staging"])
def test_another_place_may_have_its_name(settings: Any, name: str) -> None:
    settings.ENVIRONMENT = name
    call_command("check")


def test_with_real_values_it_starts(production: Any) -> None:
    deploy_check()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("SECRET_KEY", "changethis", "pk.E001"),
        ("SECRET_KEY", "forty-nine characters of what nobody could guess", "pk.E001"),
        ("SECRET_KEY", "ab" * 40, "pk.E001"),
        ("SECRET_KEY", "django-insecure-" + "0123456789abcdef" * 4, "pk.E001"),
        ("SECRET_KEY_FALLBACKS", ["insecure-local-secret-key-that-production-refuses-to-start-with"], "pk.E001"),
        ("DEVICE_ID_PEPPER", "insecure-local-device-id-pepper-that-production-refuses", "pk.E001"),
        ("REVENUECAT_WEBHOOK_SECRET", "", "pk.E001"),
        ("REVENUECAT_SIGNING_KEY", "short", "pk.E001"),
        ("METRICS_TOKEN", "short", "pk.E001"),
        ("METRICS_TOKEN", "changethis-changethis-changethis-changethis", "pk.E001"),
        ("DEVICE_ID_PEPPER", REAL["SECRET_KEY"], "pk.E002"),
        ("METRICS_TOKEN", REAL["REVENUECAT_WEBHOOK_SECRET"], "pk.E002"),
        ("JWT_SIGNING_KEYS", [f"one:{b64encode(REAL['REVENUECAT_WEBHOOK_SECRET'].encode()).decode()}"], "pk.E002"),
        ("ALIYUN_EMOJI_MOCK", True, "pk.E003"),
        ("DEBUG", True, "pk.E003"),
        ("ALLOWED_HOSTS", ["*"], "pk.E003"),
        ("ALLOWED_HOSTS", [], "pk.E003"),
        ("OSS_BUCKET", "", "pk.E003"),
        ("PUBLIC_BASE_URL", "http://api.example.com", "pk.E003"),
        ("CORS_ALLOW_ALL_ORIGINS", True, "pk.E003"),
        ("CORS_ALLOWED_ORIGINS", ["http://app.example.com"], "pk.E003"),
        ("RATE_LIMITS_ENABLED", False, "pk.E003"),
        ("DASHSCOPE_BASE_URL", "http://dashscope.example.com", "pk.E004"),
        ("OSS_ENDPOINT", "http://oss.example.com", "pk.E004"),
        ("NACOS_SERVER_ADDRESSES", ["nacos.example.com:8848"], "pk.E004"),
        ("SENTRY_DSN", "http://key@sentry.example.com/1", "pk.E004"),
        ("REVENUECAT_API_URL", "http://api.example.com", "pk.E004"),
        ("SNOWFLAKE_NODE_ID", 1024, "pk.E005"),
        ("REDIS_URL", "redis://redis.example.com/0", "pk.E006"),
        ("REDIS_URL", "redis://:changethis@redis.example.com/0", "pk.E006"),
        ("REDIS_URL", "redis://:changethis@127.0.0.1/0", "pk.E006"),
        ("CELERY_BROKER_URL", "redis://redis.example.com/1", "pk.E006"),
        ("RATE_LIMITS", {"reads.user": "often"}, "pk.E008"),
        ("NUM_PROXIES", -1, "pk.E008"),
        ("SECURE_HSTS_SECONDS", 0, "security.W004"),
        ("SESSION_COOKIE_SECURE", False, "security.W010"),
        ("CSRF_COOKIE_SECURE", False, "security.W016"),
        ("SECURE_SSL_REDIRECT", False, "security.W008"),
    ],
)
def test_it_refuses(production: Any, name: str, value: Any, error: str) -> None:
    setattr(production, name, value)
    with pytest.raises(SystemCheckError, match=error):
        deploy_check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://127.0.0.1/0"),
        ("REDIS_URL", "redis://:a-password-of-its-own@redis.example.com/0"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("NACOS_SERVER_ADDRESSES", ["https://nacos.example.com"]),
    ],
)
def test_it_does_not_refuse(production: Any, name: str, value: Any) -> None:
    setattr(production, name, value)
    deploy_check()


@pytest.mark.parametrize(
    ("host", "password", "sound"),
    [
        ("db.example.com", "", False),
        ("db.example.com", "postgres", False),
        ("db.example.com", "one of its own", True),
        ("10.0.0.7", "", False),
        ("127.0.0.1", "changethis", False),
        ("/run/postgresql", "", True),
        ("", "", True),
    ],
)
def test_a_database_elsewhere_asks_for_a_password(
    production: Any, monkeypatch: pytest.MonkeyPatch, host: str, password: str, sound: bool
) -> None:
    monkeypatch.setitem(production.DATABASES["default"], "HOST", host)
    monkeypatch.setitem(production.DATABASES["default"], "PASSWORD", password)
    with nullcontext() if sound else pytest.raises(SystemCheckError, match=r"pk\.E006"):
        deploy_check()


def test_a_host_of_ones_own_network_may_be_spoken_to_without_tls(production: Any) -> None:
    production.NACOS_SERVER_ADDRESSES, production.PLAIN_HTTP_HOSTS = ["nacos.internal:8848"], ["nacos.internal"]
    deploy_check()


def test_a_superuser_of_the_database_is_warned_of(production: Any) -> None:
    with pytest.raises(SystemCheckError, match=r"pk\.W007"):
        call_command("check", databases=["default"], fail_level="WARNING")


def test_no_error_shows_a_secret(production: Any) -> None:
    production.SECRET_KEY = "changethis-and-tell-nobody"
    with pytest.raises(SystemCheckError) as refusal:
        call_command("check")
    assert "changethis-and-tell-nobody" not in str(refusal.value)


def test_the_mock_refuses_to_work_in_production_even_unchecked(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="ALIYUN_EMOJI_MOCK"):
        backends.provider()
