"""A task goes through its stages once, whatever breaks on the way."""

import hashlib
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from django.db import IntegrityError
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from apps.emoji import backends, lease, pipeline, steps
from apps.emoji.dashscope import DashScope
from apps.emoji.models import EmojiTask, PhotoUpload, Stage
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.provider import Clip, FaceBoxes, Progress, ProviderError, Retry, Status
from dev.fake_dashscope import CLIP as MP4
from dev.fake_oss import Behaviour, FakeOss, keeps_half, keeps_nothing
from tests.conftest import a_portrait, our_clock_at
from tests.emoji.conftest import LONG_AGO, TASKS, advance, another
from tests.fakes import BOXES, CLIP, ScriptedProvider

RUNNING = Progress(Status.RUNNING)
NOT_SUBMITTED = {"submit_no": 0, "submit_sent_at": None, "provider_task_id": None}


def test_a_task_ends_with_our_own_copy_of_the_clip(task: EmojiTask, provider: ScriptedProvider) -> None:
    pipeline.advance(task.id)
    assert advance(task).status == "succeeded"
    assert backends.photo_store().read(task.result_key, max_bytes=1000) == CLIP.content
    assert (task.result_size, task.result_content_type) == (6, "image/webp")
    assert provider.calls == ["detect", "submit", "ask", "download"]


def test_how_long_and_how_large_a_clip_is_comes_from_itself(
    task: EmojiTask, provider: ScriptedProvider, app: APIClient
) -> None:
    provider.next("download", Clip(MP4, "video/mp4"))
    advance(task, times=2)
    told = app.get(f"{TASKS}/{task.id}").json()["result"]
    assert (told["duration_ms"], told["width"], told["height"]) == (2000, 512, 512)
    # In a folder nobody makes one.
    assert told["cover_url"] is None


def test_the_first_picture_of_a_clip_is_told_with_it(
    oss: FakeOss, task: EmojiTask, provider: ScriptedProvider, app: APIClient
) -> None:
    oss.objects[task.upload.key] = (a_portrait(), "image/jpeg")
    provider.next("download", Clip(MP4, "video/mp4"))
    assert app.get(f"{TASKS}/{task.id}").json()["result"] is None
    advance(task, times=2)
    cover = requests.get(app.get(f"{TASKS}/{task.id}").json()["result"]["cover_url"], timeout=60)
    assert (cover.status_code, Image.open(BytesIO(cover.content)).format) == (200, "JPEG")


def test_the_label_of_a_clip_names_its_maker_as_people_know_it(
    task: EmojiTask, provider: ScriptedProvider, app: APIClient
) -> None:
    advance(task, times=2)
    EmojiTask.objects.update(provider=DashScope.name)
    label = app.get(f"{TASKS}/{task.id}").json()["result"]["ai_label"]
    assert label == {"generated": True, "provider": "Alibaba Cloud Model Studio", "task": str(task.id)}


def test_a_clip_that_tells_nothing_is_a_clip_all_the_same(
    task: EmojiTask, provider: ScriptedProvider, app: APIClient
) -> None:
    provider.next("download", Clip(MP4[:12] + b"\xff" * 500, "video/mp4"))
    assert advance(task, times=2).status == "succeeded"
    told = app.get(f"{TASKS}/{task.id}").json()["result"]
    assert (told["duration_ms"], told["width"], told["height"]) == (None, None, None)


@pytest.mark.parametrize(
    "facts", [{"result_duration_ms": 0}, {"result_width": 5}, {"result_width": 0, "result_height": 5}]
)
def test_the_database_keeps_no_half_of_a_size_and_no_clip_of_no_length(task: EmojiTask, facts: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="clip_has_a_length_and_a_size_or_none"):
        EmojiTask.objects.filter(id=task.id).update(**facts)


def test_the_provider_gets_a_copy_without_exif(task: EmojiTask, provider: ScriptedProvider) -> None:
    pipeline.advance(task.id)
    task.refresh_from_db()
    copy = Image.open(BytesIO(backends.photo_store().read(task.photo_key, max_bytes=10**7)))
    assert not copy.getexif()
    assert task.photo_key != task.upload.key


def test_the_tasks_of_one_photo_share_its_copy(task: EmojiTask, provider: ScriptedProvider) -> None:
    advance(task)
    backends.photo_store().delete(task.upload.key)
    assert advance(another(task, stage="detecting", status="queued", photo_key="", **NOT_SUBMITTED), 2).photo_key
    assert len(provider.submitted) == 2


def test_all_steps_that_are_due_at_once_are_made_in_one_go(
    task: EmojiTask, provider: ScriptedProvider, settings: Any
) -> None:
    settings.EMOJI_POLL_SECONDS = 0
    assert advance(task).status == "succeeded"
    assert (task.claims, task.lease_token, task.lease_until) == (0, None, None)


def test_the_way_to_a_submission_and_its_intent_are_stored_together_before_it_is_sent(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    versions: list[int] = []

    def look() -> str:
        task.refresh_from_db()
        assert (task.stage, task.claims, task.submit_no, task.provider) == ("submitting", 1, 1, "scripted")
        assert (task.submit_sent_at is None, task.provider_task_id) == (False, None)
        versions.append(task.version)
        return "provider-1"

    def look_before() -> FaceBoxes:
        task.refresh_from_db()
        versions.append(task.version)
        return BOXES

    provider.next("detect", look_before)
    provider.next("submit", look)
    assert advance(task, 2).status == "succeeded"
    assert versions[1] == versions[0] + 1


@pytest.mark.parametrize("trouble", [ZeroDivisionError(), ProviderError("provider_timeout", outcome_unknown=True)])
def test_after_a_submission_that_broke_somehow_it_is_looked_for_before_it_is_sent_again(
    task: EmojiTask, provider: ScriptedProvider, trouble: Exception
) -> None:
    provider.next("submit", trouble)
    advance(task)
    assert advance(task, 3).status == "succeeded"
    assert provider.calls[:3] == ["detect", "submit", "list_page"]
    assert (provider.submitted, task.submit_no) == (["provider-1"], 1)


def test_a_worker_that_dies_before_it_sends_what_it_intended_leaves_it_to_be_looked_for(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    held = lease.claim(task.id)
    assert held
    assert steps.detect(held)
    EmojiTask.objects.update(lease_until=LONG_AGO, status="processing")
    pipeline.advance(task.id)
    assert provider.calls == ["detect", "list_page"]


def about_to_submit(task: EmojiTask, *, slept: float) -> lease.Claim:
    """Whose intent is stored, and who then slept for so many seconds."""
    held = lease.claim(task.id)
    assert held
    assert steps.detect(held)
    EmojiTask.objects.update(status="processing")
    held._began -= slept
    return held


def test_a_worker_that_slept_before_it_sent_a_photo_does_not_send_it_for_another_one(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    """That one has looked for it, and would not know what arrives so late."""
    held = about_to_submit(task, slept=200)
    EmojiTask.objects.update(lease_until=LONG_AGO)
    assert lease.claim(task.id)
    with pytest.raises(lease.LeaseLost):
        steps.submit(held)
    assert provider.submitted == []


def test_a_worker_that_slept_and_has_its_task_still_sends_it_at_the_time_it_says(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    held = about_to_submit(task, slept=60)
    steps.submit(held)
    task.refresh_from_db()
    assert (provider.submitted, task.submit_no) == (["provider-1"], 1)
    assert task.submit_sent_at
    assert task.submit_sent_at > timezone.now() + timedelta(seconds=50)


def test_a_lease_that_is_lost_between_two_steps_ends_the_work(task: EmojiTask, provider: ScriptedProvider) -> None:
    def another_worker_takes_it() -> FaceBoxes:
        EmojiTask.objects.update(lease_until=LONG_AGO)
        assert lease.claim(task.id)
        return BOXES

    provider.next("detect", another_worker_takes_it)
    pipeline.advance(task.id)
    assert provider.calls == ["detect"]


def test_a_running_task_is_asked_again_later(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("ask", RUNNING, RUNNING)
    advance(task, 3)
    assert (task.status, task.stage, task.provider_status) == ("processing", "generating", "running")
    assert task.next_step_at > timezone.now()
    assert advance(task).status == "succeeded"


def test_a_refused_photo_fails_the_task_with_its_reason(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("detect", ProviderError("photo_no_face", raw="InvalidFile.NoHuman"))
    advance(task)
    assert (task.status, task.error_code, task.error_raw) == ("failed", "photo_no_face", "InvalidFile.NoHuman")
    assert provider.submitted == []


def test_a_photo_that_has_vanished_fails_the_task(task: EmojiTask, provider: ScriptedProvider) -> None:
    backends.photo_store().delete(task.upload.key)
    assert advance(task).error_code == "photo_unreadable"


def another_portrait() -> bytes:
    file = BytesIO()
    Image.new("RGB", (500, 500), "red").save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize("instead", [b"<html>upstream is away</html>", another_portrait()])
def test_what_the_store_sends_instead_of_a_photo_that_was_checked_is_not_taken_for_it(
    task: EmojiTask, provider: ScriptedProvider, portrait: bytes, monkeypatch: pytest.MonkeyPatch, instead: bytes
) -> None:
    PhotoUpload.objects.update(sha256=hashlib.sha256(portrait).hexdigest())
    with monkeypatch.context() as confused:
        confused.setattr(backends.photo_store(), "read", lambda *_, **__: instead)
        assert (advance(task).status, provider.calls) == ("processing", [])
    assert advance(task, 2).status == "succeeded"


def test_throttling_is_waited_out(task: EmojiTask, provider: ScriptedProvider) -> None:
    throttled = ProviderError("provider_rate_limited", retry=Retry.LATER, retry_after_seconds=5)
    provider.next("submit", throttled, throttled)
    assert advance(task, 2).status == "processing"
    assert advance(task, 2).status == "succeeded"
    assert task.submit_no == 1


def test_an_error_that_stays_ends_the_task(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("ask", *[ProviderError("provider_unavailable", retry=Retry.LATER)] * 20)
    assert advance(task, 11).error_code == "provider_unavailable"
    assert provider.calls.count("ask") == 9


def test_troubles_are_forgotten_with_a_look_that_went_well(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("ask", ProviderError("provider_timeout", retry=Retry.LATER), RUNNING)
    assert (advance(task, 2).retries, advance(task).retries) == (1, 0)


def test_an_error_that_may_be_tried_once_is_tried_once(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("ask", *[ProviderError("provider_failed", retry=Retry.ONCE)] * 5)
    assert advance(task, 4).error_code == "provider_failed"
    assert provider.calls.count("ask") == 2


def test_a_bug_in_a_step_is_tried_again_and_then_told(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("detect", *[ZeroDivisionError()] * 20)
    assert advance(task).status == "processing"
    assert advance(task, 10).error_code == "internal_error"


def test_a_clip_that_is_made_waits_for_our_own_store_beyond_the_deadline(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    provider.next("download", *[PhotoStoreUnavailable("away")] * 20)
    assert advance(task, 12).stage == "saving"
    assert task.submit_sent_at
    assert task.deadline_at == task.submit_sent_at + timedelta(hours=20)
    assert advance(task, 12).status == "succeeded"
    assert provider.submitted == ["provider-1"]


def test_a_clip_that_waits_for_our_store_is_not_lost_for_a_few_troubles_of_the_provider(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    away, not_there = PhotoStoreUnavailable("away"), ProviderError("result_unavailable", retry=Retry.LATER)
    for waits in range(1, 11):
        provider.next("download", away)
        assert advance(task, 2 if waits == 1 else 1).stage == "saving"
        provider.next("download", not_there)
        assert advance(task).status == "processing", f"after {waits}"
    assert advance(task).status == "succeeded"


def test_the_providers_own_troubles_end_it_all_the_same(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("download", *[PhotoStoreUnavailable("away")] * 12)
    provider.next("download", *[ProviderError("result_unavailable", retry=Retry.LATER)] * 20)
    assert advance(task, 13).status == "processing"
    assert advance(task, 8).error_code == "result_unavailable"


def test_it_does_not_wait_for_longer_than_the_provider_keeps_the_clip(
    task: EmojiTask, provider: ScriptedProvider, settings: Any
) -> None:
    settings.EMOJI_LONGEST_SAVING_SECONDS = 0
    provider.next("download", PhotoStoreUnavailable("away"))
    assert advance(task, 2).error_code == "result_unavailable"


def test_a_store_that_stays_away_before_anything_is_made_ends_the_task(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    provider.next("detect", *[PhotoStoreUnavailable("away")] * 20)
    assert advance(task, 12).error_code == "internal_error"
    assert provider.submitted == []


@pytest.mark.parametrize("kept", [keeps_nothing, keeps_half])
def test_a_clip_that_the_store_took_and_does_not_have_is_stored_again(
    oss: FakeOss, task: EmojiTask, provider: ScriptedProvider, kept: Behaviour
) -> None:
    oss.next("PUT", kept, of="results/")
    assert advance(task, 2).status == "processing"
    assert advance(task).status == "succeeded"
    assert oss.objects[task.result_key] == (CLIP.content, CLIP.content_type)


def test_a_task_past_its_deadline_has_failed(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("ask", RUNNING)
    advance(task)
    EmojiTask.objects.update(deadline_at=LONG_AGO)
    assert advance(task).error_code == "deadline_exceeded"


def test_a_worker_whose_clock_is_ahead_fails_no_task_that_is_in_time(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    provider.next("ask", RUNNING, RUNNING)
    advance(task, 2)
    with our_clock_at(timezone.now() + timedelta(days=1)):
        assert advance(task).status == "processing"


class TestLease:
    def test_a_held_task_is_left_alone(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        assert lease.claim(task.id)
        pipeline.advance(task.id)
        assert provider.calls == []

    def test_ten_copies_of_a_message_do_the_work_once(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("ask", RUNNING)
        for _ in range(10):
            pipeline.advance(task.id)
        assert provider.calls == ["detect", "submit"]

    def test_a_finished_or_unknown_task_is_no_error(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        advance(task, 2)
        calls = list(provider.calls)
        advance(task)
        pipeline.advance(1)
        assert provider.calls == calls

    def test_a_worker_that_lost_its_lease_writes_nothing(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        def another_worker_takes_it() -> Progress:
            EmojiTask.objects.update(lease_until=LONG_AGO)
            assert lease.claim(task.id)
            return Progress(Status.SUCCEEDED, "http://results.example/clip")

        advance(task)
        provider.next("ask", another_worker_takes_it)
        assert advance(task).stage == "generating"

    def test_a_task_that_kills_its_workers_ends(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        for _ in range(3):
            assert lease.claim(task.id)
            EmojiTask.objects.update(lease_until=LONG_AGO)
        assert advance(task).error_code == "worker_lost"
        assert provider.calls == []

    def test_a_dead_workers_stage_is_taken_up_again(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        advance(task)
        EmojiTask.objects.update(next_step_at=LONG_AGO)
        assert lease.claim(task.id)
        EmojiTask.objects.update(lease_until=LONG_AGO)
        assert advance(task).status == "succeeded"
        assert provider.submitted == ["provider-1"]


def test_every_stage_has_a_step() -> None:
    assert set(steps.BY_STAGE) == set(Stage)


def test_progress_never_goes_down(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("ask", Progress(Status.PENDING), RUNNING, Progress(Status.PENDING))
    seen = [task.progress(timezone.now(), 60)]
    for _ in range(5):
        seen.append(advance(task).progress(timezone.now(), 60))  # noqa: PERF401 - each look follows a step
    assert seen == sorted(seen)
    assert seen[-1] == 100
