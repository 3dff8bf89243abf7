"""A user shows a picture of themselves; no copy of it is ever left behind."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from apps.accounts import avatars, consents, deletion, profile, suspension
from apps.accounts.models import Device, UnusedAvatar, User
from apps.accounts.tasks import build_export, carry_out_deletions
from apps.core.errors import Conflict
from apps.emoji import backends
from apps.emoji.models import PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.tasks import remove_objects
from tests.accounts.test_data_export import files_of, requested
from tests.conftest import app_of, at
from tests.emoji.conftest import check, configure, create, is_stored, sweep, upload

__all__ = ["configure"]

PROFILE = "/api/v1/user/profile"
AT_ONCE = timedelta(seconds=1)
LATER = avatars.TAKEN_WITHIN + timedelta(minutes=1)


class Killed(BaseException):
    """As a process is: nothing of ours sees it."""


def show(app: APIClient, upload_id: str | None, **headers: str) -> Any:
    return app.patch(PROFILE, {"avatar_upload_id": upload_id}, format="json", headers=headers)


def shown(app: APIClient) -> str | None:
    url: str | None = app.get(PROFILE).json()["avatar_url"]
    return url


def fetched(url: str | None) -> Image.Image:
    assert url
    answer = APIClient().get(url.removeprefix("http://testserver"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    return Image.open(BytesIO(answer.content))


def key_of(user: User) -> str:
    return User.objects.get(id=user.id).avatar_key


def copies(settings: Any) -> list[str]:
    folder = Path(settings.LOCAL_PHOTO_DIR)
    return [str(path.relative_to(folder)) for path in folder.glob("avatars/**/*") if path.is_file()]


@pytest.fixture
def photo(app: APIClient, portrait: bytes) -> str:
    return upload(app, portrait)


def once_a_copy_is_stored(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Any]) -> None:
    """Something happens before whoever stored it can say so."""
    store = backends.photo_store()
    write = store.write

    def stored(key: str, content: bytes, *, content_type: str) -> None:
        write(key, content, content_type=content_type)
        meanwhile()

    monkeypatch.setattr(store, "write", stored)


def killed(*_: Any, **__: Any) -> None:
    raise Killed


class TestAPicture:
    def test_is_a_small_square_behind_a_link(self, app: APIClient, user: User, photo: str) -> None:
        assert shown(app) is None
        answer = show(app, photo)
        assert answer.status_code == 200
        assert answer.json()["version"] == 2
        for url in (answer.json()["avatar_url"], shown(app)):
            picture = fetched(url)
            assert (picture.format, picture.size) == ("JPEG", (512, 512))
            assert not picture.getexif()
        assert not UnusedAvatar.objects.exists()

    def test_has_a_name_that_cannot_be_guessed_nor_leads_to_the_photo(
        self, app: APIClient, user: User, photo: str
    ) -> None:
        show(app, photo)
        first = key_of(user)
        show(app, photo)
        assert first.startswith(f"avatars/{user.id}/")
        assert key_of(user) != first
        assert photo not in key_of(user)
        assert len(key_of(user)) > len(f"avatars/{user.id}/.jpg") + 20

    def test_stays_when_the_photo_goes_at_its_usual_time(self, app: APIClient, user: User, photo: str) -> None:
        show(app, photo)
        sweep(timedelta(hours=25))
        assert PhotoUpload.objects.get().removed_at
        assert not is_stored(PhotoUpload.objects.get().key)
        assert fetched(shown(app))

    def test_is_taken_down_and_removed(self, app: APIClient, user: User, photo: str, settings: Any) -> None:
        show(app, photo)
        key = key_of(user)
        body = show(app, None).json()
        assert (body["avatar_url"], body["version"]) == (None, 3)
        assert show(app, None).json()["version"] == 3
        assert is_stored(key)
        sweep(AT_ONCE)
        assert copies(settings) == []
        assert not UnusedAvatar.objects.exists()

    def test_takes_the_place_of_another(self, app: APIClient, user: User, photo: str, settings: Any) -> None:
        show(app, photo)
        show(app, photo)
        assert len(copies(settings)) == 2
        sweep(LATER)
        assert copies(settings) == [key_of(user)]
        assert fetched(shown(app))

    def test_changes_with_the_rest_of_the_profile(self, app: APIClient, photo: str) -> None:
        body = app.patch(PROFILE, {"avatar_upload_id": photo, "nickname": "Ming"}, format="json").json()
        assert (body["nickname"], body["version"], body["avatar_url"] is None) == ("Ming", 2, False)

    def test_is_shown_by_a_login(self, db: None, portrait: bytes, anonymous: APIClient) -> None:
        phone = {
            "device_id": "a-phone-with-a-picture",
            "device_secret": "pkd1_" + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
            "platform": "ios",
            "app_version": "1.0.0",
        }
        first = anonymous.post("/api/v1/auth/login", phone, format="json").json()
        assert first["user"]["avatar_url"] is None
        app = APIClient()
        app.credentials(HTTP_AUTHORIZATION=f"Bearer {first['access_token']}")
        with CaptureQueriesContext(connection) as without:
            anonymous.post("/api/v1/auth/login", phone, format="json")
        show(app, upload(app, portrait))
        with CaptureQueriesContext(connection) as queries:
            again = anonymous.post("/api/v1/auth/login", phone, format="json").json()
        assert fetched(again["user"]["avatar_url"])
        assert len(queries) == len(without)


class TestFreshness:
    def test_the_same_picture_is_not_sent_again(self, app: APIClient, photo: str) -> None:
        show(app, photo)
        with at("2026-12-01T10:05:00Z"):
            # A link begins anew each second; what is shown does not.
            seen = app_of(Device.objects.get()).get(PROFILE)
        with at("2026-12-01T10:25:00Z"):
            again = app_of(Device.objects.get()).get(PROFILE, headers={"If-None-Match": seen["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_a_new_link_comes_before_the_old_one_dies(self, app: APIClient, photo: str) -> None:
        show(app, photo)
        with at("2026-12-01T10:05:00Z"):
            seen = app_of(Device.objects.get()).get(PROFILE)
        with at("2026-12-01T10:31:00Z"):
            assert fetched(seen.json()["avatar_url"])
            again = app_of(Device.objects.get()).get(PROFILE, headers={"If-None-Match": seen["ETag"]})
        with at("2026-12-01T11:06:00Z"):
            assert again.status_code == 200
            assert fetched(again.json()["avatar_url"])
            dead = APIClient().get(seen.json()["avatar_url"].removeprefix("http://testserver"))
            assert dead.json()["code"] == "link_not_valid"

    def test_another_picture_is_another_tag(self, app: APIClient, photo: str) -> None:
        tags = {app.get(PROFILE)["ETag"], show(app, photo)["ETag"], show(app, photo)["ETag"], show(app, None)["ETag"]}
        assert len(tags) == 4

    def test_is_changed_for_the_version_it_is_meant_for(self, app: APIClient, photo: str, settings: Any) -> None:
        seen = app.get(PROFILE)["ETag"]
        assert show(app, photo, **{"If-Match": seen}).status_code == 200
        for upload_id in (photo, None):
            answer = show(app, upload_id, **{"If-Match": seen})
            assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
        assert len(copies(settings)) == 1
        assert show(app, None, **{"If-Match": app.get(PROFILE)["ETag"]}).status_code == 200


class TestWhatIsRefused:
    def test_another_users_photo_and_none(self, app: APIClient, portrait: bytes, new_device: Any, user: User) -> None:
        theirs = upload(app_of(new_device()), portrait)
        for upload_id in (theirs, "1"):
            answer = show(app, upload_id)
            assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found")
        assert key_of(user) == ""

    def test_a_photo_whose_time_is_over(self, app: APIClient, photo: str) -> None:
        PhotoUpload.objects.update(expires_at=timezone.now())
        assert (show(app, photo).status_code, show(app, photo).json()["code"]) == (410, "upload_expired")

    def test_a_photo_that_is_being_removed(self, app: APIClient, photo: str) -> None:
        PhotoUpload.objects.update(closed_at=timezone.now())
        assert show(app, photo).json()["code"] == "upload_expired"

    def test_a_photo_that_has_not_arrived(self, app: APIClient) -> None:
        ticket = app.post(
            "/api/v1/emoji/uploads", {"content_type": "image/jpeg", "content_length": 9}, format="json"
        ).json()
        answer = show(app, ticket["upload_id"])
        assert (answer.status_code, answer.json()["code"]) == (409, "upload_not_completed")

    @pytest.mark.parametrize(
        ("content", "declared", "code"),
        [
            (b"no image at all", "image/jpeg", "image_unreadable"),
            (None, "image/png", "image_type_unsupported"),
        ],
    )
    def test_what_is_no_photo(
        self, app: APIClient, portrait: bytes, content: bytes | None, declared: str, code: str, user: User
    ) -> None:
        assert show(app, upload(app, content or portrait, declared)).json()["code"] == code
        assert key_of(user) == ""

    def test_a_photo_that_is_too_small(self, app: APIClient) -> None:
        out = BytesIO()
        Image.new("RGB", (399, 800)).save(out, "JPEG")
        answer = show(app, upload(app, out.getvalue()))
        assert (answer.status_code, answer.json()["code"]) == (422, "image_dimensions_invalid")

    def test_a_photo_that_breaks_off(self, app: APIClient, portrait: bytes, settings: Any) -> None:
        answer = show(app, upload(app, portrait[: len(portrait) // 3]))
        assert (answer.status_code, answer.json()["code"]) == (422, "image_unreadable")
        assert copies(settings) == []

    @pytest.mark.parametrize("wrong", [7, "x", "", ["1"], True], ids=str)
    def test_what_is_no_id(self, app: APIClient, wrong: Any) -> None:
        answer = show(app, wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/avatar_upload_id")

    def test_a_link_instead_of_a_photo(self, app: APIClient) -> None:
        answer = app.patch(PROFILE, {"avatar_url": "http://example.com/me.jpg"}, format="json")
        assert answer.json()["errors"][0]["code"] == "read_only"

    def test_a_suspended_user(self, app: APIClient, user: User, photo: str, settings: Any) -> None:
        suspension.suspend(user.id, "spam")
        assert show(app, photo).json()["code"] == "account_suspended"
        assert copies(settings) == []

    def test_more_than_a_days_worth(self, app: APIClient, photo: str, settings: Any) -> None:
        settings.RATE_LIMITS_ENABLED, settings.RATE_LIMITS = True, {"avatar.user": "2/day"}
        answers = [show(app, photo) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].json()["code"] == "rate_limited"
        assert show(app, None).status_code == 200
        assert app.patch(PROFILE, {"nickname": "Ming"}, format="json").status_code == 200

    def test_all_while_the_store_is_away(
        self, app: APIClient, photo: str, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: Any, **__: Any) -> None:
            raise PhotoStoreUnavailable("down")

        show(app, photo)
        key = key_of(user)
        for call in ("write", "read"):
            with monkeypatch.context() as down:
                down.setattr(backends.photo_store(), call, away)
                answer = show(app, photo)
            assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
        assert key_of(user) == key


class TestConsent:
    @pytest.fixture(autouse=True)
    def required(self, configure: Callable[..., None]) -> None:
        configure(consent={"ai_processing": {"required": True, "version": "2026-01"}})

    def ticket(self, app: APIClient, portrait: bytes, **purpose: str) -> Any:
        wish = {"content_type": "image/jpeg", "content_length": len(portrait), **purpose}
        return app.post("/api/v1/emoji/uploads", wish, format="json")

    def test_to_the_provider_is_not_asked_for_an_avatar(
        self, app: APIClient, user: User, portrait: bytes, template: Any, give_points: Any
    ) -> None:
        give_points(user, 1000)
        assert self.ticket(app, portrait).json()["code"] == "consent_required"
        assert self.ticket(app, portrait, purpose="emoji").json()["code"] == "consent_required"
        ticket = self.ticket(app, portrait, purpose="avatar").json()
        APIClient().put(ticket["url"].removeprefix("http://testserver"), portrait, content_type="image/jpeg")
        assert fetched(show(app, ticket["upload_id"]).json()["avatar_url"])
        # And no way around it for anything that the provider would see.
        assert check(app, ticket["upload_id"]).json()["code"] == "consent_required"
        assert create(app, ticket["upload_id"]).json()["code"] == "consent_required"

    def test_is_for_a_purpose_that_is_known(self, app: APIClient, portrait: bytes) -> None:
        assert self.ticket(app, portrait, purpose="art").status_code == 422

    def test_that_is_withdrawn_leaves_the_avatar(self, app: APIClient, user: User, portrait: bytes) -> None:
        for granted in (True, False):
            consents.decide(
                user.id, consents.Purpose.AI_PROCESSING, granted=granted, version="2026-01", app_version="1.0.0"
            )
            if granted:
                show(app, upload(app, portrait))
        assert fetched(shown(app))


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


def test_an_export_tells_of_it(app: APIClient, photo: str) -> None:
    show(app, photo)
    export_id = requested(app)
    build_export(int(export_id))
    url = app.get(f"/api/v1/user/export/{export_id}").json()["download_url"]
    assert files_of(url)["profile.json"][0]["has_avatar"] is True


def test_the_database_knows_no_copy_without_a_name_and_none_twice(user: User) -> None:
    UnusedAvatar(user=user, key="avatars/1/a.jpg", due_at=timezone.now()).save()
    for key in ("", "avatars/1/a.jpg"):
        with pytest.raises(IntegrityError), transaction.atomic():
            UnusedAvatar(user=user, key=key, due_at=timezone.now()).save()
