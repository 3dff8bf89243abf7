"""No copy of a picture is ever left behind, whenever a process dies and whoever leaves."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import avatars, deletion, profile
from apps.accounts.models import Device, UnusedAvatar, User
from apps.accounts.tasks import carry_out_deletions
from apps.core.errors import Conflict
from apps.emoji import backends
from apps.emoji.models import PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.tasks import remove_objects
from tests.accounts.shown_avatars import (
    AT_ONCE,
    LATER,
    copies,
    fetched,
    key_of,
    once_a_copy_is_stored,
    photo,
    show,
    shown,
)
from tests.conftest import app_of, at
from tests.emoji.conftest import sweep, upload

__all__ = ["photo"]


class Killed(BaseException):
    """As a process is: nothing of ours sees it."""


def killed(*_: Any, **__: Any) -> None:
    raise Killed


class TestWhatIsCutOff:
    """Whenever a process dies, each copy is shown or removed."""

    def test_before_the_copy_is_stored(
        self, user: User, photo: str, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        monkeypatch.setattr(backends.photo_store(), "write", killed)
        monkeypatch.setattr(avatars, "_require_open", lambda _: None)
        with pytest.raises(Killed):
            avatars.put_away(user.id, int(photo))
        sweep(LATER)
        assert not UnusedAvatar.objects.exists()

    def test_before_the_profile_shows_it(self, app: APIClient, user: User, photo: str, settings: Any) -> None:
        show(app, photo)
        avatars.put_away(user.id, int(photo))
        sweep(AT_ONCE)
        assert len(copies(settings)) == 2
        sweep(LATER)
        assert copies(settings) == [key_of(user)]

    def test_while_it_is_removed(
        self, app: APIClient, user: User, photo: str, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        show(app, photo)
        show(app, None)
        delete = backends.photo_store().delete

        def killed_after(key: str) -> None:
            delete(key)
            raise Killed

        for last_act in (killed, killed_after):
            with monkeypatch.context() as dying:
                dying.setattr(backends.photo_store(), "delete", last_act)
                with pytest.raises(Killed):
                    avatars.remove_unused(timezone.now(), 10)
        assert UnusedAvatar.objects.get().closed_at
        sweep(AT_ONCE)
        assert (copies(settings), UnusedAvatar.objects.count()) == ([], 0)

    def test_who_comes_when_the_copy_is_being_removed_does_not_show_it(
        self, user: User, photo: str, settings: Any
    ) -> None:
        key = avatars.put_away(user.id, int(photo))
        UnusedAvatar.objects.update(closed_at=timezone.now())
        with pytest.raises(Conflict):
            profile.change(user.id, {"avatar_key": key})
        assert key_of(user) == ""
        sweep(LATER)
        assert copies(settings) == []

    def test_who_stores_a_copy_too_late_removes_it(
        self, app: APIClient, photo: str, settings: Any, monkeypatch: pytest.MonkeyPatch, user: User
    ) -> None:
        store = backends.photo_store()
        write = store.write

        def slowly(key: str, content: bytes, *, content_type: str) -> None:
            sweep(LATER)
            write(key, content, content_type=content_type)

        monkeypatch.setattr(store, "write", slowly)
        answer = show(app, photo)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert (copies(settings), UnusedAvatar.objects.count(), key_of(user)) == ([], 0, "")

    def test_the_store_took_it_and_did_not_say_so(
        self, app: APIClient, photo: str, settings: Any, monkeypatch: pytest.MonkeyPatch, user: User
    ) -> None:
        def silent() -> None:
            raise PhotoStoreUnavailable("the answer broke off")

        once_a_copy_is_stored(monkeypatch, silent)
        assert show(app, photo).status_code == 503
        assert (len(copies(settings)), key_of(user)) == (1, "")
        sweep(LATER)
        assert copies(settings) == []

    def test_the_store_that_is_away_is_asked_again(
        self, app: APIClient, photo: str, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(_: str) -> None:
            raise PhotoStoreUnavailable("down")

        show(app, photo)
        show(app, None)
        with monkeypatch.context() as down:
            down.setattr(backends.photo_store(), "delete", away)
            with pytest.raises(PhotoStoreUnavailable):
                remove_objects()
        sweep(AT_ONCE)
        assert copies(settings) == []


def test_a_copy_that_another_user_stored_is_not_taken(user: User, photo: str, new_device: Any) -> None:
    key, thief = avatars.put_away(user.id, int(photo)), new_device().user
    with pytest.raises(Conflict):
        profile.change(thief.id, {"avatar_key": key})


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_at_once_one_is_shown_and_the_others_are_removed(
    device: Device, portrait: bytes, settings: Any
) -> None:
    photo, start, answers = upload(app_of(device), portrait), threading.Barrier(4), []

    def change() -> None:
        app = app_of(device)
        start.wait()
        answers.append(show(app, photo).status_code)
        connection.close()

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert (len(copies(settings)), UnusedAvatar.objects.count()) == (4, 3)
    sweep(LATER)
    assert copies(settings) == [key_of(device.user)]
    assert fetched(shown(app_of(device)))


@pytest.mark.django_db(transaction=True)
def test_a_copy_is_stored_outside_of_any_transaction(
    device: Device, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, seen = app_of(device), []
    photo = upload(app, portrait)
    once_a_copy_is_stored(monkeypatch, lambda: seen.append(connection.in_atomic_block))
    show(app, photo)
    assert seen == [False]


class TestLeaving:
    def carried_out(self, when: datetime | None = None) -> None:
        with at(when or timezone.now() + timedelta(days=15)):
            carry_out_deletions()

    def test_takes_the_avatar_along(self, app: APIClient, user: User, photo: str, settings: Any) -> None:
        PhotoUpload.objects.update(created_at=timezone.now() - timedelta(hours=1))
        show(app, photo)
        deletion.schedule(user.id, "")
        sweep(timedelta(days=2))
        assert len(copies(settings)) == 1
        self.carried_out()
        assert copies(settings) == []
        assert (key_of(user), UnusedAvatar.objects.count()) == ("", 0)
        assert user.deletions.get().completed_at

    def test_is_not_done_while_a_copy_may_still_be_stored(
        self, app: APIClient, user: User, photo: str, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a change that began when the account was still open."""
        PhotoUpload.objects.update(created_at=timezone.now() - timedelta(hours=1))
        settings.ACCOUNT_DELETION_DAYS = 0

        def leave() -> None:
            deletion.schedule(user.id, "")
            self.carried_out(timezone.now() + AT_ONCE)

        once_a_copy_is_stored(monkeypatch, leave)
        answer = show(app, photo)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")
        assert key_of(user) == ""
        assert user.deletions.get().left == "the avatar"
        UnusedAvatar.objects.update(due_at=timezone.now())
        self.carried_out()
        assert user.deletions.get().completed_at
        assert copies(settings) == []

    def test_leaves_the_avatars_of_others(
        self, app: APIClient, user: User, photo: str, portrait: bytes, new_device: Any, settings: Any
    ) -> None:
        other = new_device()
        show(app_of(other), upload(app_of(other), portrait))
        show(app, photo)
        deletion.schedule(user.id, "")
        self.carried_out()
        assert copies(settings) == [key_of(other.user)]


def test_the_database_knows_no_copy_without_a_name_and_none_twice(user: User) -> None:
    UnusedAvatar(user=user, key="avatars/1/a.jpg", due_at=timezone.now()).save()
    for key in ("", "avatars/1/a.jpg"):
        with pytest.raises(IntegrityError), transaction.atomic():
            UnusedAvatar(user=user, key=key, due_at=timezone.now()).save()
