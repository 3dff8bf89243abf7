"""Staff delete the account of who cannot do it in the app, and undo that."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import avatars, profile, suspension
from apps.accounts.models import AccountDeletion, Device, User
from apps.accounts.tasks import carry_out_deletions
from tests.audit_log import written
from tests.conftest import at
from tests.emoji.conftest import is_stored, sweep, upload


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def deed(desk: Client, user: User, name: str, reason: str = "Asked by mail") -> Any:
    return desk.post(f"/admin/people/{user.id}/do/{name}/", {"reason": reason})


def page_of(desk: Client, user: User) -> str:
    return desk.get(f"/admin/accounts/user/{user.id}/change/").content.decode()


def now(user: User) -> User:
    return User.objects.get(id=user.id)


def test_a_suspended_person_is_forgotten_on_their_day(desk: Client, user: User, settings: Any, staff: User) -> None:
    suspension.suspend(user.id, "spam")
    assert deed(desk, user, "delete").status_code == 302
    due_at = now(user).deletion_due_at
    assert due_at is not None
    assert now(user).suspended_at is not None
    (told,) = written()
    assert (told.staff, told.action, told.reason) == (staff, "user.delete", "Asked by mail")
    assert told.before == {"deletion_due_at": None, "erased_at": None}
    assert (told.after or {})["deletion_due_at"] is not None
    with at(timezone.now() + timedelta(days=settings.ACCOUNT_DELETION_DAYS, seconds=1)):
        carry_out_deletions()
    assert now(user).erased_at is not None
    assert not Device.objects.exists()


def test_every_session_ends_at_once(desk: Client, user: User, app: APIClient) -> None:
    deed(desk, user, "delete")
    assert app.get("/api/v1/user/profile").json()["code"] == "session_revoked"


def test_it_is_undone(desk: Client, user: User) -> None:
    deed(desk, user, "delete")
    assert deed(desk, user, "keep", "They want to stay").status_code == 302
    assert now(user).deletion_due_at is None
    assert AccountDeletion.objects.get().canceled_at is not None
    assert [told.action for told in written()] == ["user.delete", "user.keep"]


def test_the_page_offers_what_is_possible(desk: Client, user: User, staff: User) -> None:
    assert "do/delete/" in page_of(desk, user)
    deed(desk, user, "delete")
    assert "do/keep/" in page_of(desk, user)
    assert "do/delete/" not in page_of(desk, user)
    User.objects.filter(id=user.id).update(deletion_due_at=None, erased_at=timezone.now())
    for nobody in (user, staff):
        assert "do/delete/" not in page_of(desk, nobody)


def test_what_is_not_possible_is_refused_in_words(desk: Client, user: User, staff: User) -> None:
    assert "no deletion to undo" in deed(desk, user, "keep").content.decode()
    assert "member of staff" in deed(desk, staff, "delete").content.decode()
    deed(desk, user, "delete")
    assert "already" in deed(desk, user, "delete").content.decode()
    assert AccountDeletion.objects.count() == len(written()) == 1


def test_without_a_reason_nothing_is_done(desk: Client, user: User) -> None:
    assert deed(desk, user, "delete", " ").status_code == 200
    assert now(user).deletion_due_at is None


class TestAnAvatar:
    @pytest.fixture
    def key(self, user: User, app: APIClient, portrait: bytes) -> str:
        key = avatars.put_away(user.id, int(upload(app, portrait)))
        profile.change(user.id, {"avatar_key": key})
        return key

    def test_is_removed_with_a_reason(self, desk: Client, user: User, key: str, app: APIClient, staff: User) -> None:
        seen = app.get("/api/v1/user/profile")
        assert "do/remove-avatar/" in page_of(desk, user)
        assert deed(desk, user, "remove-avatar", "It shows something else").status_code == 302
        (told,) = written()
        assert (told.staff, told.action, told.reason) == (staff, "user.remove_avatar", "It shows something else")
        assert (told.before, told.after) == ({"has_avatar": True}, {"has_avatar": False})
        again = app.get("/api/v1/user/profile", headers={"If-None-Match": seen["ETag"]})
        assert (again.status_code, again.json()["avatar_url"]) == (200, None)
        sweep(timedelta(seconds=1))
        assert not is_stored(key)
        assert "do/remove-avatar/" not in page_of(desk, user)

    def test_that_is_not_there_is_not_removed(self, desk: Client, user: User) -> None:
        assert "There is no avatar." in deed(desk, user, "remove-avatar").content.decode()
        assert not written()

    def test_is_removed_by_who_may_change_people(self, client: Client, user: User, key: str) -> None:
        clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
        client.force_login(clerk)
        assert deed(client, user, "remove-avatar").status_code == 403
        assert now(user).avatar_key == key
