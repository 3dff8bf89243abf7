"""What a phone does, step by step, the sweeper that brings a task on, and DashScope over a socket."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.snowflake import next_id
from apps.emoji import backends, budgets, pipeline, tasks
from apps.emoji.budgets import Call
from apps.emoji.models import EmojiTask, EmojiTemplate
from apps.emoji.photo_store import ObjectMissing
from dev.fake_dashscope import FakeDashScope
from tests.conftest import at, spend_for
from tests.fakes import ScriptedProvider

LONG_AGO = timezone.now() - timedelta(hours=1)
TASKS = "/api/v1/emoji/tasks"
UPLOADS = "/api/v1/emoji/uploads"
DETECTIONS = "/api/v1/emoji/detections"
PLENTY = 1_000_000


def upload(app: APIClient, photo: bytes, content_type: str = "image/jpeg", **declared: str) -> str:
    """Ask for a ticket and use it, as the app does."""
    wanted = {"content_type": content_type, "content_length": len(photo), **declared}
    ticket = app.post(UPLOADS, wanted, format="json").json()
    path = ticket["url"].removeprefix("http://testserver")
    headers = {name: value for name, value in ticket["headers"].items() if name.lower() != "content-type"}
    answer = APIClient().put(path, photo, content_type=content_type, headers=headers)
    assert answer.status_code == 204, answer.content
    return str(ticket["upload_id"])


def create(app: APIClient, upload_id: str, key: str = "", **fields: Any) -> Any:
    body = {"template_id": "mengwa_kaixin", "upload_id": upload_id, **fields}
    return app.post(TASKS, body, format="json", headers={"Idempotency-Key": key or str(uuid4())})


def check(app: APIClient, upload_id: str, language: str = "en") -> Any:
    return app.post(DETECTIONS, {"upload_id": upload_id}, format="json", headers={"Accept-Language": language})


def is_stored(key: str) -> bool:
    try:
        return backends.photo_store().size(key) > 0
    except ObjectMissing:
        return False


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
    give_points(task.user, 100)
    return task


@pytest.fixture
def forgotten_meanwhile(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their account is closed while the store, which is slow, sends their photo."""
    store = backends.photo_store()
    read = store.read

    def slowly(key: str, *, max_bytes: int) -> bytes:
        User.objects.filter(id=user.id).update(erased_at=timezone.now())
        return read(key, max_bytes=max_bytes)

    monkeypatch.setattr(store, "read", slowly)


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


def sweep(after: timedelta) -> None:
    """What beat starts, so long from now; a photo's row is due whenever it was put off."""
    with at(timezone.now() + after):
        tasks.remove_objects()


def another(task: EmojiTask, **fields: Any) -> EmojiTask:
    """One more task like this one."""
    copy = EmojiTask.objects.get(id=task.id)
    copy.id = next_id()
    for name, value in fields.items():
        setattr(copy, name, value)
    copy.spend_transaction_id = spend_for(copy.id, copy.user, copy.cost)
    copy.save(force_insert=True)
    return copy


@pytest.fixture
def account() -> str:
    """A name of its own, for Redis remembers the calls of the other tests."""
    return f"account-{uuid4().hex[:12]}"


def counted_since_long(store: "redis.Redis", account: str, call: Call = Call.LOOK_UP) -> None:
    """This Redis has not just lost its memory."""
    store.set(budgets._key(account, call, "since"), 1)


@pytest.fixture
def store(settings: Any) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def guarded_dashscope(settings: Any, store: "redis.Redis", account: str) -> Iterator[FakeDashScope]:
    """DashScope with one account: its budgets larger than any test's need, its places as many as the test says."""
    fake = FakeDashScope()
    fake.start()
    settings.ALIYUN_EMOJI_MOCK = False
    settings.DASHSCOPE_API_KEY = ""
    settings.DASHSCOPE_ACCOUNTS = {account: "the key"}
    settings.DASHSCOPE_BASE_URL = fake.url
    settings.DASHSCOPE_RESULT_HOST_SUFFIX = "127.0.0.1"
    settings.DASHSCOPE_PLACES = 100
    for name in ("DETECTIONS", "SUBMISSIONS", "LOOK_UPS"):
        setattr(settings, f"DASHSCOPE_{name}_PER_SECOND", PLENTY)
    backends.forget()
    for call in Call:
        counted_since_long(store, account, call)
    yield fake
    fake.stop()
