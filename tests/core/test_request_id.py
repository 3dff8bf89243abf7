"""A request keeps the id it came with, if that is one."""

from types import SimpleNamespace
from typing import Any

import pytest
from celery.signals import before_task_publish, task_postrun, task_prerun
from rest_framework.test import APIClient
from structlog.contextvars import bound_contextvars, get_contextvars


def test_an_id_is_kept(anonymous: APIClient) -> None:
    assert anonymous.get("/healthz", headers={"X-Request-ID": "abc-123"})["X-Request-ID"] == "abc-123"


@pytest.mark.parametrize("sent", ["", "with spaces", "x" * 65, "new\tline"])
def test_anything_else_is_replaced(anonymous: APIClient, sent: str) -> None:
    assert len(anonymous.get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"]) == 32


def test_a_task_logs_under_the_id_of_the_request_that_rang_for_it() -> None:
    headers: dict[str, Any] = {}
    with bound_contextvars(request_id="abc-123"):
        before_task_publish.send("any", headers=headers)
    task = SimpleNamespace(request=SimpleNamespace(**headers))
    task_prerun.send("any", task=task, task_id="task-1")
    assert get_contextvars() == {"request_id": "abc-123", "task_id": "task-1"}
    task_postrun.send("any", task=task, task_id="task-1")
    assert get_contextvars() == {}


def test_a_task_that_beat_started_has_an_id_of_its_own_only() -> None:
    task = SimpleNamespace(request=SimpleNamespace())
    task_prerun.send("any", task=task, task_id="task-1")
    assert get_contextvars() == {"task_id": "task-1"}
    task_postrun.send("any", task=task, task_id="task-1")
