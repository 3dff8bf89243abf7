"""A report lands in the queue of staff."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.emoji.models import EmojiTask, TaskReport
from tests.conftest import app_of
from tests.emoji.conftest import TASKS


def report(app: APIClient, task: EmojiTask, **said: Any) -> Any:
    return app.post(f"{TASKS}/{task.id}/report", said, format="json")


def test_a_report_is_taken(app: APIClient, task: EmojiTask) -> None:
    answer = report(app, task, reason="not_me", note="That is my brother.")
    assert answer.status_code == 202
    assert answer.json()["task_id"] == str(task.id)
    row = TaskReport.objects.get()
    assert (row.user_id, row.task_id, row.reason, row.note) == (task.user_id, task.id, "not_me", "That is my brother.")


def test_a_second_one_replaces_the_first_and_is_open_again(app: APIClient, task: EmojiTask) -> None:
    report(app, task, reason="not_me", note="That is my brother.")
    TaskReport.objects.update(is_handled=True)
    assert report(app, task, reason="offensive").status_code == 202
    row = TaskReport.objects.get()
    assert (row.reason, row.note, row.is_handled) == ("offensive", "", False)


@pytest.mark.parametrize(
    "said",
    [{}, {"reason": "ugly"}, {"reason": "other", "note": "x" * 501}],
    ids=["without a reason", "an unknown reason", "too long"],
)
def test_a_report_that_cannot_be_read_is_refused(app: APIClient, task: EmojiTask, said: dict[str, str]) -> None:
    answer = report(app, task, **said)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert not TaskReport.objects.exists()


def test_somebody_elses_emoji_is_not_found(task: EmojiTask, new_device: Any) -> None:
    answer = report(app_of(new_device()), task, reason="other")
    assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


def test_an_id_beyond_all_ids_is_not_found(app: APIClient, task: EmojiTask) -> None:
    answer = app.post(f"{TASKS}/{10**30}/report", {"reason": "other"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")
