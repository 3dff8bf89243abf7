"""A user sees the picture that they show of themselves, by links that end; the provider never does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import consents
from apps.accounts.models import Device, UnusedAvatar, User
from apps.accounts.tasks import build_export
from apps.emoji.models import PhotoUpload
from tests.accounts.shown_avatars import AT_ONCE, LATER, PROFILE, copies, fetched, key_of, photo, show, shown
from tests.accounts.test_data_export import files_of, requested
from tests.conftest import app_of, at
from tests.emoji.conftest import check, configure, create, is_stored, sweep, upload

__all__ = ["configure", "photo"]


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


def test_an_export_tells_of_it(app: APIClient, photo: str) -> None:
    show(app, photo)
    export_id = requested(app)
    build_export(int(export_id))
    url = app.get(f"/api/v1/user/export/{export_id}").json()["download_url"]
    assert files_of(url)["profile.json"][0]["has_avatar"] is True
