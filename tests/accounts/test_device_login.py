"""A device id is a name; its secret proves it."""

import secrets
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.accounts.models import Device, User

LOGIN = "/api/v1/auth/login"


def new_secret() -> str:
    return "pkd1_" + secrets.token_urlsafe(32)


def log_in(client: APIClient, device_id: str, secret: str = "") -> Any:
    body = {"device_id": device_id, "platform": "ios", "app_version": "1.0.0"}
    return client.post(LOGIN, body | ({"device_secret": secret} if secret else {}), format="json")


@pytest.fixture
def device_id() -> str:
    return f"phone-{uuid4()}"


@pytest.mark.django_db
class TestLogin:
    def test_the_first_login_makes_a_user_and_tells_a_secret_once(self, anonymous: APIClient, device_id: str) -> None:
        answer = log_in(anonymous, device_id)
        assert answer.status_code == 201
        assert answer.data["device_secret"].startswith("pkd1_")
        assert answer.data["user"]["points"] == {"balance": 0}
        assert isinstance(answer.json()["user"]["id"], str)

    def test_a_secret_made_by_the_app_is_kept_and_not_told_back(self, anonymous: APIClient, device_id: str) -> None:
        answer = log_in(anonymous, device_id, new_secret())
        assert answer.status_code == 201
        assert "device_secret" not in answer.data

    def test_the_same_device_with_its_secret_is_the_same_user(self, anonymous: APIClient, device_id: str) -> None:
        secret = new_secret()
        first, second = log_in(anonymous, device_id, secret), log_in(anonymous, device_id, secret)
        assert second.status_code == 200
        assert second.data["user"]["id"] == first.data["user"]["id"]

    def test_a_wrong_secret_is_refused(self, anonymous: APIClient, device_id: str) -> None:
        log_in(anonymous, device_id, new_secret())
        answer = log_in(anonymous, device_id, new_secret())
        assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_invalid")

    def test_a_known_device_without_its_secret_is_refused(self, anonymous: APIClient, device_id: str) -> None:
        log_in(anonymous, device_id, new_secret())
        answer = log_in(anonymous, device_id)
        assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_required")

    def test_a_lost_first_answer_can_be_had_again(self, anonymous: APIClient, device_id: str) -> None:
        lost, again = log_in(anonymous, device_id), log_in(anonymous, device_id)
        assert again.status_code == 200
        assert again.data["device_secret"] != lost.data["device_secret"]
        assert log_in(anonymous, device_id, lost.data["device_secret"]).status_code == 401
        assert log_in(anonymous, device_id, again.data["device_secret"]).status_code == 200

    def test_but_not_once_the_account_was_used(self, anonymous: APIClient, device_id: str) -> None:
        token = log_in(anonymous, device_id).data["access_token"]
        anonymous.get("/api/v1/user/profile", headers={"Authorization": f"Bearer {token}"})
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"

    def test_a_new_secret_ends_earlier_tokens(self, anonymous: APIClient, device_id: str) -> None:
        token = log_in(anonymous, device_id).data["access_token"]
        log_in(anonymous, device_id)
        answer = anonymous.get("/api/v1/user/profile", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")

    def test_a_suspended_user_is_refused(self, anonymous: APIClient, device_id: str) -> None:
        secret = new_secret()
        log_in(anonymous, device_id, secret)
        User.objects.update(is_active=False)
        answer = log_in(anonymous, device_id, secret)
        assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")

    @pytest.mark.parametrize(
        "bad",
        [
            "short",
            "0" * 16,
            "9774d56d682e549c",
            "unknown-device-id",
            "with spaces in it 123",
            "ünïcode-device-id-1",
            123,
        ],
    )
    def test_an_id_that_names_no_one_phone_is_refused(self, anonymous: APIClient, bad: Any) -> None:
        answer = log_in(anonymous, bad)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert answer.json()["errors"][0]["pointer"] == "/device_id"

    def test_neither_id_nor_secret_is_stored_in_clear(self, anonymous: APIClient, device_id: str) -> None:
        secret = log_in(anonymous, device_id).data["device_secret"]
        stored = repr(Device.objects.values().get())
        assert device_id not in stored
        assert secret not in stored


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secret", ["", "pkd1_" + secrets.token_urlsafe(32)], ids=["no secret", "one secret"])
def test_twenty_first_logins_at_once_make_one_user(device_id: str, secret: str) -> None:
    answers: list[Any] = []
    start = threading.Barrier(20)

    def first_login() -> None:
        start.wait()
        answers.append(log_in(APIClient(), device_id, secret))
        connection.close()

    threads = [threading.Thread(target=first_login) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert (User.objects.count(), Device.objects.count()) == (1, 1)
    assert len({answer.data["user"]["id"] for answer in answers}) == 1
    if not secret:
        issued = {answer.data["device_secret"] for answer in answers}
        working = [shown for shown in issued if log_in(APIClient(), device_id, shown).status_code == 200]
        assert len(working) == 1
