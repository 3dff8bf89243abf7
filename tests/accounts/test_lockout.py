"""A phone that staff have locked out comes in by nothing that it has, until they let it in again."""

import secrets
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from apps.accounts import lockout
from apps.accounts.models import Device, Session
from tests import held_up

SHOWN = {"platform": "ios", "app_version": "1.0.0"}


@pytest.fixture
def shown() -> dict[str, str]:
    """What the phone logs in with."""
    return SHOWN | {"device_id": f"phone-{uuid4()}", "device_secret": "pkd1_" + secrets.token_urlsafe(32)}


def log_in(shown: dict[str, str]) -> Any:
    return APIClient().post("/api/v1/auth/login", shown, format="json")


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_what_it_has_opens_nothing_any_more(db: None, shown: dict[str, str]) -> None:
    tokens = log_in(shown).json()
    assert lockout.lock_out(Device.objects.get())
    app = APIClient()
    app.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    assert code_of(app.get("/api/v1/user/profile")) == (401, "session_revoked")
    refreshed = app.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}, format="json")
    assert code_of(refreshed) == (401, "session_revoked")
    assert code_of(log_in(shown)) == (401, "device_revoked")
    assert Session.objects.get().revoked_reason == "staff"


def test_let_in_again_it_finds_its_account_by_its_secret(db: None, shown: dict[str, str]) -> None:
    first = log_in(shown).json()
    device = Device.objects.get()
    lockout.lock_out(device)
    assert lockout.let_in(device)
    assert log_in(shown).json()["user"]["id"] == first["user"]["id"]
    refreshed = APIClient().post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]}, format="json")
    assert code_of(refreshed) == (401, "session_revoked")


def test_each_is_done_once(device: Device) -> None:
    assert [lockout.let_in(device), lockout.lock_out(device), lockout.lock_out(device)] == [False, True, False]
    assert [lockout.let_in(device), lockout.let_in(device)] == [True, False]


def test_other_phones_stay_as_they_are(device: Device, app: APIClient, db: None, shown: dict[str, str]) -> None:
    log_in(shown)
    other = Device.objects.exclude(id=device.id).get()
    lockout.lock_out(other)
    assert app.get("/api/v1/user/profile").status_code == 200
    device.refresh_from_db()
    assert device.revoked_at is None
    lockout.lock_out(device)
    lockout.let_in(other)
    device.refresh_from_db()
    assert device.revoked_at


def test_a_login_at_the_same_moment_does_not_get_in(transactional_db: None, shown: dict[str, str]) -> None:
    log_in(shown)
    with transaction.atomic():
        lockout.lock_out(Device.objects.get())
        answer = held_up.by_us(lambda: log_in(shown))
    assert code_of(answer.result()) == (401, "device_revoked")
    assert not Session.objects.filter(revoked_at=None).exists()
