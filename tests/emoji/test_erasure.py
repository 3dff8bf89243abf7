"""Nothing of a user's face is left: no object, no box, no name of a file."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.core.invariants import broken_rows, registered
from apps.core.snowflake import next_id
from apps.emoji import backends, erasure, own_tasks
from apps.emoji.models import Detection, EmojiTask, EmojiTemplate, PhotoUpload, Status, TaskReport
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.points import ledger
from tests.conftest import spend_for
from tests.emoji.conftest import LONG_AGO, advance, another, upload
from tests.fakes import ScriptedProvider


def files(settings: Any) -> list[Path]:
    return [path for path in Path(settings.LOCAL_PHOTO_DIR).rglob("*") if path.is_file()]


def upload_of(user: User) -> PhotoUpload:
    upload_id = next_id()
    upload = PhotoUpload.objects.create(
        id=upload_id,
        user=user,
        key=f"photos/{user.id}/{upload_id}.jpg",
        content_type="image/jpeg",
        content_length=1,
        expires_at=timezone.now(),
    )
    PhotoUpload.objects.update(created_at=LONG_AGO)
    for key in (upload.key, f"{upload.key}.copy.jpg"):
        backends.photo_store().write(key, b"a face", content_type="image/jpeg")
    return upload


def finished_task(user: User, template: EmojiTemplate) -> EmojiTask:
    upload, task_id = upload_of(user), next_id()
    task = EmojiTask.objects.create(
        id=task_id,
        user=user,
        template=template,
        upload=upload,
        status=Status.SUCCEEDED,
        photo_key=f"{upload.key}.copy.jpg",
        result_key=f"results/{user.id}/{task_id}.mp4",
        result_size=6,
        result_sha256="00",
        face_box=[1, 2, 3, 4],
        extended_box=[1, 2, 3, 4],
        client_ref="for mum",
        provider_result_url="http://results.example/clip",
        cost=10,
        spend_transaction_id=spend_for(task_id, user, 10),
        next_step_at=timezone.now(),
        completed_at=timezone.now(),
    )
    backends.photo_store().write(task.result_key, b"a clip", content_type="video/mp4")
    return task


def test_photos_clips_and_boxes_are_gone_and_the_task_stays(user: User, template: EmojiTemplate, settings: Any) -> None:
    task = finished_task(user, template)
    upload_of(user)
    PhotoUpload.objects.update(declared_sha256="5" * 64, sha256="5" * 64)
    assert len(files(settings)) == 5
    assert erasure.erase(user.id)
    assert files(settings) == []
    assert set(PhotoUpload.objects.values_list("declared_sha256", "sha256")) == {("", "")}
    row = EmojiTask.objects.values().get(id=task.id)
    assert (row["face_box"], row["extended_box"], row["photo_key"], row["client_ref"]) == (None, None, "", "")
    assert task.result_key not in repr(row)
    assert row["provider_result_url"] == ""
    assert task.upload.key not in repr(list(PhotoUpload.objects.values()))


def test_what_the_rows_tell_beside_is_gone_and_when_it_went_is_told(user: User, template: EmojiTemplate) -> None:
    task = finished_task(user, template)
    PhotoUpload.objects.update(width=400, height=300, checked_at=timezone.now())
    EmojiTask.objects.update(error_raw="a face at 1, 2")
    assert erasure.erase(user.id)
    upload, version = PhotoUpload.objects.get(), task.version
    task.refresh_from_db()
    assert (upload.width, upload.height, upload.checked_at, task.error_raw) == (None, None, None, "")
    assert upload.removed_at
    assert task.erased_at
    assert task.result_removed_at
    assert task.version == version + 1


def test_detections_and_the_words_of_reports_go_too_but_not_those_of_others(
    user: User, template: EmojiTemplate, new_device: Callable[[], Device]
) -> None:
    other, now = new_device().user, timezone.now()
    for somebody in (user, other):
        Detection.objects.create(user=somebody, photo_sha256="a" * 64, ratio="1:1", asked_at=now, expires_at=now)
        task = finished_task(somebody, template)
        TaskReport.objects.create(user=somebody, task=task, reason="other", note="It is my face")
    assert erasure.erase(user.id)
    assert Detection.objects.get().user == other
    assert EmojiTask.objects.get(user=other).result_removed_at is None
    assert dict(TaskReport.objects.values_list("user_id", "note")) == {user.id: "", other.id: "It is my face"}


def test_nothing_of_others_is_touched(
    user: User, template: EmojiTemplate, settings: Any, new_device: Callable[[], Device]
) -> None:
    theirs = finished_task(new_device().user, template)
    EmojiTask.objects.update(status=Status.PROCESSING, completed_at=None)
    finished_task(user, template)
    assert erasure.erase(user.id)
    assert len(files(settings)) == 3
    theirs.refresh_from_db()
    assert theirs.face_box == [1, 2, 3, 4]


def test_many_photos_are_removed_in_batches(
    user: User, template: EmojiTemplate, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "MOST_AT_ONCE", 2)
    for _ in range(5):
        finished_task(user, template)
    assert [erasure.erase(user.id) for _ in range(3)] == [False, False, True]
    assert files(settings) == []


def test_many_tasks_of_one_photo_are_scrubbed_in_batches(
    user: User, template: EmojiTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "MOST_AT_ONCE", 2)
    task = finished_task(user, template)
    for _ in range(2):
        another(task)
    assert [erasure.erase(user.id) for _ in range(2)] == [False, True]


def test_a_task_in_the_making_is_waited_for(task: EmojiTask, settings: Any) -> None:
    EmojiTask.objects.update(status=Status.PROCESSING)
    PhotoUpload.objects.update(created_at=LONG_AGO)
    assert not erasure.erase(task.user_id)
    assert len(files(settings)) == 1
    assert EmojiTask.objects.get().erased_at is None


def test_a_task_that_nobody_has_begun_is_canceled_and_its_photo_sent_to_nobody(
    paid: EmojiTask, provider: ScriptedProvider, settings: Any
) -> None:
    PhotoUpload.objects.update(created_at=LONG_AGO)
    assert erasure.erase(paid.user_id)
    assert files(settings) == []
    assert (advance(paid).status, provider.calls) == ("canceled", [])
    assert ledger.balance(paid.user_id) == paid.cost + 100


def test_one_that_a_worker_begins_at_this_moment_is_in_the_making(
    paid: EmojiTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_begun_first(_: int, __: int) -> None:
        EmojiTask.objects.update(status=Status.PROCESSING)
        raise own_tasks.TaskNotCancelable(status=Status.PROCESSING)

    monkeypatch.setattr(own_tasks, "cancel", is_begun_first)
    assert not erasure.erase(paid.user_id)


def test_the_end_of_a_ticket_is_waited_for_lest_it_bring_the_photo_back(
    user: User, app: APIClient, template: EmojiTemplate, portrait: bytes, settings: Any
) -> None:
    finished_task(user, template)
    upload(app, portrait)
    assert not erasure.erase(user.id)
    assert len(files(settings)) == 1
    PhotoUpload.objects.update(created_at=timezone.now() - erasure.TICKET_MAY_BE_GOOD)
    assert erasure.erase(user.id)
    assert files(settings) == []


def test_a_clip_nobody_wrote_down_is_removed_too(user: User, task: EmojiTask, settings: Any) -> None:
    PhotoUpload.objects.update(created_at=LONG_AGO)
    EmojiTask.objects.update(status=Status.FAILED, error_code="worker_lost", completed_at=timezone.now())
    backends.photo_store().write(f"results/{user.id}/{task.id}.webp", b"a clip", content_type="image/webp")
    assert erasure.erase(user.id)
    assert files(settings) == []
    assert EmojiTask.objects.get().result_removed_at is None


def test_a_photo_is_closed_before_it_goes_lest_a_copy_come_after_it(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_of(user)
    were_closed: list[bool] = []

    def delete(_: str) -> None:
        were_closed.append(PhotoUpload.objects.get().closed_at is not None)

    monkeypatch.setattr(backends.photo_store(), "delete", delete)
    assert erasure.erase(user.id)
    assert were_closed == [True, True]


def test_a_store_that_is_away_leaves_the_rows_for_the_next_try(
    user: User, template: EmojiTemplate, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = finished_task(user, template)

    def away(_: str) -> None:
        raise PhotoStoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(backends.photo_store(), "delete", away)
        with pytest.raises(PhotoStoreUnavailable):
            erasure.erase(user.id)
    task.refresh_from_db()
    assert task.result_key.endswith(".mp4")
    assert erasure.erase(user.id)
    assert files(settings) == []


def test_twice_is_once(user: User, template: EmojiTemplate) -> None:
    finished_task(user, template)
    assert [erasure.erase(user.id) for _ in range(2)] == [True, True]


def test_the_checked_rules_between_tasks_and_ledger_still_hold(
    user: User, template: EmojiTemplate, give_points: Any, app: Any, portrait: bytes
) -> None:
    give_points(user, 1000)
    upload = upload_of(user)
    backends.photo_store().write(upload.key, portrait, content_type="image/jpeg")
    PhotoUpload.objects.update(expires_at=timezone.now() + timedelta(days=1))
    body = {"template_id": template.driven_id, "upload_id": str(upload.id)}
    created = app.post("/api/v1/emoji/tasks", body, format="json", headers={"Idempotency-Key": "one-emoji"})
    assert created.status_code == 201
    EmojiTask.objects.update(status=Status.FAILED, error_code="worker_lost", completed_at=timezone.now())
    assert erasure.erase(user.id)
    # As it was when its id was made.
    PhotoUpload.objects.update(created_at=upload.created_at)
    assert [invariant.code for invariant in registered() if broken_rows(invariant)] == []
