"""Production does not start with what everybody knows."""

from base64 import b64encode
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from apps.emoji import backends

REAL = {
    "SECRET_KEY": "a real secret key for tests, fifty characters long ....",
    "DEVICE_ID_PEPPER": "a real pepper for tests, long enough to be one",
    "REVENUECAT_WEBHOOK_SECRET": "a real webhook secret for tests, long enough",
    "ALLOWED_HOSTS": ["api.example.com"],
    "PUBLIC_BASE_URL": "https://api.example.com",
    "ALIYUN_EMOJI_MOCK": False,
    "DASHSCOPE_API_KEY": "sk-test",
    "OSS_BUCKET": "photos",
    "DEBUG": False,
}


@pytest.fixture
def production(settings: Any) -> Any:
    settings.PRODUCTION = True
    settings.JWT_SIGNING_KEYS = [f"one:{b64encode(b'a real signing key for tests, long enough').decode()}"]
    for name, value in REAL.items():
        setattr(settings, name, value)
    return settings


def test_with_real_values_it_starts(production: Any) -> None:
    call_command("check")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("SECRET_KEY", "changethis", "pk.E001"),
        ("DEVICE_ID_PEPPER", "insecure-local-device-id-pepper-that-production-refuses", "pk.E001"),
        ("REVENUECAT_WEBHOOK_SECRET", "", "pk.E001"),
        ("DEVICE_ID_PEPPER", REAL["SECRET_KEY"], "pk.E002"),
        ("ALIYUN_EMOJI_MOCK", True, "pk.E003"),
        ("DEBUG", True, "pk.E003"),
        ("ALLOWED_HOSTS", ["*"], "pk.E003"),
        ("OSS_BUCKET", "", "pk.E003"),
        ("PUBLIC_BASE_URL", "http://api.example.com", "pk.E003"),
        ("SNOWFLAKE_NODE_ID", 1024, "pk.E005"),
    ],
)
def test_it_refuses(production: Any, name: str, value: Any, error: str) -> None:
    setattr(production, name, value)
    with pytest.raises(SystemCheckError, match=error):
        call_command("check")


def test_no_error_shows_a_secret(production: Any) -> None:
    production.SECRET_KEY = "changethis-and-tell-nobody"
    with pytest.raises(SystemCheckError) as refusal:
        call_command("check")
    assert "changethis-and-tell-nobody" not in str(refusal.value)


def test_the_mock_refuses_to_work_in_production_even_unchecked(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="ALIYUN_EMOJI_MOCK"):
        backends.provider()
