"""A token holds as long as its session, its device and its user allow it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.request import Request
from rest_framework.test import APIClient

from apps.accounts import access_token, sessions
from apps.accounts.authentication import DeviceTokenAuthentication
from apps.accounts.models import Device, Session, User
from tests.conftest import app_of, at

PROFILE = "/api/v1/user/profile"
Reason = Session.Reason


def refusal(app: APIClient) -> tuple[int, str]:
    answer = app.get(PROFILE)
    return answer.status_code, answer.json().get("code", "")


def test_no_token_asks_for_a_login(db: None, anonymous: APIClient) -> None:
    answer = anonymous.get(PROFILE)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Basic abc", "Token abc", "abc"])
def test_another_scheme_is_no_token(db: None, anonymous: APIClient, header: str) -> None:
    assert anonymous.get(PROFILE, headers={"Authorization": header}).json()["code"] == "authentication_required"


def test_a_session_that_was_seen_costs_one_query(
    device: Device, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = access_token.issue(sessions.start(device))
    request = Request(RequestFactory().get(PROFILE, headers={"Authorization": f"Bearer {token}"}))
    DeviceTokenAuthentication().authenticate(request)
    with django_assert_num_queries(1):
        found = DeviceTokenAuthentication().authenticate(request)
    assert found is not None
    assert found[0] == device.user


def test_when_it_was_seen_is_written_every_ten_minutes(app: APIClient) -> None:
    app.get(PROFILE)
    first = Session.objects.latest("id").last_seen_at
    assert first is not None
    with at(first + timedelta(minutes=9)):
        app.get(PROFILE)
    assert Session.objects.latest("id").last_seen_at == first
    with at(first + timedelta(minutes=11)):
        app.get(PROFILE)
    later = Session.objects.latest("id").last_seen_at
    assert later is not None
    assert later >= first + timedelta(minutes=11)


def test_the_end_of_a_session_works_at_once(app: APIClient) -> None:
    assert refusal(app)[0] == 200
    sessions.end(Session.objects.latest("id").id, Reason.LOGOUT)
    assert refusal(app) == (401, "session_revoked")


def test_the_end_of_one_session_leaves_the_others(device: Device, app: APIClient) -> None:
    other = app_of(device)
    sessions.end(Session.objects.latest("id").id, Reason.LOGOUT)
    assert refusal(other) == (401, "session_revoked")
    assert refusal(app)[0] == 200


def test_a_new_version_ends_every_earlier_token(app: APIClient, user: User) -> None:
    User.objects.filter(id=user.id).update(token_version=2)
    assert refusal(app) == (401, "session_revoked")


def test_a_session_of_another_user_or_device_is_none(device: Device, new_device: Callable[[], Device]) -> None:
    other = new_device()
    for mine, theirs in (("user", "user"), ("device", "device")):
        session = sessions.start(device)
        setattr(session, f"{mine}_id", getattr(sessions.start(other), f"{theirs}_id"))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token.issue(session)}")
        assert refusal(client) == (401, "session_revoked")


def test_a_user_who_is_no_more_is_logged_out(app: APIClient, user: User) -> None:
    user.delete()
    assert refusal(app) == (401, "session_revoked")


def test_suspension_works_at_once_and_names_its_end(app: APIClient, user: User, settings: Any) -> None:
    settings.SUPPORT_EMAIL = "help@example.com"
    until = timezone.now().replace(microsecond=0) + timedelta(days=3)
    User.objects.filter(id=user.id).update(
        is_active=False, suspended_at=timezone.now(), suspended_until=until, suspension_reason="spam"
    )
    answer = app.get(PROFILE)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")
    assert answer.json()["params"] == {
        "until": until.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "support_email": "help@example.com",
    }
    assert "spam" not in answer.content.decode()


def test_who_is_switched_off_by_staff_is_suspended_for_good(app: APIClient, user: User) -> None:
    User.objects.filter(id=user.id).update(is_active=False)
    assert refusal(app) == (403, "account_suspended")


def test_an_account_that_waits_for_its_deletion_is_closed(app: APIClient, user: User) -> None:
    User.objects.filter(id=user.id).update(deletion_due_at=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    answer = app.get(PROFILE)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_pending_deletion")
    assert answer.json()["params"] == {"delete_at": "2027-01-02T03:04:05.000Z"}
    assert answer.json()["detail"] == "It will be deleted at 2027-01-02 03:04 UTC; until then that can be undone."
