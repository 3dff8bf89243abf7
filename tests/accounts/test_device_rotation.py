"""A device changes its secret, and a lost answer locks nobody out."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import device_rotation
from apps.accounts.models import Device, Session
from apps.accounts.sessions import SessionRevoked
from tests.conftest import app_of, at

ROTATE = "/api/v1/auth/device/rotate"


def new_secret() -> str:
    return "pkd1_" + secrets.token_urlsafe(32)


class Phone:
    def __init__(self) -> None:
        self.device_id, self.secret = f"phone-{uuid4()}", new_secret()
        self.client = APIClient()
        token = self.log_in(self.secret).json()["access_token"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    def log_in(self, secret: str) -> Any:
        body = {"device_id": self.device_id, "platform": "ios", "app_version": "1.0.0"}
        shown = {"device_secret": secret} if secret else {}
        return APIClient().post("/api/v1/auth/login", body | shown, format="json")

    def rotate(self, shown: str, wanted: str = "") -> Any:
        body = {"device_secret": shown} | ({"new_device_secret": wanted} if wanted else {})
        return self.client.post(ROTATE, body, format="json")


@pytest.fixture
def phone(db: None) -> Phone:
    return Phone()


def test_a_phone_whose_account_was_closed_meanwhile_is_logged_out(phone: Phone) -> None:
    session = Session.objects.select_related("device").get()
    Device.objects.all().delete()
    with pytest.raises(SessionRevoked):
        device_rotation.rotate(session, phone.secret)


def test_the_server_makes_a_secret_and_tells_it_once(phone: Phone) -> None:
    Device.objects.update(secret_state=Device.SecretState.ISSUED)
    made = phone.rotate(phone.secret).json()["device_secret"]
    assert made.startswith("pkd1_")
    assert Device.objects.get().secret_state == Device.SecretState.CONFIRMED
    assert phone.log_in(made).status_code == 200


def test_a_secret_of_the_app_is_not_told_back(phone: Phone) -> None:
    wanted = new_secret()
    assert phone.rotate(phone.secret, wanted).json() == {}
    assert phone.log_in(wanted).status_code == 200


def test_the_old_secret_holds_until_the_new_one_is_shown(phone: Phone) -> None:
    wanted = new_secret()
    phone.rotate(phone.secret, wanted)
    assert phone.log_in(phone.secret).status_code == 200
    assert phone.log_in(wanted).status_code == 200
    assert phone.log_in(phone.secret).json()["code"] == "device_secret_invalid"


def test_the_old_secret_holds_for_seven_days_at_most(phone: Phone) -> None:
    phone.rotate(phone.secret, new_secret())
    with at(timezone.now() + timedelta(days=6, hours=23)):
        assert phone.log_in(phone.secret).status_code == 200
    with at(timezone.now() + timedelta(days=7, seconds=1)):
        assert phone.log_in(phone.secret).json()["code"] == "device_secret_invalid"


def test_a_lost_answer_can_be_asked_for_again_with_the_old_secret(phone: Phone) -> None:
    lost = phone.rotate(phone.secret).json()["device_secret"]
    again = phone.rotate(phone.secret).json()["device_secret"]
    assert phone.log_in(lost).json()["code"] == "device_secret_invalid"
    assert phone.log_in(again).status_code == 200


def test_the_other_sessions_of_the_device_end(phone: Phone) -> None:
    thief = app_of(Device.objects.get())
    phone.rotate(phone.secret)
    assert thief.get("/api/v1/user/profile").json()["code"] == "session_revoked"
    assert phone.client.get("/api/v1/user/profile").status_code == 200


def test_the_sessions_of_another_device_go_on(phone: Phone, new_device: Callable[[], Device]) -> None:
    stranger = app_of(new_device())
    phone.rotate(phone.secret)
    assert stranger.get("/api/v1/user/profile").status_code == 200


def test_without_a_secret_the_device_stays_shut(phone: Phone) -> None:
    phone.rotate(phone.secret)
    assert phone.log_in("").json()["code"] == "device_secret_required"


def test_a_session_alone_is_not_enough(phone: Phone) -> None:
    answer = phone.rotate(new_secret())
    assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_invalid")
    assert phone.log_in(phone.secret).status_code == 200


def test_nor_is_a_bare_session(phone: Phone) -> None:
    Session.objects.update(auth_level=Session.AuthLevel.BARE)
    assert phone.rotate(phone.secret).json()["code"] == "device_secret_required"


@pytest.mark.parametrize("wanted", ["short", "pkd1_" + "a" * 43, "pkd1_" + "é" * 43])
def test_a_new_secret_must_be_random(phone: Phone, wanted: str) -> None:
    assert phone.rotate(phone.secret, wanted).json()["errors"][0]["pointer"] == "/new_device_secret"
