"""What is known of a photo is used by tasks, and forgotten with the photo."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.emoji import backends, detections, pipeline, retention, tasks
from apps.emoji.models import Detection, EmojiTask, PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.provider import ProviderError
from apps.points.models import UserPoints
from tests.conftest import app_of, at
from tests.emoji.conftest import TASKS, advance, check, create, is_stored, upload
from tests.fakes import BOXES, ScriptedProvider

DAY = timedelta(days=1)


def remove(photo: PhotoUpload) -> None:
    """As the sweep does when the photo's time is over."""
    PhotoUpload.objects.filter(id=photo.id).update(closed_at=timezone.now())
    assert retention.remove_photos(timezone.now(), 10) == 1


def once_a_copy_is_made(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Something happens when the copy has been made and is about to be written."""
    store = backends.photo_store()
    write = store.write

    def late(key: str, content: bytes, *, content_type: str) -> None:
        meanwhile()
        write(key, content, content_type=content_type)

    monkeypatch.setattr(store, "write", late)


class TestTasks:
    def test_a_checked_photo_is_not_checked_again(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        detection_id = check(app, photo_id).json()["detection_id"]
        made = create(app, photo_id, detection_id=detection_id).json()
        pipeline.advance(int(made["id"]))
        assert provider.calls == ["detect", "submit"]
        task = EmojiTask.objects.get()
        assert (task.stage, task.face_box, task.extended_box) == ("generating", [*BOXES.face], [*BOXES.extended])

    def test_a_second_emoji_of_a_photo_does_not_check_it_again(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        for _ in range(2):
            pipeline.advance(int(create(app, photo_id).json()["id"]))
        assert provider.calls == ["detect", "submit", "submit"]

    def test_a_check_that_is_too_old_is_made_anew(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        check(app, photo_id)
        Detection.objects.update(expires_at=timezone.now())
        pipeline.advance(int(create(app, photo_id).json()["id"]))
        assert provider.calls == ["detect", "detect", "submit"]

    def test_a_photo_that_did_not_pass_is_refused_before_it_costs_points(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        provider.next("detect", ProviderError("photo_no_face"))
        check(app, photo_id)
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (422, "photo_rejected")
        assert answer.json()["params"] == {"reason": "photo_no_face"}
        assert UserPoints.objects.get(user=rich).balance == 1000

    def test_a_photo_that_an_emoji_failed_for_is_not_charged_for_again(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        provider.next("detect", ProviderError("photo_no_face"))
        pipeline.advance(int(create(app, photo_id).json()["id"]))
        balance = UserPoints.objects.get(user=rich).balance
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["params"]) == (422, {"reason": "photo_no_face"})
        assert (check(app, photo_id).json()["reason"], provider.calls) == ("photo_no_face", ["detect"])
        assert UserPoints.objects.get(user=rich).balance == balance

    def test_a_photo_is_not_refused_for_what_the_provider_failed_at(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        provider.next("detect", ProviderError("provider_failed"))
        pipeline.advance(int(create(app, photo_id).json()["id"]))
        assert create(app, photo_id).status_code == 201

    def test_a_named_check_must_be_of_this_photo_and_not_too_old(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        detection_id = check(app, photo_id).json()["detection_id"]
        assert create(app, photo_id, detection_id="1").json()["code"] == "detection_not_found"
        Detection.objects.update(expires_at=timezone.now())
        answer = create(app, photo_id, detection_id=detection_id)
        assert (answer.status_code, answer.json()["code"]) == (410, "detection_expired")


class TestForgetting:
    def test_old_checks_go_a_day_after_their_end(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider
    ) -> None:
        check(app, photo_id)
        row = Detection.objects.get()
        assert detections.forget_old(row.expires_at + DAY - timedelta(hours=1), 10) == 0
        assert detections.forget_old(row.expires_at + DAY + timedelta(hours=1), 10) == 1

    def test_a_check_goes_with_its_photo(self, app: APIClient, photo_id: str, provider: ScriptedProvider) -> None:
        check(app, photo_id)
        with at(timezone.now() + DAY + timedelta(hours=1)):
            tasks.remove_objects()
        photo = PhotoUpload.objects.get()
        assert (photo.removed_at is not None, Detection.objects.exists()) == (True, False)

    def test_no_copy_stays_of_a_photo_that_is_removed_while_it_is_checked(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        photo = PhotoUpload.objects.get(id=photo_id)
        once_a_copy_is_made(monkeypatch, lambda: remove(photo))
        answer = check(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (410, "upload_expired")
        assert (is_stored(photo.key), is_stored(photo.copy_key), provider.calls) == (False, False, [])

    def test_the_same_photo_uploaded_again_is_checked_as_if_it_had_not_been(
        self,
        app: APIClient,
        photo_id: str,
        portrait: bytes,
        provider: ScriptedProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with monkeypatch.context() as race:
            once_a_copy_is_made(race, lambda: remove(PhotoUpload.objects.get(id=photo_id)))
            check(app, photo_id)
        assert check(app, upload(app, portrait)).json()["passed"] is True

    def test_no_copy_stays_that_the_store_took_without_a_word(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        photo, store = PhotoUpload.objects.get(id=photo_id), backends.photo_store()
        write = store.write

        def taken_in_silence(key: str, content: bytes, *, content_type: str) -> None:
            remove(photo)
            write(key, content, content_type=content_type)
            raise PhotoStoreUnavailable("no answer")

        monkeypatch.setattr(store, "write", taken_in_silence)
        assert check(app, photo_id).json()["code"] == "upload_expired"
        assert not is_stored(photo.copy_key)

    def test_a_check_outlives_an_earlier_upload_of_the_same_photo_and_goes_with_the_last(
        self, app: APIClient, rich: User, photo_id: str, portrait: bytes, provider: ScriptedProvider
    ) -> None:
        made = create(app, photo_id).json()["id"]
        advance(EmojiTask.objects.get(id=made), 2)
        app.delete(f"{TASKS}/{made}")
        with at(timezone.now() + timedelta(minutes=14)):
            again = upload(app, portrait)
            checked = check(app, again).json()["detection_id"]
        with at(timezone.now() + timedelta(minutes=18)):
            tasks.remove_objects()
            assert PhotoUpload.objects.get(id=photo_id).removed_at
            assert create(app, again, detection_id=checked).status_code == 201
        EmojiTask.objects.update(status="canceled", completed_at=timezone.now())
        with at(timezone.now() + 2 * DAY):
            tasks.remove_objects()
        assert not Detection.objects.exists()

    def test_a_refused_photo_stays_refused_when_an_earlier_upload_of_it_goes(
        self, app: APIClient, device: Device, rich: User, photo_id: str, portrait: bytes, provider: ScriptedProvider
    ) -> None:
        provider.next("detect", *[ProviderError("photo_no_face")] * 2)
        check(app, photo_id)
        with at(timezone.now() + DAY + timedelta(minutes=1)):
            app = app_of(device)
            again = upload(app, portrait)
            check(app, again)
        with at(timezone.now() + DAY + timedelta(minutes=7)):
            tasks.remove_objects()
            assert PhotoUpload.objects.get(id=photo_id).removed_at
            assert create(app, again).json()["code"] == "photo_rejected"
