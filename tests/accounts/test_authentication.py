"""Every token that is not exactly one of ours is a 401 with a code."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.authentication import token_for
from apps.accounts.models import Device

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def ask(token: str) -> Any:
    return APIClient().get("/api/v1/user/profile", headers={"Authorization": f"Bearer {token}"})


def forged(device: Device, key: str = KEY, algorithm: str = "HS256", **claims: Any) -> str:
    ours = jwt.decode(str(token_for(device)), options={"verify_signature": False})
    payload = {name: value for name, value in (ours | claims).items() if value is not None}
    return jwt.encode(payload, key, algorithm=algorithm)


def test_a_token_of_ours_is_let_in(device: Device) -> None:
    assert ask(str(token_for(device))).status_code == 200
    assert ask(forged(device)).status_code == 200


def test_no_token_asks_for_a_login(db: None, anonymous: APIClient) -> None:
    answer = anonymous.get("/api/v1/user/profile")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int((timezone.now() - timedelta(hours=1)).timestamp())},
        {"exp": None},
        {"aud": "another-app"},
        {"aud": None},
        {"iss": "somebody-else"},
        {"token_type": "refresh"},
        {"sub": "nobody"},
        {"did": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_invalid(device: Device, claims: dict[str, Any]) -> None:
    answer = ask(forged(device, **claims))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b", "é.é.é", "." * 100_000], ids=lambda token: token[:10])
def test_rubbish_is_invalid(db: None, token: str) -> None:
    assert ask(token).status_code == 401


def test_another_key_or_no_algorithm_is_invalid(device: Device) -> None:
    assert ask(forged(device, key="another key that is long enough for HS256")).status_code == 401
    assert ask(forged(device, key="", algorithm="none")).status_code == 401


def test_another_users_device_is_no_session(device: Device, new_device: Any) -> None:
    answer = ask(forged(device, did=str(new_device().id)))
    assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")


def test_suspension_works_at_once(device: Device) -> None:
    token = str(token_for(device))
    device.user.is_active = False
    device.user.save(update_fields=["is_active"])
    assert ask(token).json()["code"] == "account_suspended"
