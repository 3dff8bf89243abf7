"""Orders, ends, stages, calls and lost bells are counted where they happen."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji.models import EmojiTask
from apps.emoji.task_errors import TASK_ERRORS
from dev.dashscope_behaviours import answers
from dev.fake_dashscope import FakeDashScope
from tests.emoji.conftest import advance, create
from tests.fakes import ScriptedProvider
from tests.scrape import Moved, counts

THROTTLED = answers({"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, 429)
NO_HUMAN = answers({"output": {"bbox_face": [], "code": "InvalidFile.NoHuman", "message": "no human"}}, 200)


def test_a_task_is_counted_from_its_order_to_its_clip(task: EmojiTask, guarded_dashscope: FakeDashScope) -> None:
    moved = Moved()
    assert advance(task, 2).status == "succeeded"
    assert moved.by("pk_tasks_total", status="succeeded") == 1
    assert moved.by("pk_task_seconds_count") == 1
    for stage in ("queued", "detecting", "submitting", "generating", "saving"):
        assert moved.by("pk_task_stage_seconds_count", stage=stage) == 1, stage
    for op, calls in {"detection": 1, "submission": 1, "look_up": 1}.items():
        assert moved.by("pk_dashscope_requests_total", op=op, outcome="ok") == calls


def test_an_order_is_counted_once_it_is_committed(
    app: APIClient, rich: User, photo_id: str, django_capture_on_commit_callbacks: Any
) -> None:
    moved = Moved()
    with django_capture_on_commit_callbacks(execute=True):
        create(app, photo_id)
    assert moved.by("pk_tasks_total", status="queued") == 1
    assert moved.by("pk_points_total", type="spend") == 200


def test_a_cancellation_is_counted(app: APIClient, paid: EmojiTask, django_capture_on_commit_callbacks: Any) -> None:
    moved = Moved()
    with django_capture_on_commit_callbacks(execute=True):
        assert app.post(f"/api/v1/emoji/tasks/{paid.id}/cancel").status_code == 200
    assert moved.by("pk_tasks_total", status="canceled") == 1


def test_a_failure_is_counted_with_its_code(paid: EmojiTask, provider: ScriptedProvider) -> None:
    moved = Moved()
    EmojiTask.objects.filter(id=paid.id).update(claims=3)
    assert advance(paid).error_code == "worker_lost"
    assert moved.by("pk_tasks_total", status="failed", code="worker_lost") == 1


@pytest.mark.parametrize("code", TASK_ERRORS)
def test_each_way_to_fail_is_told_before_anybody_has_failed_so(code: str) -> None:
    assert counts().has("pk_tasks_total", status="failed", code=code)


@pytest.mark.parametrize(("answer", "outcome"), [(THROTTLED, "throttled"), (NO_HUMAN, "refused")])
def test_a_call_is_counted_by_what_came_of_it(
    task: EmojiTask, guarded_dashscope: FakeDashScope, answer: Any, outcome: str
) -> None:
    guarded_dashscope.next("detect", answer)
    moved = Moved()
    advance(task)
    assert moved.by("pk_dashscope_requests_total", op="detection", outcome=outcome) == 1
