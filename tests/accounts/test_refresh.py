"""A refresh token is good once, and thirty seconds more for whoever lost the answer."""

import secrets
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import refresh, sessions
from apps.accounts.models import Device, RefreshToken, Session, User
from tests.conftest import at

REFRESH = "/api/v1/auth/refresh"
LOGIN = "/api/v1/auth/login"


def exchange(token: Any) -> Any:
    return APIClient().post(REFRESH, {"refresh_token": token}, format="json")


def refusal(token: Any) -> tuple[int, str]:
    answer = exchange(token)
    return answer.status_code, answer.json().get("code", "")


def is_open(access: str) -> bool:
    answer = APIClient().get("/api/v1/user/profile", headers={"Authorization": f"Bearer {access}"})
    return bool(answer.status_code == 200)


@pytest.fixture
def first(device: Device) -> str:
    return refresh.begin(sessions.start(device)).token


def test_a_login_brings_a_refresh_token_of_sixty_days(db: None, anonymous: APIClient) -> None:
    body = {"device_id": f"phone-{uuid4()}", "platform": "ios", "app_version": "1.0.0"}
    answer = anonymous.post(LOGIN, body, format="json").json()
    assert answer["refresh_token"].startswith("pkr1_")
    assert answer["refresh_expires_in"] in (5184000, 5183999)
    assert exchange(answer["refresh_token"]).status_code == 200


def test_a_refresh_brings_both_tokens_and_no_profile(first: str) -> None:
    answer = exchange(first).json()
    assert set(answer) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_in",
        "is_new_user",
        "account_state",
        "server_time",
    }
    assert answer["refresh_token"] != first
    assert is_open(answer["access_token"])


def test_the_session_stays_the_same(first: str) -> None:
    before = Session.objects.latest("id").id
    exchange(first)
    assert Session.objects.latest("id").id == before


def test_a_lost_answer_can_be_had_again_for_thirty_seconds(first: str) -> None:
    now = timezone.now()
    with at(now):
        lost = exchange(first).json()["refresh_token"]
    with at(now + timedelta(seconds=29)):
        assert exchange(first).json()["refresh_token"] == lost
    with at(now + timedelta(seconds=31)):
        assert refusal(first) == (401, "refresh_token_reused")


def test_a_token_shown_again_too_late_ends_the_session(first: str) -> None:
    now = timezone.now()
    with at(now):
        answer = exchange(first).json()
    with at(now + timedelta(minutes=5)):
        assert refusal(first) == (401, "refresh_token_reused")
        assert refusal(answer["refresh_token"]) == (401, "session_revoked")
        assert not is_open(answer["access_token"])
    assert Session.objects.latest("id").revoked_reason == Session.Reason.REFRESH_REUSED


def test_the_grace_is_for_the_direct_predecessor_only(first: str) -> None:
    second = exchange(first).json()["refresh_token"]
    third = exchange(second).json()["refresh_token"]
    assert refusal(first) == (401, "refresh_token_reused")
    assert refusal(third) == (401, "session_revoked")


def test_reuse_ends_no_other_session(device: Device, first: str) -> None:
    other = refresh.begin(sessions.start(device)).token
    exchange(exchange(first).json()["refresh_token"])
    assert refusal(first) == (401, "refresh_token_reused")
    assert exchange(other).status_code == 200


@pytest.mark.parametrize("token", ["pkr1_" + "A" * 43, "x", "pkr1_"])
def test_an_unknown_token_is_invalid(db: None, token: str) -> None:
    assert refusal(token) == (401, "refresh_token_invalid")


@pytest.mark.parametrize("token", [None, {}, ["x"], "", "x" * 1000, "\x00"])
def test_what_cannot_be_a_token_is_no_valid_request(db: None, token: Any) -> None:
    assert refusal(token) == (422, "validation_failed")


def test_sixty_days_without_use_end_it(first: str) -> None:
    with at(timezone.now() + timedelta(days=60, seconds=1)):
        assert refusal(first) == (401, "refresh_token_expired")


def test_each_use_gives_sixty_days_more_but_a_year_in_all(first: str) -> None:
    began, token, answer = timezone.now(), first, {}
    for days in (50, 100, 150, 200, 250, 300, 350):
        with at(began + timedelta(days=days)):
            answer = exchange(token).json()
            token = answer["refresh_token"]
    assert answer["refresh_expires_in"] <= timedelta(days=15).total_seconds()
    with at(began + timedelta(days=365, seconds=1)):
        assert refusal(token) == (401, "refresh_token_expired")


def test_the_session_is_open_for_as_long_as_its_last_token(first: str) -> None:
    with at(timezone.now() + timedelta(days=50)):
        exchange(first)
    session = Session.objects.latest("id")
    assert session.expires_at == session.refresh_tokens.get(rotated_at=None).expires_at


def test_a_refresh_is_a_use_of_the_device(db: None, anonymous: APIClient) -> None:
    body = {"device_id": f"phone-{uuid4()}", "platform": "ios", "app_version": "1.0.0"}
    exchange(anonymous.post(LOGIN, body, format="json").json()["refresh_token"])
    assert anonymous.post(LOGIN, body, format="json").json()["code"] == "device_secret_required"


def test_a_suspended_user_gets_no_new_tokens_and_goes_on_afterwards(user: User, first: str) -> None:
    User.objects.filter(id=user.id).update(is_active=False)
    assert refusal(first) == (403, "account_suspended")
    User.objects.filter(id=user.id).update(is_active=True)
    assert exchange(first).status_code == 200


def test_an_ended_session_is_not_refreshed(first: str) -> None:
    sessions.end(Session.objects.latest("id").id, Session.Reason.LOGOUT)
    assert refusal(first) == (401, "session_revoked")


def test_no_token_is_stored_in_clear(first: str) -> None:
    second = exchange(first).json()["refresh_token"]
    stored = repr(list(RefreshToken.objects.values())) + repr(list(Session.objects.values()))
    assert first.removeprefix("pkr1_") not in stored
    assert second.removeprefix("pkr1_") not in stored


def test_the_database_knows_one_last_token_per_session(first: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        refresh.begin(Session.objects.latest("id"))


@pytest.mark.django_db(transaction=True)
def test_twenty_refreshes_at_once_end_in_one_living_family() -> None:
    body = {
        "device_id": f"phone-{uuid4()}",
        "device_secret": "pkd1_" + secrets.token_urlsafe(32),
        "platform": "ios",
        "app_version": "1.0.0",
    }
    token = APIClient().post(LOGIN, body, format="json").json()["refresh_token"]
    answers: list[Any] = []
    start = threading.Barrier(20)

    def refresh_once() -> None:
        start.wait()
        answers.append(exchange(token))
        connection.close()

    threads = [threading.Thread(target=refresh_once) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert RefreshToken.objects.count() == 2
    assert Session.objects.living(timezone.now()).count() == 1
    assert all(is_open(answer.json()["access_token"]) for answer in answers)
    assert exchange(answers[0].json()["refresh_token"]).status_code == 200
