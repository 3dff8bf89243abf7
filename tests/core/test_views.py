"""Health is told by what can still be done."""

from typing import Any

import pytest
from rest_framework.test import APIClient


def test_a_living_process_says_so(anonymous: APIClient) -> None:
    assert anonymous.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_database_and_broker_answer(anonymous: APIClient) -> None:
    assert anonymous.get("/readyz").json() == {"status": "ok", "checks": {"database": "ok", "redis": "ok"}}


@pytest.mark.django_db
def test_without_the_broker_it_still_serves(anonymous: APIClient, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
