"""What a phone does, step by step, and the sweeper that brings a task on."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji import backends, pipeline
from apps.emoji.models import EmojiTask, EmojiTemplate
from apps.points import ledger
from tests.fakes import ScriptedProvider

LONG_AGO = timezone.now() - timedelta(hours=1)
TASKS = "/api/v1/emoji/tasks"
UPLOADS = "/api/v1/emoji/uploads"


def upload(app: APIClient, photo: bytes, content_type: str = "image/jpeg") -> str:
    """Ask for a ticket and use it, as the app does."""
    ticket = app.post(UPLOADS, {"content_type": content_type, "content_length": len(photo)}, format="json").json()
    path = ticket["url"].removeprefix("http://testserver")
    headers = {name: value for name, value in ticket["headers"].items() if name.lower() != "content-type"}
    answer = APIClient().put(path, photo, content_type=content_type, headers=headers)
    assert answer.status_code == 204, answer.content
    return str(ticket["upload_id"])


def create(app: APIClient, upload_id: str, key: str = "", **fields: Any) -> Any:
    body = {"template_id": "mengwa_kaixin", "upload_id": upload_id, **fields}
    return app.post(TASKS, body, format="json", headers={"Idempotency-Key": key or str(uuid4())})


@pytest.fixture
def configure(settings: Any, tmp_path: Path) -> Callable[..., None]:
    """Replace keys of the configuration."""

    def write(**keys: Any) -> None:
        file = tmp_path / f"{uuid4()}.json"
        file.write_text(json.dumps(keys))
        settings.REMOTE_CONFIG_FILE = str(file)

    return write


@pytest.fixture
def photo_id(app: APIClient, portrait: bytes, template: EmojiTemplate) -> str:
    return upload(app, portrait)


@pytest.fixture
def rich(user: User, give_points: Callable[..., None]) -> User:
    give_points(user, 1000)
    return user


@pytest.fixture
def paid(task: EmojiTask, give_points: Callable[..., None]) -> EmojiTask:
    """The task with its spend in the ledger; 100 points are left."""
    give_points(task.user, task.cost + 100)
    spend = ledger.charge(task.user_id, task.cost, reference=f"emoji_task:{task.id}", title="Emoji")
    EmojiTask.objects.filter(id=task.id).update(spend_transaction_id=spend.id)
    task.refresh_from_db()
    return task


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    scripted = ScriptedProvider()
    monkeypatch.setattr(backends, "provider", cache(lambda: scripted))
    return scripted


def advance(task: EmojiTask, times: int = 1) -> EmojiTask:
    """As the sweeper does when the time of the next step has come."""
    for _ in range(times):
        EmojiTask.objects.filter(id=task.id).update(next_step_at=LONG_AGO)
        pipeline.advance(task.id)
    task.refresh_from_db()
    return task
