"""What becomes no picture of a user, and why."""

from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from apps.accounts import suspension
from apps.accounts.models import User
from apps.emoji import backends
from apps.emoji.models import PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from tests.accounts.shown_avatars import PROFILE, copies, key_of, photo, show
from tests.conftest import app_of
from tests.emoji.conftest import upload

__all__ = ["photo"]


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
