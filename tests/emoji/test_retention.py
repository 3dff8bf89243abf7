"""Photos and clips go when their time is over or their user says so, and not while somebody needs them."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji import backends, own_tasks, retention, tasks, uploads
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.uploads import UploadExpired
from tests import held_up
from tests.conftest import app_of, our_clock_at
from tests.emoji.conftest import TASKS, advance, another, create, is_stored, sweep, upload
from tests.fakes import ScriptedProvider

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def made(task: EmojiTask, provider: ScriptedProvider) -> EmojiTask:
    return advance(task, 2)


def stored_of(task: EmojiTask) -> list[bool]:
    """Photo, working copy, clip."""
    return [is_stored(key) for key in (task.upload.key, task.upload.copy_key, task.result_key)]


def another_with_the_same_photo(task: EmojiTask, **fields: Any) -> EmojiTask:
    task.refresh_from_db()
    return another(task, provider_task_id=None, **fields)


class TestAfterADeletion:
    def test_photo_and_clip_go_within_the_hour(self, app: APIClient, made: EmojiTask) -> None:
        assert stored_of(made) == [True, True, True]
        app.delete(f"{TASKS}/{made.id}")
        sweep(HOUR)
        assert stored_of(made) == [False, False, False]
        made.refresh_from_db()
        assert made.result_removed_at
        assert made.upload.removed_at

    def test_the_photo_stays_until_its_ticket_could_not_bring_it_back(self, app: APIClient, made: EmojiTask) -> None:
        app.delete(f"{TASKS}/{made.id}")
        sweep(timedelta(minutes=5))
        assert stored_of(made) == [True, True, False]
        sweep(timedelta(minutes=20))
        assert stored_of(made) == [False, False, False]

    def test_a_photo_that_another_emoji_shows_stays(self, app: APIClient, made: EmojiTask) -> None:
        other = another_with_the_same_photo(made, result_key="results/1/other.webp")
        app.delete(f"{TASKS}/{made.id}")
        sweep(HOUR)
        assert stored_of(made) == [True, True, False]
        app.delete(f"{TASKS}/{other.id}")
        sweep(2 * HOUR)
        assert stored_of(made) == [False, False, False]

    def test_a_photo_that_is_at_work_stays(self, app: APIClient, made: EmojiTask) -> None:
        another_with_the_same_photo(made, status="processing", completed_at=None)
        app.delete(f"{TASKS}/{made.id}")
        sweep(5 * DAY)
        assert stored_of(made) == [True, True, False]


class TestLifetimes:
    def test_a_photo_goes_a_day_after_its_task_and_its_clip_stays(self, app: APIClient, made: EmojiTask) -> None:
        shown = app.get(f"{TASKS}/{made.id}").json()["input"]
        promised = datetime.fromisoformat(shown["delete_after"])
        assert promised - datetime.fromisoformat(app.get(f"{TASKS}/{made.id}").json()["completed_at"]) == DAY
        assert shown["deleted_at"] is None
        sweep(DAY - HOUR)
        assert stored_of(made) == [True, True, True]
        sweep(DAY + HOUR)
        assert stored_of(made) == [False, False, True]
        gone = app.get(f"{TASKS}/{made.id}").json()
        assert gone["input"]["deleted_at"]
        assert gone["input"]["thumbnail_url"] is None
        assert gone["result_state"] == "available"

    def test_while_a_task_is_open_no_end_of_its_photo_is_promised(self, app: APIClient, task: EmojiTask) -> None:
        assert app.get(f"{TASKS}/{task.id}").json()["input"]["delete_after"] is None
        sweep(30 * DAY)
        assert is_stored(task.upload.key)

    def test_the_last_task_with_a_photo_says_when_it_goes(self, app: APIClient, made: EmojiTask) -> None:
        later = another_with_the_same_photo(made, completed_at=timezone.now() + 5 * HOUR)
        promised = {app.get(f"{TASKS}/{task.id}").json()["input"]["delete_after"] for task in (made, later)}
        assert [datetime.fromisoformat(moment) for moment in promised] == [_in_ms(later.completed_at, DAY)]

    def test_a_clip_is_kept_thirty_days_and_then_told_as_expired(self, app: APIClient, made: EmojiTask) -> None:
        before = app.get(f"{TASKS}/{made.id}").json()
        assert before["result_state"] == "available"
        assert datetime.fromisoformat(before["expires_at"]) == _in_ms(made.completed_at, 30 * DAY)
        sweep(29 * DAY)
        assert is_stored(made.result_key)
        sweep(31 * DAY)
        assert not is_stored(made.result_key)
        made.refresh_from_db()
        assert made.result_removed_at

    def test_an_expired_clip_is_not_shown_although_its_object_is_still_there(
        self, app: APIClient, made: EmojiTask
    ) -> None:
        EmojiTask.objects.update(completed_at=timezone.now() - 30 * DAY)
        shown = app.get(f"{TASKS}/{made.id}").json()
        assert (shown["status"], shown["result"], shown["result_state"]) == ("succeeded", None, "expired")

    def test_a_clip_that_went_before_its_time_is_told_as_deleted(self, app: APIClient, made: EmojiTask) -> None:
        EmojiTask.objects.update(result_removed_at=timezone.now())
        shown = app.get(f"{TASKS}/{made.id}").json()
        assert (shown["result"], shown["result_state"]) == (None, "deleted")

    def test_an_open_task_has_no_result_and_none_that_expires(self, app: APIClient, task: EmojiTask) -> None:
        shown = app.get(f"{TASKS}/{task.id}").json()
        assert (shown["result_state"], shown["expires_at"]) == ("none", None)

    def test_the_lifetimes_are_the_configurations(self, made: EmojiTask, configure: Callable[..., None]) -> None:
        configure(retention={"input_hours": 1, "result_days": 2})
        sweep(2 * HOUR)
        assert stored_of(made) == [False, False, True]
        sweep(3 * DAY)
        assert stored_of(made) == [False, False, False]

    def test_a_shorter_lifetime_holds_for_the_photos_there_are(
        self, made: EmojiTask, configure: Callable[..., None]
    ) -> None:
        configure(retention={"input_hours": 240})
        sweep(timedelta(minutes=1))
        configure(retention={"input_hours": 2})
        sweep(timedelta(minutes=3))
        assert stored_of(made) == [True, True, True]
        sweep(3 * HOUR)
        assert stored_of(made) == [False, False, True]

    def test_photos_of_tasks_that_end_ahead_of_our_clock_are_not_looked_at_again_and_again(
        self, made: EmojiTask, configure: Callable[..., None]
    ) -> None:
        configure(retention={"input_hours": 1})
        EmojiTask.objects.update(completed_at=timezone.now() + HOUR)
        assert [retention.close_photos(timezone.now(), 10) for _ in range(2)] == [1, 0]

    def test_what_is_promised_is_never_sooner_than_it_will_be(
        self, app: APIClient, made: EmojiTask, configure: Callable[..., None]
    ) -> None:
        configure(retention={"input_hours": 4})
        sweep(timedelta(minutes=1))
        configure(retention={"input_hours": 3})
        sweep(2 * HOUR)
        promised = datetime.fromisoformat(app.get(f"{TASKS}/{made.id}").json()["input"]["delete_after"])
        assert promised == _in_ms(made.completed_at, 4 * HOUR)
        sweep(4 * HOUR + timedelta(minutes=1))
        assert stored_of(made) == [False, False, True]

    def test_a_photo_that_nobody_has_ordered_with_keeps_its_time_whatever_the_lifetime(
        self, app: APIClient, portrait: bytes, template: EmojiTemplate, configure: Callable[..., None]
    ) -> None:
        configure(retention={"input_hours": 1})
        photo = PhotoUpload.objects.get(id=upload(app, portrait))
        for hours in (1, 2, 23):
            sweep(hours * HOUR)
            assert is_stored(photo.key)
        sweep(25 * HOUR)
        assert not is_stored(photo.key)

    def test_a_removal_changes_the_version(self, made: EmojiTask) -> None:
        sweep(31 * DAY)
        assert EmojiTask.objects.get().version == made.version + 2


class TestUnusedPhotos:
    def test_a_photo_without_a_task_goes_after_a_day(
        self, app: APIClient, template: EmojiTemplate, portrait: bytes
    ) -> None:
        upload(app, portrait)
        sweep(DAY - HOUR)
        photo = PhotoUpload.objects.get()
        assert is_stored(photo.key)
        sweep(DAY + HOUR)
        assert not is_stored(photo.key)

    def test_a_photo_that_never_came_is_no_error(self, user: User) -> None:
        uploads.issue(user.id, "image/jpeg", 5)
        sweep(DAY + HOUR)
        assert PhotoUpload.objects.get().removed_at

    def test_a_photo_that_goes_cannot_be_used(
        self, app: APIClient, user: User, give_points: Callable[..., None], portrait: bytes, template: EmojiTemplate
    ) -> None:
        give_points(user, 200)
        photo_id = upload(app, portrait)
        PhotoUpload.objects.update(closed_at=timezone.now())
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (410, "upload_expired")

    def test_a_photo_is_looked_at_when_the_configurations_lifetime_could_be_over(
        self,
        app: APIClient,
        user: User,
        give_points: Callable[..., None],
        portrait: bytes,
        template: EmojiTemplate,
        configure: Callable[..., None],
    ) -> None:
        configure(retention={"input_hours": 2, "result_days": 2})
        give_points(user, 200)
        create(app, upload(app, portrait))
        assert PhotoUpload.objects.get().next_look_at < timezone.now() + 3 * HOUR


class TestRuns:
    def test_a_second_run_finds_nothing_to_do(self, made: EmojiTask) -> None:
        sweep(31 * DAY)
        rows = list(EmojiTask.objects.values()), list(PhotoUpload.objects.values())
        sweep(31 * DAY)
        assert (list(EmojiTask.objects.values()), list(PhotoUpload.objects.values())) == rows

    def test_a_store_that_is_away_loses_nothing(self, made: EmojiTask, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(key: str) -> None:
            raise PhotoStoreUnavailable(key)

        with monkeypatch.context() as outage:
            outage.setattr(backends.photo_store(), "delete", away)
            with pytest.raises(PhotoStoreUnavailable):
                sweep(31 * DAY)
        assert PhotoUpload.objects.get().removed_at is None
        sweep(31 * DAY)
        assert stored_of(made) == [False, False, False]

    def test_a_worker_whose_clock_is_ahead_removes_nothing_before_its_time(self, made: EmojiTask) -> None:
        with our_clock_at(timezone.now() + 365 * DAY):
            tasks.remove_objects()
        assert stored_of(made) == [True, True, True]

    def test_a_run_goes_on_until_nothing_is_left(self, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """As after a day on which the store was away."""
        monkeypatch.setattr(tasks, "MOST_AT_ONCE", 2)
        monkeypatch.setattr(tasks, "MOST_OBJECTS_AT_ONCE", 1)
        for _ in range(3):
            uploads.issue(user.id, "image/jpeg", 5)
        sweep(2 * DAY)
        assert not PhotoUpload.objects.filter(removed_at=None).exists()

    def test_a_run_whose_time_is_over_leaves_the_rest_to_the_next(
        self, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "MOST_OBJECTS_AT_ONCE", 1)
        monkeypatch.setattr(tasks, "LONGEST_REMOVAL_SECONDS", -1)
        for _ in range(3):
            uploads.issue(user.id, "image/jpeg", 5)
        sweep(2 * DAY)
        assert PhotoUpload.objects.filter(removed_at=None).count() == 2

    def test_a_run_does_no_more_than_it_may(self, user: User) -> None:
        for _ in range(3):
            uploads.issue(user.id, "image/jpeg", 5)
        later = timezone.now() + 2 * DAY
        assert retention.close_photos(later, 2) == 2
        assert retention.remove_photos(later, 1) == 1
        assert PhotoUpload.objects.filter(removed_at=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_is_being_taken_by_a_task_is_not_closed(user: User) -> None:
    """The creation has the photo and has not committed yet: the sweep passes it by."""
    photo = uploads.issue(user.id, "image/jpeg", 5).upload
    later, closed = timezone.now() + 2 * DAY, []

    def sweep_meanwhile() -> None:
        closed.append(retention.close_photos(later, 10))
        connection.close()

    with transaction.atomic():
        uploads.keep_for_a_task(photo)
        thread = threading.Thread(target=sweep_meanwhile)
        thread.start()
        thread.join()
    assert closed == [0]
    assert retention.close_photos(later, 10) == 1
    with pytest.raises(UploadExpired):
        uploads.keep_for_a_task(photo)


@pytest.mark.django_db(transaction=True)
def test_a_deletion_and_a_removal_of_its_photo_do_not_wait_for_each_other(made: EmojiTask) -> None:
    PhotoUpload.objects.update(closed_at=timezone.now())
    with transaction.atomic():
        EmojiTask.objects.select_for_update().get(id=made.id)
        removal = held_up.by_us(lambda: retention.remove_photos(timezone.now(), 10))
        own_tasks.delete(made.user_id, made.id)
    assert removal.result() == 1


def test_strangers_see_nothing_of_a_deletion(app: APIClient, made: EmojiTask, new_device: Any) -> None:
    app.delete(f"{TASKS}/{made.id}")
    assert app_of(new_device()).get(f"{TASKS}/{made.id}").json()["code"] == "task_not_found"


def _in_ms(moment: datetime | None, later: timedelta) -> datetime:
    """As JSON tells it."""
    assert moment
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000) + later
