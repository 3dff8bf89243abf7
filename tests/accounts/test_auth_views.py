"""Logging out, in every way an app may ask for it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts import access_token, refresh, sessions
from apps.accounts.models import Device, Session, User

LOGOUT = "/api/v1/auth/logout"
PROFILE = "/api/v1/user/profile"


class Phone:
    """A session as the app has it: two tokens."""

    def __init__(self, device: Device) -> None:
        issued = refresh.begin(sessions.start(device))
        self.session, self.refresh_token = issued.session, issued.token
        self.bearer = {"Authorization": f"Bearer {access_token.issue(issued.session)}"}

    @property
    def is_in(self) -> bool:
        return bool(APIClient().get(PROFILE, headers=self.bearer).status_code == 200)


@pytest.fixture
def phone(device: Device) -> Phone:
    return Phone(device)


@pytest.fixture
def other(device: Device) -> Phone:
    return Phone(device)


def log_out(headers: dict[str, str] | None = None, **body: Any) -> int:
    status: int = APIClient().post(LOGOUT, body, format="json", headers=headers or {}).status_code
    return status


def test_with_the_bearer_token(phone: Phone, other: Phone) -> None:
    assert log_out(phone.bearer) == 204
    assert (phone.is_in, other.is_in) == (False, True)
    answer = APIClient().post("/api/v1/auth/refresh", {"refresh_token": phone.refresh_token}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")


def test_with_the_refresh_token_alone(phone: Phone, other: Phone) -> None:
    assert log_out(refresh_token=phone.refresh_token) == 204
    assert (phone.is_in, other.is_in) == (False, True)


def test_with_a_refresh_token_whose_successor_never_arrived(phone: Phone) -> None:
    refresh.rotate(phone.refresh_token)
    assert log_out(refresh_token=phone.refresh_token) == 204
    assert not phone.is_in


def test_on_all_devices(phone: Phone, other: Phone) -> None:
    assert log_out(phone.bearer, all_devices=True) == 204
    assert (phone.is_in, other.is_in) == (False, False)
    assert set(Session.objects.exclude(revoked_at=None).values_list("revoked_reason", flat=True)) == {"logout_all"}


def test_a_new_login_after_logging_out_everywhere_works(device: Device, phone: Phone) -> None:
    log_out(phone.bearer, all_devices=True)
    device.user.refresh_from_db()
    assert Phone(device).is_in


def test_twice_is_204_twice(phone: Phone) -> None:
    assert [log_out(phone.bearer), log_out(phone.bearer)] == [204, 204]
    assert [log_out(refresh_token=phone.refresh_token) for _ in range(2)] == [204, 204]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}])
def test_without_any_session_is_204_too(db: None, headers: dict[str, str]) -> None:
    assert log_out(headers) == 204
    assert log_out(headers, refresh_token="pkr1_unknown", all_devices=True) == 204


def test_a_dead_session_ends_no_others(phone: Phone, other: Phone) -> None:
    log_out(phone.bearer)
    assert log_out(refresh_token=phone.refresh_token, all_devices=True) == 204
    assert other.is_in


def test_a_suspended_user_can_log_out(user: User, phone: Phone) -> None:
    User.objects.filter(id=user.id).update(is_active=False)
    assert log_out(phone.bearer) == 204
    User.objects.filter(id=user.id).update(is_active=True)
    assert not phone.is_in


def test_an_answer_with_tokens_is_not_stored_by_anybody(phone: Phone) -> None:
    answer = APIClient().post("/api/v1/auth/refresh", {"refresh_token": phone.refresh_token}, format="json")
    assert answer["Cache-Control"] == "no-store"
