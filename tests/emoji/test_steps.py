"""Whatever the provider answers over its socket, the task ends in the right state, with the right code."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from apps.emoji import backends, checks, working_copy
from apps.emoji.models import EmojiTask
from dev.dashscope_behaviours import answers, cut_short, drips, expired, hangs_up, holds, loses_the_answer, tells
from dev.dashscope_trouble import as_usual, says
from dev.fake_dashscope import Behaviour, FakeDashScope
from tests.conftest import PAYLOADS
from tests.emoji.conftest import advance
from tests.emoji.test_dashscope import client

BODIES = PAYLOADS / "dashscope"
INDEX = {entry["file"]: entry for entry in json.loads((BODIES / "index.json").read_text())["files"]}


def body(name: str) -> Behaviour:
    """One of the vendor's sample bodies, with its status."""
    return tells(json.loads((BODIES / f"{name}.json").read_text()), INDEX[f"{name}.json"]["http_status"])


def hangs(exchange: Any, usual: Any) -> None:
    """Longer than anybody waits."""
    holds(threading.Event())(exchange, usual)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[FakeDashScope]:
    fake = FakeDashScope()
    fake.start()
    dashscope = client(fake.url)
    monkeypatch.setattr(backends, "provider", cache(lambda: dashscope))
    yield fake
    fake.stop()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, fake: FakeDashScope) -> None:
    """Nobody waits long for answers that do not come, or not to an end."""
    dashscope = client(fake.url, silence=0.3, seconds=0.6)
    monkeypatch.setattr(backends, "provider", cache(lambda: dashscope))


def test_success(task: EmojiTask, fake: FakeDashScope) -> None:
    assert advance(task, 2).status == "succeeded"
    assert [call.operation for call in fake.calls] == ["detect", "submit", "ask", "download"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("detect_failed_no_human", "photo_no_face"),
        ("detect_failed_multi_human", "photo_many_faces"),
        ("detect_failed_full_face", "photo_face_covered"),
        ("detect_failed_face_pose", "photo_head_tilt"),
        ("detect_failed_body_proportion", "photo_too_small"),
        ("detect_failed_resolution", "photo_too_small"),
        ("detect_failed_http400_output_variant", "photo_no_face"),
        ("detect_failed_http400_toplevel_variant", "photo_no_face"),
        ("error_data_inspection_failed_400", "photo_blocked"),
    ],
)
def test_a_photo_the_provider_refuses_fails_the_task_before_anything_is_submitted(
    task: EmojiTask, fake: FakeDashScope, name: str, code: str
) -> None:
    fake.next("detect", body(name))
    assert (advance(task).status, task.error_code) == ("failed", code)
    assert fake.submissions == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("task_failed", "provider_rejected"),
        ("task_failed_data_inspection", "photo_blocked"),
        ("task_failed_internal_algo", "provider_failed"),
        ("task_failed_internal_timeout", "provider_failed"),
        ("task_canceled", "provider_failed"),
    ],
)
def test_a_generation_that_failed_fails_the_task(task: EmojiTask, fake: FakeDashScope, name: str, code: str) -> None:
    fake.next("ask", body(name))
    assert (advance(task, 2).status, task.error_code) == ("failed", code)
    assert len(fake.submissions) == 1


def test_a_generation_nobody_knows_any_more_fails_after_some_more_looks(task: EmojiTask, fake: FakeDashScope) -> None:
    fake.next("ask", *[body("task_unknown")] * 20)
    assert (advance(task, 12).status, task.error_code) == ("failed", "provider_failed")


def test_one_that_is_not_known_yet_is_waited_for(task: EmojiTask, fake: FakeDashScope) -> None:
    fake.next("ask", *[body("task_unknown")] * 3)
    assert advance(task, 5).status == "succeeded"


@pytest.mark.parametrize("operation", ["detect", "submit", "ask", "download"])
@pytest.mark.parametrize(
    "trouble",
    [
        body("error_throttled_429"),
        body("error_throttling_plain_429"),
        body("error_internal_500"),
        body("error_model_serving_503"),
        answers(b"<html>garbage"),
        answers(b"", 502),
        hangs_up,
        hangs,
        drips,
    ],
    ids=["throttled", "throttling", "internal", "serving", "garbage", "bad gateway", "hangs up", "hangs", "drips"],
)
def test_trouble_that_passes_is_overcome_without_paying_twice(
    task: EmojiTask, fake: FakeDashScope, hurried: None, operation: str, trouble: Behaviour, settings: Any
) -> None:
    settings.EMOJI_ORPHAN_WINDOW_SECONDS = 0
    fake.next(operation, trouble)
    for _ in range(6):
        advance(task)
    assert task.status == "succeeded"
    assert len(fake.submissions) == 1


def test_an_answer_to_a_submission_that_is_lost_is_found_in_the_list(task: EmojiTask, fake: FakeDashScope) -> None:
    fake.next("submit", loses_the_answer)
    assert advance(task, 3).status == "succeeded"
    assert (len(fake.submissions), task.provider_task_id) == (1, fake.submissions[0].task_id)


@pytest.mark.parametrize("operation", ["detect", "submit", "ask", "download"])
def test_trouble_that_stays_ends_the_task(task: EmojiTask, fake: FakeDashScope, operation: str) -> None:
    fake.next(operation, *[answers({"code": "InternalError", "message": "words of the vendor"}, 500)] * 30)
    advance(task, 12)
    code = "result_unavailable" if operation == "download" else "provider_unavailable"
    assert (task.status, task.error_code) == ("failed", code)


def test_an_address_that_has_expired_is_replaced_by_a_fresh_one(task: EmojiTask, fake: FakeDashScope) -> None:
    fresh = fake.clip_url + "?fresh"
    told = {"output": {"task_id": "x", "task_status": "SUCCEEDED", "video_url": fake.clip_url}}
    fake.next("ask", tells(told), tells({"output": {**told["output"], "video_url": fresh}}))
    fake.next("download", expired)
    assert advance(task, 3).status == "succeeded"
    assert [call.operation for call in fake.calls][-4:] == ["ask", "download", "ask", "download"]
    assert task.provider_result_url == fresh


@pytest.mark.parametrize("answer", [says("RUNNING"), answers(b"<html>", 502)], ids=["none", "an error"])
def test_a_fresh_address_is_asked_for_until_one_is_told(
    task: EmojiTask, fake: FakeDashScope, answer: Behaviour
) -> None:
    fake.next("download", expired)
    fake.next("ask", as_usual, answer)
    assert advance(task, 5).status == "succeeded"
    assert [call.operation for call in fake.calls].count("ask") == 3


@pytest.mark.parametrize(
    "trouble",
    [
        cut_short,
        answers(b"", 302, {"Location": "http://169.254.169.254/latest/meta-data"}),
        answers(b"<html>no clip</html>"),
        answers(b"", 200, {"Content-Length": str(2 * 1024**3)}),
    ],
    ids=["cut short", "redirect", "no clip", "too large"],
)
def test_what_is_no_clip_is_never_shown_as_one(task: EmojiTask, fake: FakeDashScope, trouble: Behaviour) -> None:
    fake.next("download", *[trouble] * 30)
    assert (advance(task, 12).status, task.error_code) == ("failed", "result_unavailable")
    assert (task.result_key, task.result_size, task.result_sha256) == ("", 0, "")


def test_the_copy_is_measured_and_its_hash_is_kept(task: EmojiTask, fake: FakeDashScope) -> None:
    assert advance(task, 2).status == "succeeded"
    stored = backends.photo_store().read(task.result_key, max_bytes=10**6)
    assert (len(stored), hashlib.sha256(stored).hexdigest()) == (task.result_size, task.result_sha256)


def test_the_link_to_the_photo_outlives_the_deadline(settings: Any) -> None:
    assert (
        working_copy.LINK_LIFETIME.total_seconds() > checks.LONGEST_DEADLINE_SECONDS >= settings.EMOJI_DEADLINE_SECONDS
    )


def test_words_that_the_database_cannot_keep_do_not_hide_what_they_say(task: EmojiTask, fake: FakeDashScope) -> None:
    fake.next("detect", tells({"code": "InvalidFile.NoHuman", "message": "no human \0 face"}, 400))
    assert advance(task).error_code == "photo_no_face"


def test_the_vendors_words_are_for_staff_alone(task: EmojiTask, fake: FakeDashScope, app: Any) -> None:
    fake.next("detect", body("error_access_denied_403"))
    advance(task)
    assert "AccessDenied" in task.error_raw
    told = app.get(f"/api/v1/emoji/tasks/{task.id}").content.decode()
    assert "AccessDenied" not in told
    assert "provider_unavailable" in told
