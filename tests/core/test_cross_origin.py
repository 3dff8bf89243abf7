"""Pages of other sites get nothing; apps, which send no Origin, are told what a cache has to know."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

APP, CONFIG = "https://app.example.com", "/api/v1/config"


def test_pages_of_other_sites_may_not_call(anonymous: APIClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    for origin in ("https://evil.example.com", "null", "https://app.example.com.evil.com"):
        answer = anonymous.get(CONFIG, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "origin" in answer["Vary"]


def test_pages_of_ours_may(anonymous: APIClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    answer = anonymous.get(CONFIG, headers={"Origin": APP})
    assert answer["Access-Control-Allow-Origin"] == APP
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "X-Request-ID" in answer["Access-Control-Expose-Headers"]


def test_a_preflight_is_answered_for_ten_minutes(anonymous: APIClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    asked = {"Origin": APP, "Access-Control-Request-Method": "POST"}
    answer = anonymous.options("/api/v1/emoji/tasks", headers=asked)
    assert (answer.status_code, answer["Access-Control-Max-Age"]) == (200, "600")
    assert "idempotency-key" in answer["Access-Control-Allow-Headers"]


def test_nobody_is_allowed_by_default() -> None:
    assert django_settings.CORS_ALLOWED_ORIGINS == []
    assert not getattr(django_settings, "CORS_ALLOW_ALL_ORIGINS", False)


def test_a_cache_learns_that_the_origin_matters_from_who_has_none(anonymous: APIClient) -> None:
    assert "origin" in anonymous.get(CONFIG)["Vary"]
    assert "Vary" not in anonymous.get("/healthz").headers
