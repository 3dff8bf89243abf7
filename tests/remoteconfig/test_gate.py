"""An app that is too old, and writes in maintenance, are refused; the way out stays open."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

OLD = {"X-App-Platform": "ios", "X-App-Version": "1.1.0"}
LEAST = {"app": {"ios": {"min_version": "1.2.0", "store_url": "https://apps.example.com/1"}}}
BALANCE, UPLOADS = "/api/v1/points/balance", "/api/v1/emoji/uploads"

pytestmark = pytest.mark.django_db


@pytest.fixture
def use(settings: Any, tmp_path: Any) -> Callable[[Any], None]:
    def put(document: Any) -> None:
        (tmp_path / "config.json").write_text(json.dumps(document))
        settings.REMOTE_CONFIG_FILE = str(tmp_path / "config.json")

    return put


def test_an_old_app_is_told_where_the_new_one_is(app: APIClient, use: Callable[[Any], None]) -> None:
    use(LEAST)
    answer = app.get(BALANCE, headers=OLD)
    body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert (body["code"], body["retryable"]) == ("app_upgrade_required", False)
    assert body["params"] == {"min_version": "1.2.0", "store_url": "https://apps.example.com/1"}
    assert body["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-App-Platform": "ios", "X-App-Version": "1.2.0"},
        {"X-App-Platform": "android", "X-App-Version": "1.1.0"},
        {"X-App-Platform": "symbian", "X-App-Version": "1.1.0"},
        {"X-App-Platform": "ios", "X-App-Version": "nonsense"},
    ],
    ids=str,
)
def test_others_are_let_in(app: APIClient, use: Callable[[Any], None], headers: dict[str, str]) -> None:
    use(LEAST)
    assert app.get(BALANCE, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/config"),
        ("POST", "/api/v1/auth/login"),
        ("POST", "/api/v1/auth/refresh"),
        ("DELETE", "/api/v1/user"),
        ("GET", "/healthz"),
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/utils/health-check/"),
    ],
)
def test_an_old_app_finds_the_way_out(anonymous: APIClient, use: Callable[[Any], None], method: str, path: str) -> None:
    use(LEAST)
    assert b"app_upgrade_required" not in anonymous.generic(method, path, headers=OLD).content


def test_in_maintenance_reads_work_and_writes_come_later(app: APIClient, use: Callable[[Any], None]) -> None:
    use({"maintenance": {"active": True}})
    assert app.get(BALANCE).status_code == 200
    answer = app.post(UPLOADS, {"content_type": "image/jpeg", "content_length": 1000}, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "300")
    assert (answer.json()["code"], answer.json()["retryable"]) == ("maintenance", True)
    assert answer.json()["params"] == {"until": None}


@pytest.mark.parametrize(
    ("until", "wait"),
    [("2026-12-01T12:10:00Z", "600"), ("2026-12-02T12:00:00Z", "3600"), ("2026-01-01T00:00:00Z", "30")],
)
def test_the_end_of_maintenance_says_when_to_come_back(
    anonymous: APIClient, use: Callable[[Any], None], until: str, wait: str
) -> None:
    use({"maintenance": {"active": True, "message": {"en": "Back soon", "es": "Ya volvemos"}, "until": until}})
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False):
        answer = anonymous.post(UPLOADS, headers={"Accept-Language": "es"})
    assert answer["Retry-After"] == wait
    assert answer.json()["detail"] == "Ya volvemos"
    assert answer.json()["params"]["until"].startswith(until[:10])


def test_purchases_are_taken_in_maintenance(user: Any, send_event: Any, use: Callable[[Any], None]) -> None:
    use({"maintenance": {"active": True}})
    assert send_event("NON_RENEWING_PURCHASE", app_user_id=str(user.billing_user_id)).status_code == 200


def test_staff_can_end_it(staff: Any, client: Any, use: Callable[[Any], None]) -> None:
    use({"maintenance": {"active": True}})
    client.force_login(staff)
    page = "/admin/remoteconfig/configrevision/set/maintenance.active/"
    assert client.post(page, {"value": "false", "reason": "Done", "follows": 0}).status_code == 302
