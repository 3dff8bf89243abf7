"""What a reviewer of sessions wants to see on a graph."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device
from tests.journeys.provoked import SECRET
from tests.scrape import Moved

LOGIN = {"device_id": "a-device-of-tests-1", "platform": "ios", "app_version": "1.0.0"}


def refresh(anonymous: APIClient, token: str) -> Any:
    return anonymous.post("/api/v1/auth/refresh", {"refresh_token": token}, format="json").json()


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_shown_again_too_late_counts_and_a_lost_answer_does_not(anonymous: APIClient) -> None:
    first = anonymous.post("/api/v1/auth/login", LOGIN | {"device_secret": SECRET}, format="json").json()[
        "refresh_token"
    ]
    moved = Moved()
    second = refresh(anonymous, first)["refresh_token"]
    refresh(anonymous, first)
    assert moved.by("pk_refresh_reuse_total") == 0
    refresh(anonymous, second)
    assert refresh(anonymous, first)["code"] == "refresh_token_reused"
    assert moved.by("pk_refresh_reuse_total") == 1


@pytest.mark.django_db(transaction=True)
def test_a_login_by_the_id_alone_counts(anonymous: APIClient, settings: Any) -> None:
    anonymous.post("/api/v1/auth/login", LOGIN, format="json")
    Device.objects.update(secret_state="legacy", secret_sha256=None)
    settings.DEVICE_AUTH_MODE, settings.DEVICE_COMPAT_UNTIL = "compat", datetime(2100, 1, 1, tzinfo=UTC)
    moved = Moved()
    assert anonymous.post("/api/v1/auth/login", LOGIN, format="json").status_code == 200
    assert moved.by("pk_login_bare_total") == 1
