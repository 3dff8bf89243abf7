"""Sessions begin, are seen, and end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import refresh, sessions
from apps.accounts.models import Device, RefreshToken, Session
from tests.conftest import app_of

Reason = Session.Reason


def test_a_device_keeps_its_twenty_newest_sessions(device: Device) -> None:
    started = [sessions.start(device).id for _ in range(sessions.MOST_OF_A_DEVICE + 5)]
    living = [session.id for session in sessions.living(device.user_id).order_by("id")]
    assert living == started[5:]
    assert set(Session.objects.exclude(id__in=living).values_list("revoked_reason", flat=True)) == {Reason.SUPERSEDED}


def test_another_device_loses_none_of_them(device: Device, new_device: Callable[[], Device]) -> None:
    theirs = sessions.start(new_device())
    for _ in range(sessions.MOST_OF_A_DEVICE + 5):
        sessions.start(device)
    assert theirs in sessions.living(theirs.user_id)


def test_what_has_ended_keeps_its_first_reason(device: Device) -> None:
    session = sessions.start(device)
    sessions.end(session.id, Reason.LOGOUT)
    sessions.end_all(device.user_id, Reason.DELETION)
    session.refresh_from_db()
    assert session.revoked_reason == Reason.LOGOUT


def test_ending_all_ends_them_and_every_token_under_way(device: Device) -> None:
    sessions.start(device)
    sessions.end_all(device.user_id, Reason.LOGOUT_ALL)
    assert not sessions.living(device.user_id).exists()
    device.user.refresh_from_db()
    assert device.user.token_version == 2


def test_the_first_use_of_a_session_is_a_use_of_its_device(device: Device) -> None:
    assert device.first_used_at is None
    now = timezone.now()
    sessions.note_use(sessions.start(device), now)
    device.refresh_from_db()
    assert device.first_used_at == now


class TestForgetting:
    def test_ended_sessions_are_kept_for_thirty_days(self, device: Device) -> None:
        ended, living = sessions.start(device), sessions.start(device)
        refresh.begin(ended)
        sessions.end(ended.id, Reason.LOGOUT)
        assert sessions.forget_ended(timezone.now() + timedelta(days=29)) == 0
        assert sessions.forget_ended(timezone.now() + timedelta(days=31)) == 2
        assert living in Session.objects.all()

    def test_a_rotated_token_is_kept_as_long_as_a_copy_of_it_could_matter(self, device: Device) -> None:
        first = refresh.begin(sessions.start(device)).token
        second = refresh.rotate(first).token
        sessions.forget_ended(timezone.now() + timedelta(days=59))
        assert RefreshToken.objects.exclude(rotated_at=None).exists()
        sessions.forget_ended(timezone.now() + timedelta(days=61))
        assert not RefreshToken.objects.exclude(rotated_at=None).exists()
        assert refresh.rotate(second).session.device == device


def list_of(app: APIClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = app.get("/api/v1/auth/sessions").json()["items"]
    return items


class TestTheList:
    def test_shows_living_sessions_and_which_one_is_asking(self, device: Device, app: APIClient) -> None:
        other = sessions.start(device)
        gone = sessions.start(device)
        sessions.end(gone.id, Reason.LOGOUT)
        items = list_of(app)
        assert [item["is_current"] for item in items] == [False, True, False]
        assert items[0]["id"] == str(other.id)
        assert set(items[0]) == {
            "id",
            "platform",
            "device_model",
            "app_version",
            "created_at",
            "last_seen_at",
            "expires_at",
            "is_current",
        }

    def test_shows_nothing_of_others(self, app: APIClient, new_device: Callable[[], Device]) -> None:
        stranger = new_device()
        assert str(sessions.living(stranger.user_id)[0].id) not in [item["id"] for item in list_of(app)]

    def test_one_session_can_be_ended_from_another(self, device: Device, app: APIClient) -> None:
        lost_phone = app_of(device)
        lost_id = list_of(lost_phone)[0]["id"]
        assert app.delete(f"/api/v1/auth/sessions/{lost_id}").status_code == 204
        assert lost_phone.get("/api/v1/user/profile").json()["code"] == "session_revoked"
        assert app.delete(f"/api/v1/auth/sessions/{lost_id}").status_code == 404

    @pytest.mark.parametrize("offset", [0, 1, -1])
    def test_a_strangers_session_is_not_found(
        self, app: APIClient, new_device: Callable[[], Device], offset: int
    ) -> None:
        theirs = sessions.start(new_device())
        answer = app.delete(f"/api/v1/auth/sessions/{theirs.id + offset}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        theirs.refresh_from_db()
        assert theirs.revoked_at is None

    @pytest.mark.parametrize("bad", ["0", "9" * 19, "x", "-1"])
    def test_what_is_no_id_is_not_found(self, app: APIClient, bad: str) -> None:
        assert app.delete(f"/api/v1/auth/sessions/{bad}").status_code == 404
